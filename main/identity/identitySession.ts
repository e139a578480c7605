/**
 * Who is signed in at this workstation: one person or nobody. Signing in needs the directory's yes, a role, and the
 * audit line on disk, in that order; signing out covers everything first and then ends every system's session.
 *
 * Locking covers first and records second: nothing may keep it from happening. Unlocking is the other way round, and only
 * the same account can do it; a colleague who signs in over the lock comes in once everything of the first one has ended.
 * A badge never begins a session: it may end a lock, for some hours after the directory accepted the password.
 */
import type {
  LockReason,
  Role,
  SessionLock,
  SessionState,
  SignedInClinician,
  SignInOutcome,
} from '../../preload/contract.js';
import type { AuditEvent, SignOutReason, UnlockedBy } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import { isLocked, isOpen, nextStatus, type SessionStatus, type SessionStep } from '../domain/session.js';
import { DeadlinePassed, withDeadline } from './deadline.js';
import {
  type AuthenticatedClinician,
  type AuthenticationOutcome,
  type Directory,
  refusalReasons,
  type UnavailableReason,
} from './directory.js';
import { explain, type RefusalDetails, type TurnedAwayReason } from './refusals.js';
import type { OfflineUnlock } from './offlineUnlock.js';
import { rolesOf } from './roles.js';

export type IdentityEvent = Extract<AuditEvent, { type: `session.${string}` }>;

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
  /** Systems with work that is not saved, or of which nobody knows. Within a deadline of its own; must not reject. */
  unsavedWork(): Promise<readonly UnsavedWork[]>;
  /**
   * A domain controller said yes to this password at an unlock: another one than before, where it was changed elsewhere.
   * It is wiped when this settles.
   */
  onPasswordConfirmed?(password: Secret): Promise<void>;
  /**
   * Ends every system's session: cookies, storage, sign-on, connections. Must be repeatable. Rejects with what could
   * not be ended: a LanyardError, or an AggregateError of them, whose messages are shown.
   */
  endSessions(): Promise<void>;
}

export interface UnsavedWork {
  readonly systemId: string;
  readonly title: string;
  /** false: its page does not answer, so nobody knows. */
  readonly isSaid: boolean;
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
  readonly session: SessionTimes;
  readonly offline: Pick<OfflineUnlock, 'remember' | 'check' | 'forget'>;
}

/** Seconds. */
export interface SessionTimes {
  /** Without input. */
  readonly signOutAfterSeconds: number;
  /** The least time for which somebody can come back to a locked session. */
  readonly warnSeconds: number;
}

/** Milliseconds. */
export interface IdentityDeadlines {
  readonly signIn: number;
  readonly endSessions: number;
  /** For the answer to "is anything not saved?". */
  readonly unsavedWork: number;
}

const usualDeadlines: IdentityDeadlines = { signIn: 15_000, endSessions: 10_000, unsavedWork: 2_000 };

type Listener = (state: SessionState) => void;

/** Why a badge does not end the lock. */
export type BadgeRefusal =
  | { readonly reason: 'pin-missing' | 'pin-spent' | 'badge-list' }
  | { readonly reason: 'wrong-pin'; readonly triesLeft: number };

