/**
 * Who is signed in at this workstation: one person or nobody. Signing in needs the directory's yes, a role, and the
 * audit line on disk, in that order; signing out covers everything first and then ends every system's session.
 */
import type { Role, SessionState, SignedInClinician, SignInOutcome } from '../../preload/contract.js';
import type { AuditEvent, SignOutReason } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import { nextStatus, type SessionStatus, type SessionStep } from '../domain/session.js';
import { DeadlinePassed, withDeadline } from './deadline.js';
import type { AuthenticatedClinician, AuthenticationOutcome, Directory } from './directory.js';
import { explain, type RefusalDetails, type TurnedAwayReason } from './refusals.js';
import { rolesOf } from './roles.js';

export type IdentityEvent = Extract<AuditEvent, { type: 'session.signedIn' | 'session.refused' | 'session.signedOut' }>;

export interface IdentityAudit {
  /** Throws when the line is not on disk: then nobody is signed in. */
  record(event: IdentityEvent): void;
}

/** Someone who passed every check. */
export interface SessionClinician extends AuthenticatedClinician {
  readonly roles: readonly Role[];
  readonly since: Date;
}

/** What happens around a session, in this order. */
export interface SessionWork {
  /**
   * Opens what this person may use. Rejecting ends the session; `signal` aborts when the person leaves meanwhile.
   * `password` signed them in; whoever is given it here wipes it, at the latest when the session ends.
   */
  onSignedIn(clinician: SessionClinician, password: Secret, signal: AbortSignal): Promise<void> | void;
  /**
   * Ends every system's session: cookies, storage, sign-on, connections. Must be repeatable. Rejects with what could
   * not be ended: a LanyardError, or an AggregateError of them, whose messages are shown.
   */
  endSessions(): Promise<void>;
}

export interface IdentityParts {
  readonly directory: Directory;
  readonly audit: IdentityAudit;
  readonly work: SessionWork;
  /** As in lanyard.json: role → groups. */
  readonly roles: Readonly<Partial<Record<Role, readonly string[] | undefined>>>;
  /** See typedNameHasher. */
  readonly hashTypedName: (typed: string) => string;
  readonly now: () => Date;
  /** For the log: everything that was not foreseen. Never the password or a typed name. */
  readonly report: (error: unknown) => void;
  readonly deadlines?: Partial<IdentityDeadlines>;
}

/** Milliseconds. */
export interface IdentityDeadlines {
  readonly signIn: number;
  readonly endSessions: number;
}

const usualDeadlines: IdentityDeadlines = { signIn: 15_000, endSessions: 10_000 };

type Listener = (state: SessionState) => void;

