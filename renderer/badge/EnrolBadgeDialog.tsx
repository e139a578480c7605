/** A badge nobody knows was tapped, and the clinician has just given their password: is it theirs, and with which PIN? */
import { type ReactElement, type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import type { BadgePrompt } from '../../preload/contract.js';
import { ErrorSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { PasswordField } from '../parts/PasswordField.js';
import type { ShellStore } from '../store/shellStore.js';
import './badge.css';

export interface EnrolBadgeDialogProps {
  readonly prompt: Extract<BadgePrompt, { kind: 'enrol' }>;
  readonly displayName: string;
  readonly store: ShellStore;
}

export function EnrolBadgeDialog({ prompt, displayName, store }: EnrolBadgeDialogProps): ReactElement {
  const { id, leastPinLength } = prompt;
  const [turn, setTurn] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const pin = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLInputElement>(null);
  const submitButton = useRef<HTMLButtonElement>(null);
  const refusalId = useId();
  useEffect(() => {
    if (!isBusy) (pin.current ?? submitButton.current)?.focus();
  }, [turn, isBusy]);
  const notNow = (): void => {
    void store.dismissBadge(id);
  };
  const submit = async (): Promise<void> => {
    if (isBusy) return;
    const chosen = leastPinLength === null ? null : (pin.current?.value ?? '');
    const repeated = again.current?.value ?? '';
    for (const field of [pin.current, again.current]) if (field) field.value = '';
    if (chosen !== null && chosen !== repeated) {
      setRefusal('The two PINs are not the same. Type the same one twice.');
      setTurn((count) => count + 1);
      return;
    }
    setBusy(true);
    setRefusal(null);
    const reply = await store.enrolBadge(id, chosen);
    setBusy(false);
    setTurn((count) => count + 1);
    if (!reply.ok) setRefusal(reply.message);
  };
  return (
    <ModalDialog title="Is this your badge?" onClose={notNow}>
      <p>
        Nobody uses the badge that was just tapped. If it is yours, {displayName}, it fills in your name from now on,
        and
        {leastPinLength === null ? ' unlocks.' : ' unlocks with its PIN.'} A badge you had before no longer counts.
      </p>
      <form
        className="badge-form"
        autoComplete="off"
        noValidate
        aria-busy={isBusy}
        aria-label="Use this badge"
        onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          void submit();
        }}
      >
        {refusal !== null && !isBusy && (
          <div className="message error" role="alert" id={refusalId} key={turn}>
            <ErrorSign />
            <p className="message-title">{refusal}</p>
          </div>
        )}
        {leastPinLength !== null && (
          <>
            <PasswordField
              key={`pin ${turn}`}
              label={`New PIN, at least ${leastPinLength} digits`}
              inputRef={pin}
              isReadOnly={isBusy}
              isInvalid={refusal !== null && !isBusy}
              refusalId={refusalId}
            />
            <PasswordField
              key={`again ${turn}`}
              label="The same PIN again"
              inputRef={again}
              isReadOnly={isBusy}
              isInvalid={false}
              refusalId={undefined}
            />
          </>
        )}
        <div className="actions">
          <button ref={submitButton} type="submit" className="button primary" aria-disabled={isBusy || undefined}>
            {isBusy ? 'Keeping the badge …' : 'It is my badge'}
          </button>
          <button type="button" className="button" onClick={notNow}>
            Not now
          </button>
        </div>
      </form>
    </ModalDialog>
  );
}
