/** Every page of the shell in every state worth a look: what main would say, and what a person then does. */
import type { Page } from '@playwright/test';
import type { LinkState } from '../../preload/contract.js';
import { auditScreens } from './auditScreens.js';
import type { Answers, Screen } from './screen.js';
import {
  cover,
  coveredBy,
  deceased,
  breakGlassQuestion,
  downtime,
  everyLinkState,
  facts,
  heldChange,
  identities,
  locked,
  longest,
  lookAlikes,
  nobody,
  passwordHelp,
  patient,
  refreshed,
  signedIn,
  signedOut,
  stored,
  support,
  supportOfNothing,
  supportStaff,
  twoPatients,
  unknown,
  services,
  workspace,
} from './population.js';

const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
const done = ok(undefined);
const start = (more: Answers = {}): Answers => ({ 'app.get': ok(facts), 'session.get': ok(signedOut), ...more });
const inside = (more: Answers = {}): Answers => ({
  'app.get': ok(facts),
  'session.get': ok(signedIn),
  'session.signOut': done,
  'session.unsavedWork': ok({ systems: [] }),
  'workspace.get': ok(workspace),
  'workspace.place': done,
  'workspace.raiseShell': done,
  'workspace.focusPage': done,
  'workspace.activate': done,
  'patient.cancelSearch': done,
  'signOn.list': ok(stored),
  ...more,
});

const signIn = async (page: Page): Promise<void> => {
  await page.getByRole('textbox', { name: 'User name' }).fill('test.clinician');
  await page.getByRole('textbox', { name: 'Password' }).fill('not-a-password');
  await page.getByRole('button', { name: 'Sign in' }).click();
};
const search =
  (text: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('searchbox', { name: 'Find a patient' }).fill(text);
    await page.keyboard.press('Enter');
  };

const refused = (reason: string, message: string, remedy: string, field: 'userName' | 'password'): Answers =>
  start({ 'session.signIn': ok({ outcome: 'refused', reason, message, remedy, field }) });

const chooseOfAccount = async (page: Page, words: string): Promise<void> => {
  await page.getByRole('button', { name: /Your account/ }).click();
  await page.getByRole('menuitem', { name: words }).click();
};
const openStored = (page: Page): Promise<void> => chooseOfAccount(page, 'Stored sign-ins');
const storedScreen = (name: string, shows: Screen['shows'], answers: Answers, act = openStored): Screen => ({
  name: `stored-sign-ins-${name}`,
  answers: inside(answers),
  act,
  shows,
  also: ['zoomed'],
});
const changedElsewhere: Answers = {
  'signOn.list': ok({ ...stored, status: 'old-password-needed', entries: [] }),
  'signOn.reopen': { ok: false, code: 'vault-unavailable', message: 'This is not the password before the change.' },
};
const noReader =
  'Badges cannot be read: the smart card service of this computer is not running. Use your password; Lanyard looks for it again by itself.';
const openSupport = (page: Page): Promise<void> => page.getByRole('button', { name: 'Support view' }).click();
const giveReason = async (page: Page, reason: string): Promise<void> => {
  await openSupport(page);
  await page.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await page.keyboard.press('Enter');
};
const supportScreen = (
  name: string,
  shows: Screen['shows'],
  answers: Answers,
  act: (page: Page) => Promise<void> = openSupport,
): Screen => ({
  name: `support-${name}`,
  answers: inside({ 'session.get': ok(supportStaff), 'support.view': ok(support), ...answers }),
  act,
  shows,
  also: ['zoomed'],
});
const signInNeeded = coveredBy(
  'Signed out',
  cover(
    'sign-in-needed',
    'Sign in to Patient record',
    'Lanyard does not know your sign-in to Patient record yet. Enter it once.',
    ['enter-sign-in', 'show-sign-in-page'],
  ),
);
/** Nothing is stored for the system that asks. */
const without = (kind: typeof stored.kind): Answers => ({
  'workspace.get': ok(signInNeeded),
  'signOn.list': ok({ ...stored, kind, entries: [] }),
});
const enterSignIn = async (page: Page): Promise<void> => {
  await page.getByRole('textbox', { name: 'User name' }).fill('tclinician');
  await page.getByRole('textbox', { name: 'Password' }).fill('not-a-password');
  await page.getByRole('button', { name: 'Sign in to Patient record' }).click();
};

