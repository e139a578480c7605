/** Stored sign-ins of the packaged program, where the operating system's session is the clinician's: in its keychain. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication, mergeTests, type Page } from '@playwright/test';
import { launcher } from '../../build/electron-runtime.mjs';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type Surroundings, test as endToEnd } from '../e2e/lanyard.js';
import { findWords } from '../e2e/leftovers.js';
import { expect, type Packaged, test as packaged } from './launch.js';
import { machineConfiguration } from './machineConfiguration.js';

const test = mergeTests(packaged, endToEnd);
const CANARY = 'Canary-9-in-the-package';
const ORIGIN = 'https://results.ward.example.nhs';
const OWN_SIGN_IN = {
  id: 'results',
  title: 'Results',
  kind: 'web',
  url: `${ORIGIN}/home`,
  roles: ['clinician', 'support'],
  signOn: {
    method: 'form',
    recipe: {
      origin: ORIGIN,
      path: '/login',
      steps: [
        {
          userName: { selector: '#user' },
          password: { selector: '#secret' },
          submit: { selector: 'button' },
        },
      ],
    },
  },
  context: { launch: { kind: 'url-template', template: `${ORIGIN}/patient/{nhsNumber}` } },
};

const configuration = (surroundings: Surroundings, folder: string): object =>
  machineConfiguration(surroundings, folder, [OWN_SIGN_IN], { workstation: { mode: 'windows-user' } });

/** Starts the test variant on a session bus of its own, after the shell line `first`, and signs in. */
async function signedIn(
  variant: Packaged,
  userData: string,
  first: string,
): Promise<{ app: ElectronApplication; shell: Page }> {
  const session = path.join(userData, 'session.sh');
  writeFileSync(session, `mkdir -p -m 700 "$XDG_RUNTIME_DIR"\n${first}\nexec "$@"\n`, { mode: 0o755 });
  giveToOrdinaryUser(session);
  const { executablePath } = launcher('lanyard-test-variant-on-own-bus', '/bin/sh', [
    '-c',
    'HOME="$1"; XDG_RUNTIME_DIR="$1/run"; export HOME XDG_RUNTIME_DIR; shift; exec dbus-run-session -- /bin/sh "$@"',
    'sh',
    userData,
    session,
    variant.executable,
  ]);
  const app = await _electron.launch({
    executablePath,
    chromiumSandbox: true,
    args: [`--user-data-dir=${path.join(userData, 'data')}`],
  });
  const isShell = (page: Page) => page.url().startsWith('lanyard://shell');
  await expect.poll(() => app.windows().some(isShell)).toBe(true);
  const shell = app.windows().find(isShell);
  if (!shell) throw new Error('the shell was closed');
  await shell.getByRole('textbox', { name: 'User name' }).fill('amara.test');
  await shell.getByRole('textbox', { name: 'Password' }).fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Sign in' }).click();
  await expect(shell.getByRole('button', { name: 'Sign out' })).toBeVisible();
  return { app, shell };
}

const stored = async (shell: Page) => {
  const answer = await shell.evaluate(() => window.lanyard.call('signOn.list', undefined));
  return answer.ok ? answer.value : null;
};
const enter = (shell: Page) =>
  shell.evaluate(
    (password) =>
      window.lanyard.call('signOn.enter', { tabId: 'results', userName: 'amara.own', password, remember: true }),
    CANARY,
  );

const UNLOCKED = `printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null`;

test('the packaged program keeps a sign-in in the keychain, and has it after the next start', async ({
  variant,
  userData,
  machineFile,
  surroundings,
}) => {
  machineFile.install(configuration(surroundings, userData));
  const first = await signedIn(variant, userData, UNLOCKED);
  await expect.poll(() => stored(first.shell)).toMatchObject({ status: 'open', kind: 'keychain', entries: [] });
  expect(await enter(first.shell)).toMatchObject({ ok: true });
  await first.app.close();
  const next = await signedIn(variant, userData, UNLOCKED);
  await expect
    .poll(() => stored(next.shell))
    .toMatchObject({ status: 'open', entries: [{ systemId: 'results', userName: 'amara.own' }] });
  await next.app.close();
  const [file = ''] = readdirSync(path.join(userData, 'data/vault'));
  expect(readFileSync(path.join(userData, 'data/vault', file), 'utf8')).toContain('"from":"keychain"');
  expect(findWords(userData, [CANARY])).toEqual([]);
});

test('without a keyring the packaged program stores nothing and says why', async ({
  variant,
  userData,
  machineFile,
  surroundings,
}) => {
  machineFile.install(configuration(surroundings, userData));
  const { app, shell } = await signedIn(
    variant,
    userData,
    'export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus',
  );
  await expect
    .poll(() => stored(shell))
    .toMatchObject({
      status: 'closed',
      explanation: expect.stringContaining('The keychain of this computer is locked or missing'),
    });
  expect(await enter(shell)).toMatchObject({ ok: false, code: 'vault-unavailable' });
  expect(findWords(userData, [CANARY])).toEqual([]);
  await app.close();
});
