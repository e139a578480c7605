/**
 * What the audit pages need of a trail: of the audit server, over HTTPS (remoteAuditStore.ts), or of this computer's own
 * spool (spoolAuditStore.ts). Both pass one contract test. Whether somebody may ask, and that it is recorded, is for
 * whoever asks here.
 */
import type {
  AuditActivity,
  AuditAlert,
  AuditAnswer,
  AuditFilter,
  QuestionId,
  RowName,
  RowProof,
  TrailHealth,
} from '../../../preload/auditContract.js';
import type { ChainId } from '../record.js';

export interface AuditAsk {
  readonly question: QuestionId;
  readonly filter: AuditFilter;
  /** null: the newest. */
  readonly cursor: string | null;
  /** Why, in words; null: identities stay masked. */
  readonly reason: string | null;
}

/** One record as evidence: everything that proves it. */
export interface EvidenceRecord {
  readonly chain: ChainId;
  readonly source: string | null;
  readonly node: string;
  readonly version: string;
  /** Hash of the record before it, hex. */
  readonly previous: string;
  /** As it stands in the spool. */
  readonly line: string;
  /** Place in the tree and the way up to the checkpoint's root (base64); null: it is in no signed tree. */
  readonly inclusion: { readonly leaf: number; readonly proof: readonly string[] } | null;
}

export interface Evidence {
  /** Signed note of the tree; null: there is none. */
  readonly checkpoint: string | null;
  readonly records: AsyncIterable<EvidenceRecord>;
}

export interface AuditStore {
  readonly place: 'server' | 'spool';
  /** Newest first; pages of PAGE_ROWS. */
  ask(ask: AuditAsk): Promise<AuditAnswer>;
  /** How much of what the question narrows down to happened when. */
  activity(question: QuestionId, filter: AuditFilter): Promise<AuditActivity>;
  /** Accesses by break-glass, newest first; at most 500. */
  alerts(reason: string | null): Promise<readonly AuditAlert[]>;
  /** Deliveries are of the computer that asks, not of the trail. */
  health(): Promise<Omit<TrailHealth, 'deliveries'>>;
  prove(rows: readonly RowName[]): Promise<readonly RowProof[]>;
  /** Oldest first. */
  evidence(question: QuestionId, filter: AuditFilter, reason: string): Promise<Evidence>;
}

/** Stretches of an activity strip. */
export const STRETCHES = 60;
/** An activity strip without a beginning begins so many milliseconds before its end. */
const USUAL_STRIP = 7 * 86_400_000;

export function stripOf(
  { from, to }: Pick<AuditFilter, 'from' | 'to'>,
  now: Date,
): { readonly begin: number; readonly stretch: number } {
  const end = to === undefined ? now.getTime() : Date.parse(to);
  const begin = from === undefined ? end - USUAL_STRIP : Date.parse(from);
  return { begin, stretch: Math.max(1, Math.ceil((end - begin) / STRETCHES)) };
}

/** Where a page ended: when its last record was written, and its place among all. */
export interface Cursor {
  readonly at: string;
  readonly place: number;
}

export function writeCursor({ at, place }: Cursor): string {
  return `${at}~${place}`;
}

/** @returns null: it is none */
export function readCursor(text: string): Cursor | null {
  const [, at, place] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~(\d{1,15})$/.exec(text) ?? [];
  return at === undefined ? null : { at, place: Number(place) };
}
