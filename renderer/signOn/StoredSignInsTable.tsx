/** One row for each stored sign-in. Removing asks in the row itself, and "Keep it" is where the keyboard stands. */
import { type ReactElement, useEffect, useRef, useState } from 'react';
import type { StoredSignInEntry } from '../../preload/contract.js';
import { InformationSign, LinkSign, WarningSign } from '../parts/icons.js';
import { formatDate } from '../presentation/dates.js';
import { NOT_KNOWN } from '../presentation/patient.js';
import { describeStoredState } from '../presentation/storedSignIns.js';

export interface StoredSignInsTableProps {
  readonly entries: readonly StoredSignInEntry[];
  /** Resolves with whether it was removed. */
  readonly onRemove: (systemId: string, systemTitle: string) => Promise<boolean>;
}

export function StoredSignInsTable({ entries, onRemove }: StoredSignInsTableProps): ReactElement {
  /** The row that asks. */
  const [asked, setAsked] = useState<string | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const table = useRef<HTMLTableElement>(null);

  const keep = (systemId: string): void => {
    setAsked(null);
    requestAnimationFrame(() => {
      table.current?.querySelector<HTMLElement>(`[data-remove="${CSS.escape(systemId)}"]`)?.focus();
    });
  };
  const remove = async ({ systemId, systemTitle }: StoredSignInEntry): Promise<void> => {
    if (isRemoving) return;
    setRemoving(true);
    const isRemoved = await onRemove(systemId, systemTitle);
    setRemoving(false);
    if (isRemoved) setAsked(null);
    else keep(systemId);
  };

  return (
    <table aria-label="Stored sign-ins" className="stored-table" ref={table}>
      <thead>
        <tr>
          <th scope="col">System</th>
          <th scope="col">User name</th>
          <th scope="col">Stored since</th>
          <th scope="col">State</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.systemId}>
            <th scope="row">{entry.systemTitle}</th>
            {asked === entry.systemId ? (
              <td className="asked" colSpan={4}>
                <RemoveQuestion
                  entry={entry}
                  isRemoving={isRemoving}
                  onKeep={() => {
                    keep(entry.systemId);
                  }}
                  onRemove={() => void remove(entry)}
                />
              </td>
            ) : (
              <>
                <td className="entered">{entry.userName}</td>
                <td className="since">{formatDate(entry.storedAt) ?? NOT_KNOWN}</td>
                <td>
                  <State state={entry.state} />
                </td>
                <td className="remove">
                  <button
                    type="button"
                    className="button small"
                    data-remove={entry.systemId}
                    onClick={() => {
                      setAsked(entry.systemId);
                    }}
                  >
                    Remove<span className="visually-hidden"> sign-in to {entry.systemTitle}</span>
                  </button>
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ state }: Pick<StoredSignInEntry, 'state'>): ReactElement {
  const { words, advice } = describeStoredState(state);
  return (
    <div className={`stored-state ${state}`}>
      {state === 'usable' ? <LinkSign link="In step" /> : state === 'refused' ? <WarningSign /> : <InformationSign />}
      <div>
        <p className="stored-words">{words}</p>
        {advice !== null && <p className="label">{advice}</p>}
      </div>
    </div>
  );
}

interface RemoveQuestionProps {
  readonly entry: StoredSignInEntry;
  readonly isRemoving: boolean;
  readonly onKeep: () => void;
  readonly onRemove: () => void;
}

function RemoveQuestion({ entry, isRemoving, onKeep, onRemove }: RemoveQuestionProps): ReactElement {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <div
      className="remove-question"
      role="group"
      aria-label={`Remove sign-in to ${entry.systemTitle}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation(); // closes the question, not the list
        onKeep();
      }}
    >
      <p>
        Remove the sign-in as <strong className="entered">{entry.userName}</strong>? {entry.systemTitle} then asks you
        for the password again. Lanyard cannot bring it back.
      </p>
      <div className="actions">
        <button ref={keep} type="button" className="button small" onClick={onKeep}>
          Keep it
        </button>
        <button
          type="button"
          className="button small danger"
          aria-disabled={isRemoving || undefined}
          onClick={onRemove}
        >
          {isRemoving ? 'Removing …' : 'Remove it'}
        </button>
      </div>
    </div>
  );
}
