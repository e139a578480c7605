/** Builds the tabs of one sign-in: a view, a connector, a sign-on method and a follower for each system of their roles. */
import { randomBytes, randomUUID } from 'node:crypto';
import { app, type Session } from 'electron';
import type { CallInput } from '../../preload/contract.js';
import { connectors } from '../connectors/index.js';
import { systemClock } from '../context/clock.js';
import { FollowedTab, type FollowedSystem } from '../context/followedTab.js';
import type { MeantPatient } from '../context/hubHost/fhirContext.js';
import type { HubGrant, HubGrantRequest } from '../context/hubHost/hubHost.js';
import type { IntentAnswer, RaisedIntent } from '../context/intents/intent.js';
import { intentOfActivity, intentOfFdc3, whenOpened } from '../context/intents/pageIntents.js';
import { type LiveChannel, openChannel } from '../context/live/openChannel.js';
import type { AuditPort, RecordableEvent, ShownIdentity } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import type { OriginPolicy } from '../domain/navigation.js';
import type { Verdict } from '../domain/shownIdentity.js';
import type { SessionClinician } from '../identity/identitySession.js';
import type { Configuration, IdentityProviderConfiguration, SystemConfiguration } from '../policy/configuration.js';
import { ClinicianSignOn } from '../signon/clinicianSignOn.js';
import type { ProviderPage } from '../signon/identityProvider.js';
import { type MethodParts, Methods } from '../signon/methods.js';
import { ticketHostList } from '../signon/ticketHosts.js';
import type { Vault, VaultOpening } from '../vault/vault.js';
import { createLaunchTools } from './launchTools.js';
import { MemoryGovernor } from './memoryGovernor.js';
import { openOutside, openProgram } from './openOutside.electron.js';
import { readingRules } from './readingRules.js';
import type { ShellWindow } from './shellWindow.electron.js';
import { createViewSession, type ViewSession } from './viewSession.electron.js';
import { type SystemPage, wakingView } from './wakingView.js';
import { createWebView, type WebViewOptions } from './webView.electron.js';
import { Workspace } from './workspace.js';

/** The visible system loads first; the others begin after this many milliseconds, or with the first patient. */
const OTHERS_AFTER = 400;

export interface WorkspaceParts extends Pick<MethodParts, 'recipes' | 'tickets' | 'directoryAccount' | 'launcher'> {
  readonly configuration: Configuration;
  readonly shell: ShellWindow;
  readonly audit: AuditPort;
  readonly isAuditHealthy: () => boolean;
  /** The built read-back (dist/isolated). */
  readonly readBackScript: string;
  /** The built ends of live channels (dist/pageWorld); read only where a system has one. */
  readonly channelScript: () => string;
  readonly vaultKind: Vault['kind'];
  readonly openVault: () => Promise<VaultOpening>;
  readonly report: (error: unknown) => void;
  readonly changed: () => void;
  /** Resolves when the shell's page has been sent what was announced. */
  readonly bannerSaid: () => Promise<void>;
  /** A page was compared anew with its patient. */
  readonly judged: (systemId: string, verdict: Verdict | null, epoch: number) => void;
  /** A page that may lead has turned to this patient by itself. */
  readonly lead: (systemId: string, shown: ShownIdentity) => void;
  /** A page that may lead has named this patient over its live channel. */
  readonly leadTo: (systemId: string, meant: MeantPatient) => void;
  /** A page wants something of its patient opened elsewhere. */
  readonly raise: (intent: RaisedIntent) => Promise<IntentAnswer>;
  /** Lets a page into the session's own context hub; null: none runs. */
  readonly grantHub: (request: HubGrantRequest) => Promise<HubGrant | null>;
}

export interface OpenWorkspace {
  readonly workspace: Workspace;
  /** Of the clinician's roles, in the order of their tabs. */
  readonly systems: readonly SystemConfiguration[];
  tabOf(systemId: string): FollowedTab | undefined;
  readonly signOn: ClinicianSignOn;
  /** Moves the keyboard into the page that has the screen. */
  focusPage(): void;
  /** Stores what was typed, or keeps it for this session, and signs the tab on with it. */
  enterSignIn(input: CallInput<'signOn.enter'>): Promise<void>;
  /** Shows the system's own sign-in page and watches one sign-in there. */
  learnSignIn(tabId: string): void;
  /** Whether to keep what was watched; the tab then goes to its patient. */
  answerLearnt(id: string, keep: boolean): Promise<void>;
  /** Tells the systems that the clinician leaves, and ends every session. @throws AggregateError */
  end(): Promise<void>;
}

