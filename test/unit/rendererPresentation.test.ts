import { describe, expect, test } from 'vitest';
import { describePasswordExpiry, formatRoles } from '../../renderer/presentation/clinician.js';
import { formatAge, formatDate, formatHour, formatTime } from '../../renderer/presentation/dates.js';
import { formatNhsNumber, regroupWhileTyping, searchTextOf } from '../../renderer/presentation/nhsNumber.js';
import {
  describeLookAlike,
  formatAgeAtDeath,
  formatBirth,
  formatDeath,
  formatGender,
  formatName,
} from '../../renderer/presentation/patient.js';
import { deceased, patient, signedIn, unknown } from '../screens/population.js';

const today = new Date(2026, 1, 12, 14, 3, 9);

describe('dates', () => {
  test.each([
    ['1950-01-01', '01-Jan-1950'],
    ['2026-09-30', '30-Sep-2026'],
    ['2026-02', 'Feb-2026'],
    ['2026', '2026'],
    ['2026-02-03T10:15:00', '03-Feb-2026'],
    ['2024-02-29', '29-Feb-2024'],
  ])('%s is read as %s', (date, words) => {
    expect(formatDate(date)).toBe(words);
  });

  test.each([null, '', '2026-02-30', '2026-13-01', '2026-13', '12/04/1961', 'yesterday'])(
    '%s is no date and is not guessed at',
    (date) => {
      expect(formatDate(date)).toBeNull();
    },
  );

  test('a moment that names its zone is shown as the day it is here', () => {
    const moment = new Date(2026, 1, 3, 0, 30);
    expect(formatDate(moment.toISOString())).toBe('03-Feb-2026');
  });

  test('the time of day has two digits throughout', () => {
    expect(formatTime(today)).toBe('14:03:09');
    expect(formatHour(today)).toBe('14:03');
  });
});

describe('age', () => {
  test.each([
    ['2026-02-12', '0d'],
    ['2026-01-16', '27d'],
    ['2026-01-15', '4w'],
    ['2026-01-14', '4w 1d'],
    ['2025-02-13', '52w'],
    ['2025-02-12', '12m'],
    ['2024-11-30', '14m 13d'],
    ['2024-02-13', '23m 30d'],
    ['2024-02-12', '2y'],
    ['2020-11-20', '5y 2m'],
    ['2008-02-13', '17y 11m'],
    ['2008-02-12', '18y'],
    ['1950-02-12', '76y'],
    ['1950-02-13', '75y'],
  ])('somebody born on %s is %s old on 12-Feb-2026', (birth, age) => {
    expect(formatAge(birth, today)).toBe(age);
  });

  test('somebody born on 29-Feb grows older on 01-Mar of a common year', () => {
    expect(formatAge('1996-02-29', '2026-02-28')).toBe('29y');
    expect(formatAge('1996-02-29', '2026-03-01')).toBe('30y');
  });

  test.each([
    [null, '2026-02-12'],
    ['1950-01-01', null],
    ['1950-01-01', '2026-02'],
    ['1950', '2026-02-12'],
    ['2026-02-13', '2026-02-12'],
  ])('from %s to %s there is no age to tell', (birth, day) => {
    expect(formatAge(birth, day)).toBeNull();
  });
});

