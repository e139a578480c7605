/**
 * A badge reader that types: digits in one quick burst, then Enter. Recognised by its prefix, length and speed, and held
 * back until it is certain, so that no page and no field ever gets a badge's number.
 *
 * A person's keys are held for `mostGapMs` at most, then given on in their order. Whoever hands keys in must hand in
 * none that `release` put back.
 */
import type { Clock } from '../context/clock.js';
import { Deadline } from '../context/clock.js';
import { Secret } from '../domain/secret.js';
import { refusalOfWedgeRule, type WedgeRule } from '../domain/wedgeRule.js';
import type { BadgeEvent, BadgeReaders } from './badgeReaders.js';

export class WedgeReader implements BadgeReaders {
  #heard: ((event: BadgeEvent) => void) | null = null;
  #isDisposed = false;
  #held: string[] = [];
  #last = 0;
  readonly #pause: Deadline;

  /** `release` gives keys to whoever has the keyboard focus, in this order: they were no badge. */
  constructor(
    private readonly rule: WedgeRule,
    private readonly clock: Clock,
    private readonly release: (keys: readonly string[]) => void,
  ) {
    const refusal = refusalOfWedgeRule(rule);
    if (refusal !== null) throw new RangeError(refusal);
    this.#pause = new Deadline(clock, () => {
      this.#giveBack();
    });
  }

  start(heard: (event: BadgeEvent) => void): void {
    if (this.#heard || this.#isDisposed) throw new TypeError('badge readers are started once');
    this.#heard = heard;
    heard({ kind: 'reader-attached' });
  }

  /** Gives back what it holds. */
  dispose(): void {
    this.#giveBack();
    this.#isDisposed = true;
  }

  /**
   * A key went down, by its name in the DOM ("7", "Enter"), without Control, Alt or Meta.
   * @returns held: it must reach nobody now. pass: let it go on.
   */
  keyDown(key: string): 'held' | 'pass' {
    if (this.#isDisposed) return 'pass'; // before `start`, too, no field gets a number
    if (key === 'Shift' && this.#held.length > 0) return 'pass'; // a reader presses it for capital letters
    const now = this.clock.now();
    if (this.#held.length > 0 && now - this.#last > this.rule.mostGapMs) this.#giveBack();
    this.#last = now;
    if (key === 'Enter' && this.#isWhole()) {
      this.#recognised();
      return 'held';
    }
    if (this.#continues(key)) {
      this.#held.push(key);
      this.#pause.set(this.rule.mostGapMs);
      return 'held';
    }
    if (this.#held.length === 0) return 'pass';
    this.#held.push(key); // behind those held before it, or it would overtake them
    this.#giveBack();
    return 'held';
  }

  #isWhole(): boolean {
    return this.#held.length === this.rule.prefix.length + this.rule.length;
  }

  #continues(key: string): boolean {
    const place = this.#held.length;
    if (place < this.rule.prefix.length) return key === this.rule.prefix[place];
    if (this.#isWhole()) return false;
    return (this.rule.alphabet === 'decimal' ? /^[0-9]$/ : /^[0-9A-Fa-f]$/).test(key);
  }

  #recognised(): void {
    const badge = Secret.of(this.#held.slice(this.rule.prefix.length).join('').toUpperCase());
    this.#held = [];
    this.#pause.clear();
    if (this.#heard) this.#heard({ kind: 'tap', badge });
    else badge.wipe();
  }

  #giveBack(): void {
    this.#pause.clear();
    const keys = this.#held;
    this.#held = [];
    if (keys.length > 0) this.release(keys);
  }
}
