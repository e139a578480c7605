/**
 * The audit trail: six pages over the whole window. Filters live in the address while it is open, and are gone with it:
 * the next person at this computer finds nothing of them.
 */
import { type ReactElement, useEffect, useState } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import type { AuditPlace } from '../../preload/auditContract.js';
import { ErrorSign } from '../parts/icons.js';
import type { ShellStore } from '../store/shellStore.js';
import { AlertsPage } from './AlertsPage.js';
import { type AuditAddress, PAGES, readAddress, writeAddress } from './address.js';
import { HealthPage } from './HealthPage.js';
import { QuestionPage } from './QuestionPage.js';
import { ReasonBar } from './ReasonBar.js';
import { useReply } from './useReply.js';
import './audit.css';

export interface AuditViewProps {
  readonly store: ShellStore;
  readonly onClose: () => void;
}

export function AuditView({ store, onClose }: AuditViewProps): ReactElement {
  const { value: entrance, problem } = useReply('open', () => store.askAudit('audit.open', undefined));
  const [chosen, setPlace] = useState<AuditPlace | null>(null);
  const place: AuditPlace = chosen ?? entrance?.places[0] ?? 'spool';
  const [reason, setReason] = useState<string | null>(null);
  const { address, go } = useAddress();
  const { page } = address;
  return (
    <ModalOverlay
      className="audit-overlay"
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="audit-modal">
        <Dialog className="audit-view">
          <div
            className="audit-whole"
            onKeyDown={(event) => {
              if (event.key === 'F6') event.stopPropagation(); // no page is to be entered from here
            }}
          >
            <header className="audit-head">
              <Heading slot="title">Audit trail</Heading>
              <nav aria-label="Audit">
                {PAGES.map((name) => (
                  <a
                    key={name}
                    href={writeAddress({ page: name, question: null, filter: {} })}
                    aria-current={page === name ? 'page' : undefined}
                    onClick={(event) => {
                      event.preventDefault();
                      go({ page: name, question: null, filter: {} });
                    }}
                  >
                    {name}
                  </a>
                ))}
              </nav>
              {entrance !== null && entrance.places.length > 1 && (
                <label className="audit-place">
                  <span>Trail</span>
                  <select
                    className="input"
                    value={place}
                    onChange={({ target }) => {
                      setPlace(target.value === 'server' ? 'server' : 'spool');
                    }}
                  >
                    <option value="server">Audit server ({entrance.server})</option>
                    <option value="spool">This computer alone</option>
                  </select>
                </label>
              )}
              <button type="button" className="button small" onClick={onClose}>
                Close
              </button>
            </header>
            {problem !== null && (
              <p className="message error" role="alert">
                <ErrorSign /> {problem}
              </p>
            )}
            {entrance !== null && (
              <>
                {page !== 'Health' && <ReasonBar mayUnmask={entrance.mayUnmask} reason={reason} onReason={setReason} />}
                {page === 'Alerts' ? (
                  <AlertsPage key={place} store={store} place={place} reason={reason} mayJudge={entrance.mayJudge} />
                ) : page === 'Health' ? (
                  <HealthPage key={place} store={store} place={place} />
                ) : (
                  <QuestionPage
                    key={page}
                    page={page}
                    store={store}
                    place={place}
                    entrance={entrance}
                    address={address}
                    reason={reason}
                    onGo={go}
                  />
                )}
              </>
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function useAddress(): { address: AuditAddress; go: (next: AuditAddress) => void } {
  const [address, setAddress] = useState(() => readAddress(window.location.hash));
  useEffect(() => {
    const read = (): void => {
      setAddress(readAddress(window.location.hash));
    };
    window.addEventListener('popstate', read);
    return () => {
      window.removeEventListener('popstate', read);
      window.history.replaceState(null, '', window.location.pathname);
    };
  }, []);
  return {
    address,
    go: (next) => {
      window.history.pushState(null, '', writeAddress(next));
      setAddress(next);
    },
  };
}
