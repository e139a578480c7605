/** People and systems for the pictures: invented, with NHS numbers of the range kept for tests (999). */
import type {
  AppFacts,
  BreakGlassQuestion,
  CoverCard,
  Downtime,
  FoundPatient,
  LinkState,
  PasswordHelp,
  Patient,
  SessionState,
  StoredSignIns,
  SupportChange,
  SupportIdentities,
  SupportView,
  TabState,
  ServiceState,
  WorkspaceState,
} from '../../preload/contract.js';

export const facts: AppFacts = {
  version: '0.1.0',
  trustName: 'Demo Hospital NHS Trust',
  location: 'Ward 7',
  banner: 'DEMO HOSPITAL – not real patients',
  demo: null,
  configurationProblems: null,
};

export const downtime: Downtime = {
  text: 'Go on with the paper charts in the red folder at the nurses’ station.\nWrite the time on every sheet.',
  contacts: [
    { name: 'IT service desk, day and night', telephone: '01632 960001' },
    { name: 'Duty pathologist', telephone: 'ext. 2222, bleep 014' },
  ],
  links: [{ title: 'Downtime forms to print', url: 'https://downtime.ward.example.nhs/forms' }],
};

export const signedOut: SessionState = { status: 'signed-out', notice: null };

export const signedIn: Extract<SessionState, { status: 'signed-in' }> = {
  status: 'signed-in',
  clinician: {
    displayName: 'Test CLINICIAN',
    principalName: 'test.clinician@ward.example.nhs',
    roles: ['clinician'],
    since: '2026-02-12T08:00:00Z',
    passwordExpires: null,
  },
};

export const locked: Extract<SessionState, { status: 'locked' }> = {
  status: 'locked',
  clinician: signedIn.clinician,
  lock: {
    since: '2026-02-12T14:00:05Z',
    reason: 'idle',
    signsOutAt: '2026-02-12T14:25:05Z',
    unsaved: ['Patient record', 'Orders'],
  },
};

export const patient: Patient = {
  id: 'p1',
  nhsNumber: '9990000018',
  identifiers: [{ authority: 'RDEMO', title: 'Hospital number', value: '0012345' }],
  name: { family: 'Testpatient', given: ['Alma', 'Rose'], prefix: 'Ms', preferred: null },
  birthDate: '1950-01-01',
  gender: 'female',
  deceased: null,
  lastUpdated: null,
};

export const deceased: Patient = {
  ...patient,
  id: 'p2',
  nhsNumber: '9990000123',
  identifiers: [{ authority: 'RDEMO', title: 'Hospital number', value: '0012399' }],
  name: { family: 'Testpatient', given: ['Almar'], prefix: 'Mr', preferred: 'Al' },
  birthDate: '1948-07-30',
  gender: 'male',
  deceased: { date: '2026-02-03' },
};

export const unknown: Patient = {
  id: 'p3',
  nhsNumber: null,
  identifiers: [],
  name: { family: 'Unknown', given: [], prefix: null, preferred: null },
  birthDate: null,
  gender: null,
  deceased: null,
  lastUpdated: null,
};

export const longest: Patient = {
  ...patient,
  id: 'p4',
  nhsNumber: '9990001014',
  identifiers: [
    { authority: 'RDEMO', title: 'Hospital number', value: '0012345' },
    { authority: 'RADIOLOGY', title: 'Radiology number', value: 'X-998-112-A' },
  ],
  name: {
    family: 'Fotheringham-Wolstenholme-Testpatient',
    given: ['Maximiliana', 'Theodora', 'Bartholomea'],
    prefix: 'Professor Dame',
    preferred: 'Maxi',
  },
  birthDate: '2024-11-20',
};

const found = (
  one: Patient,
  lookAlikes: FoundPatient['lookAlikes'] = [],
  replacedBy: string | null = null,
): FoundPatient => ({ patient: one, lookAlikes, replacedBy });

export const lookAlikes: FoundPatient[] = [
  found(patient, ['same-name-and-birth-date', 'same-name']),
  found(
    {
      ...patient,
      id: 'p5',
      nhsNumber: '9990001022',
      identifiers: [{ authority: 'RDEMO', title: 'Hospital number', value: '0055501' }],
    },
    ['same-name-and-birth-date'],
  ),
  found(deceased, ['similar-name']),
  found({ ...patient, id: 'p6', nhsNumber: null, name: { ...patient.name, given: ['Alma'] } }, [], 'p1'),
  found({ ...unknown, name: { ...unknown.name, family: 'Testpatient' } }),
];

