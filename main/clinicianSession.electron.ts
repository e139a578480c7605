/**
 * Opens everything one sign-in may use and joins it together: patients, context hub, tabs, intents, support view. Holds
 * no rules of its own; like the composition root, of which it is the half that comes and goes with the clinician.
 */
import type { DeliveryHealth } from '../preload/auditContract.js';
import { type AuditDesk, openAuditDesk } from './audit/desk/auditDesk.js';
import { lanyardCodeSystem } from './audit/renderings/auditMessage.js';
import { SecureClient } from './audit/secureRequest.js';
import { RemoteAuditStore } from './audit/store/remoteAuditStore.js';
import { SpoolAuditStore } from './audit/store/spoolAuditStore.js';
import { Spool } from './audit/transport/spool.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { app, net } from 'electron';
import type { LockReason, Patient, WorkspaceState } from '../preload/contract.js';
import type { AuditRecorder } from './audit/auditRecorder.js';
import { systemClock } from './context/clock.js';
import { forkHub } from './context/hubHost/forkHub.electron.js';
import type { MeantPatient } from './context/hubHost/fhirContext.js';
import { type HubGrant, type HubGrantRequest, HubHost } from './context/hubHost/hubHost.js';
import { followThePage, followThePageTo } from './context/leadingPage.js';
import { openIntents, type Intents } from './context/intents/openIntents.js';
import { rememberedChoices } from './context/intents/rememberedChoices.js';
import { originsAtHub } from './context/live/fhircast.js';
import { type KnownPatients, PatientContext, type PatientFollower } from './context/patientContext.js';
import { readingPlaces } from './context/support/readingPlaces.js';
import { hearing, SupportDesk } from './context/support/supportDesk.js';
import { BreakGlass } from './context/breakGlass.js';
import { ChangeSurvey } from './context/survey.js';
import type { AuditPort, RecordableEvent } from './domain/audit.js';
import { LanyardError } from './domain/errors.js';
import type { Secret } from './domain/secret.js';
import type { Redactor } from './health/redact.js';
import { NETWORK, ServiceBoard } from './health/serviceBoard.js';
import { servicesOf } from './health/services.js';
import { TabServices } from './health/tabServices.js';
import type { Directory } from './identity/directory.js';
import type { SessionClinician, UnsavedWork } from './identity/identitySession.js';
import type { readIdentifierMap } from './policy/identifierMapFile.js';
import { PatientDirectory } from './patients/patientDirectory.js';
import type { Configuration } from './policy/configuration.js';
import { DirectoryAccount } from './signon/credentialSources.js';
import type { openRecipeFile } from './signon/form/recipeStore.js';
import { createSmartLauncher, type SmartLauncher } from './signon/smart/launcher.js';
import type { TicketSource } from './signon/tickets/ticketSource.js';
import { openVault } from './vault/openVault.js';
import type { Vault } from './vault/vault.js';
import type { Announcements } from './workspace/announcements.js';
import type { CopiedNumbers } from './workspace/copiedNumbers.js';
import { openWorkspace, type OpenWorkspace } from './workspace/openWorkspace.electron.js';
import type { ShellWindow } from './workspace/shellWindow.electron.js';

/** Milliseconds for asking the directory once more whether a password that a system refused is still the right one. */
const ASK_DIRECTORY_TIMEOUT = 5_000;

/** What stays when clinicians come and go. */
export interface ClinicianSessionParts {
  readonly configuration: Configuration;
  readonly shell: ShellWindow;
  readonly audit: AuditRecorder;
  readonly directory: Directory;
  /** Whether any domain controller can be reached; rejects when aborted. */
  readonly directoryAnswers: (signal: AbortSignal) => Promise<boolean>;
  readonly tickets: TicketSource;
  readonly copied: CopiedNumbers;
  readonly redactor: Redactor;
  readonly announcements: Announcements;
  readonly recipes: ReturnType<typeof openRecipeFile>;
  readonly identifierMap: ReturnType<typeof readIdentifierMap> | null;
  readonly vaultKind: Vault['kind'];
  readonly userDataFolder: string;
  readonly spoolFolder: string;
  /** How far the audit trail went out. */
  readonly deliveries: () => Promise<DeliveryHealth[]>;
  /** Where the hand-off of the hub is written. */
  readonly sessionFolder: string;
  /** Records what has happened already: a line that cannot be written stops nothing. */
  readonly note: (event: RecordableEvent) => void;
  readonly report: (error: unknown) => string;
  /** Another program of the joined hub signed the clinician out. */
  readonly signedOutElsewhere: () => void;
  /** Another program of the joined hub locked. */
  readonly lockedElsewhere: () => void;
}

