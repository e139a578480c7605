/** The patient search over the demo hospital's own FHIR server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PatientDirectory } from '../../main/patients/patientDirectory.js';
import { type FhirServer, startFhirServer } from '../demo/fhir/server.js';
import { LOCAL_NUMBER_SYSTEM, population } from '../demo/population.js';

let server: FhirServer;
let patients: PatientDirectory;
beforeAll(async () => {
  server = await startFhirServer();
  patients = new PatientDirectory(
    {
      fhirBaseUrl: server.fhirBaseUrl,
      timeoutSeconds: 10,
      identifiers: [{ authority: 'rm3', title: 'Hospital number', system: LOCAL_NUMBER_SYSTEM }],
    },
    fetch,
  );
});
afterAll(async () => {
  patients.dispose();
  await server.close();
});

const localNumbers = async (text: string): Promise<(string | undefined)[]> =>
  (await patients.search(text)).found.map(({ patient }) => patient.identifiers[0]?.value);

describe('every one of the forty is found', () => {
  test('by NHS number, where there is one', async () => {
    for (const { nhsNumber, localNumber } of population)
      if (nhsNumber !== null) expect(await localNumbers(nhsNumber)).toEqual([localNumber]);
  });

  test('by local number', async () => {
    for (const { localNumber } of population) expect(await localNumbers(localNumber)).toContain(localNumber);
  });

  test('by family name and birth date, also with the given name', async () => {
    for (const { family, given, birthDate, localNumber } of population) {
      expect(await localNumbers(`${family} ${birthDate}`)).toContain(localNumber);
      expect(await localNumbers(`${family}, ${given[0] ?? ''} ${birthDate}`)).toContain(localNumber);
    }
  });
});

test.each([
  ['the twins', 'TESTPATIENT 17-May-2019', ['RM1000049', 'RM1000057']],
  ['two with the same name and birth date', 'TESTPATIENT, David 09/03/1975', ['RM1000065', 'RM1000073']],
  ['a woman by her former name', 'TESTMAIDEN 21-Jun-1984', ['RM1000097']],
  ['given name first', 'Amara Testpatient 12 Apr 1961', ['RM1000017']],
  ['an apostrophe and an accent', "TESTPATIENT-O'DEMO, Sian 3 Oct 1956", ['RM1000145']],
  ['nobody', 'TESTPATIENT 01-Jan-1901', []],
])('%s: %s', async (_what, text, expected) => {
  expect(await localNumbers(text)).toEqual(expected);
});

test('a merged record is listed by its own number, with the record that replaced it', async () => {
  const { found } = await patients.search('RM1000121');
  expect(found.map(({ patient, replacedBy }) => [patient.identifiers.map(({ value }) => value), replacedBy])).toEqual([
    [['RM1000121'], '00000000-0000-4000-8000-000001000129'],
    [['RM1000129'], null],
  ]);
});

test('the doubles carry their warning, and can be chosen', async () => {
  const { found } = await patients.search('TESTPATIENT, David 09/03/1975');
  expect(found.map(({ lookAlikes }) => lookAlikes)).toEqual([
    ['same-name-and-birth-date'],
    ['same-name-and-birth-date'],
  ]);
  const [first] = found;
  expect(await patients.get(first?.patient.id ?? '')).toEqual(first?.patient);
});
