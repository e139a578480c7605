/**
 * The way to a context hub that somebody else runs: requests over https, and one WebSocket over wss. Nothing follows a
 * redirect, everything has a deadline and a largest size. Plain http only where the hub is on this very machine.
 */
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { WebSocket } from 'ws';
import { LanyardError } from '../../domain/errors.js';

export interface HubAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly body: string;
}

export interface HubRequest {
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as JSON; neither: a GET. */
  readonly json?: object;
  readonly token?: string;
}

export interface HubSocket {
  send(text: string): void;
  /** Answered by `heard`. */
  ping(): void;
  /** @param code RFC 6455, section 7.4.1 */
  close(code: number): void;
  /** At once, without a word. */
  cut(): void;
}

export interface HubSocketEars {
  readonly frame: (text: string) => void;
  /** A sign of life that is no frame. */
  readonly heard: () => void;
  /** Once, however it ended; also when it never opened. */
  readonly closed: (why: string) => void;
}

export interface HubTransport {
  /** @throws LanyardError('unavailable') when there is no answer. Any status is an answer. */
  request(address: URL, request: HubRequest): Promise<HubAnswer>;
  open(endpoint: URL, ears: HubSocketEars): HubSocket;
}

/** Milliseconds. */
const REQUEST_TIMEOUT = 10_000;
const LARGEST = 2 * 1024 * 1024;
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Whether secrets may travel there: encrypted, or not beyond this machine. */
export function isSafeAddress({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || protocol === 'wss:' || LOOPBACK.test(hostname);
}

/** @param ca PEM; absent: the authorities this program trusts anyway */
export function networkTransport(ca?: string): HubTransport {
  const trust = ca === undefined ? {} : { ca };
  return {
    request: (address, request) => ask(address, request, trust),
    open: (endpoint, ears) => openSocket(endpoint, ears, trust),
  };
}

function ask(address: URL, { form, json, token }: HubRequest, trust: object): Promise<HubAnswer> {
  if (!isSafeAddress(address)) return Promise.reject(new LanyardError('unavailable', 'The address is not encrypted'));
  const body = form ? new URLSearchParams(form).toString() : json ? JSON.stringify(json) : null;
  const headers = {
    accept: 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== null && {
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  };
  const start = address.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(new LanyardError('unavailable', `The context hub does not answer (${codeOf(cause)})`));
    };
    const options = {
      ...trust,
      method: body === null ? 'GET' : 'POST',
      headers,
      agent: false,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    };
    const request = start(address, options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > LARGEST) response.destroy(new Error('too large'));
        else parts.push(part);
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') });
      });
      response.on('error', fail);
    });
    request.on('error', fail);
    request.end(body ?? undefined);
  });
}

function openSocket(endpoint: URL, { frame, heard, closed }: HubSocketEars, trust: object): HubSocket {
  const socket = new WebSocket(endpoint, {
    ...trust,
    maxPayload: LARGEST,
    handshakeTimeout: REQUEST_TIMEOUT,
    followRedirects: false,
    perMessageDeflate: false,
  });
  let why = 'closed';
  socket.on('message', (data: Buffer, isBinary) => {
    frame(isBinary ? '' : data.toString('utf8'));
  });
  socket.on('pong', heard);
  socket.on('error', (error) => {
    why = codeOf(error);
  });
  socket.on('close', (code) => {
    closed(`${why} (${code})`);
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close: (code) => {
      socket.close(code);
    },
    cut: () => {
      socket.terminate();
    },
  };
}

/** What went wrong, without any address: messages of Node name them. */
function codeOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return /^[A-Za-z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}
