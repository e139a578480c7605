/**
 * One conversation with one domain controller through ldapts: opened, bound once, asked, closed.
 * A dropped connection stays closed: ldapts would silently dial again, without the bind, and is not given a second socket.
 */
import type tls from 'node:tls';
import { Attribute, Change, Client } from 'ldapts';
import { Entry } from './entry.js';
import { openSecureSocket, type SocketRequest } from './secureSocket.js';

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  /** Already escaped: build it with ldapts' escapeFilter. */
  readonly filter?: string;
  readonly attributes: readonly string[];
}

/** Windows gives at most 1,000 entries without paging. */
const PAGE_SIZE = 500;

export class Connection {
  readonly #client: Client;
  readonly #socket: tls.TLSSocket;

  private constructor(socket: tls.TLSSocket, operationMs: number) {
    this.#socket = socket;
    let handedOver = false;
    this.#client = new Client({
      url: 'ldap://controller', // never dialled: the socket below is open and encrypted already
      timeout: operationMs,
      createConnection: () => {
        if (handedOver) throw Object.assign(new Error('the connection was dropped'), { code: 'ECONNRESET' });
        handedOver = true;
        return socket;
      },
    });
  }

  /** Opens, lends the connection to `use`, and always closes it. Aborting `signal` ends it at once. */
  static async with<T>(
    request: SocketRequest,
    operationMs: number,
    signal: AbortSignal,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const socket = await openSecureSocket(request, signal);
    const connection = new Connection(socket, operationMs);
    const abort = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await use(connection);
    } catch (error) {
      signal.throwIfAborted(); // the abort is what happened, not the broken socket it left behind
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      await connection.#close();
    }
  }

  /** @throws ldapts' ResultCodeError with the server's diagnostic text. An empty password never gets here. */
  async bind(name: string, password: string): Promise<void> {
    if (password === '') throw new RangeError('an empty password asks Windows for an anonymous session');
    await this.#client.bind(name, password);
  }

  /** Entries in one shape; referrals to other domains are not followed. */
  async search({ base, scope, filter, attributes }: Search): Promise<readonly Entry[]> {
    const { searchEntries } = await this.#client.search(base, {
      scope,
      attributes: [...attributes],
      explicitBufferAttributes: [...attributes],
      ...(filter === undefined ? {} : { filter }),
      ...(scope === 'sub' ? { paged: { pageSize: PAGE_SIZE } } : {}),
    });
    return searchEntries.map(({ dn, ...values }) => new Entry(dn, values));
  }

  /**
   * Deletes the old and adds the new unicodePwd in one modify: a change, which the domain checks, not a reset.
   * @throws ldapts' ResultCodeError with the server's diagnostic text, which holds neither password
   */
  async changePassword(dn: string, before: string, after: string): Promise<void> {
    const quoted = (text: string): Buffer => Buffer.from(`"${text}"`, 'utf16le');
    const [old, fresh] = [quoted(before), quoted(after)];
    const unicodePwd = (value: Buffer): Attribute => new Attribute({ type: 'unicodePwd', values: [value] });
    try {
      await this.#client.modify(dn, [
        new Change({ operation: 'delete', modification: unicodePwd(old) }),
        new Change({ operation: 'add', modification: unicodePwd(fresh) }),
      ]);
    } finally {
      old.fill(0);
      fresh.fill(0);
    }
  }

  async #close(): Promise<void> {
    try {
      await this.#client.unbind();
    } catch {
      // The unbind is a courtesy: what matters is that the socket goes.
    } finally {
      this.#socket.destroy();
    }
  }
}
