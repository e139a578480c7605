/**
 * Staff badges at a reader that types: no page ever sees a number, a tap locks and asks and lets nobody in, a badge
 * becomes somebody's after their password only.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { removeFolder } from '../../build/removeFolder.js';
import { VirtualReader } from '../real/badge/virtualReader.js';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type DemoPatient, population } from '../demo/population.js';
import { configurationFor, expect, labSystem, type Running, type Surroundings, test as base } from './lanyard.js';
import { filesBelow, findWords } from './leftovers.js';

const [amara] = population as [DemoPatient];
const HERS = '04A1B2C3D4E5F6';
const HIS = '0499887766AABB';
const PIN = '830274';

/** A folder that a group of workstations shares, and the key beside it. */
const test = base.extend<{ group: { readonly folder: string; readonly keyFile: string } }>({
  group: async ({}, use) => {
    const place = folderOfOrdinaryUser('lanyard-badges-');
    const [folder, keyFile] = [path.join(place, 'shared'), path.join(place, 'badge.key')];
    mkdirSync(folder);
    writeFileSync(keyFile, randomBytes(32));
    giveToOrdinaryUser(place);
    await use({ folder, keyFile });
    removeFolder(place);
  },
});

const configuration = (surroundings: Surroundings, badges: Record<string, unknown>) =>
  configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { roles: ['clinician', 'support'] })], {
    badges,
  });
const typing = { readers: 'keyboard', keyboard: { prefix: ';', length: 14, alphabet: 'hexadecimal' } };

/** As the reader does: all keys in one burst, to whoever has the keyboard; `to`: a page, by the beginning of its address. */
async function tap({ app }: Running, number: string, to = 'lanyard://shell'): Promise<void> {
  await app.evaluate(
    ({ webContents }, { keys, address }) => {
      const contents = webContents.getAllWebContents().find((one) => one.getURL().startsWith(address));
      if (!contents) throw new Error(`no page at ${address}`);
      for (const keyCode of keys) {
        contents.sendInputEvent({ type: 'keyDown', keyCode });
        contents.sendInputEvent({ type: 'char', keyCode });
        contents.sendInputEvent({ type: 'keyUp', keyCode });
      }
    },
    { keys: [...Array.from(`;${number}`), 'Enter'], address: to },
  );
}

/** The rule: the same badge within three seconds is the same tap, and so is one's own just after coming in. */
async function aMomentLater(): Promise<void> {
  const since = performance.now();
  await expect.poll(() => performance.now() - since).toBeGreaterThan(3_200);
}

const lines = (lanyard: Running) => lanyard.audit().filter(({ type }) => type.startsWith('badge.'));

test('a badge becomes somebody’s after their password, locks from any page unseen, and unlocks with its PIN', async ({
  launch,
  surroundings,
  group,
}) => {
  const lanyard = await launch(configuration(surroundings, { ...typing, ...group }));
  const { shell } = lanyard;
  await expect(shell.getByText('A badge fills in your user name: tap it.')).toBeVisible();
  await tap(lanyard, HERS);
  await expect(shell.getByText(/Nobody uses this badge yet/)).toBeVisible();
  await expect(shell.getByLabel('User name')).toHaveValue('');

  await lanyard.signIn();
  const asked = shell.getByRole('dialog', { name: 'Is this your badge?' });
  await expect(asked.getByLabel(/New PIN/)).toBeFocused();
  expect((await new AxeBuilder({ page: shell }).setLegacyMode().analyze()).violations).toEqual([]);
  const choosePin = async (pin: string, again: string): Promise<void> => {
    await asked.getByLabel(/New PIN/).fill(pin);
    await asked.getByLabel('The same PIN again').fill(again);
    await asked.getByRole('button', { name: 'It is my badge' }).click();
  };
  await choosePin(PIN, '830275');
  await expect(asked.getByRole('alert')).toContainText('not the same');
  await choosePin('123456', '123456');
  await expect(asked.getByRole('alert')).toContainText('easy to guess');
  await choosePin(PIN, PIN);
  await expect(asked).toHaveCount(0);

  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  const address = `${surroundings.lab.url}/honest/patient`;
  const page = await lanyard.page(address);
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    for (const type of ['keydown', 'keypress', 'keyup'] as const)
      addEventListener(type, ({ key }) => seen.push(`${type} ${key}`), true);
    addEventListener('beforeinput', ({ data }) => seen.push(`typed ${data ?? ''}`), true);
  });
  await aMomentLater();
  await tap(lanyard, HERS, address);
  await expect(shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
  await expect(shell.getByText(/Locked at \d\d:\d\d by a badge/)).toBeVisible();
  expect(await page.evaluate(() => (globalThis as { seen?: string[] }).seen)).toEqual([]);

  await aMomentLater();
  await tap(lanyard, HERS);
  await expect(shell.getByLabel('PIN')).toBeFocused();
  expect((await new AxeBuilder({ page: shell }).setLegacyMode().analyze()).violations).toEqual([]);
  await shell.getByLabel('PIN').fill('830275');
  await shell.getByRole('button', { name: 'Unlock' }).click();
  await expect(shell.getByRole('alert')).toContainText('4 more tries');
  await shell.getByLabel('PIN').fill(PIN);
  await shell.getByRole('button', { name: 'Unlock' }).click();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');

  expect(lines(lanyard)).toEqual([
    { type: 'badge.tapped', user: null, action: 'ask-password-to-enrol' },
    { type: 'badge.enrolled', user: 'amara.test@demo.hospital.example', newPin: true },
    { type: 'badge.tapped', user: 'amara.test@demo.hospital.example', action: 'lock' },
    { type: 'badge.tapped', user: 'amara.test@demo.hospital.example', action: 'ask-to-unlock' },
  ]);
  expect(lanyard.audit().at(-1)?.type).not.toBe('session.unlockRefused');
  await lanyard.close();
  expect(filesBelow(group.folder)).toHaveLength(1);
  for (const place of [lanyard.userData, group.folder]) expect(findWords(place, [HERS, PIN])).toEqual([]);
});

