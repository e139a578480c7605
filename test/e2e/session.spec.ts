/**
 * Signing in as people meet it: every refusal in plain words with the keyboard where it belongs, no password left
 * behind, and who is signed in always to be seen. On a real Active Directory: morning.spec.ts.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { createCertificateAuthority } from '../demo/certificates.js';
import { DEMO_PASSWORD, demoDomain } from '../demo/directory/accounts.js';
import { population } from '../demo/population.js';
import {
  configurationFor,
  expect,
  labSystem,
  type Launch,
  type Running,
  sharedLanyard,
  type Surroundings,
  test,
} from './lanyard.js';
import { wordsIn } from './leftovers.js';

const [amara] = population;
if (!amara) throw new Error('the population is empty');

const lanyard = sharedLanyard((launch, surroundings) => launch(configuration(surroundings)));

const configuration = (surroundings: Surroundings): Record<string, unknown> =>
  configurationFor(surroundings, [
    labSystem(surroundings.lab, 'honest', { title: 'Patient record', external: ['https://guidance.example'] }),
    labSystem(surroundings.lab, 'canvas', { title: 'Audit desk', id: 'desk', roles: ['auditor'] }),
  ]);

async function attempt({ shell }: Running, userName: string, password: string): Promise<void> {
  await shell.getByLabel('User name').fill(userName);
  await shell.getByLabel('Password').fill(password);
  await shell.getByRole('button', { name: 'Sign in' }).click();
}

async function signOut({ shell }: Running): Promise<void> {
  await shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
}

async function expectNothingForAxe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

const refusals: readonly [userName: string, says: RegExp, reason: string, field: 'User name' | 'Password'][] = [
  ['nobody.here', /User name or password is wrong/, 'wrong-credentials', 'Password'],
  ['locked.test', /locked until \d\d:\d\d.*too many wrong passwords/, 'locked-out', 'User name'],
  ['disabled.test', /switched off.*Call the IT service desk/, 'account-disabled', 'User name'],
  ['account-expired.test', /come to its end date/, 'account-expired', 'User name'],
  ['outside-hours.test', /not sign in at this time of day/, 'outside-hours', 'User name'],
  ['wrong-workstation.test', /not sign in on this computer/, 'wrong-workstation', 'User name'],
  ['restricted.test', /rule on this account/, 'account-restriction', 'User name'],
  ['nora.test', /no role in Lanyard/, 'no-role', 'User name'],
];

for (const [userName, says, reason, field] of refusals) {
  test(`${userName} is refused (${reason}), in words, with the keyboard at "${field}"`, async () => {
    const { shell } = lanyard();
    await attempt(lanyard(), userName, DEMO_PASSWORD);
    await expect(shell.getByRole('alert').filter({ hasText: says })).toBeVisible();
    await expect(shell.getByLabel(field)).toBeFocused();
    await expect(shell.getByLabel('Password')).toHaveValue('');
    expect(wordsIn(Buffer.from(await shell.content()), [DEMO_PASSWORD])).toEqual([]);
    expect(lanyard().audit().at(-1)).toMatchObject({ type: 'session.refused', reason });
    await expect(shell.getByRole('tablist', { name: 'Systems' })).toHaveCount(0);
  });
}

test('a wrong password says how many tries are left, and a right one begins the count anew', async () => {
  const { shell } = lanyard();
  await attempt(lanyard(), 'remy.test', 'not the password');
  await expect(shell.getByRole('alert')).toContainText('4 more tries before the account locks');
  await expect(shell.getByLabel('Password')).toBeFocused();
  await lanyard().signIn('remy.test');
  await signOut(lanyard());
  await attempt(lanyard(), 'remy.test', 'not the password');
  await expect(shell.getByRole('alert')).toContainText('4 more tries before the account locks');
  await lanyard().signIn('remy.test');
  await signOut(lanyard());
});

for (const [what, userName, password, says, field] of [
  ['no password', 'amara.test', '', 'Type your password', 'Password'],
  ['no user name', '', DEMO_PASSWORD, 'Type your user name', 'User name'],
] as const) {
  test(`${what} is no attempt: nobody is asked, and nothing is counted`, async ({ surroundings }) => {
    const { shell } = lanyard();
    const before = { connections: surroundings.directory.connections, events: lanyard().audit().length };
    await attempt(lanyard(), userName, password);
    await expect(shell.getByRole('alert')).toContainText(says);
    await expect(shell.getByLabel(field)).toBeFocused();
    expect(surroundings.directory.connections).toBe(before.connections);
    expect(lanyard().audit()).toHaveLength(before.events);
  });
}

test('who is signed in is to be seen at every moment, and for how long the password is good', async () => {
  const { shell } = lanyard();
  const who = shell.getByRole('group', { name: 'Signed in' });
  await lanyard().signIn('remy.test');
  await expect(who).toContainText('Remy Testradiographer');
  await expect(who).toContainText('Clinician'); // through a group inside another group
  await expect(who).toContainText(/password expires in [45] days/);
  await lanyard().choose(amara);
  await expect(lanyard().tab('Patient record')).toHaveAccessibleDescription('In step');
  await expect(who).toBeVisible();
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill('TESTPATIENT 09-Mar-1975');
  await search.press('Enter');
  await shell.getByRole('listbox', { name: 'Patients' }).waitFor();
  await expect(who).toBeVisible();
  await search.press('Escape');
  await signOut(lanyard());
  expect(await shell.content()).not.toContain('Remy');
});

test('roles decide which systems there are', async () => {
  const { shell } = lanyard();
  const tabs = shell.getByRole('tab');
  await lanyard().signIn();
  await expect(tabs).toHaveText([/^Patient record/]);
  await signOut(lanyard());
  await lanyard().signIn('priya.test'); // a privacy officer is an auditor too, by a group inside another
  await expect(tabs).toHaveText([/^Audit desk/]);
  await signOut(lanyard());
  await attempt(lanyard(), 'sol.test', DEMO_PASSWORD);
  await expect(shell.getByText('Your roles open no system here')).toBeVisible();
  await expect(tabs).toHaveCount(0);
  const pages = await lanyard().app.evaluate(({ webContents }) => webContents.getAllWebContents().length);
  expect(pages).toBe(1); // and no page of one was ever made
  await signOut(lanyard());
});

test('nothing works before a sign-in, whatever is asked of the main process', async () => {
  const answers = await lanyard().shell.evaluate(async () => {
    const { lanyard: api } = window;
    return Promise.all([
      api.call('patient.search', { text: '9990000018' }),
      api.call('patient.select', { patientId: 'x' }),
      api.call('workspace.activate', { tabId: 'honest' }),
      api.call('workspace.showSignInPage', { tabId: 'honest' }),
      api.call('workspace.answerOutsideLink', { id: 'x', open: true }),
    ]);
  });
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'not-signed-in' });
});

test('the keyboard meets everything in the order it is read', async () => {
  const { shell } = lanyard();
  await lanyard().signIn();
  await lanyard().choose(amara);
  await expect(lanyard().tab('Patient record')).toHaveAccessibleDescription('In step');
  await shell.getByRole('searchbox', { name: 'Find a patient' }).focus();
  const met: string[] = [];
  for (let presses = 0; presses < 8; presses += 1) {
    met.push(
      await shell.evaluate(() => {
        const { activeElement } = document;
        return (
          activeElement?.getAttribute('aria-label') ??
          (activeElement instanceof HTMLElement ? activeElement.innerText.split('\n')[0] : '') ??
          ''
        );
      }),
    );
    await shell.keyboard.press('Tab');
  }
  expect(met.map((name) => name.trim())).toEqual([
    'Find a patient',
    expect.stringContaining('Amara'),
    'Lock',
    'Sign out',
    expect.stringMatching(/^Copy/),
    'Close patient',
    'Break link',
    'Patient record',
  ]);
  await signOut(lanyard());
});

test('axe finds nothing in the question about an outside link, and Escape means no', async ({ surroundings }) => {
  const { shell } = lanyard();
  await lanyard().signIn();
  const page = await lanyard().page(`${surroundings.lab.url}/honest/`);
  await page.evaluate(() => void window.open('https://guidance.example/ng28'));
  const question = shell.getByRole('alertdialog');
  await expect(question).toContainText('guidance.example');
  await expect(question.getByRole('button', { name: 'Stay here' })).toBeFocused();
  await expectNothingForAxe(shell);
  await shell.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  expect(lanyard().audit().at(-1)?.type).not.toBe('outside.opened');
  await signOut(lanyard());
});

test('axe finds nothing in a search that finds nobody or cannot be read', async () => {
  const { shell } = lanyard();
  await lanyard().signIn();
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });
  for (const [text, says] of [
    ['RM9999999', 'Nobody was found'],
    ['999 000 0019', 'does not fit'],
  ] as const) {
    await search.fill(text);
    await search.press('Enter');
    await expect(shell.getByText(says).first()).toBeVisible();
    await expectNothingForAxe(shell);
    await search.press('Escape');
  }
  await signOut(lanyard());
});

test('at 200 % zoom nothing is cut off, and the page keeps a place of its own', async () => {
  const { shell } = lanyard();
  await lanyard().app.evaluate(({ BaseWindow, webContents }) => {
    BaseWindow.getAllWindows()[0]?.setSize(1280, 860);
    webContents
      .getAllWebContents()
      .find((one) => one.getURL().startsWith('lanyard:'))
      ?.setZoomFactor(2);
  });
  try {
    await expect.poll(() => shell.evaluate(() => window.devicePixelRatio)).toBe(2);
    expect(await cutOff(shell)).toEqual([]);
    await lanyard().signIn();
    await lanyard().choose(amara);
    await expect(lanyard().tab('Patient record')).toHaveAccessibleDescription('In step');
    expect(await cutOff(shell)).toEqual([]);
    const [place] = await lanyard().app.evaluate(({ BaseWindow }) =>
      BaseWindow.getAllWindows().flatMap(({ contentView }) => contentView.children.map((view) => view.getBounds())),
    );
    expect(place?.height).toBeGreaterThan(200);
    await expectNothingForAxe(shell);
    await signOut(lanyard());
  } finally {
    await lanyard().app.evaluate(({ webContents }) => {
      webContents
        .getAllWebContents()
        .find((one) => one.getURL().startsWith('lanyard:'))
        ?.setZoomFactor(1);
    });
  }
});

/** Words and controls outside the window, or cut off by a box around them. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, h1, h2, p, dt, dd, [role=tab], [role=option]')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetWidth > 1)
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        const outside = left < -0.5 || right > window.innerWidth + 0.5;
        const { overflowX, textOverflow } = getComputedStyle(element);
        const clipped = overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
        return outside || (element.tagName !== 'INPUT' && (clipped || textOverflow === 'ellipsis'));
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

// ── Sign-in servers that are slow, gone, or somebody else ──

/** Lets nobody through until it is opened; then it is the real controller, late. */
async function startGate(port: number): Promise<{ port: number; open: () => void; close: () => Promise<void> }> {
  const waiting = new Set<Socket>();
  let isOpen = false;
  const through = (socket: Socket): void => {
    const real = connect(port, '127.0.0.1');
    socket.pipe(real).pipe(socket);
    for (const one of [socket, real]) one.on('error', () => one.destroy());
  };
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (isOpen) through(socket);
    else waiting.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: () => {
      isOpen = true;
      for (const socket of waiting) through(socket);
    },
    close: async () => {
      for (const socket of waiting) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const withDirectory = (
  launch: Launch,
  surroundings: Surroundings,
  changes: Record<string, unknown>,
): Promise<Running> => {
  const whole = configuration(surroundings);
  return launch({ ...whole, directory: { ...(whole['directory'] as object), ...changes } });
};

test('a sign-in that waits for a slow controller can be given up, and succeeds once the controller answers', async ({
  launch,
  surroundings,
}) => {
  const gate = await startGate(surroundings.directory.port);
  const running = await withDirectory(launch, surroundings, {
    servers: [`ldaps://${demoDomain.controller}:${gate.port}`],
  });
  const { shell } = running;
  await attempt(running, 'amara.test', DEMO_PASSWORD);
  await expect(shell.getByRole('status').filter({ hasText: 'Asking the directory' })).toBeVisible();
  await shell.getByRole('button', { name: 'Cancel' }).click();
  await expect(shell.getByRole('status').filter({ hasText: 'Sign-in cancelled' })).toBeVisible();
  await expect(shell.getByLabel('Password')).toBeFocused();
  await expect(shell.getByLabel('Password')).toHaveValue('');
  expect(running.audit().at(-1)).toMatchObject({ type: 'session.refused', reason: 'cancelled' });

  await attempt(running, 'amara.test', DEMO_PASSWORD);
  await expect(shell.getByRole('alert')).toContainText(/no sign-in server answers.*will not lock your account/s);
  gate.open();
  await running.signIn();
  await running.close();
  await gate.close();
});

test('a controller that is gone, and one that cannot prove who it is, are no fault of the password', async ({
  launch,
  surroundings,
}) => {
  const gate = await startGate(surroundings.directory.port);
  await gate.close();
  const gone = await withDirectory(launch, surroundings, {
    servers: [`ldaps://${demoDomain.controller}:${gate.port}`],
  });
  await attempt(gone, 'amara.test', DEMO_PASSWORD);
  await expect(gone.shell.getByRole('alert')).toContainText(/no sign-in server answers.*will not lock your account/s);
  await gone.close();

  const stranger = await createCertificateAuthority('Another CA', new Date());
  const whole = configuration(surroundings);
  const files = { ...(whole['files'] as object), 'ca.pem': stranger.caPem };
  const unproven = await launch({ ...whole, files });
  await attempt(unproven, 'amara.test', DEMO_PASSWORD);
  await expect(unproven.shell.getByRole('alert')).toContainText(/cannot prove who it is.*will not lock your account/s);
  await expect(unproven.shell.getByLabel('Password')).toHaveValue('');
});
