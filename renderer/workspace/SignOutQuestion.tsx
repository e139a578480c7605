/** Signing out would lose work: the easy answer is to go back to it. */
import { type ReactElement, useEffect, useRef } from 'react';
import { ModalDialog } from '../parts/ModalDialog.js';
import { listed } from '../presentation/session.js';

export interface UnsavedSystem {
  readonly systemId: string;
  readonly title: string;
}

export interface SignOutQuestionProps {
  /** At least one. */
  readonly systems: readonly UnsavedSystem[];
  readonly onGoTo: (systemId: string) => void;
  readonly onStay: () => void;
  readonly onSignOut: () => void;
}

export function SignOutQuestion({ systems, onGoTo, onStay, onSignOut }: SignOutQuestionProps): ReactElement {
  const stay = useRef<HTMLButtonElement>(null);
  // After the dialog has taken the keyboard: it starts at the answer that loses nothing.
  useEffect(() => stay.current?.focus(), []);
  return (
    <ModalDialog title="Sign out and lose what is not saved?" isQuestion onClose={onStay}>
      <p>There is work that is not saved in {listed(systems.map(({ title }) => title))}.</p>
      <div className="actions">
        {systems.map(({ systemId, title }, place) => (
          <button
            key={systemId}
            ref={place === 0 ? stay : undefined}
            type="button"
            className="button primary"
            onClick={() => {
              onGoTo(systemId);
            }}
          >
            Go to {title}
          </button>
        ))}
        <button type="button" className="button" onClick={onStay}>
          Stay signed in
        </button>
        <button type="button" className="button danger" onClick={onSignOut}>
          Sign out without saving
        </button>
      </div>
    </ModalDialog>
  );
}
