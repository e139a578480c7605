/**
 * Badge readers of the operating system's smart card service, read in a process of its own: when the service ends, that
 * process ends, and another one is started after 1 s, 2 s … at most 30 s.
 */
import type { Clock } from '../../context/clock.js';
import { Secret } from '../../domain/secret.js';
import type { BadgeEvent, BadgeReaders } from '../badgeReaders.js';
import { FromReader } from './messages.js';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** The process, as its parent sees it. */
export interface ReaderProcess {
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: () => void): void;
  /** Repeatable. */
  kill(): void;
}

export class ProcessBadgeReaders implements BadgeReaders {
  #heard: ((event: BadgeEvent) => void) | null = null;
  #process: ReaderProcess | null = null;
  #cancelRetry: (() => void) | null = null;
  #retryMs = FIRST_RETRY_MS;
  #isPresent = false;
  #isMissing = false;
  #isDisposed = false;

  constructor(
    private readonly fork: () => ReaderProcess,
    private readonly clock: Clock,
  ) {}

  start(heard: (event: BadgeEvent) => void): void {
    if (this.#heard || this.#isDisposed) throw new TypeError('badge readers are started once');
    this.#heard = heard;
    this.#open();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#process?.kill();
    this.#process = null;
  }

  #open(): void {
    const started = this.fork();
    this.#process = started;
    started.onMessage((message) => {
      if (this.#process !== started) return;
      const said = FromReader.safeParse(message);
      if (said.success) this.#take(said.data);
      else started.kill(); // it does not do what it was written to do: another one
    });
    started.onExit(() => {
      if (this.#process !== started) return;
      this.#process = null;
      if (this.#isPresent) this.#take({ type: 'removed' });
      this.#take({ type: 'no-service' });
      this.#cancelRetry = this.clock.after(this.#retryMs, () => {
        this.#cancelRetry = null;
        this.#open();
      });
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    });
  }

  #take(message: FromReader): void {
    switch (message.type) {
      case 'attached':
        this.#isMissing = false;
        this.#retryMs = FIRST_RETRY_MS;
        this.#say({ kind: 'reader-attached' });
        break;
      case 'detached':
        this.#say({ kind: 'reader-detached', explanation: sentences.detached });
        break;
      case 'tap':
        this.#isPresent = true;
        this.#say({ kind: 'tap', badge: Secret.of(message.number) });
        break;
      case 'removed':
        this.#isPresent = false;
        this.#say({ kind: 'removed' });
        break;
      case 'unreadable':
        this.#isPresent = true;
        this.#say({ kind: 'unreadable', explanation: sentences.unreadable });
        break;
      case 'no-service':
        if (!this.#isMissing) this.#say({ kind: 'no-service', explanation: sentences.noService });
        this.#isMissing = true;
    }
  }

  #say(event: BadgeEvent): void {
    if (!this.#isDisposed) this.#heard?.(event);
  }
}

const sentences = {
  noService:
    'Badges cannot be read: the smart card service of this computer is not running. Use your password; Lanyard looks for it again by itself.',
  detached: 'The badge reader was unplugged. Plug it in again, or use your password.',
  unreadable: 'This badge could not be read. Hold it still on the reader, or use your password.',
} as const;
