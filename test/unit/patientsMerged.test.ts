/** Records that were merged, and numbers that changed: followed to the one who has them now, or refused; never a guess. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { IdentifierMap } from '../../main/domain/identifierMap.js';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { PatientDirectory } from '../../main/patients/patientDirectory.js';
import { FhirOfTest, type RecordOfTest } from './fhirOfTest.js';
import { HandClock } from './handClock.js';

const mrn = 'https://rm3.test/mrn';
const identifiers = [{ authority: 'rm3', title: 'Hospital number', system: mrn, pattern: 'RM\\d+' }];
let server: FhirOfTest;
beforeAll(async () => {
  server = await FhirOfTest.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.reset();
});

function directory(...table: string[]): PatientDirectory {
  const text = ['authority,number,toAuthority,toNumber', ...table].join('\n');
  return new PatientDirectory(
    { fhirBaseUrl: server.base, timeoutSeconds: 10, identifiers },
    fetch,
    new HandClock(),
    IdentifierMap.parse(text, identifiers),
  );
}

/** A record with its hospital number, merged into other records where these are given by reference. */
function record(id: string, number: string, into: readonly string[] = [], more: object = {}): RecordOfTest {
  return {
    resourceType: 'Patient',
    id,
    identifier: [{ system: mrn, value: number }],
    birthDate: '1961-04-12',
    ...{ name: [{ family: 'TESTPATIENT', given: ['Amara'] }] },
    ...(into.length > 0 ? { active: false } : {}),
    ...{ link: into.map((reference) => ({ type: 'replaced-by', other: { reference } })) },
    ...more,
  };
}
const meant = (...values: string[]) => ({ numbers: values.map((value) => ({ system: mrn, value })), birthDate: null });
const former = (value: string) => ({ authority: 'rm3', title: 'Hospital number', value });

describe('a merged record leads to the surviving one, and the patient says so', () => {
  const notice = 'Record RM1 was merged into RM3.';

  test('named by another program, over two merges', async () => {
    server.records = [
      record('a', 'RM1', ['Patient/b']),
      record('b', 'RM2', [`${server.base}/Patient/c/_history/4`]),
      record('c', 'RM3'),
    ];
    expect(await directory().identify(meant('RM1'))).toMatchObject({
      id: 'c',
      identifiers: [former('RM3')],
      formerNumbers: [former('RM1'), former('RM2')],
      notice,
    });
  });

  test('chosen from a list', async () => {
    server.records = [record('a', 'RM1', ['Patient/c']), record('c', 'RM3')];
    const patients = directory();
    await patients.search('RM1');
    expect(await patients.get('a')).toMatchObject({ id: 'c', formerNumbers: [former('RM1')], notice });
  });

  test('a number that both records have leads to the surviving one, and nothing need be said', async () => {
    server.records = [record('a', 'RM1', ['Patient/c']), record('c', 'RM1')];
    const patient = await directory().identify(meant('RM1'));
    expect([patient.id, patient.notice]).toEqual(['c', undefined]);
  });

  test('the old and the new number together mean one patient', async () => {
    server.records = [record('a', 'RM1', ['Patient/c']), record('c', 'RM3')];
    expect(await directory().identify(meant('RM3', 'RM1'))).toMatchObject({ id: 'c', notice });
  });
});

