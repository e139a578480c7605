/**
 * The signed-in page: header with the searchbox, patient banner, the systems' tabs and the place of their pages.
 * A patient list lies over banner and tabs and hides them: never two patients and a banner on one screen (NHS CUI).
 */
import { lazy, type ReactElement, Suspense, useEffect, useEffectEvent, useRef, useState } from 'react';
import type { AppFacts, SignedInClinician } from '../../preload/contract.js';
import { ErrorSign } from '../parts/icons.js';
import type { Typed } from '../presentation/nhsNumber.js';
import { searchTextOf } from '../presentation/nhsNumber.js';
import { FindPatient } from '../search/FindPatient.js';
import { firstOption, PatientList } from '../search/PatientList.js';
import { useSearchAgain } from '../search/useSearchAgain.js';
import { usePatientSearch } from '../search/usePatientSearch.js';
import { StaleBanner } from '../services/StaleBanner.js';
import { LearntSignInQuestion } from '../signOn/LearntSignInQuestion.js';
import { StoredSignInsDialog } from '../signOn/StoredSignInsDialog.js';
import { PasswordWarningBar } from '../signIn/PasswordWarningBar.js';
import type { ShellState, ShellStore } from '../store/shellStore.js';
import { Announcer } from './Announcer.js';
import { ChangeQuestionBar } from './ChangeQuestionBar.js';
import { IntentMenu } from './IntentMenu.js';
import { IntentPicker } from './IntentPicker.js';
import { OutsideLinkQuestion } from './OutsideLinkQuestion.js';
import { PatientBanner } from './PatientBanner.js';
import { SecondPatient } from './SecondPatient.js';
import { ShellHeader } from './ShellHeader.js';
import { SignOutQuestion, type UnsavedSystem } from './SignOutQuestion.js';
import { focusActiveTab, SystemTabs } from './SystemTabs.js';
import { NETWORK_LOST, useNetwork } from './useNetwork.js';
import { useRaisedShell } from './useRaisedShell.js';
import './workspace.css';

const ChangePasswordDialog = lazy(async () => ({
  default: (await import('../signIn/ChangePasswordDialog.js')).ChangePasswordDialog,
}));

const BreakGlassDialog = lazy(async () => ({
  default: (await import('../breakGlass/BreakGlassDialog.js')).BreakGlassDialog,
}));

const EnrolBadgeDialog = lazy(async () => ({
  default: (await import('../badge/EnrolBadgeDialog.js')).EnrolBadgeDialog,
}));

const OwnBadgeDialog = lazy(async () => ({
  default: (await import('../badge/OwnBadgeDialog.js')).OwnBadgeDialog,
}));

const ServicesDialog = lazy(async () => ({
  default: (await import('../services/ServicesDialog.js')).ServicesDialog,
}));

const DowntimeDialog = lazy(async () => ({
  default: (await import('../downtime/DowntimeDialog.js')).DowntimeDialog,
}));

export interface WorkspaceProps {
  readonly facts: AppFacts;
  readonly clinician: SignedInClinician;
  readonly state: ShellState;
  readonly store: ShellStore;
  readonly now: () => Date;
}

const NOTHING: Typed = { text: '', caret: 0 };

