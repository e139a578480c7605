/** Records as files: for a spreadsheet, for an investigator, for other programs, and to be printed. */
import type { AuditFilter, ExportFormat, QuestionId } from '../../../preload/auditContract.js';
import { auditRow } from '../store/auditRow.js';
import type { Evidence, EvidenceRecord } from '../store/auditStore.js';
import { canonicalJson } from '../canonicalJson.js';
import type { AuditRecord } from '../record.js';
import { readRecordLine } from '../recordLine.js';
import { dicomXml } from '../renderings/dicomXml.js';
import { fhirAuditEvent } from '../renderings/fhirAuditEvent.js';
import type { RenderingContext } from '../renderings/auditMessage.js';

export interface ExportFacts {
  readonly question: QuestionId;
  /** As people would ask it. */
  readonly text: string;
  readonly filter: AuditFilter;
  readonly reason: string;
  /** Who exports. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly trust: string;
  readonly rendering: Pick<RenderingContext, 'site' | 'codeSystem' | 'identifierSystems'>;
  /** Public key of the checkpoints, as it is trusted here. */
  readonly verifier: string | null;
  readonly systems: Readonly<Record<string, string>>;
}

export const EXTENSIONS: Readonly<Record<ExportFormat, string>> = {
  csv: 'csv',
  evidence: 'ndjson',
  fhir: 'json',
  dicom: 'xml',
  report: 'html',
};

export interface ExportText {
  readonly text: string;
  readonly records: number;
}

interface Exported {
  readonly evidence: EvidenceRecord;
  readonly record: AuditRecord;
}

export async function exportText(format: ExportFormat, evidence: Evidence, facts: ExportFacts): Promise<ExportText> {
  const exported: Exported[] = [];
  for await (const one of evidence.records) {
    const record = readRecordLine(one.line)?.record;
    // What is no record any more is evidence all the same; other formats cannot show it.
    if (record) exported.push({ evidence: one, record });
    else if (format === 'evidence') exported.push({ evidence: one, record: UNREADABLE });
  }
  const write = { csv, evidence: evidenceText(evidence.checkpoint), fhir, dicom, report }[format];
  return { text: write(exported, facts), records: exported.length };
}

const UNREADABLE = {} as AuditRecord;

function csv(exported: readonly Exported[]): string {
  const header = ['time', 'person', 'workstation', 'event', 'outcome', 'patient', 'system', 'what', 'chain', 'record'];
  const lines = exported.map(({ evidence: { chain, source, node }, record }) => {
    const row = auditRow({ chain, source, node, record }, false);
    return [
      row.at,
      row.user,
      row.node,
      row.type,
      row.outcome,
      row.patient,
      row.system,
      row.sentence,
      row.chain,
      row.sequence,
    ];
  });
  return `\uFEFF${[header, ...lines].map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;
}

/**
 * SECURITY: a spreadsheet takes what begins like this for a formula, and would run it. Source: OWASP, "CSV Injection".
 * Source of the rest: RFC 4180.
 */
function cell(value: string | number | null): string {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What `audit verify` reads. */
function evidenceText(checkpoint: string | null) {
  return (exported: readonly Exported[], { question, filter, reason, by, at, verifier }: ExportFacts): string =>
    [
      { format: 'lanyard-evidence/1', checkpoint, verifier, question, filter, reason, by, at },
      ...exported.map(({ evidence }) => evidence),
      { end: true, records: exported.length },
    ]
      .map((line) => `${canonicalJson(line)}\n`)
      .join('');
}

function fhir(exported: readonly Exported[], { rendering, at }: ExportFacts): string {
  return `${JSON.stringify(
    {
      resourceType: 'Bundle',
      type: 'collection',
      timestamp: at,
      entry: exported.map(({ evidence: { chain, node, version }, record }) => {
        const id = `${chain}-${record.sequence}`;
        return {
          fullUrl: `urn:lanyard:${id}`,
          resource: { ...fhirAuditEvent(record, { chain, node, version, ...rendering }), id },
        };
      }),
    },
    null,
    1,
  )}\n`;
}

function dicom(exported: readonly Exported[], { rendering }: ExportFacts): string {
  const messages = exported.map(
    ({ evidence: { chain, node, version }, record }) => `${dicomXml(record, { chain, node, version, ...rendering })}\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<AuditMessages>\n${messages.join('')}</AuditMessages>\n`;
}

/** One page for the patient, or whoever asks for them: who looked, when, from where, at what. */
function report(exported: readonly Exported[], { text, filter, at, by, trust, systems }: ExportFacts): string {
  const rows = exported.map(({ evidence: { chain, source, node }, record }) => {
    const { user, system, sentence } = auditRow({ chain, source, node, record }, false);
    const words = system === null ? sentence : sentence.replace(system, systems[system] ?? system);
    return `<tr><td>${html(local(record.at))}</td><td>${html(user ?? '')}</td><td>${html(node)}</td><td>${html(words)}</td></tr>`;
  });
  const range = [filter.from && `from ${local(filter.from)}`, filter.to && `until ${local(filter.to)}`].filter(Boolean);
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>${html(text)}</title>
<style>
body { font: 11pt/1.4 Arial, 'Liberation Sans', sans-serif; margin: 15mm; color: #212b32 }
h1 { font-size: 17pt; margin: 0 0 2mm } p { margin: 0 0 2mm }
table { border-collapse: collapse; width: 100%; margin-top: 5mm } th, td { text-align: left; padding: 1.5mm 2mm; border-bottom: 1px solid #aeb7bd; vertical-align: top }
thead { display: table-header-group } tr { break-inside: avoid } td:first-child { white-space: nowrap }
</style></head><body>
<h1>${html(filter.patient === undefined ? text : 'Who looked at this record')}</h1>
<p>${html(trust)}</p>
${filter.patient === undefined ? '' : `<p>Patient number: <strong>${html(filter.patient)}</strong></p>`}
<p>${exported.length} ${exported.length === 1 ? 'access' : 'accesses'} ${html(range.join(' '))}. Made ${html(local(at))} by ${html(by)}.</p>
<table><thead><tr><th>When</th><th>Who</th><th>Where</th><th>What</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
</body></html>
`;
}

const localTime = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  dateStyle: 'medium',
  timeStyle: 'medium',
});

function local(at: string): string {
  return localTime.format(new Date(at));
}

function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
