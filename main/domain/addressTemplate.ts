/**
 * Address templates with typed macros: how a configuration says where a system shows a patient.
 *
 *   https://epr.example.nhs.uk/patient/{nhsNumber}
 *   https://results.example.nhs.uk/?mrn={localNumber:rm3}&dob={dateOfBirth:YYYYMMDD}
 *
 * Values are percent-encoded; a macro never stands in the scheme, the host or the port, and a filled address
 * never leaves the template's origin. The same macros fill the fields of forms and the text that is signed: readText.
 */
import type { Patient } from '../../preload/contract.js';
import type { Beside } from './beside.js';
import { type DateFormat, dateFormats, formatDate } from './dateFormat.js';

/** What only the launch itself knows: who launches, where, until when, with which ticket. */
export const launchMacros = [
  'userName',
  'location',
  'notBefore',
  'expires',
  'ticket',
  'hubUrl',
  'hubTopic',
  'hubToken',
] as const;
export type LaunchMacro = (typeof launchMacros)[number];

/** What is wanted beside the patient; known only to launches made for it. */
const besideMacros = ['studyInstanceUid', 'accessionNumber', 'orderNumber'] as const;

/** Macros without an argument. */
export const plainMacros = [
  'nhsNumber',
  'familyName',
  'givenName',
  'fhirId',
  'studyInstanceUids',
  ...besideMacros,
  ...launchMacros,
] as const;

export type Macro =
  | { readonly name: (typeof plainMacros)[number] }
  | { readonly name: 'nhsNumber:spaced' }
  | { readonly name: 'localNumber'; readonly authority: string }
  | { readonly name: 'dateOfBirth'; readonly format: DateFormat }
  /** `system`: FHIR identifier system of the number. */
  | { readonly name: 'encounterNumber'; readonly system: string };

export type TemplatePart = string | Macro;

export type TemplateProblem =
  | { readonly problem: 'unknown-macro'; readonly written: string }
  | { readonly problem: 'unknown-date-format'; readonly written: string }
  | { readonly problem: 'lone-brace' }
  | { readonly problem: 'macro-in-origin'; readonly written: string }
  | { readonly problem: 'not-an-address' };

export interface AddressTemplate {
  readonly origin: string;
  readonly parts: readonly TemplatePart[];
  readonly macros: readonly Macro[];
}

export type TemplateReading =
  | { readonly ok: true; readonly template: AddressTemplate }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

export type TextReading =
  | { readonly ok: true; readonly parts: readonly TemplatePart[]; readonly macros: readonly Macro[] }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

/** What one launch is made for, besides the patient. */
export interface WantedBeside extends Beside {
  /** Number of a service request, as a page wrote it. */
  readonly order: string | null;
}

/** Everything the macros can ask for. */
export interface TemplateValues {
  readonly patient: Patient;
  readonly launch?: Readonly<Partial<Record<LaunchMacro, string>>>;
  /** Only known to a connector that looked the patient's studies up. */
  readonly studyInstanceUids?: readonly string[];
  readonly beside?: WantedBeside | undefined;
}

/** This patient has no such value (no NHS number, no number of that authority …): the system cannot be launched. */
interface Unfilled {
  readonly filled: false;
  readonly missing: Macro;
}
export type FilledTemplate = { readonly filled: true; readonly address: string } | Unfilled;
export type FilledText = { readonly filled: true; readonly text: string } | Unfilled;

