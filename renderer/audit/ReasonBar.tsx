/** Who the patients are is told for a reason, which is put on record first. */
import { type ReactElement, useId, useState } from 'react';
import { InformationSign } from '../parts/icons.js';
import { SHORTEST_REASON } from '../presentation/support.js';

export interface ReasonBarProps {
  readonly mayUnmask: boolean;
  /** null: patients are masked. */
  readonly reason: string | null;
  readonly onReason: (reason: string | null) => void;
}

export function ReasonBar({ mayUnmask, reason, onReason }: ReasonBarProps): ReactElement {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [isTooShort, setTooShort] = useState(false);
  if (!mayUnmask)
    return (
      <p className="audit-reason" role="note">
        <InformationSign /> Patients are masked. Your role is not told who they are.
      </p>
    );
  if (reason !== null)
    return (
      <div className="audit-reason is-open" role="note">
        <InformationSign /> <span>Patients are shown. On record: “{reason}”</span>
        <button
          type="button"
          className="button small"
          onClick={() => {
            onReason(null);
          }}
        >
          Mask again
        </button>
      </div>
    );
  return (
    <form
      className="audit-reason"
      onSubmit={(event) => {
        event.preventDefault();
        const words = typed.trim();
        setTooShort(words.length < SHORTEST_REASON);
        if (words.length < SHORTEST_REASON) return;
        onReason(words);
        setTyped('');
      }}
    >
      <InformationSign /> <label htmlFor={id}>Patients are masked. Why do you need to know who they are?</label>
      <input
        id={id}
        className="input"
        value={typed}
        maxLength={300}
        aria-invalid={isTooShort}
        aria-describedby={isTooShort ? `${id}-problem` : undefined}
        onChange={({ target }) => {
          setTyped(target.value);
          setTooShort(false);
        }}
      />
      <button type="submit" className="button small">
        Record and show
      </button>
      {isTooShort && (
        <span id={`${id}-problem`} className="audit-problem" role="alert">
          At least {SHORTEST_REASON} characters: a case number, a complaint, an order.
        </span>
      )}
    </form>
  );
}
