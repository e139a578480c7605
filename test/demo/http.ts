/** One small HTTP server on loopback: where it listens, how late and what it answers when a page fails, how it ends. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunningServer {
  /** Origin without a slash at the end: http://127.0.0.1:41234 */
  readonly url: string;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** A loopback address; default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** How long (ms) to hold the answer to this address back: for tests of slow systems. Default: not at all. */
  readonly delayFor?: (url: URL) => number;
  /** Hears of every error a handler throws; default: writes it to standard error. */
  readonly onFailure?: (error: unknown) => void;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The address asked for; its origin is this server's. */
  readonly url: URL;
  /** Who is signed in, where the system asks for that (web/door.ts). */
  readonly userName?: string;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** Starts a server; a handler that throws is answered with 500 and `onFailure` hears of it. */
export async function startServer(
  handler: Handler,
  { host = '127.0.0.1', port = 0, delayFor = () => 0, onFailure = reportFailure }: ServerOptions = {},
): Promise<RunningServer> {
  if (!/^127\.\d+\.\d+\.\d+$/.test(host)) throw new TypeError('the demo listens on loopback only');
  const closing = new AbortController();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const target = request.url ?? '/';
    const base = `http://${request.headers.host ?? host}`;
    if (!URL.canParse(target, base)) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('This address cannot be read.');
      return;
    }
    const url = new URL(target, base);
    if (await heldBack(delayFor(url), response, closing.signal)) await handler({ request, response, url });
  };
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      onFailure(error);
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('The demo could not answer this. Its log says why.');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        closing.abort();
        server.closeAllConnections();
      }),
  };
}

/** Waits; false when the asker left or the server closed meanwhile: then nobody needs the answer. */
async function heldBack(milliseconds: number, response: ServerResponse, closing: AbortSignal): Promise<boolean> {
  if (milliseconds <= 0) return true;
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const ended = AbortSignal.any([gone.signal, closing]);
  try {
    await delay(milliseconds, undefined, { signal: ended });
    return true;
  } catch (error) {
    if (ended.aborted) return false;
    throw error;
  }
}

function reportFailure(error: unknown): void {
  process.stderr.write(`demo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

/** Reads a body; undefined when it is longer than `limitBytes` (read to its end all the same, so that the asker hears). */
export async function readBody(request: IncomingMessage, limitBytes = 100_000): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
  }
  return size > limitBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  { status = 200, type = 'application/json' }: { status?: number; type?: string } = {},
): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
