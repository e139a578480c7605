/** The table of numbers that mean the same patient: what it says, and every mistake by line and column. */
import { describe, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { IdentifierMap } from '../../main/domain/identifierMap.js';

const authorities = [{ authority: 'rm3', padTo: 8, normalise: { prefix: 'RM' } }, { authority: 'lab' }];
const header = 'authority,number,toAuthority,toNumber';
const parse = (...lines: string[]) => IdentifierMap.parse([header, ...lines].join('\n'), authorities);
const rm3 = (number: string) => ({ authority: 'rm3', number });
const lab = (number: string) => ({ authority: 'lab', number });

test('follows a number to the end, over authorities and spellings', () => {
  const map = parse('lab,a-77,rm3,RM 456', 'rm3,456,"rm3","000789"', 'nhsNumber,999 000 0018,rm3,789');
  expect(map.survivor(lab('A-77'))).toEqual(rm3('00000789'));
  expect(map.survivor(rm3('00000456'))).toEqual(rm3('00000789'));
  expect(map.survivor({ authority: 'nhsNumber', number: '9990000018' })).toEqual(rm3('00000789'));
  expect(map.survivor(rm3('00000789'))).toBeNull();
  expect(map.survivor(lab('00000456'))).toBeNull();
  expect(map.leadingTo(rm3('00000789'))).toEqual([
    lab('A-77'),
    rm3('00000456'),
    { authority: 'nhsNumber', number: '9990000018' },
  ]);
  expect(map.leadingTo(rm3('00000456'))).toEqual([]);
});

test('an empty table, with a byte order mark and Windows line ends', () => {
  expect(IdentifierMap.parse(`\uFEFF${header}\r\n`, authorities).survivor(rm3('1'))).toBeNull();
});

test('ten merges in a row are followed, eleven are a mistake', () => {
  const chain = (length: number) => parse(...Array.from({ length }, (_, index) => `lab,L${index},lab,L${index + 1}`));
  expect(chain(10).survivor(lab('L0'))).toEqual(lab('L10'));
  expect(() => chain(11)).toThrow(/^Line 2, column number: .*more than 10/);
});

describe('a mistake is named by line and column, without the number', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown authority', ['xx,RM456,rm3,RM789'], /^Line 2, column authority: /],
    ['an unknown target', ['rm3,RM456,rm3,RM789', 'rm3,RM457,xx,RM789'], /^Line 3, column toAuthority: /],
    ['a missing column', ['rm3,RM456,rm3'], /^Line 2: There are 3 columns/],
    ['a column too many', ['rm3,RM456,rm3,RM789,x,y,z'], /^Line 2: There are 5 columns/],
    ['no number', ['rm3,none,rm3,RM789'], /^Line 2, column number: /],
    ['raised digits', ['rm3,45⁶,rm3,RM789'], /^Line 2, column number: /],
    ['a wrong check digit', ['rm3,RM456,nhsNumber,9990000019'], /^Line 2, column toNumber: .*NHS/],
    ['an endless number', [`lab,${'7'.repeat(65)},rm3,RM789`], /^Line 2, column number: .*too long/],
    ['itself', ['rm3,RM456,rm3,456'], /^Line 2, column toNumber: .*itself/],
    ['two answers', ['rm3,RM456,rm3,RM789', 'rm3,456,rm3,RM790'], /^Line 3, column number: .*line 2/],
    ['a circle', ['rm3,RM456,rm3,RM789', 'rm3,RM789,rm3,RM456'], /^Line 2, column number: .*circle/],
    ['an open quotation mark', ['rm3,"RM456,rm3,RM789'], /^Line 2, column number: .*quotation/],
    ['an empty line', ['', 'rm3,RM456,rm3,RM789'], /^Line 2: .*empty/],
  ])('%s', (_what, lines, says) => {
    let error: unknown;
    try {
      parse(...lines);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(LanyardError);
    const { code, message } = error as LanyardError;
    expect([code, message]).toEqual(['configuration', expect.stringMatching(says)]);
    expect(message).not.toMatch(/456|789/);
  });

  test('another header', () => {
    expect(() => IdentifierMap.parse('number,authority\n', authorities)).toThrow(/^Line 1: /);
    expect(() => IdentifierMap.parse('', authorities)).toThrow(/^Line 1: /);
  });

  test('too many rows', () => {
    expect(() => parse(...Array.from({ length: 100_001 }, (_, index) => `lab,${index}x,lab,9`))).toThrow(/too many/);
  });
});
