/**
 * The saved questions of the audit pages: what each narrows the trail down to, and what it needs to be told. One table
 * for the audit server, which turns it into SQL, and for the trail of one computer, which is looked through here.
 */
import type { AuditFilter, QuestionId } from '../../preload/auditContract.js';
import type { AuditEvent } from './audit.js';

type EventType = AuditEvent['type'];

export interface Question {
  /** As people would ask it. */
  readonly text: string;
  readonly answer:
    | { readonly kind: 'records' | 'shown' | 'sessions' }
    /** most: most patients first, instead of the latest first. */
    | { readonly kind: 'groups'; readonly by: 'user' | 'node' | 'day'; readonly most?: true };
  /** One of each list has to be given. */
  readonly needs: readonly (readonly (keyof AuditFilter)[])[];
  /** Absent: every type. */
  readonly types?: readonly EventType[];
  readonly only?: 'outside-hours' | 'same-name' | 'no-encounter';
}

/** Whatever showed somebody something of a patient. */
const LOOKS: readonly EventType[] = [
  'patient.chosen',
  'system.displayed',
  'beside.opened',
  'breakGlass.opened',
  'signOn.tokenIssued',
  'support.unmasked',
  'audit.viewed',
  'audit.exported',
];
const BREAK_GLASS: readonly EventType[] = [
  'breakGlass.asked',
  'breakGlass.declined',
  'breakGlass.refused',
  'breakGlass.opened',
  'breakGlass.ended',
];
/** What a minute of a session can be played again from. */
const PLAYED: readonly EventType[] = [
  'patient.chosen',
  'patient.closed',
  'system.displayed',
  'system.covered',
  'system.slept',
  'link.broken',
  'link.rejoined',
  'session.signedIn',
  'session.signedOut',
  'session.locked',
  'session.unlocked',
];

export const questions: Readonly<Record<QuestionId, Question>> = {
  live: { text: 'What is happening now?', answer: { kind: 'records' }, needs: [] },
  'who-looked': {
    text: 'Who looked at this patient?',
    answer: { kind: 'records' },
    needs: [['patient']],
    types: LOOKS,
  },
  'who-looked-people': {
    text: 'Who looked at this patient, person by person?',
    answer: { kind: 'groups', by: 'user' },
    needs: [['patient']],
    types: LOOKS,
  },
  'what-did-they-do': { text: 'What did this person do?', answer: { kind: 'records' }, needs: [['user']] },
  'from-where': {
    text: 'From which workstations and wards?',
    answer: { kind: 'groups', by: 'node' },
    needs: [['patient', 'user']],
  },
  'what-was-shown': {
    text: 'Which system showed what, and for how long?',
    answer: { kind: 'shown' },
    needs: [['patient', 'user', 'session', 'node']],
    types: ['system.displayed'],
  },
  'own-record': {
    text: 'Did this person open their own record?',
    answer: { kind: 'records' },
    needs: [['user'], ['patient']],
    types: LOOKS,
  },
  'same-name': {
    text: 'Did this person open records of people of their own family name?',
    answer: { kind: 'records' },
    needs: [['user']],
    types: ['system.displayed'],
    only: 'same-name',
  },
  flagged: {
    text: 'Who came to restricted records, or tried to?',
    answer: { kind: 'records' },
    needs: [],
    types: BREAK_GLASS,
  },
  'break-glass': {
    text: 'Which records were opened by break-glass, and why?',
    answer: { kind: 'records' },
    needs: [],
    types: ['breakGlass.opened'],
  },
  'no-encounter': {
    text: 'Which patients were opened without any of their encounters?',
    answer: { kind: 'records' },
    needs: [],
    types: ['patient.chosen'],
    only: 'no-encounter',
  },
  'unusual-hours': {
    text: 'What was looked at outside working hours?',
    answer: { kind: 'records' },
    needs: [],
    types: ['patient.chosen', 'system.displayed'],
    only: 'outside-hours',
  },
  'unusual-volume': {
    text: 'Who opened unusually many patients?',
    answer: { kind: 'groups', by: 'user', most: true },
    needs: [],
    types: ['patient.chosen'],
  },
  'signed-in-at': {
    text: 'Who was signed in at this workstation, at this time?',
    answer: { kind: 'sessions' },
    needs: [['node'], ['at']],
    types: ['session.signedIn'],
  },
  'sign-in-failures': {
    text: 'Which sign-ins of this person failed?',
    answer: { kind: 'records' },
    needs: [['user']],
    types: ['session.refused', 'session.unlockRefused'],
  },
  'in-step-at': {
    text: 'Was every tab in step with the banner, at this time?',
    answer: { kind: 'records' },
    needs: [['at'], ['session', 'user', 'node']],
    types: PLAYED,
  },
  'taken-away': {
    text: 'What was downloaded, copied or exported, or tried to be?',
    answer: { kind: 'records' },
    needs: [],
    types: ['download.refused', 'permission.refused', 'outside.opened', 'audit.exported'],
  },
  session: { text: 'What happened in this session?', answer: { kind: 'records' }, needs: [['session']] },
};

