// Proves that a patient is opened by every kind of launch, is read back, and leaves no secret behind.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { patientByLocalNumber, type DemoPatient } from '../demo/population.js';
import { type LaunchDesk, startLaunchDesk } from './launchDesk.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, sharedLanyard, test } from './lanyard.js';

let desk: LaunchDesk;

/** Tab → how it is launched. */
const launches = (url: string): Readonly<Record<string, object>> => ({
  Form: { kind: 'form-post', url: `${url}/form`, fields: { nhs: '{nhsNumber}', born: '{dateOfBirth:YYYY-MM-DD}' } },
  GCM: {
    kind: 'encrypted-parameters',
    url: `${url}/gcm`,
    encrypted: { nhs: '{nhsNumber}', dob: '{dateOfBirth:YYYY-MM-DD}' },
    cipher: 'aes-256-gcm',
    key: { file: 'launch.key' },
  },
  CBC: {
    kind: 'encrypted-parameters',
    url: `${url}/cbc`,
    encrypted: { nhs: '{nhsNumber}', dob: '{dateOfBirth:YYYY-MM-DD}' },
    plain: { by: '{userName}' },
    cipher: 'aes-256-cbc-hmac-sha256',
    key: { file: 'launch.key' },
    macKey: { file: 'mac.key', encoding: 'hex' },
    encoding: 'hex',
    vectorSuffix: '_iv',
  },
  Signed: {
    kind: 'signed-url',
    template: `${url}/signed?patient=https://fhir.nhs.uk/Id/nhs-number|{nhsNumber}&birthdate={dateOfBirth:YYYY-MM-DD}&location={location}&practitioner={userName}&exp={expires}&nbf={notBefore}&serviceId=ward`,
    key: { file: 'sign.key', encoding: 'text' },
    parameter: 'sig',
  },
  Ticket: {
    kind: 'ticket',
    request: { url: `${url}/tickets`, fields: { nhs: '{nhsNumber}' } },
    answer: 'data.code',
    template: `${url}/open?code={ticket}`,
  },
  'Client ticket': {
    kind: 'ticket',
    request: {
      url: `${url}/client-tickets`,
      format: 'form',
      fields: { nhs: '{nhsNumber}' },
      client: { id: 'lanyard', secret: { file: 'client.secret', encoding: 'text' } },
    },
    answer: 'data.code',
    template: `${url}/open?code={ticket}`,
  },
  'Images of patient': {
    kind: 'invoke-image-display',
    url: `${url}/IHEInvokeImageDisplay`,
    requestType: 'PATIENT',
    authority: 'rm3',
    mostRecentResults: 5,
    diagnosticQuality: true,
  },
  'Images by study': {
    kind: 'invoke-image-display',
    url: `${url}/IHEInvokeImageDisplay`,
    requestType: 'STUDY',
    authority: 'rm3',
    dicomWebRoot: url,
  },
});

const idOf = (title: string): string => title.toLowerCase().replaceAll(' ', '-');

const lanyard = sharedLanyard(async (launch, surroundings) => {
  desk = await startLaunchDesk();
  const system = (title: string, rule: object, more: object = {}): object => ({
    id: idOf(title),
    title,
    kind: 'web',
    url: `${desk.url}/home/${idOf(title)}`,
    roles: ['clinician'],
    context: { launch: rule },
    ...more,
  });
  const systems = [
    ...Object.entries(launches(desk.url)).map(([title, rule]) => system(title, rule, { identity: LAB_IDENTITY })),
    system('Program', { kind: 'custom-protocol', template: 'systmone://open?nhs={nhsNumber}' }),
  ];
  const around = configurationFor(surroundings, systems);
  const running = await launch({
    ...around,
    workstation: { mode: 'shared', location: 'Ward 7', programSchemes: ['systmone'] },
    files: { ...(around['files'] as object), ...desk.keyFiles },
  });
  // What the operating system would have been asked to open, instead of asking it.
  await running.app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Reflect.set(globalThis, 'opened', opened);
    Reflect.set(shell, 'openExternal', async (address: string) => void opened.push(address));
  });
  await running.signIn();
  for (const title of Object.keys(launches(desk.url))) await running.page(`${desk.url}/home/${idOf(title)}`);
  return running;
});

test.afterAll(() => desk.close());

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const people = [person('RM1000017'), person('RM1000033')];

async function inStep(running: Running, title: string): Promise<void> {
  await expect(running.tab(title)).toHaveAccessibleDescription('In step', { timeout: 20_000 });
}

test('each kind opens the chosen patient, and the next one', async () => {
  const running = lanyard();
  for (const patient of people) {
    await running.choose(patient);
    for (const title of Object.keys(launches(desk.url))) {
      await running.tab(title).click();
      await inStep(running, title);
    }
    for (const way of ['form', 'gcm', 'cbc', 'signed', 'open', 'IHEInvokeImageDisplay'])
      await expect.poll(() => desk.opened).toContain(`${way} ${patient.nhsNumber ?? ''}`);
  }
  expect(desk.refused).toEqual([]);
});

test('a desktop program opens after its audit line, and its tab is never green', async () => {
  const running = lanyard();
  await running.choose(people[0] ?? person('RM1000017'));
  await running.tab('Program').click();
  await expect(running.tab('Program')).toHaveAccessibleDescription('Not checked');
  const address = `systmone://open?nhs=${people[0]?.nhsNumber ?? ''}`;
  const opened = () => running.app.evaluate(() => Reflect.get(globalThis, 'opened') as string[]);
  await expect.poll(async () => (await opened()).at(-1)).toBe(address);
  const lines = running.audit().filter(({ type }) => type === 'outside.opened');
  expect(lines).toHaveLength((await opened()).length);
  expect(lines.at(-1)).toEqual({ type: 'outside.opened', systemId: 'program', host: 'systmone:' });
});

test('a ticket is of no use a second time', async () => {
  await inStep(lanyard(), 'Client ticket');
  const again = await fetch(`${desk.url}/open?code=${desk.usedTicket()}`);
  expect(again.status).toBe(403);
});

test('no key, no ticket and no launch address is in anything Lanyard wrote', () => {
  const running = lanyard();
  const written = [running.output(), JSON.stringify(running.audit()), ...textsBelow(running.userData)].join('\n');
  expect(desk.secrets.length).toBeGreaterThan(4);
  for (const secret of desk.secrets) expect(written.includes(secret)).toBe(false);
  expect(written).not.toMatch(/\/(?:signed|gcm|cbc)\?/u);
});

function textsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size < 5_000_000)
    .map((file) => readFileSync(file, 'latin1'));
}
