/** What stands in place of a page that is not shown: what happened, why, and what can be done. */
import { type ReactElement, type ReactNode, useId } from 'react';
import type { CoverCard } from '../../preload/contract.js';
import { ErrorSign, InformationSign, KeySign, LinkSign, WarningSign } from '../parts/icons.js';

/** What a button can ask for. `enter-sign-in` is no button: a form stands in the card. */
type Action = Exclude<CoverCard['actions'][number], 'enter-sign-in'>;

export interface CoveredViewProps {
  readonly cover: CoverCard;
  readonly onAction: (action: Action) => void;
  /** The form for `enter-sign-in`; null where the card does not offer it. */
  readonly signInForm: ReactNode;
}

const LABELS: Record<Action, string> = {
  retry: 'Try again',
  'show-sign-in-page': 'Show its sign-in page',
  'learn-sign-in': 'Sign in and let Lanyard learn',
};

export function CoveredView({ cover, onAction, signInForm }: CoveredViewProps): ReactElement {
  const reasonId = useId();
  const hasForm = cover.actions.includes('enter-sign-in');
  const actions = cover.actions.filter((action) => action !== 'enter-sign-in');
  const primary = hasForm ? undefined : actions.find((action) => action !== 'retry');
  return (
    <section className={`covered ${toneOf(cover.kind)}`} aria-label="Covered" aria-describedby={reasonId}>
      <div className="covered-card" key={cover.kind}>
        <span className="covered-sign">
          <CoverSign kind={cover.kind} />
        </span>
        <div className="covered-words">
          <h2>{cover.title}</h2>
          <p id={reasonId}>{cover.reason}</p>
          {hasProgress(cover.kind) && <div className="progress" aria-hidden="true" />}
          {signInForm}
          {actions.length > 0 && (
            <div className="actions">
              {actions.map((action) => (
                <button
                  key={action}
                  type="button"
                  className={action === primary ? 'button primary' : 'button'}
                  onClick={() => {
                    onAction(action);
                  }}
                >
                  {LABELS[action]}
                </button>
              ))}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

function hasProgress(kind: CoverCard['kind']): boolean {
  return kind === 'loading' || kind === 'slow' || kind === 'signing-on';
}

type Tone = 'calm' | 'attention' | 'danger';

function toneOf(kind: CoverCard['kind']): Tone {
  switch (kind) {
    case 'loading':
    case 'signing-on':
    case 'sign-in-needed':
    case 'no-record':
    case 'signed-out':
    case 'no-access':
      return 'calm';
    case 'slow':
    case 'sign-in-changed':
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
    case 'signing-on':
      return <LinkSign link="Changing" />;
    case 'sign-in-needed':
      return <KeySign />;
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
    case 'sign-in-changed':
      return <WarningSign />;
  }
}
