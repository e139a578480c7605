/** Waiting that always ends: by what is waited for, by a deadline, by the caller's signal, or with the page. */
import type { Clock } from '../../context/clock.js';

/** The signal was given, the page is gone, or it does not answer any more. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly reason: 'stopped' | 'gone' | 'silent') {
    super(`the sign-in was interrupted: ${reason}`);
  }
}

export class Patience {
  constructor(
    private readonly clock: Clock,
    private readonly stopped: AbortSignal,
    private readonly gone: AbortSignal,
  ) {}

  now(): number {
    return this.clock.now();
  }

  /** @throws Interrupted */
  check(): void {
    if (this.stopped.aborted) throw new Interrupted('stopped');
    if (this.gone.aborted) throw new Interrupted('gone');
  }

  /** @throws Interrupted when it takes longer than so many milliseconds, or the wait is over before */
  async within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    this.check();
    let settle: () => void = () => undefined;
    const interrupted = new Promise<never>((_resolve, reject) => {
      const cancel = this.clock.after(milliseconds, () => {
        reject(new Interrupted('silent'));
      });
      const onStopped = (): void => {
        reject(new Interrupted('stopped'));
      };
      const onGone = (): void => {
        reject(new Interrupted('gone'));
      };
      this.stopped.addEventListener('abort', onStopped, { once: true });
      this.gone.addEventListener('abort', onGone, { once: true });
      settle = () => {
        cancel();
        this.stopped.removeEventListener('abort', onStopped);
        this.gone.removeEventListener('abort', onGone);
      };
    });
    try {
      return await Promise.race([work, interrupted]);
    } finally {
      settle();
    }
  }

  /** @throws Interrupted */
  async pause(milliseconds: number): Promise<void> {
    let cancel: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      cancel = this.clock.after(milliseconds, resolve);
    });
    try {
      await this.within(milliseconds + 1000, over);
    } finally {
      cancel();
    }
  }
}
