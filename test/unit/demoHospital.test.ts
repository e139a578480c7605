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

it('starts every system, each with a home page that shows no patient', async () => {
  hospital = await startDemoHospital({ cacheFolder });
  for (const url of Object.values(hospital.systems)) {
    const response = await fetch(`${url}/`);
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
  expect((await fetch(`${hospital.systems.results}/`)).status).toBe(200);
});

it('writes a configuration that Lanyard accepts, and its secret for the owner only', async () => {
  const { reading } = await configured();
  expect(reading).toMatchObject({ ok: true });
  expect(statSync(path.join(work, 'svc.secret')).mode & 0o077).toBe(0);
});

it('launches every patient on the page that shows that patient', async () => {
  const { reading } = await configured();
  if (!reading.ok) throw new Error('the configuration is not valid');
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
      const response = await fetch(filled.address);
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
