/** A patient in words, item by item, as the NHS patient banner orders them. What is missing says "Not known". */
import type { LookAlikeReason, Patient, PersonName } from '../../preload/contract.js';
import { formatAge, formatDate } from './dates.js';

export const NOT_KNOWN = 'Not known';

/** `FAMILY NAME, Given (Title)`. Source: NHS CUI, Patient Name Display. */
export function formatName({ family, given, prefix }: PersonName): string {
  const familyName = family.trim() === '' ? NOT_KNOWN : family.trim().toLocaleUpperCase('en-GB');
  const givenNames = given.map((name) => name.trim()).filter((name) => name !== '');
  const name = [familyName, ...(givenNames.length > 0 ? [givenNames.join(' ')] : [])].join(', ');
  return prefix === null || prefix.trim() === '' ? name : `${name} (${prefix.trim()})`;
}

/** `01-Jan-1950 (76y)`; of somebody who died the date alone: the age then stands with the death. */
export function formatBirth({ birthDate, deceased }: Patient, today: Date): string {
  const date = formatDate(birthDate);
  if (date === null) return NOT_KNOWN;
  const age = deceased === null ? formatAge(birthDate, today) : null;
  return age === null ? date : `${date} (${age})`;
}

/** The date of death; null of the living. */
export function formatDeath({ deceased }: Patient): string | null {
  return deceased === null ? null : (formatDate(deceased.date) ?? NOT_KNOWN);
}

/** null of the living; "Not known" where one of the two dates is not fully known. */
export function formatAgeAtDeath({ birthDate, deceased }: Patient): string | null {
  return deceased === null ? null : (formatAge(birthDate, deceased.date) ?? NOT_KNOWN);
}

export function formatGender({ gender }: Patient): string {
  switch (gender) {
    case 'male':
      return 'Male';
    case 'female':
      return 'Female';
    case 'other':
      return 'Other';
    case 'unknown':
    case null:
      return NOT_KNOWN;
  }
}

/** The gravest reason alone, and what tells the two apart: one warning a row is read, four are not. */
export function describeLookAlike(reasons: readonly LookAlikeReason[]): string | null {
  const words: readonly [LookAlikeReason, string][] = [
    ['same-name-and-birth-date', 'Another patient here has the same name and birth date: compare the numbers.'],
    [
      'same-birth-date-and-similar-name',
      'Another patient here has the same birth date and a similar name: compare name and numbers.',
    ],
    ['same-name', 'Another patient here has the same name: compare birth date and numbers.'],
    ['similar-name', 'Another patient here has a similar name: compare birth date and numbers.'],
  ];
  return words.find(([reason]) => reasons.includes(reason))?.[1] ?? null;
}
