/** Nobody has touched anything for a while: counts down to the lock. Any key or click ends it, wherever it lands. */
import { type ReactElement, useEffect, useState } from 'react';
import { WarningSign } from '../parts/icons.js';

export interface IdleWarningProps {
  readonly displayName: string;
  /** ISO 8601 */
  readonly locksAt: string;
  readonly now: () => Date;
  readonly onStay: () => void;
}

export function IdleWarning({ displayName, locksAt, now, onStay }: IdleWarningProps): ReactElement {
  const secondsLeft = (): number => Math.max(0, Math.ceil((Date.parse(locksAt) - now().getTime()) / 1000));
  const [left, setLeft] = useState(secondsLeft);
  useEffect(() => {
    const timer = setInterval(() => {
      setLeft(secondsLeft());
    }, 250);
    return () => {
      clearInterval(timer);
    };
  });
  return (
    <section className="idle-warning" aria-label="About to lock">
      <p className="idle-who">{displayName}</p>
      <p>
        <WarningSign /> Lanyard locks in{' '}
        <span className="idle-seconds" aria-hidden="true">
          {left} {left === 1 ? 'second' : 'seconds'}
        </span>
        <span className="visually-hidden" role="alert">
          less than a minute
        </span>
        . Press any key to go on.
      </p>
      <button type="button" className="button primary" onClick={onStay}>
        Keep working
      </button>
    </section>
  );
}
