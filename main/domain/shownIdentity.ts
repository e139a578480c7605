/**
 * Is the patient a page shows the patient that was chosen? Pure comparison of texts read off a page.
 *
 * A number identifies; birth date and name only corroborate. A match needs one number (NHS number or a local
 * number of a known authority) *and* the birth date or the name, and not one place that says otherwise.
 * A number the patient had before may be somebody else's by now: where only such a one is shown, the birth date has to be
 * there too. Silence and unreadable text never match. Source: DESIGN, "Never the wrong patient"; HL7 CCOW subject semantics.
 */
import type { Patient, PatientIdentifier } from '../../preload/contract.js';
import { type DateFormat, findDate } from './dateFormat.js';
import { localNumbersIn, normaliseLocalNumber, type NumberAuthority } from './localNumber.js';
import { nhsNumbersIn } from './nhsNumber.js';
import { compareName, type Comparison, type NameFormat } from './shownName.js';

export type IdentityField = 'nhsNumber' | 'localNumber' | 'dateOfBirth' | 'name';

/** One place on a page that shows one item of identity, and every visible text found there. */
export interface ShownPlace {
  readonly field: IdentityField;
  /** For `localNumber`: whose number it is. */
  readonly authority?: string | undefined;
  /** For `dateOfBirth`: how this system writes dates; absent: any unambiguous way. */
  readonly format?: DateFormat | undefined;
  /** For `name`: how this system writes names; absent: any way. */
  readonly nameFormat?: NameFormat | undefined;
  /** As shown, in document order. Empty: the place shows nothing. */
  readonly texts: readonly string[];
}

/** Everything that is shown of one person: a page's places, or one of the studies that a viewer has loaded. */
export type ShownSubject = readonly ShownPlace[];

export type Verdict =
  | {
      readonly kind: 'match';
      readonly items: readonly IdentityField[];
      /** Some place shows a number that the patient had before. */
      readonly showsFormerNumber?: true;
    }
  /** Some place shows somebody else. `item` says which item gave it away. */
  | { readonly kind: 'different'; readonly item: IdentityField }
  /** Nothing contradicts, but what is shown is not enough. */
  | { readonly kind: 'incomplete'; readonly missing: 'number' | 'corroboration' }
  /** The page shows no patient at all. */
  | { readonly kind: 'none' };

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
  const items = new Set(
    compared.flatMap(({ field, result }) => (result === 'same' || result === 'former' ? [field] : [])),
  );
  const showsFormer = compared.some(({ result }) => result === 'former');
  const isCurrent = compared.some(({ field, result }) => isNumber(field) && result === 'same');
  // SECURITY(former numbers): a name is not enough beside one, since it may have been given to somebody else since.
  if (!items.has('dateOfBirth') && !(isCurrent && items.has('name')))
    return { kind: 'incomplete', missing: 'corroboration' };
  return { kind: 'match', items: [...items], ...(showsFormer ? { showsFormerNumber: true } : {}) };
}

/** One verdict on several subjects: each of them has to be the chosen patient, by its own number. */
export function verifyShownSubjects(
  patient: Patient,
  subjects: readonly ShownSubject[],
  authorities: readonly NumberAuthority[],
): Verdict {
  const verdicts = subjects.map((places) => verifyShownIdentity(patient, places, authorities));
  const [first = { kind: 'none' }] = verdicts;
  const different = verdicts.find(({ kind }) => kind === 'different');
  if (different) return different;
  const former = verdicts.find((verdict) => verdict.kind === 'match' && verdict.showsFormerNumber === true);
  if (verdicts.every(({ kind }) => kind === first.kind)) return former ?? first;
  return verdicts.find(({ kind }) => kind === 'incomplete') ?? { kind: 'incomplete', missing: 'number' };
}

function isNumber(field: IdentityField): boolean {
  return field === 'nhsNumber' || field === 'localNumber';
}

/** A page that shows a readable number shows somebody, whoever it is. */
export function showsSomebody(places: readonly ShownPlace[], authorities: readonly NumberAuthority[]): boolean {
  return places.some(
    (place) =>
      (place.field === 'nhsNumber' && place.texts.some((text) => nhsNumbersIn(text).length > 0)) ||
      (place.field === 'localNumber' &&
        place.texts.some((text) => localNumbersIn(text, authorityOf(authorities, place)).length > 0)),
  );
}

function compare(
  patient: Patient,
  place: ShownPlace,
  text: string,
  authorities: readonly NumberAuthority[],
): Comparison | 'former' {
  switch (place.field) {
    case 'nhsNumber':
      return compareNumbers(nhsNumbersIn(text), patient.nhsNumber === null ? [] : [patient.nhsNumber], []);
    case 'localNumber': {
      const authority = authorityOf(authorities, place);
      const canonical = (numbers: readonly PatientIdentifier[]): string[] =>
        numbers
          .filter((identifier) => identifier.authority === place.authority)
          .flatMap((identifier) => normaliseLocalNumber(identifier.value, authority) ?? []);
      const known = canonical(patient.identifiers);
      const former = canonical(patient.formerNumbers ?? []);
      if (known.length === 0 && former.length === 0) return 'unreadable';
      return compareNumbers(localNumbersIn(text, authority), known, former);
    }
    case 'dateOfBirth': {
      const shown = findDate(text, place.format);
      if (shown === null || patient.birthDate === null) return 'unreadable';
      return shown === patient.birthDate ? 'same' : 'other';
    }
    case 'name':
      return compareName(text, patient.name, place.nameFormat ?? 'any');
  }
}

/** One number of somebody else's is enough. A readable number where the patient has none known is somebody else's too. */
function compareNumbers(
  shown: readonly string[],
  known: readonly string[],
  former: readonly string[],
): Comparison | 'former' {
  if (shown.length === 0) return 'unreadable';
  if (shown.every((number) => known.includes(number))) return 'same';
  return shown.every((number) => known.includes(number) || former.includes(number)) ? 'former' : 'other';
}

function authorityOf(authorities: readonly NumberAuthority[], place: ShownPlace): NumberAuthority | undefined {
  return authorities.find(({ authority }) => authority === place.authority);
}
