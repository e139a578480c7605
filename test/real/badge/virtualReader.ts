/**
 * A smart card service of its own with a virtual reader (vsmartcard's vpcd), and the card that is laid on it.
 *
 * The driver listens on TCP 35963 (and, as its second slot, 35964); a card is a connection to it. It asks, each message
 * with its length before it (two bytes, big-endian): one byte is a command (0 power off, 1 power on, 2 reset, 4 what is
 * your ATR), anything longer an APDU. The driver's other way, to connect to the card, ends pcscd when the card leaves.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const DRIVER = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
/** Where pcscd puts its socket, whatever it is told: a folder of the test's is mounted there, for that process alone. */
const SERVICE_FOLDER = '/run/pcscd';
const PORT = 35_963;
const POWER_ON = 1;
const ASK_ATR = 4;
/** Of a contactless storage card, PC/SC part 3: MIFARE Classic 1K. */
const ATR = Buffer.from('3b8f8001804f0ca000000306030001000000006a', 'hex');
const GET_NUMBER = 'ffca000000';

export class VirtualReader {
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-badge-'));
  /** Whether a folder can be mounted for one process alone; a container may forbid it. */
  readonly #isPrivate = spawnSync('unshare', ['--mount', 'true']).status === 0;
  /** For PCSCLITE_CSOCK_NAME of whoever wants to read from it. */
  readonly socket = path.join(this.#isPrivate ? this.#folder : SERVICE_FOLDER, 'pcscd.comm');
  #card: net.Socket | null = null;
  #service: ChildProcess | null = null;
  /** When the reader last powered a card on, by performance.now(). */
  poweredOn = 0;

  /** Hexadecimal number of the badge; "" for a card that has none to give. */
  async lay(number: string): Promise<void> {
    const answer = Buffer.from(number === '' ? '6a81' : `${number}9000`, 'hex');
    const card = net.connect(PORT, '127.0.0.1');
    this.#card = card;
    this.#serve(card, answer);
    await once(card, 'connect');
  }

  /** Returns when the driver has let go of it: it takes no other card before. */
  async lift(): Promise<void> {
    const card = this.#card;
    this.#card = null;
    if (!card || card.destroyed) return;
    const closed = once(card, 'close');
    card.end();
    await closed;
  }

  async startService(): Promise<void> {
    fs.chmodSync(this.#folder, 0o755); // Lanyard runs as an ordinary user
    const file = path.join(this.#folder, 'reader.conf');
    const port = `0x${PORT.toString(16).toUpperCase()}`;
    fs.writeFileSync(
      file,
      `FRIENDLYNAME "Virtual reader"\nDEVICENAME /dev/null:${port}\nLIBPATH ${DRIVER}\nCHANNELID ${port}\n`,
    );
    if (!this.#isPrivate && spawnSync('pgrep', ['-x', 'pcscd']).status === 0)
      throw new Error('A smart card service runs already: stop pcscd, then start the tests again');
    fs.rmSync(this.socket, { force: true });
    fs.mkdirSync(SERVICE_FOLDER, { recursive: true });
    const pcscd = ['pcscd', '--foreground', '--config', file];
    const mounted = ['--mount', 'sh', '-c', `mount --bind "$0" ${SERVICE_FOLDER} && exec "$@"`, this.#folder, ...pcscd];
    const [command = '', ...rest] = this.#isPrivate ? ['unshare', ...mounted] : pcscd;
    const service = spawn(command, rest, { stdio: 'ignore' });
    this.#service = service;
    await once(service, 'spawn');
    const end = performance.now() + 15_000;
    while (!fs.existsSync(this.socket)) {
      if (service.exitCode !== null || performance.now() > end) throw new Error('pcscd did not start');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** As if it crashed. */
  async killService(): Promise<void> {
    const service = this.#service;
    this.#service = null;
    if (service?.exitCode !== null || service.signalCode !== null) return;
    const ended = once(service, 'exit');
    service.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.killService();
    this.#card?.destroy();
    fs.rmSync(this.#folder, { recursive: true });
  }

  #serve(card: net.Socket, answer: Buffer): void {
    card.on('error', () => undefined); // the service was killed
    let received = Buffer.alloc(0);
    card.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const said = this.#answerTo(received.subarray(2, end), answer);
        received = received.subarray(end);
        if (!said || !card.writable) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(said.length);
        card.write(Buffer.concat([length, said]));
      }
    });
  }

  /** null: a command that wants none. */
  #answerTo(message: Buffer, answer: Buffer): Buffer | null {
    if (message.length === 1) {
      if (message[0] === POWER_ON) this.poweredOn = performance.now();
      return message[0] === ASK_ATR ? ATR : null;
    }
    return message.toString('hex') === GET_NUMBER ? answer : Buffer.from('6d00', 'hex');
  }
}
