/** A restricted record, whoever wants it: nothing moves before a reason, the line precedes the opening, an alert names nobody. */
import { beforeEach, describe, expect, test } from 'vitest';
import { BreakGlass, type BreakGlassParts } from '../../main/context/breakGlass.js';
import { PatientContext } from '../../main/context/patientContext.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient, Role } from '../../preload/contract.js';
import { amara, brian } from './people.js';
import { surveyOfTest, type SurveyOfTest } from './surveyOfTest.js';

const R = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
const flagged: Patient = { ...amara, securityLabels: [R] };
const NUMBERS = { nhsNumber: '9990000018', identifiers: [{ authority: 'rm3', value: 'RM1000017' }] };
const answer = { reason: 'Emergency', words: 'unconscious in resus, bay 2' };

let happened: string[];
let recorded: RecordableEvent[];
let auditWorks: boolean;
let failures: unknown[];
let survey: SurveyOfTest;
let glass: BreakGlass;
let context: PatientContext;

function start(
  reasons: readonly string[] = ['Emergency', 'Direct care'],
  roles: readonly Role[] = ['clinician'],
): void {
  let ids = 0;
  const audit: BreakGlassParts['audit'] = {
    record: (event) => {
      if (!auditWorks) throw new LanyardError('audit-unavailable', 'the audit trail cannot be written');
      happened.push(event.type);
      recorded.push(event);
    },
  };
  glass = new BreakGlass({
    restricted: { labels: [{ ...R, title: 'Restricted record', openTo: ['privacyOfficer'] }], reasons },
    roles,
    audit,
    newId: () => `id ${++ids}`,
    titleOf: (systemId) => systemId.toUpperCase(),
    changed: () => happened.push(glass.question ? 'asked' : 'not asked'),
  });
  survey = surveyOfTest(audit);
  context = new PatientContext(
    { get: async (id) => (id === 'amara' ? flagged : brian) },
    audit,
    { follow: (patient, epoch) => happened.push(`follow ${patient?.id ?? 'nobody'} ${epoch}`) },
    survey.survey,
    glass,
    (error) => failures.push(error),
  );
}

/** @returns the id of the question */
function asked(): string {
  const { question } = glass;
  if (!question) throw new Error('nobody was asked');
  return question.id;
}

beforeEach(() => {
  happened = [];
  recorded = [];
  auditWorks = true;
  failures = [];
  start();
});

