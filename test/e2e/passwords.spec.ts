/**
 * Passwords that end, as clinicians meet it, on a real Active Directory: chosen anew at sign-in, changed while signed in
 * with everything that depends on them, and the warning before.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { removeFolder } from '../../build/removeFolder.js';
import { population, type DemoPatient } from '../demo/population.js';
import { type RunningDomainController, restoreDomainController } from '../real/ad/domainController.js';
import { configurationFor, expect, LAB_IDENTITY, labSystem, type Running, type Surroundings } from './lanyard.js';
import { findWords } from './leftovers.js';
import { type SignedSystem, startSignedSystem } from './signedSystem.js';
import { test, wardDirectory } from './ward.js';

const [amara, brian] = population as [DemoPatient, DemoPatient];
const NEXT = 'Canary-Kettle-2026?';
const LAST = 'Canary-Teapot-2026?';

test.beforeEach(async ({ domainController }) => {
  // What was changed by the test before is as it was.
  if (domainController.address !== '') await restoreDomainController();
});
test.afterAll(async ({ domainController }) => {
  if (domainController.address !== '') await restoreDomainController();
});

function ward(
  surroundings: Surroundings,
  domainController: RunningDomainController,
  systems: readonly object[] = [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    ...configurationFor(surroundings, systems),
    ...wardDirectory(domainController),
    // The people of the seed whose passwords end are in no group of their own.
    roles: { clinician: ['Domain Users'] },
    ...more,
  };
}

async function attempt({ shell }: Running, userName: string, password: string): Promise<void> {
  await shell.getByLabel('User name').fill(userName);
  await shell.getByLabel('Password').fill(password);
  await shell.getByRole('button', { name: 'Sign in' }).click();
}

async function change(shell: Page, before: string, after: string): Promise<void> {
  const form = shell.getByRole('form', { name: 'Change password' });
  await form.getByLabel('Present password', { exact: true }).fill(before);
  await form.getByLabel('New password', { exact: true }).fill(after);
  await form.getByLabel('New password again', { exact: true }).fill(after);
  await form.getByRole('button', { name: 'Change password' }).click();
}

/** As IT does it. */
async function setPassword(
  domainController: RunningDomainController,
  userName: string,
  password: string,
): Promise<void> {
  const configuration = path.join(path.dirname(domainController.kerberosConfiguration), 'etc/smb.conf');
  const args = ['user', 'setpassword', userName, `--newpassword=${password}`, '-s', configuration];
  await promisify(execFile)('samba-tool', args);
}

const signedIn = ({ shell }: Running) => expect(shell.getByRole('tablist', { name: 'Systems' })).toBeVisible();
const events = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

for (const [userName, says, because] of [
  ['must.change', /You must choose a new password/, 'must-change'],
  ['pw.expired', /Your password has expired/, 'expired'],
] as const) {
  test(`${userName} chooses a new password at sign-in, and is signed in with it`, async ({
    launch,
    surroundings,
    domainController,
  }) => {
    const { password } = domainController;
    const lanyard = await launch(ward(surroundings, domainController));
    const { shell } = lanyard;
    await attempt(lanyard, userName, password);
    const place = shell.getByRole('region', { name: 'Choose a new password' });
    await expect(place).toContainText(says);
    await expect(place.getByRole('list', { name: 'Rules for the new password' })).toContainText(
      'At least 7 characters',
    );
    await expect(place.getByLabel('Present password', { exact: true })).toBeFocused();
    const { violations } = await new AxeBuilder({ page: shell }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);

    await change(shell, password, 'aB1!x');
    await expect(place.getByRole('alert')).toContainText(/too short\.\s*It needs at least 7 characters/);
    await change(shell, password, 'nothing but small letters');
    await expect(place.getByRole('alert')).toContainText('too simple');
    await change(shell, 'not the old one', NEXT);
    await expect(place.getByRole('alert')).toContainText(/The present password is wrong\.\s*Check/);
    await expect(place.getByLabel('Present password', { exact: true })).toHaveValue('');
    await change(shell, password, NEXT);

    await signedIn(lanyard);
    await expect(shell.getByRole('complementary', { name: 'Your password' })).toHaveCount(0);
    expect(events(lanyard, 'password.changeAsked')).toHaveLength(4);
    expect(events(lanyard, 'password.changeAsked')[0]).toMatchObject({ user: null, because });
    expect(events(lanyard, 'password.changeEnded').map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['refused', 'too-short'],
      ['refused', 'too-simple'],
      ['refused', 'wrong-credentials'],
      ['changed', null],
    ]);
    await shell.getByRole('button', { name: 'Sign out' }).click();
    await attempt(lanyard, userName, password);
    await expect(shell.getByRole('alert')).toContainText('User name or password is wrong');
    await lanyard.close();
    expect(findWords(lanyard.userData, [NEXT, password])).toEqual([]);
  });
}

