/**
 * Is the patient a page shows the patient that was chosen? Pure comparison of texts read off a page.
 *
 * A number identifies; birth date and name only corroborate. A match needs one number (NHS number or a local
 * number of a known authority) *and* the birth date or the name, and not one place that says otherwise.
 * Silence and unreadable text never match. Source: DESIGN, "Never the wrong patient"; HL7 CCOW subject semantics.
 */
import type { Patient } from '../../preload/contract.js';
import { type DateFormat, findDate } from './dateFormat.js';
import { normaliseLocalNumber, type NumberAuthority } from './localNumber.js';
import { readNhsNumber } from './nhsNumber.js';

export type IdentityField = 'nhsNumber' | 'localNumber' | 'dateOfBirth' | 'name';

/** One place on a page that shows one item of identity, and every visible text found there. */
export interface ShownPlace {
  readonly field: IdentityField;
  /** For `localNumber`: whose number it is. */
  readonly authority?: string | undefined;
  /** For `dateOfBirth`: how this system writes dates; absent: any unambiguous way. */
  readonly format?: DateFormat | undefined;
  /** As shown, in document order. Empty: the place shows nothing. */
  readonly texts: readonly string[];
}

export type Verdict =
  | { readonly kind: 'match'; readonly items: readonly IdentityField[] }
  /** Some place shows somebody else. `item` says which item gave it away. */
  | { readonly kind: 'different'; readonly item: IdentityField }
  /** Nothing contradicts, but what is shown is not enough. */
  | { readonly kind: 'incomplete'; readonly missing: 'number' | 'corroboration' }
  /** The page shows no patient at all. */
  | { readonly kind: 'none' };

type Comparison = 'same' | 'other' | 'unreadable';

/** Compares everything a page shows with the chosen patient. */
export function verifyShownIdentity(
  patient: Patient,
  places: readonly ShownPlace[],
  authorities: readonly NumberAuthority[],
): Verdict {
  const compared = places.flatMap((place) =>
    place.texts.map((text) => ({ field: place.field, result: compare(patient, place, text, authorities) })),
  );
  if (compared.length === 0) return { kind: 'none' };
  // Without a number nobody is shown, whatever a heading says: "Worklist" is not another patient's name.
  if (!compared.some(({ field, result }) => isNumber(field) && result !== 'unreadable'))
    return { kind: 'incomplete', missing: 'number' };
  const other = compared.find(({ result }) => result === 'other');
  if (other) return { kind: 'different', item: other.field };
  const items = new Set(compared.flatMap(({ field, result }) => (result === 'same' ? [field] : [])));
  if (!items.has('dateOfBirth') && !items.has('name')) return { kind: 'incomplete', missing: 'corroboration' };
  return { kind: 'match', items: [...items] };
}

function isNumber(field: IdentityField): boolean {
  return field === 'nhsNumber' || field === 'localNumber';
}

/** A page that shows a readable number shows somebody, whoever it is. */
export function showsSomebody(places: readonly ShownPlace[], authorities: readonly NumberAuthority[]): boolean {
  return places.some(
    (place) =>
      (place.field === 'nhsNumber' && place.texts.some((text) => readNhsNumber(text) !== null)) ||
      (place.field === 'localNumber' &&
        place.texts.some((text) => normaliseLocalNumber(text, authorityOf(authorities, place)) !== null)),
  );
}

function compare(
  patient: Patient,
  place: ShownPlace,
  text: string,
  authorities: readonly NumberAuthority[],
): Comparison {
  switch (place.field) {
    case 'nhsNumber':
      return compareValues(readNhsNumber(text), patient.nhsNumber);
    case 'localNumber': {
      const authority = authorityOf(authorities, place);
      const known = patient.identifiers
        .filter((identifier) => identifier.authority === place.authority)
        .map((identifier) => normaliseLocalNumber(identifier.value, authority));
      const shown = normaliseLocalNumber(text, authority);
      if (shown === null || known.length === 0) return 'unreadable';
      return known.includes(shown) ? 'same' : 'other';
    }
    case 'dateOfBirth': {
      const shown = findDate(text, place.format);
      return patient.birthDate === null ? 'unreadable' : compareValues(shown, patient.birthDate);
    }
    case 'name':
      return compareName(text, patient);
  }
}

/** A readable number where the patient has none known is somebody else's: different, not unreadable. */
function compareValues(shown: string | null, known: string | null): Comparison {
  if (shown === null) return 'unreadable';
  return shown === known ? 'same' : 'other';
}

function authorityOf(authorities: readonly NumberAuthority[], place: ShownPlace): NumberAuthority | undefined {
  return authorities.find(({ authority }) => authority === place.authority);
}

/** Same name: every part of the family name and the first given (or preferred) name appear, whatever the order. */
function compareName(text: string, patient: Patient): Comparison {
  const shown = new Set(nameParts(text));
  if (shown.size === 0) return 'unreadable';
  const family = nameParts(patient.name.family);
  const called = [patient.name.given[0], patient.name.preferred].flatMap((name) => (name ? [nameParts(name)] : []));
  const hasAll = (parts: readonly string[]) => parts.every((part) => shown.has(part));
  if (family.length === 0) return 'unreadable';
  return hasAll(family) && (called.length === 0 || called.some(hasAll)) ? 'same' : 'other';
}

/** Words of a name: without accents, case, punctuation; DICOM's ^ separates like a space. */
function nameParts(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase('en-GB')
    .replace(/['’`-]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
}
