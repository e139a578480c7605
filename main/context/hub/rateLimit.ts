/** A token bucket: so many at once, refilled so fast. */
import type { Clock } from './clock.js';
import type { Rate } from './limits.js';

export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Clock;
  #left: number;
  #filledAt: number;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#left = rate.atOnce;
    this.#filledAt = clock.now();
  }

  /** Takes one; false when none is left. */
  take(): boolean {
    const now = this.#clock.now();
    const elapsed = Math.max(0, now - this.#filledAt); // a clock set back refills nothing
    this.#left = Math.min(this.#rate.atOnce, this.#left + (elapsed / 1000) * this.#rate.perSecond);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Whole seconds until there is one again. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil((1 - this.#left) / this.#rate.perSecond));
  }
}
