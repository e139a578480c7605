/**
 * What to do while systems are down: the trust's own words, whom to call, and links that open in the normal browser.
 * All of it came with the configuration, so it is there when nothing else answers.
 */
import { type ReactElement, useEffect, useId, useRef, useState } from 'react';
import type { Downtime } from '../../preload/contract.js';
import { ErrorSign } from '../parts/icons.js';
import { ModalDialog } from '../parts/ModalDialog.js';
import type { ShellStore } from '../store/shellStore.js';
import './downtime.css';

export interface DowntimeDialogProps {
  readonly downtime: Downtime;
  readonly store: ShellStore;
  readonly onClose: () => void;
}

export function DowntimeDialog({
  downtime: { text, contacts, links },
  store,
  onClose,
}: DowntimeDialogProps): ReactElement {
  const [problem, setProblem] = useState<string | null>(null);
  const contactsId = useId();
  const linksId = useId();
  const close = useRef<HTMLButtonElement>(null);
  // After the dialog has taken the keyboard: it starts where nothing is opened.
  useEffect(() => close.current?.focus(), []);
  const open = async (place: number): Promise<void> => {
    setProblem(null);
    const reply = await store.openDowntimeLink(place);
    if (!reply.ok) setProblem(reply.message);
  };
  return (
    <ModalDialog title="When systems are down" onClose={onClose}>
      <p className="downtime-text">{text}</p>
      {contacts.length > 0 && (
        <>
          <h3 className="downtime-heading" id={contactsId}>
            Telephone
          </h3>
          <ul className="downtime-list" aria-labelledby={contactsId}>
            {contacts.map(({ name, telephone }, place) => (
              <li key={place}>
                <span>{name}</span> <strong className="downtime-number">{telephone}</strong>
              </li>
            ))}
          </ul>
        </>
      )}
      {links.length > 0 && (
        <>
          <h3 className="downtime-heading" id={linksId}>
            Links
          </h3>
          <ul className="downtime-list" aria-labelledby={linksId}>
            {links.map(({ title, url }, place) => (
              <li key={place}>
                <span>
                  {title} <span className="downtime-address">{url}</span>
                </span>{' '}
                <button
                  type="button"
                  className="button small"
                  aria-label={`Open in browser: ${title}`}
                  onClick={() => void open(place)}
                >
                  Open in browser
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {problem !== null && (
        <p className="message error" role="alert">
          <ErrorSign /> <span>{problem}</span>
        </p>
      )}
      <div className="actions">
        <button ref={close} type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </ModalDialog>
  );
}
