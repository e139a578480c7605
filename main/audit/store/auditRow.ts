/** How a record stands before people: one row, and its identities masked until somebody says why they want to know. */
import type { AuditAlert, AuditRow, ShownSpan } from '../../../preload/auditContract.js';
import { masked } from '../../domain/auditQuestions.js';
import { sentenceOf } from '../../domain/auditSentences.js';
import { auditColumns } from '../auditColumns.js';
import { canonicalJson } from '../canonicalJson.js';
import type { AuditRecord, ChainId } from '../record.js';

/** A record with what its chain, and whoever keeps it, says of it. */
export interface TrailEntry {
  readonly chain: ChainId;
  /** Whose computer, by its certificate; null: this one. */
  readonly source: string | null;
  readonly node: string;
  readonly record: AuditRecord;
}

/** Members of an event that say who a patient is, or what somebody wrote of one. */
const IDENTIFYING: ReadonlySet<string> = new Set([
  'nhsNumber',
  'value',
  'dateOfBirth',
  'name',
  'words',
  'numbers',
  'patient',
  'note',
]);
/** Events whose reason is somebody's own words: they may name a patient. */
const OWN_WORDS: ReadonlySet<string> = new Set(['audit.viewed', 'audit.exported', 'support.unmasked']);

export function auditRow({ chain, source, node, record }: TrailEntry, isMasked: boolean): AuditRow {
  const { sequence, at, session, event } = record;
  const { type, outcome, user, patient, system } = auditColumns(record);
  return {
    chain,
    sequence,
    at,
    source,
    node,
    user,
    session,
    type,
    outcome,
    patient: shownPatient(patient, isMasked),
    system,
    sentence: sentenceOf(event),
    details: Object.entries(event)
      .filter(([name, value]) => name !== 'type' && value !== null && value !== undefined)
      .map(([name, value]: [string, unknown]) => {
        const isOwn = name === 'reason' && OWN_WORDS.has(type);
        const shown = !isMasked ? value : isOwn ? '•••' : withoutIdentities(name, value);
        return [name, typeof shown === 'string' ? shown : canonicalJson(shown)];
      }),
  };
}

function shownPatient(patient: string | null, isMasked: boolean): string | null {
  return patient === null ? null : isMasked ? masked(patient) : patient;
}

/** A page on the screen. @param to null: no line says */
export function shownSpan(entry: TrailEntry, to: string | null, isMasked: boolean): ShownSpan | null {
  const { record, chain, node } = entry;
  const { event } = record;
  if (event.type !== 'system.displayed') return null;
  const { user, patient } = auditColumns(record);
  return {
    chain,
    sequence: record.sequence,
    from: event.at,
    to,
    user,
    node,
    session: record.session,
    system: event.systemId,
    patient: shownPatient(patient, isMasked),
    verified: event.verified,
  };
}

/** @param answered the newest of the records that answer it */
export function auditAlert(opened: TrailEntry, answered: AuditRecord | null, isMasked: boolean): AuditAlert | null {
  const { event } = opened.record;
  if (event.type !== 'breakGlass.opened') return null;
  const { user, patient } = auditColumns(opened.record);
  const answer = answered?.event.type === 'alert.answered' ? answered.event : null;
  return {
    reference: event.reference,
    at: opened.record.at,
    user,
    node: opened.node,
    patient: shownPatient(patient, isMasked),
    restrictions: [...event.restrictions],
    reason: event.reason,
    words: isMasked ? '' : event.words,
    answer: answer && { answer: answer.answer, note: answer.note, user: answer.user, at: answered?.at ?? '' },
  };
}

function withoutIdentities(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutIdentities(name, one));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutIdentities(key, one)]));
  if (!IDENTIFYING.has(name) || value === null) return value;
  return name === 'words' || name === 'name' || name === 'note'
    ? '•••'
    : masked(typeof value === 'string' ? value : canonicalJson(value));
}
