/** The audit pages on the running program: of this computer alone, and of a real audit server. */
import { readFileSync } from 'node:fs';
import { DEMO_PASSWORD, demoDomain } from '../demo/directory/accounts.js';
import { type DemoPatient, population } from '../demo/population.js';
import { HOST, placeOfTest, startServer } from '../real/audit/serverOfTest.js';
import { configurationFor, expect, labSystem, type Running, test } from './lanyard.js';

const [patient] = population.filter(({ nhsNumber, replacedBy }) => nhsNumber !== null && replacedBy === null) as [
  DemoPatient,
];
const number = patient.nhsNumber ?? '';
const REASON = 'Complaint 42 of the patient';

async function signOut({ shell }: Running): Promise<void> {
  await shell.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(shell.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
}

/** Somebody for whom no system opens. */
async function enter({ shell }: Running, userName: string): Promise<void> {
  await shell.getByRole('textbox', { name: 'User name' }).fill(userName);
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** A clinician looks at the patient, and goes. */
async function morning(lanyard: Running): Promise<void> {
  await lanyard.signIn();
  await lanyard.choose(patient);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  await signOut(lanyard);
}

const trail = (lanyard: Running): string => JSON.stringify(lanyard.audit());

test('who looked at a patient: masked at first, then for a reason that is on record, with proof and as a file', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })]),
  );
  const { shell } = lanyard;
  await morning(lanyard);
  await enter(lanyard, 'audrey.test');
  const view = shell.getByRole('dialog', { name: 'Audit trail' });
  await expect(view.getByRole('navigation', { name: 'Audit' }).getByRole('link')).toHaveText([
    'Patient',
    'User',
    'Live',
    'Alerts',
    'Health',
    'Evidence',
  ]);
  const table = view.getByRole('table', { name: 'Audit events' });
  await expect(table).toContainText('Patient record showed the patient');
  await expect(table).not.toContainText(number);

  await view.getByRole('link', { name: 'Patient' }).click();
  await view.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(view.getByRole('alert')).toHaveText('Patient number is needed');
  await view.getByRole('textbox', { name: 'Patient number' }).fill(number.replace(/^(\d{3})(\d{3})/, '$1 $2 '));
  await view.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(table).toContainText('Opened a patient');
  await expect(table).not.toContainText(number);
  expect(shell.url()).toContain(`patient=${number}`);
  await view.getByRole('textbox', { name: /Why do you need to know/ }).fill('because');
  await view.getByRole('button', { name: 'Record and show' }).click();
  await expect(view.getByRole('alert')).toContainText('At least 10 characters');
  await view.getByRole('textbox', { name: /Why do you need to know/ }).fill(REASON);
  await view.getByRole('button', { name: 'Record and show' }).click();
  await expect(table).toContainText(number);
  await expect(view.getByRole('button', { name: /All \d+ records whole/ })).toBeVisible();
  await expect.poll(() => trail(lanyard)).toContain(REASON);

  await table.getByRole('row').filter({ hasText: 'showed the patient' }).first().click();
  await view.getByRole('button', { name: 'Prove this record' }).click();
  await expect(view.getByText('Whole, as far as this trail alone can tell')).toBeVisible();
  await view.getByRole('button', { name: 'What every tab showed then' }).click();
  const replay = view.getByRole('region', { name: 'Replay' });
  await expect(replay).toContainText(`Patient in the banner: ${number}`);
  await expect(replay.getByRole('table', { name: 'Tabs at this moment' })).toContainText('Shown, verified');

  await view.getByRole('link', { name: 'Evidence' }).click();
  await view.getByRole('textbox', { name: 'Patient number' }).fill(number);
  await view.getByRole('button', { name: 'Ask', exact: true }).click();
  await view.getByRole('combobox', { name: 'Take away as' }).selectOption('evidence');
  await view.getByRole('textbox', { name: 'Why', exact: true }).fill(REASON);
  await view.getByRole('button', { name: 'Record and export' }).click();
  const said = view.getByRole('status').filter({ hasText: 'records are in' });
  await expect(said).toBeVisible();
  const [, file = ''] = /records are in (\S+)\./.exec((await said.textContent()) ?? '') ?? [];
  const evidence = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(evidence.length).toBeGreaterThan(3);
  expect(evidence.slice(1, -1).every((line) => line.includes(number))).toBe(true);

  await view.getByRole('link', { name: 'Health' }).click();
  await expect(view.getByText('Nothing is amiss.')).toBeVisible();
  await view.getByRole('button', { name: 'Close' }).click();
  await expect(view).toHaveCount(0);
  expect(shell.url()).not.toContain(number);
});

