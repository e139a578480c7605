/** A clock that goes only when a test winds it. */
import type { Clock } from '../../main/context/clock.js';

export class HandClock implements Clock {
  #now = Date.UTC(2026, 10, 22, 9);
  #waiting: { at: number; call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, call: () => void): () => void {
    const entry = { at: this.#now + milliseconds, call };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Time goes by while nothing runs: what became due meanwhile is called once it is over, and late. */
  holdUp(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#waiting.filter(({ at }) => at <= this.#now).sort((one, other) => one.at - other.at);
    this.#waiting = this.#waiting.filter((entry) => !due.includes(entry));
    for (const { call } of due) call();
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#waiting.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }
}
