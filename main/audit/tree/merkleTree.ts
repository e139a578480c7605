/**
 * The tree over all records of the audit server, as RFC 6962 (section 2.1) has it: whoever holds a signed root can be
 * shown that a record is in it, and nothing can be taken out, put in or changed without another root.
 *
 * Only whole subtrees of 2^BLOCK_LEVEL leaves and more are kept as nodes; what is smaller is computed from its leaves.
 */
import { createHash } from 'node:crypto';

/** SHA-256: 32 bytes. */
export type Hash = Buffer;

/** Leaves of the smallest subtree that is kept: 2^8. */
const BLOCK_LEVEL = 8;
const BLOCK = 2 ** BLOCK_LEVEL;

export interface TreeNode {
  /** Of a subtree of 2^level leaves. */
  readonly level: number;
  /** Counted from 0 within its level. */
  readonly index: number;
  readonly hash: Hash;
}

/** Where leaves and nodes are kept. */
export interface TreeStore {
  /** Hashes of the leaves from `from` up to, not including, `to`. */
  leaves(from: number, to: number): Promise<readonly Hash[]>;
  /** Of whole subtrees of at least 2^BLOCK_LEVEL leaves only. */
  node(level: number, index: number): Promise<Hash>;
}

/** What stands in the tree for one record: its chain, and its hash in it (both hex). */
export function leafHash(chain: string, hash: string): Hash {
  return createHash('sha256')
    .update(Buffer.from([0]))
    .update(chain, 'hex')
    .update(hash, 'hex')
    .digest();
}

function nodeHash(left: Hash, right: Hash): Hash {
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}

/** The right edge of a growing tree: its whole subtrees, largest first. */
export class TreeEdge {
  readonly #peaks: { readonly level: number; readonly hash: Hash }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** As it stands in the store: `size` leaves. */
  static async load(size: number, store: TreeStore): Promise<TreeEdge> {
    const edge = new TreeEdge();
    const blocks = Math.floor(size / BLOCK) * BLOCK;
    for (let from = 0, level = Math.floor(Math.log2(Math.max(1, blocks))); from < blocks; level -= 1) {
      const width = 2 ** level;
      if (from + width > blocks) continue;
      edge.#peaks.push({ level, hash: await store.node(level, from / width) });
      from += width;
    }
    edge.#size = blocks;
    for (const leaf of await store.leaves(blocks, size)) edge.append(leaf);
    return edge;
  }

  /** A copy that may grow, and be thrown away. */
  copy(): TreeEdge {
    const edge = new TreeEdge();
    edge.#peaks.push(...this.#peaks);
    edge.#size = this.#size;
    return edge;
  }

  /** @returns the nodes to be kept that became whole */
  append(leaf: Hash): TreeNode[] {
    const whole: TreeNode[] = [];
    let level = 0;
    let hash = leaf;
    for (let last = this.#peaks.at(-1); last?.level === level; last = this.#peaks.at(-1)) {
      this.#peaks.pop();
      hash = nodeHash(last.hash, hash);
      level += 1;
      if (level >= BLOCK_LEVEL) whole.push({ level, index: Math.floor(this.#size / 2 ** level), hash });
    }
    this.#peaks.push({ level, hash });
    this.#size += 1;
    return whole;
  }

  /** Of an empty tree: SHA-256 of nothing. */
  root(): Hash {
    const [last, ...before] = this.#peaks.toReversed();
    if (!last) return createHash('sha256').digest();
    return before.reduce((right, { hash }) => nodeHash(hash, right), last.hash);
  }
}

/** The root of the first `size` leaves. */
export async function rootAt(size: number, store: TreeStore): Promise<Hash> {
  return (await TreeEdge.load(size, store)).root();
}

/** Hashes from the leaf's neighbour up to the root of `size` leaves. Source: RFC 6962, 2.1.1. */
export async function inclusionProof(leaf: number, size: number, store: TreeStore): Promise<readonly Hash[]> {
  if (leaf < 0 || leaf >= size) throw new RangeError(`there is no leaf ${leaf} in a tree of ${size}`);
  const path: Hash[] = [];
  let [from, to] = [0, size];
  const beside: (readonly [number, number])[] = [];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (leaf < middle) {
      beside.push([middle, to]);
      to = middle;
    } else {
      beside.push([from, middle]);
      from = middle;
    }
  }
  for (const [left, right] of beside.toReversed()) path.push(await rangeHash(left, right, store));
  return path;
}

/** The root that leaf and proof lead to; null: they lead nowhere. Source: RFC 9162, 2.1.3.2. */
export function rootFromProof(leaf: Hash, index: number, size: number, proof: readonly Hash[]): Hash | null {
  if (index < 0 || index >= size) return null;
  let hash = leaf;
  let [at, last] = [index, size - 1];
  for (const beside of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(beside, hash);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else hash = nodeHash(hash, beside);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : null;
}

async function rangeHash(from: number, to: number, store: TreeStore): Promise<Hash> {
  const width = to - from;
  const level = Math.log2(width);
  if (Number.isInteger(level) && level >= BLOCK_LEVEL) return store.node(level, from / width);
  if (width <= BLOCK) {
    const edge = new TreeEdge();
    for (const leaf of await store.leaves(from, to)) edge.append(leaf);
    return edge.root();
  }
  const middle = from + largestPowerBelow(width);
  return nodeHash(await rangeHash(from, middle, store), await rangeHash(middle, to, store));
}

/** The largest power of two below a number of at least 2. */
function largestPowerBelow(number: number): number {
  return 2 ** (Math.ceil(Math.log2(number)) - 1);
}
