/** A system's page wants to open something outside. Nobody leaves without being asked; "no" is the easy answer. */
import { type ReactElement, useEffect, useRef } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import type { WorkspaceState } from '../../preload/contract.js';

export interface OutsideLinkQuestionProps {
  readonly link: NonNullable<WorkspaceState['outsideLink']>;
  readonly onAnswer: (open: boolean) => void;
}

export function OutsideLinkQuestion({ link, onAnswer }: OutsideLinkQuestionProps): ReactElement {
  const stay = useRef<HTMLButtonElement>(null);
  // After the dialog has taken the keyboard: it starts at the answer that changes nothing.
  useEffect(() => stay.current?.focus(), []);
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onAnswer(false);
      }}
    >
      <Modal className="modal">
        <Dialog role="alertdialog" className="dialog">
          <Heading slot="title">Open {link.host} in your browser?</Heading>
          <p>{link.systemTitle} asks to open this address outside Lanyard:</p>
          <p className="address">{link.address}</p>
          <div className="actions">
            <button
              ref={stay}
              type="button"
              className="button"
              onClick={() => {
                onAnswer(false);
              }}
            >
              Stay here
            </button>
            <button
              type="button"
              className="button primary"
              onClick={() => {
                onAnswer(true);
              }}
            >
              Open in browser
            </button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
