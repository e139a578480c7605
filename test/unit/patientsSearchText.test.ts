import { describe, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { type SearchableNumber, readSearchText } from '../../main/patients/searchText.js';

const hospital: SearchableNumber = {
  authority: 'rm3',
  title: 'Hospital number',
  system: 'https://rm3.test/mrn',
  pattern: 'RM\\d{7}',
};
const casenote: SearchableNumber = {
  authority: 'cn',
  title: 'Casenote',
  system: 'urn:oid:1.2.3',
  pattern: '\\d{1,8}',
  padTo: 8,
};

const read = (text: string, numbers: readonly SearchableNumber[] = [hospital]) => readSearchText(text, numbers);

function refusal(text: string, numbers: readonly SearchableNumber[] = [hospital]): string {
  try {
    read(text, numbers);
  } catch (error) {
    expect(error).toMatchObject({ name: 'LanyardError', code: 'search-unreadable' });
    return (error as LanyardError).message;
  }
  throw new Error('was understood');
}

describe('an NHS number', () => {
  test.each([
    ['9990000018'],
    ['999 000 0018'],
    ['  999 000 0018  '],
    ['999\u00a0000\u00a00018'],
    ['999\u202f000\u20090018'],
    ['\u200b999 000 0018\ufeff'],
    ['９９９ ０００ ００１８'],
    ['NHS No. 999 000 0018'],
    ['NHS number: 9990000018'],
    ['nhs 999 000 0018'],
  ])('%j', (text) => {
    expect(read(text)).toEqual({
      readAs: 'nhs-number',
      identifiers: [{ number: null, canonical: '9990000018', spellings: ['9990000018'] }],
    });
  });

  test.each([
    ['999 000 0019', /last digit does not fit/],
    ['9990000081', /last digit does not fit/],
    ['999 000 001', /10 digits; this has 9/],
    ['99900000188', /10 digits; this has 11/],
    ['99 9000 0018', /groups of 3, 3 and 4/],
    ['NHS No. 12', /10 digits; this has 2/],
  ])('%j is refused', (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe('a local number', () => {
  test.each([
    ['RM1000017', ['RM1000017']],
    ['rm1000017', ['RM1000017', 'rm1000017']],
    ['RM 1000 017', ['RM1000017']],
  ])('%j', (text, spellings) => {
    expect(read(text)).toEqual({
      readAs: 'local-number',
      identifiers: [{ number: hospital, canonical: 'RM1000017', spellings }],
    });
  });

  test('is padded as the configuration says, and searched as typed too', () => {
    expect(read('1234', [casenote])).toEqual({
      readAs: 'local-number',
      identifiers: [{ number: casenote, canonical: '00001234', spellings: ['00001234', '1234'] }],
    });
  });

  test('of two authorities is looked for at both', () => {
    const ward: SearchableNumber = { authority: 'ward', title: 'Ward number', system: 'urn:oid:9', pattern: '\\d{4}' };
    const wish = read('1234', [casenote, ward]);
    expect(wish.readAs === 'local-number' && wish.identifiers.map(({ number }) => number?.authority)).toEqual([
      'cn',
      'ward',
    ]);
  });

  test('that could be an NHS number too is looked for as both; with a wrong check digit it is local', () => {
    const ten: SearchableNumber = { ...casenote, pattern: '\\d{10}', padTo: 10 };
    expect(read('9990000018', [ten])).toMatchObject({
      readAs: 'nhs-number',
      identifiers: [{ number: null }, { number: ten }],
    });
    expect(read('9990000019', [ten])).toMatchObject({ readAs: 'local-number' });
  });

  test.each([['A12345'], ['2019/00123'], ['12345'], ['X-77.3']])(
    'without a pattern any word with a digit may be one: %j',
    (text) => {
      expect(read(text, [{ ...hospital, pattern: undefined }])).toMatchObject({ readAs: 'local-number' });
    },
  );

  test.each([
    ['9990000019', /last digit/],
    ['12/04/61', /four digits/],
    ['12/04/1961', /family name/],
    ['12-Apr-1961', /family name/],
  ])('without a pattern %j is still what it is', (text, message) => {
    expect(refusal(text, [{ ...hospital, pattern: undefined }])).toMatch(message);
  });
});

describe('a family name and a birth date', () => {
  const testpatient = [{ family: 'TESTPATIENT', given: null }];
  test.each([
    ['TESTPATIENT 12-Apr-1961'],
    ['TESTPATIENT 12-APR-1961'],
    ['TESTPATIENT 12 April 1961'],
    ['TESTPATIENT 12 Apr. 1961'],
    ['TESTPATIENT 12th April, 1961'],
    ['TESTPATIENT 12Apr1961'],
    ['TESTPATIENT 12/04/1961'],
    ['TESTPATIENT 12/4/1961'],
    ['TESTPATIENT 12.04.1961'],
    ['TESTPATIENT 12-04-1961'],
    ['TESTPATIENT 1961-04-12'],
    ['TESTPATIENT, 12-Apr-1961'],
    ['TESTPATIENT\u00a012\u2011Apr\u20111961'],
    ['12-Apr-1961 TESTPATIENT'],
    ['TESTPATIENT born 12-Apr-1961'],
    ['TESTPATIENT DOB: 12/04/1961'],
  ])('%j', (text) => {
    expect(read(text)).toEqual({ readAs: 'name-and-birth-date', names: testpatient, birthDate: '1961-04-12' });
  });

  test.each([
    ['TESTPATIENT, Amara 12 Apr 1961', [{ family: 'TESTPATIENT', given: 'Amara' }]],
    ['TESTPATIENT,Amara Jane 12 Apr 1961', [{ family: 'TESTPATIENT', given: 'Amara Jane' }]],
    ['TESTPATIENT, Amara (Mrs) Born 12-Apr-1961 (65y)', [{ family: 'TESTPATIENT', given: 'Amara Mrs' }]],
    ['O’DEMO-SIÂN, Zoë 12 Apr 1961', [{ family: 'O’DEMO-SIÂN', given: 'Zoë' }]],
    [
      'Amara Testpatient 12 Apr 1961',
      [
        { family: 'Amara Testpatient', given: null },
        { family: 'Testpatient', given: 'Amara' },
        { family: 'Amara', given: 'Testpatient' },
      ],
    ],
    [
      'van der Berg 12 Apr 1961',
      [
        { family: 'van der Berg', given: null },
        { family: 'Berg', given: 'van der' },
        { family: 'van', given: 'der Berg' },
        { family: 'der Berg', given: 'van' },
        { family: 'van der', given: 'Berg' },
      ],
    ],
  ])('%j is understood every way it may be meant', (text, names) => {
    expect(read(text)).toEqual({ readAs: 'name-and-birth-date', names, birthDate: '1961-04-12' });
  });

  test.each([
    ['TESTPATIENT', /Add the birth date/],
    ['TESTPATIENT, Amara', /Add the birth date/],
    ['TESTPATIENT 12/04/61', /year.*four digits/],
    ['TESTPATIENT 12-Apr-61', /year.*four digits/],
    ['TESTPATIENT 31-Apr-1961', /not in the calendar/],
    ['TESTPATIENT 29/02/1961', /not in the calendar/],
    ['TESTPATIENT 04/13/1961', /not in the calendar/],
    ['TESTPATIENT 12-Foo-1961', /not in the calendar/],
    ['12-Apr-1961', /Add the family name/],
    ['born 12-Apr-1961', /Add the family name/],
    ['TESTPATIENT 12-Apr-1961 13-Apr-1961', /two dates/],
    ['TEST3PATIENT 12-Apr-1961', /only a name and a birth date/],
    ['TESTPATIENT; DROP 12-Apr-1961', /only a name and a birth date/],
    ['A, B, C 12-Apr-1961', /only a name and a birth date/],
  ])('%j is refused with what to type', (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});

describe('anything else', () => {
  test.each([[''], ['   '], ['\u200b'], ['%%%'], ['TEST 7']])('%j: what can be typed', (text) => {
    expect(refusal(text)).toBe(
      'Type an NHS number, a hospital number, or a family name and a birth date (for example TESTPATIENT 12-Apr-1961)',
    );
  });

  test('no refusal repeats what was typed', () => {
    for (const canary of [
      'QUOKKA',
      'QUOKKA 31-Feb-1961',
      'QUOKKA7 12-Apr-1961',
      '8765432109',
      '876 543',
      'QUOKKA 1/1/61',
      '%QUOKKA7%',
    ])
      expect(refusal(canary)).not.toMatch(/QUOKKA|8765|876 /);
  });

  test('two hundred characters of anything are answered at once', () => {
    for (const piece of ['a ', '1-', '12-Apr', '1/1/', 'a,', '(', ' -', "'", '1961-04-12'])
      for (const tail of ['', '!', ' 12-Apr-1961']) {
        const start = performance.now();
        try {
          read(piece.repeat(100).slice(0, 200) + tail);
        } catch (error) {
          expect(error).toBeInstanceOf(LanyardError);
        }
        expect(performance.now() - start, piece).toBeLessThan(200);
      }
  });
});
