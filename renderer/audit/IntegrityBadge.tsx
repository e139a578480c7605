/** Whether what is on the screen is what was written: checked when asked, for the newest two hundred. */
import { type ReactElement, useState } from 'react';
import type { AuditPlace, AuditRow, RowProof } from '../../preload/auditContract.js';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';
import { useReply } from './useReply.js';
import { WORDS_OF_VERDICT } from './verdicts.js';

export interface IntegrityBadgeProps {
  readonly store: ShellStore;
  readonly place: AuditPlace;
  readonly rows: readonly AuditRow[];
}

const MOST = 200;

export function IntegrityBadge({ store, place, rows }: IntegrityBadgeProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const asked = rows.slice(0, MOST).map(({ chain, sequence }) => ({ chain, sequence }));
  const { value: proofs, problem } = useReply(JSON.stringify([place, asked]), () =>
    store.askAudit('audit.prove', { place, rows: asked }),
  );
  if (problem !== null) return <p className="audit-badge">Not checked: {problem}</p>;
  if (proofs === null) return <p className="audit-badge">Checking …</p>;
  const bad = proofs.filter(({ verdict }) => verdict === 'altered' || verdict === 'missing');
  const counted = new Map<RowProof['verdict'], number>();
  for (const { verdict } of proofs) counted.set(verdict, (counted.get(verdict) ?? 0) + 1);
  const words =
    bad.length > 0
      ? `${bad.length} of ${proofs.length} records altered or missing`
      : (counted.get('proven') ?? 0) === proofs.length
        ? `All ${proofs.length} records proven`
        : (counted.get('whole') ?? 0) === proofs.length
          ? `All ${proofs.length} records whole`
          : `${proofs.length} records whole, ${counted.get('waiting') ?? 0} not signed yet`;
  return (
    <div className="audit-integrity">
      <button
        type="button"
        className={`audit-badge ${bad.length > 0 ? 'is-bad' : 'is-good'}`}
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {bad.length > 0 ? <ErrorSign /> : <InformationSign />} {words}
      </button>
      {isOpen && (
        <ul className="audit-steps">
          {[...counted].map(([verdict, count]) => (
            <li key={verdict}>
              {count} × {WORDS_OF_VERDICT[verdict]}
            </li>
          ))}
          {bad.slice(0, 20).map(({ chain, sequence, steps }) => (
            <li key={`${chain}-${sequence}`}>
              Record {sequence} of chain {chain}: {steps.at(-1)}
            </li>
          ))}
          {bad.length === 0 && proofs[0]?.steps.map((step) => <li key={step}>{step}</li>)}
        </ul>
      )}
    </div>
  );
}
