/**
 * Syslog over TLS (RFC 5425), as IHE ITI-20 asks for it: DICOM audit messages in RFC 5424 frames.
 *
 * Syslog acknowledges nothing. What was written may still be in a socket or in the memory of a receiver that is killed,
 * so it counts as arrived only after a while on a connection that still stands; chain and number of the record stand
 * in the message, so that the receiver tells what comes twice from what is missing.
 */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { dicomXml } from '../renderings/dicomXml.js';
import type { RenderingContext } from '../renderings/auditMessage.js';
import type { Transport } from './delivery.js';
import type { SpoolEntry } from './spool.js';

export interface SyslogSettings {
  readonly host: string;
  readonly port: number;
  /** PEM. undefined: the certificate authorities of the operating system's Node. */
  readonly caPem: string | undefined;
  /** PEM. undefined: the receiver asks for none. */
  readonly certificatePem: string | undefined;
  readonly keyPem: string | undefined;
  /** Milliseconds. Absent: a minute. */
  readonly unsettledMs?: number;
}

/** What the site calls its things. */
export type SyslogRendering = Pick<RenderingContext, 'site' | 'codeSystem' | 'identifierSystems'>;

/** Milliseconds until a connection has to stand, and until what was written has to be taken. */
const DEADLINE_MS = 20_000;
const UNSETTLED_MS = 60_000;
/** Facility 10 (security); severity 5 (notice), 4 (warning). Source: IHE ITI-20. */
const NOTICE = 10 * 8 + 5;
const WARNING = 10 * 8 + 4;
/** IHE's name of what stands in the message. */
const MESSAGE_ID = 'IHE+RFC-3881';
/**
 * Of the structured data: a name of ours, under the number that RFC 5612 keeps for those who have none of their own.
 */
const STRUCTURE = 'lanyard@32473';
/** Bytes of the name of a host in RFC 5424. */
const LONGEST_HOST = 255;

export class SyslogTransport implements Transport {
  readonly unsettledMs: number;
  #socket: TLSSocket | null = null;
  #opening: Promise<TLSSocket> | null = null;
  #lost: () => void = () => undefined;
  #isClosed = false;

  constructor(
    private readonly settings: SyslogSettings,
    private readonly rendering: SyslogRendering,
  ) {
    this.unsettledMs = settings.unsettledMs ?? UNSETTLED_MS;
  }

  onLost(listener: () => void): void {
    this.#lost = listener;
  }

  async send(entries: readonly SpoolEntry[]): Promise<void> {
    const socket = await this.#connected();
    const frames = entries.map((entry) => syslogFrame(entry, this.rendering));
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${this.settings.host} took nothing for ${DEADLINE_MS / 1000} s`));
      }, DEADLINE_MS);
      socket.write(Buffer.concat(frames), (error) => {
        clearTimeout(late);
        if (error) reject(error);
        else resolve();
      });
    }).catch((error: unknown) => {
      socket.destroy();
      throw error;
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.end();
    this.#socket = null;
  }

  async #connected(): Promise<TLSSocket> {
    if (this.#isClosed) throw new Error('the transport was closed');
    if (this.#socket) return this.#socket;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  #open(): Promise<TLSSocket> {
    const { host, port, caPem, certificatePem, keyPem } = this.settings;
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        minVersion: 'TLSv1.2',
        ca: caPem,
        cert: certificatePem,
        key: keyPem,
      });
      const fail = (error: Error): void => {
        clearTimeout(late);
        socket.destroy();
        reject(error);
      };
      const late = setTimeout(() => {
        fail(new Error(`${host}:${port} did not take the connection within ${DEADLINE_MS / 1000} s`));
      }, DEADLINE_MS);
      socket.on('error', fail); // once it stands, 'close' follows
      socket.on('close', () => {
        fail(new Error(`${host}:${port} closed the connection`));
        if (this.#socket !== socket) return;
        this.#socket = null;
        this.#lost();
      });
      // In TLS 1.3 a receiver that refuses our certificate says so after the handshake: until its session ticket is
      // here, whatever is written may go nowhere.
      socket.once('session', () => {
        clearTimeout(late);
        this.#socket = socket;
        resolve(socket);
      });
      socket.resume(); // nothing is expected; unread it would hide the end
    });
  }
}

/** One message with its length before it. Source: RFC 5424 (header), RFC 5425 4.3 (frame), IHE ITI-20. */
export function syslogFrame(entry: SpoolEntry, rendering: SyslogRendering): Buffer {
  const { chain, hash, record, node, version } = entry;
  const text = dicomXml(record, { chain, node, version, ...rendering });
  const isFailure = !text.includes('EventOutcomeIndicator="0"');
  const header = [
    `<${isFailure ? WARNING : NOTICE}>1`,
    record.at,
    hostOf(node),
    'Lanyard',
    '-',
    MESSAGE_ID,
    `[${STRUCTURE} chain="${chain}" sequence="${record.sequence}" hash="${hash}"]`,
  ].join(' ');
  const message = Buffer.from(`${header} ${text}`, 'utf8');
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** Printable ASCII without blanks; "-" where nothing is left. */
function hostOf(node: string): string {
  const printable = node.replace(/[^\x21-\x7e]+/g, '-').slice(0, LONGEST_HOST);
  return printable === '' ? '-' : printable;
}
