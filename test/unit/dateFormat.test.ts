import { describe, expect, test } from 'vitest';
import {
  type DateFormat,
  dateFormats,
  existingDate,
  formatDate,
  monthNumber,
  parseDate,
} from '../../main/domain/dateFormat.js';

test.each<[DateFormat, string]>([
  ['YYYY-MM-DD', '1961-04-02'],
  ['YYYYMMDD', '19610402'],
  ['DD-MMM-YYYY', '02-Apr-1961'],
  ['DD MMM YYYY', '02 Apr 1961'],
  ['DD/MM/YYYY', '02/04/1961'],
  ['DD-MM-YYYY', '02-04-1961'],
  ['DD.MM.YYYY', '02.04.1961'],
  ['DDMMYYYY', '02041961'],
  ['MM/DD/YYYY', '04/02/1961'],
])('%s writes and reads %s', (format, text) => {
  expect(formatDate('1961-04-02', format)).toBe(text);
  expect(parseDate(text, format)).toBe('1961-04-02');
});

test('every format reads back every day of a leap year that it wrote', () => {
  for (const format of dateFormats)
    for (let day = 0; day < 366; day++) {
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      expect(parseDate(formatDate(date, format), format)).toBe(date);
    }
});

describe('reading forgives what carries no meaning', () => {
  test.each<[string, DateFormat]>([
    ['2-Apr-1961', 'DD-MMM-YYYY'],
    ['02-APRIL-1961', 'DD-MMM-YYYY'],
    [' 02\u00a0Apr\u00a01961 ', 'DD-MMM-YYYY'],
    ['02 — Apr — 1961', 'DD-MMM-YYYY'],
    ['02‑Apr‑1961', 'DD MMM YYYY'],
    ['2/4/1961', 'DD/MM/YYYY'],
    ['02 / 04 / 1961', 'DD/MM/YYYY'],
    ['1961–04–02', 'YYYY-MM-DD'],
  ])('%s as %s', (text, format) => {
    expect(parseDate(text, format)).toBe('1961-04-02');
  });
});

describe('reading refuses what is not exactly one day', () => {
  test.each<[string, DateFormat]>([
    ['31-Apr-1961', 'DD-MMM-YYYY'],
    ['29-Feb-1961', 'DD-MMM-YYYY'],
    ['02-Foo-1961', 'DD-MMM-YYYY'],
    ['02-A-1961', 'DD-MMM-YYYY'],
    ['02-Apr-61', 'DD-MMM-YYYY'],
    ['04/13/1961', 'DD/MM/YYYY'],
    ['02/04/1961', 'DD-MMM-YYYY'],
    ['1961-04-02T00:00', 'YYYY-MM-DD'],
    ['02-Apr-1961 03-Apr-1961', 'DD-MMM-YYYY'],
    ['0000-01-01', 'YYYY-MM-DD'],
    ['', 'YYYY-MM-DD'],
  ])('%j as %s', (text, format) => {
    expect(parseDate(text, format)).toBeNull();
  });
});

test.each([
  ['1', 1],
  ['04', 4],
  ['Sept', 9],
  ['september', 9],
  ['SEP', 9],
  ['ju', null],
  ['june', 6],
  ['junk', null],
])('month %s is %s', (text, month) => {
  expect(monthNumber(text)).toBe(month);
});

test('leap years are those of the calendar', () => {
  expect([
    existingDate('2000', 2, 29),
    existingDate('1900', 2, 29),
    existingDate('2024', 2, 29),
    existingDate('2023', 2, 29),
  ]).toEqual(['2000-02-29', null, '2024-02-29', null]);
});
