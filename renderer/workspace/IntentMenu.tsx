/** What can be opened of the chosen patient elsewhere; and the place where "do not ask again" is taken back. */
import type { ReactElement } from 'react';
import type { IntentName, Patient, WorkspaceState } from '../../preload/contract.js';
import { ModalDialog } from '../parts/ModalDialog.js';
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
    <ModalDialog
      title={`View or order for ${formatName(patient.name)}`}
      isDismissable
      className="intents"
      onClose={onClose}
    >
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
    </ModalDialog>
  );
}
