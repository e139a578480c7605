// Proves that the demo hospital starts and ends as one, and that the configuration written for it is valid and true.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillTemplate, readTemplate } from '../../main/domain/addressTemplate.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import type { Patient } from '../../preload/contract.js';
import { writeDemoConfiguration } from '../demo/configuration.js';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type DemoHospital, startDemoHospital } from '../demo/hospital.js';
import { type DemoPatient, population } from '../demo/population.js';

const directory = { url: 'ldaps://dc1.demo.hospital.example:40001', addresses: {}, caPem: 'the CA' };
let work: string;
let cacheFolder: string;
let hospital: DemoHospital | undefined;

beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'demo-hospital-'));
  cacheFolder = path.join(work, 'cache');
  // stands for the fetched viewer, which is proven with the real one in test/real
  const viewer = path.join(cacheFolder, '@ohif+app@3.13.2/dist');
  mkdirSync(viewer, { recursive: true });
  writeFileSync(path.join(viewer, 'index.html'), '<title>viewer</title>');
});
afterEach(async () => {
  await hospital?.close();
  hospital = undefined;
  rmSync(work, { recursive: true });
});

async function configured() {
  hospital = await startDemoHospital({ cacheFolder });
  const file = await writeDemoConfiguration(work, hospital, directory);
  const reading = parseConfiguration(readFileSync(file, 'utf8'), {
    folder: work,
    kinds: ['web', 'pacs'],
    demoAllowed: true,
    fileProblem: (name) => (existsSync(path.join(work, name)) ? null : 'missing'),
  });
  return { hospital, reading };
}

/** As a clinician's browser, signed in to every system that asks. */
async function signedIn({ systems }: DemoHospital): Promise<(address: string) => Promise<Response>> {
  const answer = await fetch(`${systems.epr}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ userName: 'amara.test', password: DEMO_PASSWORD }),
    redirect: 'manual',
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  const authorization = `Basic ${Buffer.from(`amara.test:${DEMO_PASSWORD}`).toString('base64')}`;
  return (address) => fetch(address, { headers: { cookie, authorization } });
}

it('starts every system, each with a home page that shows no patient', async () => {
  hospital = await startDemoHospital({ cacheFolder });
  const open = await signedIn(hospital);
  for (const url of Object.values(hospital.systems)) {
    const response = await open(`${url}/`);
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain('DEMO – not real patients');
    expect(page).not.toContain('data-nhs-number');
  }
  expect((await fetch(`${hospital.fhirBaseUrl}/metadata`)).status).toBe(200);
  expect((await fetch(`${hospital.dicomWebRoot}/studies?PatientID=RM1000017`)).status).toBe(200);
});

it('ends every system', async () => {
  const { systems, fhirBaseUrl, ...ended } = await startDemoHospital({ cacheFolder });
  await ended.close();
  for (const url of [...Object.values(systems), fhirBaseUrl]) await expect(fetch(url)).rejects.toThrow('fetch failed');
});

it('ends what it started when one system cannot start', async () => {
  const inTheWay = createServer();
  await new Promise<void>((resolve) => inTheWay.listen(0, '127.0.0.1', resolve));
  const { port } = inTheWay.address() as AddressInfo;
  const eprPort = await freePort();
  await expect(startDemoHospital({ cacheFolder, ports: { epr: eprPort, results: port } })).rejects.toThrow(
    'EADDRINUSE',
  );
  await expect(fetch(`http://127.0.0.1:${eprPort}/`)).rejects.toThrow('fetch failed');
  await new Promise((resolve) => inTheWay.close(resolve));
});

it('holds one system’s answers back for as long as a test asks', async () => {
  hospital = await startDemoHospital({ cacheFolder, delayFor: (system) => (system === 'epr' ? 60_000 : 0) });
  await expect(fetch(`${hospital.systems.epr}/`, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
  expect((await fetch(`${hospital.systems.results}/`)).status).toBe(401);
});

it('lets nobody into the patient record or the results without a sign-in, and says who tried', async () => {
  const heard: unknown[] = [];
  hospital = await startDemoHospital({
    cacheFolder,
    onSignIn: (...one) => heard.push(one),
  });
  const { epr, results } = hospital.systems;
  for (const address of [`${epr}/`, `${epr}/patient/local/RM1000017`, `${results}/results?mrn=RM1000017`]) {
    const response = await fetch(address, { headers: { cookie: 'demo-session=11111111-1111-4111-8111-111111111111' } });
    expect(await response.text()).not.toMatch(/RM1000017|Amara/);
    expect([response.status, new URL(response.url).pathname]).toEqual(
      address.startsWith(epr) ? [200, '/sign-in'] : [401, '/results'],
    );
  }
  const post = (userName: string, password: string, headers = {}) =>
    fetch(`${epr}/sign-in`, { method: 'POST', body: new URLSearchParams({ userName, password }), headers });
  expect((await post('amara.test', 'wrong')).status).toBe(401);
  expect((await post('disabled.test', DEMO_PASSWORD)).status).toBe(401);
  expect((await post('amara.test', DEMO_PASSWORD, { 'sec-fetch-site': 'cross-site' })).status).toBe(401);
  const wrong = `Basic ${Buffer.from('amara.test:wrong').toString('base64')}`;
  expect((await fetch(`${results}/`, { headers: { authorization: wrong } })).status).toBe(401);
  expect(heard).toEqual([
    ['epr', 'amara.test', false],
    ['epr', 'disabled.test', false],
    ['epr', 'amara.test', false],
    ['results', 'amara.test', false],
  ]);
  const record = await (await signedIn(hospital))(`${epr}/patient/local/RM1000017`);
  expect(await record.text()).toContain('Signed in: amara.test');
});

it('writes a configuration that Lanyard accepts, and its secret for the owner only', async () => {
  const { reading } = await configured();
  expect(reading).toMatchObject({ ok: true });
  expect(statSync(path.join(work, 'svc.secret')).mode & 0o077).toBe(0);
});

it('launches every patient on the page that shows that patient', async () => {
  const { hospital: started, reading } = await configured();
  if (!reading.ok) throw new Error('the configuration is not valid');
  const open = await signedIn(started);
  const refused: string[] = [];
  for (const { id, context } of reading.configuration.systems) {
    if (context.launch.kind !== 'url-template') continue;
    const template = readTemplate(context.launch.template);
    if (!template.ok) throw new Error('the template cannot be read');
    for (const patient of population) {
      const filled = fillTemplate(template.template, { patient: asLanyardKnows(patient) });
      if (!filled.filled) {
        refused.push(`${id}: ${patient.localNumber} has no ${filled.missing.name}`);
        continue;
      }
      const response = await open(filled.address);
      if (response.status !== 200) refused.push(`${id}: ${patient.localNumber} ${response.status}`);
    }
  }
  expect(refused).toEqual([
    'epr: RM1000121 410',
    'results: RM1000121 404',
    'shared-care-record: RM1000113 has no nhsNumber',
    'shared-care-record: RM1000121 has no nhsNumber',
    'shared-care-record: RM1000177 has no nhsNumber',
  ]);
});

function asLanyardKnows(patient: DemoPatient): Patient {
  const { id, nhsNumber, localNumber, family, given, prefix, preferred, birthDate, gender, deceased } = patient;
  return {
    id,
    nhsNumber,
    identifiers: [{ authority: 'rm3', title: 'Hospital number', value: localNumber }],
    name: { family, given: [...given], prefix, preferred },
    birthDate,
    gender,
    deceased,
    lastUpdated: null,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
