/**
 * Changing one's own password: the present one, and the new one twice. What is typed lives in the inputs alone and leaves
 * them the moment it is handed over; what is kept of it while it is typed is which rules it keeps.
 */
import { type ReactElement, type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import type { PasswordChangeOutcome, PasswordHelp } from '../../preload/contract.js';
import { ErrorSign, WarningSign } from '../parts/icons.js';
import { PasswordField } from '../parts/PasswordField.js';
import { describeMinimumAge, type RuleShown, rulesShown } from '../presentation/newPassword.js';
import type { ShellStore } from '../store/shellStore.js';

type Field = 'before' | 'after' | 'again';
interface Refusal {
  readonly message: string;
  readonly remedy: string | null;
  readonly field: Field;
}
export type PasswordChanged = Extract<PasswordChangeOutcome, { outcome: 'changed' }>;

export interface NewPasswordFormProps {
  readonly store: ShellStore;
  readonly now: () => Date;
  /** Why, where they were told to. */
  readonly reason: string | null;
  readonly onChanged: (changed: PasswordChanged) => void;
  readonly onCancel: () => void;
}

export function NewPasswordForm({ store, now, reason, onChanged, onCancel }: NewPasswordFormProps): ReactElement {
  const [help, setHelp] = useState<PasswordHelp | null>(null);
  const [turn, setTurn] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [kept, setKept] = useState<readonly RuleShown[]>([]);
  const before = useRef<HTMLInputElement>(null);
  const after = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  const rules = help?.rules ?? null;
  const tooSoon = rules && describeMinimumAge(rules, now());

  useEffect(() => {
    let isGone = false;
    void store.passwordHelp().then((reply) => {
      if (!isGone && reply.ok) setHelp(reply.value);
    });
    return () => {
      isGone = true;
    };
  }, [store]);
  useEffect(() => {
    // After a refusal every field is empty: the present password comes first again.
    if (!isBusy) before.current?.focus();
  }, [turn, isBusy]);

  const submit = async (): Promise<void> => {
    const fields = [before.current, after.current, again.current];
    const [old, fresh, repeated] = fields.map((field) => field?.value ?? '');
    if (isBusy || old === undefined || fresh === undefined) return;
    const missing = ([before, after, again] as const).find(({ current }) => current?.value === '');
    if (missing) {
      missing.current?.focus();
      return;
    }
    if (fresh !== repeated) {
      setRefusal({
        message: 'The two new passwords are not the same.',
        remedy: 'Type the new one twice.',
        field: 'again',
      });
      again.current?.select();
      again.current?.focus();
      return;
    }
    const answer = store.changePassword(old, fresh);
    for (const field of fields) if (field) field.value = '';
    setBusy(true);
    setRefusal(null);
    setKept([]);
    const reply = await answer;
    if (!reply.ok) setRefusal({ message: reply.message, remedy: null, field: 'before' });
    else if (reply.value.outcome === 'refused') setRefusal(reply.value);
    else {
      onChanged(reply.value);
      return;
    }
    setBusy(false);
    setTurn((count) => count + 1);
  };

  const field = (label: string, name: Field, inputRef: typeof before): ReactElement => (
    <PasswordField
      key={`${name} ${turn}`}
      label={label}
      inputRef={inputRef}
      isReadOnly={isBusy}
      isInvalid={!isBusy && refusal?.field === name}
      refusalId={refusalId}
      canBeShown
      shownAs={label.toLowerCase()}
    />
  );
  return (
    <form
      className="new-password"
      autoComplete="off"
      noValidate
      aria-busy={isBusy}
      aria-label="Change password"
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        void submit();
      }}
      onInput={() => {
        if (rules) setKept(rulesShown(rules, after.current?.value ?? ''));
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !isBusy) onCancel();
      }}
    >
      {refusal !== null && !isBusy ? (
        <div className="message error" role="alert" id={refusalId} key={turn}>
          <ErrorSign />
          <div>
            <p className="message-title">{refusal.message}</p>
            {refusal.remedy !== null && <p>{refusal.remedy}</p>}
          </div>
        </div>
      ) : (
        reason !== null && (
          <p className="message" role="status">
            {reason}
          </p>
        )
      )}
      {tooSoon !== null && (
        <p className="message warning" role="note">
          <WarningSign /> <span>{tooSoon}</span>
        </p>
      )}
      {help !== null && <p className="entered">{help.userName}</p>}
      {field('Present password', 'before', before)}
      {field('New password', 'after', after)}
      {rules !== null && (
        <ul className="rules" aria-label="Rules for the new password">
          {(kept.length > 0 ? kept : rulesShown(rules, '')).map(({ text, isKept }) => (
            <li key={text} data-kept={isKept ?? undefined}>
              <span aria-hidden="true">{isKept === true ? '✓' : '·'}</span> {text}
              {isKept === true && <span className="visually-hidden"> (kept)</span>}
            </li>
          ))}
        </ul>
      )}
      {field('New password again', 'again', again)}
      <div className="actions">
        <button className="button primary" type="submit" aria-disabled={isBusy || undefined}>
          {isBusy ? 'Changing …' : 'Change password'}
        </button>
        {!isBusy && (
          <button className="button" type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
      <p className="quiet" role="status">
        {isBusy ? 'Asking the directory …' : ''}
      </p>
    </form>
  );
}
