/**
 * The lock as people meet it: nothing of a patient to be seen, asked for or heard under it; the same clinician comes back
 * to where they were, a colleague begins with nothing of theirs, and a session nobody comes back to ends.
 */
import AxeBuilder from '@axe-core/playwright';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type DemoPatient, population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Launch, type Running, type Surroundings, test } from './lanyard.js';
import { findWords, wordsIn, wordsInMemory } from './leftovers.js';
import { coloursOnScreen } from './screen.js';
import { visiblePages, watchViews } from './visibleViews.js';

const [amara, brian] = population as [DemoPatient, DemoPatient];
const OF_THE_PATIENT = [
  amara.nhsNumber ?? '',
  (amara.nhsNumber ?? '').replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3'),
  amara.localNumber,
  amara.family,
];

/** Words that stand nowhere but in what the first clinician saw. */
const CANARIES = [amara.nhsNumber ?? '', amara.localNumber];
/** Of the list's lines. */
const LIST = '3a6b11';
const NOTE = 'note-canary-chest-pain';

interface Wanted {
  readonly session?: Record<string, unknown>;
  readonly systems?: readonly object[];
}

/** Signed in with Amara chosen and every tab in step. */
async function atWork(launch: Launch, surroundings: Surroundings, { session, systems }: Wanted = {}): Promise<Running> {
  const { lab } = surroundings;
  const lanyard = await launch(
    configurationFor(surroundings, systems ?? [labSystem(lab, 'honest'), labSystem(lab, 'unsaved')], {
      ...(session && { session }),
    }),
  );
  await watchViews(lanyard.app);
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const tab of await lanyard.shell.getByRole('tab').all())
    await expect(tab).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  return lanyard;
}

const locked = ({ shell }: Running) => shell.getByRole('heading', { name: 'Locked' });
const recorded = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

async function unlock({ shell }: Running, password = DEMO_PASSWORD): Promise<void> {
  await shell.getByLabel('Password').fill(password);
  await shell.getByRole('button', { name: 'Unlock' }).click();
}

/** Nothing of the patient on the screen, in the page, or in an answer. */
async function expectNothingOfThePatient({ app, shell }: Running): Promise<void> {
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara));
  expect(await visiblePages(app)).toEqual([]);
  expect(wordsIn(Buffer.from(await shell.content()), OF_THE_PATIENT)).toEqual([]);
  expect(await shell.title()).toBe('Lanyard');
  for (const name of ['workspace.get', 'signOn.list'] as const)
    expect(await shell.evaluate((call) => window.lanyard.call(call, undefined), name)).toMatchObject({
      ok: false,
      code: 'locked',
    });
}

test('a lock at the button shows whose it is and nothing of a patient; the password leads back to where they were', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await atWork(launch, surroundings);
  const { app, shell } = lanyard;
  await shell.getByRole('button', { name: 'Copy NHS number' }).click();
  await shell.getByRole('searchbox', { name: 'Find a patient' }).fill('half a name');
  await lanyard.tab('unsaved').click();
  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(locked(lanyard)).toBeVisible();
  await expectNothingOfThePatient(lanyard);
  await expect(shell.getByRole('main')).toContainText('Amara Test');
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe('');
  const { violations } = await new AxeBuilder({ page: shell }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
  await expect(shell.getByLabel('Password')).toBeFocused();

  await unlock(lanyard, 'not the password');
  await expect(shell.getByRole('alert')).toContainText('more tries before the account locks');
  await expect(shell.getByLabel('Password')).toBeFocused();
  await expectNothingOfThePatient(lanyard);

  await unlock(lanyard);
  await expect(lanyard.tab('unsaved')).toHaveAttribute('aria-selected', 'true');
  for (const title of ['honest', 'unsaved']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toHaveValue('half a name');
  expect(
    lanyard
      .audit()
      .map(({ type }) => type)
      .filter((type) => type.startsWith('session.')),
  ).toEqual(['session.signedIn', 'session.locked', 'session.unlockRefused', 'session.unlocked']);
  expect(recorded(lanyard, 'session.locked')).toEqual([expect.objectContaining({ reason: 'user' })]);
});

test('Control+Shift+L locks, also from within a page that spins for ever', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await atWork(launch, surroundings, { systems: [labSystem(lab, 'honest')] });
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  await page.locator('body').click();
  await page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    }, 0);
  });
  // Through the browser's own door for input: the page itself answers nothing any more.
  await lanyard.app.evaluate(({ webContents }, address) => {
    const spinning = webContents.getAllWebContents().find((one) => one.getURL().startsWith(address));
    spinning?.sendInputEvent({ type: 'keyDown', keyCode: 'L', modifiers: ['control', 'shift'] });
  }, `${lab.url}/honest/patient`);
  await expect(locked(lanyard)).toBeVisible();
  await expectNothingOfThePatient(lanyard);
  await unlock(lanyard);
  await expect(lanyard.shell.getByRole('tablist', { name: 'Systems' })).toBeVisible();
  // It still spins: nothing of it is shown before it has said again whom it shows.
  await expect(lanyard.tab('honest')).not.toHaveAccessibleDescription('In step');
  expect(await visiblePages(lanyard.app)).toEqual([]);
});

