/** Numbers of an authority, as different systems write them: what is the same number, and what never is. */
import { describe, expect, test } from 'vitest';
import { findDate } from '../../main/domain/dateFormat.js';
import { localNumbersIn, normaliseLocalNumber, type NumberAuthority } from '../../main/domain/localNumber.js';
import { nhsNumbersIn } from '../../main/domain/nhsNumber.js';

/** The same sequence for the same seed. Source: Park and Miller, minimal standard generator. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const spelling: NumberAuthority = { authority: 'rm3', padTo: 8, normalise: { prefix: 'RM', ignore: '-/' } };

describe('however a system writes it, it is the same number', () => {
  test.each([1, 22, 333, 4_444])('seed %i', (seed) => {
    const random = randomOf(seed);
    const blanks = ['', ' ', '\u00a0', '\u2009', '\u202f', '\u200b', '-', '/', '\u2011'];
    const pick = (list: readonly string[]) => list[random(list.length)] ?? '';
    for (let round = 0; round < 2_000; round += 1) {
      const value = String(1 + random(9_999_999));
      const digits = value.padStart(value.length + random(9 - value.length), '0');
      const written = Array.from(pick(['', 'RM', 'rm', 'Rm']) + digits).join('\u0000');
      const text = written.replace(/\0/g, () => pick(blanks));
      expect([text, normaliseLocalNumber(text, spelling)]).toEqual([text, value.padStart(8, '0')]);
    }
  });
});

describe('two numbers stay two', () => {
  test.each([5, 66, 777])('seed %i', (seed) => {
    const random = randomOf(seed);
    for (let round = 0; round < 2_000; round += 1) {
      const [one, other] = [random(100_000_000), random(100_000_000)].map(String);
      const isSame = normaliseLocalNumber(`RM${one ?? ''}`, spelling) === normaliseLocalNumber(other ?? '', spelling);
      expect(isSame).toBe(one === other);
    }
  });

  test.each<[string, NumberAuthority | undefined, string, string]>([
    ['zeros count where nobody pads', { authority: 'a' }, '456', '000456'],
    ['a prefix counts where it is not configured', { authority: 'a' }, 'RM456', '456'],
    ['another prefix is another number', spelling, 'RX456', 'RM456'],
    ['a sign counts where it is not ignored', { authority: 'a' }, '4-56', '456'],
    ['letters of two sizes, where they matter', { authority: 'a', normalise: { caseMatters: true } }, 'a7', 'A7'],
    ['a Cyrillic letter is not its look-alike', { authority: 'a' }, 'P123', '\u0420123'],
    ['the letter O is not a zero', { authority: 'a' }, 'A100', 'A1OO'],
  ])('%s', (_what, authority, one, other) => {
    expect(normaliseLocalNumber(one, authority)).not.toBe(normaliseLocalNumber(other, authority));
  });

  test('a prefix alone is no number to take off', () => {
    expect(normaliseLocalNumber('R2', { authority: 'a', normalise: { prefix: 'R2' } })).toBe('R2');
  });
});

describe('signs that only stand for a digit are part of no number', () => {
  const withPattern: NumberAuthority = { authority: 'rm3', pattern: 'RM\\d{7}' };
  test.each([
    'RM100001⁷',
    'RM100001₇',
    'RM100001⑦',
    'RM100001٧',
    'RM100001𝟕',
    'RM1000017²',
    '¹RM1000017',
    '\u202eRM1000017',
  ])('%s', (text) => {
    expect(localNumbersIn(text, withPattern)).toEqual([]);
    expect(localNumbersIn(text, { authority: 'rm3' })).toEqual([]);
  });

  test.each([
    '999 000 001⁸',
    '999 000 0018⁸',
    '٩٩٩ ٠٠٠ ٠٠١٨',
    '\u202e999 000 0018',
    '\u202d999 000 0018',
    '¹999 000 0018',
  ])('NHS number %s', (text) => {
    expect(nhsNumbersIn(text)).toEqual([]);
  });

  test.each(['1²-Apr-1961', '12-Apr-196¹', '¹12-Apr-1961', '12-Apr-1961¹', '\u202e12-Apr-1961'])('date %s', (text) => {
    expect(findDate(text)).toBeNull();
  });

  test('labels in any script stay labels', () => {
    expect(nhsNumbersIn('NHS № 999 000 0018 — Größe')).toEqual(['9990000018']);
    expect(findDate('Née le 12-Apr-1961 ½')).toBe('1961-04-12');
  });
});
