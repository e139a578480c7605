/** Support forgets somebody's badge: it was lost, or its PIN was. */
import { type ReactElement, type SubmitEvent, useRef, useState } from 'react';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import { UserNameField } from '../parts/UserNameField.js';
import type { ShellStore } from '../store/shellStore.js';
import './badge.css';

export function RemoveBadge({ store }: { readonly store: ShellStore }): ReactElement {
  const [outcome, setOutcome] = useState<{ readonly isError: boolean; readonly words: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const remove = async (): Promise<void> => {
    const userName = name.current?.value.trim() ?? '';
    if (isBusy || userName === '') {
      name.current?.focus();
      return;
    }
    setBusy(true);
    setOutcome(null);
    const reply = await store.removeBadgeOf(userName);
    setBusy(false);
    if (!reply.ok) setOutcome({ isError: true, words: reply.message });
    else if (reply.value.removed)
      setOutcome({ isError: false, words: `The badge of ${reply.value.userName} is forgotten.` });
    else setOutcome({ isError: true, words: `${reply.value.userName} has no badge. Check the name.` });
  };
  return (
    <section aria-label="Badges" className="support-section">
      <h3>Badges</h3>
      <form
        className="badge-remove"
        autoComplete="off"
        noValidate
        aria-label="Remove a badge"
        onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
          event.preventDefault();
          void remove();
        }}
      >
        <UserNameField
          inputRef={name}
          isReadOnly={isBusy}
          isInvalid={outcome?.isError === true}
          describedBy={undefined}
        />
        <button type="submit" className="button" aria-disabled={isBusy || undefined}>
          {isBusy ? 'Removing …' : 'Remove badge and PIN'}
        </button>
      </form>
      {outcome !== null && (
        <p className={`message ${outcome.isError ? 'error' : 'notice'}`} role={outcome.isError ? 'alert' : 'status'}>
          {outcome.isError ? <ErrorSign /> : <InformationSign />} <span>{outcome.words}</span>
        </p>
      )}
    </section>
  );
}