/** Lanyard's own context hub, or the one it has joined. */
type SessionHub = Pick<
  HubHost,
  'start' | 'follow' | 'followBeside' | 'survey' | 'report' | 'grant' | 'hibernate' | 'leave' | 'end'
>;

/** Everything one sign-in has opened. */
export interface ClinicianSession extends Omit<OpenWorkspace, 'end'> {
  readonly state: WorkspaceState;
  readonly context: PatientContext;
  readonly patients: PatientDirectory;
  readonly survey: ChangeSurvey;
  readonly glass: BreakGlass;
  readonly intents: Intents;
  readonly support: SupportDesk;
  readonly auditDesk: AuditDesk;
  readonly services: ServiceBoard;
  /** Begins to speak with other programs. */
  start(): void;
  /** The directory took a new password. Both stay the caller's. @returns sentences about what could not be done */
  passwordChanged(before: Secret, after: Secret): Promise<readonly string[]>;
  /** The directory said yes to this one at an unlock: where it was changed elsewhere, it is changed here. */
  passwordConfirmed(password: Secret): Promise<void>;
  /** Takes everything off the screen until `unlock`, tells other programs, and follows nobody meanwhile. */
  lock(reason: LockReason): void;
  /** Everything as it was, but for what has to say anew whom it shows. */
  unlock(): void;
  /** Systems with work that is not saved, or of which nobody knows. */
  unsavedWork(): Promise<readonly UnsavedWork[]>;
  /** Takes everything off the screen, for good, and ends what follows the patient: these audit lines still are the clinician's. */
  leave(): void;
  /** Ends every system's session. Can be repeated. @throws AggregateError | LanyardError: what could not be ended */
  end(): Promise<void>;
}

