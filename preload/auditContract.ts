/**
 * What the audit pages ask and are told: the part of the IPC contract that the audit server speaks too.
 *
 * Numbers of patients are either the NHS number (ten digits) or "authority|value", as in `patients.identifiers`.
 */
import { z } from 'zod';

/** Each is one saved query; what it narrows down to stands in main/domain/auditQuestions.ts. */
export const QuestionId = z.enum([
  'live',
  'who-looked',
  'who-looked-people',
  'what-did-they-do',
  'from-where',
  'what-was-shown',
  'own-record',
  'same-name',
  'flagged',
  'break-glass',
  'no-encounter',
  'unusual-hours',
  'unusual-volume',
  'signed-in-at',
  'sign-in-failures',
  'in-step-at',
  'taken-away',
  'session',
]);
export type QuestionId = z.infer<typeof QuestionId>;

const instant = z.iso.datetime();
const name = z.string().min(1).max(300);

/** Everything given has to hold. */
export const AuditFilter = z.strictObject({
  /** NHS number, or "authority|value". */
  patient: name.optional(),
  /** Principal name: user@domain. */
  user: name.optional(),
  /** Workstation or ward, as chain.open has it. */
  node: name.optional(),
  /** `systems[].id` */
  system: name.optional(),
  /** Random id of one sign-in. */
  session: name.optional(),
  /** From this moment on. */
  from: instant.optional(),
  /** Before this moment. */
  to: instant.optional(),
  /** The moment that the question is about. */
  at: instant.optional(),
  /** Only what failed or was refused. */
  failures: z.boolean().optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** report: a page to print, for whoever asks who looked at a record. */
export const ExportFormat = z.enum(['csv', 'evidence', 'fhir', 'dicom', 'report']);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const AlertAnswer = z.enum(['justified', 'escalated']);
export type AlertAnswer = z.infer<typeof AlertAnswer>;

export const AuditRow = z.strictObject({
  chain: z.string(),
  sequence: z.int(),
  at: z.string(),
  /** Whose computer, by its certificate; null: this one. */
  source: z.string().nullable(),
  node: z.string(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  /** Of the catalogue: "patient.chosen". */
  type: z.string(),
  /** 0 success · 4 minor, 8 serious, 12 major failure (DICOM PS3.15). */
  outcome: z.int(),
  /** Masked where no reason was given; null: about no patient. */
  patient: z.string().nullable(),
  system: z.string().nullable(),
  /** One sentence, without identities. */
  sentence: z.string(),
  /** Members of the event, for whoever opens the row; identities masked as in `patient`. */
  details: z.array(z.tuple([z.string(), z.string()])),
});
export type AuditRow = z.infer<typeof AuditRow>;

/** All that one person, workstation, patient or day has in common. */
export const AuditGroup = z.strictObject({
  key: z.string(),
  /** Shown of it; masked as a patient is. */
  title: z.string(),
  records: z.int(),
  /** Different patients. */
  patients: z.int(),
  failures: z.int(),
  first: z.string(),
  last: z.string(),
});
export type AuditGroup = z.infer<typeof AuditGroup>;

/** One page on the screen, from when to when. */
export const ShownSpan = z.strictObject({
  chain: z.string(),
  sequence: z.int(),
  from: z.string(),
  /** null: no line says when it ended. */
  to: z.string().nullable(),
  user: z.string().nullable(),
  node: z.string(),
  session: z.string().nullable(),
  system: z.string(),
  patient: z.string().nullable(),
  /** Read back and equal to the chosen patient. */
  verified: z.boolean(),
});
export type ShownSpan = z.infer<typeof ShownSpan>;

export const SessionSpan = z.strictObject({
  user: z.string(),
  node: z.string(),
  session: z.string(),
  from: z.string(),
  /** null: no line says so; it goes on, or Lanyard was cut off. */
  to: z.string().nullable(),
  reason: z.string().nullable(),
});
export type SessionSpan = z.infer<typeof SessionSpan>;

export const AuditAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('records'), rows: z.array(AuditRow), next: z.string().nullable() }),
  z.strictObject({
    kind: z.literal('groups'),
    by: z.enum(['user', 'node', 'day']),
    groups: z.array(AuditGroup),
    /** There are more than are told. */
    isCut: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('shown'), spans: z.array(ShownSpan), next: z.string().nullable() }),
  z.strictObject({ kind: z.literal('sessions'), sessions: z.array(SessionSpan), isCut: z.boolean() }),
]);
export type AuditAnswer = z.infer<typeof AuditAnswer>;

