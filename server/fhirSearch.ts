/** The search parameters of IHE ITI-81 that have an answer here, as a filter. */
import { readCursor } from '../main/audit/store/auditStore.js';
import type { AuditFilter } from '../preload/auditContract.js';

interface Search {
  readonly filter: AuditFilter;
  readonly cursor: string | null;
}

type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

const NHS_NUMBERS = 'https://fhir.nhs.uk/Id/nhs-number';
const known = ['date', 'patient.identifier', 'agent.identifier', 'source.identifier', 'outcome', '_cursor', '_format'];

/** @returns in words what is wrong with it: a parameter that was ignored would give a wrong answer */
export function auditEventSearch(
  parameters: Parameters,
  identifierSystems: Readonly<Record<string, string>>,
): Search | string {
  const unknown = Object.keys(parameters).find((name) => !known.includes(name));
  if (unknown !== undefined) return `There is no search by ${unknown}. There is: ${known.join(', ')}`;
  const filter: { -readonly [Key in keyof AuditFilter]: AuditFilter[Key] } = {};
  const dates = [parameters['date'] ?? []].flat();
  if (dates.length === 0) return 'date is needed: date=ge2026-11-01&date=lt2026-12-01';
  for (const date of dates) {
    const [, prefix = '', day = ''] = /^(ge|gt|lt|le)(\d{4}-\d\d-\d\d.*)$/.exec(date) ?? [];
    const at = Date.parse(day);
    if (Number.isNaN(at)) return `date=${date} is none: a prefix (ge, gt, lt, le) and a date`;
    const isDay = day.length === 10;
    if (prefix === 'ge' || prefix === 'gt')
      filter.from = new Date(at + (prefix === 'gt' ? (isDay ? 86_400_000 : 1) : 0)).toISOString();
    else filter.to = new Date(at + (prefix === 'le' ? (isDay ? 86_400_000 : 1) : 0)).toISOString();
  }
  const single = (name: string): string | undefined => [parameters[name] ?? []].flat()[0];
  const patient = single('patient.identifier');
  if (patient !== undefined) {
    const [system = '', value = ''] = patient.includes('|') ? patient.split('|', 2) : ['', patient];
    const [authority] = Object.entries(identifierSystems).find(([, uri]) => uri === system) ?? [];
    if (system !== '' && system !== NHS_NUMBERS && authority === undefined)
      return `patient.identifier: nobody here numbers patients by ${system}`;
    filter.patient = authority === undefined ? value : `${authority}|${value}`;
  }
  const agent = single('agent.identifier');
  if (agent !== undefined) filter.user = agent.replace(/^\|/, '');
  const source = single('source.identifier');
  if (source !== undefined) filter.node = source.replace(/^\|/, '');
  const outcome = single('outcome');
  if (outcome !== undefined) {
    if (outcome !== '4,8,12') return 'outcome can only be 4,8,12: everything that failed';
    filter.failures = true;
  }
  const cursor = single('_cursor') ?? null;
  if (cursor !== null && readCursor(cursor) === null) return `_cursor=${cursor} is none of ours`;
  return { filter, cursor };
}
