/** One line of a spool, read as strictly as it was written: whatever is not in its one canonical form is no record. */
import { canonicalJson } from './canonicalJson.js';
import type { AuditRecord } from './record.js';

const linePattern = /^\{"hash":"([0-9a-f]{64})"(?:,"mac":"([0-9a-f]{64})")?,"record":(\{.*\})\}$/s;

export interface RecordLine {
  readonly hash: string;
  readonly mac: string | undefined;
  readonly record: AuditRecord;
  /** The record as it stands in the line: its one canonical form. */
  readonly canonical: string;
}

/** @returns null: it is no record, or not in its one canonical form */
export function readRecordLine(text: string): RecordLine | null {
  const [, hash, mac, canonical] = linePattern.exec(text) ?? [];
  if (hash === undefined || canonical === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(canonical);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const record = value as Partial<AuditRecord>;
  const looksRight =
    Number.isSafeInteger(record.sequence) &&
    (record.sequence ?? 0) >= 1 &&
    typeof record.at === 'string' &&
    typeof (record.event as { type?: unknown } | null | undefined)?.type === 'string' &&
    canonicalJson(value) === canonical;
  return looksRight ? { hash, mac, record: value as AuditRecord, canonical } : null;
}
