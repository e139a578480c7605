/**
 * Brings the spool to one place, in order, and remembers how far it came. What was handed over counts once it can no
 * longer be lost without a word; when the connection ends before, it is sent again: twice is told apart by the number
 * of the record, never is not made good by anything.
 */
import type { Clock } from '../../context/clock.js';
import type { Spool, SpoolEntry, SpoolPosition } from './spool.js';

export interface Transport {
  /** Of what was handed over, milliseconds until it is certain to have arrived; 0 where the other side acknowledges. */
  readonly unsettledMs: number;
  /** Hands over, in order. Rejects where it cannot: then nothing of it counts. */
  send(entries: readonly SpoolEntry[]): Promise<void>;
  /** Called when what was handed over may be lost; the latest listener only. */
  onLost(listener: () => void): void;
  /** Repeatable. */
  close(): void;
}

/** The other side misses what came before: everything that is still here is to be sent from its beginning. */
export class MissesBefore extends Error {}

export interface DeliveryParts {
  readonly spool: Pick<Spool, 'read'>;
  readonly transport: Transport;
  /** null: from the beginning. Kept where the spool is: what is unsent goes out wherever it is found next. */
  readonly position: { load(): Promise<SpoolPosition | null>; save(position: SpoolPosition): Promise<void> };
  readonly clock: Clock;
  /** From 0 to 1: not all workstations come back in the same second. */
  readonly random: () => number;
  /** Whether the other side takes what it is sent. */
  readonly onState: (delivers: boolean) => void;
  readonly report: (error: unknown) => void;
}

/** Milliseconds that records gather until they are sent together. */
const GATHER = 1_000;
const FIRST_RETRY = 1_000;
const LONGEST_RETRY = 300_000;

interface Handed {
  readonly end: SpoolPosition;
  /** By the clock. */
  readonly at: number;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  /** Certain to have arrived. undefined: not read yet. */
  #settled: SpoolPosition | null | undefined = undefined;
  /** Where reading goes on. */
  #next: SpoolPosition | null = null;
  #handed: Handed[] = [];
  /** Grows with every loss: what was begun before it counts no more. */
  #turn = 0;
  #retryMs = FIRST_RETRY;
  #delivers: boolean | null = null;
  #cancel: (() => void) | null = null;
  /** What is waited for. */
  #waits: 'nothing' | 'records' | 'retry' = 'nothing';
  #isWoken = false;
  #running: Promise<void> | null = null;
  #isEnded = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    parts.transport.onLost(() => {
      this.#lost();
    });
  }

  start(): void {
    this.#soon(0, 'records');
  }

  /** There is something new. A try that is waited for after a failure is not hurried. */
  wake(): void {
    if (this.#running) this.#isWoken = true;
    else if (this.#waits === 'nothing') this.#soon(GATHER, 'records');
  }

  /** Behind what is certain to have arrived; null: nothing is, or it is not known yet. */
  get settled(): SpoolPosition | null {
    return this.#settled ?? null;
  }

  /** Whether the other side took what it was sent last; null: nothing was sent yet. */
  get delivers(): boolean | null {
    return this.#delivers;
  }

  /** Sends what there is for at most `milliseconds`, then ends. What did not go out, or may not have, goes out next time. */
  async end(milliseconds: number): Promise<void> {
    this.#isEnded = true;
    this.#cancel?.();
    const late = new Promise<void>((resolve) => {
      this.#cancel = this.#parts.clock.after(milliseconds, resolve);
    });
    await Promise.race([(this.#running ?? Promise.resolve()).then(() => this.#run()), late]);
    this.#cancel?.();
    this.#turn += 1;
    this.#parts.transport.close();
  }

  #soon(milliseconds: number, waits: 'nothing' | 'records' | 'retry'): void {
    if (this.#isEnded) return;
    this.#cancel?.();
    this.#waits = waits;
    this.#cancel = this.#parts.clock.after(milliseconds, () => {
      this.#isWoken = false;
      this.#running = this.#run().finally(() => {
        this.#running = null;
        if (this.#isWoken) this.wake();
      });
    });
  }

  async #run(): Promise<void> {
    const { report } = this.#parts;
    try {
      await this.#deliver();
      this.#retryMs = FIRST_RETRY;
      this.#waits = 'nothing';
      const [oldest] = this.#handed;
      if (oldest) this.#soon(oldest.at + this.#parts.transport.unsettledMs - this.#parts.clock.now(), 'nothing');
    } catch (error) {
      report(error);
      if (error instanceof MissesBefore) this.#settled = null;
      this.#lost();
      this.#tell(false);
      this.#soon(this.#retryMs * (0.5 + this.#parts.random() / 2), 'retry');
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY);
    }
  }

  async #deliver(): Promise<void> {
    const { spool, transport, position, clock, report } = this.#parts;
    if (this.#settled === undefined) {
      this.#settled = await position.load();
      this.#next = this.#settled;
    }
    for (;;) {
      const turn = this.#turn;
      const { entries, end, unreadable } = await spool.read(this.#next);
      if (unreadable > 0) report(new Error(`${unreadable} lines of the audit trail are no records, and were not sent`));
      if (entries.length > 0) {
        await transport.send(entries);
        this.#tell(true);
      }
      if (turn !== this.#turn) return; // lost meanwhile: from where it was certain
      const isNew = end !== null && !isSame(end, this.#next);
      if (isNew) this.#handed.push({ end, at: clock.now() });
      this.#next = end;
      await this.#settle();
      if (entries.length === 0 && unreadable === 0) return;
    }
  }

  /** What was handed over long enough ago, on a connection that still stands, has arrived. */
  async #settle(): Promise<void> {
    const { transport, position, clock } = this.#parts;
    const until = clock.now() - transport.unsettledMs;
    const done = this.#handed.filter(({ at }) => at <= until);
    const last = done.at(-1);
    if (!last) return;
    this.#handed = this.#handed.slice(done.length);
    this.#settled = last.end;
    await position.save(last.end);
  }

  #lost(): void {
    this.#turn += 1;
    this.#handed = [];
    if (this.#settled !== undefined) this.#next = this.#settled;
    this.wake();
  }

  #tell(delivers: boolean): void {
    if (this.#delivers === delivers) return;
    this.#delivers = delivers;
    this.#parts.onState(delivers);
  }
}

function isSame(one: SpoolPosition, other: SpoolPosition | null): boolean {
  return one.file === other?.file && one.offset === other.offset;
}
