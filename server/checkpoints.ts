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
import { rootAt, TreeEdge } from '../main/audit/tree/merkleTree.js';
import type { AuditPort } from '../main/domain/audit.js';
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

/** The root computed from every single record, instead of from what is kept of the tree: finds what was changed under it. */
export async function rootOfRecords(pool: Pool, size: number): Promise<Buffer> {
  const edge = new TreeEdge();
  for (let from = 0; from < size; from += 10_000) {
    const leaves = await treeStore(pool).leaves(from, Math.min(size, from + 10_000));
    for (const leaf of leaves) edge.append(leaf);
  }
  return edge.root();
}

export async function treeSize(pool: Pool): Promise<number> {
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