describe('NHS numbers', () => {
  test('stand in groups of 3-3-4', () => {
    expect(formatNhsNumber('9990000018')).toBe('999 000 0018');
    expect(formatNhsNumber('RM1000017')).toBe('RM1000017');
  });

  test.each([
    ['9', 1, '9', 1],
    ['9990', 4, '999 0', 5],
    ['999 0000', 8, '999 000 0', 9],
    ['9990000018', 10, '999 000 0018', 12],
    ['99900 00018', 5, '999 000 0018', 6],
    ['999000 0018', 3, '999 000 0018', 3],
    ['  999', 5, '999', 3],
  ])('"%s" with the caret at %i becomes "%s" with the caret at %i', (text, caret, shown, at) => {
    expect(regroupWhileTyping(text, caret)).toEqual({ text: shown, caret: at });
  });

  test.each(['TESTPATIENT 12', 'RM1000017', '999000001834', '', ' ', '12-Apr'])(
    '"%s" stays as it was typed',
    (text) => {
      expect(regroupWhileTyping(text, 2)).toEqual({ text, caret: 2 });
    },
  );

  test('deleting every digit from the end never sticks at a space', () => {
    let typed = regroupWhileTyping('9990000018', 10);
    for (let presses = 0; typed.text !== '' && presses < 20; presses++) {
      const shorter = typed.text.slice(0, Math.max(0, typed.caret - 1)) + typed.text.slice(typed.caret);
      typed = regroupWhileTyping(shorter, Math.max(0, typed.caret - 1));
    }
    expect(typed.text).toBe('');
  });

  test('travel without their spaces; a name keeps its own', () => {
    expect(searchTextOf('999 000 0018')).toBe('9990000018');
    expect(searchTextOf(' TESTPATIENT 12-Apr-1961 ')).toBe('TESTPATIENT 12-Apr-1961');
    expect(searchTextOf('   ')).toBe('');
  });
});

describe('a patient in words', () => {
  test('the name is FAMILY NAME, Given (Title)', () => {
    expect(formatName(patient.name)).toBe('TESTPATIENT, Alma Rose (Ms)');
    expect(formatName({ family: "o'néill", given: [], prefix: null, preferred: null })).toBe("O'NÉILL");
    expect(formatName({ family: ' ', given: ['Ann'], prefix: ' ', preferred: null })).toBe('Not known, Ann');
  });

  test('the age follows the birth date of the living only', () => {
    expect(formatBirth(patient, today)).toBe('01-Jan-1950 (76y)');
    expect(formatBirth(deceased, today)).toBe('30-Jul-1948');
    expect(formatDeath(deceased)).toBe('03-Feb-2026');
    expect(formatAgeAtDeath(deceased)).toBe('77y');
    expect(formatDeath(patient)).toBeNull();
    expect(formatAgeAtDeath(patient)).toBeNull();
  });

  test('what is missing says so in words', () => {
    expect(formatBirth(unknown, today)).toBe('Not known');
    expect(formatGender(unknown)).toBe('Not known');
    expect(formatGender({ ...unknown, gender: 'unknown' })).toBe('Not known');
    expect(formatDeath({ ...unknown, deceased: { date: null } })).toBe('Not known');
    expect(formatAgeAtDeath({ ...unknown, deceased: { date: '2026' } })).toBe('Not known');
  });

  test.each([
    ['male', 'Male'],
    ['female', 'Female'],
    ['other', 'Other'],
  ] as const)('gender %s is %s', (gender, words) => {
    expect(formatGender({ ...patient, gender })).toBe(words);
  });

  test('of several reasons for confusion the gravest is said', () => {
    expect(describeLookAlike([])).toBeNull();
    expect(describeLookAlike(['similar-name'])).toMatch(/similar name: compare birth date and numbers/);
    expect(describeLookAlike(['same-name', 'same-name-and-birth-date'])).toMatch(
      /same name and birth date: compare the numbers/,
    );
    expect(describeLookAlike(['similar-name', 'same-birth-date-and-similar-name'])).toMatch(/same birth date and a/);
  });
});

describe('who is signed in', () => {
  const { clinician } = signedIn;

  test('every role is named', () => {
    expect(formatRoles({ ...clinician, roles: ['clinician', 'privacyOfficer', 'auditor', 'support'] })).toBe(
      'Clinician, Privacy officer, Auditor, Support',
    );
    expect(formatRoles({ ...clinician, roles: [] })).toBe('No role');
  });

  test.each([
    [null, null],
    ['2026-03-12T12:00:00Z', null],
    ['2026-02-22T12:00:00Z', 'Your password expires in 10 days'],
    ['2026-02-13T12:00:00Z', 'Your password expires in 1 day'],
    ['2026-02-13T11:59:00Z', 'Your password expires within a day'],
    ['2026-02-12T11:00:00Z', 'Your password has expired'],
  ])('a password that ends %s', (passwordExpires, words) => {
    expect(describePasswordExpiry({ ...clinician, passwordExpires }, new Date('2026-02-12T12:00:00Z'))).toBe(words);
  });
});
