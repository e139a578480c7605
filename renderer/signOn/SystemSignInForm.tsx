/**
 * Asks for the name and password of one system, in the card that covers its page. The password lives in its input
 * alone and leaves it the moment it is handed over.
 */
import {
  type ReactElement,
  type SubmitEvent,
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { ErrorSign } from '../parts/icons.js';
import { PasswordField } from '../parts/PasswordField.js';
import { UserNameField } from '../parts/UserNameField.js';
import { describeClosed, describeKeeping } from '../presentation/storedSignIns.js';
import type { ShellStore } from '../store/shellStore.js';
import { type StoredAnswer, useStoredSignIns } from './useStoredSignIns.js';
import './signOn.css';

/** What was entered the last time in this session, but for the password. */
export interface LastEntered {
  readonly userName: string;
  readonly remember: boolean;
}

export interface SystemSignInFormProps {
  /** `systems[].id` */
  readonly systemId: string;
  readonly systemTitle: string;
  /** The card above it says it already. */
  readonly hasHeading: boolean;
  readonly last: LastEntered | null;
  /** The clinician has submitted this form, and the keyboard waits where nothing else is done. */
  readonly isAwaited: boolean;
  readonly onEnter: (entered: LastEntered) => void;
  /** The keyboard went back into the form, or will not. */
  readonly onArrive: () => void;
  /** The form goes away under the keyboard. */
  readonly onLeave: () => void;
  readonly store: ShellStore;
}

interface Refusal {
  readonly message: string;
  readonly field: 'userName' | 'password' | null;
}

export function SystemSignInForm(props: SystemSignInFormProps): ReactElement {
  const { systemId, systemTitle, hasHeading, last, isAwaited, onEnter, onArrive, onLeave, store } = props;
  const { answer } = useStoredSignIns(store);
  const [attempt, setAttempt] = useState(0);
  const [failures, setFailures] = useState(0);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [wanted, setWanted] = useState(last?.remember ?? true);
  const form = useRef<HTMLFormElement>(null);
  const userName = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const isGone = useRef(false);
  const [refusalId, keepingId] = [useId(), useId()];
  const keeping = describePlace(answer);
  const remember = wanted && keeping.isPossible;

  const leave = useEffectEvent(onLeave);
  useLayoutEffect(() => {
    const inside = form.current;
    isGone.current = false;
    return () => {
      isGone.current = true;
      if (inside?.contains(document.activeElement) === true) leave();
    };
  }, []);

  // The name is known already where a sign-in was stored; never over what somebody types.
  const known =
    answer.status === 'known'
      ? answer.stored.entries.find((entry) => entry.systemId === systemId)?.userName
      : undefined;
  useEffect(() => {
    const field = userName.current;
    if (known === undefined || field?.value !== '' || field === document.activeElement) return;
    field.value = known;
  }, [known]);

  const arrive = useEffectEvent(() => {
    if (!isAwaited) return;
    onArrive();
    const { activeElement } = document;
    const isFree =
      activeElement === null || activeElement === document.body || activeElement.getAttribute('role') === 'tab';
    if (isFree) firstEmpty(userName.current, password.current)?.focus();
  });
  // When the form comes back after an attempt, and when an attempt could not even be begun.
  useEffect(() => {
    arrive();
  }, [failures]);

  const submit = async (): Promise<void> => {
    const [nameField, passwordField] = [userName.current, password.current];
    if (busy || nameField === null || passwordField === null) return;
    const missing = firstEmpty(nameField, passwordField);
    if (missing !== null) {
      const field = missing === nameField ? 'userName' : 'password';
      setRefusal({
        message: `Enter your ${field === 'userName' ? 'user name' : 'password'} for ${systemTitle}.`,
        field,
      });
      missing.focus();
      return;
    }
    const entered = { userName: nameField.value, remember };
    const asked = store.enterSignIn(systemId, { ...entered, password: passwordField.value });
    passwordField.value = '';
    setBusy(true);
    setRefusal(null);
    onEnter(entered);
    const reply = await asked;
    if (isGone.current) {
      if (!reply.ok) store.showProblem(reply.message);
      return;
    }
    setBusy(false);
    setAttempt((count) => count + 1);
    if (reply.ok) return;
    setRefusal({ message: reply.message, field: null });
    setFailures((count) => count + 1);
  };

  const describedBy = (field: Refusal['field']): string | undefined =>
    refusal !== null && refusal.field === field ? refusalId : undefined;
  return (
    <form
      ref={form}
      className="system-sign-in"
      autoComplete="off"
      noValidate
      aria-busy={busy}
      aria-label={`Sign in to ${systemTitle}`}
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        void submit();
      }}
    >
      {hasHeading && <h3>Sign in to {systemTitle}</h3>}
      {refusal !== null && (
        <p className="message error" role="alert" id={refusalId} key={`refusal ${failures}`}>
          <ErrorSign /> <span>{refusal.message}</span>
        </p>
      )}
      <UserNameField
        inputRef={userName}
        isReadOnly={busy}
        isInvalid={refusal?.field === 'userName'}
        describedBy={describedBy('userName')}
        defaultValue={last?.userName ?? ''}
      />
      <PasswordField
        key={`password ${attempt}`}
        label="Password"
        inputRef={password}
        isReadOnly={busy}
        isInvalid={refusal?.field === 'password'}
        refusalId={describedBy('password')}
        canBeShown
      />
      <div className="keep">
        <label className="check">
          <input
            type="checkbox"
            checked={remember}
            disabled={busy || !keeping.isPossible}
            aria-describedby={keepingId}
            onChange={({ currentTarget }) => {
              setWanted(currentTarget.checked);
            }}
          />{' '}
          Keep it for next time
        </label>
        <p className="label" id={keepingId}>
          {keeping.words}
        </p>
      </div>
      <div className="actions">
        <button className="button primary" type="submit" aria-disabled={busy || undefined}>
          {busy ? `Signing in to ${systemTitle} …` : `Sign in to ${systemTitle}`}
        </button>
      </div>
    </form>
  );
}

function firstEmpty(...fields: readonly (HTMLInputElement | null)[]): HTMLInputElement | null {
  return fields.find((field) => field?.value === '') ?? null;
}

/** While main has not said where, the box may be ticked: main decides, and the sentence follows in a moment. */
function describePlace(answer: StoredAnswer): { isPossible: boolean; words: string } {
  switch (answer.status) {
    case 'asking':
      return { isPossible: true, words: '' };
    case 'failed':
      return { isPossible: false, words: `It cannot be kept now. ${answer.message}` };
    case 'known': {
      const closed = describeClosed(answer.stored);
      return closed === null
        ? { isPossible: true, words: describeKeeping(answer.stored.kind) }
        : { isPossible: false, words: `It cannot be kept now. ${closed}` };
    }
  }
}
