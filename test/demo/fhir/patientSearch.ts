/** The patient search of the demo's FHIR R4 server: pure, from search parameters to patients. */
import { population, type DemoPatient } from '../population.js';
import { patientResource } from './patientResource.js';

const PAGE_SIZE = 20;
const LARGEST_PAGE = 100;
const FILTERS = ['identifier', 'family', 'given', 'birthdate', '_id'] as const;
const PAGING = ['_count', '_offset'] as const;

export type SearchAnswer =
  | {
      readonly ok: true;
      readonly page: readonly DemoPatient[];
      readonly total: number;
      readonly nextOffset: number | null;
    }
  /** The request is refused. `diagnostics` names the parameter, never its value. */
  | { readonly ok: false; readonly code: 'not-supported' | 'value' | 'too-costly'; readonly diagnostics: string };

/**
 * FHIR R4 search: parameters of different names all hold (3.1.1.4.8); `identifier` is a token `system|value`, `|value`
 * or `value`; `family` and `given` match the beginning of any of the patient's names, whatever case and accents.
 * A parameter it does not know is refused rather than ignored, and so is a search for everybody.
 */
export function searchPatients(parameters: URLSearchParams): SearchAnswer {
  const filters: ((patient: DemoPatient) => boolean)[] = [];
  for (const [name, value] of parameters) {
    if (isOneOf(PAGING, name)) continue;
    if (!isOneOf(FILTERS, name))
      return { ok: false, code: 'not-supported', diagnostics: 'A search parameter is not supported.' };
    const filter = filterFor(name, value);
    if (!filter) return { ok: false, code: 'value', diagnostics: `The value of ${name} cannot be read.` };
    filters.push(filter);
  }
  if (filters.length === 0)
    return {
      ok: false,
      code: 'too-costly',
      diagnostics: 'Say whom to look for: identifier, family, given or birthdate.',
    };

  const count = wholeNumber(parameters.get('_count'), PAGE_SIZE);
  const offset = wholeNumber(parameters.get('_offset'), 0);
  if (count === null || offset === null)
    return { ok: false, code: 'value', diagnostics: '_count and _offset must be whole numbers.' };
  const found = population.filter((patient) => filters.every((matches) => matches(patient)));
  const end = offset + Math.min(count, LARGEST_PAGE);
  return {
    ok: true,
    page: found.slice(offset, end),
    total: found.length,
    nextOffset: end < found.length && end > offset ? end : null,
  };
}

function filterFor(name: (typeof FILTERS)[number], value: string): ((patient: DemoPatient) => boolean) | undefined {
  if (value.trim() === '') return undefined;
  switch (name) {
    case '_id':
      return ({ id }) => id === value;
    case 'birthdate': {
      const date = /^(?:eq)?(\d{4}-\d{2}-\d{2})$/.exec(value)?.[1];
      return date === undefined ? undefined : ({ birthDate }) => birthDate === date;
    }
    case 'family':
      return (patient) => namesOf(patient).some(({ family }) => startsAlike(family ?? '', value));
    case 'given':
      return (patient) => namesOf(patient).some(({ given }) => given?.some((one) => startsAlike(one, value)) ?? false);
    case 'identifier': {
      const bar = value.indexOf('|');
      const system = bar < 0 ? null : value.slice(0, bar);
      const wanted = value.slice(bar + 1);
      if (wanted === '') return undefined;
      return (patient) =>
        (patientResource(patient).identifier ?? []).some(
          (identifier) => identifier.value === wanted && (system === null || identifier.system === system),
        );
    }
  }
}

function namesOf(patient: DemoPatient) {
  return patientResource(patient).name ?? [];
}

function startsAlike(text: string, beginning: string): boolean {
  return plain(text).startsWith(plain(beginning));
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
