/**
 * The demo's domain controller: an LDAPS server on loopback that speaks Active Directory's dialect. ldapjs is the
 * only library with an LDAP server; it takes every bind name for a DN, so names are put into one before it looks.
 */
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import ldap from 'ldapjs';
import type { ServerCertificate } from '../certificates.js';
import { DEMO_PASSWORD, type DemoAccount, demoDomain, demoGroups } from './accounts.js';
import { baseDn, type DirectoryEntry, Population, sidAttributes, sidBytes } from './entries.js';
import { type ParsedFilter, passes, valuesOf } from './filter.js';
import { type LockoutRules, PasswordRules } from './passwordRules.js';

export interface DemoDirectoryOptions {
  /** A loopback address. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly users: readonly DemoAccount[];
  /** For the name dc1.demo.hospital.example (`demoDomain.controller`). */
  readonly certificate: ServerCertificate;
  readonly now?: () => Date;
  readonly lockout?: LockoutRules;
}

export interface DemoDirectory {
  /** ldaps://dc1.demo.hospital.example:PORT : for `directory.servers`, with `addresses` for `directory.addresses`. */
  readonly url: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly port: number;
  readonly caPem: string;
  /** Connections accepted since the start. */
  readonly connections: number;
  close(): Promise<void>;
}

interface Request {
  readonly connection: TLSSocket;
  readonly credentials: string;
  readonly baseObject: { toString(): string };
  readonly scopeName: 'base' | 'single' | 'subtree';
  readonly filter: ParsedFilter;
  readonly attributes: readonly string[];
}
interface ModifyRequest {
  readonly connection: TLSSocket;
  readonly dn: { toString(): string };
  readonly changes: readonly {
    readonly operation: string;
    readonly modification: { readonly type: string; readonly buffers: readonly Buffer[] };
  }[];
}
interface Response {
  createSearchEntry(entry: { objectName: string; attributes: unknown[] }): unknown;
  send(entry: unknown): void;
  end(status?: number): void;
  diagnosticMessage: string;
}
type Next = () => void;

/** The parts of ldapjs that its types leave out. */
interface LdapjsServer {
  newConnection(socket: TLSSocket): void;
  readonly server: TlsServer;
}
interface LdapjsConnection extends TLSSocket {
  readonly parser: NodeJS.EventEmitter;
}
const Attribute = (ldap as unknown as { Attribute: new (options: object) => { addValue(value: Buffer): void } })
  .Attribute;

/** Where binds are mounted: `name` → cn=x<hex of name>,cn=bind */
const BIND_SUFFIX = 'cn=bind';
const BIND_REQUEST = 0x60;
/** LDAP result codes (RFC 4511 4.1.9). */
const OPERATIONS_ERROR = 1;
const INVALID_CREDENTIALS = 49;
const CONSTRAINT_VIOLATION = 19;
const UNWILLING_TO_PERFORM = 53;

