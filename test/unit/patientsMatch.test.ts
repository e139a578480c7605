/** Whom the trust's patient index is certain of, where the number alone finds nobody; never a guess. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { PatientDirectory } from '../../main/patients/patientDirectory.js';
import { startFhirServer } from '../demo/fhir/server.js';
import { LOCAL_NUMBER_SYSTEM, patientByLocalNumber, population } from '../demo/population.js';
import { startRealFhirServer } from '../real/fhir/server.js';
import { FhirOfTest, type RecordOfTest } from './fhirOfTest.js';
import { HandClock } from './handClock.js';

const mrn = 'https://rm3.test/mrn';
const born = '1961-04-12';
const identifiers = [{ authority: 'rm3', title: 'Hospital number', system: mrn, pattern: 'RM\\d+' }];
let server: FhirOfTest;
beforeAll(async () => {
  server = await FhirOfTest.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
  server.records = [amara];
  server.matches = [certain(amara)];
});

const record = (id: string, number: string, more: object = {}): RecordOfTest => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: mrn, value: number }],
  birthDate: born,
  ...{ name: [{ family: 'TESTPATIENT', given: ['Amara'] }] },
  ...more,
});
const amara = record('a', 'RM3');
const graded = (resource: RecordOfTest, valueCode: string, score = 1) => ({
  resource,
  search: {
    ...{ mode: 'match', score },
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode }],
  },
});
const certain = (resource: RecordOfTest) => graded(resource, 'certain');
const meant = (...values: string[]) => ({ numbers: values.map((value) => ({ system: mrn, value })), birthDate: born });

function directory(match = true, fhirBaseUrl = server.base): PatientDirectory {
  return new PatientDirectory({ fhirBaseUrl, timeoutSeconds: 10, identifiers, match }, fetch, new HandClock());
}

describe('a number that nobody has in their record', () => {
  test('means whom the index is certain of, and the patient says so', async () => {
    const name = { family: 'TESTPATIENT', given: ['Amara'] };
    expect(await directory().identify({ ...meant('RM9'), name })).toMatchObject({
      id: 'a',
      notice: 'The patient index says that Hospital number RM9 means this patient.',
      formerNumbers: [{ authority: 'rm3', title: 'Hospital number', value: 'RM9' }],
    });
    const resource = { resourceType: 'Patient', identifier: [{ system: mrn, value: 'RM9' }], birthDate: born };
    expect(server.matchesAsked).toEqual([
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { ...resource, name: [name] } },
          { name: 'count', valueInteger: 2 },
          { name: 'onlyCertainMatches', valueBoolean: true },
        ],
      },
    ]);
  });

  test('also where the index answers with a record that was merged, whose number is then said', async () => {
    const old = record('b', 'RM2', { link: [{ type: 'replaced-by', other: { reference: 'Patient/a' } }] });
    server.records = [amara, old];
    server.matches = [certain(old)];
    const patient = await directory().identify(meant('RM9'));
    expect([patient.id, patient.notice]).toEqual(['a', 'Record RM2 was merged into RM3.']);
    expect(patient.formerNumbers?.map(({ value }) => value)).toEqual(['RM2', 'RM9']);
  });

  test('also where the index says so by a score of 1 and has no grades', async () => {
    server.matches = [{ resource: amara, search: { mode: 'match', score: 1 } }];
    expect((await directory().identify(meant('RM9'))).id).toBe('a');
  });
});

describe('never a guess', () => {
  const other = record('o', 'RM4');
  test.each<[string, () => void]>([
    ['probable', () => (server.matches = [graded(amara, 'probable')])],
    ['possible, with a score of 1', () => (server.matches = [graded(amara, 'possible')])],
    ['a score below 1 and no grade', () => (server.matches = [{ resource: amara, search: { score: 0.999 } }])],
    ['neither score nor grade', () => (server.matches = [{ resource: amara, search: {} }])],
    ['two who are certain', () => (server.matches = [certain(amara), certain(other)])],
    ['one certain, one possible', () => (server.matches = [certain(amara), graded(other, 'possible')])],
    ['nobody', () => (server.matches = [])],
    ['a record that is not there', () => (server.matches = [certain(record('nowhere', 'RM9'))])],
    ['an error', () => (server.matches = 500)],
    ['no such operation', () => (server.matches = 404)],
  ])('%s finds nobody by the index', async (_name, prepare) => {
    server.records = [amara, other];
    prepare();
    await expect(directory().identify(meant('RM9'))).rejects.toThrow('No patient was found by the number it gave');
    expect((await directory().identify(meant('RM3'))).id).toBe('a'); // by the search, as without an index
  });

  test('another birth date, or none to compare, is nobody', async () => {
    server.matches = [certain(record('a', 'RM3', { birthDate: '1990-01-01' }))]; // the record itself decides
    expect((await directory().identify(meant('RM9'))).id).toBe('a');
    for (const birthDate of ['1990-01-01', null])
      await expect(directory().identify({ ...meant('RM9'), birthDate })).rejects.toThrow('No patient was found');
    expect(server.matchesAsked).toHaveLength(2); // without a birth date nothing is asked
  });

  test('the index and the search that differ are refused', async () => {
    server.records = [amara, other];
    await expect(directory().identify(meant('RM4'))).rejects.toThrow('belong to different patients');
    await expect(directory().identify(meant('RM9', 'RM4'))).rejects.toThrow('belong to different patients');
  });

  test('an NHS number that is in no record is nobody', async () => {
    const numbers = [{ system: nhsNumberSystem, value: '9990000018' }];
    await expect(directory().identify({ numbers, birthDate: born })).rejects.toThrow('No patient was found');
  });
});

test('without `match` the index is not asked; one that cannot is asked once in a session', async () => {
  await expect(directory(false).identify(meant('RM9'))).rejects.toThrow('No patient was found');
  expect(server.matchesAsked).toHaveLength(0);
  server.matches = 501;
  const patients = directory();
  await patients.identify(meant('RM3'));
  await patients.identify(meant('RM3'));
  expect(server.matchesAsked).toHaveLength(1);
});

describe('the FHIR servers of the tests', () => {
  const demoIdentifiers = [{ authority: 'rm3', title: 'Hospital number', system: LOCAL_NUMBER_SYSTEM }];
  const meantBy = (localNumber: string, birthDate: string) => ({
    numbers: [{ system: LOCAL_NUMBER_SYSTEM, value: localNumber }],
    birthDate,
  });
  const [merged] = population.flatMap(({ formerLocalNumbers, birthDate }) =>
    formerLocalNumbers.map((number) => ({ number, birthDate })),
  );

  test.each([
    ['with $match: the demo’s patient index', startFhirServer],
    ['without it: medplum’s engine, so the search decides', startRealFhirServer],
  ])('%s', async (_name, start) => {
    const running = await start();
    const settings = {
      fhirBaseUrl: running.fhirBaseUrl,
      timeoutSeconds: 10,
      identifiers: demoIdentifiers,
      match: true,
    };
    const patients = new PatientDirectory(settings, fetch);
    try {
      for (const { localNumber, birthDate, replacedBy } of population.slice(0, 12))
        expect((await patients.identify(meantBy(localNumber, birthDate))).id).toBe(
          patientByLocalNumber(replacedBy ?? localNumber)?.id,
        );
      if (!merged) throw new Error('nobody was merged');
      const survivor = await patients.identify(meantBy(merged.number, merged.birthDate));
      expect(survivor.formerNumbers?.map(({ value }) => value)).toContain(merged.number);
    } finally {
      patients.dispose();
      await running.close();
    }
  });
});