const tab = (id: string, title: string, link: LinkState, more: Partial<TabState> = {}): TabState => ({
  id,
  title,
  active: false,
  link,
  cover: null,
  notice: null,
  since: '2026-02-12T08:00:00Z',
  ...more,
});

export const cover = (
  kind: CoverCard['kind'],
  title: string,
  reason: string,
  actions: CoverCard['actions'] = [],
): CoverCard => ({ kind, title, reason, actions });

const tabs: TabState[] = [
  tab('epr', 'Patient record', 'In step', { active: true }),
  tab('pacs', 'Images', 'In step'),
  tab('results', 'Results', 'Changing', { cover: cover('loading', 'Opening Results …', '') }),
  tab('shared', 'Shared care record', 'In step'),
];

/** One tab in every link state there is. */
export const everyLinkState: TabState[] = [
  tab('epr', 'Patient record', 'In step'),
  tab('pacs', 'Images', 'Changing', { cover: cover('loading', 'Opening Images …', '') }),
  tab('ecg', 'ECG', 'Not checked', {
    active: true,
    notice: 'Lanyard cannot read which patient ECG shows. Check the name and number on the page yourself.',
  }),
  tab('results', 'Results', 'Different patient', {
    cover: cover('different-patient', 'Results shows another patient', ''),
  }),
  tab('library', 'Library', 'Unlinked'),
  tab('theatre', 'Theatre lists', 'No access', { cover: cover('no-access', 'No access to Theatre lists', '') }),
  tab('shared', 'Shared care record', 'Signed out', {
    cover: cover('signed-out', 'Shared care record is signed out', ''),
  }),
];

export const workspace: WorkspaceState = { patient, epoch: 1, tabs, outsideLink: null, learntSignIn: null };
const service = (id: string, title: string, more: Partial<ServiceState> = {}): ServiceState => ({
  id,
  title,
  status: 'answers',
  since: '2026-02-12T07:30:00.000Z',
  meaning: 'Its page cannot be opened and stays covered. The other systems are not affected.',
  nextTry: null,
  isTrying: false,
  canTry: false,
  ...more,
});
/** Two of them fail. */
export const services: readonly ServiceState[] = [
  service('network', 'Network of this computer'),
  service('directory', 'Directory', {
    status: 'fails',
    since: '2026-02-12T09:14:00.000Z',
    meaning:
      'You can go on working. A locked session can be unlocked for 240 minutes after the directory last answered. New sign-ins and new passwords will fail.',
    nextTry: '2026-02-12T14:01:10.000Z',
    canTry: true,
  }),
  service('patients', 'Finding patients', {
    status: 'fails',
    since: '2026-02-12T13:58:00.000Z',
    meaning: 'Nobody new can be found. A patient already chosen stays chosen, but what the banner says may be old.',
    nextTry: '2026-02-12T14:00:05.000Z',
    canTry: true,
  }),
  service('system epr', 'Patient record'),
  service('hub', 'Context hub', { status: 'unknown' }),
  service('audit', 'Audit trail'),
];
export const nobody: WorkspaceState = {
  patient: null,
  epoch: 0,
  tabs: tabs.map((one) => ({ ...one, link: 'Not checked', cover: null })),
  outsideLink: null,
  learntSignIn: null,
};

const brian: Patient = {
  ...patient,
  id: 'p7',
  nhsNumber: '9990001030',
  identifiers: [{ authority: 'RDEMO', title: 'Hospital number', value: '0077702' }],
  name: { family: 'Testpatient', given: ['Brian'], prefix: 'Mr', preferred: null },
  birthDate: '1948-08-30',
  gender: 'male',
};

/** Two systems hold a change of patient: one has unsaved work, one does not answer. */
export const heldChange: WorkspaceState = {
  ...workspace,
  changeQuestion: {
    id: 'q1',
    patient: brian,
    objections: [
      { systemId: 'epr', title: 'Patient record', kind: 'unsaved' },
      { systemId: 'pacs', title: 'Images', kind: 'busy' },
    ],
    mayContinue: false,
    mayBreakLink: true,
  },
};

/** A restricted record is wanted. */
export const breakGlassQuestion: BreakGlassQuestion = {
  id: 'b1',
  patient: brian,
  restrictions: ['Restricted record'],
  reasons: ['I am treating this patient', 'Emergency', 'I was asked for an opinion'],
  from: null,
};

