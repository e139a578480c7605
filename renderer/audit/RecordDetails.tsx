/** All that one record says, and what proves it. */
import { type ReactElement, useState } from 'react';
import type { AuditPlace, AuditRow, RowProof } from '../../preload/auditContract.js';
import type { ShellStore } from '../store/shellStore.js';
import { WORDS_OF_VERDICT } from './verdicts.js';

export interface RecordDetailsProps {
  readonly row: AuditRow;
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly onMoment: (row: AuditRow) => void;
}

export function RecordDetails({ row, store, place, onMoment }: RecordDetailsProps): ReactElement {
  const [proof, setProof] = useState<RowProof | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { chain, sequence, source, session, type, details } = row;
  const facts: readonly (readonly [string, string])[] = [
    ['event', type],
    ['record', `${sequence} of chain ${chain}`],
    ...(source === null ? [] : [['computer', source] as const]),
    ...(session === null ? [] : [['session', session] as const]),
    ...details,
  ];
  return (
    <div className="audit-details">
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="audit-actions">
        {session !== null && (
          <button
            type="button"
            className="button small"
            onClick={() => {
              onMoment(row);
            }}
          >
            What every tab showed then
          </button>
        )}
        <button
          type="button"
          className="button small"
          onClick={() => {
            void store.askAudit('audit.prove', { place, rows: [{ chain, sequence }] }).then((reply) => {
              if (reply.ok) setProof(reply.value[0] ?? null);
              else setProblem(reply.message);
            });
          }}
        >
          Prove this record
        </button>
      </div>
      {problem !== null && <p role="alert">{problem}</p>}
      {proof !== null && (
        <div role="status">
          <p className={`audit-verdict is-${proof.verdict}`}>{WORDS_OF_VERDICT[proof.verdict]}</p>
          <ul className="audit-steps">
            {proof.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