test('what people type is not held up and comes in its order, also where it begins like a badge', async ({
  launch,
  surroundings,
  group,
}) => {
  const lanyard = await launch(configuration(surroundings, { ...typing, ...group }));
  const field = lanyard.shell.getByLabel('User name');
  // Even before anything but the page is there, no field gets a number.
  await tap(lanyard, HERS);
  await expect(field).toHaveValue('');
  await field.focus();
  for (const keyCode of [';', '0', '4', 'x', ';', ';', '9'])
    await lanyard.app.evaluate(({ webContents }, key) => {
      const [contents] = webContents.getAllWebContents();
      contents?.sendInputEvent({ type: 'keyDown', keyCode: key });
      contents?.sendInputEvent({ type: 'char', keyCode: key });
      contents?.sendInputEvent({ type: 'keyUp', keyCode: key });
    }, keyCode);
  await expect.poll(async () => (await field.inputValue()).replaceAll(';', '')).toBe('04x9');
});

test('a colleague’s badge locks, fills in their name, and nothing more; support forgets it again', async ({
  launch,
  surroundings,
  group,
}) => {
  const lanyard = await launch(configuration(surroundings, { ...typing, ...group, proof: 'recent-password' }));
  const { shell } = lanyard;
  await expect(shell.getByText('A badge fills in your user name: tap it.')).toBeVisible();
  await tap(lanyard, HIS);
  await expect(shell.getByText(/Nobody uses this badge yet/)).toBeVisible();
  await lanyard.signIn('remy.test');
  const asked = shell.getByRole('dialog', { name: 'Is this your badge?' });
  await expect(asked.getByRole('button', { name: 'It is my badge' })).toBeFocused();
  await expect(asked.getByLabel(/New PIN/)).toHaveCount(0);
  await asked.getByRole('button', { name: 'It is my badge' }).click();
  await expect(asked).toHaveCount(0);
  await shell.getByRole('button', { name: 'Sign out', exact: true }).click();

  await lanyard.signIn();
  await lanyard.chooseOfAccount('Your badge');
  const own = shell.getByRole('dialog', { name: 'Your badge' });
  await expect(own).toContainText('You have none');
  await own.getByRole('button', { name: 'Close' }).click();
  await aMomentLater();
  await tap(lanyard, HIS);
  await expect(shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
  await expect(shell.getByLabel('User name')).toHaveValue('remy.test@demo.hospital.example');
  await expect(shell.getByLabel('Password')).toBeFocused();
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Sign in', exact: true }).click();
  await shell.getByRole('tablist', { name: 'Systems' }).waitFor();

  await shell.getByRole('button', { name: 'Sign out', exact: true }).click();
  await lanyard.signIn('sol.test');
  await shell.getByRole('button', { name: 'Support view' }).click();
  const badges = shell.getByRole('region', { name: 'Badges' });
  const remove = async (userName: string): Promise<void> => {
    await badges.getByLabel('User name').fill(userName);
    await badges.getByRole('button', { name: 'Remove badge and PIN' }).click();
  };
  await remove('amara.test');
  await expect(badges.getByRole('alert')).toContainText('amara.test@demo.hospital.example has no badge');
  await remove('remy.test');
  await expect(badges.getByRole('status')).toContainText('forgotten');
  expect(lines(lanyard).at(-1)).toEqual({
    type: 'badge.removed',
    user: 'remy.test@demo.hospital.example',
    by: 'sol.test@demo.hospital.example',
  });
});

test('without a smart card service the page says so, and the password goes on working', async ({
  launch,
  surroundings,
  group,
}) => {
  const lanyard = await launch(configuration(surroundings, { readers: 'smart-card-service', ...group }));
  await expect(lanyard.shell.getByText(/smart card service of this computer is not running/)).toBeVisible();
  await lanyard.signIn();
});

test('a badge is read at a real smart card service, and taking it away locks', async ({
  launch,
  surroundings,
  group,
}) => {
  const reader = new VirtualReader();
  await reader.startService();
  try {
    const lanyard = await launch(
      configuration(surroundings, {
        readers: 'smart-card-service',
        ...group,
        proof: 'recent-password',
        onRemoval: 'lock',
      }),
      { environment: { PCSCLITE_CSOCK_NAME: reader.socket } },
    );
    const { shell } = lanyard;
    await expect(shell.getByText('A badge fills in your user name: tap it.')).toBeVisible();
    await reader.lay(HERS);
    await expect(shell.getByText(/Nobody uses this badge yet/)).toBeVisible();
    await lanyard.signIn();
    await shell.getByRole('button', { name: 'It is my badge' }).click();
    await expect(shell.getByRole('dialog')).toHaveCount(0);
    await reader.lift();
    await expect(shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
    await reader.lay(HERS);
    await shell.getByRole('tablist', { name: 'Systems' }).waitFor();
    await reader.lift();
    await expect(shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
  } finally {
    await reader.close();
  }
});
