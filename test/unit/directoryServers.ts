/** Servers that misbehave in one exact way each, on loopback: black holes, relays, liars. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { BerReader, BerWriter } from 'ldapts';
import type { ServerCertificate } from '../demo/certificates.js';

export interface FaultyServer {
  readonly port: number;
  readonly connections: number;
  /** Everything received in the clear. */
  readonly received: Buffer;
  close(): Promise<void>;
}

type Serve = (socket: net.Socket) => void;

async function listen(serve: Serve, host = '127.0.0.1', port = 0): Promise<FaultyServer> {
  const open = new Set<net.Socket>();
  const received: Buffer[] = [];
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (bytes) => received.push(bytes));
    serve(socket);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    get connections() {
      return connections;
    },
    get received() {
      return Buffer.concat(received);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Accepts and never says a word: a hung controller. */
export const blackHole = (host?: string, port?: number): Promise<FaultyServer> => listen(() => undefined, host, port);

/** Accepts and hangs up. */
export const hangsUp = (): Promise<FaultyServer> => listen((socket) => socket.end());

/** Passes every byte on to another server: counts who was asked. */
export const relay = (to: { host: string; port: number }, host?: string, port?: number): Promise<FaultyServer> =>
  listen(
    (socket) => {
      const other = net.connect(to);
      socket.pipe(other).pipe(socket);
      socket.on('close', () => other.destroy());
      other.on('error', () => socket.destroy());
    },
    host,
    port,
  );

/** Speaks TLS, then hands each LDAP request to `answer`, whose bytes it sends; null sends nothing, 'close' hangs up. */
export const overTls = (
  certificate: ServerCertificate,
  answer: (request: Buffer, index: number) => Buffer | 'close' | null,
): Promise<FaultyServer> =>
  listen((socket) => {
    serveTls(socket, certificate, answer);
  });

/** Answers the first plain request with `first`; where that accepts StartTLS, goes on like overTls. */
export const overStartTls = (
  first: Buffer,
  certificate: ServerCertificate,
  answer: ((request: Buffer, index: number) => Buffer | 'close' | null) | null,
): Promise<FaultyServer> =>
  listen((socket) => {
    socket.once('data', () => {
      if (answer) serveTls(socket, certificate, answer);
      socket.write(first);
    });
  });

function serveTls(
  socket: net.Socket,
  { certificatePem, privateKeyPem }: ServerCertificate,
  answer: (request: Buffer, index: number) => Buffer | 'close' | null,
): void {
  let index = 0;
  const secure = new tls.TLSSocket(socket, { isServer: true, cert: certificatePem, key: privateKeyPem });
  secure.on('error', () => socket.destroy());
  secure.on('data', (request: Buffer) => {
    const bytes = answer(request, index++);
    if (bytes === 'close') secure.destroy();
    else if (bytes !== null) secure.write(bytes);
  });
}

/** LDAPMessage { id of the request, BindResponse { code, "", "" } } */
export function bindResponse(request: Buffer, code: number): Buffer {
  return Buffer.from([0x30, 0x0c, 0x02, 0x01, request[4] ?? 0, 0x61, 0x07, 0x0a, 0x01, code, 0x04, 0x00, 0x04, 0x00]);
}

/** LDAPMessages { id of the request, SearchResultEntry … SearchResultDone } */
export function searchResponse(
  request: Buffer,
  entries: readonly { dn: string; attributes: Readonly<Record<string, readonly Buffer[]>> }[],
): Buffer {
  const message = (operation: number, write: (writer: BerWriter) => void): Buffer => {
    const writer = new BerWriter();
    writer.startSequence();
    writer.writeInt(messageId(request));
    writer.startSequence(operation);
    write(writer);
    writer.endSequence();
    writer.endSequence();
    return writer.buffer;
  };
  return Buffer.concat([
    ...entries.map(({ dn, attributes }) =>
      message(0x64, (writer) => {
        writer.writeString(dn);
        writer.startSequence();
        for (const [name, values] of Object.entries(attributes)) {
          writer.startSequence();
          writer.writeString(name);
          writer.startSequence(0x31);
          for (const value of values) writer.writeBuffer(value, 0x04);
          writer.endSequence();
          writer.endSequence();
        }
        writer.endSequence();
      }),
    ),
    message(0x65, (writer) => {
      writer.writeEnumeration(0);
      writer.writeString('');
      writer.writeString('');
    }),
  ]);
}

function messageId(request: Buffer): number {
  const reader = new BerReader(request);
  reader.readSequence();
  return reader.readInt() ?? 0;
}

/** LDAPMessage { 1, ExtendedResponse { code, "", "" } } */
export function startTlsResponse(code: number): Buffer {
  return Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, code, 0x04, 0x00, 0x04, 0x00]);
}

/** A port on which nothing listens: just given up. */
export async function deadPort(): Promise<number> {
  const server = await listen(() => undefined);
  await server.close();
  return server.port;
}
