import { beforeEach, expect, test } from 'vitest';
import type { PageReading } from '../../main/context/systemView.js';
import type { Reading } from '../../main/workspace/isolated/readBack.js';
import { PageReader, type ReadingRule, type ScriptRunner } from '../../main/workspace/pageReader.js';
import { HandClock } from './handClock.js';

const rules: ReadingRule[] = [
  { field: 'nhsNumber', selector: '.number' },
  { field: 'dateOfBirth', selector: '.born', format: 'DD-MMM-YYYY', frame: '#record', pattern: 'Born (.*)' },
];

interface Asked {
  readonly code: string;
  readonly frame: number | null;
  readonly answer: (reading: Reading) => void;
  readonly fail: () => void;
}

let clock: HandClock;
let asked: Asked[];
let pings: { answer: () => void }[];
let readings: PageReading[];
let health: string[];
let reader: PageReader;

beforeEach(() => {
  clock = new HandClock();
  asked = [];
  pings = [];
  readings = [];
  health = [];
  const runner: ScriptRunner = {
    run: (code, frame) =>
      new Promise((resolve, reject) => {
        asked.push({
          code,
          frame,
          answer: resolve,
          fail: () => {
            reject(new Error('the frame is gone'));
          },
        });
      }),
    ping: () => new Promise((resolve) => pings.push({ answer: resolve })),
  };
  reader = new PageReader(runner, '/* the script */', rules, null, () => false, clock, {
    reading: (reading) => readings.push(reading),
    hung: () => health.push('hung'),
    responsive: () => health.push('responsive'),
  });
  reader.restart();
});

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const reading = (version: number, texts: string[][], foreignFrames: (number | null)[] = [null, null]): Reading => ({
  version,
  texts,
  foreignFrames,
  asksForPassword: false,
  showsSignInSign: false,
});

test('announces what the page shows, and asks for the next change', async () => {
  asked[0]?.answer(reading(1, [['999 000 0018'], ['Born 12-Apr-1961']]));
  await settle();
  expect(readings[0]?.places).toEqual([
    { field: 'nhsNumber', texts: ['999 000 0018'] },
    { field: 'dateOfBirth', format: 'DD-MMM-YYYY', texts: ['12-Apr-1961'] },
  ]);
  expect(asked[1]?.code).toContain('next(1)');
});

test('a text that does not have the configured shape counts as silence', async () => {
  asked[0]?.answer(reading(1, [[], ['12-Apr-1961']]));
  await settle();
  expect(readings[0]?.places[1]?.texts).toEqual([]);
});

test('an answer of a document that is gone is not announced', async () => {
  reader.restart();
  asked[0]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  expect(readings).toEqual([]);
});

test('asks a frame of another origin itself, and puts both together', async () => {
  asked[0]?.answer(reading(1, [['999 000 0018'], []], [null, 2]));
  await settle();
  const inFrame = asked.find(({ frame }) => frame === 2);
  expect(inFrame?.code).not.toContain('#record');
  inFrame?.answer(reading(1, [[], ['Born 12-Apr-1961']]));
  await settle();
  expect(readings.at(-1)?.places.map(({ texts }) => texts)).toEqual([['999 000 0018'], ['12-Apr-1961']]);
});

test('forgets what such a frame showed as soon as it gets another document', async () => {
  asked[0]?.answer(reading(1, [['999 000 0018'], []], [null, 2]));
  await settle();
  asked.find(({ frame }) => frame === 2)?.answer(reading(1, [[], ['Born 12-Apr-1961']]));
  await settle();
  reader.frameChanged();
  asked.find(({ code }) => code.includes('now()'))?.answer(reading(1, [['999 000 0018'], []], [null, 2]));
  await settle();
  expect(readings.at(-1)?.places[1]?.texts).toEqual([]);
});

test('a page that does not turn its event loop for six seconds is hung, until it does', async () => {
  clock.advance(6_000);
  expect(health).toEqual(['hung']);
  pings[0]?.answer();
  await settle();
  expect(health).toEqual(['hung', 'responsive']);
});

test('asks again four seconds after each answer', async () => {
  pings[0]?.answer();
  await settle();
  clock.advance(3_999);
  expect(pings).toHaveLength(1);
  clock.advance(1);
  expect(pings).toHaveLength(2);
});

test('after its end it asks and says nothing', async () => {
  reader.stop();
  clock.advance(60_000);
  asked[0]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  expect([readings, health, asked.length]).toEqual([[], [], 1]);
});

test('a frame that goes away while it is read is no error', async () => {
  asked[0]?.fail();
  await settle();
  expect([readings, health]).toEqual([[], []]);
});
