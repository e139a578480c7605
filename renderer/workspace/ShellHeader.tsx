/** The line on top of every workspace: whose program, who is signed in, and the way out. */
import { lazy, type ReactElement, type ReactNode, type RefObject, Suspense } from 'react';
import type { AppFacts, SignedInClinician } from '../../preload/contract.js';
import { DownSign } from '../parts/icons.js';
import { ServicesIndicator } from '../services/ServicesIndicator.js';
import { describePasswordExpiry, formatRoles } from '../presentation/clinician.js';

const AccountMenu = lazy(async () => ({ default: (await import('./AccountMenu.js')).AccountMenu }));

export interface ShellHeaderProps {
  readonly facts: AppFacts;
  readonly clinician: SignedInClinician;
  /** Nobody has touched anything for a minute. */
  readonly isQuiet: boolean;
  readonly now: Date;
  /** The button of the clinician's own menu. */
  readonly account: RefObject<HTMLButtonElement | null>;
  readonly isMenuOpen: boolean;
  readonly onMenu: (isOpen: boolean) => void;
  /** How many services fail. */
  readonly failing: number;
  readonly onServices: () => void;
  /** null: the trust says nothing about downtime. */
  readonly onDowntime: (() => void) | null;
  readonly onStoredSignIns: () => void;
  readonly onChangePassword: () => void;
  /** null: this computer reads no badges. */
  readonly onBadge: (() => void) | null;
  readonly onLock: () => void;
  readonly onSignOut: () => void;
  /** The searchbox. */
  readonly children: ReactNode;
}

export function ShellHeader({
  facts,
  clinician,
  isQuiet,
  now,
  account,
  isMenuOpen,
  onMenu,
  failing,
  onServices,
  onDowntime,
  onStoredSignIns,
  onChangePassword,
  onBadge,
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
      {isQuiet && (
        <p className="quiet-who" aria-hidden="true">
          {clinician.displayName}
        </p>
      )}
      <ServicesIndicator failing={failing} onOpen={onServices} />
      <div className="who" role="group" aria-label="Signed in">
        <button
          ref={account}
          type="button"
          className="button on-dark who-button"
          title={clinician.principalName}
          aria-haspopup="menu"
          aria-expanded={isMenuOpen}
          onClick={() => {
            onMenu(!isMenuOpen);
          }}
        >
          <span>
            <span className="who-name">{clinician.displayName}</span>{' '}
            <span className="who-role">{formatRoles(clinician)}</span>
            <span className="visually-hidden">. Your account</span>
          </span>
          <DownSign />
        </button>
        {expiry !== null && (
          <button type="button" className="link who-expiry" onClick={onChangePassword}>
            {expiry}
            <span className="visually-hidden">. Change password</span>
          </button>
        )}
      </div>
      {isMenuOpen && (
        <Suspense>
          <AccountMenu
            below={account}
            choices={[
              { words: 'Change password', choose: onChangePassword },
              { words: 'Stored sign-ins', choose: onStoredSignIns },
              ...(onBadge ? [{ words: 'Your badge', choose: onBadge }] : []),
              { words: 'Services', choose: onServices },
              ...(onDowntime ? [{ words: 'When systems are down', choose: onDowntime }] : []),
            ]}
            onClose={() => {
              onMenu(false);
            }}
          />
        </Suspense>
      )}
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