export function Workspace({ facts, clinician, state, store, now }: WorkspaceProps): ReactElement {
  const { workspace, badge, problem } = state;
  const enrolPrompt = badge.prompt?.kind === 'enrol' ? badge.prompt : null;
  const { outsideLink, learntSignIn } = workspace;
  const changeQuestion = workspace.changeQuestion ?? null;
  const secondPatient = workspace.secondPatient ?? null;
  const intentQuestion = workspace.intentQuestion ?? null;
  const breakGlassQuestion = workspace.breakGlassQuestion ?? null;
  const intents = workspace.intents ?? [];
  const services = workspace.services ?? [];
  const searchService = services.find(({ id }) => id === 'patients');
  const active = workspace.tabs.find((tab) => tab.active);
  const search = usePatientSearch(store);
  const [typed, setTypedHere] = useState(store.typed.read);
  const setTyped = (next: Typed): void => {
    store.typed.write(next);
    setTypedHere(next);
  };
  const [choice, setChoice] = useState<{ isRunning: boolean; refusal: string | null }>(NO_CHOICE);
  const newestChoice = useRef(0);
  const page = useRef<HTMLDivElement>(null);
  const searchbox = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [isAccountOpen, setAccountOpen] = useState(false);
  const [isListing, setListing] = useState(false);
  const [isChangingPassword, setChangingPassword] = useState(false);
  const [isDowntimeOpen, setDowntimeOpen] = useState(false);
  const [isServicesOpen, setServicesOpen] = useState(false);
  const [isBadgeOpen, setBadgeOpen] = useState(false);
  const [unsavedAtSignOut, setUnsavedAtSignOut] = useState<readonly UnsavedSystem[]>([]);
  const isAskingToSignOut = useRef(false);
  const signOut = async (): Promise<void> => {
    if (isAskingToSignOut.current) return;
    isAskingToSignOut.current = true;
    const reply = await store.unsavedWork();
    isAskingToSignOut.current = false;
    // A question that fails keeps nobody signed in.
    if (reply.ok && reply.value.systems.length > 0) setUnsavedAtSignOut(reply.value.systems);
    else await store.signOut();
  };
  const account = useRef<HTMLButtonElement>(null);
  const isAtOwnDialog = isListing || isChangingPassword || isDowntimeOpen || isServicesOpen || isBadgeOpen;
  // The menu that opened it is gone by then: the keyboard goes back to the button of the menu.
  useEffect(
    () =>
      isAtOwnDialog
        ? () => {
            account.current?.focus();
          }
        : undefined,
    [isAtOwnDialog],
  );
  /** The patient for whom the menu was opened: it is not another one's. */
  const [menuFor, setMenuFor] = useState<string | null>(null);
  const isMenuOpen = menuFor !== null && menuFor === workspace.patient?.id && intentQuestion === null;
  const isAsking =
    enrolPrompt !== null ||
    breakGlassQuestion !== null ||
    unsavedAtSignOut.length > 0 ||
    outsideLink !== null ||
    learntSignIn !== null ||
    intentQuestion !== null;
  const isCovering = search.isOpen || isAccountOpen || isAtOwnDialog || isMenuOpen || isAsking;
  useRaisedShell(store, isCovering);
  useNetwork(store);

  useSearchAgain(search, searchService);

  const run = (text: string, asked: 'enter' | 'pause'): void => {
    setChoice(NO_CHOICE);
    void search.run(text, asked);
  };
  const closeList = (): void => {
    newestChoice.current += 1;
    setChoice(NO_CHOICE);
    search.close();
    searchbox.current?.focus();
  };
  const choose = async (patientId: string): Promise<void> => {
    const turn = ++newestChoice.current;
    setChoice({ isRunning: true, refusal: null });
    const reply = await store.select(patientId);
    if (turn !== newestChoice.current) return;
    if (!reply.ok) {
      setChoice({ isRunning: false, refusal: reply.message });
      return;
    }
    setChoice(NO_CHOICE);
    setTyped(NOTHING);
    search.close();
    requestAnimationFrame(() => {
      // A question took the keyboard: it stays there.
      const { changeQuestion: asked, breakGlassQuestion: why } = store.getState().workspace;
      if (asked == null && why == null) focusActiveTab(page.current);
    });
  };
  // Wherever the keyboard is: nobody has to find the tab first.
  const enterPage = useEffectEvent((event: KeyboardEvent): void => {
    if (event.key !== 'F6' || isCovering) return;
    event.preventDefault();
    if (workspace.tabs.some(({ active, cover }) => active && cover === null)) void store.focusPage();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      enterPage(event);
    };
    document.addEventListener('keydown', listen);
    searchbox.current?.focus();
    return () => {
      document.removeEventListener('keydown', listen);
    };
  }, []);

  return (
    <div className="workspace" ref={page}>
      <ShellHeader
        facts={facts}
        clinician={clinician}
        isQuiet={state.session?.status === 'signed-in' && state.session.isQuiet === true}
        now={now()}
        account={account}
        isMenuOpen={isAccountOpen}
        onMenu={setAccountOpen}
        failing={services.filter(({ status }) => status === 'fails').length}
        onServices={() => {
          setServicesOpen(true);
        }}
        onDowntime={
          facts.downtime === undefined
            ? null
            : () => {
                setDowntimeOpen(true);
              }
        }
        onStoredSignIns={() => {
          setListing(true);
        }}
        onChangePassword={() => {
          setChangingPassword(true);
        }}
        onBadge={
          badge.isUsed
            ? () => {
                setBadgeOpen(true);
              }
            : null
        }
        onLock={() => void store.lock()}
        onSignOut={() => void signOut()}
      >
        <FindPatient
          typed={typed}
          onType={(next) => {
            setTyped(next);
            if (searchTextOf(next.text) === '') search.close();
          }}
          onSearch={run}
          onEscape={() => {
            if (search.isOpen) closeList();
            else setTyped(NOTHING);
          }}
          onEnterList={() => {
            const option = firstOption(list.current);
            option?.focus();
            return option !== null;
          }}
          hint={search.hint}
          inputRef={searchbox}
        />
      </ShellHeader>
      <PasswordWarningBar
        store={store}
        now={now}
        onChange={() => {
          setChangingPassword(true);
        }}
        onDismissed={() => searchbox.current?.focus()}
      />
      {problem !== null && (
        <div className="message error problem" role="alert">
          <ErrorSign /> <span>{problem}</span>
          <button
            type="button"
            className="button small"
            onClick={() => {
              store.dismissProblem();
              searchbox.current?.focus();
            }}
          >
            Dismiss
          </button>
        </div>
      )}
      <main className="stage">
        <div className={`stage-work${search.isOpen ? ' is-hidden' : ''}`}>
          <PatientBanner
            patient={workspace.patient}
            group={secondPatient === null ? null : 1}
            beside={workspace.beside}
            onCloseBeside={(kind) => {
              void store.closeBeside(kind);
              focusActiveTab(page.current);
            }}
            onOpenMenu={
              intents.length === 0
                ? null
                : () => {
                    setMenuFor(workspace.patient?.id ?? null);
                  }
            }
            today={now()}
            onClose={() => {
              void store.closePatient();
              searchbox.current?.focus();
            }}
            onBreakLink={
              active === undefined || active.unlinked === true || changeQuestion !== null
                ? null
                : () => {
                    void store.breakLink(active.id);
                    focusActiveTab(page.current);
                  }
            }
          />
          {secondPatient !== null && <SecondPatient patient={secondPatient} tabs={workspace.tabs} today={now()} />}
          {changeQuestion !== null && (
            <ChangeQuestionBar
              key={changeQuestion.id}
              question={changeQuestion}
              patient={workspace.patient}
              onAnswer={(answer) => {
                void store.answerChange(changeQuestion.id, answer);
                focusActiveTab(page.current);
              }}
              onGoTo={(systemId) => {
                void store.activate(systemId);
                focusActiveTab(page.current);
              }}
            />
          )}
          <StaleBanner service={searchService} patient={workspace.patient} since={workspace.patientSince} />
          {workspace.isNetworkLost && (
            <div className="message warning" role="note">
              {NETWORK_LOST}
            </div>
          )}
          {workspace.contextNotice !== undefined && (
            <div className="message warning" role="note">
              {workspace.contextNotice}
            </div>
          )}
          <SystemTabs
            tabs={workspace.tabs}
            hasSecondPatient={secondPatient !== null}
            store={store}
            isRaised={state.raised}
          />
        </div>
        {search.isOpen && search.state.status !== 'closed' && (
          <PatientList
            search={search.state}
            service={searchService}
            now={now}
            listRef={list}
            refusal={choice.refusal}
            isChoosing={choice.isRunning}
            onChoose={(patientId) => void choose(patientId)}
            onRefresh={() => {
              if (search.state.status !== 'closed') run(search.state.text, 'enter');
            }}
            onCancel={search.cancel}
            onClose={closeList}
            onLeave={() => searchbox.current?.focus()}
          />
        )}
      </main>
      {enrolPrompt !== null && (
        <Suspense>
          <EnrolBadgeDialog
            key={enrolPrompt.id}
            prompt={enrolPrompt}
            displayName={clinician.displayName}
            store={store}
          />
        </Suspense>
      )}
      {isBadgeOpen && (
        <Suspense>
          <OwnBadgeDialog
            store={store}
            onClose={() => {
              setBadgeOpen(false);
            }}
          />
        </Suspense>
      )}
      {breakGlassQuestion !== null && (
        <Suspense>
          <BreakGlassDialog key={breakGlassQuestion.id} question={breakGlassQuestion} store={store} now={now} />
        </Suspense>
      )}
      {unsavedAtSignOut.length > 0 && (
        <SignOutQuestion
          systems={unsavedAtSignOut}
          onGoTo={(systemId) => {
            setUnsavedAtSignOut([]);
            void store.activate(systemId);
            focusActiveTab(page.current);
          }}
          onStay={() => {
            setUnsavedAtSignOut([]);
          }}
          onSignOut={() => {
            setUnsavedAtSignOut([]);
            void store.signOut();
          }}
        />
      )}
      {isListing && (
        <StoredSignInsDialog
          store={store}
          onClose={() => {
            setListing(false);
          }}
        />
      )}
      {isServicesOpen && (
        <Suspense>
          <ServicesDialog
            services={services}
            onTry={(id) => void store.tryService(id)}
            onDowntime={
              facts.downtime === undefined
                ? null
                : () => {
                    setServicesOpen(false);
                    setDowntimeOpen(true);
                  }
            }
            onClose={() => {
              setServicesOpen(false);
            }}
          />
        </Suspense>
      )}
      {isDowntimeOpen && facts.downtime !== undefined && (
        <Suspense>
          <DowntimeDialog
            downtime={facts.downtime}
            store={store}
            onClose={() => {
              setDowntimeOpen(false);
            }}
          />
        </Suspense>
      )}
      {isChangingPassword && (
        <Suspense>
          <ChangePasswordDialog
            store={store}
            now={now}
            onClose={() => {
              setChangingPassword(false);
            }}
          />
        </Suspense>
      )}
      {learntSignIn !== null && outsideLink === null && !isListing && (
        <LearntSignInQuestion
          key={learntSignIn.id}
          learnt={learntSignIn}
          store={store}
          problem={problem}
          onAnswer={(keep) => void store.answerLearnt(learntSignIn.id, keep)}
        />
      )}
      {isMenuOpen && workspace.patient !== null && (
        <IntentMenu
          patient={workspace.patient}
          intents={intents}
          onRaise={(intent) => {
            setMenuFor(null);
            void store.raiseIntent(intent);
            focusActiveTab(page.current);
          }}
          onForget={(intent) => void store.forgetIntent(intent)}
          onClose={() => {
            setMenuFor(null);
          }}
        />
      )}
      {intentQuestion !== null && outsideLink === null && (
        <IntentPicker
          key={intentQuestion.id}
          question={intentQuestion}
          onAnswer={(systemId, always) => {
            void store.answerIntent(intentQuestion.id, systemId, always);
            focusActiveTab(page.current);
          }}
        />
      )}
      {outsideLink !== null && (
        <OutsideLinkQuestion
          key={outsideLink.id}
          link={outsideLink}
          onAnswer={(open) => void store.answerOutsideLink(outsideLink.id, open)}
        />
      )}
      <Announcer workspace={workspace} />
    </div>
  );
}

const NO_CHOICE = { isRunning: false, refusal: null };
