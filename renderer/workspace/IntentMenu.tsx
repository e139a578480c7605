/** What can be opened of the chosen patient elsewhere; and the place where "do not ask again" is taken back. */
import type { ReactElement } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import type { IntentName, Patient, WorkspaceState } from '../../preload/contract.js';
import { whereIntentOpens, wordsOfIntent } from '../presentation/intents.js';
import { formatName } from '../presentation/patient.js';

export interface IntentMenuProps {
  readonly patient: Patient;
  readonly intents: NonNullable<WorkspaceState['intents']>;
  readonly onRaise: (intent: IntentName) => void;
  readonly onForget: (intent: IntentName) => void;
  readonly onClose: () => void;
}

export function IntentMenu({ patient, intents, onRaise, onForget, onClose }: IntentMenuProps): ReactElement {
  return (
    <ModalOverlay
      className="modal-overlay"
      isDismissable
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog intents">
          <Heading slot="title">View or order for {formatName(patient.name)}</Heading>
          <ul className="intent-list">
            {intents.map((offered) => {
              const words = wordsOfIntent(offered.intent);
              return (
                <li key={offered.intent}>
                  <button
                    type="button"
                    className="button intent"
                    onClick={() => {
                      onRaise(offered.intent);
                    }}
                  >
                    <strong>{words}</strong> <span>{whereIntentOpens(offered)}</span>
                  </button>
                  {offered.always !== null && (
                    <button
                      type="button"
                      className="button tiny"
                      onClick={() => {
                        onForget(offered.intent);
                      }}
                    >
                      Ask again<span className="visually-hidden"> before: {words}</span>
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
          <div className="actions">
            <button type="button" className="button" onClick={onClose}>
              Cancel
            </button>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
