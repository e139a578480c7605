/** The tree over the records against RFC 6962's own definition, and the signed note against C2SP's example. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCheckpoint, signCheckpoint, verifierKey } from '../../main/audit/tree/checkpoint.js';
import {
  type Hash,
  inclusionProof,
  leafHash,
  rootAt,
  rootFromProof,
  TreeEdge,
  type TreeStore,
} from '../../main/audit/tree/merkleTree.js';

const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
/** MTH of RFC 6962, 2.1, word for word, over hashes of leaves. */
function definition(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha();
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Buffer.from([1]), definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

function grown(count: number): { edge: TreeEdge; leaves: Hash[]; store: TreeStore } {
  const edge = new TreeEdge();
  const nodes = new Map<string, Hash>();
  const leaves = Array.from({ length: count }, () => randomBytes(32));
  for (const leaf of leaves)
    for (const { level, index, hash } of edge.append(leaf)) nodes.set(`${level}/${index}`, hash);
  const store: TreeStore = {
    leaves: (from, to) => Promise.resolve(leaves.slice(from, to)),
    node: (level, index) => {
      const hash = nodes.get(`${level}/${index}`);
      return hash ? Promise.resolve(hash) : Promise.reject(new Error(`node ${level}/${index} was never made`));
    },
  };
  return { edge, leaves, store };
}

const sizes = [0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1000, 1793];

describe('the tree', () => {
  test.each(sizes)('of %i leaves has the root that RFC 6962 defines', (size) => {
    const { edge, leaves } = grown(size);
    expect(edge.root()).toEqual(definition(leaves));
    expect(edge.size).toBe(size);
  });

  test('has the roots of the test vectors of Certificate Transparency', () => {
    // Source: google/certificate-transparency, "known good" leaves and roots.
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const edge = new TreeEdge();
    for (const leaf of data) edge.append(sha(Buffer.from([0]), Buffer.from(leaf, 'hex')));
    expect(edge.root().toString('hex')).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  test.each(sizes)('of %i leaves goes on from what is kept of it', async (size) => {
    const { edge, store } = grown(size);
    const again = await TreeEdge.load(size, store);
    const more = randomBytes(32);
    edge.append(more);
    again.append(more);
    expect(again.root()).toEqual(edge.root());
  });

  test('proves every leaf at every size, and nothing else', async () => {
    const { leaves, store } = grown(600);
    for (const size of [1, 2, 5, 256, 300, 513, 600]) {
      const root = await rootAt(size, store);
      for (let leaf = 0; leaf < size; leaf += size > 10 ? 7 : 1) {
        const proof = await inclusionProof(leaf, size, store);
        const mine = leaves[leaf] ?? sha();
        expect(rootFromProof(mine, leaf, size, proof)).toEqual(root);
        expect(rootFromProof(randomBytes(32), leaf, size, proof)).not.toEqual(root);
        if (size > 1) expect(rootFromProof(mine, (leaf + 1) % size, size, proof)).not.toEqual(root);
        expect(rootFromProof(mine, leaf, size, [...proof, mine])).toBeNull();
      }
    }
    await expect(inclusionProof(600, 600, store)).rejects.toThrow('there is no leaf 600');
  });

  test('a leaf names the chain as well as the record', () => {
    const [one, other] = ['aa'.repeat(16), 'bb'.repeat(16)];
    expect(leafHash(one, 'cc'.repeat(32))).not.toEqual(leafHash(other, 'cc'.repeat(32)));
    expect(leafHash(one, 'cc'.repeat(32)).length).toBe(32);
  });
});

describe('a checkpoint', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const checkpoint = { origin: 'audit.ward.example.nhs/trail', size: 1793, root: randomBytes(32) };
  const note = signCheckpoint(checkpoint, privateKey);
  const key = verifierKey(checkpoint.origin, publicKey);

  test('is read again by whoever has the key', () => {
    expect(readCheckpoint(note, key)).toEqual(checkpoint);
    expect(note).toMatch(
      /^audit\.ward\.example\.nhs\/trail\n1793\n[A-Za-z0-9+/=]{44}\n\n— audit\.ward\.example\.nhs\/trail \S+\n$/,
    );
  });

  test.each([
    ['another size', note.replace('1793', '1794')],
    ['another root', note.replace(/\n[A-Za-z0-9+/]{4}/, '\nAAAA')],
    ['another origin', note.replaceAll('ward', 'bard')],
    ['no signature', note.split('\n\n')[0] ?? ''],
    ['another text', 'hello'],
  ])('with %s is none', (_name, altered) => {
    expect(readCheckpoint(altered, key)).toBeNull();
  });

  test('of another key is none, whatever that key is called', () => {
    const other = generateKeyPairSync('ed25519');
    expect(readCheckpoint(note, verifierKey(checkpoint.origin, other.publicKey))).toBeNull();
    expect(readCheckpoint(signCheckpoint(checkpoint, other.privateKey), key)).toBeNull();
    expect(readCheckpoint(note, 'nonsense')).toBeNull();
  });

  test('names a key as the format’s own example does', () => {
    // Source: C2SP signed-note.md, "Example".
    const [name = '', id, key = ''] = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'.split('+');
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64').subarray(1)]);
    expect(verifierKey(name, createPublicKey({ key: der, format: 'der', type: 'spki' }))).toBe(`${name}+${id}+${key}`);
  });
});
