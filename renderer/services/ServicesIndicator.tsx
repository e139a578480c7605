/** In the header only while something fails: how many, and the way to what that means. */
import type { ReactElement } from 'react';
import { WarningSign } from '../parts/icons.js';
import './services.css';

export function ServicesIndicator({
  failing,
  onOpen,
}: {
  readonly failing: number;
  readonly onOpen: () => void;
}): ReactElement | null {
  if (failing === 0) return null;
  return (
    <button type="button" className="button services-indicator" aria-haspopup="dialog" onClick={onOpen}>
      <WarningSign />
      <span>
        {failing} <span className="services-word">{failing === 1 ? 'service ' : 'services '}</span>down
      </span>
    </button>
  );
}
