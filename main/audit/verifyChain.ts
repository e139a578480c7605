/** Reads a spool file as an investigator would: a verdict for every line, and every gap by its numbers. */
import { canonicalJson } from './canonicalJson.js';
import { parseLine } from './previousChain.js';
import { type AuditRecord, noHash, recordHash } from './record.js';

export type LineVerdict =
  | 'good'
  /** Not a record at all, or not in its one canonical form. */
  | 'unreadable'
  /** Its hash does not fit its content and the record before it: one of the two was changed. */
  | 'altered'
  /** Comes after a gap: nothing before it can vouch for it. */
  | 'unlinked'
  /** A number that was there before: swapped or replayed. */
  | 'out-of-order';

export interface VerifiedLine {
  /** From 1. */
  readonly line: number;
  readonly verdict: LineVerdict;
  readonly record: AuditRecord | null;
}

export interface ChainVerdict {
  readonly lines: readonly VerifiedLine[];
  /** Every fault in plain words; empty: the chain is whole. */
  readonly faults: readonly string[];
}

/**
 * @param text the whole spool file
 * @param chain its chain id (as in the file's name): needed where the first record was cut off
 */
export function verifyChain(text: string, chain: string): ChainVerdict {
  const faults: string[] = [];
  const pieces = text.split('\n');
  const rest = pieces.pop() ?? '';
  let expected = 1;
  let previous = noHash;
  const lines = pieces.map((piece, index): VerifiedLine => {
    const line = parseLine(piece);
    if (!line || canonicalJson(line) !== piece) {
      faults.push(`line ${index + 1} is not a record`);
      return { line: index + 1, verdict: 'unreadable', record: null };
    }
    const { record, hash } = line;
    const { sequence } = record;
    if (sequence < expected) {
      faults.push(`record ${sequence} is out of order`);
      return { line: index + 1, verdict: 'out-of-order', record };
    }
    const isLinked = sequence === expected;
    if (!isLinked)
      faults.push(expected === 1 ? `does not start at 1 but at ${sequence}` : `missing ${expected}..${sequence - 1}`);
    const fits = isLinked && hash === recordHash(chain, previous, sequence, canonicalJson(record));
    if (isLinked && !fits) faults.push(`record ${sequence} was altered, or the one before it`);
    expected = sequence + 1;
    previous = hash;
    return { line: index + 1, verdict: fits ? 'good' : isLinked ? 'altered' : 'unlinked', record };
  });
  const first = lines[0]?.record?.event;
  if (first?.type === 'chain.open' && first.chain !== chain) faults.push('chain.open names another chain');
  if (rest !== '') faults.push(`torn: ${Buffer.byteLength(rest)} bytes after the last record`);
  if (lines.at(-1)?.record?.event.type !== 'chain.close')
    faults.push('no chain.close: Lanyard crashed, still runs, or the tail was cut');
  return { lines, faults };
}
