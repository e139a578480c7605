import { describe, expect, test } from 'vitest';
import { type ShownPlace, showsSomebody, verifyShownIdentity } from '../../main/domain/shownIdentity.js';
import { amara } from './people.js';

const authorities = [{ authority: 'rm3', pattern: 'RM\\d{7}' }];
const nhs = (...texts: string[]): ShownPlace => ({ field: 'nhsNumber', texts });
const local = (...texts: string[]): ShownPlace => ({ field: 'localNumber', authority: 'rm3', texts });
const born = (text: string, format?: ShownPlace['format']): ShownPlace => ({
  field: 'dateOfBirth',
  format,
  texts: [text],
});
const name = (text: string): ShownPlace => ({ field: 'name', texts: [text] });
const verify = (...places: ShownPlace[]) => verifyShownIdentity(amara, places, authorities).kind;

describe('a page matches', () => {
  test.each<[string, ShownPlace[]]>([
    ['number and birth date', [nhs('999 000 0018'), born('12-Apr-1961')]],
    ['number and name', [nhs('9990000018'), name('TESTPATIENT, Amara (Mrs)')]],
    [
      'a label, a non-breaking space and an age around them',
      [nhs('NHS No. 999\u00a0000\u00a00018'), born('Born 12-Apr-1961 (65y)')],
    ],
    [
      'a local number of the configured authority',
      [local('Hospital number: RM1000017'), born('12/04/1961', 'DD/MM/YYYY')],
    ],
    ['the name the patient likes to be called', [nhs('999 000 0018'), name('Amy Testpatient')]],
    ['the name as DICOM writes it', [local('RM1000017'), name('TESTPATIENT^AMARA^JANE^MRS')]],
    ['the birth date as DICOM writes it', [local('RM1000017'), born('19610412', 'YYYYMMDD')]],
    ['several places that agree', [nhs('999 000 0018', '9990000018'), born('12-Apr-1961'), name('Amara TESTPATIENT')]],
  ])('%s', (_what, places) => {
    expect(verify(...places)).toBe('match');
  });
});

describe('a page shows somebody else', () => {
  test.each<[string, ShownPlace[]]>([
    ['another number', [nhs('999 000 0123'), born('12-Apr-1961'), name('Amara TESTPATIENT')]],
    [
      'the same number and name with another birth date',
      [nhs('999 000 0018'), born('13-Apr-1961'), name('Amara TESTPATIENT')],
    ],
    ['the same number with another name', [nhs('999 000 0018'), name('Brian TESTPATIENT')]],
    ['a name two letters different', [nhs('999 000 0018'), name('TESTPATEINT, Amara')]],
    ['one stale place beside a right one', [nhs('999 000 0018', '999 000 0123'), born('12-Apr-1961')]],
    [
      'the right NHS number beside a wrong local number',
      [nhs('999 000 0018'), local('RM1000025'), born('12-Apr-1961')],
    ],
    ['day and month swapped by the configured format', [nhs('999 000 0018'), born('12/04/1961', 'MM/DD/YYYY')]],
  ])('%s', (_what, places) => {
    expect(verify(...places)).toBe('different');
  });
});

describe('silence never matches', () => {
  test.each<[string, ShownPlace[], string]>([
    ['nothing at all', [nhs(), born('')], 'incomplete'],
    ['places without any text', [nhs(), { field: 'dateOfBirth', texts: [] }], 'none'],
    ['a number alone', [nhs('999 000 0018')], 'incomplete'],
    ['birth date and name alone', [born('12-Apr-1961'), name('Amara TESTPATIENT')], 'incomplete'],
    ['an unreadable number', [nhs('loading …'), born('12-Apr-1961')], 'incomplete'],
    ['a heading that is no name, and no number', [nhs(), name('Worklist')], 'incomplete'],
    ['two different numbers in one text', [nhs('999 000 0018 / 999 000 0123'), born('12-Apr-1961')], 'incomplete'],
    [
      'a local number of an authority nobody configured',
      [{ ...local('RM1000017'), authority: 'xx' }, born('12-Apr-1961')],
      'incomplete',
    ],
  ])('%s', (_what, places, kind) => {
    expect(verify(...places)).toBe(kind);
  });
});

test('a readable NHS number where the patient has none known is somebody else', () => {
  const withoutNumber = { ...amara, nhsNumber: null };
  expect(verifyShownIdentity(withoutNumber, [nhs('999 000 0018'), local('RM1000017')], authorities).kind).toBe(
    'different',
  );
});

test('zero padding is a matter of the authority: H10', () => {
  const patient = { ...amara, identifiers: [{ authority: 'old', title: 'Old number', value: '456' }] };
  const shown: ShownPlace[] = [{ field: 'localNumber', authority: 'old', texts: ['000456'] }, born('12-Apr-1961')];
  expect(verifyShownIdentity(patient, shown, [{ authority: 'old', padTo: 6 }]).kind).toBe('match');
  expect(verifyShownIdentity(patient, shown, [{ authority: 'old' }]).kind).toBe('different');
});

test('with nobody chosen, a readable number is somebody and a label is nobody', () => {
  expect(showsSomebody([nhs('999 000 0018')], authorities)).toBe(true);
  expect(showsSomebody([local('RM1000017')], authorities)).toBe(true);
  expect(showsSomebody([nhs('NHS No.'), name('Worklist')], authorities)).toBe(false);
});
