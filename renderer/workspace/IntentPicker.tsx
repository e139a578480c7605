/**
 * Several systems can open what is wanted: the clinician says which. The keyboard starts on the dialog itself, so that a
 * key that was meant for the page chooses nothing.
 */
import { type ReactElement, useId, useState } from 'react';
import type { IntentQuestion } from '../../preload/contract.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { wordsOfIntent } from '../presentation/intents.js';

export interface IntentPickerProps {
  readonly question: IntentQuestion;
  /** null: nowhere. `always`: and do not ask again. */
  readonly onAnswer: (systemId: string | null, always: boolean) => void;
}

export function IntentPicker({ question, onAnswer }: IntentPickerProps): ReactElement {
  const [always, setAlways] = useState(false);
  const hintId = useId();
  const words = wordsOfIntent(question.intent);
  return (
    <ModalDialog
      title={`${words}: in which system?`}
      className="intents"
      onClose={() => {
        onAnswer(null, false);
      }}
    >
      {question.from !== null && <p>{question.from} asks for it. It opens for the chosen person only.</p>}
      <ul className="intent-list">
        {question.systems.map(({ id, title }) => (
          <li key={id}>
            <button
              type="button"
              className="button intent"
              onClick={() => {
                onAnswer(id, always);
              }}
            >
              <strong>{title}</strong>
            </button>
          </li>
        ))}
      </ul>
      <label className="intent-always">
        <input
          type="checkbox"
          checked={always}
          aria-describedby={hintId}
          onChange={({ target }) => {
            setAlways(target.checked);
          }}
        />{' '}
        Always use this for “{words}”
      </label>
      <p className="label" id={hintId}>
        {question.lasts === 'session' ? 'Until you sign out.' : 'For you, on this computer.'} You can take it back under
        “View or order …”.
      </p>
      <div className="actions">
        <button
          type="button"
          className="button"
          onClick={() => {
            onAnswer(null, false);
          }}
        >
          Cancel
        </button>
      </div>
    </ModalDialog>
  );
}
