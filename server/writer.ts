/**
 * Writes what workstations send: one transaction for all that waits, and an answer only after its commit. One writer
 * for one store, held by a lock in the database: so the order of committing is the order of the tree.
 *
 * After any failure nobody knows whether the commit reached the disk: everything remembered is thrown away and read
 * again, and the senders send again what was not acknowledged.
 */
import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { auditColumns } from '../main/audit/auditColumns.js';
import { type ChainId, recordHash } from '../main/audit/record.js';
import { leafHash, TreeEdge, type TreeNode } from '../main/audit/tree/merkleTree.js';
import type { TrailRefusal } from '../main/domain/audit.js';
import { hexOfUuid } from './database.js';
import { type ChainState, judge, type SentLine, type Taken } from './incoming.js';
import { treeStore } from './treeStore.js';

export interface Refused {
  readonly chain: ChainId;
  readonly sequence: number | null;
  readonly because: TrailRefusal;
}

export interface WriteAnswer {
  /** Records that are committed now, or were before. */
  readonly committed: number;
  readonly refused: readonly Refused[];
  /** Not null: records before were never sent; nothing after it was taken. */
  readonly gap: { readonly chain: ChainId; readonly heldThrough: number } | null;
}

export interface WriterParts {
  /** Of the role audit_writer. */
  readonly pool: Pool;
  /** A record was kept apart; after that is committed. Once for each chain and reason. */
  readonly onRefused: (refused: Refused, peer: string) => void;
}

interface Submission {
  readonly lines: readonly SentLine[];
  readonly peer: string;
  readonly complete: ReadonlySet<ChainId>;
  readonly resolve: (answer: WriteAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Records of one transaction, more or less: what one sender sends is not divided. */
const MOST_AT_ONCE = 4_000;
/** Chains remembered; others are read when they go on. */
const MOST_CHAINS = 50_000;
/** A number of ours for the lock: "lanyard" in ASCII, cut to 31 bits. */
const WRITER_LOCK = 0x6c616e79;

/** A record whose number is held already. */
interface Twice {
  readonly sent: SentLine;
  readonly sequence: number;
  readonly canonical: string;
}

type Held = Map<ChainId, ChainState | null>;

export class Writer {
  readonly #parts: WriterParts;
  #waiting: Submission[] = [];
  #held: Held = new Map();
  #edge: TreeEdge | null = null;
  /** Holds the lock. */
  #client: PoolClient | null = null;
  #running: Promise<void> | null = null;
  readonly #alerted = new Set<string>();
  #isClosed = false;
  #months = new Set<string>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Resolves after the commit. Rejects where nothing is known to be committed. @param complete chains sent from their beginning */
  submit(lines: readonly SentLine[], peer: string, complete: ReadonlySet<ChainId>): Promise<WriteAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('the audit server is ending'));
        return;
      }
      this.#waiting.push({ lines, peer, complete, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** What waits is written first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    this.#client?.release(true);
    this.#client = null;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken: Submission[] = [];
      for (let count = 0; count < MOST_AT_ONCE && this.#waiting.length > 0;) {
        const [next] = this.#waiting.splice(0, 1);
        if (!next) break;
        taken.push(next);
        count += next.lines.length;
      }
      try {
        await this.#write(taken);
      } catch (error) {
        this.#forget();
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = null; // nothing may come between the last look and this
  }