export class IdentitySession {
  readonly #parts: IdentityParts;
  readonly #deadlines: IdentityDeadlines;
  readonly #listeners = new Set<Listener>();
  #state: SessionState = { status: 'signed-out', notice: null };
  #clinician: SessionClinician | null = null;
  #attempt: AbortController | null = null;
  #leaving: Promise<void> | null = null;
  #opening: { readonly cancel: AbortController; readonly settled: Promise<void> } | null = null;
  /** The last sign-out left something behind: nobody signs in over it. */
  #leftovers = false;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
    this.#deadlines = { ...usualDeadlines, ...parts.deadlines };
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Who is signed in, with groups and SID for decisions in main; null while nobody is. */
  get clinician(): SessionClinician | null {
    return this.#state.status === 'signed-in' ? this.#clinician : null;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One attempt at a time. @throws LanyardError('bad-request') while somebody is signed in, or coming, or going. */
  async signIn(userName: string, password: string): Promise<SignInOutcome> {
    this.#step('attempt', { status: 'signing-in' });
    const attempt = new AbortController();
    this.#attempt = attempt;
    try {
      const outcome = await this.#attemptSignIn(userName, password, attempt.signal);
      if (this.status === 'signing-in') this.#step('turned-away', { status: 'signed-out', notice: null });
      return outcome;
    } catch (error) {
      this.#parts.report(error);
      this.#step('turned-away', { status: 'signed-out', notice: null });
      return explain('internal', {}, this.#parts.now());
    } finally {
      this.#attempt = null;
    }
  }

  /** Gives up a running attempt; nothing happens when there is none. */
  cancelSignIn(): void {
    this.#attempt?.abort(new LanyardError('unavailable', CANCELLED));
  }

  /**
   * Resolves when nobody is signed in any more, also when something could not be ended: the state's `notice` says
   * what. Nothing happens when nobody is signed in; a second call waits for the first.
   */
  async signOut(reason: SignOutReason): Promise<void> {
    this.cancelSignIn();
    if (this.status === 'signed-in') this.#leaving = this.#leave(reason);
    await this.#leaving;
  }

  /** Ends whatever runs, without waiting: for the end of the program, after `signOut`. */
  dispose(): void {
    this.cancelSignIn();
    this.#listeners.clear();
    this.#parts.directory.dispose();
  }

  get status(): SessionStatus {
    return this.#state.status;
  }

  async #attemptSignIn(userName: string, password: string, signal: AbortSignal): Promise<SignInOutcome> {
    const turnAway = (reason: TurnedAwayReason, details: RefusalDetails = {}, user: string | null = null) =>
      this.#recordRefusal(reason, user, userName) ? explain(reason, details, this.#parts.now()) : this.#notRecorded();

    if (this.#leftovers && (await this.#endSessions()) !== null) return turnAway('previous-session');
    const asked = await this.#ask(userName, password, signal);
    // From here on nothing waits: what was cancelled before this line never signs in, after it is a sign-out.
    const answer = signal.aborted ? ({ outcome: 'cancelled' } as const) : asked;
    switch (answer.outcome) {
      case 'cancelled':
        return this.#recordRefusal('cancelled', null, userName) ? answer : this.#notRecorded();
      case 'unavailable':
        return turnAway(answer.reason, { detail: answer.detail });
      case 'refused':
        // An unfinished form is no attempt: nothing was asked of anybody.
        return answer.reason === 'user-name-missing' || answer.reason === 'password-missing'
          ? explain(answer.reason, {}, this.#parts.now())
          : turnAway(answer.reason, answer, answer.principalName);
      case 'accepted': {
        const { clinician } = answer;
        const roles = rolesOf(this.#parts.roles, clinician.groups.configured);
        return roles.length === 0
          ? turnAway('no-role', { detail: unknownGroups(clinician) }, clinician.principalName)
          : this.#accept({ ...clinician, roles, since: this.#parts.now() }, password);
      }
    }
  }

  async #ask(
    userName: string,
    password: string,
    signal: AbortSignal,
  ): Promise<AuthenticationOutcome | { readonly outcome: 'cancelled' }> {
    try {
      return await withDeadline(this.#deadlines.signIn, signal, (until) =>
        this.#parts.directory.authenticate(userName, password, until),
      );
    } catch (error) {
      if (signal.aborted) return { outcome: 'cancelled' };
      if (!(error instanceof DeadlinePassed)) throw error;
      return { outcome: 'unavailable', reason: 'timeout', detail: error.message };
    }
  }

  #accept(clinician: SessionClinician, password: string): SignInOutcome {
    const { principalName, roles } = clinician;
    if (!this.#record({ type: 'session.signedIn', user: principalName, roles })) return this.#notRecorded();
    this.#clinician = clinician;
    this.#step('accepted', { status: 'signed-in', clinician: forPages(clinician) });
    void this.#open(clinician, Secret.of(password));
    return { outcome: 'signed-in' };
  }

  async #open(clinician: SessionClinician, password: Secret): Promise<void> {
    const cancel = new AbortController();
    const opened = Promise.resolve().then(() => this.#parts.work.onSignedIn(clinician, password, cancel.signal));
    const opening = { cancel, settled: opened.catch(() => undefined) };
    this.#opening = opening;
    try {
      await opened;
      if (this.#opening === opening) this.#opening = null;
    } catch (error) {
      if (cancel.signal.aborted) return;
      this.#parts.report(error);
      await this.signOut('application-stopped');
    }
  }

  async #leave(reason: SignOutReason): Promise<void> {
    const user = this.#clinician?.principalName ?? '';
    this.#clinician = null;
    this.#opening?.cancel.abort(new LanyardError('not-signed-in', 'the clinician is leaving'));
    this.#step('leave', { status: 'signing-out' });
    const recorded = this.#record({ type: 'session.signedOut', user, reason });
    const left = await this.#endSessions();
    const notices = [
      ...(left === null ? [] : [left]),
      ...(recorded ? [] : ['The sign-out could not be recorded: tell the IT service desk.']),
    ];
    this.#leaving = null;
    this.#step('ended', { status: 'signed-out', notice: notices.length > 0 ? notices.join(' ') : null });
  }

  /** null: everything ended; else one sentence about what did not. */
  async #endSessions(): Promise<string | null> {
    this.#leftovers = true;
    try {
      await withDeadline(this.#deadlines.endSessions, null, async () => {
        const opening = this.#opening;
        await this.#parts.work.endSessions();
        if (opening === null) return;
        await opening.settled;
        await this.#parts.work.endSessions(); // what was opened meanwhile would have escaped the first
      });
      this.#opening = null;
      this.#leftovers = false;
      return null;
    } catch (error) {
      this.#parts.report(error);
      return `Not everything could be signed out (${whatFailed(error)}). Close Lanyard before you leave this computer.`;
    }
  }

  #recordRefusal(reason: TurnedAwayReason | 'cancelled', user: string | null, typed: string): boolean {
    const typedNameHash = user === null ? this.#parts.hashTypedName(typed) : null;
    return this.#record({ type: 'session.refused', user, typedNameHash, reason });
  }

  #notRecorded(): SignInOutcome {
    return explain('audit-unavailable', {}, this.#parts.now());
  }

  #record(event: IdentityEvent): boolean {
    try {
      this.#parts.audit.record(event);
      return true;
    } catch (error) {
      this.#parts.report(error);
      return false;
    }
  }

  #step(step: SessionStep, state: SessionState): void {
    if (nextStatus(this.status, step) !== state.status) {
      throw new LanyardError('bad-request', `a session that is ${this.status} cannot be ${state.status} now`);
    }
    this.#state = state;
    for (const listener of this.#listeners) {
      try {
        listener(state);
      } catch (error) {
        this.#parts.report(error); // a page that cannot be told must not change who is signed in
      }
    }
  }
}

const CANCELLED = 'the sign-in was cancelled';

function forPages({ displayName, principalName, roles, since, passwordExpires }: SessionClinician): SignedInClinician {
  return {
    displayName,
    principalName,
    roles: [...roles],
    since: since.toISOString(),
    passwordExpires: passwordExpires?.toISOString() ?? null,
  };
}

function unknownGroups({ groups }: AuthenticatedClinician): string | null {
  return groups.unknown.length > 0
    ? `the directory knows no group ${groups.unknown.map((group) => `"${group}"`).join(' or ')}: check roles in the configuration.`
    : null;
}

/** Only messages written to be shown; anything else is in the log. */
function whatFailed(error: unknown): string {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const said = errors.flatMap((one) => (one instanceof LanyardError ? [one.message] : []));
  return said.length > 0 ? said.join('; ') : 'the log says what';
}
