import { describe, expect, test } from 'vitest';
import { type AddressTemplate, fillTemplate, readTemplate } from '../../main/domain/addressTemplate.js';
import type { Patient } from '../../preload/contract.js';
import { amara } from './people.js';

function template(text: string): AddressTemplate {
  const reading = readTemplate(text);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.template;
}
const fill = (text: string, more: Partial<Patient> = {}, studyInstanceUids?: string[]) =>
  fillTemplate(template(text), { patient: { ...amara, ...more }, ...(studyInstanceUids && { studyInstanceUids }) });

const root = 'https://epr.example.nhs.uk';

describe('a filled address', () => {
  test.each([
    ['/patient/{nhsNumber}', '/patient/9990000018'],
    ['/?n={nhsNumber:spaced}', '/?n=999%20000%200018'],
    ['/m/{localNumber:rm3}?d={dateOfBirth:DD-MMM-YYYY}', '/m/RM1000017?d=12-Apr-1961'],
    ['/?f={familyName}&g={givenName}#{fhirId}', '/?f=TESTPATIENT&g=Amara#amara'],
    [
      '/launch?patient=https://fhir.nhs.uk/Id/nhs-number|{nhsNumber}',
      '/launch?patient=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    ],
  ])('%s → %s', (text, address) => {
    expect(fill(root + text)).toEqual({ filled: true, address: root + address });
  });

  test('several studies are one list', () => {
    expect(fill(`${root}/viewer?StudyInstanceUIDs={studyInstanceUids}`, {}, ['1.2.3', '4.5'])).toEqual({
      filled: true,
      address: `${root}/viewer?StudyInstanceUIDs=1.2.3%2C4.5`,
    });
  });

  test.each([
    ['a&b=c', 'a%26b%3Dc'],
    ['a/../../x', 'a%2F..%2F..%2Fx'],
    ['a?b#c', 'a%3Fb%23c'],
    ['Ångström, {nhsNumber}', '%C3%85ngstr%C3%B6m%2C%20%7BnhsNumber%7D'],
    ['@evil.example', '%40evil.example'],
    ['\r\nSet-Cookie: x', '%0D%0ASet-Cookie%3A%20x'],
  ])('a name %j cannot break out of its place', (family, written) => {
    expect(fill(`${root}/p/{familyName}?x=1`, { name: { ...amara.name, family } })).toEqual({
      filled: true,
      address: `${root}/p/${written}?x=1`,
    });
  });
});

describe('a value that is missing', () => {
  test.each<[string, Partial<Patient>, object]>([
    ['{nhsNumber}', { nhsNumber: null }, { name: 'nhsNumber' }],
    ['{nhsNumber:spaced}', { nhsNumber: null }, { name: 'nhsNumber:spaced' }],
    ['{localNumber:cn}', {}, { name: 'localNumber', authority: 'cn' }],
    ['{dateOfBirth:YYYYMMDD}', { birthDate: null }, { name: 'dateOfBirth', format: 'YYYYMMDD' }],
    ['{givenName}', { name: { ...amara.name, given: [] } }, { name: 'givenName' }],
    ['{familyName}', { name: { ...amara.name, family: '' } }, { name: 'familyName' }],
    ['{familyName}', { name: { ...amara.name, family: '..' } }, { name: 'familyName' }],
    ['{familyName}', { name: { ...amara.name, family: 'a\ud800' } }, { name: 'familyName' }],
    ['{studyInstanceUids}', {}, { name: 'studyInstanceUids' }],
  ])('%s with %j is named', (macro, more, missing) => {
    expect(fill(`${root}/${macro}`, more)).toEqual({ filled: false, missing });
  });
});

test.each([
  [`${root}/{nhsNumbr}`, ['unknown-macro']],
  [`${root}/{}`, ['unknown-macro']],
  [`${root}/{localNumber}`, ['unknown-macro']],
  [`${root}/{localNumber:}`, ['unknown-macro']],
  [`${root}/{dateOfBirth}`, ['unknown-date-format']],
  [`${root}/{dateOfBirth:D}`, ['unknown-date-format']],
  [`${root}/{nhsNumber`, ['lone-brace']],
  [`${root}/nhsNumber}`, ['lone-brace']],
  [`${root}/{a{nhsNumber}}`, ['lone-brace', 'lone-brace']],
  ['https://{familyName}.example/', ['macro-in-origin']],
  ['https://epr.example:{nhsNumber}/', ['macro-in-origin', 'not-an-address']],
  ['https://{nhsNumber}@epr.example/', ['macro-in-origin', 'not-an-address']],
  ['{nhsNumber}', ['not-an-address']],
  ['/patient/{nhsNumber}', ['not-an-address']],
  ['javascript:{nhsNumber}', ['not-an-address']],
])('the template %s is refused: %j', (text, problems) => {
  const reading = readTemplate(text);
  expect(reading.ok ? [] : reading.problems.map(({ problem }) => problem)).toEqual(problems);
});
