/**
 * Signs the root of the tree each minute, and tells a witness that the database's administrator cannot reach. At every
 * start the witness's word is compared: a tree that is smaller than what was signed has lost its end.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { appendFile, chmod, readFile, writeFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import {
  type Checkpoint,
  readCheckpoint,
  signCheckpoint,
  type VerifierKey,
  verifierKey,
} from '../main/audit/tree/checkpoint.js';
import { leafHash, rootAt, TreeEdge } from '../main/audit/tree/merkleTree.js';
import { recordHash } from '../main/audit/record.js';
import type { AuditPort } from '../main/domain/audit.js';
import { hexOfUuid } from './database.js';
import { MissingFromTree, treeStore } from './treeStore.js';

/** Keeps signed notes where the database's administrator cannot change them: a file on another machine's share, for example. */
export interface Witness {
  /** The newest note that it holds; null: none. */
  newest(): Promise<string | null>;
  keep(note: string): Promise<void>;
}

export interface CheckpointsParts {
  /** Of the role audit_writer. */
  readonly pool: Pool;
  readonly origin: string;
  /** Ed25519. */
  readonly key: KeyObject;
  readonly witness: Witness | null;
  readonly audit: AuditPort;
  readonly now: () => Date;
  readonly report: (error: unknown) => void;
}

/** Milliseconds. */
const BETWEEN = 60_000;

export class Checkpoints {
  readonly verifier: VerifierKey;
  readonly #parts: CheckpointsParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #signed = -1;

  constructor(parts: CheckpointsParts) {
    this.#parts = parts;
    this.verifier = verifierKey(parts.origin, createPublicKey(parts.key));
  }

  /** Compares the witness with the database, then signs again and again. @returns whether they agree */
  async start(): Promise<boolean> {
    const agrees = await this.agrees();
    await this.sign();
    this.#timer = setInterval(() => {
      this.#running = this.sign().catch(this.#parts.report);
    }, BETWEEN);
    return agrees;
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
    await this.sign();
  }

  /** Signs what is committed now; nothing where nothing was since. */
  async sign(): Promise<void> {
    const { pool, origin, key, witness, now } = this.#parts;
    const size = await treeSize(pool);
    if (size === this.#signed || size === 0) return;
    const root = await rootAt(size, treeStore(pool));
    const note = signCheckpoint({ origin, size, root }, key);
    await pool.query(
      'INSERT INTO audit.checkpoint (size, root, at, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [size, root, now(), note],
    );
    await witness?.keep(note);
    this.#signed = size;
  }

  /** Whether everything that the witness and the newest own checkpoint vouch for is still there, as it was. Recorded where not. */
  async agrees(): Promise<boolean> {
    const { pool, witness, audit } = this.#parts;
    const { rows } = await pool.query<{ note: string }>('SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1');
    const notes = [await witness?.newest(), rows[0]?.note].filter((note) => typeof note === 'string');
    for (const note of notes) {
      const signed = readCheckpoint(note, this.verifier);
      if (signed && (await this.#holds(signed))) continue;
      audit.record({ type: 'trail.disagreed', size: signed?.size ?? 0 });
      return false;
    }
    return true;
  }

  async #holds({ size, root }: Checkpoint): Promise<boolean> {
    const { pool } = this.#parts;
    if ((await treeSize(pool)) < size) return false;
    try {
      return (await rootAt(size, treeStore(pool))).equals(root);
    } catch (error) {
      if (error instanceof MissingFromTree) return false;
      throw error;
    }
  }
}

export interface StoreCheck {
  readonly records: number;
  /** Records whose hash does not fit what they say: chain and number. */
  readonly altered: readonly string[];
  /** Whether the tree of all records has the root of the newest checkpoint; null: none was signed. */
  readonly isSigned: boolean | null;
}

/** Records read at a time; altered ones that are named. */
const AT_ONCE = 5_000;
const MOST_NAMED = 1_000;

/**
 * Computes everything anew from every single record, instead of from what is kept of it: finds what was changed beneath.
 * @param pool of the role audit_reader
 */
export async function checkStore(pool: Pool, verifier: VerifierKey): Promise<StoreCheck> {
  const { rows } = await pool.query<{ note: string }>('SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1');
  const signed = rows[0] ? readCheckpoint(rows[0].note, verifier) : null;
  const altered: string[] = [];
  const edge = new TreeEdge();
  let isSigned = rows[0] ? false : null;
  const size = await treeSize(pool);
  for (let from = 0; from < size; from += AT_ONCE) {
    const { rows: records } = await pool.query<CheckedRow>(
      `SELECT leaf, chain::text, sequence, previous, hash, body FROM audit.event WHERE leaf >= $1 AND leaf < $2
       UNION ALL SELECT leaf, NULL, 0, ''::bytea, hash, '' FROM audit.dropped_leaf WHERE leaf >= $1 AND leaf < $2
       ORDER BY leaf`,
      [from, from + AT_ONCE],
    );
    for (const { leaf, chain, sequence, previous, hash, body } of records) {
      if (Number(leaf) !== edge.size) throw new MissingFromTree(`record ${edge.size}`);
      const id = chain === null ? null : hexOfUuid(chain);
      const text = hash.toString('hex');
      if (id !== null && recordHash(id, previous.toString('hex'), sequence, body) !== text)
        if (altered.length < MOST_NAMED) altered.push(`record ${sequence} of chain ${id}`);
      edge.append(id === null ? hash : leafHash(id, text));
      if (edge.size === signed?.size) isSigned = edge.root().equals(signed.root);
    }
  }
  return { records: edge.size, altered, isSigned };
}

interface CheckedRow {
  readonly leaf: string;
  readonly chain: string | null;
  readonly sequence: number;
  readonly previous: Buffer;
  readonly hash: Buffer;
  readonly body: string;
}

async function treeSize(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ size: string | null }>(
    'SELECT greatest((SELECT max(leaf) FROM audit.event), (SELECT max(leaf) FROM audit.dropped_leaf)) + 1 AS size',
  );
  return Number(rows[0]?.size ?? 0);
}

/** A file, one note after the other; each ends with an empty line. */
export function fileWitness(file: string): Witness {
  return {
    newest: async () => {
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
      const last = text
        .split('\n\n\n')
        .filter((note) => note !== '')
        .at(-1);
      return last === undefined ? null : `${last.replace(/\n*$/, '')}\n`;
    },
    keep: (note) => appendFile(file, `${note}\n\n`, { mode: 0o600, flush: true }),
  };
}

/** The key that signs, made at the first start. */
export async function checkpointKey(file: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readFile(file, 'utf8'));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 key`);
    return key;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { flag: 'wx', mode: 0o600, flush: true });
  await chmod(file, 0o600);
  return privateKey;
}