describe('never a guess', () => {
  test.each<[string, () => RecordOfTest[], RegExp]>([
    [
      'two successors',
      () => [record('a', 'RM1', ['Patient/b', 'Patient/c']), record('b', 'RM2'), record('c', 'RM3')],
      /more than one/,
    ],
    ['a circle', () => [record('a', 'RM1', ['Patient/b']), record('b', 'RM2', ['Patient/a'])], /circle/],
    ['itself', () => [record('a', 'RM1', ['Patient/a'])], /circle/],
    [
      'a chain without end',
      () => Array.from({ length: 9 }, (_, index) => record(`p${index}`, `RM${index + 1}`, [`Patient/p${index + 1}`])),
      /more often/,
    ],
    [
      'another server',
      () => [record('a', 'RM1', ['https://elsewhere.test/Patient/c']), record('c', 'RM3')],
      /not on this server/,
    ],
    ['a record that is gone', () => [record('a', 'RM1', ['Patient/c'])], /no longer there/],
    [
      'another birth date',
      () => [record('a', 'RM1', ['Patient/c']), record('c', 'RM3', [], { birthDate: '1961-04-13' })],
      /another birth date/,
    ],
    [
      'somebody who has the number by now',
      () => [record('a', 'RM1', ['Patient/c']), record('c', 'RM3'), record('z', 'RM1')],
      /Several patients/,
    ],
  ])('%s: refused', async (_what, people, says) => {
    server.records = people();
    const answer = directory().identify(meant('RM1'));
    await expect(answer).rejects.toMatchObject({
      code: 'unknown-patient',
      message: expect.stringMatching(says) as string,
    });
  });

  test('a link that only refers to another record replaces nobody', async () => {
    server.records = [
      record('a', 'RM1', [], { link: [{ type: 'refer', other: { reference: 'Patient/c' } }] }),
      record('c', 'RM3'),
    ];
    expect(await directory().identify(meant('RM1'))).toMatchObject({ id: 'a' });
  });
});

describe('the table of the trust', () => {
  test('leads a number that no record has to the surviving one', async () => {
    server.records = [record('c', 'RM3')];
    expect(await directory('rm3,RM1,rm3,RM2', 'rm3,RM2,rm3,RM3').identify(meant('RM1'))).toMatchObject({
      id: 'c',
      formerNumbers: [former('RM1'), former('RM2')],
      notice: 'Record RM1 was merged into RM3.',
    });
  });

  test('leads from an NHS number, without a word of merging', async () => {
    server.records = [record('c', 'RM3')];
    const patient = await directory('nhsNumber,9990000018,rm3,RM3').identify({
      numbers: [{ system: nhsNumberSystem, value: '9990000018' }],
      birthDate: '1961-04-12',
    });
    expect([patient.id, patient.notice, patient.formerNumbers]).toEqual(['c', undefined, undefined]);
  });

  test('is not followed against a record that has the number now', async () => {
    server.records = [record('c', 'RM3'), record('z', 'RM1')];
    await expect(directory('rm3,RM1,rm3,RM3').identify(meant('RM1'))).rejects.toThrow(/Several patients/);
  });

  test('leads to nobody where nobody has the number it gives', async () => {
    server.records = [record('z', 'RM9')];
    await expect(directory('rm3,RM1,rm3,RM3').identify(meant('RM1'))).rejects.toThrow(/No patient was found/);
  });

  test('does not lead past a birth date that does not fit', async () => {
    server.records = [record('c', 'RM3')];
    const answer = directory('rm3,RM1,rm3,RM3').identify({ ...meant('RM1'), birthDate: '1961-04-13' });
    await expect(answer).rejects.toThrow(/do not belong together/);
  });
});

describe('a former number', () => {
  const withOld = record('c', 'RM3', [], {
    identifier: [
      { system: mrn, value: 'RM3' },
      { system: mrn, value: 'RM1', use: 'old' },
    ],
  });
  async function chosen(): Promise<readonly object[] | undefined> {
    const patients = directory();
    await patients.search('RM3');
    return (await patients.get('c')).formerNumbers;
  }

  test('is kept where the record itself calls it old', async () => {
    server.records = [withOld];
    expect(await chosen()).toEqual([former('RM1')]);
  });

  test('is kept where the merged record still has it', async () => {
    server.records = [withOld, record('a', 'RM1', ['Patient/c'])];
    expect(await chosen()).toEqual([former('RM1')]);
  });

  test.each<[string, RecordOfTest]>([
    ['was given to somebody else since', record('z', 'RM1')],
    ['belongs to a record that was merged into another patient', record('z', 'RM1', ['Patient/y'])],
  ])('is dropped where it %s', async (_what, other) => {
    server.records = [withOld, other];
    expect(await chosen()).toBeUndefined();
  });

  test('is dropped where nobody can say who has it now', async () => {
    server.records = [withOld];
    server.failsFor = `${mrn}|RM1`;
    expect(await chosen()).toBeUndefined();
  });
});
