/**
 * What Lanyard works with fails, one by one and all together: it is said in plain words, work goes on, what was typed
 * stays, nothing old poses as current, and what is back is found by itself.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type DemoPatient, population } from '../demo/population.js';
import { type Gate, gateTo, portOf } from './gate.js';
import { configurationFor, expect, labSystem, type Launch, type Running, type Surroundings, test } from './lanyard.js';

const [first, second, third] = population.filter(
  ({ nhsNumber, replacedBy }) => nhsNumber !== null && replacedBy === null,
) as [DemoPatient, DemoPatient, DemoPatient];

/** Milliseconds: a try comes after five seconds, the next after ten, the one after that after twenty. */
const BY_ITSELF = 90_000;

const downtime = { text: 'Go on with the paper charts.', contacts: [], links: [] };

let gates: { readonly directory: Gate; readonly fhir: Gate; readonly lab: Gate };

async function begin(launch: Launch, surroundings: Surroundings, more: object = {}): Promise<Running> {
  const { directory, fhir, lab } = surroundings;
  gates = {
    directory: await gateTo({ port: portOf(directory.url) }),
    fhir: await gateTo({ port: portOf(fhir.url) }),
    lab: await gateTo({ port: portOf(lab.url) }),
  };
  const through = (address: string, { port }: Gate): string => address.replace(/:\d+/, `:${port}`);
  const lanyard = await launch(
    configurationFor(
      {
        directory: { ...directory, url: through(directory.url, gates.directory) },
        fhir: { ...fhir, fhirBaseUrl: through(fhir.fhirBaseUrl, gates.fhir) },
        lab,
      },
      [labSystem({ ...lab, url: through(lab.url, gates.lab) }, 'honest', { title: 'Record' })],
      { downtime, ...more },
    ),
  );
  await lanyard.signIn('amara.test', DEMO_PASSWORD);
  await lanyard.choose(first);
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  return lanyard;
}

test.afterEach(async () => {
  await Promise.all([gates.directory.dispose(), gates.fhir.dispose(), gates.lab.dispose()]);
});

const indicator = ({ shell }: Running) => shell.getByRole('button', { name: /services? down/ });
const panel = ({ shell }: Running) => shell.getByRole('dialog', { name: 'Services' });
const row = (lanyard: Running, title: string) => panel(lanyard).getByRole('listitem').filter({ hasText: title });
const searchbox = ({ shell }: Running) => shell.getByRole('searchbox', { name: 'Find a patient' });
const closePanel = async (lanyard: Running): Promise<void> => {
  await panel(lanyard).getByRole('button', { name: 'Close' }).click();
  await expect(panel(lanyard)).toHaveCount(0);
};

async function isBack(lanyard: Running): Promise<void> {
  await expect(indicator(lanyard)).toHaveCount(0, { timeout: BY_ITSELF });
}

test('the search, the directory and a system each fail, are said to, and are found again', async ({
  launch,
  surroundings,
}) => {
  test.setTimeout(300_000);
  const lanyard = await begin(launch, surroundings);
  const { shell } = lanyard;
  await expect(indicator(lanyard)).toHaveCount(0);

  // The search: what was typed stays, the banner says how old it is, and the answer comes when it can.
  await gates.fhir.shut();
  await searchbox(lanyard).fill(second.nhsNumber ?? '');
  await searchbox(lanyard).press('Enter');
  await expect(shell.getByRole('alert')).toContainText('It is tried again by itself');
  await expect(indicator(lanyard)).toHaveText('1 service down');
  await indicator(lanyard).click();
  await expect(row(lanyard, 'Finding patients')).toContainText('Has not answered since');
  await expect(row(lanyard, 'Finding patients')).toContainText('A patient already chosen stays chosen');
  await expect(row(lanyard, 'Directory')).toContainText('Answers since');
  await panel(lanyard).getByRole('button', { name: 'When systems are down' }).click();
  await expect(shell.getByRole('dialog', { name: 'When systems are down' })).toContainText('paper charts');
  await shell.keyboard.press('Escape');
  await shell.getByRole('button', { name: 'Close list' }).click();
  await expect(shell.getByRole('note').filter({ hasText: 'The banner is as at' })).toBeVisible();
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  await searchbox(lanyard).press('Enter');
  await expect(shell.getByRole('alert')).toBeVisible();
  await gates.fhir.open();
  await expect(shell.getByRole('listbox', { name: 'Patients' }).getByRole('option')).toHaveCount(1, {
    timeout: BY_ITSELF,
  });
  await isBack(lanyard);
  await shell.getByRole('button', { name: 'Close list' }).click();
  await expect(shell.getByRole('note').filter({ hasText: 'The banner is as at' })).toHaveCount(0);

  // The directory: whoever is signed in goes on, locks and unlocks.
  await gates.directory.shut();
  await lanyard.chooseOfAccount('Services');
  await panel(lanyard).getByRole('button', { name: 'Check all now' }).click();
  await expect(row(lanyard, 'Directory')).toContainText('New sign-ins and new passwords will fail');
  await closePanel(lanyard);
  await lanyard.choose(second);
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Unlock' }).click();
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  await expect(indicator(lanyard)).toHaveText('1 service down');
  await gates.directory.open();
  await isBack(lanyard);

  // A system: its tab is covered, the others and the shell are not affected, and it opens once it answers.
  await gates.lab.shut();
  await lanyard.choose(third);
  await expect(shell.getByRole('region', { name: 'Covered' })).toContainText('Record');
  await expect(indicator(lanyard)).toHaveText('1 service down');
  await indicator(lanyard).click();
  await expect(row(lanyard, 'Record')).toContainText('The other systems are not affected');
  await closePanel(lanyard);
  await gates.lab.open();
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step', { timeout: BY_ITSELF });
  await isBack(lanyard);
});