test('what happens under the lock leads nowhere: no page comes up, nobody is chosen', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await atWork(launch, surroundings, { systems: [labSystem(lab, 'honest')] });
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  await lanyard.shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(locked(lanyard)).toBeVisible();
  const { shell } = lanyard;
  for (const [name, input] of [
    ['patient.select', { patientId: '1' }],
    ['workspace.activate', { tabId: 'honest' }],
    ['workspace.raiseShell', { raised: false }],
    ['session.signOut', undefined],
  ] as const)
    expect(
      await shell.evaluate(([call, given]) => window.lanyard.call(call, given as never), [name, input] as const),
    ).toMatchObject({ ok: false, code: 'locked' });
  await page.goto(`${lab.url}/honest/patient/${brian.nhsNumber ?? ''}`);
  await expectNothingOfThePatient(lanyard);
  await unlock(lanyard);
  // The page went to somebody else meanwhile: that is seen before anything of it is shown.
  await expect(shell.getByRole('region', { name: 'Patient', exact: true })).toContainText(amara.family.toUpperCase());
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
  expect(await visiblePages(lanyard.app)).toEqual([]);
  await expect.poll(coloursOnScreen).not.toContain(colourOf(brian));
});

test('a list that a page has opened over itself goes with it, and so does its sound', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await atWork(launch, surroundings, { systems: [labSystem(lab, 'honest')] });
  const { app, shell } = lanyard;
  const address = `${lab.url}/honest/patient`;
  const page = await lanyard.page(address);
  const isMuted = (): Promise<boolean | undefined> =>
    app.evaluate(
      ({ webContents }, begin) =>
        webContents
          .getAllWebContents()
          .find((one) => one.getURL().startsWith(begin))
          ?.isAudioMuted(),
      address,
    );
  await page.evaluate((colour) => {
    const list = document.createElement('select');
    list.style.cssText = 'position: fixed; left: 300px; top: 200px; width: 300px; font-size: 40px';
    for (const text of ['Amoxicillin', 'Bisoprolol', 'Codeine']) {
      const option = document.createElement('option');
      option.textContent = text;
      option.style.backgroundColor = colour;
      list.append(option);
    }
    document.body.append(list);
  }, `#${LIST}`);
  // The list is a window of its own, which only the browser's own door for input opens.
  await app.evaluate(({ webContents }, begin) => {
    const contents = webContents.getAllWebContents().find((one) => one.getURL().startsWith(begin));
    contents?.focus();
    for (const type of ['mouseDown', 'mouseUp'] as const)
      contents?.sendInputEvent({ type, x: 350, y: 220, button: 'left', clickCount: 1 });
  }, address);
  await expect.poll(coloursOnScreen).toContain(LIST);
  expect(await isMuted()).toBe(false);
  await shell.evaluate(() => window.lanyard.call('session.lock', undefined));
  await expect(locked(lanyard)).toBeVisible();
  await expect.poll(coloursOnScreen).not.toContain(LIST);
  expect(await isMuted()).toBe(true);
  await unlock(lanyard);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  expect(await isMuted()).toBe(false);
});

