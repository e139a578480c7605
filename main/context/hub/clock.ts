/** Time as the hub sees it: injected, so that ten seconds of silence can be proven without waiting for them. */

/** Cancels a scheduled call; calling it twice, or after the call ran, does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Runs `run` once after `delay` milliseconds, unless cancelled. Never keeps the process alive by itself. */
  after(delay: number, run: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delay, run) => {
    const timer = setTimeout(run, delay);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