/** A text with macros that is no address: a field of a form, what is signed. */
export function readText(text: string): TextReading {
  const problems: TemplateProblem[] = [];
  const parts: TemplatePart[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    if (/^\{[^{}]*\}$/.test(piece)) {
      const read = readMacro(piece.slice(1, -1));
      if ('problem' in read) problems.push(read);
      else parts.push(read);
    } else {
      if (/[{}]/.test(piece)) problems.push({ problem: 'lone-brace' });
      if (piece !== '') parts.push(piece);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, parts, macros: parts.filter((part): part is Macro => typeof part !== 'string') };
}

export function readTemplate(text: string): TemplateReading {
  const reading = readText(text);
  const problems = reading.ok ? [] : [...reading.problems];
  // A macro may stand only after the path has begun: nothing read from a record may choose a host.
  const beforePath = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(text)?.[0] ?? '';
  const early = /\{[^{}]*\}?/.exec(beforePath)?.[0];
  if (early !== undefined) problems.push({ problem: 'macro-in-origin', written: early });
  const origin = originOf(text.replace(/\{[^{}]*\}/g, 'x'));
  if (origin === null) problems.push({ problem: 'not-an-address' });
  if (!reading.ok || problems.length > 0 || origin === null) return { ok: false, problems };
  return { ok: true, template: { origin, parts: reading.parts, macros: reading.macros } };
}

/**
 * The address for one patient. A value that is empty, or that a browser would read as a step in the path
 * ("." or ".."), or that is broken Unicode, counts as missing.
 */
export function fillTemplate(template: AddressTemplate, values: TemplateValues): FilledTemplate {
  const filled = fillText(template.parts, values, encodeURIComponent);
  if (!filled.filled) return filled;
  if (originOf(filled.text) !== template.origin)
    throw new TypeError('a filled address left the origin of its template');
  return { filled: true, address: filled.text };
}

/**
 * The text for one patient. What counts as missing in an address counts as missing here, too.
 * `write`: how a value is written; absent: as it is, and one with control characters (which could look like the next
 * line of what is signed) counts as missing.
 */
export function fillText(
  parts: readonly TemplatePart[],
  values: TemplateValues,
  write?: (value: string) => string,
): FilledText {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = valueOf(part, values);
    if (value === null || /^\.{0,2}$|\p{Surrogate}/u.test(value)) return { filled: false, missing: part };
    if (!write && /\p{Cc}/u.test(value)) return { filled: false, missing: part };
    text += write ? write(value) : value;
  }
  return { filled: true, text };
}

function readMacro(written: string): Macro | TemplateProblem {
  if (written === 'nhsNumber:spaced') return { name: written };
  const plain = plainMacros.find((name) => name === written);
  if (plain) return { name: plain };
  const [name, argument = ''] = split(written);
  if (name === 'localNumber' && argument !== '') return { name, authority: argument };
  if (name === 'encounterNumber' && argument !== '') return { name, system: argument };
  if (name === 'dateOfBirth') {
    const format = dateFormats.find((known) => known === argument);
    return format ? { name, format } : { problem: 'unknown-date-format', written: argument };
  }
  return { problem: 'unknown-macro', written };
}

function valueOf(macro: Macro, { patient, studyInstanceUids, launch, beside }: TemplateValues): string | null {
  switch (macro.name) {
    case 'nhsNumber':
      return patient.nhsNumber;
    case 'nhsNumber:spaced':
      return patient.nhsNumber?.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3') ?? null;
    case 'localNumber':
      return patient.identifiers.find(({ authority }) => authority === macro.authority)?.value ?? null;
    case 'dateOfBirth':
      return patient.birthDate === null ? null : formatDate(patient.birthDate, macro.format);
    case 'familyName':
      return patient.name.family;
    case 'givenName':
      return patient.name.given[0] ?? null;
    case 'fhirId':
      return patient.id;
    case 'studyInstanceUids':
      return studyInstanceUids?.join(',') ?? null;
    case 'studyInstanceUid':
      return beside?.study?.studyInstanceUid ?? null;
    case 'accessionNumber':
      return beside?.study?.accessionNumber ?? null;
    case 'orderNumber':
      return beside?.order ?? null;
    case 'encounterNumber':
      return beside?.encounter?.numbers.find(({ system }) => system === macro.system)?.value ?? null;
    case 'userName':
    case 'location':
    case 'notBefore':
    case 'expires':
    case 'ticket':
    case 'hubUrl':
    case 'hubTopic':
    case 'hubToken':
      return launch?.[macro.name] ?? null;
  }
}

function split(written: string): [string, string?] {
  const colon = written.indexOf(':');
  return colon < 0 ? [written] : [written.slice(0, colon), written.slice(colon + 1)];
}

function originOf(address: string): string | null {
  try {
    const url = new URL(address);
    return url.username || url.password || url.origin === 'null' ? null : url.origin;
  } catch {
    return null;
  }
}