const covered = (link: LinkState, ...card: Parameters<typeof cover>): Screen => ({
  name: `covered-${card[0]}`,
  answers: inside({ 'workspace.get': ok(coveredBy(link, cover(...card))) }),
  shows: card[1],
});

export const screens: readonly Screen[] = [
  {
    name: 'sign-in',
    answers: start({ 'app.get': ok({ ...facts, banner: null }) }),
    shows: 'Password',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'sign-in-downtime',
    answers: start({ 'app.get': ok({ ...facts, downtime }) }),
    shows: 'When systems are down',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'downtime',
    answers: inside({ 'app.get': ok({ ...facts, downtime }) }),
    act: (page) => chooseOfAccount(page, 'When systems are down'),
    shows: 'ext. 2222, bleep 014',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'services',
    answers: inside({
      'app.get': ok({ ...facts, downtime }),
      'workspace.get': ok({ ...workspace, services: [...services], patientSince: '2026-02-12T13:40:00.000Z' }),
    }),
    act: (page) => page.getByRole('button', { name: '2 services down' }).click(),
    shows: 'New sign-ins and new passwords will fail',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'services-down',
    answers: inside({
      'workspace.get': ok({ ...workspace, services: [...services], patientSince: '2026-02-12T13:40:00.000Z' }),
    }),
    shows: 'The banner is as at',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'downtime-before-sign-in',
    answers: start({
      'app.get': ok({ ...facts, downtime }),
      'downtime.openLink': { ok: false, code: 'unavailable', message: 'The browser could not be opened.' },
    }),
    act: async (page) => {
      await page.getByRole('button', { name: 'When systems are down' }).click();
      await page.getByRole('button', { name: 'Open in browser: Downtime forms to print' }).click();
    },
    shows: 'The browser could not be opened.',
    also: ['zoomed'],
  },
  {
    name: 'sign-in-demo',
    answers: start({
      'app.get': ok({
        ...facts,
        demo: {
          password: 'Lanyard-Demo-1',
          accounts: [
            { userName: 'test.clinician', description: 'Clinician, sees every system' },
            { userName: 'test.locked', description: 'Account locked after wrong passwords' },
            { userName: 'test.expired', description: 'Password has expired' },
          ],
        },
      }),
    }),
    shows: 'Try it as',
    also: ['zoomed'],
  },
  {
    name: 'sign-in-notice',
    answers: start({
      'session.get': ok({
        status: 'signed-out',
        notice: 'You were signed out because nobody used this computer for 30 minutes.',
      }),
    }),
    shows: /30 minutes/,
  },
  { name: 'sign-in-busy', answers: start(), act: signIn, shows: 'Asking the directory …' },
  {
    name: 'sign-in-refused-password',
    answers: refused(
      'wrong-password',
      'The user name or the password is not right.',
      'Check Caps Lock and type both again. After five wrong passwords the account is locked.',
      'password',
    ),
    act: signIn,
    shows: /not right/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'sign-in-must-change',
    answers: start({
      'session.signIn': ok({
        outcome: 'refused',
        reason: 'must-change-password',
        message: 'You must choose a new password before you can sign in.',
        remedy: 'Choose a new one here.',
        field: 'password',
        changePassword: true,
      }),
      'session.passwordHelp': ok(passwordHelp),
    }),
    act: async (page) => {
      await signIn(page);
      await page.getByLabel('New password', { exact: true }).fill('Kettle-20');
    },
    shows: /None of your last 24/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'sign-in-refused-hours',
    answers: refused(
      'logon-hours',
      'Your account may not sign in at this time of day.',
      'Call IT support on 4444 if you are on duty.',
      'userName',
    ),
    act: signIn,
    shows: /time of day/,
  },
  {
    name: 'sign-in-unreachable',
    answers: start({
      'session.signIn': {
        ok: false,
        code: 'unavailable',
        message: 'The directory cannot be reached. Your password was not sent.',
      },
    }),
    act: signIn,
    shows: /cannot be reached/,
  },
  {
    name: 'configuration-problems',
    answers: start({
      'app.get': ok({
        ...facts,
        banner: null,
        configurationProblems: {
          file: '/etc/lanyard/lanyard.json',
          problems: [
            { path: 'systems[0].identity.nhsNumbr', message: 'Unknown key.', suggestion: 'Did you mean nhsNumber?' },
            { path: 'directory.caFile', message: 'The file does not exist.', suggestion: null },
            { path: '', message: 'A comma is missing on line 14.', suggestion: 'Add a comma after "RDEMO".' },
          ],
        },
      }),
    }),
    shows: /3 mistakes/,
    also: ['zoomed'],
  },
  {
    name: 'did-not-start',
    answers: {
      'app.get': { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' },
      'session.get': ok(signedOut),
    },
    shows: 'Lanyard did not start',
  },
  { name: 'signing-out', answers: start({ 'session.get': ok({ status: 'signing-out' }) }), shows: 'Signing out' },

  { name: 'workspace-nobody', answers: inside({ 'workspace.get': ok(nobody) }), shows: 'No patient chosen' },
  { name: 'workspace-patient', answers: inside(), shows: /TESTPATIENT/, also: ['zoomed', 'forced-colours'] },
  {
    name: 'workspace-deceased',
    answers: inside({ 'workspace.get': ok({ ...workspace, patient: deceased }) }),
    shows: /Age at death/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-not-known',
    answers: inside({ 'workspace.get': ok({ ...workspace, patient: unknown }) }),
    shows: 'UNKNOWN',
  },
  {
    name: 'workspace-longest',
    answers: inside({ 'workspace.get': ok({ ...workspace, patient: longest }) }),
    shows: /FOTHERINGHAM/,
    also: ['zoomed'],
  },
  {
    name: 'workspace-every-link-state',
    answers: inside({ 'workspace.get': ok({ ...workspace, tabs: everyLinkState }) }),
    shows: /cannot read which patient/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-held-change',
    answers: inside({ 'workspace.get': ok(heldChange) }),
    shows: /Not changed yet/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-unsaved-work',
    answers: inside({
      'workspace.get': ok({
        ...heldChange,
        changeQuestion: heldChange.changeQuestion && {
          ...heldChange.changeQuestion,
          objections: heldChange.changeQuestion.objections.slice(0, 1),
          mayContinue: true,
        },
      }),
    }),
    shows: /what is not saved is lost/,
  },
  {
    name: 'workspace-two-patients',
    answers: inside({ 'workspace.get': ok(twoPatients) }),
    shows: /This tab shows another patient/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-refreshed',
    answers: inside({ 'workspace.get': ok(refreshed) }),
    shows: /^Refreshed at \d\d:42$/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-password-warning',
    answers: inside({ 'session.passwordWarning': ok({ expires: '2026-02-17T16:00:00.000Z' }) }),
    shows: /Your password expires in \d days/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'break-glass',
    answers: inside({ 'workspace.get': ok({ ...workspace, breakGlassQuestion }) }),
    shows: /the privacy officer is told/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'break-glass-refused',
    answers: inside({
      'workspace.get': ok({ ...workspace, breakGlassQuestion: { ...breakGlassQuestion, from: 'Results' } }),
    }),
    act: (page) => page.getByRole('button', { name: 'Record and open' }).click(),
    shows: 'Choose a reason.',
    also: ['zoomed'],
  },
  {
    name: 'sign-out-unsaved',
    answers: inside({
      'session.unsavedWork': ok({
        systems: [
          { systemId: 'epr', title: 'Patient record' },
          { systemId: 'orders', title: 'Orders' },
        ],
      }),
    }),
    act: (page) => page.getByRole('button', { name: 'Sign out' }).click(),
    shows: /not saved in Patient record and Orders/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'account-menu',
    answers: inside({ 'app.get': ok({ ...facts, downtime }) }),
    act: (page) => page.getByRole('button', { name: /Your account/ }).click(),
    shows: 'Stored sign-ins',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'change-password',
    answers: inside({ 'session.passwordHelp': ok(passwordHelp) }),
    act: (page) => chooseOfAccount(page, 'Change password'),
    shows: /None of your last 24/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'workspace-no-systems',
    answers: inside({
      'workspace.get': ok({ ...workspace, patient: null, tabs: [] }),
      'session.get': ok({
        status: 'signed-in',
        clinician: { ...signedIn.clinician, roles: ['auditor', 'support'], passwordExpires: '2026-02-15T08:00:00Z' },
      }),
    }),
    shows: /open no system/,
  },
  {
    name: 'workspace-problem',
    answers: inside({
      'workspace.activate': { ok: false, code: 'internal', message: 'Something went wrong (4f2a). Try again.' },
    }),
    act: (page) => page.getByRole('tab', { name: 'Images' }).click(),
    shows: /4f2a/,
  },
  covered('Changing', 'loading', 'Opening Patient record …', 'It shows as soon as it shows the chosen patient.'),
  covered(
    'Changing',
    'slow',
    'Patient record is slow to answer',
    'The page stays covered until it shows the chosen patient.',
    ['retry'],
  ),
  covered(
    'Not checked',
    'failed',
    'Patient record did not open',
    'Its server cannot be reached. Others may have the same trouble.',
    ['retry'],
  ),
  covered('Not checked', 'crashed', 'Patient record stopped', 'The system’s page ended unexpectedly.', ['retry']),
  covered('Not checked', 'hung', 'Patient record does not respond', 'The page is busy and does not answer.', ['retry']),
  {
    ...covered(
      'Different patient',
      'different-patient',
      'Patient record shows another patient',
      'The birth date on its page is not the chosen patient’s, so the page is covered.',
      ['retry'],
    ),
    also: ['zoomed', 'forced-colours'],
  },
  covered(
    'Not checked',
    'silent',
    'Patient record did not show who this is',
    'Its page does not say which patient it shows.',
    ['retry'],
  ),
  covered(
    'Signed out',
    'signed-out',
    'Patient record is signed out',
    'Patient record shows its own sign-in page instead of a patient.',
    ['retry', 'show-sign-in-page'],
  ),
  covered('No access', 'no-access', 'No access to Patient record', 'Patient record refused to show this to you.', [
    'retry',
  ]),
  covered('Not checked', 'no-record', 'Nothing in Patient record', 'It has no record of this patient.', ['retry']),
  covered(
    'Not checked',
    'audit-unavailable',
    'Nothing can be recorded',
    'The audit trail cannot be written, so no patient is shown.',
  ),
  {
    ...covered('Changing', 'signing-on', 'Signing you in to Patient record …', 'This takes a few seconds.'),
    also: ['zoomed'],
  },
  {
    name: 'covered-sign-in-needed',
    answers: inside(without('roaming-file')),
    shows: /Kept sealed/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'covered-sign-in-refused',
    answers: inside({
      ...without('memory'),
      'signOn.list': ok({ ...stored, kind: 'memory' }),
      'workspace.get': ok(
        coveredBy(
          'Signed out',
          cover(
            'sign-in-needed',
            'Patient record refused your sign-in',
            'It will not be tried again, so that your account is not locked. Enter the right name and password.',
            ['enter-sign-in', 'show-sign-in-page'],
          ),
        ),
      ),
    }),
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Password' }).fill('not-a-password');
      await page.getByRole('button', { name: 'Show password' }).click();
    },
    shows: /until you sign out/,
    also: ['zoomed'],
  },
  {
    name: 'sign-in-entered',
    answers: inside(without('keychain')),
    act: enterSignIn,
    shows: 'Signing in to Patient record …',
  },
  {
    name: 'sign-in-not-kept',
    answers: inside({
      ...without('roaming-file'),
      'signOn.list': ok({
        ...stored,
        status: 'closed',
        explanation: 'The folder of your stored sign-ins cannot be reached.',
        entries: [],
      }),
      'signOn.enter': {
        ok: false,
        code: 'audit-unavailable',
        message: 'The audit trail cannot be written, so your sign-in was not used.',
      },
    }),
    act: enterSignIn,
    shows: /was not used/,
    also: ['zoomed'],
  },
  {
    ...covered(
      'Signed out',
      'sign-in-changed',
      'The sign-in page of Patient record changed',
      'This sign-in page changed, so nothing was typed into it. Tell IT support. What changed: the form goes to another address.',
      ['learn-sign-in', 'show-sign-in-page', 'retry'],
    ),
    also: ['zoomed', 'forced-colours'],
  },
  {
    ...covered(
      'Signed out',
      'sign-in-needed',
      'Sign in to Patient record once',
      'Lanyard can watch how you sign in there, and do it for you from then on. It asks before it keeps anything.',
      ['learn-sign-in', 'show-sign-in-page'],
    ),
    name: 'covered-sign-in-not-learnt',
  },
  {
    name: 'learnt-sign-in',
    answers: inside({
      'workspace.get': ok({
        ...workspace,
        learntSignIn: {
          id: 's1',
          systemTitle: 'Results',
          userName: 'test.clinician@ward.example.nhs',
          origin: 'https://results.ward.example.nhs:8443',
        },
      }),
    }),
    shows: /Kept sealed/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    ...storedScreen('list', /are never shown/, {}),
    also: ['zoomed', 'forced-colours'],
  },
  storedScreen('remove', /cannot bring it back/, {}, async (page) => {
    await openStored(page);
    await page.getByRole('button', { name: 'Remove sign-in to Images' }).click();
  }),
  storedScreen(
    'not-removed',
    /was not removed/,
    {
      'signOn.remove': { ok: false, code: 'vault-unavailable', message: 'It was not removed: the file is in use.' },
    },
    async (page) => {
      await openStored(page);
      await page.getByRole('button', { name: 'Remove sign-in to Images' }).click();
      await page.getByRole('button', { name: 'Remove it' }).click();
    },
  ),
  storedScreen('none', 'No sign-in is stored', { 'signOn.list': ok({ ...stored, entries: [] }) }),
  storedScreen('closed', /keyring/, {
    'signOn.list': ok({
      ...stored,
      status: 'closed',
      kind: 'keychain',
      explanation: 'This computer has no keyring that Lanyard can use, so no sign-in is stored.',
      entries: [],
    }),
  }),
  storedScreen('changed-elsewhere', /changed elsewhere/, changedElsewhere),
  storedScreen('wrong-old-password', /is not the password/, changedElsewhere, async (page) => {
    await openStored(page);
    await page.getByRole('textbox', { name: 'Password before the change' }).fill('not-a-password');
    await page.keyboard.press('Enter');
  }),
  storedScreen('start-again', 'Start again with none?', changedElsewhere, async (page) => {
    await openStored(page);
    await page.getByRole('button', { name: 'Start again with none' }).click();
  }),
  storedScreen('failed', /4f2a/, {
    'signOn.list': { ok: false, code: 'internal', message: 'Something went wrong (4f2a). Try again.' },
  }),

  ...auditScreens(inside),
  {
    name: 'support-bar',
    answers: inside({ 'session.get': ok(supportStaff) }),
    shows: /support staff/,
    also: ['zoomed'],
  },
  { ...supportScreen('view', 'Voice archive', {}), also: ['zoomed', 'forced-colours'] },
  supportScreen('changes', 'Voice archive', {}, async (page) => {
    await openSupport(page);
    await page.getByRole('table', { name: 'Changes of patient' }).scrollIntoViewIfNeeded();
  }),
  supportScreen('hub', 'Voice archive', {}, async (page) => {
    await openSupport(page);
    await page.getByText('Letter writer').scrollIntoViewIfNeeded();
  }),
  supportScreen('nothing', /No change yet/, { 'support.view': ok(supportOfNothing) }),
  supportScreen('hub-mute', /did not say/, {
    'support.view': ok({ ...supportOfNothing, hub: { ...support.hub, subscribers: null } }),
  }),
  supportScreen('hub-joined', /not Lanyard's own/, {
    'support.view': ok({
      ...supportOfNothing,
      hub: { ...support.hub, port: null, joined: 'hub.ward.example.nhs:8443', subscribers: null },
    }),
  }),
  supportScreen('no-subscriber', /No program has subscribed/, {
    'support.view': ok({ ...supportOfNothing, hub: { ...support.hub, subscribers: [] } }),
  }),
  supportScreen('too-short', /at least 10 characters\./, {}, (page) => giveReason(page, 'because')),
  supportScreen(
    'not-recorded',
    /nobody is named/,
    {
      'support.unmask': {
        ok: false,
        code: 'audit-unavailable',
        message: 'The audit trail cannot be written, so nobody is named.',
      },
    },
    (page) => giveReason(page, identities.reason),
  ),
  supportScreen('named', /Fotheringham/i, { 'support.unmask': ok(identities) }, (page) =>
    giveReason(page, identities.reason),
  ),
  supportScreen('failed', /4f2a/, {
    'support.view': { ok: false, code: 'internal', message: 'Something went wrong (4f2a). Try again.' },
  }),
  { name: 'search-running', answers: inside(), act: search('TESTPATIENT 01-Jan-1950'), shows: 'Searching …' },
  {
    name: 'search-look-alikes',
    answers: inside({
      'patient.search': ok({
        found: lookAlikes.map((one, place) => (place === 2 ? { ...one, restrictions: ['Restricted record'] } : one)),
        readAs: 'name-and-birth-date',
        refreshedAt: '2026-02-12T14:03:22Z',
        truncated: true,
      }),
    }),
    act: async (page) => {
      await search('TESTPATIENT 01-Jan-1950')(page);
      await page.getByRole('listbox', { name: 'Patients' }).waitFor();
      await page.keyboard.press('ArrowDown');
    },
    shows: /5 patients, as at/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'search-one',
    answers: inside({
      'patient.search': ok({
        found: [{ patient, lookAlikes: [], replacedBy: null }],
        readAs: 'nhs-number',
        refreshedAt: '2026-02-12T14:03:22Z',
        truncated: false,
      }),
    }),
    act: search('9990000018'),
    shows: /1 patient, as at/,
  },
  {
    name: 'search-nobody',
    answers: inside({
      'patient.search': ok({ found: [], readAs: 'nhs-number', refreshedAt: '2026-02-12T14:03:22Z', truncated: false }),
    }),
    act: search('9990000018'),
    shows: 'Nobody was found',
  },
  {
    name: 'search-unreadable',
    answers: inside({
      'patient.search': {
        ok: false,
        code: 'search-unreadable',
        message: 'This is not an NHS number: its last digit does not fit.',
      },
    }),
    act: search('9990000019'),
    shows: /does not fit/,
    also: ['zoomed'],
  },
  {
    name: 'search-hint',
    answers: inside({
      'patient.search': { ok: false, code: 'search-unreadable', message: 'Add the birth date: SMITH 12-Apr-1961.' },
    }),
    act: (page) => page.getByRole('searchbox', { name: 'Find a patient' }).fill('TESTPATIENT'),
    shows: /Add the birth date/,
  },
  {
    name: 'search-timeout',
    answers: inside({
      'patient.search': {
        ok: false,
        code: 'search-timeout',
        message: 'The patient index did not answer within 10 seconds.',
      },
    }),
    act: search('9990000018'),
    shows: /did not answer/,
  },
  {
    name: 'search-cancelled',
    answers: inside({ 'patient.search': { ok: false, code: 'search-cancelled', message: 'Cancelled.' } }),
    act: search('9990000018'),
    shows: 'Search cancelled',
  },
  {
    name: 'choice-refused',
    answers: inside({
      'patient.search': ok({
        found: lookAlikes,
        readAs: 'name-and-birth-date',
        refreshedAt: '2026-02-12T14:03:22Z',
        truncated: false,
      }),
      'patient.select': {
        ok: false,
        code: 'audit-unavailable',
        message: 'The audit trail cannot be written, so no patient can be chosen.',
      },
    }),
    act: async (page) => {
      await search('TESTPATIENT 01-Jan-1950')(page);
      await page.getByRole('option').first().click();
    },
    shows: /no patient can be chosen/,
  },
  {
    name: 'outside-link',
    answers: inside({
      'workspace.get': ok({
        ...workspace,
        outsideLink: {
          id: 'l1',
          systemTitle: 'Patient record',
          host: 'nice.org.uk',
          address: 'https://nice.org.uk/guidance/ng28/chapter/recommendations?highlight=metformin',
        },
      }),
    }),
    shows: /in your browser/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'badge-unknown',
    answers: start({ 'badge.get': ok({ isUsed: true, problem: null, prompt: { kind: 'unknown', id: '1' } }) }),
    shows: /Nobody uses this badge yet/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'badge-no-service',
    answers: start({ 'badge.get': ok({ isUsed: true, problem: noReader, prompt: null }) }),
    shows: noReader,
    also: ['zoomed'],
  },
  {
    name: 'badge-pin',
    answers: start({
      'session.get': ok(locked),
      'badge.get': ok({ isUsed: true, problem: null, prompt: { kind: 'unlock', id: '1', with: 'pin' } }),
    }),
    shows: 'Use the password',
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'badge-password',
    answers: start({
      'session.get': ok(locked),
      'badge.get': ok({ isUsed: true, problem: null, prompt: { kind: 'unlock', id: '1', with: 'password' } }),
    }),
    shows: 'Your badge needs the password this time.',
  },
  {
    name: 'badge-colleague',
    answers: start({
      'session.get': ok(locked),
      'badge.get': ok({
        isUsed: true,
        problem: null,
        prompt: { kind: 'take-over', id: '1', userName: 'b.test@demo.hospital.example' },
      }),
    }),
    shows: /Signing in ends the session/,
    also: ['zoomed'],
  },
  {
    name: 'badge-enrol',
    answers: inside({
      'badge.get': ok({ isUsed: true, problem: null, prompt: { kind: 'enrol', id: '1', leastPinLength: 6 } }),
    }),
    shows: /Nobody uses the badge/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'badge-remove',
    answers: inside({
      'session.get': ok(supportStaff),
      'support.view': ok(support),
      'badge.get': ok({ isUsed: true, problem: null, prompt: null }),
      'badge.removeFor': ok({ userName: 'b.test@demo.hospital.example', removed: true }),
    }),
    act: async (page) => {
      await openSupport(page);
      await page.getByRole('textbox', { name: 'User name' }).fill('b.test');
      await page.keyboard.press('Enter');
    },
    shows: /is forgotten/,
    also: ['zoomed'],
  },
  {
    name: 'badge-own',
    answers: inside({
      'badge.get': ok({ isUsed: true, problem: null, prompt: null }),
      'badge.own': ok({ hasPin: true, enrolledAt: '2026-02-03T09:00:00.000Z' }),
    }),
    act: (page) => chooseOfAccount(page, 'Your badge'),
    shows: /Yours since/,
    also: ['zoomed'],
  },
  {
    name: 'locked',
    answers: start({ 'session.get': ok(locked) }),
    shows: /Locked at \d\d:\d\d because nobody was here\./,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'locked-refused',
    answers: start({
      'session.get': ok(locked),
      'session.unlock': ok({
        outcome: 'refused',
        reason: 'wrong-credentials',
        message: 'User name or password is wrong.',
        remedy: 'Check both and try again: 4 more tries before the account locks.',
        field: 'password',
      }),
    }),
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Password' }).fill('not-a-password');
      await page.keyboard.press('Enter');
    },
    shows: /4 more tries/,
  },
  {
    name: 'locked-colleague',
    answers: start({ 'session.get': ok(locked) }),
    act: (page) => page.getByRole('button', { name: 'Sign in as someone else' }).click(),
    shows: /Signing in ends the session of Test CLINICIAN in every system/,
    also: ['zoomed'],
  },
  {
    name: 'unlocking',
    answers: start({ 'session.get': ok({ ...locked, status: 'unlocking' }) }),
    shows: 'Asking the directory …',
  },
  {
    name: 'taking-over',
    answers: start({ 'session.get': ok({ status: 'taking-over', clinician: signedIn.clinician }) }),
    shows: /Ending the session of Test CLINICIAN/,
  },
  {
    name: 'workspace-quiet',
    answers: inside({ 'session.get': ok({ ...signedIn, isQuiet: true }) }),
    shows: /^Test CLINICIAN$/,
    also: ['zoomed', 'forced-colours'],
  },
  {
    name: 'idle-warning',
    answers: inside({
      'session.get': ok({
        status: 'idle-warning',
        clinician: signedIn.clinician,
        locksAt: '2026-02-12T14:06:00Z',
      }),
    }),
    shows: /Lanyard locks in/,
    also: ['zoomed', 'forced-colours'],
  },
];
