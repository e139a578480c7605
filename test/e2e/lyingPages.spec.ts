/** Never the wrong patient: pages that lie, or that cannot be read, are covered, and the cover says why. */
import { population } from '../demo/population.js';
import { type Behaviour, colourOf } from './lab.js';
import { configurationFor, expect, LAB_IDENTITY, labSystem, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara, brian] = population;
const kept = population.find(({ formerLocalNumbers }) => formerLocalNumbers.length > 0);
if (!amara || !brian || !kept) throw new Error('the population is empty');

interface Case {
  readonly behaviour: Behaviour;
  readonly link: string;
  /** What the cover says; null: the page shows. */
  readonly says: RegExp | null;
  /** Where this page shows its patient, where that is not where every page of the lab does. */
  readonly identity?: Record<string, unknown>;
}

const { nhsNumber, dateOfBirth, name } = LAB_IDENTITY;
/** Pages that show the hospital number instead of the NHS number. */
const byHospitalNumber = { localNumber: { selector: '.local', authority: 'rm3' }, dateOfBirth, name };
const inTooltip = { ...nhsNumber, attribute: 'title' };

const cases: readonly Case[] = [
  { behaviour: 'honest', link: 'In step', says: null },
  { behaviour: 'frame', link: 'In step', says: null },
  { behaviour: 'foreign-frame', link: 'In step', says: null },
  { behaviour: 'shadow-root', link: 'In step', says: null },
  { behaviour: 'stale-panel', link: 'Different patient', says: /another patient/ },
  { behaviour: 'late-answer', link: 'Different patient', says: /another patient/ },
  { behaviour: 'rewrites-late', link: 'Different patient', says: /another patient/ },
  { behaviour: 'other-birth-date', link: 'Different patient', says: /birth date/ },
  { behaviour: 'frame-lies', link: 'Different patient', says: /another patient/ },
  { behaviour: 'foreign-frame-lies', link: 'Different patient', says: /another patient/ },
  { behaviour: 'shadow-root-lies', link: 'Different patient', says: /another patient/ },
  { behaviour: 'canvas', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'hidden', link: 'Not checked', says: /shows no number/ },
  { behaviour: 'title-only', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'login', link: 'Signed out', says: /sign-in page/ },
  { behaviour: 'hang', link: 'Not checked', says: /does not answer/ },
  { behaviour: 'error', link: 'Not checked', says: /answered with an error \(500\)/ },
  { behaviour: 'denied', link: 'No access', says: /refused to show/ },
  { behaviour: 'never-answers', link: 'Not checked', says: /did not answer within 5 seconds/ },
  { behaviour: 'elsewhere', link: 'Not checked', says: /https:\/\/elsewhere\.example/ },
  { behaviour: 'two-letters-apart', link: 'Different patient', says: /name/ },
  { behaviour: 'late-request', link: 'Different patient', says: /birth date/ },
  { behaviour: 'side-by-side', link: 'Different patient', says: /another patient/ },
  { behaviour: 'only-in-tooltip', link: 'Not checked', says: /shows no number/ },
  {
    behaviour: 'tooltip-lies',
    link: 'Different patient',
    says: /another patient/,
    identity: { nhsNumber: inTooltip, dateOfBirth, name },
  },
  {
    behaviour: 'print-preview-lies',
    link: 'Different patient',
    says: /another patient/,
    identity: { nhsNumber: [nhsNumber, { ...nhsNumber, frame: '#preview' }], dateOfBirth, name },
  },
  { behaviour: 'padded-otherwise', link: 'Not checked', says: /shows no number/, identity: byHospitalNumber },
  { behaviour: 'other-digits', link: 'Not checked', says: /shows no number/ },
  { behaviour: 'written-backwards', link: 'Not checked', says: /shows no number/ },
  { behaviour: 'see-through', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'see-through-ink', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'indented-away', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'fixed-below-the-window', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'letters-of-no-size', link: 'Not checked', says: /does not say which patient/ },
  { behaviour: 'faint-part', link: 'Not checked', says: /shows no number/ },
];

for (const { behaviour, link, says, identity } of cases) {
  test(`${behaviour}: ${link}`, async ({ launch, surroundings }) => {
    const { lab } = surroundings;
    // What is never proven is waited for to the end of its time.
    const time = link === 'In step' ? {} : { verifyTimeoutSeconds: 2 };
    const system = labSystem(lab, behaviour, { ...time, ...(identity && { identity }) });
    const lanyard = await launch(configurationFor(surroundings, [system]));
    await lanyard.signIn();
    await lanyard.choose(amara);
    await expect(lanyard.tab(behaviour)).toHaveAccessibleDescription(link, { timeout: 30_000 });
    const cover = lanyard.shell.getByRole('region', { name: 'Covered' });
    if (says === null) {
      await expect(cover).toHaveCount(0);
      await expect.poll(coloursOnScreen).toContain(colourOf(amara));
    } else {
      await expect(cover).toContainText(says);
      for (const patient of [amara, brian]) expect(await coloursOnScreen()).not.toContain(colourOf(patient));
    }
  });
}

test('a page that shows a number the patient had before is in step; another patient’s is not', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const system = labSystem(lab, 'former-number', { identity: byHospitalNumber });
  const lanyard = await launch(configurationFor(surroundings, [system]));
  await lanyard.signIn();
  await lanyard.choose(kept);
  await expect(lanyard.tab('former-number')).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${lab.url}/former-number/patient`);
  await page.evaluate((number) => {
    const shown = document.querySelector('.local');
    if (shown) shown.textContent = number;
  }, amara.localNumber);
  await expect(lanyard.tab('former-number')).toHaveAccessibleDescription('Different patient');
});

test('a page that crashes is covered at once, and trying again brings it back', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await lanyard.app.evaluate(({ webContents }, address) => {
    webContents
      .getAllWebContents()
      .find((contents) => contents.getURL().startsWith(address))
      ?.forcefullyCrashRenderer();
  }, lab.url);
  const cover = lanyard.shell.getByRole('region', { name: 'Covered' });
  await expect(cover).toContainText('ended unexpectedly');
  await cover.getByRole('button', { name: 'Try again' }).click();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect(cover).toHaveCount(0);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
});

test('a page that changes patient by itself is covered', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  await page.evaluate(() => {
    const number = document.querySelector('[data-nhs-number]');
    if (number) number.textContent = '999 000 0026';
  });
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
  // A picture of the screen may be of the moment before; how soon it is covered is measured by the bench.
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara));
});

test('a tab that never was on the screen has its size, and is read like any other', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const systems = [labSystem(lab, 'honest'), labSystem(lab, 'frame'), labSystem(lab, 'foreign-frame')];
  const lanyard = await launch(configurationFor(surroundings, systems));
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const title of ['honest', 'frame', 'foreign-frame'])
    await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await lanyard.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setSize(900, 700);
  });
  const page = await lanyard.page(`${lab.url}/frame/patient`);
  await expect.poll(() => page.evaluate(() => innerWidth)).toBeLessThan(900);
  expect(await page.evaluate(() => innerHeight)).toBeGreaterThan(200);
});

test('a covered page stays covered while the window changes its size', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'stale-panel')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('stale-panel')).toHaveAccessibleDescription('Different patient');
  for (let step = 0; step < 30; step += 1) {
    await lanyard.app.evaluate(
      ({ BrowserWindow }, width) => {
        BrowserWindow.getAllWindows()[0]?.setSize(width, 760);
      },
      1000 + step * 7,
    );
    const colours = await coloursOnScreen();
    for (const patient of [amara, brian]) expect(colours).not.toContain(colourOf(patient));
  }
});
