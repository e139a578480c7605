/** Time as a parameter: the real one for the program, a hand-wound one for tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many milliseconds; the answer cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** One point in time that can be set again, which forgets the one before. */
export class Deadline {
  #cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly reached: () => void,
  ) {}

  set(milliseconds: number): void {
    this.clear();
    this.#cancel = this.clock.after(milliseconds, () => {
      this.#cancel = undefined;
      this.reached();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
