import { beforeEach, describe, expect, test } from 'vitest';
import { PatientContext } from '../../main/context/patientContext.js';
import type { AuditPort, RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { amara, brian } from './people.js';
import { surveyOfTest, type SurveyOfTest } from './surveyOfTest.js';
import { nothingRestricted } from './restrictedRecords.js';

let order: string[];
let recorded: RecordableEvent[];
let auditWorks: boolean;
let answers: Map<string, (patient: Patient) => void>;
let context: PatientContext;
let asking: SurveyOfTest;
let failures: unknown[];

beforeEach(() => {
  order = [];
  recorded = [];
  auditWorks = true;
  answers = new Map();
  failures = [];
  const audit: AuditPort = {
    record: (event) => {
      if (!auditWorks) throw new LanyardError('audit-unavailable', 'the audit trail cannot be written');
      order.push(event.type);
      recorded.push(event);
    },
  };
  asking = surveyOfTest(audit);
  context = new PatientContext(
    { get: (patientId) => new Promise((resolve) => answers.set(patientId, resolve)) },
    audit,
    {
      follow: (patient, epoch, { discard, breakLink, leader }) => {
        const how = [
          ...[...discard].map((id) => `-${id}`),
          ...[...breakLink].map((id) => `/${id}`),
          leader ?? [],
        ].flat();
        order.push(['follow', patient?.id ?? 'nobody', epoch, ...how].join(' '));
      },
    },
    asking.survey,
    nothingRestricted(),
    (error) => failures.push(error),
  );
});

async function choose(patient: Patient): Promise<void> {
  const chosen = context.select(patient.id);
  answers.get(patient.id)?.(patient);
  await chosen;
}

test('records the choice before any tab moves', async () => {
  await choose(amara);
  expect(order).toEqual(['patient.chosen', 'follow amara 1']);
});

test('moves nothing when the choice cannot be recorded', async () => {
  auditWorks = false;
  await expect(choose(amara)).rejects.toThrow(LanyardError);
  expect([order, context.current]).toEqual([[], { patient: null, epoch: 0 }]);
});

test('the newest choice wins, whichever record arrives last', async () => {
  const first = context.select('amara');
  const second = context.select('brian');
  answers.get('brian')?.(brian);
  await second;
  answers.get('amara')?.(amara);
  await first;
  expect(order).toEqual(['patient.chosen', 'follow brian 1']);
});

test('says who was chosen before', async () => {
  await choose(amara);
  await choose(brian);
  expect(recorded.at(-1)).toMatchObject({ epoch: 2, previous: { nhsNumber: amara.nhsNumber } });
});

test('refuses a record whose NHS number fails its check digit', async () => {
  await expect(choose({ ...amara, nhsNumber: '9990000019' })).rejects.toThrow('check digit');
  expect(order).toEqual([]);
});

test('closing takes the patient off every tab even when it cannot be recorded', async () => {
  await choose(amara);
  auditWorks = false;
  await expect(context.close()).rejects.toThrow(LanyardError);
  expect(order.at(-1)).toBe('follow nobody 2');
});

test('closing overtakes a choice that is under way', async () => {
  const chosen = context.select('amara');
  await context.close();
  answers.get('amara')?.(amara);
  await chosen;
  expect(context.current.patient).toBeNull();
});

test('at the end of the session the patient is closed and nobody is brought anywhere', async () => {
  await choose(amara);
  context.end();
  expect(order.slice(2)).toEqual(['patient.closed']);
  expect(context.current.patient).toBeNull();
});

describe('somebody objects', () => {
  const answer = (how: 'continue' | 'cancel' | 'break-link') => {
    asking.survey.answer(asking.survey.question?.id ?? '', how);
  };
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };

  beforeEach(async () => {
    asking.answers.set('epr', 'ready').set('pacs', 'ready');
    await choose(amara);
    order = [];
    recorded = [];
    asking.answers.set('epr', 'unsaved');
  });

  test('nothing moves, and the clinician is asked about the right system', async () => {
    await choose(brian);
    expect(asking.survey.question).toMatchObject({
      patient: brian,
      objections: [{ systemId: 'epr', title: 'EPR', kind: 'unsaved' }],
      mayContinue: true,
      mayBreakLink: true,
    });
    expect([order, context.current]).toEqual([['patient.changeHeld'], { patient: amara, epoch: 1 }]);
  });

  test.each([
    ['continue', ['patient.changeAnswered', 'patient.chosen', 'follow brian 2 -epr'], brian],
    ['break-link', ['patient.changeAnswered', 'patient.chosen', 'follow brian 2 /epr'], brian],
    ['cancel', ['patient.changeAnswered'], amara],
  ] as const)('%s', async (how, then, patient) => {
    await choose(brian);
    answer(how);
    await settle();
    expect([order.slice(1), context.current.patient, asking.survey.question]).toEqual([then, patient, null]);
    asking.answers.set('epr', 'ready');
    asking.clock.advance(5_000);
    await settle();
    expect(context.current.patient).toBe(patient);
  });

  test('a system that does not answer cannot be overruled, only left behind', async () => {
    asking.answers.set('pacs', 'busy');
    await choose(brian);
    expect(asking.survey.question).toMatchObject({ mayContinue: false });
    expect(() => {
      answer('continue');
    }).toThrow('cannot be chosen');
    answer('break-link');
    await settle();
    expect(order.at(-1)).toBe('follow brian 2 /epr /pacs');
  });

  test('a third patient is not offered, and not done', async () => {
    asking.mayBreakLink = false;
    await choose(brian);
    expect(() => {
      answer('break-link');
    }).toThrow('cannot be chosen');
    expect(context.current.patient).toBe(amara);
  });

  test('a block that ends is noticed within a second, and the change goes on', async () => {
    await choose(brian);
    asking.answers.set('epr', 'ready');
    asking.clock.advance(1_000);
    await settle();
    expect([context.current.patient, asking.survey.question]).toEqual([brian, null]);
    expect(order.at(-1)).toBe('follow brian 2');
  });

  test('an answer to what stood there before does nothing', async () => {
    await choose(brian);
    const before = asking.survey.question?.id ?? '';
    asking.answers.set('pacs', 'unsaved');
    asking.clock.advance(1_000);
    await settle();
    expect(asking.survey.question?.objections).toHaveLength(2);
    asking.survey.answer(before, 'continue');
    await settle();
    expect(context.current.patient).toBe(amara);
  });

  test('a newer choice takes the question away', async () => {
    await choose(brian);
    asking.answers.set('epr', 'ready');
    await choose(amara);
    expect(asking.survey.question).toBeNull();
    asking.clock.advance(5_000);
    await settle();
    expect(order.filter((line) => line.startsWith('follow'))).toEqual(['follow amara 2']);
  });

  test('the end of the session takes the question away', async () => {
    await choose(brian);
    context.end();
    expect(asking.survey.question).toBeNull();
    asking.answers.set('epr', 'ready');
    asking.clock.advance(5_000);
    await settle();
    expect(order.filter((line) => line.startsWith('follow'))).toEqual([]);
  });

  test('is not asked where that cannot be recorded', async () => {
    auditWorks = false;
    await expect(choose(brian)).rejects.toThrow(LanyardError);
    expect([asking.survey.question, context.current.patient]).toEqual([null, amara]);
  });

  test('an answer that cannot be recorded changes nothing', async () => {
    await choose(brian);
    auditWorks = false;
    expect(() => {
      answer('continue');
    }).toThrow(LanyardError);
    expect([asking.survey.question === null, context.current.patient]).toEqual([false, amara]);
  });

  test('a choice that cannot be recorded after all is told', async () => {
    await choose(brian);
    asking.answers.set('epr', 'ready');
    auditWorks = false;
    asking.clock.advance(1_000);
    await settle();
    expect([context.current.patient, failures]).toEqual([amara, [expect.any(LanyardError)]]);
  });

  test('closing asks as well', async () => {
    await context.close();
    expect(asking.survey.question).toMatchObject({ patient: null });
    answer('continue');
    await settle();
    expect(order.slice(2)).toEqual(['follow nobody 2 -epr', 'patient.closed']);
  });

  test('a choice by another program waits as well, and hears "no" when the clinician stays', async () => {
    const change = context.reserve();
    const agreed = change.agree(brian);
    await settle();
    expect(asking.survey.question).not.toBeNull();
    answer('cancel');
    expect(await agreed).toBe(false);
    expect(context.current.patient).toBe(amara);
  });

  test('a tab that leads is named to those who follow', async () => {
    asking.answers.set('epr', 'ready');
    await context.lead(brian, 'pacs');
    expect(order.at(-1)).toBe('follow brian 2 pacs');
  });
});
