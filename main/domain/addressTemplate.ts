/**
 * Address templates with typed macros: how a configuration says where a system shows a patient.
 *
 *   https://epr.example.nhs.uk/patient/{nhsNumber}
 *   https://results.example.nhs.uk/?mrn={localNumber:rm3}&dob={dateOfBirth:YYYYMMDD}
 *
 * Values are percent-encoded; a macro never stands in the scheme, the host or the port, and a filled address
 * never leaves the template's origin.
 */
import type { Patient } from '../../preload/contract.js';
import { type DateFormat, dateFormats, formatDate } from './dateFormat.js';

/** Macros without an argument. */
export const plainMacros = ['nhsNumber', 'familyName', 'givenName', 'fhirId', 'studyInstanceUids'] as const;

export type Macro =
  | { readonly name: (typeof plainMacros)[number] }
  | { readonly name: 'nhsNumber:spaced' }
  | { readonly name: 'localNumber'; readonly authority: string }
  | { readonly name: 'dateOfBirth'; readonly format: DateFormat };

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

/** Everything the macros can ask for. */
export interface TemplateValues {
  readonly patient: Patient;
  /** Only known to a connector that looked the patient's studies up. */
  readonly studyInstanceUids?: readonly string[];
}

export type FilledTemplate =
  | { readonly filled: true; readonly address: string }
  /** This patient has no such value (no NHS number, no number of that authority …): the system cannot be launched. */
  | { readonly filled: false; readonly missing: Macro };

export function readTemplate(text: string): TemplateReading {
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
  // A macro may stand only after the path has begun: nothing read from a record may choose a host.
  const beforePath = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(text)?.[0] ?? '';
  const early = /\{[^{}]*\}?/.exec(beforePath)?.[0];
  if (early !== undefined) problems.push({ problem: 'macro-in-origin', written: early });
  const origin = originOf(text.replace(/\{[^{}]*\}/g, 'x'));
  if (origin === null) problems.push({ problem: 'not-an-address' });
  if (problems.length > 0 || origin === null) return { ok: false, problems };
  const macros = parts.filter((part): part is Macro => typeof part !== 'string');
  return { ok: true, template: { origin, parts, macros } };
}

/**
 * The address for one patient. A value that is empty, or that a browser would read as a step in the path
 * ("." or ".."), or that is broken Unicode, counts as missing.
 */
export function fillTemplate(template: AddressTemplate, values: TemplateValues): FilledTemplate {
  let address = '';
  for (const part of template.parts) {
    if (typeof part === 'string') {
      address += part;
      continue;
    }
    const value = valueOf(part, values);
    if (value === null || /^\.{0,2}$|\p{Surrogate}/u.test(value)) return { filled: false, missing: part };
    address += encodeURIComponent(value);
  }
  if (originOf(address) !== template.origin) throw new TypeError('a filled address left the origin of its template');
  return { filled: true, address };
}

function readMacro(written: string): Macro | TemplateProblem {
  if (written === 'nhsNumber:spaced') return { name: written };
  const plain = plainMacros.find((name) => name === written);
  if (plain) return { name: plain };
  const [name, argument = ''] = split(written);
  if (name === 'localNumber' && argument !== '') return { name, authority: argument };
  if (name === 'dateOfBirth') {
    const format = dateFormats.find((known) => known === argument);
    return format ? { name, format } : { problem: 'unknown-date-format', written: argument };
  }
  return { problem: 'unknown-macro', written };
}

function valueOf(macro: Macro, { patient, studyInstanceUids }: TemplateValues): string | null {
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