  async #write(submissions: readonly Submission[]): Promise<void> {
    const client = await this.#connected();
    const edge = (this.#edge ??= await this.#loadEdge(client)).copy();
    await this.#read(client, submissions);
    const batch = new Batch(edge);
    const overlay: Held = new Map();
    const heldOf = (chain: ChainId): ChainState | null => overlay.get(chain) ?? this.#held.get(chain) ?? null;
    const answers: WriteAnswer[] = [];
    for (const { lines, peer, complete } of submissions) {
      let gap: WriteAnswer['gap'] = null;
      let committed = 0;
      const refused: Refused[] = [];
      const twice: Twice[] = [];
      for (const sent of lines) {
        const { chain } = sent;
        const judgement = judge(sent, heldOf(chain), peer, complete.has(chain));
        if (judgement.kind === 'taken') {
          overlay.set(chain, judgement.taken.state);
          batch.take(judgement.taken, peer);
          committed += 1;
        } else if (judgement.kind === 'held') twice.push({ sent, ...judgement });
        else if (judgement.kind === 'gap') {
          gap = { chain, heldThrough: judgement.heldThrough };
          break;
        } else {
          refused.push({ chain, sequence: judgement.sequence, because: judgement.because });
          batch.refuse(sent, peer, judgement.sequence, judgement.because);
        }
      }
      const forks = await this.#forks(client, twice, batch);
      committed += twice.length - forks.length;
      for (const { sent, sequence } of forks) {
        refused.push({ chain: sent.chain, sequence, because: 'fork' });
        batch.refuse(sent, peer, sequence, 'fork');
      }
      answers.push({ committed, refused, gap });
    }
    await this.#ensureMonths(client, batch);
    await batch.commit(client, overlay);
    this.#edge = edge;
    for (const [chain, state] of overlay) this.#held.set(chain, state);
    if (this.#held.size > MOST_CHAINS) this.#held.clear();
    submissions.forEach(({ resolve, peer }, index) => {
      const answer = answers[index];
      if (!answer) return;
      resolve(answer);
      for (const refused of answer.refused) this.#alert(refused, peer);
    });
  }

  #alert(refused: Refused, peer: string): void {
    const key = `${refused.chain}/${refused.because}`;
    if (this.#alerted.has(key)) return;
    if (this.#alerted.size >= MOST_CHAINS) this.#alerted.clear();
    this.#alerted.add(key);
    this.#parts.onRefused(refused, peer);
  }

  /** @throws where another server writes to this store */
  async #connected(): Promise<PoolClient> {
    if (this.#client) return this.#client;
    const client = await this.#parts.pool.connect();
    try {
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        WRITER_LOCK,
      ]);
      if (rows[0]?.locked !== true) throw new Error('another audit server writes to this database');
    } catch (error) {
      client.release(true);
      throw error;
    }
    client.on('error', () => {
      if (this.#client === client) this.#forget();
    });
    this.#client = client;
    return client;
  }

  #forget(): void {
    this.#client?.release(true);
    this.#client = null;
    this.#edge = null;
    this.#held = new Map();
    this.#months = new Set();
  }

  async #loadEdge(client: PoolClient): Promise<TreeEdge> {
    const { rows } = await client.query<{ size: string }>(
      `SELECT greatest((SELECT max(leaf) FROM audit.event), (SELECT max(leaf) FROM audit.dropped_leaf)) + 1 AS size`,
    );
    return TreeEdge.load(Number(rows[0]?.size ?? 0), treeStore(client));
  }

  /** Reads what is held of the chains that are not remembered. */
  async #read(client: PoolClient, submissions: readonly Submission[]): Promise<void> {
    const unknown = new Set<ChainId>();
    for (const { lines } of submissions)
      for (const { chain } of lines) if (!this.#held.has(chain) && /^[0-9a-f]{32}$/.test(chain)) unknown.add(chain);
    if (unknown.size === 0) return;
    const { rows } = await client.query<ChainRow>('SELECT * FROM audit.chain WHERE chain = ANY($1::uuid[])', [
      [...unknown],
    ]);
    for (const chain of unknown) this.#held.set(chain, null);
    for (const row of rows) this.#held.set(hexOfUuid(row.chain), chainState(row));
  }

  /** Those of the records that are held already, and are others. */
  async #forks(client: PoolClient, twice: readonly Twice[], batch: Batch): Promise<readonly Twice[]> {
    const held = new Map<string, { readonly previous: string; readonly hash: string }>();
    if (twice.length > 0) {
      const { rows } = await client.query<{ chain: string; sequence: number; previous: Buffer; hash: Buffer }>(
        `SELECT chain, sequence, previous, hash FROM audit.event
         WHERE (chain, sequence) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))`,
        [twice.map(({ sent }) => sent.chain), twice.map(({ sequence }) => sequence)],
      );
      for (const { chain, sequence, previous, hash } of rows)
        held.set(`${hexOfUuid(chain)}/${sequence}`, {
          previous: previous.toString('hex'),
          hash: hash.toString('hex'),
        });
    }
    return twice.filter(({ sent: { chain }, sequence, canonical }) => {
      const known = batch.takenAt(chain, sequence) ?? held.get(`${chain}/${sequence}`);
      // undefined: retention deleted it
      return known !== undefined && known.hash !== recordHash(chain, known.previous, sequence, canonical);
    });
  }

  async #ensureMonths(client: PoolClient, batch: Batch): Promise<void> {
    for (const month of batch.months) {
      if (this.#months.has(month)) continue;
      await client.query('SELECT audit.ensure_month($1::date)', [`${month}-01`]);
      this.#months.add(month);
    }
  }
}

