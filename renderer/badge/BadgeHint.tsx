/** What a badge can do on the page where somebody comes in, or why none can be read. */
import type { ReactElement } from 'react';
import type { BadgeState } from '../../preload/contract.js';
import { InformationSign, WarningSign } from '../parts/icons.js';
import './badge.css';

export interface BadgeHintProps {
  readonly badge: BadgeState;
  /** What is said while all is well; null: nothing. */
  readonly otherwise: string | null;
}

/** null: this computer reads none. */
export function BadgeHint({ badge, otherwise }: BadgeHintProps): ReactElement | null {
  if (!badge.isUsed) return null;
  const { problem, prompt } = badge;
  if (prompt?.kind === 'unknown')
    return (
      <p className="message notice" role="status">
        <InformationSign /> <span>{UNKNOWN}</span>
      </p>
    );
  return (
    <p className="quiet badge-hint" role="status">
      {problem === null ? (
        otherwise
      ) : (
        <>
          <WarningSign /> {problem}
        </>
      )}
    </p>
  );
}

const UNKNOWN =
  'Nobody uses this badge yet. Type your user name and password; if it is yours, you can then make it so.';
