/** The list of services: what its work shows, trying again with growing pauses, and what the tabs tell. */
import { beforeEach, describe, expect, test } from 'vitest';
import { NETWORK, type Service, ServiceBoard } from '../../main/health/serviceBoard.js';
import { servicesOf } from '../../main/health/services.js';
import { systemService, TabServices } from '../../main/health/tabServices.js';
import { HandClock } from './handClock.js';

let clock: HandClock;
let changes: number;
let reported: unknown[];
let board: ServiceBoard;

beforeEach(() => {
  clock = new HandClock();
  changes = 0;
  reported = [];
  board = new ServiceBoard({
    clock,
    random: () => 0.5,
    changed: () => (changes += 1),
    report: (error) => reported.push(error),
  });
});

/** A service whose answers are given by hand. */
function add(
  id: string,
  more: Partial<Service> = {},
): { answer: (how: boolean | null | Error) => Promise<void>; asked: () => number } {
  const waiting: ((how: boolean | null | Error) => void)[] = [];
  let asked = 0;
  board.add({
    id,
    title: id,
    meaning: 'It means something.',
    probe: () => {
      asked += 1;
      return new Promise((resolve, reject) => {
        waiting.push((how) => {
          if (how instanceof Error) reject(how);
          else resolve(how);
        });
      });
    },
    ...more,
  });
  return {
    asked: () => asked,
    answer: async (how) => {
      waiting.shift()?.(how);
      await new Promise(setImmediate);
    },
  };
}

const one = (id: string) => board.state.find((state) => state.id === id);

describe('a service that fails', () => {
  test('is tried again after 5, 10, 20 seconds, never more than two minutes apart, and says when', async () => {
    const { answer, asked } = add('record');
    const failedAt = clock.now();
    board.saw('record', false);
    expect(one('record')).toMatchObject({ status: 'fails', canTry: true, isTrying: false });
    expect(one('record')?.nextTry).toBe(new Date(failedAt + 5_000).toISOString());
    for (const pause of [5, 10, 20, 40, 80, 120, 120]) {
      const before = asked();
      clock.advance(pause * 1000 - 1);
      expect(asked()).toBe(before);
      clock.advance(1);
      expect(asked()).toBe(before + 1);
      expect(one('record')).toMatchObject({ isTrying: true, nextTry: null });
      await answer(false);
    }
    expect(one('record')?.since).toBe(new Date(failedAt).toISOString());
  });

  test('that answers is not asked any more, and its next outage begins with a short pause', async () => {
    const { answer, asked } = add('record');
    board.saw('record', false);
    clock.advance(5_000);
    await answer(false);
    clock.advance(10_000);
    await answer(true);
    expect(one('record')).toMatchObject({ status: 'answers', nextTry: null, canTry: false, isTrying: false });
    clock.advance(3_600_000);
    expect(asked()).toBe(2);
    board.saw('record', false);
    clock.advance(5_000);
    expect(asked()).toBe(3);
  });

  test('told of again by its work keeps the time of its next try', () => {
    const { asked } = add('record');
    board.saw('record', false);
    clock.advance(4_000);
    board.saw('record', false);
    clock.advance(1_000);
    expect(asked()).toBe(1);
  });

  test('is tried at once when somebody asks, never twice at a time', async () => {
    const { answer, asked } = add('record');
    board.saw('record', false);
    board.tryNow('record');
    board.tryNow('record');
    board.tryNow(null);
    expect(asked()).toBe(1);
    await answer(true);
    expect(one('record')?.status).toBe('answers');
  });

  test('that never answers the try has failed it after a minute, and is tried again', async () => {
    const { answer, asked } = add('record');
    board.saw('record', false);
    clock.advance(5_000);
    await answer(null); // begun; what follows will tell
    expect(one('record')?.isTrying).toBe(true);
    clock.advance(60_000);
    expect(one('record')).toMatchObject({ status: 'fails', isTrying: false });
    clock.advance(10_000);
    expect(asked()).toBe(2);
  });

  test('whose try breaks has failed it, and the fault is reported', async () => {
    const { answer } = add('record');
    board.saw('record', false);
    clock.advance(5_000);
    const fault = new Error('unforeseen');
    await answer(fault);
    expect(reported).toEqual([fault]);
    expect(one('record')).toMatchObject({ status: 'fails', isTrying: false });
    expect(one('record')?.nextTry).not.toBeNull();
  });
});

test('an old answer that comes late changes nothing', async () => {
  const { answer } = add('record');
  board.saw('record', false);
  clock.advance(5_000);
  board.saw('record', true); // its work was quicker
  await answer(false);
  expect(one('record')?.status).toBe('answers');
});

test('while the network is lost nothing else is tried; with it all that failed is', () => {
  board.add({ id: NETWORK, title: 'Network', meaning: 'It means something.' });
  const record = add('record');
  board.saw(NETWORK, true);
  board.saw('record', false);
  board.saw(NETWORK, false);
  clock.advance(600_000);
  board.tryNow('record');
  expect(record.asked()).toBe(0);
  board.saw(NETWORK, true);
  expect(record.asked()).toBe(1);
});

