/**
 * A FHIR R4 Patient as servers really send it → Lanyard's Patient. Foreign extras are ignored; a wrong shape is refused
 * by the name of its element, never with its value. Source: FHIR R4 (4.0.1) Patient, HumanName, Identifier.
 */
import { z } from 'zod';
import type { FoundPatient, Patient, PatientIdentifier, PersonName } from '../../preload/contract.js';
import { existingDate } from '../domain/dateFormat.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';

/** NHS England's identifier system for NHS numbers. */
export const nhsNumberSystem = 'https://fhir.nhs.uk/Id/nhs-number';

/** In a list of primitives FHIR writes null where only an extension stands. */
const texts = z.array(z.string().nullable()).transform((list) => list.filter((text) => text !== null));

const Identifier = z.object({
  use: z.string().optional(),
  system: z.string().optional(),
  value: z.string().optional(),
});

const HumanName = z.object({
  use: z.string().optional(),
  text: z.string().optional(),
  family: z.string().optional(),
  given: texts.optional(),
  prefix: texts.optional(),
});

export const FhirPatient = z.object({
  resourceType: z.literal('Patient'),
  id: z.string().min(1).max(200),
  meta: z
    .object({
      lastUpdated: z.string().optional(),
      security: z.array(z.object({ system: z.string().optional(), code: z.string().optional() })).optional(),
    })
    .optional(),
  identifier: z.array(Identifier).optional(),
  name: z.array(HumanName).optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  birthDate: z
    .string()
    .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/)
    .optional(),
  deceasedBoolean: z.boolean().optional(),
  deceasedDateTime: z.string().optional(),
  link: z.array(z.object({ type: z.string(), other: z.object({ reference: z.string().optional() }) })).optional(),
});
export type FhirPatient = z.infer<typeof FhirPatient>;

/** Which FHIR identifier systems are whose local numbers. */
export interface KnownNumber {
  readonly authority: string;
  readonly title: string;
  readonly system: string;
}

export function toPatient(resource: FhirPatient, numbers: readonly KnownNumber[]): Patient {
  return {
    id: resource.id,
    nhsNumber: nhsNumberOf(resource),
    identifiers: localNumbersOf(resource, numbers),
    ...formerNumbersOf(resource, numbers),
    name: nameOf(resource),
    birthDate: wholeDate(resource.birthDate),
    gender: resource.gender ?? null,
    deceased: deceasedOf(resource),
    lastUpdated: resource.meta?.lastUpdated ?? null,
    ...securityLabelsOf(resource),
  };
}

/** The record that this one was merged into: its id, or "unknown" where the server does not say which. */
export function replacedBy({ link = [] }: FhirPatient): FoundPatient['replacedBy'] {
  const merged = link.find(({ type }) => type === 'replaced-by');
  if (!merged) return null;
  return patientIdOf(merged.other.reference) ?? 'unknown';
}

function patientIdOf(reference: string | undefined): string | undefined {
  return /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})(?:\/_history\/.*)?$/.exec(reference ?? '')?.[1];
}

/** Values of a system, former ones included: what a search may have matched. */
export function identifierValues({ identifier = [] }: FhirPatient, system: string): string[] {
  return identifier.flatMap((one) => (one.system === system && one.value !== undefined ? [one.value.trim()] : []));
}

/** Every name the record has, former ones included: what a search may have matched. */
export function everyName({ name = [] }: FhirPatient): PersonName[] {
  return name.map(toPersonName);
}

export function nhsDigits(value: string): string {
  return value.replace(/[\s-]/g, '');
}

/** Null also where the record's number fails its check digit: such a number identifies nobody. */
function nhsNumberOf(resource: FhirPatient): string | null {
  const current = currentIdentifiers(resource, nhsNumberSystem).map(nhsDigits);
  return current.find(isValidNhsNumber) ?? null;
}

function localNumbersOf(resource: FhirPatient, numbers: readonly KnownNumber[]): PatientIdentifier[] {
  return numbers.flatMap(({ authority, title, system }) =>
    [...new Set(currentIdentifiers(resource, system))].map((value) => ({ authority, title, value })),
  );
}