/** The tab on the screen stays with a patient of its own. */
export const twoPatients: WorkspaceState = {
  ...workspace,
  secondPatient: brian,
  tabs: [
    tab('epr', 'Patient record', 'In step'),
    tab('pacs', 'Images', 'Unlinked', {
      active: true,
      unlinked: true,
      notice: 'Images is not linked: it stays with its own patient.',
    }),
    tab('shared', 'Shared care record', 'In step'),
  ],
};

/** The tab on the screen slept; beside it, one sleeps. */
export const refreshed: WorkspaceState = {
  ...workspace,
  tabs: [
    tab('epr', 'Patient record', 'In step', { active: true, refreshedAt: '2026-02-12T10:42:00.000Z' }),
    tab('pacs', 'Images', 'Not checked'),
    tab('shared', 'Shared care record', 'In step'),
  ],
};

export const passwordHelp: PasswordHelp = {
  userName: 'max.test@ward.example.nhs',
  rules: {
    minimumLength: 14,
    complexity: true,
    nameParts: ['max.test'],
    history: 24,
    mayChangeFrom: null,
  },
};

/** One stored sign-in in every state there is. */
export const stored: StoredSignIns = {
  status: 'open',
  explanation: null,
  kind: 'roaming-file',
  entries: [
    {
      systemId: 'epr',
      systemTitle: 'Patient record',
      userName: 'test.clinician@ward.example.nhs',
      storedAt: '2026-01-20T09:00:00Z',
      state: 'usable',
    },
    {
      systemId: 'pacs',
      systemTitle: 'Images',
      userName: 'tclinician',
      storedAt: '2025-11-03T09:00:00Z',
      state: 'refused',
    },
    {
      systemId: 'shared',
      systemTitle: 'Shared care record',
      userName: 'TCLIN01',
      storedAt: '2026-02-12T08:05:00Z',
      state: 'unconfirmed',
    },
  ],
  systems: [
    { systemId: 'epr', systemTitle: 'Patient record' },
    { systemId: 'pacs', systemTitle: 'Images' },
    { systemId: 'results', systemTitle: 'Results' },
    { systemId: 'shared', systemTitle: 'Shared care record' },
  ],
};

export const supportStaff: typeof signedIn = {
  ...signedIn,
  clinician: { ...signedIn.clinician, displayName: 'Test SUPPORT', roles: ['clinician', 'support'] },
};

const change = (number: number, more: Partial<SupportChange> = {}): SupportChange => ({
  number,
  at: `2026-02-12T13:5${String(number)}:11.000Z`,
  askedBy: { kind: 'clinician', name: null },
  outcome: 'committed',
  epoch: number,
  patient: (number % 3) + 1,
  held: null,
  tabs: [
    { title: 'Patient record', link: 'In step', verifiedAfter: 430 },
    { title: 'Images', link: 'In step', verifiedAfter: 1_280 },
    { title: 'Results', link: 'In step', verifiedAfter: 610 },
    { title: 'Shared care record', link: 'Not checked', verifiedAfter: null },
  ],
  ...more,
});

