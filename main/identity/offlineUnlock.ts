/**
 * Whether the person who locked Lanyard is back, while no domain controller answers: against a memory-hard hash of the
 * password that a controller confirmed last, kept in memory only, for a while, and for few tries.
 *
 * It never signs anybody in. Whoever asks it has asked the directory first and got no answer: a controller that says
 * no is never overruled here.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Clock, Deadline } from '../context/clock.js';
import type { Secret } from '../domain/secret.js';

/** SECURITY(offline-unlock): fewer than a trust's lock-out threshold usually is; nobody else counts these tries. */
const MOST_WRONG_TRIES = 5;
const SALT_BYTES = 16;

export interface OfflineUnlockParts {
  /** `session.offlineUnlockMinutes`: how long after a controller confirmed the password; 0: never. */
  readonly minutes: number;
  /**
   * A memory-hard hash (Argon2id) of the password with this salt of 16 bytes; ours to wipe, the password is not.
   * Off the event loop, within a deadline of its own.
   */
  readonly hash: (password: Secret, salt: Uint8Array) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** For the log: a hash that could not be made. */
  readonly report: (error: unknown) => void;
}

export type OfflineAnswer =
  | { readonly outcome: 'right' }
  /** 0: that was the last; from now on a domain controller has to say yes. */
  | { readonly outcome: 'wrong'; readonly triesLeft: number }
  | {
      readonly outcome: 'not-possible';
      /** off: by policy · nothing-remembered: nobody signed in by password, or the hash could not be made. */
      readonly because: 'off' | 'nothing-remembered' | 'too-long-ago' | 'too-many-tries';
    };
type NotPossible = Extract<OfflineAnswer, { outcome: 'not-possible' }>['because'];

interface Remembered {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  /** Milliseconds since 1970. */
  readonly until: number;
  wrongTries: number;
}

export class OfflineUnlock {
  readonly #parts: OfflineUnlockParts;
  readonly #end: Deadline;
  #remembered: Remembered | null = null;
  #because: NotPossible = 'nothing-remembered';
  /** Grows whenever what is remembered is replaced or forgotten: a hash that was begun before is dropped. */
  #turn = 0;
  /** One hash at a time: two checks at once must not get more tries, and a check waits for what is being remembered. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: OfflineUnlockParts) {
    this.#parts = parts;
    this.#end = new Deadline(parts.clock, () => {
      this.#drop('too-long-ago');
    });
  }

  /**
   * A domain controller said yes to this password just now: at sign-in, at an unlock, after a change. Replaces what was
   * remembered at once, also where the new hash cannot be made. The password stays the caller's, who may wipe it as
   * soon as this returned its promise. Never rejects.
   */
  async remember(password: Secret): Promise<void> {
    const { minutes, clock, randomBytes, report } = this.#parts;
    this.forget();
    if (minutes === 0) return;
    const turn = this.#turn;
    const until = clock.now() + minutes * 60_000;
    const salt = Uint8Array.from(randomBytes(SALT_BYTES));
    const own = password.copy();
    await this.#inTurn(async () => {
      try {
        if (turn !== this.#turn) return;
        const hash = await this.#parts.hash(own, salt);
        const left = until - clock.now();
        if (turn !== this.#turn || left <= 0) hash.fill(0);
        else {
          this.#remembered = { salt, hash, until, wrongTries: 0 };
          this.#end.set(left);
        }
      } catch (error) {
        report(error);
      } finally {
        own.wipe();
      }
    });
  }

  /** One try. The password stays the caller's, until the answer. Never rejects. */
  async check(password: Secret): Promise<OfflineAnswer> {
    if (this.#parts.minutes === 0) return { outcome: 'not-possible', because: 'off' };
    return this.#inTurn(() => this.#try(password));
  }

  /** At sign-out, at a take-over, and whenever a domain controller says no. Repeatable. */
  forget(): void {
    this.#drop('nothing-remembered');
  }

  async #try(password: Secret): Promise<OfflineAnswer> {
    const known = this.#remembered;
    // The timer counts running time, the clock also the time that the computer slept.
    if (known && this.#parts.clock.now() >= known.until) this.#drop('too-long-ago');
    if (!known || known !== this.#remembered) return { outcome: 'not-possible', because: this.#because };
    // SECURITY(offline-unlock): counted before it is known to be wrong; what fails in between costs a try.
    known.wrongTries += 1;
    const isRight = await this.#matches(password, known);
    if (known !== this.#remembered) return { outcome: 'not-possible', because: this.#because };
    if (isRight) {
      known.wrongTries = 0;
      return { outcome: 'right' };
    }
    const triesLeft = MOST_WRONG_TRIES - known.wrongTries;
    if (triesLeft === 0) this.#drop('too-many-tries');
    return { outcome: 'wrong', triesLeft };
  }

  async #matches(password: Secret, { salt, hash }: Remembered): Promise<boolean> {
    try {
      const given = await this.#parts.hash(password, salt);
      const isSame = given.length === hash.length && timingSafeEqual(given, hash);
      given.fill(0);
      return isSame;
    } catch (error) {
      this.#parts.report(error);
      return false;
    }
  }

  #drop(because: NotPossible): void {
    this.#turn += 1;
    this.#end.clear();
    this.#remembered?.hash.fill(0);
    this.#remembered = null;
    this.#because = because;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
