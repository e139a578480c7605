/** What stands in place of a page that is not shown: what happened, why, and what can be done. */
import { type ReactElement, useId } from 'react';
import type { CoverCard } from '../../preload/contract.js';
import { ErrorSign, InformationSign, LinkSign, WarningSign } from '../parts/icons.js';

export interface CoveredViewProps {
  readonly cover: CoverCard;
  readonly onRetry: () => void;
  readonly onShowSignInPage: () => void;
}

export function CoveredView({ cover, onRetry, onShowSignInPage }: CoveredViewProps): ReactElement {
  const reasonId = useId();
  return (
    <section className={`covered ${toneOf(cover.kind)}`} aria-label="Covered" aria-describedby={reasonId}>
      <div className="covered-card" key={cover.kind}>
        <span className="covered-sign">
          <CoverSign kind={cover.kind} />
        </span>
        <div className="covered-words">
          <h2>{cover.title}</h2>
          <p id={reasonId}>{cover.reason}</p>
          {(cover.kind === 'loading' || cover.kind === 'slow') && <div className="progress" aria-hidden="true" />}
          {cover.actions.length > 0 && (
            <div className="actions">
              {cover.actions.map((action) =>
                action === 'retry' ? (
                  <button key={action} type="button" className="button" onClick={onRetry}>
                    Try again
                  </button>
                ) : (
                  <button key={action} type="button" className="button primary" onClick={onShowSignInPage}>
                    Show its sign-in page
                  </button>
                ),
              )}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

type Tone = 'calm' | 'attention' | 'danger';

function toneOf(kind: CoverCard['kind']): Tone {
  switch (kind) {
    case 'loading':
    case 'no-record':
    case 'signed-out':
    case 'no-access':
      return 'calm';
    case 'slow':
    case 'silent':
    case 'failed':
    case 'crashed':
    case 'hung':
      return 'attention';
    case 'different-patient':
    case 'audit-unavailable':
      return 'danger';
  }
}

function CoverSign({ kind }: Pick<CoverCard, 'kind'>): ReactElement {
  switch (kind) {
    case 'loading':
    case 'slow':
      return <LinkSign link="Changing" />;
    case 'signed-out':
      return <LinkSign link="Signed out" />;
    case 'no-access':
      return <LinkSign link="No access" />;
    case 'no-record':
      return <InformationSign />;
    case 'different-patient':
      return <LinkSign link="Different patient" />;
    case 'audit-unavailable':
      return <ErrorSign />;
    case 'failed':
    case 'crashed':
    case 'hung':
    case 'silent':
      return <WarningSign />;
  }
}