interface ChainRow {
  readonly chain: string;
  readonly source: string;
  readonly node: string;
  readonly host: string | null;
  readonly version: string;
  readonly opened: Date;
  readonly sequence: number;
  readonly head: Buffer;
  readonly last: Date;
  readonly closed: boolean;
  readonly before: string | null;
  readonly before_last: number | null;
  readonly before_head: Buffer | null;
}

function chainState(row: ChainRow): ChainState {
  const { source, node, host, version, sequence } = row;
  return {
    source,
    node,
    host,
    version,
    sequence,
    opened: row.opened.toISOString(),
    head: row.head.toString('hex'),
    last: row.last.toISOString(),
    isClosed: row.closed,
    before:
      row.before === null
        ? null
        : {
            chain: hexOfUuid(row.before),
            sequence: row.before_last,
            head: row.before_head?.toString('hex') ?? null,
          },
  };
}

/** Everything that one transaction writes. */
class Batch {
  readonly months = new Set<string>();
  readonly #events: (readonly [leaf: number, taken: Taken, peer: string])[] = [];
  readonly #taken = new Map<string, Taken>();
  readonly #nodes: TreeNode[] = [];
  readonly #refused: (readonly [peer: string, sent: SentLine, sequence: number | null, because: TrailRefusal])[] = [];

  constructor(private readonly edge: TreeEdge) {}

  take(taken: Taken, peer: string): void {
    const { chain, hash, record } = taken;
    const leaf = this.edge.size;
    this.#nodes.push(...this.edge.append(leafHash(chain, hash)));
    this.#events.push([leaf, taken, peer]);
    this.#taken.set(`${chain}/${record.sequence}`, taken);
    this.months.add(record.at.slice(0, 7));
  }

  refuse(sent: SentLine, peer: string, sequence: number | null, because: TrailRefusal): void {
    this.#refused.push([peer, sent, sequence, because]);
  }

  takenAt(chain: ChainId, sequence: number): Taken | undefined {
    return this.#taken.get(`${chain}/${sequence}`);
  }

