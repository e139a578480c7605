/** Patients are numbers here; a reason, kept in the audit trail, tells who they are. */
import { type ReactElement, type RefObject, useEffect, useId, useRef, useState } from 'react';
import type { SupportIdentities } from '../../preload/contract.js';
import { ErrorSign, InformationSign, WarningSign } from '../parts/icons.js';
import { SHORTEST_REASON } from '../presentation/support.js';
import type { ShellStore } from '../store/shellStore.js';

export interface MaskNoticeProps {
  readonly store: ShellStore;
  /** Somebody is still a number. */
  readonly isNeeded: boolean;
  readonly identities: SupportIdentities | null;
  readonly onTold: (identities: SupportIdentities | null) => void;
}

export function MaskNotice({ store, isNeeded, identities, onTold }: MaskNoticeProps): ReactElement {
  const hide = useRef<HTMLButtonElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  return (
    <section aria-label="Who the patients are" className="support-mask">
      {identities === null ? (
        <p className="support-masked">
          <InformationSign /> Patients are numbers here, each the same until you sign out.
        </p>
      ) : (
        <div className="message warning">
          <WarningSign />
          <div>
            <p className="message-title">Patients are named until you close this</p>
            <p className="entered">Your reason was recorded: {identities.reason}</p>
          </div>
          <button
            ref={hide}
            type="button"
            className="button small"
            onClick={() => {
              onTold(null);
              requestAnimationFrame(() => reason.current?.focus());
            }}
          >
            Hide names
          </button>
        </div>
      )}
      {isNeeded && (
        <ReasonForm
          store={store}
          inputRef={reason}
          isMore={identities !== null}
          onTold={(told) => {
            onTold(told);
            requestAnimationFrame(() => hide.current?.focus());
          }}
        />
      )}
    </section>
  );
}

interface ReasonFormProps {
  readonly store: ShellStore;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  /** Some are named already. */
  readonly isMore: boolean;
  readonly onTold: (identities: SupportIdentities) => void;
}

function ReasonForm({ store, inputRef, isMore, onTold }: ReasonFormProps): ReactElement {
  const [reason, setReason] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  const [id, hintId, refusalId] = [useId(), useId(), useId()];
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    if (reason.trim().length < SHORTEST_REASON) {
      setRefusal(`Say why in at least ${String(SHORTEST_REASON)} characters.`);
      inputRef.current?.focus();
      return;
    }
    setRefusal(null);
    setAsking(true);
    const reply = await store.unmask(reason);
    if (isGone.current) return;
    setAsking(false);
    if (reply.ok) {
      setReason('');
      onTold(reply.value);
    } else {
      setRefusal(reply.message);
      inputRef.current?.focus();
    }
  };
  return (
    <form
      className="support-reason"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <label className="field-label" htmlFor={id}>
        Reason
      </label>
      <div className="password">
        <input
          ref={inputRef}
          id={id}
          className="input"
          value={reason}
          maxLength={300}
          autoComplete="off"
          aria-invalid={refusal !== null || undefined}
          aria-describedby={refusal === null ? hintId : `${refusalId} ${hintId}`}
          onChange={({ target }) => {
            setReason(target.value);
          }}
        />
        <button type="submit" className="button" aria-disabled={isAsking || undefined}>
          {isAsking ? 'Recording …' : isMore ? 'Name the others too' : 'Show who they are'}
        </button>
      </div>
      {refusal !== null && (
        <p className="message error" role="alert" id={refusalId}>
          <ErrorSign /> <span>{refusal}</span>
        </p>
      )}
      <p className="label" id={hintId}>
        Needed to see who they are. It is written to the audit trail first, with every patient you are shown.
      </p>
    </form>
  );
}
