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
    ['two different numbers in one text', [nhs('999 000 0018 / 999 000 0123'), born('12-Apr-1961')]],
    ['two different local numbers in one text', [local('RM1000017, was RM1000025'), born('12-Apr-1961')]],
    [
      'two numbers of which neither is the patient’s beside a right place',
      [nhs('999 000 0123 999 000 0026'), nhs('999 000 0018'), born('12-Apr-1961')],
    ],
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

describe('a number the patient had before', () => {
  const merged = { ...amara, formerNumbers: [{ authority: 'rm3', title: 'Hospital number', value: 'RM0000456' }] };
  const now = 'RM1000017';
  const before = 'RM0000456';
  const of = (...places: ShownPlace[]) => verifyShownIdentity(merged, places, authorities);

  test.each<[string, ShownPlace[]]>([
    ['with the birth date', [local(before), born('12-Apr-1961')]],
    ['beside the number of today', [local(now), local(before), name('Amara TESTPATIENT')]],
    ['beside the number of today in one text', [local(`${now}, was ${before}`), born('12-Apr-1961')]],
  ])('is accepted %s, and is said', (_what, places) => {
    expect(of(...places)).toMatchObject({ kind: 'match', showsFormerNumber: true });
  });

  test('is not said where it is not shown', () => {
    expect(of(local(now), born('12-Apr-1961'))).not.toHaveProperty('showsFormerNumber');
  });

  test.each<[string, ShownPlace[], string]>([
    ['with a name only', [local(before), name('Amara TESTPATIENT')], 'incomplete'],
    ['with another birth date: it was given to somebody else', [local(before), born('13-Apr-1961')], 'different'],
    [
      'with another name: it was given to a twin',
      [local(before), born('12-Apr-1961'), name('Ella TESTPATIENT')],
      'different',
    ],
    ['beside a third number', [local(`${before} RM0000789`), born('12-Apr-1961')], 'different'],
    [
      'of another authority',
      [{ field: 'localNumber', authority: 'lab', texts: [before] }, born('12-Apr-1961')],
      'incomplete',
    ],
  ])('is not accepted %s', (_what, places, kind) => {
    expect(of(...places).kind).toBe(kind);
  });

  test('is another patient where nothing says that it was this one’s', () => {
    expect(verify(local(before), born('12-Apr-1961'))).toBe('different');
  });
});

test('with nobody chosen, a readable number is somebody and a label is nobody', () => {
  expect(showsSomebody([nhs('999 000 0018')], authorities)).toBe(true);
  expect(showsSomebody([local('RM1000017')], authorities)).toBe(true);
  expect(showsSomebody([nhs('NHS No.'), name('Worklist')], authorities)).toBe(false);
});