  async commit(client: PoolClient, chains: Held): Promise<void> {
    if (this.#events.length === 0 && this.#refused.length === 0) return;
    await client.query('BEGIN');
    try {
      await this.#insertEvents(client);
      await this.#insertChains(client, chains);
      await this.#insertNodes(client);
      await this.#insertRefused(client);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined); // the connection may be what failed
      throw error;
    }
  }

  async #insertEvents(client: PoolClient): Promise<void> {
    if (this.#events.length === 0) return;
    const rows = this.#events.map(([leaf, taken, peer]) => ({
      leaf,
      taken,
      peer,
      columns: auditColumns(taken.record),
    }));
    const each = <T>(of: (row: (typeof rows)[number]) => T): T[] => rows.map(of);
    const hex = (text: string): string => `\\x${text}`;
    await client.query({
      name: 'events',
      text: `INSERT INTO audit.event
        (recorded, leaf, chain, sequence, source, peer, node, type, outcome, user_id, session, patient, system, previous, hash, mac, body)
       SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::smallint[], $10::text[], $11::uuid[], $12::text[], $13::text[], $14::bytea[], $15::bytea[],
        $16::bytea[], $17::text[])`,
      values: [
        each(({ taken }) => taken.record.at),
        each(({ leaf }) => leaf),
        each(({ taken }) => taken.chain),
        each(({ taken }) => taken.record.sequence),
        each(({ taken }) => taken.state.source),
        each(({ taken, peer }) => (peer === taken.state.source ? null : peer)),
        each(({ taken }) => taken.state.node),
        each(({ columns }) => columns.type),
        each(({ columns }) => columns.outcome),
        each(({ columns }) => columns.user),
        each(({ taken }) => taken.record.session),
        each(({ columns }) => columns.patient),
        each(({ columns }) => columns.system),
        each(({ taken }) => hex(taken.previous)),
        each(({ taken }) => hex(taken.hash)),
        each(({ taken }) => (taken.mac === null ? null : hex(taken.mac))),
        each(({ taken }) => taken.canonical),
      ],
    });
    const mentions = rows.flatMap(({ taken, columns }) =>
      columns.mentions.map((patient) => [patient, taken.record.at, taken.chain, taken.record.sequence] as const),
    );
    if (mentions.length > 0)
      await client.query(
        `INSERT INTO audit.mention SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::int[])
         ON CONFLICT DO NOTHING`,
        [0, 1, 2, 3].map((column) => mentions.map((mention) => mention[column])),
      );
    const aliases = new Map(rows.flatMap(({ columns }) => columns.aliases));
    if (aliases.size > 0)
      await client.query(
        `INSERT INTO audit.alias SELECT * FROM unnest($1::text[], $2::text[]) ORDER BY 1 ON CONFLICT DO NOTHING`,
        [[...aliases.keys()], [...aliases.values()]],
      );
    const people = new Map(
      rows.flatMap(({ columns }) => (columns.person ? [[columns.person.user, columns.person] as const] : [])),
    );
    if (people.size > 0)
      await client.query(
        `INSERT INTO audit.person SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (user_id) DO UPDATE SET display = excluded.display, family = excluded.family`,
        [
          [...people.keys()],
          [...people.values()].map(({ display }) => display),
          [...people.values()].map(({ family }) => family),
        ],
      );
  }

  async #insertChains(client: PoolClient, chains: Held): Promise<void> {
    const states = [...chains].flatMap(([chain, state]) => (state ? [[chain, state] as const] : []));
    if (states.length === 0) return;
    const each = <T>(of: (state: ChainState) => T): T[] => states.map(([, state]) => of(state));
    const hex = (text: string | null | undefined): string | null => (text == null ? null : `\\x${text}`);
    await client.query({
      name: 'chains',
      text: `INSERT INTO audit.chain
        (chain, source, node, host, version, opened, sequence, head, last, closed, before, before_last, before_head)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[],
        $8::bytea[], $9::timestamptz[], $10::boolean[], $11::uuid[], $12::int[], $13::bytea[])
       ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, head = excluded.head, last = excluded.last,
        closed = excluded.closed, received = now()`,
      values: [
        states.map(([chain]) => chain),
        each(({ source }) => source),
        each(({ node }) => node),
        each(({ host }) => host),
        each(({ version }) => version),
        each(({ opened }) => opened),
        each(({ sequence }) => sequence),
        each(({ head }) => hex(head)),
        each(({ last }) => last),
        each(({ isClosed }) => isClosed),
        each(({ before }) => before?.chain ?? null),
        each(({ before }) => before?.sequence ?? null),
        each(({ before }) => hex(before?.head)),
      ],
    });
  }

  async #insertNodes(client: PoolClient): Promise<void> {
    if (this.#nodes.length === 0) return;
    await client.query('INSERT INTO audit.tree_node SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])', [
      this.#nodes.map(({ level }) => level),
      this.#nodes.map(({ index }) => index),
      this.#nodes.map(({ hash }) => `\\x${hash.toString('hex')}`),
    ]);
  }

  async #insertRefused(client: PoolClient): Promise<void> {
    if (this.#refused.length === 0) return;
    await client.query(
      `INSERT INTO audit.refused (peer, chain, sequence, because, digest, line)
       SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bytea[], $6::text[])
       ON CONFLICT DO NOTHING`,
      [
        this.#refused.map(([peer]) => peer),
        this.#refused.map(([, { chain }]) => chain.replaceAll('\0', '\uFFFD').slice(0, 100)),
        this.#refused.map(([, , sequence]) => sequence),
        this.#refused.map(([, , , because]) => because),
        this.#refused.map(([, { line }]) => `\\x${createHash('sha256').update(line).digest('hex')}`),
        this.#refused.map(([, { line }]) => line.replaceAll('\0', '\uFFFD')),
      ],
    );
  }
}
