/** One line of the audit trail: the record, its place in the chain, and the hash that holds it there. */
import { createHash } from 'node:crypto';
import type { AuditEvent } from '../domain/audit.js';
import { canonicalJson } from './canonicalJson.js';
import type { MacKey } from './macKey.js';

/** What happened, with who was signed in when it did. */
export interface AuditRecord {
  /** Version of this layout. */
  readonly version: 1;
  /** 1 for chain.open, then one more for every record. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Principal name of who is signed in, or null. */
  readonly user: string | null;
  /** Random id of this sign-in, or null while nobody is signed in. */
  readonly session: string | null;
  readonly event: AuditEvent;
}

/** A line as it stands in the spool: canonical JSON of this, then a line feed. */
export interface AuditLine {
  /** Lower-case hex, 32 bytes. */
  readonly hash: string;
  /** Lower-case hex, 32 bytes; absent where chain.open says that there are none. */
  readonly mac?: string;
  readonly record: AuditRecord;
}

/** The hash "before" the first record of a chain. */
export const noHash = '0'.repeat(64);

/** Random id of a chain: 16 bytes, lower-case hex. */
export type ChainId = string;

/**
 * h_n = SHA-256(0x00 ‖ chain ‖ h_(n-1) ‖ be64(n) ‖ canonical record). Source: the audit specification, "Tamper evidence".
 * `canonical` is the record as canonical JSON; `chain` 16 bytes and `previous` 32 bytes, both in hex.
 */
export function recordHash(chain: ChainId, previous: string, sequence: number, canonical: string): string {
  const place = Buffer.allocUnsafe(57);
  place.writeUInt8(0, 0);
  if (place.write(chain, 1, 16, 'hex') !== 16 || place.write(previous, 17, 32, 'hex') !== 32)
    throw new TypeError('a chain has 16 bytes and a hash 32, in hexadecimal');
  place.writeBigUInt64BE(BigInt(sequence), 49);
  return createHash('sha256').update(place).update(canonical, 'utf8').digest('hex');
}

/** The line's bytes, line feed included; with a MAC where there is a key. Does not evolve the key. */
export function lineBytes(
  chain: ChainId,
  previous: string,
  record: AuditRecord,
  key: MacKey | null,
): { hash: string; bytes: Buffer } {
  const canonical = canonicalJson(record);
  const hash = recordHash(chain, previous, record.sequence, canonical);
  // "hash", "mac", "record" is their sorted order: canonical JSON of an AuditLine without making the record's text twice.
  const mac = key === null ? '' : `,"mac":"${key.mac(hash)}"`;
  return { hash, bytes: Buffer.from(`{"hash":"${hash}"${mac},"record":${canonical}}\n`) };
}
