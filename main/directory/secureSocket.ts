/**
 * One TLS connection to one domain controller, ready to speak LDAP: by LDAPS, or by StartTLS on the plain port.
 * Nothing that names a person travels before TLS stands and the controller's certificate is verified for its name.
 */
import net from 'node:net';
import tls from 'node:tls';
import { BerReader } from 'ldapts';

export interface SocketRequest {
  /** Name or IP address to dial. */
  readonly host: string;
  readonly port: number;
  /** The name the certificate must carry. */
  readonly controllerName: string;
  readonly security: 'ldaps' | 'start-tls';
  readonly secureContext: tls.SecureContext;
  /** Milliseconds for everything: TCP, StartTLS, TLS. */
  readonly timeoutMs: number;
}

/** @throws the network's or TLS's own error; ETIMEDOUT after `timeoutMs`; `signal.reason` when aborted. */
export async function openSecureSocket(request: SocketRequest, signal: AbortSignal): Promise<tls.TLSSocket> {
  signal.throwIfAborted();
  const plain = net.connect({ host: request.host, port: request.port, noDelay: true });
  plain.on('error', reportedElsewhere);
  let outermost: net.Socket = plain;
  const giveUp = (error: Error): void => {
    outermost.destroy(error);
    plain.destroy();
  };
  const timer = setTimeout(giveUp, request.timeoutMs, failure('ETIMEDOUT', 'no answer in time'));
  const abort = (): void => {
    giveUp(failure('ECANCELLED', 'aborted'));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await happened(plain, 'connect');
    if (request.security === 'start-tls') await startTls(plain);
    const secure = tls.connect({
      socket: plain,
      secureContext: request.secureContext,
      host: request.controllerName,
      // A name for SNI and for the check of the certificate; RFC 6066 forbids an address here, `host` is checked then.
      ...(net.isIP(request.controllerName) === 0 ? { servername: request.controllerName } : {}),
    });
    outermost = secure;
    secure.on('error', reportedElsewhere);
    await happened(secure, 'secureConnect');
    return secure;
  } catch (error) {
    outermost.destroy();
    plain.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** A socket error without any listener ends the process; whoever waits for the socket has its own listener as well. */
function reportedElsewhere(): void {
  return;
}

/** Resolves at `event`; rejects when the socket fails or closes before. */
function happened(socket: net.Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      socket.off(event, succeed).off('error', settle).off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const succeed = (): void => {
      settle();
    };
    const closed = (): void => {
      settle(failure('ECONNRESET', 'connection closed'));
    };
    socket.once(event, succeed).once('error', settle).once('close', closed);
  });
}

/** LDAPMessage { 1, ExtendedRequest { "1.3.6.1.4.1.1466.20037" } } (RFC 4511 4.14.1), always the same bytes. */
const START_TLS = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1'),
]);
const LDAP_MESSAGE = 0x30;
const EXTENDED_RESPONSE = 0x78;
const MOST_BYTES = 4096;

/**
 * Asks for TLS and reads exactly one answer. Bytes behind the answer would be taken for the controller's later
 * words although anybody on the wire could have put them there: the connection is given up.
 */
async function startTls(socket: net.Socket): Promise<void> {
  let received = Buffer.alloc(0);
  socket.write(START_TLS);
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      socket.off('data', read).off('error', settle).off('close', closed);
      socket.pause();
      if (error) reject(error);
      else resolve();
    };
    const closed = (): void => {
      settle(failure('ECONNRESET', 'connection closed'));
    };
    const read = (bytes: Buffer): void => {
      received = Buffer.concat([received, bytes]);
      const answer = readStartTlsAnswer(received);
      if (answer === 'incomplete') return;
      settle(answer === 'accepted' ? undefined : failure('ESTARTTLS', `StartTLS failed: ${answer}`));
    };
    socket.on('data', read).once('error', settle).once('close', closed);
  });
}

/** 'accepted', 'incomplete', or what is wrong with the answer. */
function readStartTlsAnswer(received: Buffer): string {
  try {
    const reader = new BerReader(received);
    if (reader.readSequence(LDAP_MESSAGE) === null || reader.remain < reader.length) {
      return received.length > MOST_BYTES ? 'the answer is too long' : 'incomplete';
    }
    if (reader.remain > reader.length) return 'there are bytes behind the answer';
    reader.readInt();
    if (reader.readSequence() !== EXTENDED_RESPONSE) return 'the answer is to another question';
    const code = reader.readEnumeration();
    return code === 0 ? 'accepted' : `result ${code ?? 'missing'}`;
  } catch {
    return 'the answer is not LDAP';
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
