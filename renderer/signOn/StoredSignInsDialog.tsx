/** Which systems Lanyard holds a sign-in for, in what state, and the way to be rid of one. No password is ever here. */
import { type ReactElement, useRef, useState } from 'react';
import type { Reply, StoredSignIns } from '../../preload/contract.js';
import { ErrorSign, InformationSign, WarningSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { describeClosed, describeKeeping } from '../presentation/storedSignIns.js';
import type { ShellStore } from '../store/shellStore.js';
import { OldPasswordForm } from './OldPasswordForm.js';
import { SignInChecks } from './SignInChecks.js';
import { StoredSignInsTable } from './StoredSignInsTable.js';
import { useStoredSignIns } from './useStoredSignIns.js';
import './signOn.css';

export interface StoredSignInsDialogProps {
  readonly store: ShellStore;
  readonly onClose: () => void;
}

export function StoredSignInsDialog({ store, onClose }: StoredSignInsDialogProps): ReactElement {
  const { answer, refresh } = useStoredSignIns(store);
  /** What was done last, said aloud. */
  const [done, setDone] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const close = useRef<HTMLButtonElement>(null);

  /** @returns whether it was done. The keyboard goes on at "Close": what was pressed is gone. */
  const act = async (asked: Promise<Reply<void>>, words: string): Promise<boolean> => {
    setProblem(null);
    setDone('');
    const reply = await asked;
    if (!reply.ok) {
      setProblem(reply.message);
      return false;
    }
    await refresh();
    setDone(words);
    close.current?.focus();
    return true;
  };

  return (
    <ModalDialog title="Stored sign-ins" isWide className="stored" onClose={onClose}>
      {problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> <span>{problem}</span>
        </p>
      )}
      {answer.status === 'asking' && <p role="status">Opening your stored sign-ins …</p>}
      {answer.status === 'failed' && (
        <>
          <p className="message error" role="alert">
            <ErrorSign /> <span>{answer.message}</span>
          </p>
          <div className="actions">
            <button type="button" className="button" onClick={() => void refresh()}>
              Try again
            </button>
          </div>
        </>
      )}
      {answer.status === 'known' && answer.stored.status === 'open' && (
        <Open
          stored={answer.stored}
          onRemove={(systemId, systemTitle) =>
            act(store.removeSignIn(systemId), `Your sign-in to ${systemTitle} was removed.`)
          }
        />
      )}
      {answer.status === 'known' && answer.stored.status === 'closed' && (
        <div className="message warning">
          <WarningSign />
          <div>
            <p className="message-title">{describeClosed(answer.stored)}</p>
            <p>You can still sign in to each system for now. If it stays so, call IT support.</p>
          </div>
        </div>
      )}
      {answer.status === 'known' && answer.stored.status === 'old-password-needed' && (
        <OldPasswordForm
          onOpen={(oldPassword) => act(store.reopenSignIns(oldPassword), 'Your stored sign-ins are open again.')}
          onStartAgain={() => act(store.reopenSignIns(null), 'You start again with none.')}
        />
      )}
      <SignInChecks store={store} />
      <p className="quiet done" role="status">
        {done}
      </p>
      <div className="actions">
        <button ref={close} type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </ModalDialog>
  );
}

interface OpenProps {
  readonly stored: StoredSignIns;
  readonly onRemove: (systemId: string, systemTitle: string) => Promise<boolean>;
}

function Open({ stored, onRemove }: OpenProps): ReactElement {
  const kept = new Set(stored.entries.map(({ systemId }) => systemId));
  const missing = stored.systems.filter(({ systemId }) => !kept.has(systemId)).map(({ systemTitle }) => systemTitle);
  if (stored.entries.length === 0) {
    return (
      <div className="message notice">
        <InformationSign />
        <div>
          <p className="message-title">No sign-in is stored</p>
          <p>
            {stored.systems.length === 0
              ? 'No system here asks for a name and password of its own.'
              : 'When a system asks for your name and password, Lanyard offers to keep them.'}
          </p>
        </div>
      </div>
    );
  }
  return (
    <>
      <p>{describeKeeping(stored.kind)} The passwords themselves are never shown.</p>
      <StoredSignInsTable entries={stored.entries} onRemove={onRemove} />
      {missing.length > 0 && <p className="label">Nothing is stored for {missing.join(', ')}.</p>}
    </>
  );
}
