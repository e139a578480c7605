/** In the header only while something fails: how many, and the way to what that means. */
import type { ReactElement } from 'react';
import { WarningSign } from '../parts/icons.js';
import { describeFailing } from '../presentation/services.js';
import './services.css';

export function ServicesIndicator({
  failing,
  onOpen,
}: {
  readonly failing: number;
  readonly onOpen: () => void;
}): ReactElement | null {
  const words = describeFailing(failing);
  if (words === null) return null;
  return (
    <button type="button" className="button services-indicator" aria-haspopup="dialog" onClick={onOpen}>
      <WarningSign /> {words}
    </button>
  );
}
