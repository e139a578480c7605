/**
 * The sign-in page. The password lives in its input alone and leaves it the moment it is handed over; after every
 * attempt the input itself is replaced, so that not even undo brings it back.
 */
import { lazy, type ReactElement, type SubmitEvent, Suspense, useEffect, useId, useRef, useState } from 'react';
import type { AppFacts, BadgeState, SessionState } from '../../preload/contract.js';
import { BadgeHint } from '../badge/BadgeHint.js';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import { PasswordField } from '../parts/PasswordField.js';
import { UserNameField } from '../parts/UserNameField.js';
import type { ShellStore } from '../store/shellStore.js';
import { DemoAccounts } from './DemoAccounts.js';
import './signIn.css';

const NewPasswordForm = lazy(async () => ({ default: (await import('./NewPasswordForm.js')).NewPasswordForm }));

const DowntimeDialog = lazy(async () => ({
  default: (await import('../downtime/DowntimeDialog.js')).DowntimeDialog,
}));

/** What went wrong, and where the keyboard goes. */
interface Refusal {
  readonly message: string;
  readonly remedy: string | null;
  readonly field: 'userName' | 'password';
}

export interface SignInPageProps {
  readonly facts: AppFacts;
  readonly session: Extract<SessionState, { status: 'signed-out' | 'signing-in' }>;
  readonly badge: BadgeState;
  readonly store: ShellStore;
  readonly now: () => Date;
}

export function SignInPage({ facts, session, badge, store, now }: SignInPageProps): ReactElement {
  /** Why they have to choose a new password before they can sign in; null: they do not. */
  const [mustChange, setMustChange] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [cancelled, setCancelled] = useState(false);
  const [isDowntimeOpen, setDowntimeOpen] = useState(false);
  const userName = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  const busy = pending || session.status === 'signing-in';
  const invalid = busy ? null : (refusal?.field ?? null);

  const focusNext = refusal?.field ?? (cancelled ? 'password' : 'userName');
  useEffect(() => {
    if (busy) return;
    const field = focusNext === 'password' ? password.current : userName.current;
    field?.focus();
    if (field === userName.current) field?.select();
  }, [attempt, busy, focusNext]);

  const { id: tap = null, userName: tapped = '' } = badge.prompt?.kind === 'sign-in' ? badge.prompt : {};
  // A tap says whose turn it is: what stands in the form was somebody else's beginning.
  useEffect(() => {
    if (tap === null || userName.current === null || userName.current.readOnly) return;
    userName.current.value = tapped;
    if (password.current !== null) password.current.value = '';
    password.current?.focus();
  }, [tap, tapped]);

  const submit = async (): Promise<void> => {
    const nameField = userName.current;
    const passwordField = password.current;
    if (busy || nameField === null || passwordField === null) return;
    const answer = store.signIn(nameField.value, passwordField.value);
    passwordField.value = '';
    setPending(true);
    setRefusal(null);
    setCancelled(false);
    const reply = await answer;
    setPending(false);
    setAttempt((count) => count + 1);
    setNotice(null);
    if (!reply.ok) setRefusal({ message: reply.message, remedy: null, field: 'password' });
    else if (reply.value.outcome === 'refused' && reply.value.changePassword)
      setMustChange(`${reply.value.message} ${reply.value.remedy}`);
    else if (reply.value.outcome === 'refused') setRefusal(reply.value);
    else if (reply.value.outcome === 'cancelled') setCancelled(true);
  };
  const cancel = (): void => {
    if (busy) void store.cancelSignIn();
  };

  return (
    <main className="sign-in">
      <header className="sign-in-title">
        <h1>
          <span className="product">Lanyard</span>
          <span className="trust">{facts.trustName}</span>
        </h1>
        {facts.location !== null && <p className="location">{facts.location}</p>}
      </header>

      <div className="sign-in-columns">
        {mustChange !== null ? (
          <section className="card new-password" aria-label="Choose a new password">
            <Suspense>
              <NewPasswordForm
                store={store}
                now={now}
                reason={mustChange}
                onChanged={({ signIn }) => {
                  setMustChange(null);
                  setNotice(CHANGED);
                  if (signIn?.outcome === 'refused') setRefusal(signIn);
                  setAttempt((count) => count + 1);
                }}
                onCancel={() => {
                  setMustChange(null);
                  setAttempt((count) => count + 1);
                }}
              />
            </Suspense>
          </section>
        ) : (
          <form
            className="card sign-in-form"
            autoComplete="off"
            noValidate
            aria-busy={busy}
            aria-label="Sign in"
            onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
              event.preventDefault();
              void submit();
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') cancel();
            }}
          >
            {session.status === 'signed-out' && session.notice !== null && refusal === null && !busy && (
              <p className="message notice" role="status">
                <InformationSign /> <span>{session.notice}</span>
              </p>
            )}
            {notice !== null && !busy && (
              <p className="message notice" role="status">
                <InformationSign /> <span>{notice}</span>
              </p>
            )}
            {refusal !== null && !busy && (
              <div className="message error" role="alert" id={refusalId} key={attempt}>
                <ErrorSign />
                <div>
                  <p className="message-title">{refusal.message}</p>
                  {refusal.remedy !== null && <p>{refusal.remedy}</p>}
                </div>
              </div>
            )}
            <UserNameField
              inputRef={userName}
              isReadOnly={busy}
              isInvalid={invalid === 'userName'}
              describedBy={invalid === 'userName' ? refusalId : undefined}
            />
            <PasswordField
              key={`password ${attempt}`}
              label="Password"
              inputRef={password}
              isReadOnly={busy}
              isInvalid={invalid === 'password'}
              refusalId={refusalId}
            />
            <div className="actions">
              <button className="button primary" type="submit" aria-disabled={busy || undefined}>
                {busy ? 'Signing in …' : 'Sign in'}
              </button>
              {busy && (
                <button className="button" type="button" onClick={cancel}>
                  Cancel
                </button>
              )}
            </div>
            <p className="quiet" role="status">
              {busy ? 'Asking the directory …' : cancelled ? 'Sign-in cancelled' : ''}
            </p>
            {!busy && <BadgeHint badge={badge} otherwise="A badge fills in your user name: tap it." />}
          </form>
        )}
        {facts.demo !== null && (
          <DemoAccounts
            {...facts.demo}
            choose={(name) => {
              if (busy || userName.current === null) return;
              userName.current.value = name;
              password.current?.focus();
            }}
          />
        )}
      </div>
      {facts.downtime !== undefined && (
        <p>
          <button
            type="button"
            className="link"
            onClick={() => {
              setDowntimeOpen(true);
            }}
          >
            When systems are down
          </button>
        </p>
      )}
      {isDowntimeOpen && facts.downtime !== undefined && (
        <Suspense>
          <DowntimeDialog
            downtime={facts.downtime}
            store={store}
            onClose={() => {
              setDowntimeOpen(false);
            }}
          />
        </Suspense>
      )}
      <footer className="version">Version {facts.version}</footer>
    </main>
  );
}

const CHANGED = 'Your password was changed. Sign in with the new one.';
