/**
 * Nobody at the keyboard: says so, warns, locks, and ends a session that nobody comes back to. It counts from the last input of the
 * whole computer session, so that somebody who writes in another program is not locked out here; and from input in
 * Lanyard's own window, where the operating system does not say.
 */
import type { SessionState } from '../../preload/contract.js';
import { type Clock, Deadline } from '../context/clock.js';
import { isLocked, isOpen } from '../domain/session.js';
import type { IdentitySession } from './identitySession.js';

export interface IdleWatchParts {
  readonly clock: Clock;
  /** Whole seconds since the last key, click or movement in this session of the computer; 0 where it does not say. */
  readonly idleSeconds: () => number;
  readonly session: Pick<IdentitySession, 'quiet' | 'warnIdle' | 'inputSeen' | 'lock' | 'signOut'>;
  /** Seconds. */
  readonly lockAfterSeconds: number;
  readonly warnSeconds: number;
  readonly report: (error: unknown) => void;
}

/** So long nobody touches anything until it shows large whose session it is, in milliseconds. */
const QUIET_AFTER = 60_000;
/** So often the computer is asked for input while it shows. */
const WHILE_QUIET = 1_000;
/** So often the computer is asked for input while the lock is counted down to, in milliseconds. */
const WHILE_WARNING = 250;
/** The computer counts in whole seconds: input that it dates up to this many milliseconds earlier may be the same. */
const SAME_INPUT = 1_000;

export class IdleWatch {
  readonly #parts: IdleWatchParts;
  readonly #next: Deadline;
  #state: SessionState = { status: 'signed-out', notice: null };
  /** Milliseconds since 1970. */
  #lastInput = 0;
  #warnedAt = 0;

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
    this.#next = new Deadline(parts.clock, () => {
      this.#look();
    });
  }

  /** Last input known of, in milliseconds since 1970. */
  get lastInput(): number {
    return this.#lastInput;
  }

  sessionChanged(state: SessionState): void {
    const wasOpen = isOpen(this.#state.status);
    this.#state = state;
    if (isOpen(state.status) && !wasOpen) this.#lastInput = this.#parts.clock.now(); // whoever came in is there
    if (state.status === 'idle-warning') this.#warnedAt = this.#parts.clock.now();
    this.#look();
  }

  /** A key, a click or a turn of the wheel in Lanyard's own window. */
  input(): void {
    if (!isOpen(this.#state.status)) return;
    this.#lastInput = this.#parts.clock.now();
    if (this.#state.status === 'idle-warning') this.#parts.session.inputSeen();
    else if (isQuiet(this.#state)) this.#parts.session.quiet(false);
  }

  dispose(): void {
    this.#next.clear();
  }

  #look(): void {
    this.#next.clear();
    const { clock, session, report } = this.#parts;
    const now = clock.now();
    if (isLocked(this.#state.status) && 'lock' in this.#state) {
      const left = Date.parse(this.#state.lock.signsOutAt) - now;
      if (left > 0) this.#next.set(Math.min(left, LONGEST_TIMER));
      else void session.signOut('idle').catch(report);
      return;
    }
    if (!isOpen(this.#state.status)) return;
    this.#askComputer(now);
    const { lockAfterSeconds, warnSeconds } = this.#parts;
    const locksAt = this.#lastInput + lockAfterSeconds * 1000;
    const warnsAt = locksAt - warnSeconds * 1000;
    if (this.#state.status === 'idle-warning') {
      if (this.#lastInput > this.#warnedAt) session.inputSeen();
      else if (now >= Date.parse(this.#state.locksAt)) session.lock('idle', new Date(this.#lastInput));
      else this.#next.set(WHILE_WARNING);
      return;
    }
    if (now < warnsAt) {
      const quietAt = this.#lastInput + QUIET_AFTER;
      if (now >= quietAt !== isQuiet(this.#state)) {
        session.quiet(now >= quietAt); // and is told of it here again
        return;
      }
      const soon = now < quietAt ? quietAt - now : WHILE_QUIET;
      this.#next.set(Math.min(soon, warnsAt - now, LONGEST_TIMER));
    } else if (warnSeconds === 0) session.lock('idle', new Date(this.#lastInput));
    else session.warnIdle(new Date(Math.max(locksAt, now + warnSeconds * 1000)));
  }

  #askComputer(now: number): void {
    const last = now - this.#parts.idleSeconds() * 1000;
    if (last > this.#lastInput + SAME_INPUT) this.#lastInput = last;
  }
}

function isQuiet(state: SessionState): boolean {
  return state.status === 'signed-in' && state.isQuiet === true;
}

/** setTimeout counts in 32 bits. */
const LONGEST_TIMER = 2_147_483_000;
