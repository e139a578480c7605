/** The session around Lanyard: what a script of it says reaches the Lanyard that runs, and how Lanyard draws far away. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { electronLaunch } from '../../build/electron-runtime.mjs';
import { removeFolder } from '../../build/removeFolder.js';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type DemoPatient, population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Launch, type Running, type Surroundings, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara] = population as [DemoPatient];
const recorded = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

/** A second start, as a script of the session makes it. */
async function startAgain(userData: string, ...given: string[]): Promise<{ code: number | null; said: string }> {
  const { executablePath } = await electronLaunch();
  const child = spawn(executablePath, [`--user-data-dir=${userData}`, ...given], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (data: Buffer) => said.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: Buffer.concat(said).toString('utf8') };
}

async function atWork(
  launch: Launch,
  surroundings: Surroundings,
  more: Record<string, unknown> = {},
): Promise<Running> {
  const lanyard = await launch(configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')], more));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  return lanyard;
}

test('a session that comes back nobody knows where is locked, and unlocked its tabs are verified anew', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await atWork(launch, surroundings);
  const { shell } = lanyard;
  expect(await startAgain(lanyard.userData, '--event', 'reconnect')).toMatchObject({ code: 0 });
  await expect(shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara));
  await expect
    .poll(() => recorded(lanyard, 'workstation.roamed'))
    .toEqual([{ type: 'workstation.roamed', from: null, to: null }]);
  expect(recorded(lanyard, 'workstation.reconnected')).toEqual([{ type: 'workstation.reconnected', clientName: null }]);
  expect(recorded(lanyard, 'session.locked')).toEqual([expect.objectContaining({ reason: 'roaming' })]);
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Unlock' }).click();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
});

test('where the trust does not lock it, it is verified anew all the same; no other word does anything', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await atWork(launch, surroundings, { session: { lockOnRoam: false } });
  const { shell, userData } = lanyard;
  const before = recorded(lanyard, 'system.displayed').length;
  expect(await startAgain(userData, '--event=disconnect')).toMatchObject({ code: 0 });
  await expect.poll(() => recorded(lanyard, 'workstation.disconnected')).toHaveLength(1);
  expect(recorded(lanyard, 'system.displayed')).toHaveLength(before);
  expect(await startAgain(userData, '--event=reconnect')).toMatchObject({ code: 0 });
  await expect.poll(() => recorded(lanyard, 'workstation.reconnected')).toHaveLength(1);
  await expect.poll(() => recorded(lanyard, 'system.displayed').length).toBeGreaterThan(before);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect(shell.getByRole('heading', { name: 'Locked' })).toHaveCount(0);
  expect(recorded(lanyard, 'session.locked')).toEqual([]);

  const refused = await startAgain(userData, '--event', 'lock');
  expect(refused.code).toBe(2);
  expect(refused.said).toContain('lanyard: There is no such event. There are: reconnect, disconnect.');
  expect((await startAgain(userData)).code).toBe(0); // a second start without a word
  expect(lanyard.audit().filter(({ type }) => type.startsWith('workstation.'))).toHaveLength(3);
});

test('a script is told that no Lanyard runs', async () => {
  const folder = folderOfOrdinaryUser('lanyard-event-');
  try {
    mkdirSync(path.join(folder, 'user-data'));
    giveToOrdinaryUser(folder);
    const { code, said } = await startAgain(path.join(folder, 'user-data'), '--event', 'reconnect');
    expect(code).toBe(1);
    expect(said).toContain('lanyard: No Lanyard runs in this session, so nobody was told.');
  } finally {
    removeFolder(folder);
  }
});

/** What the page itself finds; Playwright pretends that nobody asked for it, unless told not to. */
async function isStill(page: Page): Promise<boolean> {
  await page.emulateMedia({ reducedMotion: null });
  return page.evaluate(() => matchMedia('(prefers-reduced-motion: reduce)').matches);
}

test('far away it draws without the graphics card and without movement, and never without the sandbox', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const configuration = configurationFor(surroundings, [labSystem(lab, 'honest')]);
  const workstation = { ...(configuration['workstation'] as object), remoteRendering: 'on' };
  const lanyard = await launch({ ...configuration, workstation }, { args: ['--disable-features=SomethingElse'] });
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  const system = await lanyard.page(`${lab.url}/honest/patient`);
  for (const page of [lanyard.shell, system]) expect(await isStill(page)).toBe(true);
  const { features, compositing, unsafe } = await lanyard.app.evaluate(({ app }) => ({
    features: app.commandLine.getSwitchValue('disable-features').split(','),
    compositing: app.getGPUFeatureStatus().gpu_compositing,
    unsafe: ['no-sandbox', 'disable-site-isolation-trials'].filter((name) => app.commandLine.hasSwitch(name)),
  }));
  expect(features).toEqual(expect.arrayContaining(['SomethingElse', 'CalculateNativeWinOcclusion']));
  expect([compositing, unsafe]).toEqual(['disabled_software', []]);
});

test('at the computer itself nothing of this is set', async ({ launch, surroundings }) => {
  const lanyard = await launch(configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')]));
  expect(await isStill(lanyard.shell)).toBe(false);
  expect(await lanyard.app.evaluate(({ app }) => app.commandLine.getSwitchValue('disable-features'))).not.toContain(
    'CalculateNativeWinOcclusion',
  );
});
