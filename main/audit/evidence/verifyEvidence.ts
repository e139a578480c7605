/** Judges an export offline: a verdict for every record, against a checkpoint of a key that the investigator trusts. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { RowVerdict } from '../../../preload/auditContract.js';
import { readRecordLine } from '../recordLine.js';
import type { EvidenceRecord } from '../store/auditStore.js';
import { type Checkpoint, readCheckpoint } from '../tree/checkpoint.js';
import { proveRecord } from './provenRecord.js';

const FORMAT = 'lanyard-evidence/1';
/** Bytes; the first line of an export is shorter. */
const LONGEST_HEAD = 64 * 1024;

const Head = z.looseObject({
  format: z.literal(FORMAT),
  checkpoint: z.string().nullable(),
  verifier: z.string().nullable(),
});
const Line = z.strictObject({
  chain: z.string(),
  source: z.string().nullable(),
  node: z.string(),
  version: z.string(),
  previous: z.string(),
  line: z.string(),
  inclusion: z.strictObject({ leaf: z.int(), proof: z.array(z.string()) }).nullable(),
});
const End = z.strictObject({ end: z.literal(true), records: z.int() });

export interface EvidenceLine {
  /** From 1; the head is the first. */
  readonly line: number;
  readonly verdict: RowVerdict | 'unreadable';
  readonly sequence: number | null;
  readonly at: string | null;
  readonly type: string | null;
  readonly why: string;
}

export interface EvidenceVerdict {
  readonly records: number;
  readonly counts: Readonly<Record<EvidenceLine['verdict'], number>>;
  readonly faults: readonly string[];
  readonly doubts: readonly string[];
}

/** Whether the file is an export with proofs, by its first line. */
export async function isEvidence(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_HEAD), 0, LONGEST_HEAD, 0);
    const [first = ''] = buffer.toString('utf8', 0, bytesRead).split('\n');
    return Head.safeParse(json(first)).success;
  } finally {
    await handle.close();
  }
}

/**
 * @param trusted public key of the checkpoints, come by otherwise than with the file; null: none
 * @param each is told of every record
 * @throws the file system's error where the file cannot be read
 */
export async function verifyEvidence(
  file: string,
  trusted: string | null,
  each: (line: EvidenceLine) => Promise<void>,
): Promise<EvidenceVerdict> {
  const counts = { proven: 0, whole: 0, waiting: 0, altered: 0, missing: 0, unreadable: 0 };
  const faults: string[] = [];
  const doubts: string[] = [];
  let checkpoint: Checkpoint | null = null;
  let number = 0;
  let records = 0;
  let end: z.output<typeof End> | null = null;
  const hashes = new Map<string, string>();
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    number += 1;
    if (number === 1) {
      const head = Head.parse(json(text));
      checkpoint = judgeHead(head, trusted, faults, doubts);
      continue;
    }
    const isLate = end !== null;
    end ??= End.safeParse(json(text)).data ?? null;
    if (end && !isLate) continue;
    if (isLate) faults.push(`line ${number} comes after the end`);
    records += 1;
    const parsed = Line.safeParse(json(text)).data;
    if (!parsed) {
      counts.unreadable += 1;
      faults.push(`line ${number} is not a record with its proof`);
      await each({ line: number, verdict: 'unreadable', sequence: null, at: null, type: null, why: '' });
      continue;
    }
    const { verdict, why, sequence, at, type } = judgeRecord(parsed, checkpoint, hashes);
    counts[verdict] += 1;
    if (verdict === 'altered') faults.push(`line ${number}, record ${sequence ?? '?'}: ${why}`);
    await each({ line: number, verdict, sequence, at, type, why });
  }
  if (end === null) faults.push('it has no end: it was cut off');
  else if (end.records !== records) faults.push(`it says that it holds ${end.records} records, and holds ${records}`);
  if (counts.waiting > 0) doubts.push(`${counts.waiting} records are younger than the checkpoint`);
  return { records, counts, faults, doubts };
}

function judgeHead(
  { checkpoint: note, verifier }: z.output<typeof Head>,
  trusted: string | null,
  faults: string[],
  doubts: string[],
): Checkpoint | null {
  if (note === null) {
    doubts.push('no checkpoint: it comes from one computer alone, and nobody else vouches for it');
    return null;
  }
  const key = trusted ?? verifier;
  const read = key === null ? null : readCheckpoint(note, key);
  if (read === null && key !== null) faults.push('the checkpoint is not signed by that key');
  if (trusted === null)
    doubts.push('the key of the checkpoint came with the file: give the server’s own with --checkpoint-key');
  return read;
}

function judgeRecord(
  evidence: EvidenceRecord,
  checkpoint: Checkpoint | null,
  hashes: Map<string, string>,
): Omit<EvidenceLine, 'line' | 'verdict'> & { readonly verdict: RowVerdict } {
  const { verdict, steps } = proveRecord(evidence, checkpoint);
  const read = readRecordLine(evidence.line);
  const { sequence = null, at = null } = read?.record ?? {};
  const said = { sequence, at, type: read?.record.event.type ?? null };
  const key = (of: number): string => `${evidence.chain}/${of}`;
  if (read && sequence !== null) {
    const before = hashes.get(key(sequence - 1));
    if (hashes.has(key(sequence))) return { verdict: 'altered', why: 'it is there twice', ...said };
    hashes.set(key(sequence), read.hash);
    if (before !== undefined && before !== evidence.previous)
      return { verdict: 'altered', why: 'it does not follow the record before it', ...said };
  }
  return { verdict, why: steps.at(-1) ?? '', ...said };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