export class IdentitySession {
  readonly #parts: IdentityParts;
  readonly #deadlines: IdentityDeadlines;
  readonly #listeners = new Set<Listener>();
  #state: SessionState = { status: 'signed-out', notice: null };
  #clinician: SessionClinician | null = null;
  #attempt: AbortController | null = null;
  #leaving: Promise<void> | null = null;
  #handingOver: Promise<SignInOutcome> | null = null;
  /** Of this the clinician was told before they signed out. */
  #announced: readonly UnsavedWork[] = [];
  /** Not null while the session is locked. */
  #lock: SessionLock | null = null;
  #opening: { readonly cancel: AbortController; readonly settled: Promise<void> } | null = null;
  /** When the directory last said yes to this clinician's password; null: it has not, or said no since. */
  #passwordAt: Date | null = null;
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
    return isOpen(this.status) ? this.#clinician : null;
  }

  /** When the directory last accepted the password of whoever's session this is; null: nobody's, or not any more. */
  get passwordAt(): Date | null {
    return this.#clinician === null ? null : this.#passwordAt;
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

  /** The clinician has a new password. Nothing happens while nobody is signed in. */
  passwordChanged(passwordExpires: Date | null): void {
    if (!this.#clinician) return;
    this.#clinician = { ...this.#clinician, passwordExpires };
    if ('clinician' in this.#state) this.#tell({ ...this.#state, clinician: forPages(this.#clinician) });
  }

  /** Whether nobody has touched anything for a minute; no step of the session. Nothing happens but while somebody is at work. */
  quiet(isQuiet: boolean): void {
    const clinician = this.#clinician;
    if (this.status !== 'signed-in' || !clinician) return;
    this.#tell({ status: 'signed-in', clinician: forPages(clinician), ...(isQuiet && { isQuiet }) });
  }

  /** Nobody has touched anything for a while. Nothing happens but while somebody is signed in and at work. */
  warnIdle(locksAt: Date): void {
    const clinician = this.#clinician;
    if (this.status !== 'signed-in' || !clinician) return;
    this.#record({ type: 'session.idleWarned', user: clinician.principalName });
    this.#step('idle', { status: 'idle-warning', clinician: forPages(clinician), locksAt: locksAt.toISOString() });
  }

  /** Somebody is there after all. Nothing happens but while the lock is being counted down to. */
  inputSeen(): void {
    const clinician = this.#clinician;
    if (this.status !== 'idle-warning' || !clinician) return;
    this.#record({ type: 'session.idleEnded', user: clinician.principalName });
    this.#step('input', { status: 'signed-in', clinician: forPages(clinician) });
  }

  /**
   * Covers everything before it returns. Nothing happens but while somebody is signed in and at work.
   * @param idleSince last input; default: now
   */
  lock(reason: LockReason, idleSince: Date = this.#parts.now()): void {
    const clinician = this.#clinician;
    if (!isOpen(this.status) || !clinician) return;
    const { signOutAfterSeconds, warnSeconds } = this.#parts.session;
    const since = this.#parts.now();
    const signsOutAt = Math.max(idleSince.getTime() + signOutAfterSeconds * 1000, since.getTime() + warnSeconds * 1000);
    this.#announced = [];
    this.#lock = {
      since: since.toISOString(),
      reason,
      signsOutAt: new Date(signsOutAt).toISOString(),
      unsaved: null,
    };
    const lock = this.#lock;
    this.#step('lock', { status: 'locked', clinician: forPages(clinician), lock });
    this.#record({ type: 'session.locked', user: clinician.principalName, reason });
    void this.#unsavedWork().then((unsaved) => {
      if (this.#lock !== lock) return;
      this.#lock = { ...lock, unsaved: unsaved.map(({ title }) => title) };
      const { status } = this;
      if (status === 'locked' || status === 'unlocking') this.#tell({ ...this.#lockedState(clinician), status });
    });
  }

  /** Lets the same clinician back in. @throws LanyardError('bad-request') while nothing is locked, or a check is under way */
  async unlock(password: string): Promise<SignInOutcome> {
    const clinician = this.#clinician;
    return this.#underLock(async (signal) => {
      if (!clinician) return this.#notLocked();
      const answer = await this.#ask(clinician.principalName, password, signal);
      if (signal.aborted || answer.outcome === 'cancelled') return this.#unlockCancelled(clinician);
      if (answer.outcome === 'accepted') return this.#comeBack(clinician, answer.clinician, password);
      return answer.outcome === 'unavailable'
        ? this.#unlockOffline(clinician, answer, password)
        : this.#refuseUnlock(clinician, answer.reason, answer);
    });
  }

  /**
   * Lets the same clinician back in by their badge: `prove` says what is missing, null: nothing.
   * @throws LanyardError('bad-request') while nothing is locked, or a check is under way
   */
  async unlockByBadge(
    by: Extract<UnlockedBy, 'pin' | 'badge'>,
    prove: (principalName: string) => Promise<BadgeRefusal | null>,
  ): Promise<SignInOutcome> {
    const clinician = this.#clinician;
    return this.#underLock(async (signal) => {
      if (!clinician) return this.#notLocked();
      const refusal = await prove(clinician.principalName);
      if (signal.aborted || !isLocked(this.status)) return this.#unlockCancelled(clinician);
      if (refusal !== null) return this.#refuseUnlock(clinician, refusal.reason, 'triesLeft' in refusal ? refusal : {});
      // SECURITY(badge): asked again here, after the wait: without the directory's yes no badge opens anything.
      return this.#passwordAt === null
        ? this.#refuseUnlock(clinician, 'pin-spent', {})
        : this.#letBackIn(clinician, by);
    });
  }

  /**
   * Lets a colleague in, once everything of the clinician who locked has been ended; their own name unlocks.
   * @throws LanyardError('bad-request') while nothing is locked, or a check is under way
   */
  async takeOver(userName: string, password: string): Promise<SignInOutcome> {
    const clinician = this.#clinician;
    return this.#underLock(async (signal) => {
      if (!clinician) return this.#notLocked();
      const answer = await this.#ask(userName, password, signal);
      if (signal.aborted || answer.outcome === 'cancelled') return this.#unlockCancelled(clinician);
      if (answer.outcome === 'unavailable') return this.#refuseUnlock(clinician, answer.reason, answer);
      if (answer.outcome === 'refused')
        return answer.reason === 'user-name-missing' || answer.reason === 'password-missing'
          ? explain(answer.reason, {}, this.#parts.now())
          : this.#turnAway(answer.reason, answer, answer.principalName, userName);
      const colleague = answer.clinician;
      if (colleague.sid === clinician.sid) return this.#comeBack(clinician, colleague, password);
      const roles = rolesOf(this.#parts.roles, colleague.groups.configured);
      if (roles.length === 0)
        return this.#turnAway('no-role', { detail: unknownGroups(colleague) }, colleague.principalName, userName);
      this.#handingOver = this.#handOver(clinician, { ...colleague, roles, since: this.#parts.now() }, password);
      return this.#handingOver;
    });
  }

  /** Gives up a running attempt; nothing happens when there is none. */
  cancelSignIn(): void {
    this.#attempt?.abort(new LanyardError('unavailable', CANCELLED));
  }

  /**
   * What would be lost by signing out now; a page that does not answer is not named, for it may never answer. What is named
   * here and lost by the sign-out that follows is recorded.
   */
  async unsavedWork(): Promise<readonly UnsavedWork[]> {
    const clinician = this.#clinician;
    const said = (await this.#unsavedWork()).filter(({ isSaid }) => isSaid);
    if (this.#clinician !== clinician || !isOpen(this.status)) return [];
    this.#announced = said;
    return said;
  }

  /**
   * Resolves when nobody is signed in any more, also when something could not be ended: the state's `notice` says
   * what. Nothing happens when nobody is signed in; a second call waits for the first.
   */
  async signOut(reason: SignOutReason): Promise<void> {
    this.cancelSignIn();
    if (this.status === 'taking-over') await this.#handingOver; // whoever came in meanwhile leaves, too
    if (isOpen(this.status) || isLocked(this.status)) this.#leaving ??= this.#leave(reason);
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
      this.#turnAway(reason, details, user, userName);

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
    const { principalName, roles, displayName } = clinician;
    if (!this.#record({ type: 'session.signedIn', user: principalName, roles, displayName }))
      return this.#notRecorded();
    this.#clinician = clinician;
    this.#passwordAt = this.#parts.now();
    this.#step('accepted', { status: 'signed-in', clinician: forPages(clinician) });
    void this.#open(clinician, Secret.of(password));
    this.#remember(password);
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

  /** One at a time; whatever it throws, the session is still locked. */
  async #underLock(attempt: (signal: AbortSignal) => Promise<SignInOutcome>): Promise<SignInOutcome> {
    const clinician = this.#clinician;
    if (this.status !== 'locked' || !clinician) return this.#notLocked();
    const running = new AbortController();
    const isUnlocking = (): boolean => this.status === 'unlocking';
    this.#attempt = running;
    this.#step('attempt', { ...this.#lockedState(clinician), status: 'unlocking' });
    try {
      return await attempt(running.signal);
    } catch (error) {
      this.#parts.report(error);
      return explain('internal', {}, this.#parts.now());
    } finally {
      if (this.#attempt === running) this.#attempt = null;
      if (isUnlocking()) this.#step('turned-away', { ...this.#lockedState(clinician), status: 'locked' });
    }
  }

  /** @throws LanyardError('bad-request') */
  #notLocked(): never {
    throw new LanyardError('bad-request', `a session that is ${this.status} cannot be unlocked now`);
  }

  #unlockCancelled({ principalName }: SessionClinician): SignInOutcome {
    this.#record({ type: 'session.unlockRefused', user: principalName, reason: 'cancelled' });
    return { outcome: 'cancelled' };
  }

  #refuseUnlock(clinician: SessionClinician, reason: TurnedAwayReason, details: RefusalDetails): SignInOutcome {
    const user = clinician.principalName;
    const now = this.#parts.now();
    if (reason === 'password-missing' || reason === 'pin-missing') return explain(reason, {}, now); // nothing was asked of anybody
    // SECURITY(offline-unlock): what the directory says of the account holds when it cannot be asked, too.
    if (accountRefusals.has(reason)) {
      this.#parts.offline.forget();
      this.#passwordAt = null;
    }
    return this.#record({ type: 'session.unlockRefused', user, reason })
      ? explain(reason, details, now)
      : this.#notRecorded();
  }

  /** The directory said yes: it is the same account, and may still work here. */
  #comeBack(clinician: SessionClinician, answer: AuthenticatedClinician, password: string): SignInOutcome {
    if (answer.sid !== clinician.sid) return this.#refuseUnlock(clinician, 'account-unreadable', {});
    if (rolesOf(this.#parts.roles, answer.groups.configured).length === 0)
      return this.#refuseUnlock(clinician, 'no-role', { detail: unknownGroups(answer) });
    this.#passwordAt = this.#parts.now();
    const outcome = this.#letBackIn({ ...clinician, passwordExpires: answer.passwordExpires }, 'password');
    if (outcome.outcome === 'signed-in') {
      this.#remember(password);
      void this.#passOn(Secret.of(password));
    }
    return outcome;
  }

  async #passOn(password: Secret): Promise<void> {
    try {
      await this.#parts.work.onPasswordConfirmed?.(password);
    } catch (error) {
      this.#parts.report(error);
    } finally {
      password.wipe();
    }
  }

  async #unlockOffline(
    clinician: SessionClinician,
    { reason, detail }: { readonly reason: UnavailableReason; readonly detail: string },
    password: string,
  ): Promise<SignInOutcome> {
    const secret = Secret.of(password);
    const checked = await this.#parts.offline.check(secret);
    secret.wipe();
    if (!isLocked(this.status)) return { outcome: 'cancelled' };
    switch (checked.outcome) {
      case 'right':
        return this.#letBackIn(clinician, 'offline');
      case 'wrong':
        return this.#refuseUnlock(clinician, 'wrong-offline', { triesLeft: checked.triesLeft });
      case 'not-possible':
        return this.#refuseUnlock(clinician, reason, { detail });
    }
  }

  #letBackIn(clinician: SessionClinician, by: UnlockedBy): SignInOutcome {
    if (!this.#record({ type: 'session.unlocked', user: clinician.principalName, by })) return this.#notRecorded();
    this.#clinician = clinician;
    this.#lock = null;
    this.#step('accepted', { status: 'signed-in', clinician: forPages(clinician) });
    return { outcome: 'signed-in' };
  }

  async #handOver(clinician: SessionClinician, colleague: SessionClinician, password: string): Promise<SignInOutcome> {
    const user = clinician.principalName;
    const secret = Secret.of(password);
    const lost = await this.#unsavedWork();
    if (this.status !== 'unlocking') {
      secret.wipe();
      return { outcome: 'cancelled' };
    }
    if (!this.#record({ type: 'session.takenOver', user, by: colleague.principalName })) {
      secret.wipe();
      return this.#notRecorded();
    }
    this.#recordLost(user, lost);
    this.#clinician = null;
    this.#lock = null;
    this.#passwordAt = null;
    this.#parts.offline.forget();
    this.#attempt = null;
    this.#opening?.cancel.abort(new LanyardError('not-signed-in', 'a colleague takes over'));
    this.#step('take-over', { status: 'taking-over', clinician: forPages(clinician) });
    const recorded = this.#record({ type: 'session.signedOut', user, reason: 'take-over' });
    const left = await this.#endSessions();
    if (left !== null || !recorded) {
      secret.wipe();
      this.#step('ended', { status: 'signed-out', notice: left ?? NOT_RECORDED });
      return explain('previous-session', {}, this.#parts.now());
    }
    const { principalName, roles, displayName } = colleague;
    if (!this.#record({ type: 'session.signedIn', user: principalName, roles, displayName })) {
      secret.wipe();
      this.#step('ended', { status: 'signed-out', notice: null });
      return this.#notRecorded();
    }
    this.#clinician = colleague;
    this.#passwordAt = this.#parts.now();
    this.#step('accepted', { status: 'signed-in', clinician: forPages(colleague) });
    void this.#open(colleague, secret);
    this.#remember(password);
    return { outcome: 'signed-in' };
  }

  /** For a lock while no domain controller answers. */
  #remember(password: string): void {
    const secret = Secret.of(password);
    void this.#parts.offline.remember(secret);
    secret.wipe();
  }

  #lockedState(clinician: SessionClinician): {
    readonly clinician: SignedInClinician;
    readonly lock: SessionLock;
  } {
    if (!this.#lock) throw new Error('nothing is locked');
    return { clinician: forPages(clinician), lock: this.#lock };
  }

  async #unsavedWork(): Promise<readonly UnsavedWork[]> {
    try {
      return await withDeadline(this.#deadlines.unsavedWork, null, () => this.#parts.work.unsavedWork());
    } catch (error) {
      this.#parts.report(error);
      return [];
    }
  }

  #recordLost(user: string, unsaved: readonly UnsavedWork[]): void {
    if (unsaved.length > 0)
      this.#record({ type: 'session.workLost', user, systems: unsaved.map(({ systemId }) => systemId) });
  }

  async #leave(reason: SignOutReason): Promise<void> {
    const user = this.#clinician?.principalName ?? '';
    if (isLocked(this.status)) {
      const lost = await this.#unsavedWork();
      const isBack = isOpen(this.status) && reason === 'idle';
      if (isBack || this.#clinician?.principalName !== user) {
        this.#leaving = null; // somebody came in the last moment
        return;
      }
      this.#recordLost(user, lost);
    } else if (reason === 'user') this.#recordLost(user, this.#announced);
    this.#announced = [];
    this.#clinician = null;
    this.#lock = null;
    this.#passwordAt = null;
    this.#parts.offline.forget();
    this.#opening?.cancel.abort(new LanyardError('not-signed-in', 'the clinician is leaving'));
    this.#step('leave', { status: 'signing-out' });
    const recorded = this.#record({ type: 'session.signedOut', user, reason });
    const left = await this.#endSessions();
    const notices = [...(left === null ? [] : [left]), ...(recorded ? [] : [NOT_RECORDED])];
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

  #turnAway(reason: TurnedAwayReason, details: RefusalDetails, user: string | null, typed: string): SignInOutcome {
    return this.#recordRefusal(reason, user, typed) ? explain(reason, details, this.#parts.now()) : this.#notRecorded();
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
    this.#tell(state);
  }

  #tell(state: SessionState): void {
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

/** Not about what was typed, but about the account. */
const accountRefusals: ReadonlySet<string> = new Set([
  ...refusalReasons.filter(
    (reason) => !['user-name-missing', 'password-missing', 'wrong-credentials'].includes(reason),
  ),
  'no-role',
]);
const NOT_RECORDED = 'The sign-out could not be recorded: tell the IT service desk.';
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
