/**
 * What the demo's systems know of a patient besides who they are: encounters, laboratory results, documents.
 * Invented by a seeded generator, so every start and every system tells the same story.
 */
import { type DemoPatient, population } from './population.js';

export interface Encounter {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly kind: 'Outpatient clinic' | 'Emergency department' | 'Ward stay' | 'Day case';
  readonly place: string;
  readonly reason: string;
}

export interface LaboratoryResult {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly test: string;
  /** LOINC */
  readonly code: string;
  readonly value: number;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

export interface SharedDocument {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly organisation: string;
  readonly title: string;
  readonly text: string;
}

export interface ClinicalRecord {
  /** Newest first, like the others. */
  readonly encounters: readonly Encounter[];
  readonly results: readonly LaboratoryResult[];
  readonly documents: readonly SharedDocument[];
}

/** The day the demo's story ends. */
const STORY_ENDS = '2026-11-20';
const STORY_DAYS = 900;
const DAY_MS = 86_400_000;

const kinds: readonly Encounter['kind'][] = ['Outpatient clinic', 'Emergency department', 'Ward stay', 'Day case'];
const places = ['Demo General Hospital', 'Demo Infirmary', 'Demo Community Hospital'];
const reasons = ['Chest pain', 'Follow-up after operation', 'Shortness of breath', 'Fall at home', 'Routine review'];
const organisations = ['Demo Surgery (GP)', 'Demo Ambulance Service', 'Demo Community Nursing', 'Demo Social Care'];
const titles = ['Discharge summary', 'Clinic letter', 'Care plan', 'Medication review', 'Visit report'];
const tests = [
  { test: 'Haemoglobin', code: '718-7', unit: 'g/L', low: 115, high: 165, digits: 0 },
  { test: 'White cell count', code: '6690-2', unit: '10*9/L', low: 4, high: 11, digits: 1 },
  { test: 'Platelets', code: '777-3', unit: '10*9/L', low: 150, high: 400, digits: 0 },
  { test: 'Sodium', code: '2951-2', unit: 'mmol/L', low: 133, high: 146, digits: 0 },
  { test: 'Potassium', code: '2823-3', unit: 'mmol/L', low: 3.5, high: 5.3, digits: 1 },
  { test: 'Creatinine', code: '2160-0', unit: 'umol/L', low: 45, high: 104, digits: 0 },
] as const;

const records = new Map(population.map((patient) => [patient.id, inventRecord(patient)]));

export function clinicalRecord(patient: DemoPatient): ClinicalRecord {
  const record = records.get(patient.id);
  if (!record) throw new TypeError('this patient is not one of the population');
  return record;
}

function inventRecord(patient: DemoPatient): ClinicalRecord {
  const chance = seededChance(Number(patient.localNumber.slice(2)));
  const last = patient.deceased?.date ?? STORY_ENDS;
  const first = later(patient.birthDate, addDays(last, -STORY_DAYS));
  const day = () => addDays(first, Math.floor(chance() * (daysBetween(first, last) + 1)));
  const pick = <T>(from: readonly [T, ...T[]] | readonly T[]): T => {
    const picked = from[Math.floor(chance() * from.length)];
    if (picked === undefined) throw new TypeError('nothing to pick from');
    return picked;
  };
  const several = <T>(least: number, most: number, make: () => T): T[] =>
    Array.from({ length: least + Math.floor(chance() * (most - least + 1)) }, make);

  const encounters = several(1, 6, () => ({
    date: day(),
    kind: pick(kinds),
    place: pick(places),
    reason: pick(reasons),
  }));
  const results = several(2, 6, day).flatMap((date) =>
    tests.map(({ digits, ...test }) => {
      const spread = test.high - test.low;
      const value = Number((test.low - 0.2 * spread + chance() * 1.4 * spread).toFixed(digits));
      return { date, ...test, value };
    }),
  );
  const documents = several(1, 5, () => {
    const [organisation, title] = [pick(organisations), pick(titles)];
    return { date: day(), organisation, title, text: `${title} written by ${organisation}. Invented for the demo.` };
  });
  return { encounters: newestFirst(encounters), results: newestFirst(results), documents: newestFirst(documents) };
}

function newestFirst<T extends { readonly date: string }>(items: readonly T[]): T[] {
  return items.toSorted((one, other) => other.date.localeCompare(one.date));
}

/** Mulberry32: numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed. */
function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

function daysBetween(first: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS);
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
