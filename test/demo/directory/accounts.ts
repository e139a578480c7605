/** The demo hospital's domain: its groups and its people. All names are invented; one password fits every account. */

export const demoDomain = {
  domain: 'demo.hospital.example',
  netbiosName: 'DEMO',
  controller: 'dc1.demo.hospital.example',
};

/** Shown on the demo's sign-in page: it protects nothing. */
export const DEMO_PASSWORD = 'Demo-Pass-2024!';

/** What stands between an account and a sign-in with the right password. */
export type Obstacle =
  | 'disabled'
  | 'account-expired'
  | 'password-expired'
  | 'must-change'
  | 'outside-hours'
  | 'wrong-workstation'
  | 'restricted'
  | 'smartcard'
  | 'locked';

export interface DemoAccount {
  readonly userName: string;
  readonly displayName: string;
  /** One line for the demo's sign-in page. */
  readonly description: string;
  readonly groups: readonly string[];
  readonly obstacle?: Obstacle;
  /** Days until the password expires; default 30. */
  readonly passwordDaysLeft?: number;
}

/** Group → the groups it is a member of. */
export const demoGroups: Readonly<Record<string, readonly string[]>> = {
  Clinicians: [],
  Radiology: ['Clinicians'],
  'IT-Support': [],
  'Audit-Readers': [],
  'IG-Team': ['Audit-Readers'],
};

/** As in lanyard.json. */
export const demoRoles = {
  clinician: ['Clinicians'],
  auditor: ['Audit-Readers'],
  privacyOfficer: ['IG-Team'],
  support: ['IT-Support'],
} as const;

/** May look others up, as `directory.serviceAccount`. */
export const demoServiceAccount = { principal: `svc.lanyard@${demoDomain.domain}`, password: DEMO_PASSWORD };

export const demoAccounts: readonly DemoAccount[] = [
  {
    userName: 'amara.test',
    displayName: 'Dr Amara Testclinician',
    description: 'Doctor: signs in',
    groups: ['Clinicians'],
  },
  {
    userName: 'remy.test',
    displayName: 'Remy Testradiographer',
    description: 'Radiographer: in Radiology, a group inside Clinicians; password expires in 5 days',
    groups: ['Radiology'],
    passwordDaysLeft: 5,
  },
  {
    userName: 'sol.test',
    displayName: 'Sol Testsupport',
    description: 'IT support',
    groups: ['IT-Support'],
  },
  { userName: 'audrey.test', displayName: 'Audrey Testauditor', description: 'Auditor', groups: ['Audit-Readers'] },
  {
    userName: 'priya.test',
    displayName: 'Priya Testprivacy',
    description: 'Privacy officer: in IG-Team, a group inside Audit-Readers',
    groups: ['IG-Team'],
  },
  { userName: 'nora.test', displayName: 'Nora Testnorole', description: 'No role in Lanyard', groups: [] },
  obstructed('locked', 'Lou Testlocked', 'Locked by wrong passwords'),
  obstructed('disabled', 'Dee Testdisabled', 'Account switched off'),
  obstructed('account-expired', 'Ellis Testexpired', 'Account has ended'),
  obstructed('password-expired', 'Pat Testpassword', 'Password has expired'),
  obstructed('must-change', 'Max Testchange', 'Must choose a new password'),
  obstructed('outside-hours', 'Harper Testhours', 'Not at this time of day'),
  obstructed('wrong-workstation', 'Wren Testworkstation', 'Not on this computer'),
  obstructed('restricted', 'Ren Testrestricted', 'Restricted account'),
  obstructed('smartcard', 'Casey Testcard', 'Smartcard only'),
  {
    userName: 'svc.lanyard',
    displayName: 'Service Lanyard',
    description: 'Service account for look-ups',
    groups: [],
  },
];

/** Whether the demo's systems let them in: the directory's own rules, as far as a form can check them. */
export function isDemoPassword(userName: string, password: string): boolean {
  const account = demoAccounts.find((one) => one.userName === userName.toLowerCase());
  return account !== undefined && account.obstacle === undefined && password === DEMO_PASSWORD;
}

function obstructed(obstacle: Obstacle, displayName: string, description: string): DemoAccount {
  return { userName: `${obstacle}.test`, displayName, description, groups: ['Clinicians'], obstacle };
}
