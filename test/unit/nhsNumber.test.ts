import { describe, expect, test } from 'vitest';
import { isValidNhsNumber, readNhsNumber } from '../../main/domain/nhsNumber.js';

describe('the check digit', () => {
  test.each(['9990000018', '9990000123', '9990001014', '9990001022', '9990001030', '9990001049', '9995551233'])(
    'accepts %s',
    (number) => {
      expect(isValidNhsNumber(number)).toBe(true);
    },
  );

  test.each([
    ['1297287652', 'a number of a public sample with a wrong digit'],
    ['4123456789', 'another of them'],
    ['9990000019', 'a slip in the last digit'],
    ['9990000081', 'two digits changed over'],
    ['999000001', 'nine digits'],
    ['99900000188', 'eleven digits'],
    ['999 000 0018', 'spaces: whoever reads typed text takes them out first'],
    ['', 'nothing'],
  ])('refuses %s: %s', (number) => {
    expect(isValidNhsNumber(number)).toBe(false);
  });

  test('refuses every single wrong digit of a right number', () => {
    const right = '9990000018';
    for (let at = 0; at < 10; at++) {
      for (let digit = 0; digit < 10; digit++) {
        const slip = right.slice(0, at) + String(digit) + right.slice(at + 1);
        expect(isValidNhsNumber(slip)).toBe(slip === right);
      }
    }
  });

  test('refuses ten equal digits, which stand for "no number" although the arithmetic fits', () => {
    for (let digit = 0; digit < 10; digit++) expect(isValidNhsNumber(String(digit).repeat(10))).toBe(false);
  });
});

describe('reading a number off a page', () => {
  test.each([
    ['NHS No. 999 000 0018', '9990000018'],
    ['999-000-0018', '9990000018'],
    ['NHS number: 9990000018 (verified)', '9990000018'],
    ['9990000018 … 999 000 0018', '9990000018'],
    ['999 000 0019', '9990000019'],
  ])('finds it in "%s"', (text, number) => {
    expect(readNhsNumber(text)).toBe(number);
  });

  test.each(['999 000 0018 and 999 000 0123', '99900000180', 'Not known', ''])(
    'finds no single one in "%s"',
    (text) => {
      expect(readNhsNumber(text)).toBeNull();
    },
  );
});