test('what nobody would notice is looked at from time to time; what may show a patient is never disturbed', async () => {
  const directory = add('directory', { every: 300_000, mayAlwaysBeAsked: true });
  const record = add('record');
  board.saw('directory', true);
  board.saw('record', true);
  clock.advance(300_000);
  expect(directory.asked()).toBe(1);
  await directory.answer(true);
  board.tryNow(null);
  expect(directory.asked()).toBe(2);
  await directory.answer(true);
  clock.advance(300_000);
  expect(directory.asked()).toBe(3);
  expect(record.asked()).toBe(0);
});

test('who looks after itself says when it tries, and can be hurried only while it fails', () => {
  let hurried = 0;
  board.add({ id: 'hub', title: 'Hub', meaning: 'It means something.', hurry: () => (hurried += 1) });
  board.tryNow('hub');
  expect(hurried).toBe(0);
  board.saw('hub', false, clock.now() + 500);
  expect(one('hub')).toMatchObject({ nextTry: new Date(clock.now() + 500).toISOString(), canTry: true });
  board.tryNow('hub');
  expect(hurried).toBe(1);
});

test('the page is told of news, not of the same again', () => {
  add('record');
  board.saw('record', true);
  const before = changes;
  board.saw('record', true);
  expect(changes).toBe(before);
  board.saw('record', false);
  expect(changes).toBe(before + 1);
});

test('afterwards nothing is tried and nothing is told', () => {
  const { asked } = add('record');
  board.saw('record', false);
  board.dispose();
  const before = changes;
  clock.advance(600_000);
  board.saw('record', true);
  expect([asked(), changes]).toEqual([0, before]);
});

test('a tab tells of its system what is new, and nothing while it loads or for trouble on this side', () => {
  const told: [string, boolean][] = [];
  const tabs = new TabServices((id, answers) => told.push([id, answers]));
  const cover = (kind: 'loading' | 'failed' | 'hung' | 'silent') => ({ kind, title: '', reason: '', actions: [] });
  for (const next of [cover('loading'), cover('failed'), cover('failed'), cover('loading'), cover('failed')])
    tabs.seen([{ id: 'epr', cover: next }]);
  tabs.seen([{ id: 'epr', cover: cover('hung') }]);
  tabs.seen([{ id: 'epr', cover: cover('silent') }]); // a page that does not say who it shows is a page
  tabs.seen([{ id: 'epr', cover: null }]);
  expect(told).toEqual([
    ['system epr', false],
    ['system epr', false],
    ['system epr', true],
    ['system epr', true],
  ]);
});

test('a tab that is tried again keeps its cover, and tells how that ended', () => {
  const told: boolean[] = [];
  const tabs = new TabServices((_id, answers) => told.push(answers));
  const failed = { id: 'epr', cover: { kind: 'failed' as const, title: '', reason: '', actions: [] } };
  tabs.seen([failed]);
  tabs.seen([{ ...failed, isTriedAgain: true }]);
  tabs.seen([failed]);
  tabs.seen([{ ...failed, isTriedAgain: true }]);
  tabs.seen([{ id: 'epr', cover: null }]);
  expect(told).toEqual([false, false, true]);
});

test('each service has a title of its own and says in sentences what its failing means', async () => {
  const ports = {
    hub: 'own' as const,
    sendsAudit: true,
    systems: [{ id: 'epr', title: 'Patient record' }],
    directoryAnswers: () => Promise.resolve(true),
    searchAnswers: () => Promise.resolve(true),
    retry: () => false,
    startHub: () => undefined,
  };
  const services = servicesOf({ ...ports, offlineUnlockMinutes: 0 });
  expect(services.map(({ id }) => id)).toEqual([
    'network',
    'directory',
    'patients',
    systemService('epr'),
    'hub',
    'audit',
    'audit-delivery',
  ]);
  expect(new Set(services.map(({ title }) => title)).size).toBe(services.length);
  for (const { meaning } of services) expect(meaning).toMatch(/^[A-Z].*\.$/);
  const directory = (minutes: number) => servicesOf({ ...ports, offlineUnlockMinutes: minutes })[1]?.meaning;
  expect(directory(0)).toContain('cannot be unlocked');
  expect(directory(240)).toContain('240 minutes');
  // A system that may not be opened anew has not answered; one that is being opened tells by its tab.
  const signal = new AbortController().signal;
  expect(await services[3]?.probe?.(signal)).toBe(false);
  expect(await servicesOf({ ...ports, offlineUnlockMinutes: 0, retry: () => true })[3]?.probe?.(signal)).toBeNull();
  expect(servicesOf({ ...ports, offlineUnlockMinutes: 0, sendsAudit: false }).at(-1)?.id).toBe('audit');
  expect(servicesOf({ ...ports, offlineUnlockMinutes: 0, hub: null }).some(({ id }) => id === 'hub')).toBe(false);
});
