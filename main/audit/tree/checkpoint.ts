/**
 * A signed root: how many records there were, and the hash of all of them. A text that people can keep on paper.
 * Source: C2SP, "tlog-checkpoint" and "signed-note" (Ed25519).
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Hash } from './merkleTree.js';

export interface Checkpoint {
  /** Names the tree: "audit.ward.example.nhs/trail". */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** A public key with its name, as the format has it: name+key id+key. */
export type VerifierKey = string;

const ED25519 = 1;
/** Of a DER public key (RFC 8410) the last 32 bytes are the key itself. */
const KEY_BYTES = 32;
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const keyId = (name: string, key: Buffer): Buffer =>
  createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([ED25519]))
    .update(key)
    .digest()
    .subarray(0, 4);

/** @param publicKey Ed25519 */
export function verifierKey(name: string, publicKey: KeyObject): VerifierKey {
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  return `${name}+${keyId(name, key).toString('hex')}+${Buffer.concat([Buffer.from([ED25519]), key]).toString('base64')}`;
}

function bodyOf({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`;
}

/** @param key Ed25519; its public half is known to verifiers under `origin` */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): string {
  const body = bodyOf(checkpoint);
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  const signature = Buffer.concat([keyId(checkpoint.origin, raw), sign(null, Buffer.from(body), key)]);
  return `${body}\n— ${checkpoint.origin} ${signature.toString('base64')}\n`;
}

const notePattern = /^([^\n]+)\n(\d{1,15})\n([A-Za-z0-9+/]{43}=)\n\n((?:— [^\n]+\n)+)$/;

/** @returns null: it is no checkpoint, or not signed by this key */
export function readCheckpoint(note: string, verifier: VerifierKey): Checkpoint | null {
  const [, origin = '', size = '', root = '', signatures = ''] = notePattern.exec(note) ?? [];
  const [name, id, encoded] = splitKey(verifier);
  const key = Buffer.from(encoded, 'base64');
  if (origin === '' || origin !== name || key.length !== KEY_BYTES + 1 || key[0] !== ED25519) return null;
  const raw = key.subarray(1);
  if (keyId(name, raw).toString('hex') !== id) return null;
  const publicKey = createPublicKey({ key: Buffer.concat([DER_PREFIX, raw]), format: 'der', type: 'spki' });
  const body = Buffer.from(`${origin}\n${size}\n${root}\n`);
  const isSigned = signatures
    .split('\n')
    .filter((line) => line.startsWith(`— ${name} `))
    .some((line) => {
      const signature = Buffer.from(line.slice(name.length + 3), 'base64');
      return signature.subarray(0, 4).toString('hex') === id && verify(null, body, publicKey, signature.subarray(4));
    });
  return isSigned ? { origin, size: Number(size), root: Buffer.from(root, 'base64') } : null;
}

/** The name may hold anything but a plus and a blank; base64 may hold a plus. */
function splitKey(verifier: VerifierKey): readonly [name: string, id: string, key: string] {
  const [, name = '', id = '', key = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifier) ?? [];
  return [name, id, key];
}