export function openWorkspace({ roles, accountName }: SessionClinician, parts: WorkspaceParts): OpenWorkspace {
  const { configuration, shell, audit } = parts;
  const pages = new Map<string, SystemPage>();
  /** For guards, which refuse whether or not the line can be written: an unwritable trail covers everything anyway. */
  const note = (event: RecordableEvent): void => {
    try {
      audit.record(event);
    } catch (error) {
      if (!(error instanceof LanyardError)) parts.report(error);
    }
  };
  const signOn = new ClinicianSignOn({
    clock: systemClock,
    audit,
    report: parts.report,
    vaultKind: parts.vaultKind,
    openVault: parts.openVault,
    smart: parts.launcher,
    newId: randomUUID,
    changed: parts.changed,
  });

  // Systems of one identity provider share its session: signed in to it once, all of them are.
  const viewSessions = new Map<string, ViewSession>();
  const sessionNamed = (name: string): ViewSession => {
    const known = viewSessions.get(name);
    if (known) return known;
    const created = createViewSession(name, note);
    viewSessions.set(name, created);
    return created;
  };
  const openView = (
    of: { readonly id: string; readonly title: string },
    viewSession: ViewSession,
    options: Pick<
      WebViewOptions,
      | 'policy'
      | 'permissions'
      | 'rules'
      | 'signInPage'
      | 'unsavedWorkSelector'
      | 'channel'
      | 'askOutside'
      | 'mayGoTo'
      | 'titleAt'
    >,
  ): SystemPage =>
    createWebView(shell, {
      systemId: of.id,
      title: of.title,
      viewSession,
      ...options,
      script: parts.readBackScript,
      clock: systemClock,
      record: note,
      report: parts.report,
      answerChallenge: (challenge) => signOn.coordinator.answerChallenge(of.id, challenge),
      focusShell: () => {
        shell.focusShell();
      },
    });

  const providerPages: SystemPage[] = [];
  const openProviderPage = (provider: IdentityProviderConfiguration): ProviderPage => {
    const view = openView(provider, sessionNamed(provider.id), {
      // Once it has signed somebody in it leads on to the system that asked first; its sign-out page frames them all.
      policy: { origins: [...provider.origins, ...methods.systemsOf(provider.id).flatMap(({ origins }) => origins)] },
      permissions: [],
      rules: [],
      signInPage: signInPageOf(provider),
      unsavedWorkSelector: null,
      channel: null,
      askOutside: () => undefined,
      mayGoTo: () => true,
      titleAt: () => provider.title,
    });
    providerPages.push(view);
    return view.signOnPage;
  };
  const methods = new Methods({
    configuration,
    signOn,
    audit,
    clock: systemClock,
    report: parts.report,
    recipes: parts.recipes,
    tickets: parts.tickets,
    directoryAccount: parts.directoryAccount,
    launcher: parts.launcher,
    openProviderPage,
    askProvider: (provider, address, signal) => askText(sessionNamed(provider.id).session, address, signal),
  });

  const authorities = configuration.patients.identifiers;
  const identifierSystems = new Map(authorities.map(({ authority, system }) => [authority, system]));
  const channels: LiveChannel[] = [];
  const systems = configuration.systems.filter((system) => system.roles.some((role) => roles.includes(role)));
  const openLive = (
    { id, title, context: { live, mayLead } }: SystemConfiguration,
    { line }: SystemPage,
    tab: () => FollowedTab,
  ): LiveChannel | null => {
    return openChannel(live, line, {
      systemId: id,
      title,
      mayLead,
      tab,
      audit,
      clock: systemClock,
      report: parts.report,
      newId: randomUUID,
      newToken: () => randomBytes(32).toString('base64url'),
      systems: identifierSystems,
      lead: (meant) => {
        parts.leadTo(id, meant);
      },
      raise: async (intent, context) => whenOpened(parts.raise(intentOfFdc3(id, intent, context))),
      scopesOf: (handle) => parts.launcher?.messagingScopes(id, handle) ?? null,
      goBack: () => workspace.goBackFrom(id),
      launchActivity: async (activity, given) => whenOpened(parts.raise(intentOfActivity(id, activity, given))),
      grant: parts.grantHub,
    });
  };
  const tabs = systems.map((system) => {
    const connector = connectors.get(system.kind);
    if (!connector) throw new LanyardError('configuration', `There is no connector of kind "${system.kind}"`);
    const provider = methods.providerOf(system);
    const method = methods.methodOf(system);
    const viewSession = sessionNamed(provider?.id ?? system.id);
    const openPage = (): SystemPage =>
      openView(system, viewSession, {
        policy: withTopOnly(connector.originPolicy(system), [
          ...(provider?.origins ?? []),
          ...(method.name === 'smart' && parts.launcher?.origin ? [parts.launcher.origin] : []),
        ]),
        permissions: connector.permissions.map(({ name }) => name).filter((name) => isNamed(system.permissions, name)),
        rules: readingRules(system.identity),
        signInPage: signInPageOf(system),
        unsavedWorkSelector: system.context.unsavedWork?.selector ?? null,
        channel: channelOf(system, parts.channelScript),
        mayGoTo: (address) => method.mayGoTo?.(address) ?? true,
        titleAt: (address) =>
          provider && URL.canParse(address) && provider.origins.includes(new URL(address).origin)
            ? provider.title
            : system.title,
        askOutside: (address) => {
          try {
            workspace.askOutside(system.id, address);
          } catch (error) {
            if (!(error instanceof LanyardError)) parts.report(error); // not recorded, so not asked
          }
        },
      });
    const view = wakingView(openPage, parts.report);
    pages.set(system.id, view);
    signOn.add({ id: system.id, title: system.title, method, page: view.signOnPage });
    const signsOn = method.name !== 'none';
    const channel = openLive(system, view, () => tab);
    if (channel) channels.push(channel);
    const tab: FollowedTab = new FollowedTab(followed(system), connector, view, {
      signOn: signsOn
        ? signOn.coordinator.forTab(
            system.id,
            method.name === 'negotiate' || method.name === 'http',
            provider?.origins ?? [],
          )
        : null,
      mayTeach: roles.includes('support'),
      launching: createLaunchTools({
        systemId: system.id,
        origins: system.origins,
        fetch: (address, init) => viewSession.session.fetch(address, init),
        audit,
        now: Date.now,
        programSchemes: configuration.workstation.programSchemes,
        openProgram,
        userName: accountName,
        location: configuration.workstation.location,
        ...(channel?.hub && { hub: channel.hub }),
      }),
      ...(channel?.follows && { live: channel.follows }),
      clock: systemClock,
      audit,
      isAuditHealthy: parts.isAuditHealthy,
      authorities,
      bannerDrawn: async (deadline) => {
        await parts.bannerSaid();
        return shell.drawn(deadline);
      },
      judged: (verdict, epoch) => {
        parts.judged(system.id, verdict, epoch);
      },
      changed: parts.changed,
      lead: (shown) => {
        parts.lead(system.id, shown);
      },
      report: parts.report,
    });
    return tab;
  });
  allowTickets(viewSessions.values(), methods.all());

  const workspace = new Workspace(tabs, {
    audit,
    openOutside,
    learntSignIn: () => signOn.learntSignIn,
    newId: randomUUID,
    now: () => performance.now(),
    changed: parts.changed,
  });
  const governor = new MemoryGovernor({
    policy: configuration.workspace,
    tabs,
    activeId: () => workspace.activeId,
    totalMb: () => app.getAppMetrics().reduce((sum, { memory }) => sum + memory.workingSetSize, 0) / 1024,
    clock: systemClock,
    report: parts.report,
  });
  // No page without the banner that says whose it should be.
  shell.onGone((gone) => {
    workspace.raiseShell(gone);
  });
  // Providers first: a system that asks one before anybody is signed in there would be led astray by its answer.
  const opening = new AbortController();
  void methods.signInToProviders(opening.signal).finally(() => {
    if (!opening.signal.aborted) workspace.open((start) => systemClock.after(OTHERS_AFTER, start));
  });
  /** The tab in which a sign-in was watched last. */
  let learning: string | null = null;
  return {
    workspace,
    systems,
    tabOf: (systemId) => tabs.find((tab) => tab.system.id === systemId),
    signOn,
    focusPage: () => {
      if (workspace.activeId !== undefined && workspace.state.tabs.some((tab) => tab.active && tab.cover === null))
        pages.get(workspace.activeId)?.focus();
    },
    enterSignIn: async ({ tabId, userName, password, remember }) => {
      const holder = methods.holderOf(tabId);
      await signOn.enter(holder, userName, password, remember);
      for (const { id } of systems) if (methods.holderOf(id) === holder) workspace.retry(id);
    },
    learnSignIn: (tabId) => {
      const page = pages.get(tabId)?.signOnPage;
      if (!page) throw new LanyardError('unknown-tab', 'There is no such tab');
      const watch = methods.watcherOf(tabId);
      if (!watch) throw new LanyardError('bad-request', 'Lanyard learns sign-ins by form only');
      workspace.showSignInPage(tabId, true);
      learning = tabId;
      signOn.learn(methods.holderOf(tabId), (signal) => watch(page, signal)).catch(parts.report);
    },
    answerLearnt: async (id, keep) => {
      await signOn.answerLearnt(id, keep);
      if (learning !== null) workspace.retry(learning); // the system's own start page is not the patient yet
      learning = null;
    },
    end: async () => {
      opening.abort();
      governor.dispose();
      for (const channel of channels) channel.end();
      await signOn.end();
      allowTickets(viewSessions.values(), []);
      methods.dispose();
      const ended = await Promise.allSettled([workspace.dispose(), ...providerPages.map((view) => view.dispose())]);
      const failed = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      if (failed.length > 0) throw new AggregateError(failed, `${failed.length} parts could not be ended cleanly`);
    },
  };
}