/** A working day of those who do not work in shifts, in the trust's time. */
export const WORKING_HOURS = { from: 7, to: 20, timeZone: 'Europe/London' } as const;
/** Rows of one page. */
export const PAGE_ROWS = 200;
/** Groups, and sessions, that one answer tells. */
export const MOST_GROUPS = 500;
/** Milliseconds before and after a moment of which a session is played. */
const PLAYED_BEFORE = 12 * 3_600_000;
const PLAYED_AFTER = 60_000;
/** Milliseconds that anybody stays signed in at most. */
const LONGEST_SESSION = 7 * 86_400_000;

/** @returns what is still to be said, in words; null: it can be asked */
export function missing(question: QuestionId, filter: AuditFilter): string | null {
  const lacking = questions[question].needs.find((anyOf) => anyOf.every((key) => filter[key] === undefined));
  if (lacking) return `Say the ${lacking.map((key) => NAMES[key]).join(' or the ')} first`;
  if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to)
    return 'The time begins after it ends';
  return null;
}

const NAMES: Readonly<Record<keyof AuditFilter, string>> = {
  patient: 'number of the patient',
  user: 'user name',
  node: 'workstation',
  system: 'system',
  session: 'session',
  from: 'beginning',
  to: 'end',
  at: 'time',
  failures: 'failures',
};

/** Question and filter as one: what is looked for, whoever looks. `at` has become a stretch of time. */
export interface Narrowing {
  readonly filter: Omit<AuditFilter, 'at'>;
  readonly types: readonly EventType[] | undefined;
  readonly only: Question['only'];
}

export function narrowing(question: QuestionId, { at, ...filter }: AuditFilter): Narrowing {
  const { types, only } = questions[question];
  const around = at === undefined ? {} : stretchAround(question, Date.parse(at));
  return { filter: { ...filter, ...around }, types, only };
}

function stretchAround(question: QuestionId, at: number): Pick<AuditFilter, 'from' | 'to'> {
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
  return question === 'signed-in-at'
    ? { from: iso(at - LONGEST_SESSION), to: iso(at + 1) }
    : { from: iso(at - PLAYED_BEFORE), to: iso(at + PLAYED_AFTER) };
}

/** A number as a stranger may see it: enough to tell two apart. */
export function masked(number: string): string {
  return `••• ${number.slice(-3)}`;
}

/** Letters of a family name, as names are compared: "O’NEIL-Smith" → "o neil smith". */
export function comparable(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^\p{Letter}]+/gu, ' ')
    .trim();
}

/** The family name of somebody whom the directory calls "Alex Morgan", "Dr Alex Morgan" or "MORGAN, Alex (Ward 7)". */
export function familyName(displayName: string): string {
  const plain = displayName.replace(/\(.*?\)/g, ' ').trim();
  const [before, after] = plain.split(',');
  return comparable(after === undefined ? (plain.split(/\s+/).at(-1) ?? '') : (before ?? ''));
}
