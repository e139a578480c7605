/**
 * Every screen a person can meet, as a picture of the composed window: into docs/pictures with `npm run pictures`
 * (the README shows some of them), else into test-results. A screen that cannot be brought about fails the test.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { population } from '../demo/population.js';
import { demoConfiguration, demoFiles } from '../demo/configuration.js';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { startDemoHospital } from '../demo/hospital.js';
import { type Behaviour, colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Running, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const folder = process.env['LANYARD_PICTURES'] ?? path.resolve('test-results/pictures');
const [amara] = population;
if (!amara) throw new Error('the population is empty');

/** Keeps a picture, small; waits until two in a row are the same unless something on the screen always moves. */
async function picture(name: string, moves = false): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  const take = (): Buffer => {
    execFileSync('import', [
      '-window',
      'root',
      '-trim',
      '+repage',
      '-strip',
      '+dither',
      '-colors',
      '64',
      `PNG8:${file}`,
    ]);
    return readFileSync(file);
  };
  let before = take();
  if (moves) return;
  await expect
    .poll(
      () => {
        const now = take();
        const isStill = now.equals(before);
        before = now;
        return isStill;
      },
      { message: `${name} stands still`, timeout: 15_000 },
    )
    .toBe(true);
}

test('the demo hospital: sign-in, refusal, search, workspace, every system', async ({ launch, surroundings }) => {
  test.setTimeout(180_000);
  const hospital = await startDemoHospital({});
  try {
    const { directory } = surroundings;
    const lanyard = await launch({ ...demoConfiguration(hospital, directory), files: demoFiles(directory) });
    const { shell } = lanyard;
    await shell.getByLabel('User name').waitFor();
    await picture('sign-in');

    await shell.getByLabel('User name').fill('disabled.test');
    await shell.getByLabel('Password').fill(DEMO_PASSWORD);
    await shell.getByRole('button', { name: 'Sign in' }).click();
    await expect(shell.getByRole('alert')).not.toBeEmpty();
    await picture('sign-in-refused');

    await lanyard.signIn();
    await picture('workspace-without-patient');
    const search = shell.getByRole('searchbox', { name: 'Find a patient' });
    await search.fill('TESTPATIENT 09-Mar-1975');
    await search.press('Enter');
    await expect(shell.getByRole('listbox', { name: 'Patients' }).getByRole('option')).toHaveCount(2);
    await picture('search-look-alikes');
    await search.fill('999 000 0019');
    await search.press('Enter');
    await expect(shell.getByText(/its last digit does not fit/).first()).toBeVisible();
    await picture('search-mistyped');
    await lanyard.choose(amara);
    for (const [title, name] of [
      ['Patient record', 'patient-record'],
      ['Results', 'results'],
      ['Shared care record', 'shared-care-record'],
      ['Growth chart', 'growth-chart'],
      ['Images', 'workspace'],
    ] as const) {
      await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step', { timeout: 45_000 });
      await lanyard.tab(title).click();
      await expectDisplayed(lanyard, title);
      // the viewer writes the window level of an image once it has drawn it
      if (title === 'Images')
        await expect((await lanyard.page(`${hospital.systems.pacs}/viewer`)).getByText(/^W:/).first()).toBeVisible();
      await picture(name);
    }
  } finally {
    await hospital.close();
  }
});

/** The tab has been put on the screen since it was chosen. */
async function expectDisplayed(lanyard: Running, title: string): Promise<void> {
  const ids: Readonly<Record<string, string>> = {
    'Patient record': 'epr',
    Results: 'results',
    'Shared care record': 'shared-care-record',
    Images: 'pacs',
    'Growth chart': 'growth-chart',
  };
  await expect
    .poll(
      () =>
        lanyard
          .audit()
          .filter((event) => event['systemId'] === ids[title])
          .at(-1)?.type,
    )
    .toBe('system.displayed');
}

const covers: readonly [behaviour: Behaviour, title: string, kind: string, heading: RegExp][] = [
  ['stale-panel', 'Results', 'different-patient', /another patient/],
  ['canvas', 'Letters', 'silent', /did not show who this is/],
  ['login', 'Orders', 'signed-out', /is signed out/],
  ['error', 'Results', 'failed', /did not open/],
  ['hang', 'Results', 'hung', /does not respond/],
  ['denied', 'Maternity', 'no-access', /No access/],
  ['never-answers', 'Results', 'slow', /slow to answer/],
];

for (const [behaviour, title, kind, heading] of covers) {
  test(`the cover of a page that is ${kind}`, async ({ launch, surroundings }) => {
    const { lab } = surroundings;
    const more = { title, ...(kind === 'slow' ? { loadTimeoutSeconds: 60 } : {}) };
    const lanyard = await launch(
      configurationFor(surroundings, [
        labSystem(lab, behaviour, more),
        labSystem(lab, 'honest', { title: 'Patient record' }),
      ]),
    );
    await lanyard.signIn();
    await lanyard.choose(amara);
    await expect(
      lanyard.shell.getByRole('region', { name: 'Covered' }).getByRole('heading', { name: heading }),
    ).toBeVisible({
      timeout: 20_000,
    });
    await picture(`cover-${kind}`, kind === 'slow');
  });
}

test('the cover of a page that crashed', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest', { title: 'Patient record' })]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  await lanyard.app.evaluate(({ webContents }, address) => {
    webContents
      .getAllWebContents()
      .find((contents) => contents.getURL().startsWith(address))
      ?.forcefullyCrashRenderer();
  }, lab.url);
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toContainText('ended unexpectedly');
  await picture('cover-crashed');
});

test('a page that cannot be read back shows, and says that nothing was checked', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const system = labSystem(lab, 'canvas', { title: 'Letters' });
  delete system['identity'];
  const lanyard = await launch(configurationFor(surroundings, [system]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('Letters')).toHaveAccessibleDescription('Not checked');
  await expect(lanyard.shell.getByText(/Check the name and number on the page yourself/)).toBeVisible();
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toHaveCount(0);
  await picture('not-checked');
});
