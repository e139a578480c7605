/** A small FHIR server that knows the records a test gives it: reading, searching by identifier, and Patient/$match. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordOfTest {
  readonly resourceType: 'Patient';
  readonly id: string;
  readonly identifier: { system: string; value: string; use?: string }[];
  readonly birthDate: string;
}

export interface Matched {
  readonly resource: RecordOfTest;
  readonly search: object;
}

export class FhirOfTest {
  records: RecordOfTest[] = [];
  /** `system|value` by which a search fails. */
  failsFor = '';
  /** What Patient/$match answers; a number: that HTTP status. */
  matches: readonly Matched[] | number = 404;
  /** The Parameters that Patient/$match was asked with. */
  readonly matchesAsked: unknown[] = [];

  private constructor(
    private readonly server: Server,
    readonly base: string,
  ) {}

  static async start(): Promise<FhirOfTest> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const made = new FhirOfTest(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (message, response) => {
      void made.#answer(message).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
      });
    });
    return made;
  }

  reset(): void {
    this.records = [];
    this.failsFor = '';
    this.matches = 404;
    this.matchesAsked.length = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(message: IncomingMessage): Promise<[number, object]> {
    const url = new URL(message.url ?? '/', this.base);
    if (url.pathname === '/Patient/$match') return this.#match(await bodyOf(message));
    const wanted = url.searchParams.get('identifier');
    if (wanted === null) {
      const record = this.records.find(({ id }) => id === url.pathname.split('/')[2]);
      return record ? [200, record] : [404, {}];
    }
    if (wanted === this.failsFor) return [500, {}];
    const found = this.records.filter(({ identifier }) =>
      identifier.some(({ system, value }) => `${system}|${value}` === wanted),
    );
    return [200, { resourceType: 'Bundle', type: 'searchset', entry: found.map((resource) => ({ resource })) }];
  }

  #match(body: string): [number, object] {
    this.matchesAsked.push(JSON.parse(body));
    if (typeof this.matches === 'number') return [this.matches, {}];
    return [200, { resourceType: 'Bundle', type: 'searchset', entry: this.matches }];
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
