/**
 * One HTTPS request with this computer's own certificate. Chromium's network keeps client certificates in the operating
 * system's store only; the audit server's may come as files, so these requests are Node's.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface SecurePeer {
  /** https; its path is the beginning of every path. */
  readonly url: string;
  /** PEM files. caFile undefined: the authorities that Node knows. */
  readonly caFile?: string | undefined;
  readonly clientCertificate?: string | undefined;
  /** undefined: the key stands in the file of the certificate. */
  readonly clientKey?: string | undefined;
}

export interface SecureRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Without a slash at its beginning. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SecureAnswer {
  readonly status: number;
  readonly text: string;
}

/** Milliseconds without anything from the other side. */
const SILENCE = 30_000;
/** Bytes of an answer; an export is read in parts. */
const LONGEST_ANSWER = 256 * 1024 * 1024;

export class SecureClient {
  readonly #agent: Agent;
  readonly #base: URL;

  /** @throws for a certificate that cannot be read */
  constructor({ url, caFile, clientCertificate, clientKey }: SecurePeer) {
    const pem = (file: string | undefined): string | undefined =>
      file === undefined ? undefined : readFileSync(file, 'utf8');
    this.#base = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 2,
      minVersion: 'TLSv1.2',
      ca: pem(caFile),
      cert: pem(clientCertificate),
      key: pem(clientKey ?? clientCertificate),
    });
  }

  /** Resolves for every answer, whatever its status. Rejects where there is none. */
  ask({ method, path, headers, body }: SecureRequest): Promise<SecureAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(path, this.#base),
        {
          method,
          agent: this.#agent,
          headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
        },
        (answer) => {
          const parts: Buffer[] = [];
          let size = 0;
          answer.on('data', (part: Buffer) => {
            size += part.length;
            if (size > LONGEST_ANSWER) asked.destroy(new Error(`${this.#base.host} answered with too much`));
            else parts.push(part);
          });
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
          });
          answer.on('error', reject);
        },
      );
      asked.setTimeout(SILENCE, () => {
        asked.destroy(new Error(`${this.#base.host} did not answer within ${SILENCE / 1000} s`));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
