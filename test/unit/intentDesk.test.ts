// Proves who opens what is wanted, who may want it, and that a choice for always is kept and taken back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeeperContext } from '../../main/context/deeperContext.js';
import type { RaisedIntent } from '../../main/context/intents/intent.js';
import { ChoosingDesk } from '../../main/context/intents/intentDesk.js';
import { intentOfActivity, intentOfFdc3 } from '../../main/context/intents/pageIntents.js';
import { rememberedChoices } from '../../main/context/intents/rememberedChoices.js';
import type { Errand } from '../../main/context/wantedLaunch.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import type { Beside } from '../../main/domain/beside.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { amara, brian } from './people.js';

const order = { kind: 'url-template', template: 'https://epr.example/order/{nhsNumber}' } as const;
let folder: string;
let clock: HandClock;
let recorded: RecordableEvent[];
let chosen: { patient: Patient | null; epoch: number };
let errands: [systemId: string, errand: Errand, beside: Beside][];
let activated: string[];
let seen: Map<string, Patient>;
let stays: string | null;
let reports: unknown[];
let desk: ChoosingDesk;

function makeDesk(file: string | null, principalName = 'amara.test@ward.example.nhs'): ChoosingDesk {
  const audit = { record: (event: RecordableEvent) => void recorded.push(event) };
  const nothing = (): void => undefined;
  const beside = new DeeperContext({
    audit,
    chosen: () => chosen,
    follow: nothing,
    publish: nothing,
    changed: nothing,
  });
  return new ChoosingDesk({
    systems: [
      { id: 'results', title: 'Results', intents: [{ intent: 'ViewResults' }] },
      { id: 'pacs', title: 'Images', intents: [{ intent: 'ViewImages' }] },
      { id: 'reading', title: 'Reading room', intents: [{ intent: 'ViewImages' }] },
      { id: 'epr', title: 'Record', intents: [{ intent: 'PlaceOrder', launch: order }] },
    ],
    tab: (systemId) => ({
      seenPatient: seen.get(systemId) ?? null,
      runErrand: (errand, now) => {
        errands.push([systemId, errand, now]);
        return Promise.resolve(stays);
      },
    }),
    chosen: () => chosen,
    isMeant: (patient, meant) => meant.numbers.some(({ value }) => value === patient.nhsNumber),
    beside,
    remembered: rememberedChoices(file, principalName, (error) => reports.push(error)),
    activate: (systemId) => void activated.push(systemId),
    audit,
    clock,
    newId: () => `q-${recorded.length}`,
    changed: nothing,
    report: (error) => void reports.push(error),
  });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-intents-'));
  clock = new HandClock();
  recorded = [];
  chosen = { patient: amara, epoch: 1 };
  errands = [];
  activated = [];
  seen = new Map([['results', amara]]);
  stays = null;
  reports = [];
  desk = makeDesk(null);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const meant = (patient: Patient) => ({
  id: null,
  numbers: [{ system: 'nhs', value: patient.nhsNumber ?? '' }],
  birthDate: null,
});
const wish = (name: RaisedIntent['name'], more: Partial<RaisedIntent> = {}): RaisedIntent => ({
  name,
  from: 'results',
  patient: meant(amara),
  ...more,
});
const study = { studyInstanceUid: '1.2.3', accessionNumber: null };
const answered = (): unknown => recorded.findLast(({ type }) => type === 'intent.answered');
const question = (): string => desk.question?.id ?? 'none';

test('the only system that can opens it, by its own launch, after the line that says so', async () => {
  expect(await desk.raise(wish('PlaceOrder', { order: 'R-7' }))).toEqual({ outcome: 'opened', systemId: 'epr' });
  expect(errands).toEqual([['epr', { launch: order, order: 'R-7' }, { study: null, encounter: null }]]);
  expect(activated).toEqual(['epr']);
  expect(recorded).toMatchObject([
    { type: 'intent.raised', intent: 'PlaceOrder', systemId: 'results', systems: ['epr'] },
    { type: 'intent.answered', outcome: 'opened', systemId: 'epr', choice: 'only-one' },
  ]);
});

describe('refuses', () => {
  test.each<[why: string, prepare: () => void, intent: RaisedIntent, sentence: string]>([
    [
      'a page that is not seen in step',
      () => {
        seen.clear();
      },
      wish('PlaceOrder'),
      'not in step',
    ],
    ['a page that shows somebody else', () => seen.set('results', brian), wish('PlaceOrder'), 'not in step'],
    ['another patient', () => undefined, wish('PlaceOrder', { patient: meant(brian) }), 'another patient'],
    [
      'without a patient',
      () => void (chosen = { patient: null, epoch: 2 }),
      wish('PlaceOrder'),
      'No patient is chosen',
    ],
    ['what nobody can', () => undefined, wish('ViewLetters'), 'No other system here can do that: show letters'],
    ['what only the asking page can', () => undefined, wish('ViewResults'), 'No other system here'],
  ])('%s', async (_why, prepare, intent, sentence) => {
    prepare();
    const answer = await desk.raise(intent);
    expect(answer).toMatchObject({ outcome: 'refused', sentence: expect.stringContaining(sentence) as string });
    expect([errands, activated]).toEqual([[], []]);
    expect(answered()).toMatchObject({ outcome: 'refused', systemId: null });
  });

  test('a second question while one is open', async () => {
    const first = desk.raise(wish('ViewImages'));
    expect(await desk.raise(wish('PlaceOrder'))).toMatchObject({ outcome: 'refused' });
    desk.answer(question(), null, false);
    expect(await first).toEqual({ outcome: 'cancelled' });
  });

  test('says so where the tab has unsaved work, and shows that tab', async () => {
    stays = 'Record stays where it is, because something there is not saved';
    expect(await desk.raise(wish('PlaceOrder'))).toEqual({ outcome: 'refused', sentence: stays });
    expect(activated).toEqual(['epr']);
  });
});

describe('where several can', () => {
  test('the clinician chooses, and the study is open beside the patient', async () => {
    const raised = desk.raise(wish('ViewImages', { study }));
    expect(desk.question).toMatchObject({
      from: 'Results',
      systems: [{ id: 'pacs' }, { id: 'reading' }],
      lasts: 'session',
    });
    expect(recorded.some(({ type }) => type === 'beside.opened')).toBe(false);
    desk.answer('older', 'pacs', false);
    desk.answer(question(), 'epr', false); // not offered
    desk.answer(question(), 'reading', false);
    expect(await raised).toEqual({ outcome: 'opened', systemId: 'reading' });
    expect(errands).toEqual([['reading', { launch: null, order: null }, { study, encounter: null }]]);
    expect(answered()).toMatchObject({ choice: 'asked' });
    expect(desk.question).toBeNull();
  });

  test('another patient, or two minutes, end the question', async () => {
    const first = desk.raise(wish('ViewImages'));
    chosen = { patient: brian, epoch: 2 };
    desk.patientChanged();
    expect(await first).toEqual({ outcome: 'cancelled' });
    seen.set('results', brian);
    const second = desk.raise(wish('ViewImages', { patient: meant(brian) }));
    expect(desk.question).not.toBeNull();
    clock.advance(120_000);
    expect(await second).toEqual({ outcome: 'cancelled' });
    expect(errands).toEqual([]);
  });

  test('an answer that comes with the next patient opens nothing', async () => {
    const raised = desk.raise(wish('ViewImages', { study }));
    desk.answer(question(), 'pacs', false);
    chosen = { patient: brian, epoch: 2 }; // in the same turn
    expect(await raised).toEqual({ outcome: 'cancelled' });
    expect(errands).toEqual([]);
  });

  test('"always" is asked once, kept for this clinician alone, and taken back', async () => {
    const file = path.join(folder, 'user', 'intent-choices.json');
    desk = makeDesk(file);
    const raised = desk.raise(wish('ViewImages'));
    desk.answer(question(), 'reading', true);
    await raised;
    desk = makeDesk(file, 'AMARA.test@ward.example.nhs');
    expect(desk.offered.find(({ intent }) => intent === 'ViewImages')).toMatchObject({ always: 'reading' });
    expect(await desk.raise(wish('ViewImages'))).toEqual({ outcome: 'opened', systemId: 'reading' });
    expect(answered()).toMatchObject({ choice: 'remembered' });
    expect(readFileSync(file, 'utf8')).not.toMatch(/amara/iu);
    const other = makeDesk(file, 'brian.test@ward.example.nhs');
    expect(other.offered.find(({ intent }) => intent === 'ViewImages')).toMatchObject({ always: null });
    desk.forget('ViewImages');
    expect(makeDesk(file).offered.find(({ intent }) => intent === 'ViewImages')).toMatchObject({ always: null });
    expect(reports).toEqual([]);
  });

  test('a file that cannot be read is reported, and everybody is asked', () => {
    const file = path.join(folder, 'intent-choices.json');
    writeFileSync(file, '{"version":1,"clinicians":{"x":{"ViewImages":7}}}');
    expect(makeDesk(file).offered.find(({ intent }) => intent === 'ViewImages')).toMatchObject({ always: null });
    expect(reports).toHaveLength(1);
  });
});

test('what pages say is read strictly', () => {
  const patient = meant(amara);
  expect(intentOfFdc3('results', 'ViewImages', { patient, study: '1.2.3' })).toMatchObject({
    name: 'ViewImages',
    study,
  });
  expect(() => intentOfFdc3('results', 'ViewChart', { patient, study: null })).toThrow('Nothing here opens that');
  expect(() => intentOfFdc3('results', 'ViewImages', { patient, study: '1..2' })).toThrow('cannot be read');
  expect(intentOfActivity('app', 'PlaceOrder', { orderNumber: 'R-7' })).toMatchObject({ order: 'R-7', patient: null });
  expect(() => intentOfActivity('app', 'ViewImages', { accessionNumber: 'A*' })).toThrow('cannot be read');
});
