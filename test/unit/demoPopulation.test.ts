// Proves what the demo hospital's people promise: invented, valid, always the same, and easy to confuse.
import { expect, it } from 'vitest';
import { isValidNhsNumber } from '../../main/domain/nhsNumber.js';
import { patientResource } from '../demo/fhir/patientResource.js';
import { type DemoPatient, patientByLocalNumber, population } from '../demo/population.js';

const nhsNumbers = population.flatMap(({ nhsNumber }) => nhsNumber ?? []);
const found = (...wanted: ((patient: DemoPatient) => boolean)[]) =>
  wanted.map((is) => population.filter(is)).map((people) => people.length);

it('has forty people with numbers of their own', () => {
  expect(population).toHaveLength(40);
  expect(new Set(population.map(({ id }) => id)).size).toBe(40);
  expect(new Set(population.map(({ localNumber }) => localNumber)).size).toBe(40);
  expect(new Set(nhsNumbers).size).toBe(nhsNumbers.length);
});

it('uses only NHS numbers with a valid check digit from the range that is never issued', () => {
  expect(nhsNumbers.filter((number) => !isValidNhsNumber(number))).toEqual([]);
  expect(nhsNumbers.filter((number) => !number.startsWith('999'))).toEqual([]);
});

it('names nobody who could exist', () => {
  expect(population.filter(({ family }) => !/^TEST(PATIENT|PATEINT|DEMO)/.test(family))).toEqual([]);
});

it.each(population)('writes $localNumber as it should be and was born on a day that exists', (patient) => {
  expect(patient.localNumber).toMatch(/^RM\d{7}$/);
  expect(patient.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(new Date(`${patient.birthDate}T00:00:00Z`).toISOString().slice(0, 10)).toBe(patient.birthDate);
});

it('holds everybody a search can confuse', () => {
  const others = (one: DemoPatient) => population.filter((other) => other !== one && other.birthDate === one.birthDate);
  const sameName = (one: DemoPatient, other: DemoPatient) =>
    one.family === other.family && one.given.join() === other.given.join();
  expect(
    found(
      (one) => one.nhsNumber !== null && others(one).some((other) => sameName(one, other)),
      (one) => others(one).some((other) => other.family === one.family && !sameName(one, other)),
      (one) => others(one).some((other) => other.given.join() === one.given.join() && other.family !== one.family),
      (one) => one.formerFamily !== null,
      (one) => one.deceased !== null,
      (one) => one.nhsNumber === null && one.replacedBy === null,
      (one) => one.replacedBy !== null,
      (one) => one.gender === 'unknown',
      (one) => one.family !== one.family.normalize('NFD') || one.given.some((name) => name !== name.normalize('NFD')),
      (one) => `${one.family}, ${one.given.join(' ')}`.length > 80,
    ),
  ).toEqual([2, 4, 2, 1, 2, 2, 1, 1, 2, 1]);
});

it('links a merged record and the record that was kept in both directions', () => {
  const merged = population.find(({ replacedBy }) => replacedBy !== null);
  const kept = patientByLocalNumber(merged?.replacedBy ?? '');
  if (!merged || !kept) throw new Error('the population has no merged record');
  expect(kept.formerLocalNumbers).toEqual([merged.localNumber]);
  expect(patientResource(merged)).toMatchObject({
    active: false,
    link: [{ type: 'replaced-by', other: { reference: `Patient/${kept.id}` } }],
  });
  expect(patientResource(kept)).toMatchObject({
    active: true,
    link: [{ type: 'replaces', other: { reference: `Patient/${merged.id}` } }],
  });
});
