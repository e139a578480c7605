// Proves that the real systems of the tests answer, hold the same people, and have the traps that Lanyard must survive.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillTemplate, readTemplate } from '../../main/domain/addressTemplate.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { demoRoles } from '../demo/directory/accounts.js';
import { sampleFiles } from '../demo/pacs/sampleImages.js';
import { imagedStudies } from '../demo/pacs/studies.js';
import { type DemoPatient, LOCAL_NUMBER_SYSTEM, NHS_NUMBER_SYSTEM, population } from '../demo/population.js';
import { startOrthanc } from './pacs/orthanc.js';
import { type RunningRealSystems, startRealSystems } from './systems.js';
import { realSystemsConfiguration } from './systemsConfiguration.js';

type Attributes = Partial<Record<string, { Value?: [unknown] }>>;

const FIRST_START_MS = 15 * 60_000;
let folder: string;
let systems: RunningRealSystems;
let signedIn = true;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'real-systems-'));
  systems = await startRealSystems({ folder, isSignedIn: () => signedIn });
}, FIRST_START_MS);
afterAll(async () => {
  await systems.close();
  rmSync(folder, { recursive: true });
});

async function json<T>(address: string): Promise<T> {
  const response = await fetch(address);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}
const studies = (query: string) => json<Attributes[]>(`${systems.dicomWebRoot}/studies?${query}`);
const text = (attributes: Attributes, tag: string) => attributes[tag]?.Value?.[0];
const name = (attributes: Attributes) => (text(attributes, '00100010') as { Alphabetic: string }).Alphabetic;

describe('the archive (Orthanc)', () => {
  it('holds every study of the demo', async () => {
    const found = await studies('limit=100');
    expect(found.map((study) => text(study, '0020000D')).sort()).toEqual(
      imagedStudies.map(({ studyInstanceUid }) => studyInstanceUid).sort(),
    );
  });

  it('returns everybody for an empty PatientID, and other people for a number in another case', async () => {
    expect(await studies('PatientID=')).toHaveLength(imagedStudies.length);
    expect((await studies('PatientID=rm1000017')).map(name)).toContain('TESTPATIENT^Amara^^Mrs');
  });

  it('gives a number that two hospitals issued, and says who issued it when asked', async () => {
    const found = await studies('PatientID=RM1000017&includefield=00100021');
    expect(found.map((study) => [name(study), text(study, '00100021')]).sort()).toEqual([
      ['TESTPATIENT^Amara^^Mrs', 'RM3'],
      ['TESTPATIENT^Amara^^Mrs', 'RM3'],
      ['TESTVISITOR^OTTO', 'RX9'],
    ]);
  });

  it('keeps accents', async () => {
    const [study] = await studies('PatientID=RM1000137');
    expect(study && name(study)).toBe('TESTPATIENT-ÅNGSTRÖM^Zoë^Élodie^Dr');
  });

  it('sends the pixels of the samples', async () => {
    const study = imagedStudies.find(({ samples }) => samples === 'brain');
    const [sample = ''] = sampleFiles('brain');
    const uid = study?.seriesInstanceUid ?? '';
    const response = await fetch(
      `${systems.dicomWebRoot}/studies/${study?.studyInstanceUid}/series/${uid}/instances/${uid}.1/frames/1`,
      { headers: { accept: 'multipart/related; type="application/octet-stream"' } },
    );
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.includes(readFileSync(sample).subarray(-131_072))).toBe(true);
  });

  it('cannot be changed through the viewer, nor be asked without signing in', async () => {
    const [study] = imagedStudies;
    const address = `${systems.dicomWebRoot}/studies/${study?.studyInstanceUid}`;
    for (const method of ['DELETE', 'POST', 'PUT']) expect((await fetch(address, { method })).status).toBe(405);
    expect((await fetch(`${systems.pacs}/pacs/instances`)).status).toBe(200); // the viewer's page, not the archive
    expect(await (await fetch(`${systems.pacs}/pacs/instances`)).text()).toContain('<title>OHIF Viewer</title>');
    expect((await fetch(`${systems.archiveUrl}/studies`)).status).toBe(401);
  });

  it('answers nobody outside this machine', async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const { port } = new URL(systems.archiveUrl);
    for (const { address, family, internal } of addresses) {
      if (internal || family !== 'IPv4') continue;
      const status = await fetch(`http://${address}:${port}/system`).then((response) => response.status);
      expect([401, 403]).toContain(status);
    }
    // whatever this machine's network: nothing but the loopback interface may be allowed
    const configuration = readFileSync(path.join(folder, 'orthanc/orthanc.json'), 'utf8');
    expect(JSON.parse(configuration)).toMatchObject({ RemoteAccessAllowed: false, DicomServerEnabled: false });
  });

  it('is served with the viewer, set to show the patient', async () => {
    expect(await (await fetch(`${systems.pacs}/viewer?StudyInstanceUIDs=1.2`)).text()).toContain('OHIF Viewer');
    expect(await (await fetch(`${systems.pacs}/app-config.js`)).text()).toContain('visibleReadOnly');
  });

  it('says why when it cannot start', async () => {
    const broken = path.join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'index'), 'not a database');
    await expect(startOrthanc(broken, '/dicom-web')).rejects.toThrow(/Orthanc did not start: .*database/s);
  });
});

