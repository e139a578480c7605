/** An invented trail for the screens of the audit pages. */
import type {
  AuditActivity,
  AuditAlert,
  AuditAnswer,
  AuditEntrance,
  AuditRow,
  RowProof,
  TrailHealth,
} from '../../preload/auditContract.js';

const chain = '9c73f302698fa249f2f0ab27fc041d6c';
const at = (minute: number): string => new Date(Date.UTC(2026, 1, 12, 13, minute, 7)).toISOString();

export const entrance: AuditEntrance = {
  places: ['server', 'spool'],
  server: 'audit.test.example.nhs',
  mayUnmask: true,
  mayJudge: true,
  systems: [
    { id: 'epr', title: 'Patient record' },
    { id: 'pacs', title: 'Images' },
  ],
  questions: [
    { id: 'live', text: 'What is happening now?' },
    { id: 'who-looked', text: 'Who looked at this patient?' },
    { id: 'what-did-they-do', text: 'What did this person do?' },
    { id: 'in-step-at', text: 'Was every tab in step with the banner, at this time?' },
  ],
};

const row = (sequence: number, more: Partial<AuditRow>): AuditRow => ({
  chain,
  sequence,
  at: at(60 - sequence),
  source: 'ward-7-pc-2.test.example.nhs',
  node: 'Ward 7, PC 2',
  user: 'test.clinician@test.example.nhs',
  session: 'a7b1d91b4f5275ac1674dc41ea241b31',
  type: 'patient.chosen',
  outcome: 0,
  patient: '••• 018',
  system: null,
  sentence: 'Opened a patient',
  details: [
    ['epoch', '1'],
    ['patient', '{"identifiers":[],"nhsNumber":"••• 018"}'],
  ],
  ...more,
});

export const rows: AuditAnswer = {
  kind: 'records',
  rows: [
    row(1, { type: 'system.displayed', system: 'epr', sentence: 'epr showed the patient' }),
    row(2, {}),
    row(3, {
      type: 'download.refused',
      outcome: 4,
      patient: null,
      system: 'epr',
      sentence: 'A download from epr was refused',
    }),
    row(4, {
      type: 'breakGlass.opened',
      sentence: 'Broke the glass (Restricted record): I am treating this patient',
    }),
    row(5, { type: 'session.signedIn', patient: null, sentence: 'Signed in (clinician)' }),
  ],
  next: null,
};
export const nothing: AuditAnswer = { kind: 'records', rows: [], next: null };

/** As many as a long search brings to one page's table. */
export const many: AuditAnswer = {
  kind: 'records',
  rows: Array.from({ length: 1_000 }, (_, index) => row(index + 1, { at: at(-index) })),
  next: null,
};

export const activity: AuditActivity = {
  stretch: 600_000,
  stretches: Array.from({ length: 60 }, (_, index) => ({
    from: at(index * 10 - 600),
    records: (index * 7) % 23,
    failures: index % 17 === 3 ? 2 : 0,
  })),
};

export const proofs: RowProof[] = rows.rows.map(({ sequence }) => ({
  chain,
  sequence,
  verdict: 'proven',
  steps: ['Its hash fits what it says', '20 hashes lead from it to the root', 'That root is signed'],
}));
export const badProofs: RowProof[] = proofs.map((proof, index) =>
  index === 1 ? { ...proof, verdict: 'altered', steps: ['Its hash does not fit what it says'] } : proof,
);

export const alerts: AuditAlert[] = [
  {
    reference: 'bg-2',
    at: at(40),
    user: 'test.clinician@test.example.nhs',
    node: 'Ward 7, PC 2',
    patient: '••• 018',
    restrictions: ['Restricted record'],
    reason: 'I am treating this patient',
    words: '',
    answer: null,
  },
  {
    reference: 'bg-1',
    at: at(10),
    user: 'test.colleague@test.example.nhs',
    node: 'Ward 2',
    patient: '••• 026',
    restrictions: ['Restricted record', 'Member of staff'],
    reason: 'Emergency',
    words: '',
    answer: {
      answer: 'escalated',
      note: 'Not on the list of the ward',
      user: 'test.officer@test.example.nhs',
      at: at(50),
    },
  },
];

const run = { source: 'ward-7-pc-2.test.example.nhs', node: 'Ward 7, PC 2', version: '0.1.0', isClosed: true };
export const health: TrailHealth = {
  place: 'server',
  records: 1_204_771,
  chains: [
    { ...run, chain: 'a', from: at(0), to: at(50), records: 812, isClosed: false, troubles: [] },
    { ...run, chain: 'b', from: at(-600), to: at(-20), records: 2044, troubles: [] },
    {
      ...run,
      chain: 'c',
      from: at(-900),
      to: at(-700),
      records: 310,
      isClosed: false,
      troubles: [
        'It has no end: Lanyard or the computer crashed',
        '7 records are kept apart: they did not go on from the others',
      ],
    },
  ],
  refused: 7,
  checkpoint: { size: 1_204_771, root: '3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', at: at(59) },
  troubles: ['7 records did not go on from what is held, and are kept apart'],
  deliveries: [
    { title: 'Audit server (audit.test.example.nhs)', unsent: 0, oldest: null, delivers: true },
    { title: 'Syslog receiver (siem.test.example.nhs)', unsent: 214, oldest: at(12), delivers: false },
  ],
};
