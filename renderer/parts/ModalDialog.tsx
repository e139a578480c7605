/** A dialog over everything else; Escape is the answer that changes nothing. */
import type { ReactElement, ReactNode } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

export interface ModalDialogProps {
  readonly title: string;
  /** It has to be answered before anything else goes on. */
  readonly isQuestion?: boolean;
  readonly isWide?: boolean;
  /** A click beside it closes it, too. */
  readonly isDismissable?: boolean;
  /** Of the dialog itself, for its own style sheet. */
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function ModalDialog(props: ModalDialogProps): ReactElement {
  const { title, isQuestion = false, isWide = false, isDismissable = false, className, onClose, children } = props;
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      isDismissable={isDismissable}
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className={isWide ? 'modal wide' : 'modal'}>
        <Dialog
          role={isQuestion ? 'alertdialog' : 'dialog'}
          className={className === undefined ? 'dialog' : `dialog ${className}`}
        >
          <Heading slot="title">{title}</Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
