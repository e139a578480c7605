/**
 * Which patients of one list could be taken for one another. Pure: names and birth dates only, numbers never look alike.
 * Source: NHS Common User Interface, patient lists: two patients with the same or a similar name carry a warning.
 */
import type { LookAlikeReason, Patient } from '../../preload/contract.js';
import { editDistance } from './editDistance.js';

type Named = Pick<Patient, 'name' | 'birthDate'>;

/** So many changed letters still look the same at a glance. */
const similarWithin = 2;

/** For each patient, in the order given: why somebody else in the list could be meant. Each reason once. */
export function lookAlikes(patients: readonly Named[]): LookAlikeReason[][] {
  return patients.map((patient, index) => {
    const reasons = patients.flatMap((other, place) => (place === index ? [] : (confusable(patient, other) ?? [])));
    return [...new Set(reasons)].sort();
  });
}

/** Why these two could be confused, or null. The same answer for either order. */
export function confusable(one: Named, other: Named): LookAlikeReason | null {
  const sameBirthDate = one.birthDate !== null && one.birthDate === other.birthDate;
  switch (compareNames(one, other)) {
    case 'same':
      return sameBirthDate ? 'same-name-and-birth-date' : 'same-name';
    case 'similar':
      return sameBirthDate ? 'same-birth-date-and-similar-name' : 'similar-name';
    case 'same-family':
      // Twins: one family name, one birth date, whatever the given names.
      return sameBirthDate ? 'same-birth-date-and-similar-name' : null;
    case 'different':
      return null;
  }
}

/** A name as it is compared: without case, accents, spaces and punctuation. */
export function plainName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}

function compareNames(one: Named, other: Named): 'same' | 'similar' | 'same-family' | 'different' {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a.family === '' || b.family === '') return 'different';
  if (a.family === b.family && a.given === b.given) return 'same';
  const apart = editDistance(a.family, b.family, similarWithin) + editDistance(a.given, b.given, similarWithin);
  const shorterGiven = Math.min(a.given.length, b.given.length);
  // "Jo" and "Al" are two changes apart and nothing alike: something of each part must be left.
  if (apart <= similarWithin && apart < Math.max(shorterGiven, 1) && apart < Math.min(a.family.length, b.family.length))
    return 'similar';
  if (a.given !== '' && a.family === b.given && a.given === b.family) return 'similar';
  return a.family === b.family ? 'same-family' : 'different';
}

/** The family name and the first given name: what people read first, and what lists show. */
function partsOf({ name }: Named): { family: string; given: string } {
  return { family: plainName(name.family), given: plainName(name.given[0] ?? '') };
}
