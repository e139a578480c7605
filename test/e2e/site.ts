/**
 * A web server that remembers everything asked of it and every connection to it: somebody else's system, seen from its
 * own side. What it answers is set by each test.
 */
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
}

/** What an address answers with; a text alone is an HTML page. */
export type Answer =
  | string
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string;
    };

/** What a request gets; null: nothing, for ever. */
export type AnswerTo = (asked: Asked) => Answer | null | Promise<Answer | null>;

export interface Site {
  /** Origin without a slash at the end. */
  readonly url: string;
  /** Everything asked so far, oldest first. */
  readonly asked: Asked[];
  /** Connections that are open at this moment. */
  readonly openConnections: number;
  /** Sets what a path (without its query) answers. A function sees the request; null leaves it without a word. */
  serve(path: string, answer: Answer | AnswerTo): void;
  /** Answers every path that has no answer of its own; at first: 404. */
  serveRest(answer: AnswerTo): void;
  /** How often a path was asked for. */
  count(path: string): number;
  close(): Promise<void>;
}

/** @param certificate makes it an HTTPS server */
export async function startSite(
  certificate?: { readonly certificatePem: string; readonly privateKeyPem: string },
  host = '127.0.0.1',
): Promise<Site> {
  const asked: Asked[] = [];
  const answers = new Map<string, AnswerTo>();
  let answerRest: AnswerTo = () => ({ status: 404, body: 'not here' });
  const connections = new Set<Socket>();

  const respond = async (one: Asked, response: ServerResponse): Promise<void> => {
    const answer = await (answers.get(pathOf(one)) ?? answerRest)(one);
    if (answer === null) return;
    const { status = 200, headers = {}, body = '' } = typeof answer === 'string' ? { body: answer } : answer;
    for (const [name, value] of Object.entries({ 'content-type': 'text/html; charset=utf-8', ...headers }))
      response.setHeader(name, value);
    response.writeHead(status).end(body);
  };
  const listener: RequestListener = (request, response) => {
    const one: Asked = { method: request.method ?? '', address: request.url ?? '', headers: request.headers };
    asked.push(one);
    request.resume();
    respond(one, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
  const server = certificate
    ? createHttpsServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, listener)
    : createHttpServer(listener);
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: `${certificate ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    asked,
    get openConnections() {
      return connections.size;
    },
    serve: (path, answer) => {
      answers.set(path, typeof answer === 'function' ? answer : () => answer);
    },
    serveRest: (answer) => {
      answerRest = answer;
    },
    count: (path) => asked.filter((one) => pathOf(one) === path).length,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        for (const connection of connections) connection.destroy();
      }),
  };
}

/** A whole page around a body. */
export function page(body: string, title = 'System'): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><body>${body}</body></html>`;
}

function pathOf({ address }: Asked): string {
  return address.split('?')[0] ?? '';
}