test.describe('with a system that shares the password, and stored sign-ins sealed by it', () => {
  let results: SignedSystem;
  let vault: string;
  test.beforeEach(async () => {
    results = await startSignedSystem('form');
    vault = folderOfOrdinaryUser('lanyard-vault-');
    giveToOrdinaryUser(vault);
  });
  test.afterEach(async () => {
    await results.close();
    removeFolder(vault);
  });
  const recipe = () => ({
    origin: results.url,
    path: '/login',
    steps: [
      {
        userName: { selector: 'input[name=user]' },
        password: { selector: 'input[name=secret]' },
        submit: { selector: 'button' },
      },
    ],
  });
  const system = () => ({
    id: 'results',
    title: 'Results',
    kind: 'web',
    url: `${results.url}/home`,
    roles: ['clinician'],
    signOn: { method: 'form', account: 'directory', recipe: recipe() },
    context: { launch: { kind: 'url-template', template: `${results.url}/patient/{nhsNumber}` } },
    identity: LAB_IDENTITY,
    verifyTimeoutSeconds: 3,
    loadTimeoutSeconds: 5,
  });

  test('everything goes on with the new one, and opens with it the next time', async ({
    launch,
    surroundings,
    domainController,
  }) => {
    const { password } = domainController;
    results.accounts.set('a.ward', password);
    const lanyard = await launch(
      ward(surroundings, domainController, [system()], {
        vault: { store: 'roaming-file', folder: vault },
      }),
    );
    const { shell } = lanyard;
    await attempt(lanyard, 'a.ward', password);
    await signedIn(lanyard);
    await lanyard.choose(amara);
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');

    await lanyard.chooseOfAccount('Change password');
    const dialog = shell.getByRole('dialog', { name: 'Change your password' });
    await expect(dialog).toContainText('a.ward@ward.example.nhs');
    await change(shell, password, password);
    await expect(dialog.getByRole('alert')).toContainText('the same as the present one');
    await change(shell, password, NEXT);
    await expect(dialog).toContainText('Your password was changed');
    await expect(dialog.getByRole('note')).toHaveCount(0);
    await dialog.getByRole('button', { name: 'Close' }).click();

    // The system heard of it too, from the directory; its session is over, and it is signed on to with the new one.
    results.accounts.set('a.ward', NEXT);
    results.forgetSessions();
    const before = results.attempts.length;
    await lanyard.choose(brian);
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('Signed out');
    await shell.getByRole('region', { name: 'Covered' }).getByRole('button', { name: 'Try again' }).click();
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');
    expect(results.attempts.slice(before)).toEqual([{ userName: 'a.ward', accepted: true }]);

    // Changed elsewhere meanwhile: the password that unlocks is the one that counts from then on.
    await shell.getByRole('button', { name: 'Lock', exact: true }).click();
    await setPassword(domainController, 'a.ward', LAST);
    results.accounts.set('a.ward', LAST);
    await shell.getByLabel('Password').fill(LAST);
    await shell.getByRole('button', { name: 'Unlock' }).click();
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');
    results.forgetSessions();
    await lanyard.choose(amara);
    const again = shell.getByRole('region', { name: 'Covered' }).getByRole('button', { name: 'Try again' });
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('Signed out');
    await again.click();
    await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');
    expect(results.attempts.slice(before).map(({ accepted }) => accepted)).toEqual([true, true]);

    // What is stored was sealed by the ones before.
    await shell.getByRole('button', { name: 'Sign out' }).click();
    await attempt(lanyard, 'a.ward', LAST);
    await signedIn(lanyard);
    await lanyard.chooseOfAccount('Stored sign-ins');
    await expect(shell.getByRole('dialog', { name: 'Stored sign-ins' })).toContainText('No sign-in is stored');
    expect(events(lanyard, 'password.changeEnded')).toMatchObject([
      { user: 'a.ward@ward.example.nhs', outcome: 'changed' },
    ]);
    expect(findWords(vault, [LAST, NEXT, password])).toEqual([]);
  });
});

test('a password that ends soon is said once a day, calmly, with the way to change it', async ({
  launch,
  surroundings,
  domainController,
}) => {
  const { password } = domainController;
  const lanyard = await launch(ward(surroundings, domainController));
  const { shell } = lanyard;
  const warning = shell.getByRole('complementary', { name: 'Your password' });
  const signOut = shell.getByRole('button', { name: 'Sign out' });
  await attempt(lanyard, 'pso.user', password);
  await expect(warning).toContainText(/expires in \d+ days?, on \d\d-\w{3}-\d{4}/);
  await warning.getByRole('button', { name: 'Later' }).click();
  await expect(warning).toHaveCount(0);
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toBeFocused();

  await signOut.click();
  await attempt(lanyard, 'pso.user', password);
  await signedIn(lanyard);
  // Asked when the page opened, and answered: nothing more to say today. Another person is another matter.
  await expect.poll(() => events(lanyard, 'session.signedIn').length).toBe(2);
  await expect(warning).toHaveCount(0);
  expect(events(lanyard, 'password.expiryWarned')).toMatchObject([{ user: 'pso.user@ward.example.nhs' }]);
  await signOut.click();
  await attempt(lanyard, 'a.ward', password);
  await signedIn(lanyard);
  await expect(warning).toHaveCount(0); // 42 days are left
});