/** @param signal aborts when the clinician leaves meanwhile: then nothing stays open, and the answer is null */
export async function openClinicianSession(
  clinician: SessionClinician,
  password: Secret,
  signal: AbortSignal,
  parts: ClinicianSessionParts,
): Promise<ClinicianSession | null> {
  const { configuration, shell, audit, directory, tickets, copied, redactor, announcements, note, report } = parts;
  const { principalName, displayName, accountName } = clinician;
  let tabsSeen = (): void => undefined;
  const changed = (): void => {
    tabsSeen();
    announcements.changed();
  };
  redactor.learn(principalName, displayName);
  const over = new AbortController();
  const directoryAccount = new DirectoryAccount({
    accountName,
    principalName,
    netbiosName: configuration.directory.netbiosName,
    clock: systemClock,
    password,
    isStillRight: async (asked) => {
      const wait = AbortSignal.timeout(ASK_DIRECTORY_TIMEOUT);
      const { outcome } = await asked.use((text) => directory.authenticate(principalName, text, wait));
      return outcome === 'accepted';
    },
  });
  const launcher = smartLauncher(configuration, principalName, {
    audit,
    report,
    epoch: () => context.current.epoch,
    grantHub: (request) => hub?.grant(request) ?? Promise.resolve(null),
  });
  await Promise.all([
    tickets.obtain(principalName, password.copy(), signal),
    launcher?.start().catch(report), // its systems then say that it did not start
  ]);
  const hubClient = configuration.contextHub?.join ? await import('./context/hubClient/openJoinedHub.js') : null;
  if (signal.aborted) {
    await launcher?.dispose();
    directoryAccount.dispose();
    return null;
  }
  const fetchPatients = (address: string, init: RequestInit) => net.fetch(address, init);
  const patients = new PatientDirectory(
    configuration.patients,
    fetchPatients,
    undefined,
    parts.identifierMap,
    (answers) => {
      services.saw('patients', answers);
    },
  );
  const support = new SupportDesk({
    roles: clinician.roles,
    now: () => systemClock.now(),
    audit,
    hub: async () => (await hub?.report()) ?? null,
    tabs: () => opened.workspace.state.tabs,
    placesOf: (systemId, field) =>
      readingPlaces(configuration.systems.find(({ id }) => id === systemId)?.identity, field),
  });
  const heardAudit = hearing(audit, support, report);
  const titleOf = (systemId: string): string =>
    configuration.systems.find(({ id }) => id === systemId)?.title ?? systemId;
  const opened = openWorkspace(clinician, {
    configuration,
    shell,
    audit: heardAudit,
    isAuditHealthy: () => audit.healthy,
    readBackScript: readFileSync(path.join(import.meta.dirname, '../isolated/readBack.js'), 'utf8'),
    channelScript: () => readFileSync(path.join(import.meta.dirname, '../pageWorld/channel.js'), 'utf8'),
    recipes: parts.recipes,
    tickets,
    directoryAccount,
    launcher,
    vaultKind: parts.vaultKind,
    openVault: () =>
      openVault({
        store: parts.vaultKind,
        principalName,
        password,
        userDataFolder: parts.userDataFolder,
        folder: configuration.vault.folder ?? null,
        clock: systemClock,
        randomBytes,
        passwordsChanged: (systemIds) => {
          for (const systemId of systemIds) note({ type: 'signOn.stored', systemId, change: 'password-changed' });
        },
      }),
    report,
    changed,
    bannerSaid: () => announcements.said(),
    judged: (systemId, verdict, epoch) => {
      support.judged(systemId, verdict, epoch);
    },
    lead: (systemId, shown) => {
      void followThePage({ id: systemId, title: titleOf(systemId) }, shown, ports);
    },
    grantHub: (request) => hub?.grant(request) ?? Promise.resolve(null),
    leadTo: (systemId, meant) => {
      void followThePageTo({ id: systemId, title: titleOf(systemId) }, meant, ports);
    },
    raise: (intent) => intents.desk.raise(intent),
  });
  const services = clinicianServices(parts, {
    systems: opened.systems,
    searchAnswers: (asked) => patients.answers(asked),
    retry: (systemId) => opened.workspace.retryByItself(systemId),
    startHub: () => {
      startHub();
    },
    changed: () => {
      announcements.changed();
    },
  });
  const tabServices = new TabServices((id, answers) => {
    services.saw(id, answers);
  });
  tabsSeen = () => {
    tabServices.seen(opened.workspace.state.tabs);
  };
  let patientSince: string | null = null;
  let startHub = (): void => undefined;
  const learn = (patient: Patient): Patient => {
    const { name, nhsNumber, identifiers } = patient;
    copied.learn(nhsNumber, ...identifiers.map(({ value }) => value));
    redactor.learn(name.family, ...name.given, ...identifiers.map(({ value }) => value));
    return patient;
  };
  const known: KnownPatients = { get: async (patientId) => learn(await patients.get(patientId)) };
  const follower: PatientFollower = {
    follow: (patient, epoch, how) => {
      patientSince = patient === null ? null : new Date(systemClock.now()).toISOString();
      launcher?.patientChanged(epoch);
      opened.signOn.stopWatching();
      support.committed(patient, epoch, how.leader);
      intents.patientChanged();
      opened.workspace.follow(patient, epoch, how);
      contextNotice = null; // it was about the patient before
      hub?.follow(patient);
    },
  };
  let contextNotice: string | null = null;
  /** Said beside the banner; null: not any more. */
  const tell = (text: string | null): void => {
    contextNotice = text;
    changed();
  };
  const survey = new ChangeSurvey({
    participants: () => opened.workspace.participants(),
    programs: (patient, proposal) => hub?.survey(patient, proposal) ?? Promise.resolve([]),
    mayBreakLink: () => opened.workspace.mayBreakLink,
    audit: heardAudit,
    clock: systemClock,
    newId: randomUUID,
    changed,
    report,
  });
  const glass = new BreakGlass({
    restricted: configuration.patients.restricted ?? null,
    roles: clinician.roles,
    audit: heardAudit,
    newId: randomUUID,
    titleOf,
    changed,
  });
  const context = new PatientContext(known, audit, follower, survey, glass, (error) => {
    if (!(error instanceof LanyardError)) report(error);
    const why = error instanceof LanyardError ? error.message : 'Lanyard met a problem';
    tell(`The patient was not changed. ${why}.`);
  });
  const passwordChanged: ClinicianSession['passwordChanged'] = async (before, after) => {
    const outdated = directoryAccount.passwordChanged(after.copy());
    try {
      const [problems] = await Promise.all([
        opened.signOn.directoryPasswordChanged(before, after),
        tickets.obtain(principalName, after.copy(), over.signal),
      ]);
      return problems;
    } finally {
      outdated.wipe();
    }
  };
  const identifierSystems = new Map(
    configuration.patients.identifiers.map(({ authority, system }) => [authority, system]),
  );
  const choicesFile =
    configuration.workstation.mode === 'shared' ? null : path.join(parts.userDataFolder, 'intent-choices.json');
  const intents = openIntents({
    identifierSystems,
    systems: opened.systems.map(({ id, title, intents: can = [] }) => ({ id, title, intents: can })),
    tab: (systemId) => opened.tabOf(systemId),
    chosen: () => context.current,
    remembered: rememberedChoices(choicesFile, principalName, report),
    activate: (systemId) => {
      opened.workspace.activate(systemId);
    },
    follow: (beside) => {
      for (const { id } of opened.systems) opened.tabOf(id)?.followBeside(beside);
    },
    publish: (change, subject) => {
      hub?.followBeside(change, subject);
    },
    audit: heardAudit,
    clock: systemClock,
    newId: randomUUID,
    changed,
    report,
  });
  const ports = {
    clock: systemClock,
    chosen: context,
    beside: intents.forHub,
    identify: async (meant: MeantPatient) => learn(await patients.identify(meant)),
    systems: identifierSystems,
    audit: heardAudit,
    notice: tell,
    report,
  };
  const join = configuration.contextHub?.join;
  const hub: SessionHub | null =
    join && hubClient
      ? hubClient.openJoinedHub(join, {
          ...ports,
          signOut: () => {
            parts.signedOutElsewhere();
          },
          lock: () => {
            parts.lockedElsewhere();
          },
          standing: (isJoined) => {
            services.saw('hub', isJoined);
          },
        })
      : configuration.contextHub
        ? new HubHost({
            ...ports,
            fork: forkHub,
            port: configuration.contextHub.port,
            origins: originsAtHub(configuration.systems),
            programs: configuration.contextHub.programs,
            folder: parts.sessionFolder,
            standing: (isRunning, nextTry) => {
              services.saw('hub', isRunning, nextTry);
            },
          })
        : null;
  if (hub instanceof HubHost)
    startHub = () => {
      hub.startNow();
    };
  return {
    ...opened,
    context,
    patients,
    survey,
    glass,
    intents,
    support,
    auditDesk: auditDesk(parts, clinician, directoryAccount),
    services,
    get state() {
      return {
        ...opened.workspace.state,
        ...intents.state,
        changeQuestion: survey.question,
        breakGlassQuestion: glass.question,
        ...(contextNotice !== null && { contextNotice }),
        services: services.state,
        ...(patientSince !== null && { patientSince }),
      };
    },
    start: () => {
      hub?.start();
      changed();
    },
    passwordChanged,
    passwordConfirmed: async (password) => {
      const before = directoryAccount.unless(password);
      if (!before) return;
      try {
        for (const problem of await passwordChanged(before, password)) report(new Error(problem));
      } finally {
        before.wipe();
      }
    },
    lock: (reason) => {
      opened.workspace.lock();
      context.hold(true);
      opened.signOn.stopWatching();
      if (reason !== 'other-program')
        hub?.hibernate(reason === 'user' || reason === 'badge' ? 'user-initiated' : 'system-timeout');
    },
    unlock: () => {
      context.hold(false);
      opened.workspace.unlock();
      services.tryFailing();
    },
    unsavedWork: async () => {
      const answers = await Promise.all(
        opened.workspace
          .everybody()
          .map(async ({ systemId, title, survey }) => ({ systemId, title, answer: await survey() })),
      );
      return answers
        .filter(({ answer }) => answer !== 'ready')
        .map(({ systemId, title, answer }) => ({ systemId, title, isSaid: answer === 'unsaved' }));
    },
    leave: () => {
      hub?.leave();
      opened.workspace.leave();
      intents.patientChanged();
      context.end();
      glass.end();
    },
    end: async () => {
      over.abort();
      services.dispose();
      patients.dispose();
      try {
        await Promise.all([hub?.end(), opened.end()]);
        await launcher?.dispose();
      } finally {
        directoryAccount.dispose();
      }
    },
  };
}

