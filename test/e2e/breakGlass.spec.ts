/** A restricted record in a running Lanyard: nobody comes to it without a reason on record, whoever asks for it. */
import { type DemoPatient, population, RESTRICTED_LABEL } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Launch, type Running, type Surroundings, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara] = population as [DemoPatient];
const [restricted] = population.filter(({ isRestricted }) => isRestricted) as [DemoPatient];
const REASONS = ['I am treating this patient', 'Emergency'];
const WORDS = 'unconscious in resus, bay 2';

async function atWork(
  launch: Launch,
  surroundings: Surroundings,
  { systems, reasons = REASONS }: { systems?: readonly object[]; reasons?: readonly string[] } = {},
): Promise<Running> {
  const { lab } = surroundings;
  const base = configurationFor(surroundings, systems ?? [labSystem(lab, 'honest'), labSystem(lab, 'unsaved')]);
  const lanyard = await launch({
    ...base,
    patients: {
      ...(base['patients'] as object),
      restricted: { labels: [{ ...RESTRICTED_LABEL, title: 'Restricted record' }], reasons },
    },
  });
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const tab of await lanyard.shell.getByRole('tab').all())
    await expect(tab).toHaveAccessibleDescription('In step');
  return lanyard;
}

const banner = ({ shell }: Running) => shell.getByRole('region', { name: 'Patient', exact: true });
const question = ({ shell }: Running) => shell.getByRole('alertdialog', { name: 'Restricted record' });
const recorded = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

async function giveReason(lanyard: Running): Promise<void> {
  const asked = question(lanyard);
  await asked.getByRole('radio', { name: 'Emergency' }).check();
  await asked.getByRole('textbox', { name: 'In your own words' }).fill(WORDS);
  await asked.getByRole('button', { name: 'Record and open' }).click();
}

test('left closed, nothing changes anywhere; with a reason on record it opens, and the alert names nobody', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await atWork(launch, surroundings);
  const search = lanyard.shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill(restricted.localNumber);
  await search.press('Enter');
  const option = lanyard.shell.getByRole('option');
  await expect(option).toContainText('Restricted record: opening it may need a reason, which is recorded.');
  await option.click();
  await expect(question(lanyard)).toContainText('Wendy');
  await expect(banner(lanyard)).toContainText('Amara');
  await lanyard.shell.keyboard.press('Escape');
  await expect(question(lanyard)).toHaveCount(0);
  for (const tab of await lanyard.shell.getByRole('tab').all())
    await expect(tab).toHaveAccessibleDescription('In step');
  await expect(banner(lanyard)).toContainText('Amara');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  expect(recorded(lanyard, 'patient.chosen')).toHaveLength(1);
  expect(recorded(lanyard, 'breakGlass.declined')).toHaveLength(1);

  await lanyard.choose(restricted);
  await giveReason(lanyard);
  await expect(banner(lanyard)).toContainText('Wendy');
  for (const tab of await lanyard.shell.getByRole('tab').all())
    await expect(tab).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(restricted));
  const types = lanyard.audit().map(({ type }) => type);
  const opened = types.indexOf('breakGlass.opened');
  expect(types.slice(opened, opened + 3)).toEqual(['breakGlass.opened', 'privacy.alerted', 'patient.chosen']);
  const [line] = recorded(lanyard, 'breakGlass.opened');
  expect(line).toMatchObject({ reason: 'Emergency', words: WORDS, patient: { nhsNumber: restricted.nhsNumber } });
  const [alert] = recorded(lanyard, 'privacy.alerted');
  expect(alert).toEqual({ type: 'privacy.alerted', reference: line?.['reference'] });

  // once in a session, which ends it on record
  await lanyard.choose(amara);
  await expect(banner(lanyard)).toContainText('Amara');
  await lanyard.choose(restricted);
  await expect(banner(lanyard)).toContainText('Wendy');
  await lanyard.shell.getByRole('button', { name: 'Sign out', exact: true }).click();
  await lanyard.shell.getByLabel('User name').waitFor();
  expect(recorded(lanyard, 'breakGlass.ended')).toHaveLength(1);
});

test('a page that turns to a restricted record by itself takes nobody along without a reason', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const context = {
    launch: { kind: 'url-template', template: `${lab.url}/honest/patient/{nhsNumber}` },
    mayLead: true,
  };
  const lanyard = await atWork(launch, surroundings, {
    systems: [labSystem(lab, 'honest', { context }), labSystem(lab, 'unsaved')],
  });
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  await expect
    .poll(() =>
      recorded(lanyard, 'system.displayed').some(({ systemId, verified }) => systemId === 'honest' && verified),
    )
    .toBe(true);
  await page.evaluate(
    (address) => {
      location.href = address;
    },
    `${lab.url}/honest/patient/${restricted.nhsNumber ?? ''}`,
  );
  await expect(question(lanyard)).toContainText('honest wants to go to this record.');
  await expect(banner(lanyard)).toContainText('Amara');
  await expect.poll(coloursOnScreen).not.toContain(colourOf(restricted));
  await question(lanyard).getByRole('button', { name: 'Leave it closed' }).click();
  await expect(question(lanyard)).toHaveCount(0);
  await expect(banner(lanyard)).toContainText('Amara');
  await expect(lanyard.tab('unsaved')).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).not.toContain(colourOf(restricted));
});

test('where the trust lists no reasons it stays closed, and the list says so', async ({ launch, surroundings }) => {
  const lanyard = await atWork(launch, surroundings, { reasons: [] });
  await lanyard.choose(restricted);
  await expect(lanyard.shell.getByText('your role does not open it')).toBeVisible();
  await lanyard.shell.getByRole('searchbox', { name: 'Find a patient' }).press('Escape');
  await expect(banner(lanyard)).toContainText('Amara');
  expect(recorded(lanyard, 'breakGlass.refused')).toHaveLength(1);
  expect(recorded(lanyard, 'patient.chosen')).toHaveLength(1);
});

test('a lock takes the question away, and nobody comes to the record under it', async ({ launch, surroundings }) => {
  const lanyard = await atWork(launch, surroundings);
  await lanyard.choose(restricted);
  await expect(question(lanyard)).toBeVisible();
  await lanyard.shell.keyboard.press('Escape');
  await lanyard.choose(restricted);
  await expect(question(lanyard)).toBeVisible();
  await lanyard.shell.evaluate(() => window.lanyard.call('session.lock', undefined));
  await expect(lanyard.shell.getByRole('heading', { name: 'Locked' })).toBeVisible();
  await expect(question(lanyard)).toHaveCount(0);
  expect(await lanyard.shell.content()).not.toContain('Wendy');
});