test('support is never told who the patients are, and a clinician finds no way to the trail', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })]),
  );
  const { shell } = lanyard;
  await lanyard.signIn();
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toBeVisible();
  await expect(shell.getByRole('button', { name: 'Audit trail' })).toHaveCount(0);
  const answer = await shell.evaluate(() =>
    (window as unknown as { lanyard: { call: (name: string, input: unknown) => Promise<unknown> } }).lanyard.call(
      'audit.ask',
      { place: 'spool', query: { question: 'live', filter: {}, cursor: null, reason: null } },
    ),
  );
  expect(answer).toMatchObject({ ok: false, code: 'forbidden' });
  await expect.poll(() => trail(lanyard)).toContain('"type":"audit.refused"');
  await signOut(lanyard);
  await enter(lanyard, 'sol.test');
  await shell.getByRole('button', { name: 'Audit trail' }).click();
  const view = shell.getByRole('dialog', { name: 'Audit trail' });
  await expect(view.getByText('Your role is not told who they are.')).toBeVisible();
  await view.getByRole('link', { name: 'Evidence' }).click();
  await expect(view.getByText('Your role takes no evidence away.')).toBeVisible();
});

test('at the audit server: what was recorded here is there, proven by its signed tree', async ({
  launch,
  surroundings,
}) => {
  const { directory } = surroundings;
  const place = await placeOfTest({
    domain: demoDomain.domain,
    netbiosName: demoDomain.netbiosName,
    servers: [directory.url],
    addresses: directory.addresses,
    caFile: 'directory-ca.pem',
  });
  place.write('directory-ca.pem', directory.caPem);
  const server = await startServer(place);
  try {
    const { clientCertificate, clientKey } = await place.certificate('ward-7-pc-2.ward.example.nhs');
    const configuration = configurationFor(
      surroundings,
      [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })],
      {
        audit: {
          server: {
            url: `https://${HOST}:${server.port}`,
            caFile: 'audit-ca.pem',
            clientCertificate: 'pc.pem',
            clientKey: 'pc.key',
            checkpointKey: server.verifier,
          },
        },
      },
    );
    Object.assign(configuration['files'] as object, {
      'audit-ca.pem': place.authority.caPem,
      'pc.pem': readFileSync(clientCertificate, 'utf8'),
      'pc.key': readFileSync(clientKey, 'utf8'),
    });
    const lanyard = await launch(configuration);
    const { shell } = lanyard;
    await morning(lanyard);
    await enter(lanyard, 'priya.test');
    const view = shell.getByRole('dialog', { name: 'Audit trail' });
    await expect(view.getByRole('combobox', { name: 'Trail' })).toHaveValue('server');
    await view.getByRole('link', { name: 'Patient' }).click();
    await view.getByRole('textbox', { name: 'Patient number' }).fill(number);
    await view.getByRole('button', { name: 'Ask', exact: true }).click();
    const table = view.getByRole('table', { name: 'Audit events' });
    await expect(table).toContainText('Patient record showed the patient');
    await server.checkpoints.sign();
    await table.getByRole('row').filter({ hasText: 'showed the patient' }).first().click();
    await view.getByRole('button', { name: 'Prove this record' }).click();
    await expect(view.getByText('Proven: it is in the signed tree, as it was written')).toBeVisible();
    await view.getByRole('link', { name: 'Health' }).click();
    await expect(view.getByRole('table', { name: 'Deliveries' })).toContainText('Takes records');
    await expect(view.getByRole('table', { name: 'Runs of Lanyard' })).toContainText('ward-7-pc-2.ward.example.nhs');
    await server.stop();
    await view.getByRole('link', { name: 'Live' }).click();
    await expect(view.getByRole('alert')).toContainText('The audit server cannot be reached');
    await view.getByRole('combobox', { name: 'Trail' }).selectOption('spool');
    await expect(table).toContainText('Looked at the audit trail');
  } finally {
    await server.stop();
    place.remove();
  }
});
