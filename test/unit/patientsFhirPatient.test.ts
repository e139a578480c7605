import { describe, expect, test } from 'vitest';
import {
  FhirPatient,
  everyName,
  identifierValues,
  nhsNumberSystem,
  replacedBy,
  toPatient,
} from '../../main/patients/fhirPatient.js';

const numbers = [
  { authority: 'rm3', title: 'Hospital number', system: 'https://rm3.test/mrn' },
  { authority: 'cn', title: 'Casenote', system: 'urn:oid:1.2.3' },
];
const parse = (resource: object) => FhirPatient.parse({ resourceType: 'Patient', id: 'p1', ...resource });
const convert = (resource: object) => toPatient(parse(resource), numbers);

test('a whole record', () => {
  expect(
    convert({
      meta: { lastUpdated: '2026-11-20T06:17:00Z', versionId: '3' },
      text: { status: 'generated', div: '<div/>' },
      identifier: [
        { use: 'old', system: 'https://rm3.test/mrn', value: 'RM0000001' },
        { use: 'usual', system: 'https://rm3.test/mrn', value: ' RM1000017 ' },
        { system: 'urn:oid:1.2.3', value: '00001234' },
        { system: 'urn:somebody:else', value: 'X' },
        { use: 'official', system: nhsNumberSystem, value: '999 000 0018' },
      ],
      name: [
        { use: 'old', family: 'TESTMAIDEN', given: ['Amara'] },
        {
          use: 'official',
          family: 'TESTPATIENT',
          given: ['Amara', null, 'Jane'],
          _given: [null, { extension: [] }],
          prefix: ['Mrs'],
        },
        { use: 'nickname', given: ['Amy'] },
      ],
      gender: 'female',
      birthDate: '1961-04-12',
      deceasedDateTime: '2026-02-03T10:00:00Z',
      photo: [{ data: 'AAAA' }],
    }),
  ).toEqual({
    id: 'p1',
    nhsNumber: '9990000018',
    identifiers: [
      { authority: 'rm3', title: 'Hospital number', value: 'RM1000017' },
      { authority: 'cn', title: 'Casenote', value: '00001234' },
    ],
    formerNumbers: [{ authority: 'rm3', title: 'Hospital number', value: 'RM0000001' }],
    name: { family: 'TESTPATIENT', given: ['Amara', 'Jane'], prefix: 'Mrs', preferred: 'Amy' },
    birthDate: '1961-04-12',
    gender: 'female',
    deceased: { date: '2026-02-03T10:00:00Z' },
    lastUpdated: '2026-11-20T06:17:00Z',
  });
});

test('the least a server may send', () => {
  expect(convert({})).toEqual({
    id: 'p1',
    nhsNumber: null,
    identifiers: [],
    name: { family: '', given: [], prefix: null, preferred: null },
    birthDate: null,
    gender: null,
    deceased: null,
    lastUpdated: null,
  });
});

test.each<[string, object, object]>([
  [
    'usual name before official',
    {
      name: [
        { use: 'official', family: 'B' },
        { use: 'usual', family: 'A' },
      ],
    },
    { name: { family: 'A' } },
  ],
  [
    'official name before one without a use',
    { name: [{ family: 'B' }, { use: 'official', family: 'A' }] },
    { name: { family: 'A' } },
  ],
  ['maiden name only where there is no other', { name: [{ use: 'maiden', family: 'M' }] }, { name: { family: 'M' } }],
  [
    'a nickname never in place of the name',
    { name: [{ use: 'nickname', given: ['Nick'] }] },
    { name: { family: '', preferred: 'Nick' } },
  ],
  [
    'a name as text alone',
    { name: [{ text: 'TESTPATIENT, Amara Jane' }] },
    { name: { family: 'TESTPATIENT', given: ['Amara', 'Jane'] } },
  ],
  [
    'a name as one text',
    { name: [{ text: 'Amara Testpatient' }] },
    { name: { family: 'Amara Testpatient', given: [] } },
  ],
  [
    'an NHS number that fails its check digit is nobody’s',
    { identifier: [{ system: nhsNumberSystem, value: '9990000019' }] },
    { nhsNumber: null },
  ],
  [
    'a former NHS number is not the number',
    { identifier: [{ use: 'old', system: nhsNumberSystem, value: '9990000018' }] },
    { nhsNumber: null },
  ],
  [
    'the official NHS number before another',
    {
      identifier: [
        { system: nhsNumberSystem, value: '9990000123' },
        { use: 'official', system: nhsNumberSystem, value: '9990000018' },
      ],
    },
    { nhsNumber: '9990000018' },
  ],
  ['a birth year is no birth date', { birthDate: '1961' }, { birthDate: null }],
  ['a birth month is no birth date', { birthDate: '1961-04' }, { birthDate: null }],
  ['a day that does not exist is no birth date', { birthDate: '1961-02-30' }, { birthDate: null }],
  ['deceased, date not known', { deceasedBoolean: true }, { deceased: { date: null } }],
  ['alive', { deceasedBoolean: false }, { deceased: null }],
  [
    'an empty value is no number',
    { identifier: [{ system: 'https://rm3.test/mrn', value: ' ' }] },
    { identifiers: [] },
  ],
])('%s', (_what, resource, expected) => {
  expect(convert(resource)).toMatchObject(expected);
});

describe('a merged record', () => {
  test.each([
    ['Patient/p2', 'p2'],
    ['https://fhir.test/R4/Patient/p2', 'p2'],
    ['Patient/p2/_history/3', 'p2'],
    ['urn:uuid:0', 'unknown'],
    [undefined, 'unknown'],
  ])('that points to %s is replaced by %s', (reference, id) => {
    expect(
      replacedBy(parse({ link: [{ type: 'replaced-by', other: reference === undefined ? {} : { reference } }] })),
    ).toBe(id);
  });

  test('the record that was kept, or is only related, is not replaced', () => {
    expect(
      replacedBy(
        parse({
          link: [
            { type: 'replaces', other: { reference: 'Patient/p2' } },
            { type: 'seealso', other: {} },
          ],
        }),
      ),
    ).toBeNull();
    expect(replacedBy(parse({}))).toBeNull();
  });
});

test('a search may have matched a former number or name', () => {
  const resource = parse({
    identifier: [
      { use: 'old', system: 's', value: ' 7 ' },
      { system: 't', value: '8' },
    ],
    name: [{ use: 'maiden', family: 'TESTMAIDEN' }, { family: 'TESTPATIENT' }],
  });
  expect(identifierValues(resource, 's')).toEqual(['7']);
  expect(everyName(resource).map(({ family }) => family)).toEqual(['TESTMAIDEN', 'TESTPATIENT']);
});

test.each([
  ['birthDate', { birthDate: '12/04/1961' }],
  ['birthDate', { birthDate: 19610412 }],
  ['gender', { gender: 'F' }],
  ['name', { name: { family: 'X' } }],
  ['identifier', { identifier: [{ system: 's', value: 7 }] }],
  ['id', { id: '' }],
  ['link', { link: [{ other: {} }] }],
])('a wrong %s is refused', (element, resource) => {
  const read = FhirPatient.safeParse({ resourceType: 'Patient', id: 'p1', ...resource });
  expect(read.error?.issues[0]?.path[0]).toBe(element);
});
