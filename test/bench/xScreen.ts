/**
 * A screen in memory (Xvfb) as the person in front of it has it: a mouse that really clicks, and pixels that are
 * really there. It speaks just enough of the X protocol to ask for one pixel in a tenth of a millisecond, so that what
 * is measured is what can be seen, and asking costs the machine next to nothing.
 *
 * Sources: X Window System Protocol (X11R7.7) §8 (connection setup), QueryExtension, GetImage; XTEST extension §5.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openScreen } from '../../build/screen.js';

/** A colour as six hexadecimal digits. */
export type Colour = string;

export interface Seen {
  readonly colour: Colour;
  /** When the answer with this colour came, in milliseconds since 1970. */
  readonly at: number;
}

/** The least time between two looks at the screen, in milliseconds. */
const LOOK_EVERY = 1;
const ANSWER_DEADLINE = 10_000;

/** Milliseconds since 1970, with fractions; the same clock in every process of this machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export class XScreen {
  #waiting: { needed: (data: Buffer) => number; resolve: (reply: Buffer) => void; reject: (error: Error) => void }[] =
    [];
  #received = Buffer.alloc(0);
  #xTest = 0;

  private constructor(
    /** DISPLAY and XAUTHORITY for the programs that show themselves here. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly socket: Socket,
    private readonly root: number,
    private readonly endScreen: () => Promise<void>,
  ) {
    socket.on('data', (data) => {
      this.#take(data);
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the screen went away'));
    });
  }

  /** Always a screen of its own in memory, also where the machine has one: nobody's hands or windows get in between. */
  static async open(): Promise<XScreen> {
    const { DISPLAY, WAYLAND_DISPLAY, XAUTHORITY } = process.env;
    delete process.env['DISPLAY'];
    delete process.env['WAYLAND_DISPLAY'];
    const screen = await openScreen();
    const environment = {
      DISPLAY: process.env['DISPLAY'] ?? '',
      XAUTHORITY: process.env['XAUTHORITY'] ?? '',
    };
    restore({ DISPLAY, WAYLAND_DISPLAY, XAUTHORITY });
    try {
      const { socket, root } = await connectTo(environment.DISPLAY, environment.XAUTHORITY);
      const opened = new XScreen(environment, socket, root, () => screen.close());
      await opened.#findXTest();
      return opened;
    } catch (error) {
      await screen.close();
      throw error;
    }
  }

  async pixel(x: number, y: number): Promise<Seen> {
    const request = Buffer.alloc(20);
    request.writeUInt8(73, 0); // GetImage
    request.writeUInt8(2, 1); // ZPixmap
    request.writeUInt16LE(5, 2);
    request.writeUInt32LE(this.root, 4);
    request.writeInt16LE(Math.round(x), 8);
    request.writeInt16LE(Math.round(y), 10);
    request.writeUInt16LE(1, 12);
    request.writeUInt16LE(1, 14);
    request.writeUInt32LE(0xffffffff, 16);
    const reply = await this.#ask(request);
    const [blue = 0, green = 0, red = 0] = reply.subarray(32);
    return { colour: Buffer.from([red, green, blue]).toString('hex'), at: now() };
  }

  /**
   * Looks until the pixel has such a colour.
   * @param deadline milliseconds
   * @throws Error naming `what` and the colours seen instead
   */
  async until(
    what: string,
    { x, y }: { x: number; y: number },
    isIt: (colour: Colour) => boolean,
    deadline: number,
  ): Promise<Seen> {
    const until = now() + deadline;
    const others = new Set<Colour>();
    for (;;) {
      const seen = await this.pixel(x, y);
      if (isIt(seen.colour)) return seen;
      others.add(seen.colour);
      if (seen.at > until) throw new Error(`${what}: not on the screen in ${deadline} ms, only ${[...others].join()}`);
      await pause(LOOK_EVERY);
    }
  }

  /** Moves the mouse there. */
  async point(x: number, y: number): Promise<void> {
    this.#fake(6, 0, Math.round(x), Math.round(y));
    await this.pixel(0, 0); // answers come in order: the move is done
  }

  /** Presses the left button where the mouse is. @returns when the press was sent, in milliseconds since 1970 */
  press(): number {
    const at = now();
    this.#fake(4, 1, 0, 0);
    return at;
  }

  release(): void {
    this.#fake(5, 1, 0, 0);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.endScreen();
  }

  #fake(type: number, detail: number, x: number, y: number): void {
    const request = Buffer.alloc(36);
    request.writeUInt8(this.#xTest, 0);
    request.writeUInt8(2, 1); // FakeInput
    request.writeUInt16LE(9, 2);
    request.writeUInt8(type, 4);
    request.writeUInt8(detail, 5);
    request.writeUInt32LE(this.root, 12);
    request.writeInt16LE(x, 24);
    request.writeInt16LE(y, 26);
    this.socket.write(request);
  }

  async #findXTest(): Promise<void> {
    const name = 'XTEST';
    const request = Buffer.alloc(16);
    request.writeUInt8(98, 0); // QueryExtension
    request.writeUInt16LE(4, 2);
    request.writeUInt16LE(name.length, 4);
    request.write(name, 8, 'latin1');
    const reply = await this.#ask(request);
    if (reply.readUInt8(8) === 0) throw new Error('this screen has no XTEST extension');
    this.#xTest = reply.readUInt8(9);
  }

  async #ask(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error('the screen does not answer'));
      }, ANSWER_DEADLINE);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(late);
          settle(value);
        };
      this.#waiting.push({
        needed: (data) => (data.length < 8 ? 32 : 32 + 4 * data.readUInt32LE(4)),
        resolve: settled(resolve),
        reject: settled(reject),
      });
      this.socket.write(request);
    });
  }

  #take(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    while (this.#received.length >= 32) {
      const kind = this.#received.readUInt8(0);
      const next = this.#waiting[0];
      if (kind === 0) {
        const code = this.#received.readUInt8(1);
        this.#received = this.#received.subarray(32);
        this.#waiting.shift()?.reject(new Error(`the screen refused a request (X error ${code})`));
      } else if (kind === 1 && next) {
        const needed = next.needed(this.#received);
        if (this.#received.length < needed) return;
        const reply = this.#received.subarray(0, needed);
        this.#received = this.#received.subarray(needed);
        this.#waiting.shift();
        next.resolve(reply);
      } else this.#received = this.#received.subarray(32); // an event: nothing here asked for any
    }
  }
}

