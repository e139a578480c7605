/** The stored sign-ins are sealed with the password before the present one: it opens them once more, or they begin anew. */
import { type ReactElement, type SubmitEvent, useEffect, useRef, useState } from 'react';
import { WarningSign } from '../parts/icons.js';
import { PasswordField } from '../parts/PasswordField.js';

export interface OldPasswordFormProps {
  /** Both resolve with whether it was done; the refusal is said by whoever shows this form. */
  readonly onOpen: (oldPassword: string) => Promise<boolean>;
  readonly onStartAgain: () => Promise<boolean>;
}

export function OldPasswordForm({ onOpen, onStartAgain }: OldPasswordFormProps): ReactElement {
  const [attempt, setAttempt] = useState(0);
  const [busy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const password = useRef<HTMLInputElement>(null);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (busy) return;
    if (isAsking) back.current?.focus();
    else password.current?.focus();
  }, [attempt, busy, isAsking]);

  const run = async (asked: Promise<boolean>): Promise<void> => {
    setBusy(true);
    if (await asked) return; // the list stands in its place
    setBusy(false);
    setAsking(false);
    setAttempt((count) => count + 1);
  };
  const submit = (): void => {
    const field = password.current;
    if (busy || field === null) return;
    if (field.value === '') {
      field.focus();
      return;
    }
    const asked = onOpen(field.value);
    field.value = '';
    void run(asked);
  };

  if (isAsking) {
    return (
      <div
        className="start-again"
        role="group"
        aria-label="Start again with none"
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation(); // closes the question, not the page
          setAsking(false);
        }}
      >
        <div className="message warning">
          <WarningSign />
          <div>
            <p className="message-title">Start again with none?</p>
            <p>
              You then enter the sign-in of each system once more. What was stored before is put aside, still sealed.
            </p>
          </div>
        </div>
        <div className="actions">
          <button
            ref={back}
            type="button"
            className="button"
            onClick={() => {
              setAsking(false);
            }}
          >
            Go back
          </button>
          <button
            type="button"
            className="button danger"
            aria-disabled={busy || undefined}
            onClick={() => {
              if (!busy) void run(onStartAgain());
            }}
          >
            {busy ? 'Starting …' : 'Start again'}
          </button>
        </div>
      </div>
    );
  }
  return (
    <form
      className="system-sign-in"
      autoComplete="off"
      noValidate
      aria-busy={busy}
      aria-label="Open your stored sign-ins"
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        submit();
      }}
    >
      <p>Your password was changed elsewhere. Enter the one before to open your stored sign-ins.</p>
      <PasswordField
        key={`password ${attempt}`}
        label="Password before the change"
        inputRef={password}
        isReadOnly={busy}
        isInvalid={false}
        refusalId={undefined}
        canBeShown
      />
      <div className="actions">
        <button type="submit" className="button primary" aria-disabled={busy || undefined}>
          {busy ? 'Opening …' : 'Open'}
        </button>
        {!busy && (
          <button
            type="button"
            className="button"
            onClick={() => {
              setAsking(true);
            }}
          >
            Start again with none
          </button>
        )}
      </div>
    </form>
  );
}