/** In the order of the list: what everything needs first. */
function clinicianServices(
  { configuration, audit, directoryAnswers, report }: ClinicianSessionParts,
  ports: {
    readonly systems: readonly { readonly id: string; readonly title: string }[];
    readonly searchAnswers: (signal: AbortSignal) => Promise<boolean>;
    /** false: not tried. */
    readonly retry: (systemId: string) => boolean;
    readonly startHub: () => void;
    readonly changed: () => void;
  },
): ServiceBoard {
  const board = new ServiceBoard({ clock: systemClock, random: Math.random, changed: ports.changed, report });
  const { offlineUnlockMinutes } = configuration.session;
  for (const service of servicesOf({
    offlineUnlockMinutes,
    hub: configuration.contextHub ? (configuration.contextHub.join ? 'joined' : 'own') : null,
    sendsAudit: (configuration.audit.server ?? configuration.audit.fhir ?? configuration.audit.syslog) !== undefined,
    systems: ports.systems,
    directoryAnswers,
    searchAnswers: ports.searchAnswers,
    retry: ports.retry,
    startHub: ports.startHub,
  }))
    board.add(service);
  board.saw(NETWORK, true); // the directory has just been asked over it
  board.saw('directory', true);
  board.saw('audit', audit.healthy);
  return board;
}

