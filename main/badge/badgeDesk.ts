/**
 * Badges at one workstation: what each tap does to the session, and what is asked of whoever stands there.
 *
 * The rules are domain/badgeTap.ts and badgeProof.ts; here they meet the readers, the book and the session. A tap never
 * lets anybody in: it may lock, and it asks. What it asks is forgotten after a minute, and with every change of who is there.
 */
import type { BadgePrompt, BadgeState, OwnBadge, SessionState, SignInOutcome } from '../../preload/contract.js';
import { type Clock, Deadline } from '../context/clock.js';
import type { AuditEvent } from '../domain/audit.js';
import { type BadgePolicy, proofAfterTap, refusalOfPin } from '../domain/badgeProof.js';
import {
  type BadgeAction,
  badgeAction,
  type BadgeDesk as Desk,
  ENROL_WITHIN_MS,
  samePerson,
} from '../domain/badgeTap.js';
import { LanyardError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { isOpen } from '../domain/session.js';
import { DeadlinePassed, withDeadline } from '../identity/deadline.js';
import type { BadgeRefusal, IdentitySession } from '../identity/identitySession.js';
import { type BadgeBook, type BadgeOwner, somebodyElses } from './badgeBook.js';
import type { BadgeEvent, BadgeReaders } from './badgeReaders.js';

/** A question nobody answers is taken back. */
const ASKED_FOR_MS = 60_000;
/** The list may lie on a share that hangs. */
const BOOK_DEADLINE_MS = 5_000;

export interface BadgeDeskPolicy extends BadgePolicy {
  /** lock: a badge stays on the reader while its owner works; taking it away locks. nothing: badges are tapped. */
  readonly onRemoval: 'lock' | 'nothing';
}

export interface BadgeDeskParts {
  /** Disposed of by the desk. */
  readonly readers: readonly BadgeReaders[];
  /** Disposed of by the desk. */
  readonly book: Pick<
    BadgeBook,
    'find' | 'of' | 'enrol' | 'setPin' | 'checkPin' | 'passwordAccepted' | 'remove' | 'dispose'
  >;
  readonly policy: BadgeDeskPolicy;
  readonly session: Pick<IdentitySession, 'state' | 'passwordAt' | 'lock' | 'unlockByBadge' | 'onChange'>;
  /** Throws when the line is not on disk: then nothing follows but a lock. */
  readonly audit: { record(event: Extract<AuditEvent, { type: `badge.${string}` }>): void };
  readonly clock: Clock;
  readonly publish: (state: BadgeState) => void;
  readonly report: (error: unknown) => void;
}

interface Tapped {
  readonly badge: Secret;
  /** By the clock. */
  readonly at: number;
}

export class BadgeDesk {
  readonly #parts: BadgeDeskParts;
  readonly #problems = new Map<BadgeReaders, string>();
  readonly #forgetPrompt: Deadline;
  #bookProblem: string | null = null;
  #prompt: BadgePrompt | null = null;
  /** Grows with every tap and every change of who is there: what was begun before counts no more. */
  #turn = 0;
  #lastTap: Tapped | null = null;
  /** Tapped, and nobody's, or expired: whoever gives a password next may have it. Wiped when it is too old for that. */
  #unowned: Tapped | null = null;
  /** Of whom the badge lies on the reader; null: of nobody, or it was taken away. */
  #present: string | null = null;
  #activeSince = 0;
  /** Of the last password that the book was told of. */
  #passwordAt: Date | null = null;
  #wasOpen = false;

  constructor(parts: BadgeDeskParts) {
    this.#parts = parts;
    this.#forgetPrompt = new Deadline(parts.clock, () => {
      this.#ask(null);
    });
    parts.session.onChange((state) => {
      this.#sessionChanged(state);
    });
  }

  get state(): BadgeState {
    const [problem = this.#bookProblem] = this.#problems.values();
    return { isUsed: true, problem, prompt: this.#prompt };
  }

  start(): void {
    for (const reader of this.#parts.readers)
      reader.start((event) => {
        this.#heard(reader, event);
      });
  }

  /** Nothing is heard afterwards. */
  dispose(): void {
    for (const reader of this.#parts.readers) reader.dispose();
    this.#turn += 1;
    this.#forgetPrompt.clear();
    this.#lastTap?.badge.wipe();
    this.#forgetUnowned();
    this.#parts.book.dispose();
  }

  /** @param pin wiped here */
  async unlock(pin: Secret): Promise<SignInOutcome> {
    try {
      if (this.#prompt?.kind !== 'unlock' || this.#prompt.with !== 'pin')
        throw new LanyardError('bad-request', 'Tap your badge again, then type its PIN.');
      this.#forgetPrompt.clear();
      return await this.#parts.session.unlockByBadge('pin', (user) => this.#prove(user, pin));
    } finally {
      if (this.#prompt) this.#forgetPrompt.set(ASKED_FOR_MS);
      pin.wipe();
    }
  }

  /**
   * The clinician says that the badge is theirs.
   * @param pin wiped here; null: none is needed
   * @throws LanyardError with what to do
   */
  async enrol(id: string, pin: Secret | null): Promise<void> {
    try {
      const user = this.#openUser();
      const { prompt, badge } = this.#offered(id);
      if (user === null || badge === null) throw tooLate();
      if (prompt.leastPinLength !== null && pin === null)
        throw new LanyardError('bad-request', 'Choose a PIN for your badge.');
      const { audit, book, policy } = this.#parts;
      const refusal = pin?.use((text) => refusalOfPin(text, policy.leastPinLength)) ?? null;
      if (refusal !== null) throw new LanyardError('bad-request', refusal);
      const owner = await this.#inTime(() => book.find(badge));
      if (owner.outcome !== 'unknown' && !samePerson(owner.principalName, user)) throw somebodyElses();
      // SECURITY(badge): asked again after the wait: whoever typed the password may have gone meanwhile.
      if (this.#openUser() !== user || this.#prompt?.id !== id) throw tooLate();
      audit.record({ type: 'badge.enrolled', user, newPin: pin !== null });
      await book.enrol(badge, user);
      if (pin) await book.setPin(user, pin);
      if (this.#lastTap?.badge.equals(badge)) this.#present = user; // it may still lie there
      this.#forgetUnowned();
      this.#ask(null);
    } finally {
      pin?.wipe();
    }
  }

  /** "Not now". An answer to an older question does nothing. */
  dismiss(id: string): void {
    if (this.#prompt?.id !== id) return;
    if (this.#prompt.kind === 'enrol') this.#forgetUnowned();
    this.#ask(null);
  }

  /** @throws LanyardError('not-signed-in'), or ('unavailable') with what to do */
  async own(): Promise<OwnBadge> {
    const found = await this.#inTime(() => this.#parts.book.of(this.#signedIn()));
    return found && { hasPin: found.hasPin, enrolledAt: found.enrolledAt.toISOString() };
  }

  async removeOwn(): Promise<void> {
    const user = this.#signedIn();
    await this.remove(user, user);
  }

  /** @param by whoever removes it. @returns whether there was one */
  async remove(principalName: string, by: string): Promise<boolean> {
    const { book, audit } = this.#parts;
    if ((await this.#inTime(() => book.of(principalName))) === null) return false;
    audit.record({ type: 'badge.removed', user: principalName, by });
    return book.remove(principalName);
  }

  #heard(reader: BadgeReaders, event: BadgeEvent): void {
    switch (event.kind) {
      case 'tap':
        this.#problems.delete(reader);
        void this.#tapped(event.badge).catch((error: unknown) => {
          this.#parts.report(error);
        });
        return;
      case 'removed':
        this.#removed();
        return;
      case 'reader-attached':
        this.#problems.delete(reader);
        break;
      case 'unreadable':
      case 'reader-detached':
      case 'no-service':
        this.#problems.set(reader, event.explanation);
        break;
    }
    this.#publish();
  }

  async #tapped(badge: Secret): Promise<void> {
    const { clock, policy, session, report } = this.#parts;
    const now = clock.now();
    const before = this.#lastTap;
    const sameBadgeMs = before?.badge.equals(badge) ? now - before.at : null;
    before?.badge.wipe();
    this.#lastTap = { badge, at: now };
    const turn = ++this.#turn;
    let owner: BadgeOwner;
    try {
      owner = await this.#inTime(() => this.#parts.book.find(badge));
      this.#bookProblem = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      report(error);
      this.#bookProblem = error instanceof LanyardError ? error.message : NO_LIST;
      // Whoever's it is: somebody stands there with a badge, and the session may not be theirs.
      session.lock('badge');
      this.#publish();
      return;
    }
    if (turn !== this.#turn) return;
    const user = owner.outcome === 'unknown' ? null : owner.principalName;
    const desk = this.#desk();
    if (desk === null) return;
    const decided = badgeAction(desk, { owner: user, sameBadgeMs });
    const isOwn = desk.status === 'active' && user !== null && samePerson(desk.user, user);
    const staysOn = policy.onRemoval === 'lock' && isOwn;
    this.#present = user;
    const action: BadgeAction = staysOn && decided.kind === 'lock' ? { kind: 'ignore' } : decided;
    if (action.kind !== 'ignore') this.#act(action, owner, user);
    this.#publish();
  }

  #act(action: Exclude<BadgeAction, { kind: 'ignore' }>, owner: BadgeOwner, user: string | null): void {
    const { session, audit, policy } = this.#parts;
    // SECURITY(badge): a lock comes first, whether or not it can be recorded; nothing else happens unrecorded.
    if (action.kind === 'lock' || ('lockFirst' in action && action.lockFirst)) session.lock('badge');
    audit.record({ type: 'badge.tapped', user, action: action.kind });
    if (action.kind !== 'lock' && owner.outcome !== 'known') this.#keepUnowned();
    const id = String(this.#turn);
    switch (action.kind) {
      case 'lock':
        return;
      case 'ask-to-unlock': {
        const proof =
          owner.outcome === 'known'
            ? proofAfterTap(policy, {
                hasPin: owner.hasPin,
                triesUsed: owner.triesUsed,
                passwordMs: this.#passwordMs(),
              })
            : 'password';
        if (proof === 'none')
          void session.unlockByBadge('badge', () => Promise.resolve(null)).catch(this.#parts.report);
        else this.#ask({ kind: 'unlock', id, with: proof });
        return;
      }
      case 'ask-to-sign-in':
        this.#ask({ kind: 'sign-in', id, userName: action.user });
        return;
      case 'ask-to-take-over':
        this.#ask({ kind: 'take-over', id, userName: action.user });
        return;
      case 'offer-enrolment':
        void this.#offer(action.user).catch(this.#parts.report);
        return;
      case 'ask-password-to-enrol':
        this.#ask({ kind: 'unknown', id });
    }
  }

  #removed(): void {
    const owner = this.#present;
    this.#present = null;
    if (this.#parts.policy.onRemoval !== 'lock') return;
    // Laid on again, it is another tap.
    this.#lastTap?.badge.wipe();
    this.#lastTap = null;
    const user = this.#openUser();
    if (user !== null && owner !== null && samePerson(user, owner)) this.#parts.session.lock('badge');
  }

  #sessionChanged(state: SessionState): void {
    const isNowOpen = isOpen(state.status);
    const cameIn = isNowOpen && !this.#wasOpen;
    const left = !isNowOpen && this.#wasOpen;
    this.#wasOpen = isNowOpen;
    if (left || state.status === 'signing-out' || state.status === 'taking-over') this.#ask(null);
    if (!cameIn) return;
    this.#activeSince = this.#parts.clock.now();
    this.#turn += 1;
    this.#ask(null);
    const user = this.#openUser();
    const { passwordAt } = this.#parts.session;
    if (user === null || passwordAt === null || passwordAt.getTime() === this.#passwordAt?.getTime()) return;
    this.#passwordAt = passwordAt;
    void this.#passwordGiven(user).catch(this.#parts.report);
  }

  async #passwordGiven(user: string): Promise<void> {
    const turn = this.#turn;
    await this.#inTime(() => this.#parts.book.passwordAccepted(user));
    if (turn === this.#turn) await this.#offer(user);
  }

  /** Asks whether the badge nobody knows is this clinician's. */
  async #offer(user: string): Promise<void> {
    const unowned = this.#freshUnowned();
    if (unowned === null) return;
    const turn = this.#turn;
    const { book, policy } = this.#parts;
    const [owner, own] = await this.#inTime(() => Promise.all([book.find(unowned.badge), book.of(user)]));
    if (turn !== this.#turn || this.#unowned !== unowned || this.#openUser() !== user) return;
    if (owner.outcome !== 'unknown' && !samePerson(owner.principalName, user)) return;
    const needsPin = policy.proof === 'pin' && own?.hasPin !== true;
    this.#ask({ kind: 'enrol', id: `${turn} enrol`, leastPinLength: needsPin ? policy.leastPinLength : null });
  }

  async #prove(user: string, pin: Secret): Promise<BadgeRefusal | null> {
    if (pin.use((text) => text === '')) return { reason: 'pin-missing' };
    try {
      const { book, policy } = this.#parts;
      const known = await this.#inTime(() => book.of(user));
      // SECURITY(badge): the hours may have passed since the tap.
      const standing = { hasPin: known?.hasPin ?? false, triesUsed: 0, passwordMs: this.#passwordMs() };
      if (proofAfterTap({ ...policy, proof: 'pin' }, standing) !== 'pin') return this.#passwordInstead();
      const verdict = await book.checkPin(user, pin);
      switch (verdict.outcome) {
        case 'right':
          return null;
        case 'wrong':
          return { reason: 'wrong-pin', triesLeft: verdict.triesLeft };
        case 'password-needed':
          return this.#passwordInstead();
      }
    } catch (error) {
      this.#parts.report(error);
      return { reason: 'badge-list' };
    }
  }

  #passwordInstead(): BadgeRefusal {
    if (this.#prompt?.kind === 'unlock') this.#ask({ ...this.#prompt, with: 'password' });
    return { reason: 'pin-spent' };
  }

  #desk(): Desk | null {
    const { state } = this.#parts.session;
    if (state.status === 'signed-out') return { status: 'signed-out' };
    if (!('clinician' in state)) return null; // somebody is coming or going
    const user = state.clinician.principalName;
    if (isOpen(state.status))
      return {
        status: 'active',
        user,
        activeMs: this.#parts.clock.now() - this.#activeSince,
        passwordMs: this.#passwordMs(),
      };
    return state.status === 'locked' ? { status: 'locked', user } : null;
  }

  #passwordMs(): number | null {
    const at = this.#parts.session.passwordAt;
    return at && this.#parts.clock.now() - at.getTime();
  }

  #openUser(): string | null {
    const { state } = this.#parts.session;
    return isOpen(state.status) && 'clinician' in state ? state.clinician.principalName : null;
  }

  #signedIn(): string {
    const user = this.#openUser();
    if (user === null) throw new LanyardError('not-signed-in', 'Nobody is signed in');
    return user;
  }

  #offered(id: string): { prompt: Extract<BadgePrompt, { kind: 'enrol' }>; badge: Secret | null } {
    if (this.#prompt?.kind !== 'enrol' || this.#prompt.id !== id) throw tooLate();
    return { prompt: this.#prompt, badge: this.#freshUnowned()?.badge ?? null };
  }

  #keepUnowned(): void {
    this.#forgetUnowned();
    if (this.#lastTap) this.#unowned = { badge: this.#lastTap.badge.copy(), at: this.#lastTap.at };
  }

  #freshUnowned(): Tapped | null {
    if (this.#unowned && this.#parts.clock.now() - this.#unowned.at > ENROL_WITHIN_MS) this.#forgetUnowned();
    return this.#unowned;
  }

  #forgetUnowned(): void {
    this.#unowned?.badge.wipe();
    this.#unowned = null;
  }

  /** Replaces whatever is asked. */
  #ask(prompt: BadgePrompt | null): void {
    if (prompt === null && this.#prompt === null) return;
    this.#prompt = prompt;
    if (prompt === null) this.#forgetPrompt.clear();
    else this.#forgetPrompt.set(prompt.kind === 'enrol' ? ENROL_WITHIN_MS : ASKED_FOR_MS);
    this.#publish();
  }

  #publish(): void {
    this.#parts.publish(this.state);
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(BOOK_DEADLINE_MS, null, work);
    } catch (error) {
      throw error instanceof DeadlinePassed ? new LanyardError('unavailable', NO_LIST, { cause: error }) : error;
    }
  }
}

const NO_LIST = 'The list of badges does not answer. Use your password, and tell IT support.';

function tooLate(): LanyardError {
  return new LanyardError(
    'bad-request',
    'That took too long. Sign in again with your password, then tap your badge within two minutes.',
  );
}