test('nobody there: a countdown that any key ends, a lock, and the end of the session with what was lost', async ({
  launch,
  surroundings,
}) => {
  test.setTimeout(180_000); // it waits as long as a clinician is away
  const { lab } = surroundings;
  const lanyard = await atWork(launch, surroundings, {
    session: { lockAfterSeconds: 20, warnSeconds: 15, signOutAfterSeconds: 40 },
    systems: [labSystem(lab, 'unsaved')],
  });
  const { shell } = lanyard;
  const page = await lanyard.page(`${lab.url}/unsaved/patient`);
  await page.getByLabel('Note').pressSequentially('half a sentence');
  const countdown = shell.getByRole('region', { name: 'About to lock' });
  await expect(countdown).toContainText(/Lanyard locks in \d+ seconds?/, { timeout: 60_000 });
  await expect(countdown).toContainText('Amara Test');
  await page.getByLabel('Note').press('a');
  await expect(countdown).toHaveCount(0);
  await expect(page.getByLabel('Note')).toHaveValue('half a sentencea');

  await expect(locked(lanyard)).toBeVisible({ timeout: 60_000 });
  await expect(shell.getByRole('main')).toContainText(/Locked at \d\d:\d\d because nobody was here/);
  await expect(shell.getByRole('main')).toContainText('work that is not saved in unsaved');
  await expectNothingOfThePatient(lanyard);

  await expect(shell.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible({ timeout: 60_000 });
  const types = lanyard.audit().map(({ type }) => type);
  expect(types.filter((type) => type.startsWith('session.')).slice(0, 3)).toEqual([
    'session.signedIn',
    'session.idleWarned',
    'session.idleEnded',
  ]);
  expect(types.filter((type) => type.startsWith('session.')).slice(-4)).toEqual([
    'session.idleWarned',
    'session.locked',
    'session.workLost',
    'session.signedOut',
  ]);
  expect(recorded(lanyard, 'session.workLost')).toEqual([expect.objectContaining({ systems: ['unsaved'] })]);
  expect(recorded(lanyard, 'session.signedOut')).toEqual([expect.objectContaining({ reason: 'idle' })]);
});

test('a colleague signs in over the lock and begins with nothing of the first', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await atWork(launch, surroundings);
  const { app, shell } = lanyard;
  const page = await lanyard.page(`${lab.url}/unsaved/patient`);
  await page.getByLabel('Note').fill(NOTE);
  await page.evaluate((words) => {
    localStorage.setItem('patient', words.join());
    document.cookie = `patient=${encodeURIComponent(words.join())}; max-age=86400`;
  }, OF_THE_PATIENT);
  await shell.getByRole('searchbox', { name: 'Find a patient' }).fill(amara.family);
  const before = await app.evaluate(({ webContents }) => webContents.getAllWebContents().map(({ id }) => id));
  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await shell.getByRole('button', { name: 'Sign in as someone else' }).click();
  await expect(shell.getByRole('main')).toContainText(
    'Signing in ends the session of Dr Amara Testclinician in every system.',
  );
  await expect(shell.getByRole('main')).toContainText('work that is not saved in unsaved');
  await shell.getByLabel('User name').fill('remy.test');
  await shell.getByLabel('Password').fill('not the password');
  await shell.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(shell.getByRole('alert')).toContainText('User name or password is wrong');
  expect(recorded(lanyard, 'session.takenOver')).toEqual([]);

  await shell.getByLabel('User name').fill('remy.test');
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(shell.getByRole('tablist', { name: 'Systems' })).toBeVisible();
  await expect(shell.getByRole('group', { name: 'Signed in' })).toContainText('Remy Testradiographer');
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toHaveValue('');
  expect(wordsIn(Buffer.from(await shell.content()), OF_THE_PATIENT)).toEqual([]);
  expect(await visiblePages(app).then((pages) => pages.filter((address) => address.includes('/patient/')))).toEqual([]);
  const now = await app.evaluate(({ webContents }) => webContents.getAllWebContents().map(({ id }) => id));
  expect(now.filter((id) => before.includes(id))).toHaveLength(1); // the shell's own window, with a page that is new
  const fresh = await lanyard.page(`${lab.url}/unsaved/home`);
  expect(await fresh.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, '']);
  // Of the processes in which pages live, and lived, none holds a word of the patient or of what was written.
  const memory = wordsInMemory(lanyard.pid, [...CANARIES, NOTE]);
  expect(memory.filter((one) => !/^(main|network):/.test(one))).toEqual([]);
  process.stdout.write(`take-over: left in freed memory: ${memory.join(', ') || 'nothing'}\n`);
  expect(findWords(lanyard.userData, [...CANARIES, NOTE]).filter((one) => !one.startsWith('audit/'))).toEqual([]);
  expect(
    lanyard
      .audit()
      .map(({ type }) => type)
      .filter((type) => type.startsWith('session.')),
  ).toEqual([
    'session.signedIn',
    'session.locked',
    'session.refused',
    'session.takenOver',
    'session.workLost',
    'session.signedOut',
    'session.signedIn',
  ]);
});