/** Changes of every outcome, by everybody who can ask; a subscriber in every state. */
export const support: SupportView = {
  takenAt: '2026-02-12T14:05:00.000Z',
  hub: {
    state: 'running',
    port: 50123,
    joined: null,
    topic: '…r9Yc',
    startedAt: '2026-02-12T13:40:02.000Z',
    restarts: 1,
    subscribers: [
      {
        name: 'Dictation',
        events: ['Patient-open', 'Patient-close', 'SyncError', 'UserLogout'],
        since: '2026-02-12T13:41:00.000Z',
        lastAnswer: { event: 'Patient-open', status: 200, at: '2026-02-12T14:04:12.000Z' },
        awaited: null,
        overdue: false,
        left: null,
      },
      {
        name: 'Voice archive',
        events: ['Patient-open'],
        since: '2026-02-12T13:41:30.000Z',
        lastAnswer: { event: 'Patient-open', status: 409, at: '2026-02-12T14:03:12.000Z' },
        awaited: { event: 'Patient-open', since: '2026-02-12T14:04:52.000Z' },
        overdue: false,
        left: null,
      },
      {
        name: 'Dosing calculator',
        events: ['Patient-open'],
        since: '2026-02-12T13:42:00.000Z',
        lastAnswer: null,
        awaited: null,
        overdue: true,
        left: { at: '2026-02-12T14:02:21.000Z', reason: 'did not answer in time' },
      },
      {
        name: 'Letter writer',
        events: ['Patient-open'],
        since: null,
        lastAnswer: null,
        awaited: null,
        overdue: false,
        left: { at: '2026-02-12T13:45:00.000Z', reason: 'the lease is over' },
      },
    ],
  },
  tabs: [
    {
      id: 'epr',
      title: 'Patient record',
      link: 'In step',
      since: '2026-02-12T14:04:11.430Z',
      reason: 'Its page was read to show the chosen patient.',
      proof: {
        at: '2026-02-12T14:04:11.500Z',
        verified: true,
        items: [
          { field: 'nhsNumber', places: ['[data-nhs-number]'], result: 'matched' },
          { field: 'dateOfBirth', places: ['#demographics › .dob'], result: 'matched' },
          { field: 'name', places: ['h1'], result: 'matched' },
        ],
      },
    },
    {
      id: 'pacs',
      title: 'Images',
      link: 'In step',
      since: '2026-02-12T14:04:12.280Z',
      reason: 'Its page was read to show the chosen patient.',
      proof: null,
    },
    {
      id: 'results',
      title: 'Results',
      link: 'Different patient',
      since: '2026-02-12T14:04:40.000Z',
      reason:
        "Results shows another patient. The NHS number on its page is not the chosen patient's, so the page is covered.",
      proof: {
        at: '2026-02-12T14:04:40.000Z',
        verified: false,
        items: [{ field: 'nhsNumber', places: ['#header .nhs'], result: 'different' }],
      },
    },
    {
      id: 'ecg',
      title: 'ECG',
      link: 'Not checked',
      since: '2026-02-12T14:04:21.000Z',
      reason:
        'ECG did not show who this is. Its page shows no number that Lanyard can compare with the chosen patient.',
      proof: {
        at: '2026-02-12T14:04:12.000Z',
        verified: false,
        items: [{ field: 'localNumber', places: ['td.patient-id'], result: 'missing' }],
      },
    },
    {
      id: 'shared',
      title: 'Shared care record',
      link: 'Not checked',
      since: '2026-02-12T14:04:12.000Z',
      reason:
        'Lanyard cannot read which patient Shared care record shows. Check the name and number on the page yourself.',
      proof: { at: '2026-02-12T14:04:12.000Z', verified: false, items: [] },
    },
  ],
  changes: [
    change(9, {
      at: '2026-02-12T14:04:11.000Z',
      tabs: [
        { title: 'Patient record', link: 'In step', verifiedAfter: 430 },
        { title: 'Images', link: 'In step', verifiedAfter: 1_280 },
        { title: 'Results', link: 'Different patient', verifiedAfter: 610 },
        { title: 'Shared care record', link: 'Not checked', verifiedAfter: null },
      ],
    }),
    change(8, { askedBy: { kind: 'program', name: 'Dictation' } }),
    change(7, {
      askedBy: { kind: 'program', name: 'Dictation' },
      outcome: 'refused',
      epoch: null,
      patient: null,
      tabs: [],
    }),
    change(6, { askedBy: { kind: 'page', name: 'Results' } }),
    change(5, {
      outcome: 'cancelled',
      epoch: null,
      patient: null,
      tabs: [],
      held: { systems: [{ title: 'Patient record', kind: 'unsaved' }], answer: 'cancel' },
    }),
    change(4, {
      held: {
        systems: [
          { title: 'Patient record', kind: 'unsaved' },
          { title: 'Results', kind: 'busy' },
        ],
        answer: 'break-link',
      },
    }),
    change(3, {
      outcome: 'closed',
      patient: null,
      tabs: ['Patient record', 'Images', 'Results', 'Shared care record'].map((title) => ({
        title,
        link: 'Not checked',
        verifiedAfter: null,
      })),
    }),
  ],
};

/** Nothing has happened yet, and no hub is there. */
export const supportOfNothing: SupportView = {
  takenAt: '2026-02-12T14:05:00.000Z',
  hub: {
    state: 'not-configured',
    port: null,
    joined: null,
    topic: null,
    startedAt: null,
    restarts: 0,
    subscribers: [],
  },
  tabs: [],
  changes: [],
};

export const identities: SupportIdentities = {
  reason: 'Ward 7 says that Results shows another name',
  patients: [
    { number: 1, name: patient.name, nhsNumber: patient.nhsNumber, birthDate: patient.birthDate },
    { number: 2, name: longest.name, nhsNumber: longest.nhsNumber, birthDate: longest.birthDate },
    { number: 3, name: unknown.name, nhsNumber: null, birthDate: null },
  ],
};

/** The workspace with its first tab covered. */
export function coveredBy(link: LinkState, card: CoverCard): WorkspaceState {
  return {
    ...workspace,
    tabs: tabs.map((one) => (one.active ? { ...one, link, cover: card } : one)),
  };
}