export const AuditQuery = z.strictObject({
  question: QuestionId,
  filter: AuditFilter,
  /** Where the page before ended; null: the newest. */
  cursor: z.string().max(200).nullable(),
  /** Why whoever asks wants to know; null: identities stay masked. */
  reason: z.string().min(10).max(300).nullable(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** How much happened when; equal stretches of time. */
export const AuditActivity = z.strictObject({
  /** Milliseconds that one stretch takes. */
  stretch: z.number(),
  stretches: z.array(z.strictObject({ from: z.string(), records: z.int(), failures: z.int() })),
});
export type AuditActivity = z.infer<typeof AuditActivity>;

export const AuditAlert = z.strictObject({
  reference: z.string(),
  at: z.string(),
  user: z.string().nullable(),
  node: z.string(),
  patient: z.string().nullable(),
  restrictions: z.array(z.string()),
  reason: z.string(),
  /** The clinician's own words; "" while identities are masked. */
  words: z.string(),
  answer: z.strictObject({ answer: AlertAnswer, note: z.string(), user: z.string(), at: z.string() }).nullable(),
});
export type AuditAlert = z.infer<typeof AuditAlert>;

/** One chain: a run of the program on one computer. */
const ChainHealth = z.strictObject({
  chain: z.string(),
  source: z.string().nullable(),
  node: z.string(),
  version: z.string(),
  from: z.string(),
  to: z.string(),
  records: z.int(),
  isClosed: z.boolean(),
  /** Plain words; empty: nothing. */
  troubles: z.array(z.string()),
});
export type ChainHealth = z.infer<typeof ChainHealth>;

/** One way out of this computer. */
export const DeliveryHealth = z.strictObject({
  title: z.string(),
  /** Records that are not certain to have arrived. */
  unsent: z.int(),
  /** When the oldest of them was written; null: there is none. */
  oldest: z.string().nullable(),
  /** null: not tried yet. */
  delivers: z.boolean().nullable(),
});
export type DeliveryHealth = z.infer<typeof DeliveryHealth>;

export const TrailHealth = z.strictObject({
  place: z.enum(['server', 'spool']),
  records: z.int(),
  /** Newest first. */
  chains: z.array(ChainHealth),
  /** Records that were refused and are kept apart. */
  refused: z.int(),
  /** Of the tree of all records; null: there is none here. */
  checkpoint: z.strictObject({ size: z.int(), root: z.string(), at: z.string() }).nullable(),
  /** Plain words for what somebody has to look at; empty: nothing. */
  troubles: z.array(z.string()),
  deliveries: z.array(DeliveryHealth),
});
export type TrailHealth = z.infer<typeof TrailHealth>;

/** proven: in the signed tree · whole: its chain is whole as far as this computer can tell · waiting: for the next checkpoint */
export const RowVerdict = z.enum(['proven', 'whole', 'waiting', 'altered', 'missing']);
export type RowVerdict = z.infer<typeof RowVerdict>;

export const RowName = z.strictObject({ chain: z.string().max(64), sequence: z.int().min(1) });
export type RowName = z.infer<typeof RowName>;

export const RowProof = z.strictObject({
  chain: z.string(),
  sequence: z.int(),
  verdict: RowVerdict,
  /** What was compared, in plain words. */
  steps: z.array(z.string()),
});
export type RowProof = z.infer<typeof RowProof>;

export const ExportedFile = z.strictObject({ file: z.string(), records: z.int(), hash: z.string() });
export type ExportedFile = z.infer<typeof ExportedFile>;

/** What of the trail can be looked at, and by whom. */
export const AuditEntrance = z.strictObject({
  /** The best first. */
  places: z.array(z.enum(['server', 'spool'])),
  /** Host of the audit server. */
  server: z.string().nullable(),
  mayUnmask: z.boolean(),
  mayJudge: z.boolean(),
  /** What people call the systems. */
  systems: z.array(z.strictObject({ id: z.string(), title: z.string() })),
  /** Each saved question, in words. */
  questions: z.array(z.strictObject({ id: QuestionId, text: z.string() })),
});
export type AuditEntrance = z.infer<typeof AuditEntrance>;

export const AuditPlace = z.enum(['server', 'spool']);
export type AuditPlace = z.infer<typeof AuditPlace>;

const inPlace = { place: AuditPlace };
const reason = z.string().min(10).max(300);

/** The audit pages' part of the contract's calls. Only for the roles that domain/auditAccess.ts names. */
export const auditCalls = {
  'audit.open': { input: z.undefined(), output: AuditEntrance },
  'audit.ask': { input: z.strictObject({ ...inPlace, query: AuditQuery }), output: AuditAnswer },
  'audit.activity': {
    input: z.strictObject({ ...inPlace, question: QuestionId, filter: AuditFilter }),
    output: AuditActivity,
  },
  'audit.alerts': {
    input: z.strictObject({ ...inPlace, reason: reason.nullable() }),
    output: z.array(AuditAlert),
  },
  'audit.answerAlert': {
    input: z.strictObject({
      ...inPlace,
      reference: z.string().min(1).max(200),
      answer: AlertAnswer,
      note: z.string().min(10).max(1000),
    }),
    output: z.void(),
  },
  'audit.health': { input: z.strictObject(inPlace), output: TrailHealth },
  'audit.prove': {
    input: z.strictObject({ ...inPlace, rows: z.array(RowName).min(1).max(200) }),
    output: z.array(RowProof),
  },
  /** Into the folder of downloads, under a name that says what it is. */
  'audit.export': {
    input: z.strictObject({ ...inPlace, question: QuestionId, filter: AuditFilter, reason, format: ExportFormat }),
    output: ExportedFile,
  },
} as const;