/** Where signing on leads through: the identity provider, or Lanyard's own SMART launcher. Never inside a frame. */
function withTopOnly(policy: OriginPolicy, topOnlyOrigins: readonly string[]): OriginPolicy {
  return topOnlyOrigins.length > 0 ? { ...policy, topOnlyOrigins } : policy;
}

/** Chromium keeps one list for the whole program, whichever session it is told on. */
function allowTickets(sessions: Iterable<ViewSession>, methods: Parameters<typeof ticketHostList>[0]): void {
  for (const { session } of sessions) session.allowNTLMCredentialsForDomains(ticketHostList(methods));
}

function signInPageOf({ signOn }: Pick<SystemConfiguration | IdentityProviderConfiguration, 'signOn'>): {
  readonly paths: readonly string[];
  readonly selector: string | null;
} {
  const recipePaths =
    signOn.method === 'form' && signOn.recipe
      ? [signOn.recipe.path, ...signOn.recipe.steps.flatMap(({ path }) => path ?? [])]
      : [];
  return {
    paths: [...(signOn.signInPage?.paths ?? []), ...recipePaths.filter((path) => path !== '/')],
    selector: signOn.signInPage?.selector ?? null,
  };
}

function followed(system: SystemConfiguration): FollowedSystem {
  const readsLoadedIdentity = system.identity?.source === 'dicomweb';
  return {
    id: system.id,
    title: system.title,
    url: system.url,
    origins: system.origins,
    external: system.external,
    context: system.context,
    canBeReadBack: system.identity !== undefined,
    readsLoadedIdentity,
    mayLead: system.context.mayLead,
    loadTimeout: system.loadTimeoutSeconds * 1000,
    verifyTimeout: system.verifyTimeoutSeconds * 1000,
  };
}

function channelOf({ context }: SystemConfiguration, script: () => string): WebViewOptions['channel'] {
  const { live } = context;
  return live === 'none' || live === 'fhircast' ? null : { kind: live, script: script() };
}

function isNamed(permissions: readonly string[], name: string): boolean {
  return permissions.includes(name);
}

/** GET of one of a provider's addresses, in the session it shares with its systems. */
async function askText(
  session: Session,
  address: URL,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await session.fetch(address.href, { signal, redirect: 'follow' });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    throw new LanyardError('unavailable', `${address.host} could not be asked`, { cause: error });
  }
}
