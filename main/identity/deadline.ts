/** Waiting no longer than told, also for work that ignores its signal. */
import { LanyardError } from '../domain/errors.js';

export class DeadlinePassed extends LanyardError {
  constructor(ms: number) {
    super('unavailable', `no answer within ${ms} ms`);
  }
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds or with `outer`. Settles at once when it aborts,
 * with the reason: DeadlinePassed for the deadline.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | null,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new DeadlinePassed(ms));
  }, ms);
  const signal = outer ? AbortSignal.any([outer, limit.signal]) : limit.signal;
  try {
    signal.throwIfAborted();
    return await new Promise<T>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      work(signal).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
  }
}
