/**
 * The process that reads badges at the operating system's smart card service (PC/SC): the only file that loads
 * pcsc-mini, a native module.
 *
 * A contactless card answers GET DATA (FF CA 00 00 00) with its number; PC/SC part 3, 3.2.2.1.3. A service that is
 * missing is looked for again, after 1 s, 2 s … at most 30 s. One that ends ends this process, too: version 0.1.3 can
 * neither stop nor start a client whose service is gone, and aborts when one is collected as garbage.
 */
import type { Clock } from '../../context/clock.js';
import { withDeadline } from '../../identity/deadline.js';
import type { FromReader } from './messages.js';

export type Pcsc = typeof import('pcsc-mini');
type Client = InstanceType<Pcsc['Client']>;
type Reader = NonNullable<ReturnType<Client['reader']>>;

const GET_NUMBER = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);
/** Status word of a good answer, at its end. */
const GOOD = [0x90, 0x00];
const SHORTEST_BYTES = 4;
const LONGEST_BYTES = 10;
const READ_DEADLINE_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** So often the service is asked anew for readers while it told of none: one that came in the wrong moment was never said. */
const ASK_AGAIN_MS = 5_000;

/** @param end ends the process: the service is gone */
export function serveReader(pcsc: Pcsc, clock: Clock, say: (message: FromReader) => void, end: () => void): void {
  const client = new pcsc.Client();
  let attached = 0;
  client.on('reader', (reader) => {
    attached += 1;
    reader.on('disconnect', () => {
      attached -= 1;
    });
    follow(pcsc, reader, say);
  });
  client.on('error', end);
  let retryMs = FIRST_RETRY_MS;
  let isSaid = false;
  const askAgain = (): void => {
    clock.after(ASK_AGAIN_MS, askAgain);
    if (attached > 0) return;
    try {
      client.stop();
      client.start();
    } catch {
      end(); // the service ended in this moment
    }
  };
  const start = (): void => {
    try {
      client.start();
      clock.after(ASK_AGAIN_MS, askAgain);
    } catch {
      // why differs by system and helps nobody here: there is no service to talk to
      if (!isSaid) say({ type: 'no-service' });
      isSaid = true;
      clock.after(retryMs, start);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  };
  start();
}

function follow(pcsc: Pcsc, reader: Reader, say: (message: FromReader) => void): void {
  const { PRESENT, MUTE } = pcsc.ReaderStatus;
  let isPresent = false;
  /** Grows with every card and every removal: an answer that comes later is of a card that is gone. */
  let turn = 0;
  say({ type: 'attached' });
  const removed = (): void => {
    if (!isPresent) return;
    isPresent = false;
    turn += 1;
    say({ type: 'removed' });
  };
  reader.on('change', (status) => {
    if (!status.has(PRESENT)) {
      removed();
      return;
    }
    if (isPresent) return;
    isPresent = true;
    const mine = ++turn;
    if (status.has(MUTE)) {
      say({ type: 'unreadable' });
      return;
    }
    void withDeadline(READ_DEADLINE_MS, null, () => readNumber(pcsc, reader))
      .catch(() => null)
      .then((number) => {
        if (mine === turn) say(number === null ? { type: 'unreadable' } : { type: 'tap', number });
      });
  });
  reader.on('disconnect', () => {
    removed();
    say({ type: 'detached' });
  });
}

/** null: the card gave none. */
async function readNumber(pcsc: Pcsc, reader: Reader): Promise<string | null> {
  const card = await reader.connect(pcsc.CardMode.SHARED);
  try {
    const answer = await card.transmit(GET_NUMBER);
    const bytes = answer.subarray(0, -GOOD.length);
    const isGood = GOOD.every((byte, index) => answer[bytes.length + index] === byte);
    if (!isGood || bytes.length < SHORTEST_BYTES || bytes.length > LONGEST_BYTES) return null;
    return Buffer.from(bytes).toString('hex').toUpperCase();
  } finally {
    await card.disconnect(pcsc.CardDisposition.LEAVE).catch(() => undefined); // a card that left is disconnected
  }
}
