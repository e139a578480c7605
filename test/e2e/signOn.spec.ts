/** Signing on to systems, as a clinician meets it: silently where it can be, asked once where it cannot, never twice wrong. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { population, type DemoPatient } from '../demo/population.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, type Surroundings, test } from './lanyard.js';
import { type SignedSystem, startSignedSystem } from './signedSystem.js';

const [amara, brian] = population as [DemoPatient, DemoPatient];
const OWN_PASSWORD = 'Canary-Results-7731';

let results: SignedSystem;
test.beforeEach(async () => {
  results = await startSignedSystem('form');
});
test.afterEach(async () => {
  await results.close();
});

function recipe(more: object = {}): object {
  return {
    origin: results.url,
    path: '/login',
    steps: [
      {
        userName: { selector: 'input[name=user]' },
        password: { selector: 'input[name=secret]' },
        submit: { selector: 'button' },
      },
    ],
    ...more,
  };
}

function configuration(surroundings: Surroundings, signOn: object, more: object = {}): Record<string, unknown> {
  return configurationFor(surroundings, [
    {
      id: 'results',
      title: 'Results',
      kind: 'web',
      url: `${results.url}/home`,
      roles: ['clinician', 'support'],
      signOn,
      context: { launch: { kind: 'url-template', template: `${results.url}/patient/{nhsNumber}` } },
      identity: LAB_IDENTITY,
      verifyTimeoutSeconds: 3,
      loadTimeoutSeconds: 5,
      ...more,
    },
  ]);
}

const tab = (lanyard: Running) => lanyard.tab('Results');
const covered = ({ shell }: Running) => shell.getByRole('region', { name: 'Covered' });
const signOns = (lanyard: Running) =>
  lanyard.audit().flatMap(({ type, outcome }) => (type === 'signOn.ended' ? [outcome] : []));

test('a system that shares the directory password opens signed in, with one try', async ({ launch, surroundings }) => {
  results.accounts.set('amara.test', DEMO_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'directory', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(results.attempts).toEqual([{ userName: 'amara.test', accepted: true }]);
  const types = lanyard.audit().map(({ type }) => type);
  expect(types.indexOf('signOn.attempted')).toBeLessThan(types.indexOf('signOn.ended'));
  expect(signOns(lanyard)).toEqual(['signed-on']);
});

test('signed out underneath, it is signed on again once, and then says so with a button', async ({
  launch,
  surroundings,
}) => {
  results.accounts.set('amara.test', DEMO_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'directory', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  results.forgetSessions();
  await lanyard.choose(brian);
  await expect(tab(lanyard)).toHaveAccessibleDescription('Signed out');
  await expect(covered(lanyard)).toContainText('Results is signed out');
  expect(results.attempts).toHaveLength(1); // half a minute is not over since the last one
  await covered(lanyard).getByRole('button', { name: 'Try again' }).click();
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(results.attempts).toHaveLength(2);
});

test('a refused directory password costs one try, and the right one is asked for and kept', async ({
  launch,
  surroundings,
}) => {
  results.accounts.set('amara.test', OWN_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'directory', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(covered(lanyard)).toContainText('refused your sign-in');
  await lanyard.choose(brian);
  await expect(covered(lanyard)).toContainText('refused your sign-in');
  expect(results.attempts).toEqual([{ userName: 'amara.test', accepted: false }]);

  const form = covered(lanyard);
  await form.getByRole('textbox', { name: 'User name' }).fill('amara.test');
  await form.getByRole('textbox', { name: 'Password' }).fill(OWN_PASSWORD);
  await form.getByRole('button', { name: 'Sign in to Results' }).click();
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(results.attempts.map(({ accepted }) => accepted)).toEqual([false, true]);

  await lanyard.chooseOfAccount('Stored sign-ins');
  const row = lanyard.shell.getByRole('table', { name: 'Stored sign-ins' }).getByRole('row', { name: /Results/ });
  await expect(row).toContainText('amara.test');
  expect(await lanyard.shell.content()).not.toContain(OWN_PASSWORD);
});

test('a sign-in page that changed is never typed into', async ({ launch, surroundings }) => {
  results.accounts.set('amara.test', DEMO_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'directory', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  results.moreFields = '<label>One-time code <input name="code"></label>';
  results.forgetSessions();
  await lanyard.choose(brian);
  await covered(lanyard).getByRole('button', { name: 'Try again' }).click();
  await expect(covered(lanyard)).toContainText('The sign-in page of Results changed');
  expect(results.attempts).toHaveLength(1);
  expect(signOns(lanyard)).toEqual(['signed-on', 'page-changed']);
  expect(lanyard.audit()).toContainEqual(expect.objectContaining({ type: 'signOn.blocked', reason: 'page-changed' }));
});

test('a system with an account of its own is asked for once, and the next sign-out leaves nothing of it', async ({
  launch,
  surroundings,
}) => {
  results.accounts.set('a.clinician', OWN_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'own', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  const form = covered(lanyard);
  await form.getByRole('textbox', { name: 'User name' }).fill('a.clinician');
  await form.getByRole('textbox', { name: 'Password' }).fill(OWN_PASSWORD);
  await form.getByRole('button', { name: 'Sign in to Results' }).click();
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  await lanyard.shell.getByRole('button', { name: 'Sign out' }).click();
  await lanyard.shell.getByRole('button', { name: 'Sign in' }).waitFor();
  await lanyard.signIn('remy.test');
  await lanyard.choose(amara);
  await expect(covered(lanyard)).toContainText('does not know your sign-in to Results yet');
  expect(results.attempts).toHaveLength(1);
});

test('a sign-in is learnt by watching it once, kept only after a yes, and done from then on', async ({
  launch,
  surroundings,
}) => {
  results.accounts.set('a.clinician', OWN_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'own' }));
  const { shell } = lanyard;
  await lanyard.signIn();
  await lanyard.choose(amara);
  await covered(lanyard).getByRole('button', { name: 'Sign in and let Lanyard learn' }).click();
  const page = await lanyard.page(`${results.url}/login`);
  await expect(shell.getByText('Lanyard watches how')).toBeVisible();
  await page.getByLabel('User name').pressSequentially('a.clinician');
  await page.getByLabel('Password').pressSequentially('a mistake');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('User name').pressSequentially('a.clinician');
  await page.getByLabel('Password').pressSequentially(OWN_PASSWORD);
  await page.keyboard.press('Enter');
  const question = shell.getByRole('alertdialog');
  await expect(question).toContainText('a.clinician');
  await expect(question).toContainText(results.url);
  await question.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(lanyard.audit().filter(({ type }) => type === 'signOn.learnt')).toHaveLength(1);

  results.forgetSessions();
  await lanyard.choose(brian);
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(results.attempts.map(({ userName, accepted }) => [userName, accepted])).toEqual([
    ['a.clinician', false],
    ['a.clinician', true],
    ['a.clinician', true],
  ]);
  expect(await shell.content()).not.toContain(OWN_PASSWORD);
  await lanyard.close();
  const recipes = readFileSync(path.join(lanyard.userData, 'sign-in-recipes.json'), 'utf8');
  expect(recipes).toContain('input[name=');
  expect(recipes).not.toContain('a.clinician');
});

test('HTTP Basic is answered once; a second question is a refusal', async ({ launch, surroundings }) => {
  await results.close();
  results = await startSignedSystem('basic');
  results.accounts.set('amara.test', DEMO_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'http', account: 'directory' }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');
  expect(results.attempts.every(({ accepted }) => accepted)).toBe(true);
  await lanyard.shell.getByRole('button', { name: 'Sign out' }).click();
  await lanyard.shell.getByRole('button', { name: 'Sign in' }).waitFor();

  results.accounts.set('amara.test', OWN_PASSWORD);
  results.attempts.length = 0;
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(covered(lanyard)).toContainText('refused your sign-in');
  await lanyard.choose(brian);
  await expect(covered(lanyard)).toContainText('refused your sign-in');
  expect(results.attempts).toEqual([{ userName: 'amara.test', accepted: false }]);
});

test('a canary password is nowhere: not in what Lanyard wrote, said, showed or was started with', async ({
  launch,
  surroundings,
}) => {
  results.accounts.set('a.clinician', OWN_PASSWORD);
  const lanyard = await launch(configuration(surroundings, { method: 'form', account: 'own', recipe: recipe() }));
  await lanyard.signIn();
  await lanyard.choose(amara);
  const form = covered(lanyard);
  await form.getByRole('textbox', { name: 'User name' }).fill('a.clinician');
  await form.getByRole('textbox', { name: 'Password' }).fill(OWN_PASSWORD);
  await form.getByRole('button', { name: 'Sign in to Results' }).click();
  await expect(tab(lanyard)).toHaveAccessibleDescription('In step');

  const page = await lanyard.page(`${results.url}/patient/`);
  const inPage = await page.evaluate(() =>
    JSON.stringify([
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      document.documentElement.outerHTML,
    ]),
  );
  const inShell = await lanyard.shell.content();
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const started = processes.flatMap((id) => ['cmdline', 'environ'].map((what) => textOf(`/proc/${id}/${what}`)));
  await lanyard.close();
  const written = filesBelow(lanyard.userData).map(textOf);
  for (const password of [OWN_PASSWORD, DEMO_PASSWORD])
    for (const form of formsOf(password)) {
      const where = [inPage, inShell, lanyard.output(), ...started, ...written];
      expect(
        where.filter((text) => text.includes(form)),
        'a password',
      ).toEqual([]);
    }
});

/** As it would stand in text, in UTF-16, in base64, or in an address. */
function formsOf(password: string): string[] {
  const buffer = Buffer.from(password, 'utf8');
  return [
    password,
    Buffer.from(password, 'utf16le').toString('latin1'),
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('hex'),
  ];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // of a process that has just ended
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, String(name)))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false);
}
