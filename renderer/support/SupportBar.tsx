/** The way to the support view: a line above the workspace, for support staff only. */
import { type ReactElement, useState } from 'react';
import type { ShellStore } from '../store/shellStore.js';
import { useRaisedShell } from '../workspace/useRaisedShell.js';
import { SupportDialog } from './SupportDialog.js';
import './support.css';

export interface SupportBarProps {
  readonly store: ShellStore;
  /** Whether this computer reads badges. */
  readonly hasBadges: boolean;
}

export function SupportBar({ store, hasBadges }: SupportBarProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  useRaisedShell(store, isOpen);
  return (
    <section className="support-bar" aria-label="Support">
      <p>You are signed in as support staff.</p>
      <button
        type="button"
        className="button tiny on-dark"
        onClick={() => {
          setOpen(true);
        }}
      >
        Support view
      </button>
      {isOpen && (
        <SupportDialog
          store={store}
          hasBadges={hasBadges}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </section>
  );
}