describe('a clinician chooses a restricted record', () => {
  test('nothing moves before a reason; then the line, the alert, the patient', async () => {
    await context.select('brian');
    happened.length = 0;
    await context.select('amara');
    expect(context.current).toMatchObject({ patient: { id: 'brian' }, epoch: 1 });
    expect(glass.question).toMatchObject({
      patient: { id: 'amara' },
      restrictions: ['Restricted record'],
      reasons: ['Emergency', 'Direct care'],
      from: null,
    });
    glass.answer(asked(), answer);
    await expect.poll(() => context.current.patient?.id).toBe('amara');
    expect(happened).toEqual([
      'breakGlass.asked',
      'asked',
      'breakGlass.opened',
      'privacy.alerted',
      'not asked',
      'patient.chosen',
      'follow amara 2',
    ]);
    expect(recorded).toContainEqual({
      type: 'breakGlass.opened',
      reference: 'id 2',
      patient: NUMBERS,
      restrictions: ['Restricted record'],
      ...answer,
    });
  });

  test('the alert names the line and nobody', async () => {
    await context.select('amara');
    glass.answer(asked(), answer);
    expect(recorded.filter(({ type }) => type === 'privacy.alerted')).toEqual([
      { type: 'privacy.alerted', reference: 'id 2' },
    ]);
  });

  test('left closed, nothing has changed, not even where the audit trail fails', async () => {
    await context.select('brian');
    await context.select('amara');
    auditWorks = false;
    expect(() => {
      glass.answer(asked(), null);
    }).toThrow(LanyardError);
    await new Promise((resolve) => setImmediate(resolve));
    expect(context.current).toMatchObject({ patient: { id: 'brian' }, epoch: 1 });
    expect(glass.question).toBeNull();
  });

  test('is asked once in a session, which ends it on record', async () => {
    await context.select('amara');
    glass.answer(asked(), answer);
    await context.select('brian');
    await context.select('amara');
    expect(context.current.patient?.id).toBe('amara');
    glass.end();
    expect(recorded.at(-1)).toEqual({ type: 'breakGlass.ended', reference: 'id 2', patient: NUMBERS });
    await context.select('brian');
    await context.select('amara');
    expect(glass.question).not.toBeNull();
  });

  test('whoever has unsaved work is asked after it', async () => {
    survey.answers.set('epr', 'unsaved');
    await context.select('amara');
    expect(survey.survey.question).toBeNull();
    glass.answer(asked(), answer);
    await expect.poll(() => survey.survey.question).not.toBeNull();
    expect(context.current.patient).toBeNull();
  });

  test('a newer choice takes the question away', async () => {
    await context.select('amara');
    const old = asked();
    await context.select('brian');
    expect(glass.question).toBeNull();
    glass.answer(old, answer);
    await new Promise((resolve) => setImmediate(resolve));
    expect(context.current.patient?.id).toBe('brian');
    expect(happened).not.toContain('breakGlass.opened');
  });

  test('a lock takes the question away', async () => {
    await context.select('amara');
    context.hold(true);
    expect(glass.question).toBeNull();
  });

  test('the list says beforehand of which records it is asked', async () => {
    expect([glass.restrictionsOf(flagged), glass.restrictionsOf(brian)]).toEqual([['Restricted record'], []]);
    await context.select('amara');
    glass.answer(asked(), answer);
    expect(glass.restrictionsOf(flagged)).toEqual([]);
  });

  test('a role it is open to is not asked', async () => {
    start(undefined, ['privacyOfficer']);
    expect(glass.restrictionsOf(flagged)).toEqual([]);
    await context.select('amara');
    expect(context.current.patient?.id).toBe('amara');
  });

  test('where nobody may give a reason it stays closed, in words', async () => {
    start([]);
    await expect(context.select('amara')).rejects.toMatchObject({
      code: 'forbidden',
      message: 'Restricted record: your role does not open it. Ask whoever is responsible for the patient',
    });
    expect(happened).toEqual(['breakGlass.refused']);
    expect(context.current.patient).toBeNull();
  });
});

describe('an answer', () => {
  test.each([
    ['another reason', { ...answer, reason: 'Curiosity' }],
    ['no words', { ...answer, words: '' }],
    ['too few words', { ...answer, words: '  too few  ' }],
    ['too many words', { ...answer, words: 'x'.repeat(501) }],
  ])('with %s is refused, and the question stays', async (_what, wrong) => {
    await context.select('amara');
    expect(() => {
      glass.answer(asked(), wrong);
    }).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
    expect(glass.question).not.toBeNull();
    expect(happened).not.toContain('breakGlass.opened');
  });

  test('that cannot be recorded opens nothing, and the question stays', async () => {
    await context.select('amara');
    auditWorks = false;
    expect(() => {
      glass.answer(asked(), answer);
    }).toThrow(expect.objectContaining({ code: 'audit-unavailable' }) as Error);
    expect(glass.question).not.toBeNull();
    expect(context.current.patient).toBeNull();
  });
});

describe('others who want it', () => {
  test('a page that leads is not followed silently', async () => {
    await context.lead(flagged, 'orders');
    expect(glass.question?.from).toBe('ORDERS');
    expect(context.current.patient).toBeNull();
  });

  test('a page that changed by itself is told no when it stays closed', async () => {
    const change = context.reserve('orders');
    const agreed = change.agree(flagged);
    glass.answer(asked(), null);
    expect(await agreed).toBe(false);
  });

  test('another program is told yes once the reason is on record', async () => {
    const change = context.reserve();
    const agreed = change.agree(flagged, 7);
    expect(glass.question?.from).toBe('Another program');
    glass.answer(asked(), answer);
    expect(await agreed).toBe(true);
    expect(change.commit(flagged)).toBe(true);
    expect(happened.slice(-2)).toEqual(['patient.chosen', 'follow amara 1']);
  });
});
