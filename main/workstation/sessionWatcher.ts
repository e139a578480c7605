/**
 * The operating system's session around Lanyard: is it locked, and in front of which computer does its user sit? One
 * Citrix or Remote Desktop session may go on at another one. What is known of it, and how, is for the adapters to say.
 */
import { type Clock, Deadline } from '../context/clock.js';
import type { OutsideEvent } from './outsideEvent.js';

export type SessionEvent =
  | { readonly type: 'locked' }
  | { readonly type: 'unlocked' }
  | { readonly type: 'disconnected'; readonly clientName: string | null }
  | { readonly type: 'reconnected'; readonly clientName: string | null }
  /** It goes on at another computer, or at one that nobody can name: `clientName` is null then. */
  | { readonly type: 'roamed'; readonly from: string | null; readonly clientName: string | null };

export interface SessionWatcher {
  /** Of the computer in front of which the user sits, as it was read last; null: none is known. */
  readonly clientName: string | null;
  /** One listener; the last one counts. */
  subscribe(listener: (event: SessionEvent) => void): void;
  /** Somebody who must know says so: a script of the session. */
  hear(event: OutsideEvent): void;
  dispose(): void;
}

/** Where the name of the client computer stands. */
export interface ClientNames {
  /**
   * @returns null: there is none, as at the computer itself
   * @throws LanyardError('unavailable'): it cannot be read, so nobody knows
   */
  read(): Promise<string | null>;
}

/** What the operating system says by itself; Electron's powerMonitor and screen are the real ones. */
export interface SystemSignals {
  on(signal: 'locked' | 'unlocked' | 'displays-changed', listener: () => void): void;
}

export interface WatchedSessionParts {
  /** null: this operating system has no such names. */
  readonly names: ClientNames | null;
  readonly signals: SystemSignals;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** Nothing says that a session goes on elsewhere, so a name that was there is read again this often, in milliseconds. */
const READ_EVERY = 5_000;

export class WatchedSession implements SessionWatcher {
  #listener: (event: SessionEvent) => void = () => undefined;
  /** undefined: it was never read. */
  #name: string | null | undefined = undefined;
  #reading: Promise<boolean> | null = null;
  #saidUnreadable = false;
  #disposed = false;
  readonly #next: Deadline;

  constructor(private readonly parts: WatchedSessionParts) {
    this.#next = new Deadline(parts.clock, () => {
      void this.#look();
    });
    const { signals } = parts;
    signals.on('locked', () => {
      this.#say({ type: 'locked' });
    });
    signals.on('unlocked', () => {
      this.#say({ type: 'unlocked' });
      void this.#look();
    });
    // Another computer has other screens.
    signals.on('displays-changed', () => void this.#look());
    void this.#look();
  }

  get clientName(): string | null {
    return this.#name ?? null;
  }

  subscribe(listener: (event: SessionEvent) => void): void {
    this.#listener = listener;
  }

  hear(event: OutsideEvent): void {
    const clientName = this.clientName;
    if (event === 'disconnect') {
      this.#say({ type: 'disconnected', clientName });
      return;
    }
    this.#say({ type: 'reconnected', clientName });
    void this.#lookOnceMore().then((isKnown) => {
      if (!isKnown) this.#say({ type: 'roamed', from: clientName, clientName: null });
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#next.clear();
  }

  /** What is being read now may be from before. @returns somebody is known to be somewhere */
  async #lookOnceMore(): Promise<boolean> {
    await this.#reading;
    return this.#look();
  }

  /** @returns the name is known */
  #look(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
      if (this.clientName !== null && !this.#disposed) this.#next.set(READ_EVERY);
    });
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    const { names, report } = this.parts;
    if (!names || this.#disposed) return false;
    let name: string | null;
    try {
      name = await names.read();
    } catch (error) {
      if (!this.#saidUnreadable) report(error);
      this.#saidUnreadable = true;
      return false;
    }
    this.#saidUnreadable = false;
    const before = this.#name;
    // A session that is disconnected has no name; where it goes on, it has one again.
    if (name === null && before !== undefined) return false;
    this.#name = name;
    if (before !== undefined && before !== name) this.#say({ type: 'roamed', from: before, clientName: name });
    return name !== null;
  }

  #say(event: SessionEvent): void {
    if (!this.#disposed) this.#listener(event);
  }
}
