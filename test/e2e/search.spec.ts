/** Finding a patient, as a clinician meets it: every way to ask, every way it can go wrong. */
import { population, type DemoPatient } from '../demo/population.js';
import { startFhirServer } from '../demo/fhir/server.js';
import { configurationFor, expect, labSystem, type Running, sharedLanyard, test } from './lanyard.js';

function somebody(what: string, is: (patient: DemoPatient) => boolean): DemoPatient {
  const found = population.find(is);
  if (!found) throw new Error(`nobody in the population ${what}`);
  return found;
}
const amara = somebody('is the first', () => true);
const merged = somebody('was merged', ({ replacedBy }) => replacedBy !== null);
const deceased = somebody('died', ({ deceased: death }) => death?.date != null);
const unnumbered = somebody(
  'has no NHS number',
  ({ nhsNumber, replacedBy }) => nhsNumber === null && replacedBy === null,
);

const running = sharedLanyard(async (launch, surroundings) => {
  const lanyard = await launch(configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')]));
  await lanyard.signIn();
  return lanyard;
});

async function find({ shell }: Running, text: string): Promise<void> {
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill(text);
  await search.press('Enter');
}
const options = ({ shell }: Running) => shell.getByRole('listbox', { name: 'Patients' }).getByRole('option');

for (const [what, text] of [
  ['an NHS number in groups', '999 000 0018'],
  ['an NHS number without spaces', '9990000018'],
  ['a hospital number', 'RM1000017'],
  ['a hospital number in small letters', 'rm1000017'],
  ['family name and birth date', 'testpatient 12-Apr-1961'],
  ['name and birth date as on paper', 'TESTPATIENT, Amara 12/04/1961'],
] as const) {
  test(`${what} finds the one patient`, async () => {
    await find(running(), text);
    await expect(options(running())).toHaveCount(1);
    await expect(options(running())).toContainText(amara.localNumber);
  });
}

for (const [what, text, says] of [
  ['an NHS number with a slip', '999 000 0019', /last digit does not fit/],
  ['nine digits', '999000001', /10 digits/],
  ['a name alone', 'testpatient', /birth date/],
  ['a year of two digits', 'testpatient 12-Apr-61', /four digits/],
] as const) {
  test(`${what} is not searched, and the page says what to type`, async () => {
    await find(running(), text);
    await expect(running().shell.getByText(says).first()).toBeVisible();
    await expect(options(running())).toHaveCount(0);
  });
}

test('nobody found says so, with the text that was searched', async () => {
  await find(running(), 'RM9999999');
  await expect(running().shell.getByText('RM9999999').first()).toBeVisible();
  await expect(options(running())).toHaveCount(0);
});

test('two people of one name and birth date both carry a warning, and the list says when it was made', async () => {
  await find(running(), 'TESTPATIENT 09-Mar-1975');
  await expect(options(running())).toHaveCount(2);
  for (const option of await options(running()).all()) await expect(option).toContainText(/same name and birth date/);
  await expect(running().shell.getByText(/2 patients, as at \d\d:\d\d:\d\d/)).toBeVisible();
  // A screen with several patients shows no banner of one.
  await expect(running().shell.getByRole('region', { name: 'Patient' }).getByText('NHS No.')).toHaveCount(0);
});

test('a record that was merged into another cannot be chosen', async () => {
  await find(running(), merged.localNumber);
  const option = options(running()).filter({ hasText: merged.localNumber }).first();
  await expect(option).toHaveAttribute('aria-disabled', 'true');
});

test('the banner of somebody who died says so', async () => {
  await running().choose(deceased);
  await expect(running().shell.getByRole('region', { name: 'Patient' })).toContainText(/Died/);
});

test('a patient without an NHS number is found by hospital number, and the banner says "Not known"', async () => {
  await find(running(), unnumbered.localNumber);
  await options(running()).first().click();
  await expect(running().shell.getByRole('region', { name: 'Patient' })).toContainText(/NHS No\.\s*Not known/);
});

test('a slow search can be cancelled, and a newer one wins', async ({ launch, surroundings }) => {
  let delay = 60_000;
  const fhir = await startFhirServer({ delayFor: () => delay });
  try {
    const slow = { ...surroundings, fhir };
    const lanyard = await launch(configurationFor(slow, [labSystem(surroundings.lab, 'honest')]));
    await lanyard.signIn();
    await find(lanyard, '999 000 0018');
    await lanyard.shell.getByRole('button', { name: 'Cancel' }).click();
    await expect(options(lanyard)).toHaveCount(0);
    await find(lanyard, '999 000 0018');
    delay = 0;
    await find(lanyard, '999 000 0026');
    await expect(options(lanyard)).toHaveCount(1);
    await expect(options(lanyard)).toContainText('999 000 0026');
  } finally {
    await fhir.close();
  }
});

test('a server that does not answer in time, or at all, says so and what to do', async ({ launch, surroundings }) => {
  const fhir = await startFhirServer({ delayFor: () => 60_000 });
  const slow = { ...surroundings, fhir };
  const configuration = configurationFor(slow, [labSystem(surroundings.lab, 'honest')]);
  const lanyard = await launch({
    ...configuration,
    patients: { ...(configuration['patients'] as object), timeoutSeconds: 1 },
  });
  await lanyard.signIn();
  await find(lanyard, '999 000 0018');
  await expect(lanyard.shell.getByText(/did not answer/i).first()).toBeVisible();
  await fhir.close();
  await lanyard.shell.getByRole('button', { name: 'Try again' }).click();
  await expect(lanyard.shell.getByText(/cannot be reached|could not be reached/i).first()).toBeVisible();
});
