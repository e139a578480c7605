/**
 * What support needs to answer "why does this tab not show the patient?": the hub, every tab with its proof, the last
 * changes. Patients are numbers until a reason is given; who they are lives in this dialog alone and goes with it.
 */
import { type ReactElement, useEffect, useState } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import type { SupportIdentities } from '../../preload/contract.js';
import { RemoveBadge } from '../badge/RemoveBadge.js';
import { ErrorSign } from '../parts/icons.js';
import { timeOf } from '../presentation/support.js';
import type { ShellStore } from '../store/shellStore.js';
import { ChangeTable } from './ChangeTable.js';
import { HubSection } from './HubSection.js';
import { MaskNotice } from './MaskNotice.js';
import { TabTable } from './TabTable.js';
import { useSupportView } from './useSupportView.js';

export interface SupportDialogProps {
  readonly store: ShellStore;
  readonly hasBadges: boolean;
  readonly onClose: () => void;
}

export function SupportDialog({ store, hasBadges, onClose }: SupportDialogProps): ReactElement {
  const { answer, refresh } = useSupportView(store);
  const [identities, setIdentities] = useState<SupportIdentities | null>(null);
  const { view, problem } = answer;
  const top = useBannerEnd();
  return (
    <ModalOverlay
      className="modal-overlay"
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
    >
      <Modal className="modal support-modal" style={{ marginTop: top, maxHeight: `calc(100% - ${String(top)}px)` }}>
        <Dialog className="dialog support">
          <div
            className="support-content"
            onKeyDown={(event) => {
              if (event.key === 'F6') event.stopPropagation(); // no page is to be entered from here
            }}
          >
            <div className="support-top">
              <Heading slot="title">Support view</Heading>
              {view !== null && <p className="quiet">As at {timeOf(view.takenAt)}</p>}
              <button type="button" className="button small" onClick={onClose}>
                Close
              </button>
            </div>
            {problem !== null && (
              <div className="message error" role="alert">
                <ErrorSign />
                <div>
                  <p>{problem}</p>
                  {view !== null && <p>What stands here was seen before that.</p>}
                </div>
                <button type="button" className="button small" onClick={() => void refresh()}>
                  Try again
                </button>
              </div>
            )}
            {view === null && problem === null && <p role="status">Looking …</p>}
            {view !== null && (
              <>
                <MaskNotice
                  store={store}
                  isNeeded={view.changes.some(
                    ({ patient }) => patient !== null && nameIn(identities, patient) === undefined,
                  )}
                  identities={identities}
                  onTold={setIdentities}
                />
                <TabTable tabs={view.tabs} />
                <HubSection hub={view.hub} />
                <ChangeTable changes={view.changes} nameOf={(patient) => nameIn(identities, patient)} />
                {hasBadges && <RemoveBadge store={store} />}
              </>
            )}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** CSS pixels that are left for the dialog, or it covers the banner too. */
const ENOUGH = 420;

/** Where the patient banner ends, so that it stays free; 0 where there is no room for that. */
function useBannerEnd(): number {
  const [end, setEnd] = useState(0);
  useEffect(() => {
    const measure = (): void => {
      const { bottom = 0 } = document.querySelector('.patient')?.getBoundingClientRect() ?? {};
      setEnd(window.innerHeight - bottom < ENOUGH ? 0 : Math.ceil(bottom));
    };
    measure();
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('resize', measure);
    };
  }, []);
  return end;
}

function nameIn(
  identities: SupportIdentities | null,
  patient: number,
): SupportIdentities['patients'][number] | undefined {
  return identities?.patients.find(({ number }) => number === patient);
}
