/**
 * A stand-in for a system that wants NTLM, on 127.0.0.1: it makes the handshake and notes whose answers come. It cannot
 * judge a password (that takes a member of a domain, and Apache has NTLM only with winbind), so it is told what to say.
 * Source: MS-NLMP 2.2.1.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface NtlmServer {
  /** http://127.0.0.1:port */
  readonly origin: string;
  /** DOMAIN\user of every AUTHENTICATE_MESSAGE so far. */
  readonly answers: readonly string[];
  close(): Promise<void>;
}

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const NEGOTIATE = 1;
const AUTHENTICATE = 3;
/** Unicode, request target, NTLM, always sign, target is a domain, extended session security, target information. */
const FLAGS = 0x00898205 | 0x00010000;

export async function startNtlmServer(accepts: boolean): Promise<NtlmServer> {
  const answers: string[] = [];
  const signedIn = new WeakSet<Socket>(); // NTLM signs a connection in, not a request
  const server = createServer((request, response) => {
    const message = Buffer.from(/^NTLM (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '', 'base64');
    const type = message.subarray(0, 8).equals(SIGNATURE) ? message.readUInt32LE(8) : 0;
    if (type === AUTHENTICATE) {
      answers.push(`${field(message, 28)}\\${field(message, 36)}`);
      if (accepts) signedIn.add(request.socket);
    }
    const headers = { 'content-type': 'text/html' };
    if (signedIn.has(request.socket)) response.writeHead(200, headers).end('<body>signed in');
    else {
      const challenge = type === NEGOTIATE ? `NTLM ${challengeMessage().toString('base64')}` : 'NTLM';
      response.writeHead(401, { ...headers, 'www-authenticate': challenge }).end('<body>who are you?');
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function challengeMessage(): Buffer {
  const target = Buffer.from('WARD', 'utf16le');
  const pair = (id: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  };
  const information = Buffer.concat([
    pair(2, target),
    pair(1, Buffer.from('EPR', 'utf16le')),
    pair(0, Buffer.alloc(0)),
  ]);
  const head = Buffer.alloc(48);
  SIGNATURE.copy(head);
  head.writeUInt32LE(2, 8);
  for (const [at, content, offset] of [
    [12, target, 48],
    [40, information, 48 + target.length],
  ] as const) {
    head.writeUInt16LE(content.length, at);
    head.writeUInt16LE(content.length, at + 2);
    head.writeUInt32LE(offset, at + 4);
  }
  head.writeUInt32LE(FLAGS, 20);
  randomBytes(8).copy(head, 24);
  return Buffer.concat([head, target, information]);
}

/** Length and offset at `at`, text elsewhere in the message. */
function field(message: Buffer, at: number): string {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at)).toString('utf16le');
}
