/** The way to the audit trail: a line above the workspace, for those who may look. */
import { type ReactElement, useState } from 'react';
import type { Role } from '../../preload/contract.js';
import type { ShellStore } from '../store/shellStore.js';
import { useRaisedShell } from '../workspace/useRaisedShell.js';
import { AuditView } from './AuditView.js';

export interface AuditBarProps {
  readonly store: ShellStore;
  readonly roles: readonly Role[];
  /** Whether any system opens for them; null: not known yet. */
  readonly hasSystems: boolean | null;
}

export function AuditBar({ store, roles, hasSystems }: AuditBarProps): ReactElement {
  const [wanted, setOpen] = useState<boolean | null>(null);
  // Who works with nothing else begins there.
  const isOpen = wanted ?? (hasSystems === false && !roles.includes('clinician') && !roles.includes('support'));
  useRaisedShell(store, isOpen);
  const words = roles.includes('privacyOfficer')
    ? 'a privacy officer'
    : roles.includes('auditor')
      ? 'an auditor'
      : null;
  return (
    <section className="audit-bar" aria-label="Audit">
      {words !== null && <p>You are signed in as {words}.</p>}
      <button
        type="button"
        className="button tiny on-dark"
        onClick={() => {
          setOpen(true);
        }}
      >
        Audit trail
      </button>
      {isOpen && (
        <AuditView
          store={store}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </section>
  );
}