describe('a name', () => {
  const named = (family: string, given: string[], preferred: string | null = null) => ({
    ...amara,
    name: { family, given, prefix: null, preferred },
  });
  const nameOf = (text: string, nameFormat?: ShownPlace['nameFormat']): ShownPlace => ({
    field: 'name',
    nameFormat,
    texts: [text],
  });

  test.each<[string, string[], string]>([
    ['TESTPATIENT', ['Mary-Ann'], 'Mary Ann Testpatient'],
    ['TESTPATIENT', ['Mary-Ann'], 'MARYANN TESTPATIENT'],
    ['TESTPATIENT', ['Mary', 'Ann'], 'TESTPATIENT, Mary-Ann'],
    ['TESTPATIENT', ['Mary-Ann'], 'TESTPATIENT, Mary\u2011Ann'],
    ["TESTPATIENT-O'DEMO", ['Siân'], 'Testpatient O’Demo, Sian'],
    ['TESTPATIENT-ÅNGSTRÖM', ['Zoë'], 'TESTPATIENT ANGSTROM, Zoe'],
    ['TESTØDEMO', ['Łucja'], 'TESTODEMO, Lucja'],
    ['VAN DER TESTDEMO', ['Li'], 'Li van der Testdemo'],
    ['TESTDEMO', ['Li'], 'Li\u200b Testdemo'],
  ])('%s, %j is the same as "%s"', (family, given, text) => {
    expect(verifyShownIdentity(named(family, given), [nhs('999 000 0018'), nameOf(text)], []).kind).toBe('match');
  });

  test.each<[string, string[], string]>([
    ['TESTPATIENT', ['Ann'], 'TESTPATIENT, Ann-Marie'],
    ['TESTPATIENT', ['Ann-Marie'], 'TESTPATIENT, Ann'],
    ['TESTPATIENT', ['Marie', 'Ann'], 'TESTPATIENT, Mary-Ann'],
    ['TESTDEMO', ['Li'], 'TESTDEMO, Lee'],
    ['TESTPATIENT', ['Joan'], 'TESTPATEINT, Joan'],
    ['VAN DER TESTDEMO', ['Li'], 'TESTDEMO, Li'],
  ])('%s, %j is another than "%s"', (family, given, text) => {
    expect(verifyShownIdentity(named(family, given), [nhs('999 000 0018'), nameOf(text)], []).kind).toBe('different');
  });

  test.each<[ShownPlace['nameFormat'], string, string]>([
    ['FAMILY, Given', 'THOMAS, James (Mr)', 'match'],
    ['FAMILY, Given', 'JAMES, Thomas (Mr)', 'different'],
    ['FAMILY, Given', 'THOMAS, William James', 'different'],
    ['FAMILY, Given', 'THOMAS-SMITH, James', 'different'],
    ['FAMILY, Given', 'Worklist', 'incomplete'],
    ['FAMILY Given', 'THOMAS James (Mr)', 'match'],
    ['FAMILY Given', 'JAMES Thomas', 'different'],
    ['Given FAMILY', 'Mr James Edward THOMAS', 'match'],
    ['Given FAMILY', 'Mr Thomas JAMES', 'different'],
    ['any', 'JAMES, Thomas', 'match'],
  ])('written as %s: "%s" is a %s', (format, text, kind) => {
    const shown = [nhs('999 000 0018'), nameOf(text, format)];
    expect(verifyShownIdentity(named('THOMAS', ['James', 'Edward'], 'Jim'), shown, []).kind).toBe(kind);
  });

  test('of one word only cannot confirm a number, and can contradict it', () => {
    for (const patient of [named('TESTPATIENT', []), named('', ['Testpatient'])]) {
      const withName = (text: string) => verifyShownIdentity(patient, [nhs('999 000 0018'), nameOf(text)], []).kind;
      expect([withName('Testpatient'), withName('TESTPATIENT, Brian'), withName('Somebody Else')]).toEqual([
        'incomplete',
        'incomplete',
        'different',
      ]);
    }
  });
});

describe('a place for a number', () => {
  test.each(['–', 'Loading …', 'Hospital number:', '\u200b'])('that says "%s" says nothing', (text) => {
    const bare = [{ authority: 'rm3' }];
    expect(verifyShownIdentity(amara, [local(text), nhs('999 000 0018'), born('12-Apr-1961')], bare).kind).toBe(
      'match',
    );
    expect(showsSomebody([local(text)], bare)).toBe(false);
  });

  test.each(['RM1000017\u200b', 'RM\u00a01000017', 'rm1000017', '\uff32\uff2d1000017'])(
    'is read whatever blanks are in "%s"',
    (text) => {
      expect(verifyShownIdentity(amara, [local(text), born('12-Apr-1961')], [{ authority: 'rm3' }]).kind).toBe('match');
    },
  );

  test('is read with any hyphen and without invisible characters', () => {
    for (const text of ['999\u2011000\u20110018', '999\u200b 000 0018', '\uff19990000018'])
      expect(verify(nhs(text), born('12-Apr-1961'))).toBe('match');
  });

  test('is not read inside a longer number, and a page with many numbers shows somebody', () => {
    expect(verify(nhs('1999 000 0018'), born('12-Apr-1961'))).toBe('incomplete');
    expect(showsSomebody([nhs('999 000 0018, 999 000 0123')], [])).toBe(true);
  });
});
