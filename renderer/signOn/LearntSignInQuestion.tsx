/** Lanyard has watched the clinician sign in once. It keeps nothing without being told to; "no" is the easy answer. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { WorkspaceState } from '../../preload/contract.js';
import { ErrorSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import { describeClosed, describeKeeping } from '../presentation/storedSignIns.js';
import type { ShellStore } from '../store/shellStore.js';
import { useStoredSignIns } from './useStoredSignIns.js';

export interface LearntSignInQuestionProps {
  readonly learnt: NonNullable<WorkspaceState['learntSignIn']>;
  readonly store: ShellStore;
  /** What the last intent met; null: nothing. */
  readonly problem: string | null;
  readonly onAnswer: (keep: boolean) => void;
}

export function LearntSignInQuestion({ learnt, store, problem, onAnswer }: LearntSignInQuestionProps): ReactElement {
  const { answer } = useStoredSignIns(store);
  const [isAnswered, setAnswered] = useState(false);
  const respond = (keep: boolean): void => {
    setAnswered(true);
    onAnswer(keep);
  };
  const decline = useRef<HTMLButtonElement>(null);
  // After the dialog has taken the keyboard: it starts at the answer that changes nothing.
  useEffect(() => decline.current?.focus(), []);
  const where = answer.status === 'known' ? (describeClosed(answer.stored) ?? describeKeeping(answer.stored.kind)) : '';
  return (
    <ModalDialog
      title={`Keep your sign-in to ${learnt.systemTitle}?`}
      isQuestion
      onClose={() => {
        respond(false);
      }}
    >
      <p>
        Lanyard saw you sign in to {learnt.systemTitle} as <strong className="entered">{learnt.userName}</strong> at
      </p>
      <p className="address">{learnt.origin}</p>
      <p>Keep it, so that you need not type it again? Your password is then typed at this address only.</p>
      <p className="label">{where}</p>
      {isAnswered && problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> <span>{problem}</span>
        </p>
      )}
      <div className="actions">
        <button
          ref={decline}
          type="button"
          className="button"
          onClick={() => {
            respond(false);
          }}
        >
          Don’t keep
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            respond(true);
          }}
        >
          Keep
        </button>
      </div>
    </ModalDialog>
  );
}
