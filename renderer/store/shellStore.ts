/**
 * What the shell's pages know, in one place: a small store over `window.lanyard`, read with useSyncExternalStore.
 * It decides nothing: main holds the truth, this mirrors the newest word of it and forgets the patient with the session.
 */
import type {
  AppFacts,
  BadgeState,
  BreakGlassAnswer,
  CallInput,
  CallOutput,
  ChangeAnswer,
  IntentName,
  LanyardApi,
  OwnBadge,
  PasswordChangeOutcome,
  PasswordHelp,
  PasswordWarning,
  PatientSearchResult,
  Placement,
  Reply,
  SessionState,
  SignInOutcome,
  SignOnChecks,
  StoredSignIns,
  SupportIdentities,
  SupportView,
  WorkspaceState,
} from '../../preload/contract.js';
import type { CallName } from '../../preload/channels.js';
import type { Typed } from '../presentation/nhsNumber.js';
import { ask } from './ask.js';

export interface ShellState {
  /** null until main has answered. */
  readonly facts: AppFacts | null;
  readonly session: SessionState | null;
  readonly workspace: WorkspaceState;
  readonly badge: BadgeState;
  /** The shell's page lies above the systems' pages. */
  readonly raised: boolean;
  /** What the last intent met, in main's words; null: nothing. */
  readonly problem: string | null;
}

type AuditCallName = Extract<CallName, `audit.${string}`>;

export interface ShellStore {
  readonly getState: () => ShellState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Asks main for everything once. */
  readonly start: () => Promise<void>;
  readonly dispose: () => void;

  /** In the normal browser; by its place in the list. */
  readonly openDowntimeLink: (link: number) => Promise<Reply<void>>;

  readonly signIn: (userName: string, password: string) => Promise<Reply<SignInOutcome>>;
  readonly cancelSignIn: () => Promise<void>;
  readonly unsavedWork: () => Promise<Reply<CallOutput<'session.unsavedWork'>>>;
  readonly signOut: () => Promise<void>;
  readonly lock: () => Promise<void>;
  /** Ends the countdown to the lock. */
  readonly stay: () => Promise<void>;
  readonly unlock: (password: string) => Promise<Reply<SignInOutcome>>;
  readonly takeOver: (userName: string, password: string) => Promise<Reply<SignInOutcome>>;
  /** With the PIN of the badge that was tapped; handed on and not kept here, as is the next. */
  readonly unlockByPin: (pin: string) => Promise<Reply<SignInOutcome>>;
  /** null: no PIN is needed. */
  readonly enrolBadge: (id: string, pin: string | null) => Promise<Reply<void>>;
  readonly dismissBadge: (id: string) => Promise<void>;
  readonly ownBadge: () => Promise<Reply<OwnBadge>>;
  readonly removeOwnBadge: () => Promise<Reply<void>>;
  /** Of somebody else: for support. */
  readonly removeBadgeOf: (userName: string) => Promise<Reply<CallOutput<'badge.removeFor'>>>;
  /** What stands in the searchbox: kept over a lock, never over a session. */
  readonly typed: { read: () => Typed; write: (typed: Typed) => void };

  /** Of whoever is signed in, or was told at sign-in to change it. */
  readonly passwordHelp: () => Promise<Reply<PasswordHelp>>;
  /** Both are handed on and not kept here. */
  readonly changePassword: (before: string, after: string) => Promise<Reply<PasswordChangeOutcome>>;
  readonly passwordWarning: () => Promise<Reply<PasswordWarning>>;
  readonly dismissPasswordWarning: () => Promise<void>;

  readonly search: (text: string) => Promise<Reply<PatientSearchResult>>;
  readonly cancelSearch: () => Promise<void>;
  /** Resolves when the workspace already shows the new choice, or with the refusal. */
  readonly select: (patientId: string) => Promise<Reply<void>>;
  readonly closePatient: () => Promise<void>;
  /** null: the record stays closed. */
  readonly answerBreakGlass: (id: string, answer: BreakGlassAnswer | null) => Promise<Reply<void>>;
  readonly answerChange: (id: string, answer: ChangeAnswer) => Promise<void>;
  readonly breakLink: (tabId: string) => Promise<void>;
  readonly rejoin: (tabId: string, patient: 'shared' | 'own') => Promise<void>;

