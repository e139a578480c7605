// Proves the demo's patient index over real HTTP: searches, refusals, paging, and being slow on request.
import type { Bundle, OperationOutcome, Patient } from '@medplum/fhirtypes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FhirServer, startFhirServer } from '../demo/fhir/server.js';

let fhir: FhirServer;
let heldBackMs = 0;
beforeAll(async () => {
  fhir = await startFhirServer({ delayFor: () => heldBackMs });
});
afterAll(() => fhir.close());

type Answer = Partial<
  Pick<Bundle<Patient>, 'total' | 'entry' | 'link'> & Pick<Patient, 'name'> & Pick<OperationOutcome, 'issue'>
>;
async function get(query: string) {
  const response = await fetch(fhir.fhirBaseUrl + query);
  const body = (await response.json()) as Answer;
  return { status: response.status, type: response.headers.get('content-type'), body };
}

async function search(parameters: Record<string, string>): Promise<Patient[]> {
  const { status, body } = await get(`/Patient?${new URLSearchParams(parameters).toString()}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
  expect(body.total).toBe(body.entry?.length);
  return (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
}
const givenNames = (patients: Patient[]) => patients.map(({ name }) => name?.[0]?.given?.join(' '));

it('finds one patient by NHS number, with numbers, names and the time of the last change', async () => {
  const [patient, ...more] = await search({ identifier: 'https://fhir.nhs.uk/Id/nhs-number|9990000018' });
  expect(more).toEqual([]);
  expect(patient).toMatchObject({
    identifier: [
      { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' },
      { system: 'https://rm3.test/mrn', value: 'RM1000017' },
    ],
    name: [{ use: 'official', family: 'TESTPATIENT', given: ['Amara'], prefix: ['Mrs'] }],
    birthDate: '1961-04-12',
  });
  expect(patient?.meta?.lastUpdated).toMatch(/^2026-11-\d\dT\d\d:\d\d:00\.000Z$/);
});

it('keeps the numbers of different systems apart', async () => {
  expect(await search({ identifier: 'https://rm3.test/mrn|9990000018' })).toEqual([]);
  expect(await search({ identifier: 'https://rm3.test/mrn|rm1000017' })).toEqual([]);
  expect(await search({ identifier: 'RM1000017' })).toHaveLength(1);
});

it('finds a merged record and the one that was kept by the old number', async () => {
  expect(givenNames(await search({ identifier: 'https://rm3.test/mrn|RM1000121' }))).toEqual(['Ian', 'Ian Peter']);
});

it('finds by family name and birth date, both required, whatever case, accents and former name', async () => {
  expect(givenNames(await search({ family: 'testpatient', birthdate: '1975-03-09' }))).toEqual(['David', 'David']);
  expect(givenNames(await search({ family: 'testpatient-angstrom', birthdate: '1979-02-14' }))).toEqual(['Zoë Élodie']);
  expect(givenNames(await search({ family: 'TESTMAIDEN', birthdate: '1984-06-21' }))).toEqual(['Fiona']);
  expect(await search({ family: 'TESTMAIDEN', birthdate: '1984-06-22' })).toEqual([]);
});

it('reads a patient by id and says in FHIR that another does not exist', async () => {
  const { body } = await get('/Patient/00000000-0000-4000-8000-000001000017');
  expect(body.name?.[0]?.given).toEqual(['Amara']);
  const missing = await get('/Patient/nobody');
  expect(missing).toMatchObject({
    status: 404,
    type: 'application/fhir+json; charset=utf-8',
    body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] },
  });
});

it.each([
  ['/Patient', 'too-costly'],
  ['/Patient?identifier=', 'value'],
  ['/Patient?birthdate=12-Apr-1961', 'value'],
  ['/Patient?phone=1', 'not-supported'],
])('refuses %s with an OperationOutcome: %s', async (query, code) => {
  expect(await get(query)).toMatchObject({ status: 400, body: { issue: [{ code }] } });
});

it('gives a long list in pages that together hold everybody once', async () => {
  const names: (string | undefined)[] = [];
  let next: string | undefined = '/Patient?family=TESTPATIENT&_count=15';
  let pages = 0;
  while (next !== undefined) {
    const page: Answer = (await get(next)).body;
    names.push(...(page.entry ?? []).map(({ resource }) => resource?.id));
    next = page.link?.find(({ relation }) => relation === 'next')?.url.slice(fhir.fhirBaseUrl.length);
    pages++;
  }
  expect(pages).toBe(3);
  expect(new Set(names).size).toBe(37);
  expect(names).toHaveLength(37);
});

it('holds an answer back for as long as a test asks, and lets go when the asker leaves', async () => {
  heldBackMs = 60_000;
  const answered = await fetch(`${fhir.fhirBaseUrl}/metadata`, { signal: AbortSignal.timeout(200) }).then(
    () => true,
    (error: unknown) => (error as Error).name,
  );
  expect(answered).toBe('TimeoutError');
  heldBackMs = 0;
  expect((await get('/metadata')).status).toBe(200);
});
