/** Page, question and filters of the audit view, as they stand in the address: the back button works, and a link can be sent. */
import type { AuditFilter, QuestionId } from '../../preload/auditContract.js';
import { LABELS, QUESTIONS_OF } from './questionPages.js';

export const PAGES = ['Patient', 'User', 'Live', 'Alerts', 'Health', 'Evidence'] as const;
export type PageName = (typeof PAGES)[number];

export interface AuditAddress {
  readonly page: PageName;
  readonly question: QuestionId | null;
  readonly filter: AuditFilter;
}

const PREFIX = '#/audit/';

export function writeAddress({ page, question, filter }: AuditAddress): string {
  const query = new URLSearchParams();
  if (question !== null) query.set('question', question);
  for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
  const text = query.toString();
  return `${PREFIX}${page.toLowerCase()}${text === '' ? '' : `?${text}`}`;
}

/** @returns the live page where it is no address of ours; what is not known is left out. The main process checks the rest. */
export function readAddress(hash: string): AuditAddress {
  const [name = '', query = ''] = hash.startsWith(PREFIX) ? hash.slice(PREFIX.length).split('?') : [];
  const page = PAGES.find((one) => one.toLowerCase() === name) ?? 'Live';
  const given = new URLSearchParams(query);
  const filter: Record<string, string | boolean> = {};
  for (const key of [...Object.keys(LABELS), 'session']) {
    const value = given.get(key);
    if (value !== null && value !== '') filter[key] = value;
  }
  if (given.get('failures') === 'true') filter['failures'] = true;
  const asked = given.get('question');
  const question = Object.values(QUESTIONS_OF)
    .flat()
    .find((one) => one === asked);
  return { page, question: question ?? null, filter };
}
