/** The way to the support view: a line above the workspace, for support staff only. */
import { type ReactElement, useState } from 'react';
import type { ShellStore } from '../store/shellStore.js';
import { useRaisedShell } from '../workspace/useRaisedShell.js';
import { SupportDialog } from './SupportDialog.js';
import './support.css';

export function SupportBar({ store }: { readonly store: ShellStore }): ReactElement {
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
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </section>
  );
}
