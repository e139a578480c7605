/** Which saved questions stand on which page, and what each is asked with. */
import type { AuditFilter, QuestionId } from '../../preload/auditContract.js';

export type Field = Exclude<keyof AuditFilter, 'failures' | 'session'>;

export const QUESTIONS_OF: Readonly<Record<'Patient' | 'User' | 'Live' | 'Evidence', readonly QuestionId[]>> = {
  Patient: ['who-looked', 'who-looked-people', 'from-where', 'what-was-shown'],
  User: [
    'what-did-they-do',
    'what-was-shown',
    'from-where',
    'own-record',
    'same-name',
    'sign-in-failures',
    'in-step-at',
    'session',
  ],
  Live: [
    'live',
    'signed-in-at',
    'break-glass',
    'flagged',
    'no-encounter',
    'unusual-hours',
    'unusual-volume',
    'taken-away',
  ],
  Evidence: [
    'who-looked',
    'what-did-they-do',
    'what-was-shown',
    'own-record',
    'same-name',
    'break-glass',
    'flagged',
    'taken-away',
    'unusual-hours',
    'live',
  ],
};

const RANGE: readonly Field[] = ['from', 'to'];

/** Every question can be narrowed further than it has to be. */
export const FIELDS_OF: Readonly<Record<QuestionId, readonly Field[]>> = {
  live: ['user', 'node', 'system', ...RANGE],
  'who-looked': ['patient', 'user', ...RANGE],
  'who-looked-people': ['patient', ...RANGE],
  'what-did-they-do': ['user', 'system', ...RANGE],
  'from-where': ['patient', 'user', ...RANGE],
  'what-was-shown': ['patient', 'user', 'system', ...RANGE],
  'own-record': ['user', 'patient', ...RANGE],
  'same-name': ['user', ...RANGE],
  flagged: ['user', ...RANGE],
  'break-glass': ['user', ...RANGE],
  'no-encounter': ['user', ...RANGE],
  'unusual-hours': ['user', 'node', ...RANGE],
  'unusual-volume': ['node', ...RANGE],
  'signed-in-at': ['node', 'at'],
  'sign-in-failures': ['user', ...RANGE],
  'in-step-at': ['user', 'at'],
  'taken-away': ['user', ...RANGE],
  session: ['user', ...RANGE],
};

/** What has to be there on this page before anything can be asked. */
export const NEEDED: Readonly<Partial<Record<QuestionId, readonly Field[]>>> = {
  'who-looked': ['patient'],
  'who-looked-people': ['patient'],
  'what-did-they-do': ['user'],
  'own-record': ['user', 'patient'],
  'same-name': ['user'],
  'sign-in-failures': ['user'],
  'in-step-at': ['user', 'at'],
  'signed-in-at': ['node', 'at'],
};

export const LABELS: Readonly<Record<Field, string>> = {
  patient: 'Patient number',
  user: 'User name',
  node: 'Workstation',
  system: 'System',
  from: 'From',
  to: 'Until',
  at: 'At',
};