  readonly raiseIntent: (intent: IntentName) => Promise<void>;
  /** null: nowhere. `always`: and do not ask again. */
  readonly answerIntent: (id: string, systemId: string | null, always: boolean) => Promise<void>;
  readonly forgetIntent: (intent: IntentName) => Promise<void>;
  readonly closeBeside: (kind: 'study' | 'encounter') => Promise<void>;

  readonly activate: (tabId: string) => Promise<void>;
  readonly retry: (tabId: string) => Promise<void>;
  readonly showSignInPage: (tabId: string) => Promise<void>;
  readonly focusPage: () => Promise<void>;
  readonly networkChanged: (isConnected: boolean) => Promise<void>;
  readonly answerOutsideLink: (id: string, open: boolean) => Promise<void>;

  /** null: everything that fails, or may be asked at any time. */
  readonly tryService: (id: string | null) => Promise<void>;

  readonly storedSignIns: () => Promise<Reply<StoredSignIns>>;
  /** The password is handed on and not kept here. A refusal that comes after the session is told to nobody. */
  readonly enterSignIn: (tabId: string, entered: EnteredSignIn) => Promise<Reply<void>>;
  readonly removeSignIn: (systemId: string) => Promise<Reply<void>>;
  /** null: begins with none. */
  readonly reopenSignIns: (oldPassword: string | null) => Promise<Reply<void>>;
  readonly checkSignIns: () => Promise<Reply<SignOnChecks>>;
  readonly learnSignIn: (tabId: string) => Promise<void>;
  readonly answerLearnt: (id: string, keep: boolean) => Promise<void>;

  readonly supportView: () => Promise<Reply<SupportView>>;
  /** Who the numbered patients are; not kept here. */
  readonly unmask: (reason: string) => Promise<Reply<SupportIdentities>>;

  /** Asks the audit trail; nothing of the answer is kept here. */
  readonly askAudit: <N extends AuditCallName>(name: N, input: CallInput<N>) => Promise<Reply<CallOutput<N>>>;

  readonly place: (placement: Placement) => Promise<void>;
  /** Lays the shell above every page until the returned function is called; nested calls count. */
  readonly raise: () => () => void;
  /** For a part of the page that is gone before its answer came. */
  readonly showProblem: (message: string) => void;
  readonly dismissProblem: () => void;
}

export interface EnteredSignIn {
  readonly userName: string;
  readonly password: string;
  /** false: for this session only. */
  readonly remember: boolean;
}

/** Milliseconds. Main has shorter ones of its own; these only keep a page from waiting for ever. */
const DEADLINE = { intent: 30_000, audit: 45_000, long: 120_000, start: 20_000, intentAnswered: 150_000 } as const;

const NOTHING: Typed = { text: '', caret: 0 };
const NO_BADGES: BadgeState = { isUsed: false, problem: null, prompt: null };
/** Before main has said anything of it. */
export const NO_WORKSPACE: WorkspaceState = {
  patient: null,
  epoch: -1,
  tabs: [],
  outsideLink: null,
  learntSignIn: null,
};