function restore(environment: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}

async function connectTo(display: string, authorityFile: string): Promise<{ socket: Socket; root: number }> {
  const socket = connect(`/tmp/.X11-unix/X${display.replace(/^:/, '')}`);
  const cookie = cookieOf(readFileSync(authorityFile));
  const name = Buffer.from('MIT-MAGIC-COOKIE-1', 'latin1');
  const setup = Buffer.alloc(12 + padded(name.length) + padded(cookie.length));
  setup.write('l', 0, 'latin1'); // least significant byte first
  setup.writeUInt16LE(11, 2);
  setup.writeUInt16LE(name.length, 6);
  setup.writeUInt16LE(cookie.length, 8);
  name.copy(setup, 12);
  cookie.copy(setup, 12 + padded(name.length));
  socket.write(setup);
  const reply = await new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const late = setTimeout(() => {
      reject(new Error('the screen does not answer'));
    }, ANSWER_DEADLINE);
    socket.once('error', reject);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length < 8 || received.length < 8 + 4 * received.readUInt16LE(6)) return;
      clearTimeout(late);
      socket.removeAllListeners('data');
      resolve(received);
    });
  });
  if (reply.readUInt8(0) !== 1) throw new Error('the screen refused the connection');
  const firstScreen = 40 + padded(reply.readUInt16LE(24)) + 8 * reply.readUInt8(29);
  return { socket, root: reply.readUInt32LE(firstScreen) };
}

/** The key of an Xauthority file's first entry (libXau): family, address, display number, name, key. */
function cookieOf(file: Buffer): Buffer {
  let at = 2;
  const counted = (): Buffer => {
    const length = file.readUInt16BE(at);
    const content = file.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    return content;
  };
  counted();
  counted();
  counted();
  return counted();
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
