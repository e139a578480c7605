/**
 * One tab per system, and below them the place of the active system's page. The page itself is a view of its own that
 * main lays over that place; here stands only what is shown when it does not: a covered card.
 */
import { type ReactElement, useCallback, useId, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import type { TabState } from '../../preload/contract.js';
import { InformationSign, LinkSign } from '../parts/icons.js';
import { formatHour } from '../presentation/dates.js';
import { type LastEntered, SystemSignInForm } from '../signOn/SystemSignInForm.js';
import type { ShellStore } from '../store/shellStore.js';
import { CoveredView } from './CoveredView.js';
import { watchPlacement } from './placement.js';

export interface SystemTabsProps {
  readonly tabs: readonly TabState[];
  /** The tabs that are not linked have another one. */
  readonly hasSecondPatient: boolean;
  readonly store: ShellStore;
  /** The shell lies above the pages, so that none shows. */
  readonly isRaised: boolean;
}

export function SystemTabs({ tabs, hasSecondPatient, store, isRaised }: SystemTabsProps): ReactElement {
  const active = tabs.find((tab) => tab.active) ?? tabs[0];
  const root = useRef<HTMLDivElement>(null);
  /** What was read and put away: the tab, and when it was refreshed. */
  const [dismissed, setDismissed] = useState('');
  const [entered, setEntered] = useState<Readonly<Record<string, LastEntered>>>({});
  /** The system whose sign-in was just entered: if it asks again, the keyboard goes back into the form. */
  const [awaited, setAwaited] = useState<string | null>(null);
  if (awaited !== null && (active?.id !== awaited || active.cover === null)) setAwaited(null);
  const place = useCallback(
    (element: HTMLDivElement | null) =>
      element === null ? undefined : watchPlacement(element, (placement) => void store.place(placement)),
    [store],
  );
  if (active === undefined) {
    return (
      <div className="systems">
        <p className="message notice">
          <InformationSign /> <span>Your roles open no system here. If you need one, call IT support.</span>
        </p>
      </div>
    );
  }
  /** The button that was pressed goes with its card; the keyboard stays where the answer will be said. */
  const leaveCard = (): void => {
    focusActiveTab(root.current);
  };
  const enterPage = (): void => {
    if (active.cover === null && !isRaised) void store.focusPage();
  };
  return (
    <div
      className="systems"
      ref={root}
      onKeyDownCapture={(event) => {
        const isOnPage = event.target instanceof Element && event.target.matches('[role=tab],[role=tabpanel]');
        if (event.key === 'Enter' && isOnPage) enterPage();
      }}
    >
      <Tabs
        className="systems"
        selectedKey={active.id}
        onSelectionChange={(key) => {
          if (key !== active.id) void store.activate(String(key));
        }}
      >
        <div className="tabs-bar">
          <TabList aria-label="Systems" className="tabs">
            {tabs.map((tab) => (
              <SystemTab key={tab.id} tab={tab} />
            ))}
          </TabList>
          {active.notice !== null && (
            <p className="tabs-notice">
              <InformationSign /> <span>{active.notice}</span>
            </p>
          )}
          {active.refreshedAt !== undefined && active.cover === null && dismissed !== refreshOf(active) && (
            <p className="tabs-notice" role="note">
              <InformationSign /> <span>Refreshed at {formatHour(new Date(active.refreshedAt))}</span>
              <button
                type="button"
                className="button tiny"
                onClick={() => {
                  setDismissed(refreshOf(active));
                  leaveCard();
                }}
              >
                Dismiss
              </button>
            </p>
          )}
          {active.unlinked === true && <RejoinButtons tab={active} hasSecondPatient={hasSecondPatient} store={store} />}
        </div>
        <TabPanel key={active.id} id={active.id} className={active.unlinked === true ? 'page is-unlinked' : 'page'}>
          <div className="page-place" ref={place}>
            {active.cover === null ? (
              <p className={isRaised ? 'page-hidden' : 'visually-hidden'}>
                {isRaised
                  ? `${active.title} is hidden while this is open.`
                  : `The page of ${active.title}. Press Enter or F6 to go into it.`}
              </p>
            ) : (
              <CoveredView
                cover={active.cover}
                onAction={(action) => {
                  leaveCard();
                  if (action === 'retry') void store.retry(active.id);
                  else if (action === 'learn-sign-in') void store.learnSignIn(active.id);
                  else void store.showSignInPage(active.id);
                }}
                signInForm={
                  active.cover.actions.includes('enter-sign-in') && (
                    <SystemSignInForm
                      key={active.cover.reason}
                      systemId={active.id}
                      systemTitle={active.title}
                      hasHeading={active.cover.title !== `Sign in to ${active.title}`}
                      last={entered[active.id] ?? null}
                      isAwaited={awaited === active.id}
                      onEnter={(last) => {
                        leaveCard();
                        setEntered((before) => ({ ...before, [active.id]: last }));
                        setAwaited(active.id);
                      }}
                      onArrive={() => {
                        setAwaited(null);
                      }}
                      onLeave={leaveCard}
                      store={store}
                    />
                  )
                }
              />
            )}
          </div>
        </TabPanel>
      </Tabs>
    </div>
  );
}

function refreshOf({ id, refreshedAt }: TabState): string {
  return `${id} ${refreshedAt ?? ''}`;
}

/** The ways back of a tab whose link is broken. */
function RejoinButtons({
  tab,
  hasSecondPatient,
  store,
}: { readonly tab: TabState } & Pick<SystemTabsProps, 'hasSecondPatient' | 'store'>): ReactElement {
  return (
    <div className="link-buttons">
      <button type="button" className="button tiny" onClick={() => void store.rejoin(tab.id, 'shared')}>
        Use the shared patient
      </button>
      {hasSecondPatient && (
        <button type="button" className="button tiny" onClick={() => void store.rejoin(tab.id, 'own')}>
          Use this patient in every tab
        </button>
      )}
    </div>
  );
}

/** Puts the keyboard on the active tab, if there is one inside. */
export function focusActiveTab(inside: HTMLElement | null): void {
  inside?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
}

/** Its name is the title, its description the link state: nothing more is read out. */
function SystemTab({ tab }: { tab: TabState }): ReactElement {
  const titleId = useId();
  const linkId = useId();
  return (
    <Tab
      id={tab.id}
      className={`tab link-${tab.link.toLowerCase().replaceAll(' ', '-')}`}
      aria-labelledby={titleId}
      aria-describedby={linkId}
    >
      <span className="tab-title" id={titleId}>
        {tab.title}
      </span>
      <span className="tab-link">
        <LinkSign link={tab.link} />
        <span id={linkId}>{tab.link}</span>
      </span>
    </Tab>
  );
}
