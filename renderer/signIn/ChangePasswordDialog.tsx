/** Changing the password of whoever is signed in, and what could not be done with the new one. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { InformationSign, WarningSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import type { ShellStore } from '../store/shellStore.js';
import { NewPasswordForm } from './NewPasswordForm.js';
import './signIn.css';

export interface ChangePasswordDialogProps {
  readonly store: ShellStore;
  readonly now: () => Date;
  readonly onClose: () => void;
}

export function ChangePasswordDialog({ store, now, onClose }: ChangePasswordDialogProps): ReactElement {
  /** null: not changed yet. */
  const [notices, setNotices] = useState<readonly string[] | null>(null);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (notices !== null) close.current?.focus();
  }, [notices]);
  return (
    <ModalDialog title="Change your password" onClose={onClose}>
      {notices === null ? (
        <NewPasswordForm
          store={store}
          now={now}
          reason={null}
          onChanged={(changed) => {
            setNotices(changed.notices);
          }}
          onCancel={onClose}
        />
      ) : (
        <>
          <p className="message" role="status">
            <InformationSign />{' '}
            <span>Your password was changed. Use the new one from now on, for Windows as well.</span>
          </p>
          {notices.map((notice) => (
            <p className="message warning" role="note" key={notice}>
              <WarningSign /> <span>{notice}</span>
            </p>
          ))}
          <div className="actions">
            <button ref={close} type="button" className="button" onClick={onClose}>
              Close
            </button>
          </div>
        </>
      )}
    </ModalDialog>
  );
}
