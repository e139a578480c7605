import { beforeEach, describe, expect, test } from 'vitest';
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
let readings: (PageReading | null)[];
let waits: boolean;
let unreadable: string[];
let health: string[];
let reader: PageReader;

beforeEach(() => {
  clock = new HandClock();
  asked = [];
  pings = [];
  readings = [];
  health = [];
  waits = false;
  unreadable = [];
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
    mustWait: () => waits,
    ping: () => new Promise((resolve) => pings.push({ answer: resolve })),
  };
  reader = new PageReader(runner, '/* the script */', rules, null, () => false, clock, {
    reading: (reading) => readings.push(reading),
    unreadable: (reason) => unreadable.push(reason),
    hung: () => health.push('hung'),
    responsive: () => health.push('responsive'),
  });
  reader.restart();
});

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const reading = (version: number, texts: string[][], foreignFrames: number[][] = [[], []]): Reading => ({
  version,
  texts,
  foreignFrames,
  asksForPassword: false,
  showsSignInSign: false,
  failure: null,
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
  asked[0]?.answer(reading(1, [['999 000 0018'], []], [[], [2]]));
  await settle();
  const inFrame = asked.find(({ frame }) => frame === 2);
  expect(inFrame?.code).not.toContain('#record');
  inFrame?.answer(reading(1, [[], ['Born 12-Apr-1961']]));
  await settle();
  expect(readings.at(-1)?.places.map(({ texts }) => texts)).toEqual([['999 000 0018'], ['12-Apr-1961']]);
});

async function readFrame(): Promise<void> {
  asked[0]?.answer(reading(1, [['999 000 0018'], []], [[], [2]]));
  await settle();
  asked.find(({ frame }) => frame === 2)?.answer(reading(1, [[], ['Born 12-Apr-1961']]));
  await settle();
}

test('knows nothing of the page as soon as such a frame gets another document, until that was read', async () => {
  await readFrame();
  expect(readings.at(-1)).not.toBeNull();
  reader.frameChanged(2);
  expect(readings.at(-1)).toBeNull();
  asked.find(({ code }) => code.includes('now()'))?.answer(reading(1, [['999 000 0018'], []], [[], [2]]));
  await settle();
  expect(readings.at(-1)).toBeNull();
  asked.findLast(({ frame }) => frame === 2)?.answer(reading(1, [[], ['Born 13-Apr-1961']]));
  await settle();
  expect(readings.at(-1)?.places[1]?.texts).toEqual(['13-Apr-1961']);
});

test('what other frames do changes nothing in what is known', async () => {
  await readFrame();
  const before = readings.length;
  reader.frameChanged(1);
  reader.frameChanged(null);
  expect(readings).toHaveLength(before);
});

test('says nothing of a page before every frame that identifies the patient was read', async () => {
  asked[0]?.answer(reading(1, [['999 000 0018'], ['Born 12-Apr-1961']], [[], [2, 3]]));
  await settle();
  asked.find(({ frame }) => frame === 2)?.answer(reading(1, [[], ['Born 12-Apr-1961']]));
  await settle();
  expect(readings.every((one) => one === null)).toBe(true);
  asked.find(({ frame }) => frame === 3)?.answer(reading(1, [[], ['Born 30-Aug-1948']]));
  await settle();
  expect(readings.at(-1)?.places[1]?.texts).toEqual(['12-Apr-1961', '12-Apr-1961', '30-Aug-1948']);
});

test('a frame that took the place of one that is gone is read anew', async () => {
  await readFrame();
  asked
    .findLast(({ frame, code }) => frame === null && code.includes('next'))
    ?.answer(reading(2, [['999 000 0018'], []]));
  await settle();
  asked
    .findLast(({ frame, code }) => frame === null && code.includes('next'))
    ?.answer(reading(3, [['999 000 0018'], []], [[], [2]]));
  await settle();
  expect(readings.at(-1)).toBeNull();
});

test('a page on its way to another may change unseen: nothing is known of it until it can be asked again', async () => {
  waits = true;
  asked[0]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  expect(readings.at(-1)).toBeNull();
  expect(asked[1]?.code).toContain('next(0)');
  waits = false;
  asked[1]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  expect(readings.at(-1)?.places[0]?.texts).toEqual(['999 000 0018']);
});

test('a script that ended while its page stands there leaves nothing known, and is started again', async () => {
  asked[0]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  asked[1]?.fail();
  await settle();
  expect(readings.at(-1)).toBeNull();
  clock.advance(500);
  asked[2]?.answer(reading(1, [['999 000 0018'], []]));
  await settle();
  expect(readings.at(-1)?.places[0]?.texts).toEqual(['999 000 0018']);
});

test('a page that cannot be read is not one that shows nothing, and IT hears of it once', async () => {
  const failure = '":foo" is not a valid selector';
  asked[0]?.answer({ ...reading(1, []), failure });
  await settle();
  asked[1]?.answer({ ...reading(2, []), failure });
  await settle();
  expect([readings, unreadable]).toEqual([[null, null], [failure]]);
});

describe('a frame of another origin that answers with', () => {
  const good = reading(1, [[], []]);
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'hello'],
    ['texts that are none', { ...good, texts: [[], [1]] }],
    ['a text where a list belongs', { ...good, texts: [[], '999 000 0018'] }],
    ['no version', { ...good, version: undefined }],
    ['frames that are none', { ...good, foreignFrames: 'x' }],
  ])('%s is not read', async (_what, answer) => {
    asked[0]?.answer(reading(1, [['999 000 0018'], []], [[], [2]]));
    await settle();
    asked.find(({ frame }) => frame === 2)?.answer(answer as Reading);
    await settle();
    expect([readings.at(-1), health]).toEqual([null, []]);
  });

  test('one reading after another is asked for its next one only after a while', async () => {
    await readFrame();
    expect(asked.filter(({ frame }) => frame === 2)).toHaveLength(1);
    clock.advance(16);
    await settle();
    expect(asked.filter(({ frame }) => frame === 2)).toHaveLength(2);
  });
});

test('everything that the pattern finds counts, not only the first', async () => {
  asked[0]?.answer(reading(1, [[], ['Born 12-Apr-1961\nBorn 30-Aug-1948']]));
  await settle();
  expect(readings.at(-1)?.places[1]?.texts).toEqual(['12-Apr-1961', '30-Aug-1948']);
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

test('a page that goes away while it is read is no error', async () => {
  asked[0]?.fail();
  await settle();
  expect([readings, health, unreadable]).toEqual([[null], [], []]);
});