export async function startDemoDirectory(options: DemoDirectoryOptions): Promise<DemoDirectory> {
  const { host, port, users, certificate } = options;
  if (!/^127\.\d+\.\d+\.\d+$/.test(host)) throw new TypeError('the demo listens on loopback only');
  const now = options.now ?? (() => new Date());
  const lockout = options.lockout ?? { threshold: 5, durationMs: 15 * 60_000, windowMs: 15 * 60_000 };
  const rules = new PasswordRules(lockout, DEMO_PASSWORD, now);
  const population = new Population(users, demoGroups, rules, now);

  const bindNames = new WeakMap<Request, string>();
  const signedIn = new WeakMap<TLSSocket, DemoAccount>();
  const open = new Set<TLSSocket>();
  let connections = 0;

  const server = ldap.createServer({
    certificate: certificate.certificatePem,
    key: certificate.privateKeyPem,
    connectionRouter: (socket: TLSSocket) => {
      connections++;
      open.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => open.delete(socket));
      ldapjs.newConnection(socket);
      acceptAnyBindName((socket as LdapjsConnection).parser, bindNames);
    },
  } as ldap.ServerOptions);
  const ldapjs = server as unknown as LdapjsServer;

  server.bind(BIND_SUFFIX, (request: Request, response: Response, next: Next) => {
    const { connection, credentials } = request;
    signedIn.delete(connection);
    const account = population.find(bindNames.get(request) ?? '');
    // A name without a password would be an anonymous session in older domains; here it is refused, as newer ones can.
    const code = credentials === '' ? '52e' : rules.check(account, credentials);
    if (code !== null || !account) {
      refuse(response, INVALID_CREDENTIALS, diagnostic(code ?? '525'));
      return;
    }
    signedIn.set(connection, account);
    response.end();
    next();
  });

  server.search('', (request: Request, response: Response, next: Next) => {
    const account = signedIn.get(request.connection);
    const base = request.baseObject.toString();
    if (base === '' && request.scopeName === 'base') {
      send(rootDse(account ? population.tokenOf(account) : []), request, response);
    } else if (!account) {
      refuse(response, OPERATIONS_ERROR, NOT_BOUND);
      return;
    } else {
      for (const entry of population.entries()) {
        if (inScope(entry.dn, base, request.scopeName) && passes(entry, request.filter)) send(entry, request, response);
      }
    }
    response.end();
    next();
  });

  // Nothing but a change of password: the old value of unicodePwd deleted, the new one added, each in quotation marks.
  server.modify(baseDn, (request: ModifyRequest, response: Response, next: Next) => {
    const account = population.findByDn(request.dn.toString());
    const [before, after] = request.changes.map(({ modification }) => quotedText(modification.buffers[0]));
    const isChange =
      request.changes.map(({ operation }) => operation).join() === 'delete,add' &&
      request.changes.every(({ modification }) => modification.type.toLowerCase() === 'unicodepwd');
    if (!signedIn.has(request.connection) || !account || !isChange || before == null || after == null) {
      refuse(
        response,
        UNWILLING_TO_PERFORM,
        '0000001F: SvcErr: DSID-031A11E5, problem 5003 (WILL_NOT_PERFORM), data 0',
      );
      return;
    }
    const number = rules.change(account, before, after);
    if (number !== null) {
      refuse(response, CONSTRAINT_VIOLATION, `${number}: AtrErr: DSID-03191083, problem 1005 (CONSTRAINT_ATT_TYPE)`);
      return;
    }
    response.end();
    next();
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error');
  // Bytes that are not LDAP: ldapjs closes that connection, and would end the program without a listener.
  server.on('error', (error: unknown) => {
    process.emitWarning(error instanceof Error ? error : String(error));
  });

  const { port: listening } = ldapjs.server.address() as { port: number };
  return {
    url: `ldaps://${demoDomain.controller}:${listening}`,
    addresses: { [demoDomain.controller]: host },
    port: listening,
    caPem: certificate.caPem,
    get connections() {
      return connections;
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

/** Puts every bind name into a DN before ldapjs parses it as one (and refuses user@domain as a bad DN). */
function acceptAnyBindName(parser: NodeJS.EventEmitter, names: WeakMap<object, string>): void {
  const handlers = parser.listeners('message') as ((message: unknown) => void)[];
  parser.removeAllListeners('message');
  parser.on('message', (message: { protocolOp: number; name: string }) => {
    if (message.protocolOp === BIND_REQUEST) {
      names.set(message, message.name);
      const dn = { value: `cn=x${Buffer.from(message.name, 'utf8').toString('hex')},${BIND_SUFFIX}`, writable: true };
      Object.defineProperties(message, { name: dn, dn });
    }
    for (const handle of handlers) handle(message);
  });
}

/** ldapjs' own errors never reach the client with their text, and the text is what tells the refusals apart. */
function refuse(response: Response, code: number, text: string): void {
  response.diagnosticMessage = text;
  response.end(code);
}

/** "…" in UTF-16LE, as unicodePwd is written; null: it is not. */
function quotedText(value: Buffer | undefined): string | null {
  return /^"(.*)"$/su.exec(value?.toString('utf16le') ?? '')?.[1] ?? null;
}

function rootDse(token: readonly string[]): DirectoryEntry {
  return {
    dn: '',
    attributes: {
      objectClass: ['top'],
      defaultNamingContext: [baseDn],
      dnsHostName: [demoDomain.controller],
      supportedLDAPVersion: ['3'],
      tokenGroups: token,
    },
  };
}

function send(entry: DirectoryEntry, request: Request, response: Response): void {
  const attributes = request.attributes.flatMap((type) => {
    const values = valuesOf(entry, type);
    if (values.length === 0) return [];
    const attribute = new Attribute({ type });
    for (const value of values) {
      attribute.addValue(sidAttributes.has(type.toLowerCase()) ? sidBytes(value) : Buffer.from(value, 'utf8'));
    }
    return [attribute];
  });
  response.send(response.createSearchEntry({ objectName: entry.dn, attributes }));
}

/** ldapjs writes a DN its own way: compared without regard to case and space. */
function inScope(dn: string, base: string, scope: Request['scopeName']): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/\s*,\s*/g, ',');
  if (scope === 'base') return plain(dn) === plain(base);
  return plain(dn) === plain(base) || plain(dn).endsWith(`,${plain(base)}`);
}

function diagnostic(code: string): string {
  return `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ${code}, v4563`;
}

const NOT_BOUND =
  '000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563';
