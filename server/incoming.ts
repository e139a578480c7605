/**
 * Judges what a workstation sends against what is held of its chains: a record goes on from the one before it, comes
 * a second time, comes too early, or is kept apart. Knows no database; the writer asks it and then writes.
 */
import { type AuditRecord, type ChainId, noHash, recordHash } from '../main/audit/record.js';
import { readRecordLine } from '../main/audit/recordLine.js';
import { z } from 'zod';
import type { TrailRefusal } from '../main/domain/audit.js';

/** What is held of one chain. */
export interface ChainState {
  /** By the certificate of whoever opened it. */
  readonly source: string;
  readonly node: string;
  readonly host: string | null;
  readonly version: string;
  readonly opened: string;
  readonly sequence: number;
  /** Lower-case hex. */
  readonly head: string;
  readonly last: string;
  readonly isClosed: boolean;
  readonly before: { readonly chain: ChainId; readonly sequence: number | null; readonly head: string | null } | null;
}

export interface SentLine {
  readonly chain: ChainId;
  /** As it stands in the spool, without its line feed. */
  readonly line: string;
}

export interface Taken {
  readonly chain: ChainId;
  readonly state: ChainState;
  readonly record: AuditRecord;
  readonly canonical: string;
  readonly previous: string;
  readonly hash: string;
  readonly mac: string | null;
}

export type Judgement =
  | { readonly kind: 'taken'; readonly taken: Taken }
  /** The same number is held: whether it is the same record is to be seen. */
  | { readonly kind: 'held'; readonly sequence: number; readonly canonical: string }
  | { readonly kind: 'gap'; readonly heldThrough: number }
  | { readonly kind: 'refused'; readonly sequence: number | null; readonly because: TrailRefusal };

const chainPattern = /^[0-9a-f]{32}$/;
const hex = (bytes: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const text = z
  .string()
  .max(300)
  .refine((value) => !value.includes('\0'));
const Opened = z.looseObject({
  type: z.literal('chain.open'),
  chain: hex(16),
  node: text,
  version: text,
  host: text.optional(),
  previous: z
    .looseObject({ chain: hex(16), sequence: z.int().min(0).max(2_147_483_647).nullable(), head: hex(32).nullable() })
    .nullable(),
});

/** Of a 32-bit column. */
const HIGHEST_SEQUENCE = 2_147_483_647;
/** No clock of a workstation is this far off; a month of its own is not made for one that is. */
const EARLIEST = '2020-01-01T00:00:00.000Z';
const LATEST = '2100-01-01T00:00:00.000Z';
const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * @param held null: nothing is held of this chain
 * @param isComplete the sender has nothing before this any more: a gap will not be filled
 */
export function judge(
  { chain, line }: SentLine,
  held: ChainState | null,
  peer: string,
  isComplete: boolean,
): Judgement {
  const read = chainPattern.test(chain) ? readRecordLine(line) : null;
  if (read === null || !isStorable(read.record)) return { kind: 'refused', sequence: null, because: 'unreadable' };
  const { record, canonical, hash, mac } = read;
  const { sequence } = record;
  const expected = (held?.sequence ?? 0) + 1;
  if (sequence < expected) return { kind: 'held', sequence, canonical };
  if (sequence > expected)
    return isComplete ? { kind: 'refused', sequence, because: 'gap' } : { kind: 'gap', heldThrough: expected - 1 };
  const previous = held?.head ?? noHash;
  const refused = { kind: 'refused', sequence, because: 'altered' } as const;
  if (recordHash(chain, previous, sequence, canonical) !== hash) return refused;
  const { event, at } = record;
  if (held === null) {
    const opened = Opened.safeParse(event);
    if (!opened.success || opened.data.chain !== chain) return refused;
    const { node, version, host, previous: before } = opened.data;
    const state: ChainState = {
      source: peer,
      node,
      host: host ?? null,
      version,
      opened: at,
      sequence,
      head: hash,
      last: at,
      isClosed: false,
      before,
    };
    return { kind: 'taken', taken: { chain, state, record, canonical, previous, hash, mac: mac ?? null } };
  }
  const state = { ...held, sequence, head: hash, last: at, isClosed: event.type === 'chain.close' };
  return { kind: 'taken', taken: { chain, state, record, canonical, previous, hash, mac: mac ?? null } };
}

/** PostgreSQL's text holds no NUL; canonical JSON writes it as an escape, so the body is safe and the columns are not. */
function isStorable({ sequence, at, user, session }: AuditRecord): boolean {
  return (
    sequence <= HIGHEST_SEQUENCE &&
    instantPattern.test(at) &&
    !Number.isNaN(Date.parse(at)) &&
    at >= EARLIEST &&
    at < LATEST &&
    (user === null || (typeof user === 'string' && !user.includes('\0'))) &&
    (session === null || (typeof session === 'string' && chainPattern.test(session)))
  );
}
