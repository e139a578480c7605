/**
 * A restricted record is wanted: why? Nothing has moved yet, and Escape leaves it so. The keyboard starts on the dialog
 * itself, so that a key that was meant for a page answers nothing.
 */
import { type ReactElement, useId, useRef, useState } from 'react';
import type { BreakGlassQuestion } from '../../preload/contract.js';
import { ErrorSign, WarningSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { formatBirth, formatName } from '../presentation/patient.js';
import type { ShellStore } from '../store/shellStore.js';
import './breakGlass.css';

/** Characters; main checks them again. */
const LEAST_WORDS = 10;
const MOST_WORDS = 500;

export interface BreakGlassDialogProps {
  readonly question: BreakGlassQuestion;
  readonly store: ShellStore;
  readonly now: () => Date;
}

export function BreakGlassDialog({ question, store, now }: BreakGlassDialogProps): ReactElement {
  const { id, patient, restrictions, reasons, from } = question;
  const [reason, setReason] = useState<string | null>(null);
  const [words, setWords] = useState('');
  const [refusal, setRefusal] = useState<{ message: string; field: 'reason' | 'words' | null } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const firstReason = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [wordsId, hintId, refusalId] = [useId(), useId(), useId()];
  const decline = (): void => void store.answerBreakGlass(id, null);
  const open = async (): Promise<void> => {
    if (isBusy) return;
    if (reason === null) {
      setRefusal({ message: 'Choose a reason.', field: 'reason' });
      firstReason.current?.focus();
      return;
    }
    if (words.trim().length < LEAST_WORDS) {
      setRefusal({ message: `Say why in at least ${String(LEAST_WORDS)} characters.`, field: 'words' });
      field.current?.focus();
      return;
    }
    setRefusal(null);
    setBusy(true);
    const reply = await store.answerBreakGlass(id, { reason, words });
    setBusy(false);
    if (!reply.ok) setRefusal({ message: reply.message, field: null });
  };
  const refusedAt = (at: 'reason' | 'words'): string | undefined => (refusal?.field === at ? refusalId : undefined);
  return (
    <ModalDialog title={restrictions.join(', ')} isQuestion onClose={decline}>
      <p>
        <strong>{formatName(patient.name)}</strong>, born {formatBirth(patient, now())}
      </p>
      {from !== null && <p>{from} wants to go to this record.</p>}
      <div className="message warning">
        <WarningSign />
        <p>Opening it is recorded with your name and your reason, and the privacy officer is told.</p>
      </div>
      <form
        className="break-glass"
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <fieldset aria-describedby={refusedAt('reason')}>
          <legend className="field-label">Why you need it</legend>
          {reasons.map((one, place) => (
            <label key={one} className="break-glass-reason">
              <input
                ref={place === 0 ? firstReason : undefined}
                type="radio"
                name="reason"
                checked={reason === one}
                onChange={() => {
                  setReason(one);
                }}
              />{' '}
              {one}
            </label>
          ))}
        </fieldset>
        <div>
          <label className="field-label" htmlFor={wordsId}>
            In your own words
          </label>
          <textarea
            ref={field}
            id={wordsId}
            className="input break-glass-words"
            rows={3}
            value={words}
            maxLength={MOST_WORDS}
            autoComplete="off"
            aria-invalid={refusal?.field === 'words' || undefined}
            aria-describedby={[refusedAt('words'), hintId].filter(Boolean).join(' ')}
            onChange={({ target }) => {
              setWords(target.value);
            }}
          />
          <p className="label" id={hintId}>
            At least {LEAST_WORDS} characters.
          </p>
        </div>
        {refusal !== null && (
          <p className="message error" role="alert" id={refusalId}>
            <ErrorSign /> <span>{refusal.message}</span>
          </p>
        )}
        <div className="actions">
          <button type="button" className="button" onClick={decline}>
            Leave it closed
          </button>
          <button type="submit" className="button danger" aria-disabled={isBusy || undefined}>
            {isBusy ? 'Recording …' : 'Record and open'}
          </button>
        </div>
      </form>
    </ModalDialog>
  );
}
