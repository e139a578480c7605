/** The chain before this one: its name, its last whole record, and a torn end cut off. */
import { createHash } from 'node:crypto';
import type { AuditEvent, PreviousChain } from '../domain/audit.js';
import type { AuditFile, AuditFolder } from './auditFile.js';
import type { AuditLine, ChainId } from './record.js';

export type TornLine = Extract<AuditEvent, { type: 'chain.tornLineCut' }>;

export interface LookBack {
  readonly previous: PreviousChain | null;
  readonly torn: readonly TornLine[];
  /** Number for the next file: counted, so that a clock set back cannot hide a chain. */
  readonly nextNumber: number;
}

/** Bytes; no record comes near. */
const longestLine = 64 * 1024;

const hashPattern = /^[0-9a-f]{64}$/;
const namePattern = /^(\d{6,12})-([0-9a-f]{32})\.ndjson$/;

export function fileName(number: number, chain: string): string {
  return `${String(number).padStart(6, '0')}-${chain}.ndjson`;
}

/** What a spool file's name says, or null where it is no spool file. */
export function parseFileName(name: string): { readonly number: number; readonly chain: ChainId } | null {
  const [, number, chain] = namePattern.exec(name) ?? [];
  return number === undefined || chain === undefined ? null : { number: Number(number), chain };
}

/** Reads the newest chain; cuts torn ends (a power cut in the middle of a write) and reports each. */
export function lookBack(folder: AuditFolder): LookBack {
  const files = folder
    .names()
    .flatMap((name) => {
      const parsed = parseFileName(name);
      return parsed === null ? [] : [{ name, ...parsed }];
    })
    .sort((one, other) => other.number - one.number);
  const nextNumber = (files[0]?.number ?? 0) + 1;
  const torn: TornLine[] = [];
  for (const { name, chain } of files) {
    const file = folder.open(name);
    if (file === null) continue;
    try {
      const cut = cutTornLine(file, chain);
      if (cut) torn.push(cut);
      const line = lastLine(file);
      if (line !== null) return { previous: readPrevious(chain, line), torn, nextNumber };
      // Not even chain.open reached the disk: the chain before that one is the previous.
    } finally {
      file.close();
    }
  }
  return { previous: null, torn, nextNumber };
}

function cutTornLine(file: AuditFile, chain: string): TornLine | null {
  const tail = file.tail(longestLine);
  const whole = tail.lastIndexOf(0x0a) + 1;
  if (whole === tail.length) return null;
  const rest = tail.subarray(whole);
  file.cutTo(file.size() - rest.length);
  return {
    type: 'chain.tornLineCut',
    chain,
    bytes: rest.length,
    hash: createHash('sha256').update(rest).digest('hex'),
  };
}

/** The last whole line without its line feed, or null in an empty file. */
export function lastLine(file: AuditFile): string | null {
  const tail = file.tail(longestLine);
  if (tail.length === 0) return null;
  return tail.subarray(tail.lastIndexOf(0x0a, tail.length - 2) + 1, tail.length - 1).toString('utf8');
}

function readPrevious(chain: string, text: string): PreviousChain {
  const line = parseLine(text);
  return {
    chain,
    head: line?.hash ?? null,
    sequence: line?.record.sequence ?? null,
    closed: line?.record.event.type === 'chain.close',
  };
}

/** A line that has the shape of a record, or null. Whether it is true is verifyChain's question. */
export function parseLine(text: string): AuditLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const { hash, mac, record } = (typeof value === 'object' && value !== null ? value : {}) as Partial<AuditLine>;
  const looksRight =
    typeof hash === 'string' &&
    hashPattern.test(hash) &&
    (mac === undefined || (typeof mac === 'string' && hashPattern.test(mac))) &&
    typeof record === 'object' &&
    (record as AuditLine['record'] | null) !== null &&
    Number.isSafeInteger(record.sequence) &&
    record.sequence >= 0 &&
    typeof record.event === 'object' &&
    typeof (record.event as { type?: unknown } | null)?.type === 'string';
  return looksRight ? { hash, ...(mac === undefined ? {} : { mac }), record } : null;
}
