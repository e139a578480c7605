/** Judges one record by what came with it: its hash, its place in the signed tree, and who signed. */
import type { RowVerdict } from '../../../preload/auditContract.js';
import { recordHash } from '../record.js';
import { readRecordLine } from '../recordLine.js';
import type { EvidenceRecord } from '../store/auditStore.js';
import type { Checkpoint } from '../tree/checkpoint.js';
import { leafHash, rootFromProof } from '../tree/merkleTree.js';

export interface Proof {
  readonly verdict: RowVerdict;
  /** What was compared, in plain words. */
  readonly steps: readonly string[];
}

/** @param checkpoint signed by a key that is trusted; null: there is none */
export function proveRecord(
  { chain, previous, line, inclusion }: EvidenceRecord,
  checkpoint: Checkpoint | null,
): Proof {
  const read = readRecordLine(line);
  if (read === null) return { verdict: 'altered', steps: ['It is not a record in its one form'] };
  const { hash, record, canonical } = read;
  const steps: string[] = [];
  if (!/^[0-9a-f]{32}$/.test(chain) || !/^[0-9a-f]{64}$/.test(previous))
    return { verdict: 'altered', steps: ['Its place in the chain is not said as it should be'] };
  if (recordHash(chain, previous, record.sequence, canonical) !== hash)
    return { verdict: 'altered', steps: ['Its hash does not fit what it says'] };
  steps.push(`Its hash fits what it says and the record before it (${hash.slice(0, 12)}…)`);
  if (checkpoint === null)
    return {
      verdict: 'whole',
      steps: [...steps, 'No checkpoint of a trusted key: what the database says is believed'],
    };
  if (inclusion === null)
    return { verdict: 'waiting', steps: [...steps, 'It is younger than the newest checkpoint: ask again in a minute'] };
  const { leaf, proof } = inclusion;
  const path = proof.map((text) => Buffer.from(text, 'base64'));
  const root = rootFromProof(leafHash(chain, hash), leaf, checkpoint.size, path);
  if (root?.equals(checkpoint.root) !== true)
    return { verdict: 'altered', steps: [...steps, `It is not in the signed tree of ${checkpoint.size} records`] };
  return {
    verdict: 'proven',
    steps: [
      ...steps,
      `${path.length} hashes lead from it (place ${leaf}) to the root of ${checkpoint.size} records`,
      `That root is signed by ${checkpoint.origin}`,
    ],
  };
}
