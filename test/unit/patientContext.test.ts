import { beforeEach, expect, test } from 'vitest';
import { PatientContext } from '../../main/context/patientContext.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { amara, brian } from './people.js';

let order: string[];
let recorded: RecordableEvent[];
let auditWorks: boolean;
let answers: Map<string, (patient: Patient) => void>;
let context: PatientContext;

beforeEach(() => {
  order = [];
  recorded = [];
  auditWorks = true;
  answers = new Map();
  context = new PatientContext(
    { get: (patientId) => new Promise((resolve) => answers.set(patientId, resolve)) },
    {
      record: (event) => {
        if (!auditWorks) throw new LanyardError('audit-unavailable', 'the audit trail cannot be written');
        order.push(event.type);
        recorded.push(event);
      },
    },
    { follow: (patient, epoch) => order.push(`follow ${patient?.id ?? 'nobody'} ${epoch}`) },
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
  expect(() => {
    context.close();
  }).toThrow(LanyardError);
  expect(order.at(-1)).toBe('follow nobody 2');
});

test('closing overtakes a choice that is under way', async () => {
  const chosen = context.select('amara');
  context.close();
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