/** Numbers that the record itself calls old, and does not have now. */
function formerNumbersOf(
  { identifier = [], ...resource }: FhirPatient,
  numbers: readonly KnownNumber[],
): Pick<Patient, 'formerNumbers'> {
  const former = numbers.flatMap(({ authority, title, system }) => {
    const now = currentIdentifiers({ identifier, ...resource }, system);
    const old = identifierValues({ ...resource, identifier: identifier.filter(({ use }) => use === 'old') }, system);
    return [...new Set(old)]
      .filter((value) => value !== '' && !now.includes(value))
      .map((value) => ({ authority, title, value }));
  });
  return former.length === 0 ? {} : { formerNumbers: former };
}

/** A label without a code says nothing. */
function securityLabelsOf({ meta }: FhirPatient): Pick<Patient, 'securityLabels'> {
  const securityLabels = (meta?.security ?? []).flatMap(({ system = '', code }) =>
    code === undefined ? [] : [{ system, code }],
  );
  return securityLabels.length === 0 ? {} : { securityLabels };
}

/** Values in use, the official one first. */
function currentIdentifiers({ identifier = [] }: FhirPatient, system: string): string[] {
  return identifier
    .filter((one) => one.system === system && one.use !== 'old')
    .sort((one, other) => rank(one.use, identifierUses) - rank(other.use, identifierUses))
    .flatMap(({ value }) => (value === undefined || value.trim() === '' ? [] : [value.trim()]));
}

const identifierUses = ['official', 'usual', undefined, 'secondary', 'temp'] as const;
/** The name a patient goes by: never a former one while there is another. */
const nameUses = ['usual', 'official', undefined, 'temp', 'anonymous', 'nickname', 'maiden', 'old'] as const;

function rank(use: string | undefined, order: readonly (string | undefined)[]): number {
  const place = order.indexOf(use);
  return place < 0 ? order.length : place;
}

function nameOf({ name = [] }: FhirPatient): PersonName {
  const [chosen] = name
    .filter(({ use, family, text }) => use !== 'nickname' || family !== undefined || text !== undefined)
    .toSorted((one, other) => rank(one.use, nameUses) - rank(other.use, nameUses));
  const nickname = name.find(({ use }) => use === 'nickname');
  const preferred = nickname?.given?.[0] ?? nickname?.text;
  const read = chosen ? toPersonName(chosen) : { family: '', given: [], prefix: null, preferred: null };
  return { ...read, preferred: filled(preferred) };
}

function toPersonName({ family, given = [], prefix = [], text }: z.infer<typeof HumanName>): PersonName {
  const written = (text ?? '').trim();
  // Some servers send the text alone: "TESTPATIENT, Amara" can be taken apart, anything else is shown as it is.
  const [beforeComma = '', afterComma = ''] = written.includes(',') ? written.split(/\s*,\s*/) : [written];
  const hasParts = filled(family) !== null || given.length > 0;
  return {
    family: hasParts ? (filled(family) ?? '') : beforeComma,
    given: hasParts
      ? given.map((one) => one.trim()).filter((one) => one !== '')
      : afterComma === ''
        ? []
        : afterComma.split(/\s+/),
    prefix: filled(prefix.join(' ')),
    preferred: null,
  };
}

/** A birth date of which only the year or month is known is no birth date to verify by. */
function wholeDate(date: string | undefined): string | null {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date ?? '') ?? [];
  return year === '' ? null : existingDate(year, Number(month), Number(day));
}

function deceasedOf({ deceasedBoolean, deceasedDateTime }: FhirPatient): Patient['deceased'] {
  if (deceasedDateTime !== undefined) return { date: filled(deceasedDateTime) };
  return deceasedBoolean === true ? { date: null } : null;
}

function filled(text: string | undefined): string | null {
  const trimmed = (text ?? '').trim();
  return trimmed === '' ? null : trimmed;
}