/** Takes the port of the hub, whose process is killed until it is ours. */
async function keepHubDown(lanyard: Running, port: number): Promise<net.Server> {
  const server = net.createServer((socket) => socket.destroy());
  await expect(async () => {
    await lanyard.app.evaluate(({ app }) => {
      for (const { pid, name } of app.getAppMetrics()) if (name === 'Lanyard context hub') process.kill(pid, 'SIGKILL');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  }).toPass({ timeout: 60_000, intervals: [20] });
  return server;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('the hub, the network and the audit trail each fail, are said to, and are found again', async ({
  launch,
  surroundings,
}) => {
  test.setTimeout(300_000);
  const port = await freePort();
  const lanyard = await begin(launch, surroundings, { contextHub: { port } });
  await expect.poll(() => lanyard.audit().some(({ type }) => type === 'contextHub.started')).toBe(true);

  const blocker = await keepHubDown(lanyard, port);
  try {
    await expect(indicator(lanyard)).toHaveText('1 service down');
    await indicator(lanyard).click();
    await expect(row(lanyard, 'Context hub')).toContainText('Check the patient in each program');
    await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  } finally {
    await new Promise((resolve) => blocker.close(resolve));
  }
  await expect(row(lanyard, 'Context hub')).toContainText('Answers since', { timeout: BY_ITSELF });
  await closePanel(lanyard);
  await isBack(lanyard);

  await lanyard.app.context().setOffline(true);
  await expect(indicator(lanyard)).toHaveText('1 service down');
  await indicator(lanyard).click();
  await expect(row(lanyard, 'Network of this computer')).toContainText('every page is checked again');
  await lanyard.app.context().setOffline(false);
  await expect(row(lanyard, 'Network of this computer')).toContainText('Answers since');
  await closePanel(lanyard);
  await isBack(lanyard);

  // The folder is gone and a file stands in its place: the next line has nowhere to go.
  const folder = path.join(lanyard.userData, 'audit');
  const aside = `${folder}-aside`;
  renameSync(folder, aside);
  writeFileSync(folder, 'in the way');
  await searchbox(lanyard).fill(second.nhsNumber ?? '');
  await searchbox(lanyard).press('Enter');
  await expect(indicator(lanyard)).toHaveText('1 service down');
  await indicator(lanyard).click();
  await expect(row(lanyard, 'Audit trail')).toContainText('no page is shown until it can');
  await expect(searchbox(lanyard)).toHaveValue(/\d{3} \d{3} \d{4}/);
  rmSync(folder);
  renameSync(aside, folder);
  await expect(row(lanyard, 'Audit trail')).toContainText('Answers since');
  await closePanel(lanyard);
  await isBack(lanyard);
});

test('everything fails together, the clinician stays, and all of it comes back', async ({ launch, surroundings }) => {
  test.setTimeout(300_000);
  const lanyard = await begin(launch, surroundings);
  const { shell } = lanyard;
  await Promise.all([gates.directory.shut(), gates.fhir.shut(), gates.lab.shut()]);
  await searchbox(lanyard).fill('9990');
  await shell.evaluate(() => window.lanyard.call('workspace.retry', { tabId: 'honest' }));
  await lanyard.chooseOfAccount('Services');
  await panel(lanyard).getByRole('button', { name: 'Check all now' }).click();
  for (const title of ['Directory', 'Finding patients', 'Record'])
    await expect(row(lanyard, title)).toContainText('Has not answered since');
  await lanyard.app.context().setOffline(true);
  await expect(row(lanyard, 'Network of this computer')).toContainText('Has not answered since');
  await closePanel(lanyard);
  await expect(indicator(lanyard)).toHaveText('4 services down');
  await expect(shell.getByRole('group', { name: 'Signed in' })).toBeVisible();
  await expect(searchbox(lanyard)).toHaveValue('999 0');

  await Promise.all([gates.directory.open(), gates.fhir.open(), gates.lab.open()]);
  await lanyard.app.context().setOffline(false);
  await isBack(lanyard);
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  await expect(searchbox(lanyard)).toHaveValue('999 0');
});