describe('the FHIR server', () => {
  const find = (parameters: Record<string, string>) =>
    json<Bundle<Patient>>(`${systems.fhirBaseUrl}/Patient?${new URLSearchParams(parameters).toString()}`);

  it('finds everybody by NHS number and by hospital number', async () => {
    for (const { nhsNumber, localNumber, id, formerLocalNumbers } of population) {
      if (formerLocalNumbers.length > 0) continue;
      const found = await find({ identifier: `${LOCAL_NUMBER_SYSTEM}|${localNumber}` });
      expect(found.entry?.map(({ resource }) => resource?.id)).toContain(id);
      if (nhsNumber === null) continue;
      const [entry] = (await find({ identifier: `${NHS_NUMBER_SYSTEM}|${nhsNumber}` })).entry ?? [];
      expect(entry?.resource?.id).toBe(id);
    }
  });

  it('finds look-alikes by family name and birth date', async () => {
    expect((await find({ family: 'TESTPATIENT', birthdate: '1975-03-09' })).total).toBe(2);
  });

  it('ignores the case of a number: whoever asks has to compare', async () => {
    expect((await find({ identifier: `${LOCAL_NUMBER_SYSTEM}|rm1000017` })).total).toBe(1);
  });

  it('takes writes and speaks OperationOutcome', async () => {
    const written = await fetch(`${systems.fhirBaseUrl}/Patient`, {
      method: 'POST',
      body: '{"resourceType":"Patient"}',
    });
    expect(written.status).toBe(201);
    const refused = await fetch(`${systems.fhirBaseUrl}/Patient`, { method: 'POST', body: '{' });
    expect([refused.status, await refused.json()]).toMatchObject([400, { resourceType: 'OperationOutcome' }]);
    const missing = await fetch(`${systems.fhirBaseUrl}/Patient/nobody`);
    expect([missing.status, await missing.json()]).toMatchObject([404, { resourceType: 'OperationOutcome' }]);
  });

  it('has a results page that knows nobody by itself', async () => {
    const page = await (await fetch(`${systems.fhir}/results?identifier=x`)).text();
    expect(page).not.toContain('TESTPATIENT');
    expect((await fetch(`${systems.fhir}/fhirResults.js`)).status).toBe(200);
  });
});

