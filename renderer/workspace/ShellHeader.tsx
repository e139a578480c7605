/** The line on top of every workspace: whose program, who is signed in, and the way out. */
import type { ReactElement, ReactNode } from 'react';
import type { AppFacts, SignedInClinician } from '../../preload/contract.js';
import { InformationSign, KeySign } from '../parts/icons.js';
import { describePasswordExpiry, formatRoles } from '../presentation/clinician.js';

export interface ShellHeaderProps {
  readonly facts: AppFacts;
  readonly clinician: SignedInClinician;
  readonly now: Date;
  /** null: the trust says nothing about downtime. */
  readonly onDowntime: (() => void) | null;
  readonly onStoredSignIns: () => void;
  readonly onChangePassword: () => void;
  readonly onLock: () => void;
  readonly onSignOut: () => void;
  /** The searchbox. */
  readonly children: ReactNode;
}

export function ShellHeader({
  facts,
  clinician,
  now,
  onDowntime,
  onStoredSignIns,
  onChangePassword,
  onLock,
  onSignOut,
  children,
}: ShellHeaderProps): ReactElement {
  const expiry = describePasswordExpiry(clinician, now);
  return (
    <header className="shell-header">
      <h1 className="shell-title">
        <span className="product">Lanyard</span>{' '}
        <span className="trust">
          {facts.trustName}
          {facts.location === null ? '' : ` · ${facts.location}`}
        </span>
      </h1>
      {children}
      <div className="who" role="group" aria-label="Signed in">
        <p>
          <span className="who-name" title={clinician.principalName}>
            {clinician.displayName}
          </span>{' '}
          <span className="who-role">{formatRoles(clinician)}</span>
        </p>
        <button
          type="button"
          className={expiry === null ? 'link on-dark who-password' : 'link who-password who-expiry'}
          onClick={onChangePassword}
        >
          {expiry === null ? (
            'Change password'
          ) : (
            <>
              {expiry}
              <span className="visually-hidden">. Change password</span>
            </>
          )}
        </button>
      </div>
      {onDowntime !== null && (
        <button type="button" className="button on-dark" title="When systems are down" onClick={onDowntime}>
          <InformationSign /> <span className="spare-words">Downtime</span>
        </button>
      )}
      <button type="button" className="button on-dark" title="Stored sign-ins" onClick={onStoredSignIns}>
        <KeySign /> <span className="spare-words">Stored sign-ins</span>
      </button>
      <button
        type="button"
        className="button on-dark"
        title="Lock (Control+Shift+L)"
        aria-keyshortcuts="Control+Shift+L"
        onClick={onLock}
      >
        Lock
      </button>
      <button type="button" className="button on-dark" onClick={onSignOut}>
        Sign out
      </button>
    </header>
  );
}
