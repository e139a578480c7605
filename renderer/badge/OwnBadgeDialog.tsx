/** The clinician's own badge: whether there is one, and how to be rid of it. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { OwnBadge } from '../../preload/contract.js';
import { ErrorSign, InformationSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { formatDate } from '../presentation/dates.js';
import type { ShellStore } from '../store/shellStore.js';

export interface OwnBadgeDialogProps {
  readonly store: ShellStore;
  readonly onClose: () => void;
}

export function OwnBadgeDialog({ store, onClose }: OwnBadgeDialogProps): ReactElement {
  /** undefined: main has not answered yet. */
  const [own, setOwn] = useState<OwnBadge | undefined>(undefined);
  const [problem, setProblem] = useState<string | null>(null);
  const [isRemoved, setRemoved] = useState(false);
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    let isGone = false;
    close.current?.focus();
    void store.ownBadge().then((reply) => {
      if (isGone) return;
      if (reply.ok) setOwn(reply.value);
      else setProblem(reply.message);
    });
    return () => {
      isGone = true;
    };
  }, [store]);
  const remove = async (): Promise<void> => {
    close.current?.focus(); // the button goes away
    const reply = await store.removeOwnBadge();
    if (!reply.ok) setProblem(reply.message);
    else {
      setOwn(null);
      setRemoved(true);
    }
  };
  return (
    <ModalDialog title="Your badge" onClose={onClose}>
      {problem !== null && (
        <div className="message error" role="alert">
          <ErrorSign /> <p>{problem}</p>
        </div>
      )}
      {isRemoved && (
        <p className="message notice" role="status">
          <InformationSign /> <span>Your badge and its PIN are forgotten.</span>
        </p>
      )}
      {own === undefined && problem === null && <p role="status">Looking …</p>}
      {own === null && (
        <p>
          You have none. To use one: sign in with your password, or unlock with it, and tap the badge within two
          minutes.
        </p>
      )}
      {own != null && (
        <>
          <p>
            Yours since {formatDate(own.enrolledAt)}, {own.hasPin ? 'with a PIN' : 'without a PIN'}.
          </p>
          <p>
            Lost it, or forgotten the PIN? Remove it here, then sign in with your password and tap your badge to begin
            again.
          </p>
        </>
      )}
      <div className="actions">
        {own != null && (
          <button type="button" className="button danger" onClick={() => void remove()}>
            Remove my badge
          </button>
        )}
        <button ref={close} type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </ModalDialog>
  );
}
