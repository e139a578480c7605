/** Page, question and filters of the audit view, as they stand in the address: the back button works, and a link can be sent. */
import { AuditFilter, type QuestionId, QuestionId as Question } from '../../preload/auditContract.js';

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

/** @returns the live page where it is no address of ours; what is wrong in it is left out */
export function readAddress(hash: string): AuditAddress {
  const [name = '', query = ''] = hash.startsWith(PREFIX) ? hash.slice(PREFIX.length).split('?') : [];
  const page = PAGES.find((one) => one.toLowerCase() === name) ?? 'Live';
  const given = Object.fromEntries(new URLSearchParams(query));
  const { question, failures, ...texts } = given;
  const filter = AuditFilter.safeParse({ ...texts, ...(failures === 'true' && { failures: true }) });
  return {
    page,
    question: Question.safeParse(question).data ?? null,
    filter: filter.success ? filter.data : {},
  };
}
