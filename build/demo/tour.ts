/**
 * A tour through the demo, driven as a person would: sign in once, find a patient among look-alikes, see
 * every system follow.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication, expect, type Page } from '@playwright/test';
import { type ParseError, parse } from 'jsonc-parser';
import { z } from 'zod';
import { electronLaunch } from '../electron-runtime.mjs';
import { takePicture } from '../screen.js';
import { say, seconds } from '../setup/say.mjs';

/** What people of the demo would type: two people of one name and birth date, then a number that is one person's. */
const LOOK_ALIKES = 'TESTPATIENT 09-Mar-1975';
const ONE_PERSON = '999 000 0018';
const WINDOW_MS = 30_000;
const FOLLOWED_MS = 60_000;
const STILL_MS = 10_000;

/** Of lanyard.json, what the tour needs: the demo's own accounts. */
const demoConfiguration = z.object({
  demo: z.object({ password: z.string(), accounts: z.array(z.object({ userName: z.string() })).min(1) }),
});

export interface Tour {
  readonly args: readonly string[];
  readonly configurationFile: string;
  /** Folder for the pictures; what is in it is replaced. */
  readonly pictures: string;
  readonly signal: AbortSignal;
}

/** @throws Error when a step does not show what it should; the picture failed.png shows what was there instead */
export async function takeTour({ args, configurationFile, pictures, signal }: Tour): Promise<void> {
  const { demo } = demoConfiguration.parse(parse(readFileSync(configurationFile, 'utf8'), [] as ParseError[]));
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const started = performance.now();
  const app = await _electron.launch({ ...(await electronLaunch()), args: [...args], timeout: WINDOW_MS });
  const stop = (): void => {
    void app.close();
  };
  signal.addEventListener('abort', stop);
  const show = (name: string): void => {
    const number = String(readdirSync(pictures).length + 1).padStart(2, '0');
    const file = path.join(pictures, `${number}-${name}.png`);
    pictureOfStillScreen(file);
    say(`  ${path.basename(file)}`);
  };
  try {
    const shell = await shellPage(app);
    await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible({ timeout: WINDOW_MS });
    const shown = performance.now();
    say(
      `The sign-in page showed ${seconds(shown)} after npm start, ${seconds(shown - started)} after Electron was started.`,
    );
    show('sign-in');
    const pressed = await signIn(shell, demo.accounts[0]?.userName ?? '', demo.password);
    await everySystemOpen(shell);
    say(`Every system was open, signed in, ${seconds(pressed)} after "Sign in" was pressed.`);
    show('workspace');
    await shell.getByRole('searchbox', { name: 'Find a patient' }).fill(LOOK_ALIKES);
    await shell.keyboard.press('Enter');
    await expect(shell.getByRole('listbox', { name: 'Patients' }).getByRole('option').nth(1)).toBeVisible();
    show('look-alikes');
    await choose(shell, ONE_PERSON);
    for (const tab of await shell.getByRole('tablist', { name: 'Systems' }).getByRole('tab').all()) {
      await tab.click();
      await expect(tab).toHaveAccessibleDescription('In step', { timeout: FOLLOWED_MS });
      const [title = ''] = (await tab.innerText()).split('\n');
      if (title === 'Images') await scanDrawn(app);
      show(title.toLowerCase().replaceAll(/\W+/g, '-'));
    }
    await shell.getByRole('button', { name: 'Sign out' }).click();
    await expect(shell.getByRole('textbox', { name: 'User name' })).toHaveValue('');
    show('signed-out');
  } catch (error) {
    if (!signal.aborted) takePicture(path.join(pictures, 'failed.png'));
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await app.close();
  }
}

/** @returns when the button was pressed */
async function signIn(shell: Page, userName: string, password: string): Promise<number> {
  await shell.getByRole('textbox', { name: 'User name' }).fill(userName);
  await shell.getByLabel('Password').fill(password);
  const pressed = performance.now();
  await shell.getByRole('button', { name: 'Sign in' }).click();
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toBeVisible({ timeout: WINDOW_MS });
  return pressed;
}

/** No tab waits and none asks for a sign-in; without a patient there is nothing to check. */
async function everySystemOpen(shell: Page): Promise<void> {
  for (const tab of await shell.getByRole('tablist', { name: 'Systems' }).getByRole('tab').all())
    await expect(tab).toHaveAccessibleDescription('Not checked', { timeout: FOLLOWED_MS });
}

async function choose(shell: Page, text: string): Promise<void> {
  await shell.getByRole('searchbox', { name: 'Find a patient' }).fill(text);
  await shell.keyboard.press('Enter');
  const options = shell.getByRole('listbox', { name: 'Patients' }).getByRole('option');
  await expect(options).toHaveCount(1);
  await options.first().click();
  await expect(shell.getByRole('region', { name: 'Patient' })).toContainText(text);
}

/** app.windows() holds the systems' pages too, in no fixed order: the shell is known by its address. */
async function shellPage(app: ElectronApplication): Promise<Page> {
  const isShell = (page: Page): boolean => page.url().startsWith('lanyard://');
  await expect.poll(() => app.windows().some(isShell), { timeout: WINDOW_MS }).toBe(true);
  const page = app.windows().find(isShell);
  if (!page) throw new Error('the shell was closed');
  return page;
}

/** The viewer writes the window level of an image once it has drawn it. */
async function scanDrawn(app: ElectronApplication): Promise<void> {
  const viewer = app.windows().find((page) => new URL(page.url()).pathname === '/viewer');
  if (!viewer) throw new Error('the image viewer is not open');
  await expect(viewer.getByText(/^W:/).first()).toBeVisible({ timeout: FOLLOWED_MS });
}

/** Takes pictures until two in a row are the same (or, where something keeps moving, for 10 s). */
function pictureOfStillScreen(file: string): void {
  const deadline = performance.now() + STILL_MS;
  for (let before = Buffer.alloc(0); performance.now() < deadline;) {
    takePicture(file);
    const now = readFileSync(file);
    if (now.equals(before)) return;
    before = now;
  }
}
