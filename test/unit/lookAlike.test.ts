import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from '../../main/domain/editDistance.js';
import { confusable, lookAlikes } from '../../main/domain/lookAlike.js';
import { population } from '../demo/population.js';

interface Person {
  readonly name: { family: string; given: string[]; prefix: null; preferred: null };
  readonly birthDate: string | null;
}

function person(name: string, birthDate: string | null): Person {
  const [family = '', given = ''] = name.split(', ');
  return { name: { family, given: given === '' ? [] : given.split(' '), prefix: null, preferred: null }, birthDate };
}

describe('two patients', () => {
  test.each([
    ['TESTPATIENT, David', '1975-03-09', 'TESTPATIENT, David', '1975-03-09', 'same-name-and-birth-date'],
    ['TESTPATIENT, David', '1975-03-09', 'Testpatient, DAVID John', '1980-01-01', 'same-name'],
    ['TESTPATIENT, Siân', '1975-03-09', 'TEST-PATIENT, Sian', '1980-01-01', 'same-name'],
    ['TESTPATIENT, David', null, 'TESTPATIENT, David', null, 'same-name'],
    ['TESTPATIENT, Joan', '1932-11-05', 'TESTPATEINT, Joan', '1932-11-05', 'same-birth-date-and-similar-name'],
    ['TESTPATIENT, Joan', '1932-11-05', 'TESTPATIENT, Jane', '1950-01-01', 'similar-name'],
    [
      'TESTPATIENT, Ella Rose',
      '2019-05-17',
      'TESTPATIENT, Elsa Ruth',
      '2019-05-17',
      'same-birth-date-and-similar-name',
    ],
    ['TESTPATIENT, Amara', '2019-05-17', 'TESTPATIENT, Zebedee', '2019-05-17', 'same-birth-date-and-similar-name'],
    ['TESTPATIENT, Amara', '2019-05-17', 'TESTPATIENT, Zebedee', '2019-05-18', null],
    ['TESTPATIENT, Jo', '1960-01-01', 'TESTPATIENT, Al', '1970-01-01', null],
    ['TESTPATIENT, Jo', '1960-01-01', 'TESTPATIENT, Jon', '1970-01-01', 'similar-name'],
    ['TESTDEMO, Li', '1982-01-31', 'TESTDEMO, Lee', '1982-01-13', null],
    ['THOMAS, James', '1960-01-01', 'JAMES, Thomas', '1970-01-01', 'similar-name'],
    ['TESTPATIENT, Amara', '1961-04-12', 'QUOKKA, Brian', '1961-04-12', null],
    [', ', '1961-04-12', ', ', '1961-04-12', null],
  ])('%s (%s) and %s (%s): %s', (one, born, other, otherBorn, reason) => {
    expect(confusable(person(one, born), person(other, otherBorn))).toBe(reason);
    expect(confusable(person(other, otherBorn), person(one, born))).toBe(reason);
  });
});

describe('a list', () => {
  test('gives each patient every reason once, and none to those who stand apart', () => {
    const list = [
      person('TESTPATIENT, Joan', '1932-11-05'),
      person('TESTPATIENT, Joan', '1932-11-05'),
      person('TESTPATIENT, Joan', '1940-01-01'),
      person('TESTPATIENT, Joanne', '1932-11-05'),
      person('QUOKKA, Brian', '1932-11-05'),
    ];
    expect(lookAlikes(list)).toEqual([
      ['same-birth-date-and-similar-name', 'same-name', 'same-name-and-birth-date'],
      ['same-birth-date-and-similar-name', 'same-name', 'same-name-and-birth-date'],
      ['same-name', 'similar-name'],
      ['same-birth-date-and-similar-name', 'similar-name'],
      [],
    ]);
  });

  test('one patient alone looks like nobody', () => {
    expect(lookAlikes([person('TESTPATIENT, Joan', '1932-11-05')])).toEqual([[]]);
  });

  test('of the demo hospital warns of its twins, doubles and near-namesakes', () => {
    const people = population.filter(({ replacedBy }) => replacedBy === null);
    const named = people.map((one) => ({
      name: { family: one.family, given: [...one.given], prefix: null, preferred: null },
      birthDate: one.birthDate,
    }));
    const warned = new Map(lookAlikes(named).map((reasons, index) => [people[index]?.localNumber, reasons]));
    expect(warned.get('RM1000065')).toContain('same-name-and-birth-date');
    expect(warned.get('RM1000073')).toContain('same-name-and-birth-date');
    expect(warned.get('RM1000049')).toContain('same-birth-date-and-similar-name');
    expect(warned.get('RM1000057')).toContain('same-birth-date-and-similar-name');
    expect(warned.get('RM1000081')).toContain('same-birth-date-and-similar-name');
    expect(warned.get('RM1000089')).toContain('same-birth-date-and-similar-name');
    expect(warned.get('RM1000265')).toEqual([]);
  });
});

describe('edit distance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['patient', 'pateint', 1],
    ['Zoë', 'Zoe', 1],
    ['😀a', 'a', 1],
  ])('%s → %s: %d', (one, other, distance) => {
    expect(editDistance(one, other)).toBe(distance);
    expect(editDistance(other, one)).toBe(distance);
  });

  test('gives up early, but never one too soon', () => {
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
    expect(editDistance('kitten', 'sitting', 3)).toBe(3);
    expect(editDistance('ab', 'ba', 1)).toBe(1);
  });

  test.each([
    ['orgins', ['origins', 'orders'], 'origins'],
    ['wbe', ['web', 'pacs'], 'web'],
    ['xyz', ['web', 'pacs'], null],
    ['a', ['b'], null],
  ])('the nearest to %s of %j is %s', (written, candidates, expected) => {
    expect(nearest(written, candidates)).toBe(expected);
  });
});