/** null where no system is launched by SMART. */
function smartLauncher(
  { systems, patients }: Configuration,
  principalName: string,
  parts: {
    readonly audit: AuditPort;
    readonly report: (error: unknown) => void;
    /** Of the patient in the banner. */
    readonly epoch: () => number;
    readonly grantHub: (request: HubGrantRequest) => Promise<HubGrant | null>;
  },
): SmartLauncher | null {
  const launched = systems.flatMap(({ id, title, origins, signOn }) => {
    if (signOn.method !== 'smart') return [];
    const { clientId, redirectUris, scopes } = signOn;
    return [{ id, title, origins, clientId, redirectUris, scopes }];
  });
  if (launched.length === 0) return null;
  return createSmartLauncher({
    systems: launched,
    fhirBaseUrl: patients.fhirBaseUrl,
    fetch: (address, init) => net.fetch(address, init),
    clinician: { subject: principalName, fhirUser: null },
    ports: {
      // The banner is the shell's own and always above the tabs; what it says is what the tab is verified against.
      showsBanner: (_systemId, epoch) => parts.epoch() === epoch,
      grantHub: parts.grantHub,
    },
    audit: parts.audit,
    clock: systemClock,
    report: parts.report,
  });
}

function auditDesk(
  { configuration, audit, spoolFolder, deliveries }: ClinicianSessionParts,
  { principalName, roles }: Pick<SessionClinician, 'principalName' | 'roles'>,
  account: DirectoryAccount,
): AuditDesk {
  const { trust, patients, systems } = configuration;
  const { server } = configuration.audit;
  return openAuditDesk({
    user: principalName,
    roles,
    server: server
      ? new RemoteAuditStore({
          client: new SecureClient(server),
          credentials: account.credentialsFor({ id: 'audit-server', audit, userName: 'principal-name' }),
          verifier: server.checkpointKey ?? null,
        })
      : null,
    serverHost: server ? new URL(server.url).host : null,
    spool: new SpoolAuditStore(new Spool(spoolFolder), () => new Date()),
    audit,
    deliveries,
    systems: systems.map(({ id, title }) => ({ id, title })),
    downloads: app.getPath('downloads'),
    facts: {
      trust: trust.name,
      rendering: {
        site: trust.odsCode ?? null,
        codeSystem: lanyardCodeSystem,
        identifierSystems: Object.fromEntries(patients.identifiers.map(({ authority, system }) => [authority, system])),
      },
      verifier: server?.checkpointKey ?? null,
    },
    now: () => new Date(),
  });
}