export function createShellStore(api: LanyardApi): ShellStore {
  let state: ShellState = {
    facts: null,
    session: null,
    workspace: NO_WORKSPACE,
    badge: NO_BADGES,
    raised: false,
    problem: null,
  };
  let typed = NOTHING;
  const listeners = new Set<() => void>();
  const raises = new Set<symbol>();
  /** Announcements so far: a reply asked for before one of them is older news. */
  const heard = { session: 0, workspace: 0, badge: 0 };

  const set = (change: Partial<ShellState>): void => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) listener();
  };

  const takeSession = (session: SessionState): void => {
    const isReload = isOpen(session) && state.session === null;
    const begins = isOpen(session) && !isOpen(state.session);
    if (session.status !== 'locked' && session.status !== 'unlocking' && !isOpen(session)) typed = NOTHING;
    // Nothing of the last patient or person survives in the page, whatever main announces next.
    if (isOpen(session)) set({ session });
    else {
      raises.clear(); // main lowers the shell by itself when a session ends
      const problem = state.session === null ? state.problem : null; // what kept the start from working stays said
      set({ session, workspace: NO_WORKSPACE, raised: false, problem });
    }
    if (begins) void loadWorkspace();
    // A page that was loaded again in the middle of a session may have left the shell above the pages.
    if (isReload) void report(ask(api, 'workspace.raiseShell', { raised: false }, DEADLINE.intent));
  };
  const takeWorkspace = (workspace: WorkspaceState): void => {
    if (state.session !== null && !isOpen(state.session)) return;
    if (workspace.epoch < state.workspace.epoch) return;
    set({ workspace });
  };

  const unsubscribe = [
    api.on('session.changed', (session) => {
      heard.session += 1;
      takeSession(session);
    }),
    api.on('workspace.changed', (workspace) => {
      heard.workspace += 1;
      takeWorkspace(workspace);
    }),
    api.on('badge.changed', (badge) => {
      heard.badge += 1;
      set({ badge });
    }),
  ];

  const loadSession = async (): Promise<void> => {
    const before = heard.session;
    const reply = await ask(api, 'session.get', undefined, DEADLINE.start);
    if (!reply.ok) set({ problem: reply.message });
    else if (before === heard.session) takeSession(reply.value);
  };
  const loadWorkspace = async (): Promise<void> => {
    const before = heard.workspace;
    const reply = await ask(api, 'workspace.get', undefined, DEADLINE.intent);
    if (!reply.ok) set({ problem: reply.message });
    else if (before === heard.workspace) takeWorkspace(reply.value);
  };
  const loadBadge = async (): Promise<void> => {
    const reply = await ask(api, 'badge.get', undefined, DEADLINE.start);
    if (reply.ok && heard.badge === 0) set({ badge: reply.value });
  };
  const loadFacts = async (): Promise<void> => {
    const reply = await ask(api, 'app.get', undefined, DEADLINE.start);
    set(reply.ok ? { facts: reply.value } : { problem: reply.message });
  };

  /** Shows a refusal; of a session that has ended since, nobody is left to read it. */
  const report = async (asked: Promise<Reply<void>>): Promise<void> => {
    const session = heard.session;
    const reply = await asked;
    if (!reply.ok && session === heard.session) set({ problem: reply.message });
  };
  /** What a person asked for: the last refusal has been read by now. */
  const intend = (asked: Promise<Reply<void>>): Promise<void> => {
    if (state.problem !== null) set({ problem: null });
    return report(asked);
  };

  return {
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async () => {
      void loadBadge(); // it waits for more than the page needs
      await Promise.all([loadFacts(), loadSession()]);
    },
    dispose: () => {
      for (const stop of unsubscribe) stop();
      listeners.clear();
    },

    openDowntimeLink: (link) => ask(api, 'downtime.openLink', { link }, DEADLINE.intent),

    signIn: async (userName, password) => {
      const reply = await ask(api, 'session.signIn', { userName, password }, DEADLINE.long);
      if (reply.ok && reply.value.outcome === 'signed-in' && !isOpen(state.session)) await loadSession();
      return reply;
    },
    lock: () => intend(ask(api, 'session.lock', undefined, DEADLINE.intent)),
    stay: () => intend(ask(api, 'session.stay', undefined, DEADLINE.intent)),
    unlock: (password) => ask(api, 'session.unlock', { password }, DEADLINE.long),
    takeOver: (userName, password) => ask(api, 'session.takeOver', { userName, password }, DEADLINE.long),
    unlockByPin: (pin) => ask(api, 'badge.unlock', { pin }, DEADLINE.long),
    enrolBadge: (id, pin) => ask(api, 'badge.enrol', { id, pin }, DEADLINE.intent),
    dismissBadge: (id) => report(ask(api, 'badge.dismiss', { id }, DEADLINE.intent)),
    ownBadge: () => ask(api, 'badge.own', undefined, DEADLINE.intent),
    removeOwnBadge: () => ask(api, 'badge.removeOwn', undefined, DEADLINE.intent),
    removeBadgeOf: (userName) => ask(api, 'badge.removeFor', { userName }, DEADLINE.intent),
    typed: {
      read: () => typed,
      write: (next) => {
        typed = next;
      },
    },
    cancelSignIn: () => intend(ask(api, 'session.cancelSignIn', undefined, DEADLINE.intent)),
    unsavedWork: () => ask(api, 'session.unsavedWork', undefined, DEADLINE.intent),
    signOut: () => intend(ask(api, 'session.signOut', undefined, DEADLINE.long)),

    passwordHelp: () => ask(api, 'session.passwordHelp', undefined, DEADLINE.intent),
    changePassword: async (before, after) => {
      const reply = await ask(api, 'session.changePassword', { before, after }, DEADLINE.long);
      const isIn = reply.ok && reply.value.outcome === 'changed' && reply.value.signIn?.outcome === 'signed-in';
      if (isIn && !isOpen(state.session)) await loadSession();
      return reply;
    },
    passwordWarning: () => ask(api, 'session.passwordWarning', undefined, DEADLINE.intent),
    dismissPasswordWarning: () => report(ask(api, 'session.dismissPasswordWarning', undefined, DEADLINE.intent)),

    search: (text) => ask(api, 'patient.search', { text }, DEADLINE.long),
    cancelSearch: () => intend(ask(api, 'patient.cancelSearch', undefined, DEADLINE.intent)),
    select: async (patientId) => {
      const reply = await ask(api, 'patient.select', { patientId }, DEADLINE.intent);
      if (reply.ok) await loadWorkspace();
      return reply;
    },
    closePatient: () => intend(ask(api, 'patient.close', undefined, DEADLINE.intent)),
    answerBreakGlass: (id, answer) => ask(api, 'context.answerBreakGlass', { id, answer }, DEADLINE.intent),
    answerChange: (id, answer) => intend(ask(api, 'context.answerChange', { id, answer }, DEADLINE.intent)),
    breakLink: (tabId) => intend(ask(api, 'context.breakLink', { tabId }, DEADLINE.intent)),
    rejoin: (tabId, patient) => intend(ask(api, 'context.rejoin', { tabId, patient }, DEADLINE.intent)),

    raiseIntent: (intent) => intend(ask(api, 'intents.raise', { intent }, DEADLINE.intentAnswered)),
    answerIntent: (id, systemId, always) =>
      intend(ask(api, 'intents.answer', { id, systemId, always }, DEADLINE.intent)),
    forgetIntent: (intent) => intend(ask(api, 'intents.forget', { intent }, DEADLINE.intent)),
    closeBeside: (kind) => intend(ask(api, 'context.closeBeside', { kind }, DEADLINE.intent)),

    activate: (tabId) => intend(ask(api, 'workspace.activate', { tabId }, DEADLINE.intent)),
    retry: (tabId) => intend(ask(api, 'workspace.retry', { tabId }, DEADLINE.intent)),
    showSignInPage: (tabId) => intend(ask(api, 'workspace.showSignInPage', { tabId }, DEADLINE.intent)),
    networkChanged: (isConnected) => report(ask(api, 'workspace.networkChanged', { isConnected }, DEADLINE.intent)),
    focusPage: () => intend(ask(api, 'workspace.focusPage', undefined, DEADLINE.intent)),
    answerOutsideLink: (id, open) => intend(ask(api, 'workspace.answerOutsideLink', { id, open }, DEADLINE.intent)),

    tryService: (id) => intend(ask(api, 'services.tryNow', { id }, DEADLINE.intent)),
    checkSignIns: () => ask(api, 'signOn.check', undefined, DEADLINE.intent),
    storedSignIns: () => ask(api, 'signOn.list', undefined, DEADLINE.intent),
    enterSignIn: async (tabId, entered) => {
      const session = heard.session;
      const reply = await ask(api, 'signOn.enter', { tabId, ...entered }, DEADLINE.long);
      return session === heard.session ? reply : { ok: true, value: undefined };
    },
    removeSignIn: (systemId) => ask(api, 'signOn.remove', { systemId }, DEADLINE.intent),
    reopenSignIns: (oldPassword) => ask(api, 'signOn.reopen', { oldPassword }, DEADLINE.long),
    learnSignIn: (tabId) => intend(ask(api, 'signOn.learn', { tabId }, DEADLINE.intent)),
    answerLearnt: (id, keep) => intend(ask(api, 'signOn.answerLearnt', { id, keep }, DEADLINE.intent)),

    supportView: () => ask(api, 'support.view', undefined, DEADLINE.intent),
    unmask: (reason) => ask(api, 'support.unmask', { reason }, DEADLINE.intent),

    askAudit: (name, input) => ask(api, name, input, name === 'audit.export' ? DEADLINE.long : DEADLINE.audit),

    place: (placement) => report(ask(api, 'workspace.place', placement, DEADLINE.intent)),
    raise: () => {
      const token = Symbol('raise');
      const change = (raised: boolean): void => {
        if (state.raised === raised) return;
        set({ raised });
        void report(ask(api, 'workspace.raiseShell', { raised }, DEADLINE.intent));
      };
      raises.add(token);
      change(true);
      return () => {
        raises.delete(token);
        change(raises.size > 0);
      };
    },
    showProblem: (problem) => {
      set({ problem });
    },
    dismissProblem: () => {
      set({ problem: null });
    },
  };
}

function isOpen(session: SessionState | null): boolean {
  return session?.status === 'signed-in' || session?.status === 'idle-warning';
}
