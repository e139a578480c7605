/**
 * Badge readers of the operating system's smart card service (PC/SC). The only file that loads pcsc-mini, a native
 * module, and only where badges are used.
 *
 * A contactless card answers GET DATA (FF CA 00 00 00) with its number; PC/SC part 3, 3.2.2.1.3. The service may be
 * missing, be stopped and come back: it is then looked for again, after 1 s, 2 s … at most 30 s.
 */
import type { Clock } from '../context/clock.js';
import { Secret } from '../domain/secret.js';
import type { BadgeEvent, BadgeReaders } from './badgeReaders.js';

type Pcsc = typeof import('pcsc-mini');
type Client = InstanceType<Pcsc['Client']>;
type Reader = Parameters<Client['reader']> extends [string] ? NonNullable<ReturnType<Client['reader']>> : never;

const GET_NUMBER = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);
/** Status word of a good answer, at its end. */
const GOOD = [0x90, 0x00];
const SHORTEST_BYTES = 4;
const LONGEST_BYTES = 10;
const READ_DEADLINE_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

const sentences = {
  noService:
    'Badges cannot be read: the smart card service of this computer is not running. Sign in with your password; Lanyard looks for it again by itself.',
  detached: 'The badge reader was unplugged. Plug it in again, or sign in with your password.',
  unreadable: 'This badge could not be read. Hold it still on the reader, or sign in with your password.',
} as const;

/**
 * Clients whose service ended under them. pcsc-mini 0.1.3 cannot stop or start such a client again, and throws where
 * nobody can catch it when one is collected as garbage; so none is. It is one for each time the service ends.
 */
const broken = new Set<Client>();

export class PcscReaders implements BadgeReaders {
  #heard: ((event: BadgeEvent) => void) | null = null;
  /** Kept while the service is missing: one that never started can be started again. */
  #client: Client | null = null;
  /** What is to be said of each reader's badge when the service ends. */
  readonly #removed = new Set<() => void>();
  #cancelRetry: (() => void) | null = null;
  #retryMs = FIRST_RETRY_MS;
  #isMissing = false;
  #isDisposed = false;

  /** `load` is `() => import('pcsc-mini')`. */
  constructor(
    private readonly load: () => Promise<Pcsc>,
    private readonly clock: Clock,
  ) {}

  start(heard: (event: BadgeEvent) => void): void {
    if (this.#heard || this.#isDisposed) throw new TypeError('badge readers are started once');
    this.#heard = heard;
    void this.#open();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    const client = this.#client;
    this.#client = null;
    try {
      client?.stop();
    } catch {
      if (client) broken.add(client); // its service ended in this moment
    }
  }

  async #open(): Promise<void> {
    try {
      const pcsc = await this.load();
      if (this.#isDisposed) return;
      this.#client ??= this.#newClient(pcsc);
      this.#client.start();
    } catch {
      this.#lookAgain(); // why differs by system and helps nobody here: there is no service to talk to
    }
  }

  #newClient(pcsc: Pcsc): Client {
    const client = new pcsc.Client();
    client.on('reader', (reader) => {
      this.#follow(pcsc, client, reader);
    });
    client.on('error', () => {
      broken.add(client);
      if (client !== this.#client) return;
      this.#client = null;
      for (const removed of this.#removed) removed();
      this.#removed.clear();
      this.#lookAgain();
    });
    return client;
  }

  #lookAgain(): void {
    if (this.#isDisposed) return;
    if (!this.#isMissing) {
      this.#isMissing = true;
      this.#say({ kind: 'no-service', explanation: sentences.noService });
    }
    this.#cancelRetry = this.clock.after(this.#retryMs, () => {
      this.#cancelRetry = null;
      void this.#open();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #follow(pcsc: Pcsc, client: Client, reader: Reader): void {
    const { PRESENT, MUTE } = pcsc.ReaderStatus;
    let isPresent = false;
    /** Grows with every card and every removal: an answer that comes later is of a card that is gone. */
    let turn = 0;
    this.#isMissing = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#say({ kind: 'reader-attached' });

    const removed = (): void => {
      if (!isPresent) return;
      isPresent = false;
      turn += 1;
      this.#say({ kind: 'removed' });
    };
    this.#removed.add(removed);
    reader.on('change', (status) => {
      if (client !== this.#client) return;
      if (!status.has(PRESENT)) {
        removed();
        return;
      }
      if (isPresent) return;
      isPresent = true;
      const mine = ++turn;
      if (status.has(MUTE)) {
        this.#say({ kind: 'unreadable', explanation: sentences.unreadable });
        return;
      }
      void this.#number(pcsc, reader).then((badge) => {
        if (mine === turn && client === this.#client && !this.#isDisposed)
          this.#say(badge ? { kind: 'tap', badge } : { kind: 'unreadable', explanation: sentences.unreadable });
        else badge?.wipe();
      });
    });
    reader.on('disconnect', () => {
      removed();
      this.#removed.delete(removed);
      if (client === this.#client) this.#say({ kind: 'reader-detached', explanation: sentences.detached });
    });
  }

  /** null: the card did not give one in time. */
  #number(pcsc: Pcsc, reader: Reader): Promise<Secret | null> {
    return new Promise((resolve) => {
      let isLate = false;
      const cancel = this.clock.after(READ_DEADLINE_MS, () => {
        isLate = true;
        resolve(null);
      });
      void readNumber(pcsc, reader)
        .catch(() => null)
        .then((badge) => {
          cancel();
          if (isLate) badge?.wipe();
          else resolve(badge);
        });
    });
  }

  #say(event: BadgeEvent): void {
    if (!this.#isDisposed) this.#heard?.(event);
  }
}

async function readNumber(pcsc: Pcsc, reader: Reader): Promise<Secret | null> {
  const card = await reader.connect(pcsc.CardMode.SHARED);
  try {
    const answer = await card.transmit(GET_NUMBER);
    const bytes = answer.subarray(0, -GOOD.length);
    const isGood = GOOD.every((byte, index) => answer[bytes.length + index] === byte);
    if (!isGood || bytes.length < SHORTEST_BYTES || bytes.length > LONGEST_BYTES) return null;
    return Secret.of(Buffer.from(bytes).toString('hex').toUpperCase());
  } finally {
    await card.disconnect(pcsc.CardDisposition.LEAVE).catch(() => undefined); // a card that left is disconnected
  }
}
