/** A search wish → FHIR question → patients that really match, with look-alike warnings. */
import type { FoundPatient, Patient } from '../../preload/contract.js';
import { normaliseLocalNumber, numberAlone } from '../domain/localNumber.js';
import { lookAlikes, plainName } from '../domain/lookAlike.js';
import type { FhirClient } from './fhirClient.js';
import {
  type FhirPatient,
  everyName,
  identifierValues,
  nhsDigits,
  nhsNumberSystem,
  replacedBy,
  toPatient,
} from './fhirPatient.js';
import type { SearchWish, SearchableNumber, WantedIdentifier, WantedName } from './searchText.js';

export interface FoundPatients {
  readonly found: readonly FoundPatient[];
  readonly truncated: boolean;
}

export async function searchPatients(
  client: Pick<FhirClient, 'search'>,
  wish: SearchWish,
  numbers: readonly SearchableNumber[],
  signal: AbortSignal,
): Promise<FoundPatients> {
  // One question for each way to understand the text: not every server knows FHIR's "or" (a comma).
  const pages = await Promise.all(questions(wish).map((parameters) => client.search(parameters, signal)));
  const patients = pages.flatMap((page) => page.patients);
  const truncated = pages.some((page) => page.truncated);
  // What came back is checked: servers match case-insensitively, partially, or ignore what they do not know.
  const matching = uniqueById(patients).filter((resource) => matches(resource, wish));
  const listed = matching
    .map((resource) => ({ patient: toPatient(resource, numbers), replacedBy: replacedBy(resource) }))
    .toSorted((one, other) => byPlace(one.patient, other.patient));
  // A record that was merged into another cannot be chosen, so nobody can be taken for it.
  const choosable = listed.filter((one) => one.replacedBy === null);
  const warnings = lookAlikes(choosable.map(({ patient }) => patient));
  const found = listed.map((one): FoundPatient => {
    const place = choosable.indexOf(one);
    return { ...one, lookAlikes: place < 0 ? [] : (warnings[place] ?? []) };
  });
  return { found, truncated };
}

/** Parameters of Patient?… for each way to understand the text. Source: FHIR R4 search, 3.1.1.4. */
function questions(wish: SearchWish): (readonly [string, string])[][] {
  if (wish.readAs === 'name-and-birth-date')
    return wish.names.map(({ family, given }) => [
      ['family', escaped(family)],
      ...(given === null ? [] : [['given', escaped(firstWord(given))] as const]),
      ['birthdate', wish.birthDate],
    ]);
  return wish.identifiers.flatMap(({ number, spellings }) =>
    spellings.map((value) => [
      ['identifier', `${escaped(number?.system ?? nhsNumberSystem)}|${escaped(value)}`] as const,
    ]),
  );
}

/** FHIR R4, 3.1.1.4.0.1: these separate values, so a backslash goes before them. */
function escaped(value: string): string {
  return value.replace(/[\\,|$]/g, '\\$&');
}

function matches(resource: FhirPatient, wish: SearchWish): boolean {
  if (wish.readAs === 'name-and-birth-date')
    return resource.birthDate === wish.birthDate && wish.names.some((wanted) => hasName(resource, wanted));
  return wish.identifiers.some((wanted) => carries(resource, wanted));
}

function carries(resource: FhirPatient, { number, canonical }: WantedIdentifier): boolean {
  if (number === null)
    return identifierValues(resource, nhsNumberSystem).some((value) => nhsDigits(value) === canonical);
  return identifierValues(resource, number.system).some(
    (value) => normaliseLocalNumber(value, numberAlone(number)) === canonical,
  );
}

/** Any name of the record, former ones included, that begins as typed: people know half a name, or a maiden name. */
function hasName(resource: FhirPatient, wanted: WantedName): boolean {
  const family = plainName(wanted.family);
  const given = plainName(firstWord(wanted.given ?? ''));
  return everyName(resource).some(
    (name) =>
      plainName(name.family).startsWith(family) &&
      (given === '' || name.given.some((one) => plainName(one).startsWith(given))),
  );
}

function firstWord(text: string): string {
  return text.trim().split(/\s+/)[0] ?? '';
}

function uniqueById(patients: readonly FhirPatient[]): FhirPatient[] {
  return [...new Map(patients.map((patient) => [patient.id, patient])).values()];
}

/** As people look through a list: family name, given names, then the elder first. */
function byPlace(one: Patient, other: Patient): number {
  const key = ({ name, birthDate }: Patient): string[] => [name.family, name.given.join(' '), birthDate ?? ''];
  const [a, b] = [key(one), key(other)];
  for (let place = 0; place < a.length; place++) {
    const order = (a[place] ?? '').localeCompare(b[place] ?? '', 'en', { sensitivity: 'base' });
    if (order !== 0) return order;
  }
  return one.id < other.id ? -1 : 1;
}
