/**
 * The locked session: whose it is, and the two ways on. Nothing of a patient is known here. A passer-by can do no harm:
 * nothing ends without a password that the directory accepts.
 */
import { type ReactElement, type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import type { AppFacts, BadgeState, Reply, SessionState, SignInOutcome } from '../../preload/contract.js';
import { BadgeHint } from '../badge/BadgeHint.js';
import { ErrorSign, WarningSign } from '../parts/icons.js';
import { PasswordField } from '../parts/PasswordField.js';
import { UserNameField } from '../parts/UserNameField.js';
import { usePasswordAttempt } from '../parts/usePasswordAttempt.js';
import { describeLock, describeUnsaved, timeOfDay } from '../presentation/session.js';
import type { ShellStore } from '../store/shellStore.js';
import './lock.css';

export interface LockPageProps {
  readonly facts: AppFacts;
  readonly session: Extract<SessionState, { status: 'locked' | 'unlocking' }>;
  readonly badge: BadgeState;
  readonly store: ShellStore;
}

export function LockPage({ facts, session, badge, store }: LockPageProps): ReactElement {
  const [isColleague, setColleague] = useState(false);
  const { clinician, lock } = session;
  const isBusy = session.status === 'unlocking';
  const unsaved = describeUnsaved(lock);
  const { prompt } = badge;
  const tapped = prompt?.kind === 'take-over' ? prompt : null;
  const isOwnBadge = prompt?.kind === 'unlock';
  const asksColleague = tapped !== null || (isColleague && !isOwnBadge);
  const asksPin = prompt?.kind === 'unlock' && prompt.with === 'pin';
  const leaveBadge = (): void => {
    if (prompt !== null) void store.dismissBadge(prompt.id);
  };
  return (
    <main className="lock">
      <header className="lock-title">
        <p className="product">
          Lanyard <span className="trust">{facts.trustName}</span>
        </p>
        {facts.location !== null && <p className="location">{facts.location}</p>}
      </header>
      <section className="card lock-card">
        <h1>Locked</h1>
        <p className="lock-who">{clinician.displayName}</p>
        <p className="quiet">{clinician.principalName}</p>
        <p className="quiet">{describeLock(lock)}</p>
        {asksColleague ? (
          <AttemptForm
            key={`colleague ${tapped?.id ?? ''}`}
            userName={tapped?.userName}
            isBusy={isBusy}
            action="Sign in"
            busyWords="Asking the directory …"
            hasUserName
            cancel={() => void store.cancelSignIn()}
            leave={() => {
              setColleague(false);
              leaveBadge();
            }}
            ask={(password, userName) => store.takeOver(userName, password)}
          >
            <div className="message warning">
              <WarningSign />
              <p>
                Signing in ends the session of {clinician.displayName} in every system.
                {unsaved !== null && ` ${unsaved}`}
              </p>
            </div>
          </AttemptForm>
        ) : asksPin ? (
          <AttemptForm
            key={`pin ${prompt.id}`}
            isBusy={isBusy}
            action="Unlock"
            secret="PIN"
            busyWords="Checking the PIN …"
            hasUserName={false}
            cancel={() => void store.cancelSignIn()}
            leave={leaveBadge}
            leaveWords="Use the password"
            ask={(pin) => store.unlockByPin(pin)}
          />
        ) : (
          <AttemptForm
            key="same"
            isBusy={isBusy}
            action="Unlock"
            busyWords="Asking the directory …"
            hasUserName={false}
            cancel={() => void store.cancelSignIn()}
            leave={null}
            ask={(password) => store.unlock(password)}
          />
        )}
        {!asksColleague && (
          <button
            type="button"
            className="button lock-other"
            aria-disabled={isBusy || undefined}
            onClick={() => {
              if (isBusy) return;
              leaveBadge();
              setColleague(true);
            }}
          >
            Sign in as someone else
          </button>
        )}
        {!isBusy && (
          <BadgeHint
            badge={badge}
            otherwise={prompt === null ? 'Or tap your badge.' : isOwnBadge && !asksPin ? NEEDS_PASSWORD : null}
          />
        )}
        <p className="lock-ends" role="status">
          {unsaved !== null && !asksColleague && (
            <>
              <WarningSign /> {unsaved}{' '}
            </>
          )}
          Signed out at {timeOfDay(lock.signsOutAt)} if nobody unlocks it.
        </p>
      </section>
      <footer className="version">Version {facts.version}</footer>
    </main>
  );
}

const NEEDS_PASSWORD = 'Your badge needs the password this time.';

interface AttemptFormProps {
  readonly isBusy: boolean;
  readonly action: string;
  readonly busyWords: string;
  readonly hasUserName: boolean;
  /** Known from a badge. */
  readonly userName?: string | undefined;
  /** What is asked for; absent: the password. */
  readonly secret?: 'PIN';
  readonly ask: (password: string, userName: string) => Promise<Reply<SignInOutcome>>;
  readonly cancel: () => void;
  /** null: there is nothing to go back to. */
  readonly leave: (() => void) | null;
  /** Absent: back. */
  readonly leaveWords?: string;
  readonly children?: ReactElement;
}

function AttemptForm(props: AttemptFormProps): ReactElement {
  const { action, busyWords, hasUserName, ask, cancel, leave, children } = props;
  const { secret = 'Password', leaveWords = 'Back' } = props;
  const { field, turn, isPending, refusal, isCancelled, run } = usePasswordAttempt();
  const userName = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  const isBusy = isPending || props.isBusy;
  const invalid = isBusy ? null : (refusal?.field ?? null);
  const isNameKnown = props.userName !== undefined && refusal === null;
  const isNameNext = hasUserName && !isNameKnown && refusal?.field !== 'password' && !isCancelled;
  useEffect(() => {
    if (isBusy) return;
    const next = isNameNext ? userName.current : field.current;
    next?.focus();
    if (next === userName.current) next?.select();
  }, [turn, isBusy, isNameNext, field]);
  return (
    <form
      className="lock-form"
      autoComplete="off"
      noValidate
      aria-busy={isBusy}
      aria-label={action}
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        if (!isBusy) void run((password) => ask(password, userName.current?.value ?? ''));
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        if (isBusy) cancel();
        else leave?.();
      }}
    >
      {children}
      {refusal !== null && !isBusy && (
        <div className="message error" role="alert" id={refusalId} key={turn}>
          <ErrorSign />
          <div>
            <p className="message-title">{refusal.message}</p>
            {refusal.remedy !== null && <p>{refusal.remedy}</p>}
          </div>
        </div>
      )}
      {hasUserName && (
        <UserNameField
          inputRef={userName}
          isReadOnly={isBusy}
          isInvalid={invalid === 'userName'}
          describedBy={invalid === 'userName' ? refusalId : undefined}
          {...(props.userName !== undefined && { defaultValue: props.userName })}
        />
      )}
      <PasswordField
        key={`password ${turn}`}
        label={secret}
        inputRef={field}
        isReadOnly={isBusy}
        isInvalid={invalid === 'password'}
        refusalId={refusalId}
      />
      <div className="actions">
        <button className="button primary" type="submit" aria-disabled={isBusy || undefined}>
          {isBusy ? busyWords : action}
        </button>
        {isBusy && (
          <button className="button" type="button" onClick={cancel}>
            Cancel
          </button>
        )}
        {!isBusy && leave !== null && (
          <button className="button" type="button" onClick={leave}>
            {leaveWords}
          </button>
        )}
      </div>
      <p className="quiet" role="status">
        {isBusy ? busyWords : isCancelled ? 'Cancelled' : ''}
      </p>
    </form>
  );
}
