/** Takes an answer away as a file; why is asked each time, and put on record with the file's hash. */
import { type ReactElement, useId, useState } from 'react';
import type { AuditFilter, AuditPlace, ExportedFile, ExportFormat, QuestionId } from '../../preload/auditContract.js';
import { ErrorSign } from '../parts/icons.js';
import { SHORTEST_REASON } from '../presentation/support.js';
import type { ShellStore } from '../store/shellStore.js';

export interface ExportBarProps {
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly question: QuestionId;
  readonly filter: AuditFilter;
}

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ['report', 'A page to print: who looked at a record'],
  ['evidence', 'Evidence with proofs, for “audit verify” (NDJSON)'],
  ['csv', 'A spreadsheet (CSV)'],
  ['fhir', 'FHIR AuditEvents (Bundle)'],
  ['dicom', 'DICOM audit messages (XML)'],
];

export function ExportBar({ store, place, question, filter }: ExportBarProps): ReactElement {
  const id = useId();
  const [format, setFormat] = useState<ExportFormat>('report');
  const [reason, setReason] = useState('');
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState<ExportedFile | null>(null);
  const run = async (): Promise<void> => {
    const words = reason.trim();
    if (words.length < SHORTEST_REASON) {
      setProblem(`Say why, in at least ${SHORTEST_REASON} characters: a case number, a complaint, an order.`);
      return;
    }
    setRunning(true);
    setProblem(null);
    setDone(null);
    const reply = await store.askAudit('audit.export', { place, question, filter, reason: words, format });
    setRunning(false);
    if (reply.ok) setDone(reply.value);
    else setProblem(reply.message);
  };
  return (
    <form
      className="audit-export"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) void run();
      }}
    >
      <label htmlFor={`${id}-format`}>Take away as</label>
      <select
        id={`${id}-format`}
        className="input"
        value={format}
        onChange={({ target }) => {
          setFormat(FORMATS.find(([one]) => one === target.value)?.[0] ?? 'report');
        }}
      >
        {FORMATS.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}-reason`}>Why</label>
      <input
        id={`${id}-reason`}
        className="input"
        maxLength={300}
        value={reason}
        onChange={({ target }) => {
          setReason(target.value);
        }}
      />
      <button type="submit" className="button" disabled={isRunning}>
        {isRunning ? 'Exporting …' : 'Record and export'}
      </button>
      {problem !== null && (
        <p className="audit-problem" role="alert">
          <ErrorSign /> {problem}
        </p>
      )}
      {done !== null && (
        <p role="status">
          {done.records} records are in <code>{done.file}</code>. SHA-256: <code>{done.hash}</code>
        </p>
      )}
    </form>
  );
}
