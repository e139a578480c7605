/** A system's page wants to open something outside. Nobody leaves without being asked; "no" is the easy answer. */
import { type ReactElement, useEffect, useRef } from 'react';
import type { WorkspaceState } from '../../preload/contract.js';
import { ModalDialog } from '../parts/ModalDialog.js';

export interface OutsideLinkQuestionProps {
  readonly link: NonNullable<WorkspaceState['outsideLink']>;
  readonly onAnswer: (open: boolean) => void;
}

export function OutsideLinkQuestion({ link, onAnswer }: OutsideLinkQuestionProps): ReactElement {
  const stay = useRef<HTMLButtonElement>(null);
  // After the dialog has taken the keyboard: it starts at the answer that changes nothing.
  useEffect(() => stay.current?.focus(), []);
  return (
    <ModalDialog
      title={`Open ${link.host} in your browser?`}
      isQuestion
      onClose={() => {
        onAnswer(false);
      }}
    >
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
    </ModalDialog>
  );
}
