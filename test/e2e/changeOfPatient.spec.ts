/** A change of patient is a transaction: those who take part are asked, and a cancelled one changes nothing at all. */
import type { Page } from '@playwright/test';
import { type DemoPatient, population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Running, type Surroundings, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara, brian, third] = population as [DemoPatient, DemoPatient, DemoPatient];

const question = (lanyard: Running) => lanyard.shell.getByRole('alertdialog', { name: /Not changed yet/ });
const banner = (lanyard: Running) => lanyard.shell.getByRole('region', { name: 'Patient', exact: true });
const recorded = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

/** Two systems; the first has half a sentence that is not saved. */
async function withUnsavedWork(
  launch: (configuration: Record<string, unknown>) => Promise<Running>,
  surroundings: Surroundings,
): Promise<{ lanyard: Running; page: Page }> {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'unsaved'), labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const title of ['unsaved', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${lab.url}/unsaved/patient`);
  await page.getByLabel('Note').pressSequentially('half a sentence');
  return { lanyard, page };
}

test('a cancelled change changes nothing at all', async ({ launch, surroundings }) => {
  const { lanyard, page } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await expect(question(lanyard)).toContainText('unsaved has work that is not saved');
  await expect(banner(lanyard)).toContainText(amara.family.toUpperCase());
  await expect.poll(coloursOnScreen).toContain(colourOf(amara)); // the page is there to be worked on
  await question(lanyard).getByRole('button', { name: 'Cancel' }).click();
  await expect(question(lanyard)).toHaveCount(0);
  for (const title of ['unsaved', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await expect(page.getByLabel('Note')).toHaveValue('half a sentence');
  await expect(banner(lanyard)).toContainText(amara.family.toUpperCase());
  expect(recorded(lanyard, 'patient.chosen')).toHaveLength(1);
  expect(recorded(lanyard, 'patient.changeHeld')).toEqual([
    expect.objectContaining({ systems: [{ systemId: 'unsaved', kind: 'unsaved' }] }),
  ]);
  expect(recorded(lanyard, 'patient.changeAnswered')).toEqual([expect.objectContaining({ answer: 'cancel' })]);
});

test('saving ends the block, and the change goes on by itself', async ({ launch, surroundings }) => {
  const { lanyard, page } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await expect(question(lanyard)).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
  await expect(question(lanyard)).toHaveCount(0);
  for (const title of ['unsaved', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  expect(recorded(lanyard, 'patient.changeAnswered')).toEqual([]);
});

test('a sign-out that would lose work asks first, and records what was lost', async ({ launch, surroundings }) => {
  const { lanyard } = await withUnsavedWork(launch, surroundings);
  const { shell } = lanyard;
  const asked = shell.getByRole('alertdialog', { name: 'Sign out and lose what is not saved?' });
  await lanyard.tab('honest').click();
  await shell.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(asked).toContainText('not saved in unsaved.');
  await asked.getByRole('button', { name: 'Go to unsaved' }).click();
  await expect(asked).toHaveCount(0);
  await expect(lanyard.tab('unsaved')).toHaveAttribute('aria-selected', 'true');
  expect(recorded(lanyard, 'session.signedOut')).toEqual([]);

  await shell.getByRole('button', { name: 'Sign out', exact: true }).click();
  await asked.getByRole('button', { name: 'Sign out without saving' }).click();
  await shell.getByLabel('User name').waitFor();
  expect(recorded(lanyard, 'session.workLost')).toEqual([expect.objectContaining({ systems: ['unsaved'] })]);
});

test('Continue gives the work up and brings every tab along', async ({ launch, surroundings }) => {
  const { lanyard } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await question(lanyard).getByRole('button', { name: 'Continue' }).click();
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
  for (const title of ['unsaved', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(brian));
});

test('Break link leaves the page with its patient, who is told from the shared one', async ({
  launch,
  surroundings,
}) => {
  const { lanyard, page } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await question(lanyard).getByRole('button', { name: 'Break link' }).click();
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect(lanyard.tab('unsaved')).toHaveAccessibleDescription('Unlinked');
  await expect(page.getByLabel('Note')).toHaveValue('half a sentence');
  const second = lanyard.shell.getByRole('region', { name: 'Group 2' });
  await expect(second).toContainText(amara.family.toUpperCase());
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  expect(recorded(lanyard, 'link.broken')).toEqual([expect.objectContaining({ systemId: 'unsaved' })]);

  // it stays while others are chosen, and no third patient comes
  await lanyard.choose(third);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect(second).toContainText(amara.family.toUpperCase());
  await lanyard.tab('honest').click();
  await lanyard.shell.getByRole('button', { name: 'Break link' }).click();
  await expect(lanyard.shell.getByRole('alert')).toContainText('Two patients at most');

  // a page that turns to somebody else is covered here too
  await lanyard.tab('unsaved').click();
  await page.evaluate((number) => {
    const shown = document.querySelector('[data-nhs-number]');
    if (shown) shown.textContent = number;
  }, third.nhsNumber ?? '');
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toContainText('another patient');
});

test('a tab whose link is broken comes back to the shared patient', async ({ launch, surroundings }) => {
  const { lanyard, page } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await question(lanyard).getByRole('button', { name: 'Break link' }).click();
  await expect(lanyard.tab('unsaved')).toHaveAccessibleDescription('Unlinked');
  await page.getByRole('button', { name: 'Save' }).click();
  await lanyard.shell.getByRole('button', { name: 'Use the shared patient' }).click();
  await expect(lanyard.tab('unsaved')).toHaveAccessibleDescription('In step');
  await expect(lanyard.shell.getByRole('region', { name: 'Group 2' })).toHaveCount(0);
  await expect.poll(coloursOnScreen).toContain(colourOf(brian));
  expect(recorded(lanyard, 'link.rejoined')).toHaveLength(1);
});

test('a tab whose link is broken brings the others to its patient, and keeps what is not saved', async ({
  launch,
  surroundings,
}) => {
  const { lanyard, page } = await withUnsavedWork(launch, surroundings);
  await lanyard.choose(brian);
  await question(lanyard).getByRole('button', { name: 'Break link' }).click();
  await expect(lanyard.tab('unsaved')).toHaveAccessibleDescription('Unlinked');
  await lanyard.shell.getByRole('button', { name: 'Use this patient in every tab' }).click();
  for (const title of ['unsaved', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await expect(banner(lanyard)).toContainText(amara.family.toUpperCase());
  await expect(page.getByLabel('Note')).toHaveValue('half a sentence');
});

test('a page that does not answer cannot be overruled', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'hang'), labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toContainText('does not answer', {
    timeout: 30_000,
  });
  await lanyard.choose(brian);
  await expect(question(lanyard)).toContainText('hang does not answer');
  await expect(question(lanyard).getByRole('button', { name: 'Continue' })).toHaveCount(0);
  await question(lanyard).getByRole('button', { name: 'Break link' }).click();
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
});

test('the configuration may say what shows unsaved work', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const context = {
    launch: { kind: 'url-template', template: `${lab.url}/honest/patient/{nhsNumber}` },
    unsavedWork: { selector: '.draft' },
  };
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest', { context })]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<i class="draft">Draft</i>');
  });
  await lanyard.choose(brian);
  await expect(question(lanyard)).toContainText('honest has work that is not saved');
  await page.evaluate(() => document.querySelector('.draft')?.remove());
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
});

/** The page draws another patient by itself, as when somebody opens one there. */
async function turnTo(page: Page, { family, given, nhsNumber, birthDate }: DemoPatient): Promise<void> {
  const [year, month, day] = birthDate.split('-');
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  await page.evaluate(
    ([name, number, born]) => {
      const write = (selector: string, text: string): void => {
        const element = document.querySelector(selector);
        if (element) element.textContent = text;
      };
      write('h1', name);
      write('[data-nhs-number]', number);
      write('.dob', born);
    },
    [
      `${family}, ${given.join(' ')}`,
      nhsNumber ?? '',
      `${day ?? ''}-${months[Number(month) - 1] ?? ''}-${year ?? ''}`,
    ] as const,
  );
}

test('a page that may lead takes every tab along, once its patient is known', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const context = {
    launch: { kind: 'url-template', template: `${lab.url}/honest/patient/{nhsNumber}` },
    mayLead: true,
  };
  const systems = [labSystem(lab, 'honest', { context }), labSystem(lab, 'unsaved')];
  const lanyard = await launch(configurationFor(surroundings, systems));
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const title of ['honest', 'unsaved']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${lab.url}/honest/patient`);
  /** People see the page of the newest choice: only from there it leads. */
  const seen = async (times: number): Promise<void> => {
    const shown = () =>
      recorded(lanyard, 'system.displayed').filter(
        ({ systemId, verified }) => systemId === 'honest' && verified === true,
      );
    await expect.poll(() => shown().length).toBe(times);
  };
  await seen(1);
  await turnTo(page, brian);
  await expect(banner(lanyard)).toContainText(brian.family.toUpperCase());
  await expect(banner(lanyard)).toContainText(brian.given[0] ?? '');
  for (const title of ['honest', 'unsaved']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  expect(page.url()).toContain(amara.nhsNumber ?? ''); // it was not brought anywhere

  // so does a page of its own that it goes to
  await seen(2);
  await page.evaluate(
    (address) => {
      location.href = address;
    },
    `${lab.url}/honest/patient/${amara.nhsNumber ?? ''}`,
  );
  await expect(banner(lanyard)).toContainText(amara.given[0] ?? '');
  for (const title of ['honest', 'unsaved']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await seen(3);
  await turnTo(page, brian);
  await expect(banner(lanyard)).toContainText(brian.given[0] ?? '');
  for (const title of ['honest', 'unsaved']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');

  // unsaved work elsewhere holds it as it would hold the clinician
  const other = await lanyard.page(`${lab.url}/unsaved/patient`);
  await other.getByLabel('Note').fill('half a sentence'); // it is behind another tab: no key reaches it
  await seen(4);
  await turnTo(page, third);
  await expect(question(lanyard)).toContainText('unsaved has work that is not saved');
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
  await question(lanyard).getByRole('button', { name: 'Cancel' }).click();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
  await expect(banner(lanyard)).toContainText(brian.given[0] ?? '');

  // nobody is led to somebody who is not found
  await lanyard.shell.getByRole('button', { name: 'Try again' }).click();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await seen(5);
  await turnTo(page, { ...third, nhsNumber: '9990009996' });
  await expect(lanyard.shell.getByRole('note').filter({ hasText: 'turned to another patient' })).toBeVisible();
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
});
