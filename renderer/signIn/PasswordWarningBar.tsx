/** Says once a day that the password will expire, and offers to change it now. */
import { type ReactElement, useEffect, useState } from 'react';
import type { PasswordWarning } from '../../preload/contract.js';
import { InformationSign } from '../parts/icons.js';
import { describeWarning } from '../presentation/newPassword.js';
import type { ShellStore } from '../store/shellStore.js';

export interface PasswordWarningBarProps {
  readonly store: ShellStore;
  readonly now: () => Date;
  readonly onChange: () => void;
  /** The keyboard goes on elsewhere. */
  readonly onDismissed: () => void;
}

export function PasswordWarningBar({
  store,
  now,
  onChange,
  onDismissed,
}: PasswordWarningBarProps): ReactElement | null {
  const [warning, setWarning] = useState<PasswordWarning>(null);
  useEffect(() => {
    let isGone = false;
    void store.passwordWarning().then((reply) => {
      if (!isGone && reply.ok) setWarning(reply.value);
    });
    return () => {
      isGone = true;
    };
  }, [store]);
  if (warning === null) return null;
  const dismiss = (): void => {
    setWarning(null);
    void store.dismissPasswordWarning();
  };
  return (
    <aside className="message password-warning" aria-label="Your password">
      <InformationSign /> <span>{describeWarning(warning.expires, now())}</span>
      <button
        type="button"
        className="button small primary"
        onClick={() => {
          dismiss();
          onChange();
        }}
      >
        Change it now
      </button>
      <button
        type="button"
        className="button small"
        onClick={() => {
          dismiss();
          onDismissed();
        }}
      >
        Later
      </button>
    </aside>
  );
}