describe('the patient record (OpenMRS O3)', () => {
  const spa = (address: string) => `${systems.epr}/openmrs/spa/${address}`;

  it('serves every module of its import map, and its pages under one shell', async () => {
    const { imports } = await json<{ imports: Record<string, string> }>(spa('importmap.json'));
    expect(Object.keys(imports)).toHaveLength(12);
    for (const script of Object.values(imports)) {
      const response = await fetch(spa(script.slice(2)));
      expect(response.headers.get('content-type')).toContain('javascript');
      expect((await response.text()).length).toBeGreaterThan(1_000);
    }
    const routes = await json<Record<string, { version: string }>>(spa('routes.registry.json'));
    expect(Object.keys(routes)).toEqual(Object.keys(imports));
    const page = await (await fetch(spa('patient/x/chart/Patient%20Summary'))).text();
    expect(page).toContain('<title>OpenMRS</title>');
    expect(page).toContain('stand-in server, not real patients');
    expect(page).not.toContain('https://dev3.openmrs.org');
    expect((await fetch(spa('../../../etc/passwd'))).status).toBe(404);
    expect((await fetch(spa('missing.js'))).status).toBe(404);
  });

  it('knows nobody else, and nobody at all while signed out', async () => {
    const patient = `${systems.epr}/openmrs/ws/fhir2/R4/Patient`;
    expect((await fetch(`${patient}/00000000-0000-4000-8000-000009999999`)).status).toBe(404);
    signedIn = false;
    try {
      expect((await fetch(`${patient}/00000000-0000-4000-8000-000001000017`)).status).toBe(401);
      const session = await json(`${systems.epr}/openmrs/ws/rest/v1/session`);
      expect(session).toMatchObject({ authenticated: false });
    } finally {
      signedIn = true;
    }
  });
});

describe('all three', () => {
  it.each(population.filter(({ localNumber }) => imagedStudies.some(({ person }) => person.patientId === localNumber)))(
    'hold the same $localNumber',
    async (patient) => {
      const expected = [patient.localNumber, patient.nhsNumber, patient.birthDate, patient.family];
      const inFhir = await json<Patient>(`${systems.fhirBaseUrl}/Patient/${patient.id}`);
      expect([
        identifier(inFhir, ({ system }) => system === LOCAL_NUMBER_SYSTEM),
        identifier(inFhir, ({ system }) => system === NHS_NUMBER_SYSTEM),
        inFhir.birthDate,
        inFhir.name?.[0]?.family,
      ]).toEqual(expected);
      const inEpr = await json<Patient>(`${systems.epr}/openmrs/ws/fhir2/R4/Patient/${patient.id}`);
      expect([
        identifier(inEpr, ({ type }) => type?.text === 'Hospital number'),
        identifier(inEpr, ({ type }) => type?.text === 'NHS number'),
        inEpr.birthDate,
        inEpr.name?.[0]?.family,
      ]).toEqual(expected);
      const own = (await studies(`PatientID=${patient.localNumber}&includefield=00100021`)).filter(
        (study) => text(study, '00100020') === patient.localNumber && text(study, '00100021') === 'RM3',
      );
      expect(own.length).toBeGreaterThan(0);
      for (const study of own) {
        expect(text(study, '00100030')).toBe(patient.birthDate.replaceAll('-', ''));
        expect(name(study).split('^')[0]).toBe(patient.family);
      }
    },
  );

  it.each(['dicomweb', 'header'] as const)(
    'are described by a configuration that Lanyard accepts (%s)',
    async (from) => {
      const { reading, amara } = configured(from);
      if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
      for (const { context } of reading.configuration.systems) {
        if (context.launch.kind !== 'url-template') continue;
        const template = readTemplate(context.launch.template);
        const filled = template.ok ? fillTemplate(template.template, { patient: amara }) : undefined;
        if (!filled?.filled) throw new Error('the template cannot be filled in');
        expect((await fetch(filled.address)).status).toBe(200);
      }
    },
  );
});

function identifier(patient: Patient, is: (one: NonNullable<Patient['identifier']>[number]) => boolean): string | null {
  return patient.identifier?.find(is)?.value ?? null;
}

function configured(imagesReadFrom: 'dicomweb' | 'header') {
  const text = JSON.stringify({
    trust: { name: 'Test Trust' },
    workstation: { mode: 'shared' },
    directory: { domain: 'ward.example.nhs' },
    roles: demoRoles,
    ...realSystemsConfiguration(systems, imagesReadFrom),
  });
  const [first] = population as readonly [DemoPatient];
  return {
    reading: parseConfiguration(text, { folder, kinds: ['web', 'pacs'], demoAllowed: false, fileProblem: () => null }),
    amara: {
      id: first.id,
      nhsNumber: first.nhsNumber,
      identifiers: [{ authority: 'rm3', title: 'Hospital number', value: first.localNumber }],
      name: { family: first.family, given: [...first.given], prefix: null, preferred: null },
      birthDate: first.birthDate,
      gender: null,
      deceased: null,
      lastUpdated: null,
    },
  };
}
