/** Signing on during one session: one attempt at a time, each with a deadline and its audit lines, none after the end. */
import { beforeEach, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { Secret } from '../../main/domain/secret.js';
import { SignOnCoordinator } from '../../main/signon/coordinator.js';
import type { HttpChallenge, SignOnMethod, SignOnOutcome, SignOnPage } from '../../main/signon/signOn.js';
import { HandClock } from './handClock.js';

const page: SignOnPage = {
  address: 'https://results.test/login',
  status: 200,
  nextDocument: () => new Promise(() => undefined),
  load: () => Promise.resolve({ outcome: 'loaded' }),
  holdDrawing: () => () => undefined,
  attach: () => Promise.reject(new LanyardError('unavailable', 'not in this test')),
};
const challenge: HttpChallenge = {
  url: 'https://results.test/x?patient=1',
  scheme: 'basic',
  host: 'results.test',
  port: 443,
  realm: 'Results',
  isProxy: false,
  isFirst: true,
};
const never = new AbortController().signal;

let clock: HandClock;
let recorded: RecordableEvent[];
let reported: unknown[];
let coordinator: SignOnCoordinator;
let openVault: () => void;

beforeEach(() => {
  clock = new HandClock();
  recorded = [];
  reported = [];
  coordinator = new SignOnCoordinator({
    clock,
    audit: { record: (event) => recorded.push(event) },
    report: (error) => reported.push(error),
    vaultReady: new Promise<void>((resolve) => {
      openVault = resolve;
    }),
    smart: null,
  });
});

function add(method: Partial<SignOnMethod>): void {
  coordinator.add({
    id: 'results',
    title: 'Results',
    page,
    method: { name: 'form', signOn: () => Promise.resolve({ outcome: 'signed-on' }), ...method },
  });
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

test('waits until the vault is open, and records how the attempt ended', async () => {
  let asked = 0;
  add({
    signOn: () => {
      asked += 1;
      return Promise.resolve({ outcome: 'refused' });
    },
  });
  const outcome = coordinator.signOn('results', never);
  await settle();
  expect(asked).toBe(0);
  openVault();
  expect(await outcome).toEqual({ outcome: 'refused' });
  expect(recorded).toEqual([{ type: 'signOn.ended', systemId: 'results', method: 'form', outcome: 'refused' }]);
});

test('a second attempt while one is running is none', async () => {
  openVault();
  let end: (outcome: SignOnOutcome) => void = () => undefined;
  let asked = 0;
  add({
    signOn: () => {
      asked += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    },
  });
  const first = coordinator.signOn('results', never);
  await settle();
  expect((await coordinator.signOn('results', never)).outcome).toBe('unavailable');
  end({ outcome: 'signed-on' });
  expect([(await first).outcome, asked]).toEqual(['signed-on', 1]);
});

test.each([
  [
    'its deadline',
    () => {
      clock.advance(30_000);
    },
  ],
  [
    'the tab going away',
    () => {
      outer.abort();
    },
  ],
])('an attempt is told to stop by %s', async (_what, stop) => {
  openVault();
  outer = new AbortController();
  add({
    signOn: (_page, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve({ outcome: 'unavailable', explanation: 'stopped' });
        });
      }),
  });
  const outcome = coordinator.signOn('results', outer.signal);
  await settle();
  stop();
  expect(await outcome).toEqual({ outcome: 'unavailable', explanation: 'stopped' });
});
let outer: AbortController;

test.each([
  [
    'a failure that was foreseen is told',
    new LanyardError('vault-unavailable', 'The vault is gone'),
    /The vault is gone/,
    0,
  ],
  ['a defect is reported, and people are told no details', new TypeError('secret detail'), /took too long/, 1],
])('%s', async (_what, failure, explanation, reports) => {
  openVault();
  add({ signOn: () => Promise.reject(failure) });
  expect(await coordinator.signOn('results', never)).toMatchObject({
    outcome: 'unavailable',
    explanation: expect.stringMatching(explanation) as string,
  });
  expect(reported).toHaveLength(reports);
});

test.each([
  ['a system whose method answers none', { isProxy: false }, 'unlisted-host'],
  ['a proxy', { isProxy: true }, 'proxy'],
])('nothing is answered for %s, and that is recorded without the address', async (_what, more, reason) => {
  openVault();
  add({});
  expect(await coordinator.answerChallenge('results', { ...challenge, ...more })).toBeNull();
  expect(recorded).toEqual([{ type: 'signOn.blocked', systemId: 'results', origin: 'https://results.test', reason }]);
});

const blocked = (more: object = {}) => ({
  type: 'signOn.blocked',
  systemId: 'results',
  origin: 'https://results.test',
  reason: 'unlisted-host',
  ...more,
});

test('a page that asks a thousand times gets one line a minute, and the next line counts the others', async () => {
  openVault();
  add({});
  const ask = (more: Partial<HttpChallenge> = {}) => coordinator.answerChallenge('results', { ...challenge, ...more });
  for (let time = 0; time < 1000; time += 1) expect(await ask()).toBeNull();
  expect(recorded).toEqual([blocked()]);
  clock.advance(59_999);
  await ask();
  expect(recorded).toHaveLength(1);
  clock.advance(1);
  await ask();
  await ask();
  expect(recorded).toEqual([blocked(), blocked({ leftOut: 1000 })]);
  clock.advance(60_000);
  await ask();
  expect(recorded.at(-1)).toEqual(blocked({ leftOut: 1 }));
});

test('each system, origin and reason has lines of its own', async () => {
  openVault();
  add({});
  coordinator.answerFor('epr', { name: 'form', signOn: () => Promise.resolve({ outcome: 'signed-on' }) });
  const elsewhere = { ...challenge, url: 'https://elsewhere.test/' };
  for (let time = 0; time < 3; time += 1) {
    await coordinator.answerChallenge('results', challenge);
    await coordinator.answerChallenge('epr', challenge);
    await coordinator.answerChallenge('results', elsewhere);
    await coordinator.answerChallenge('results', { ...challenge, isProxy: true });
  }
  expect(recorded).toEqual([
    blocked(),
    blocked({ systemId: 'epr' }),
    blocked({ origin: 'https://elsewhere.test' }),
    blocked({ reason: 'proxy' }),
  ]);
});

test('a page that asks for a thousand hosts does not get a thousand lines', async () => {
  openVault();
  add({});
  for (let host = 0; host < 1000; host += 1)
    await coordinator.answerChallenge('results', { ...challenge, url: `https://h${host}.test/` });
  expect(recorded).toHaveLength(21);
  expect(recorded.at(-1)).toEqual(blocked({ origin: 'further origins' }));
  clock.advance(60_000);
  await coordinator.answerChallenge('results', challenge);
  expect(recorded.at(-1)).toEqual(blocked());
  await coordinator.signOut();
  expect(recorded.at(-1)).toEqual(blocked({ origin: 'further origins', leftOut: 978 }));
});

test('what was left out is said at the end of the session; a later one has its own line again', async () => {
  openVault();
  add({});
  for (let time = 0; time < 5; time += 1) await coordinator.answerChallenge('results', challenge);
  await coordinator.signOut();
  expect(recorded).toEqual([blocked(), blocked({ leftOut: 3 })]);
  await coordinator.answerChallenge('results', challenge);
  expect(recorded.at(-1)).toEqual(blocked());
});

test('a line that could not be written is counted in the next one', async () => {
  openVault();
  let isWell = false;
  const unwell = new SignOnCoordinator({
    clock,
    audit: {
      record: (event) => {
        if (!isWell) throw new LanyardError('audit-unavailable', 'The disk is full');
        return recorded.push(event);
      },
    },
    report: (error) => reported.push(error),
    vaultReady: Promise.resolve(),
    smart: null,
  });
  await unwell.answerChallenge('results', challenge);
  await unwell.answerChallenge('results', challenge);
  isWell = true;
  await unwell.answerChallenge('results', challenge);
  expect(recorded).toEqual([blocked({ leftOut: 2 })]);
});

test('after the end nothing is answered and nobody is signed on', async () => {
  openVault();
  let told = 0;
  add({
    answerChallenge: () => Promise.resolve({ userName: 'amara', password: Secret.of('x') }),
    signOut: () => {
      told += 1;
      return Promise.resolve();
    },
  });
  await coordinator.signOut();
  expect(told).toBe(1);
  expect(await coordinator.answerChallenge('results', challenge)).toBeNull();
  expect((await coordinator.signOn('results', never)).outcome).toBe('unavailable');
});

test('a sign-out page that never answers does not hold up the sign-out', async () => {
  add({ signOut: () => new Promise(() => undefined) });
  const over = coordinator.signOut();
  clock.advance(3_000);
  await expect(over).resolves.toBeUndefined();
});

test('a sign-out that fails is reported and stops no other one', async () => {
  const failure = new Error('no answer');
  add({ signOut: () => Promise.reject(failure) });
  await coordinator.signOut();
  expect(reported).toEqual([failure]);
});

test('a system without SMART says so', async () => {
  add({});
  const patient = { id: 'p' } as never;
  await expect(
    coordinator.forTab('results', false, []).smartLaunch(new URL('https://results.test/launch'), patient, 1),
  ).rejects.toThrow('not configured for SMART');
});

test('signing out ends an attempt that runs before any system is told', async () => {
  openVault();
  const order: string[] = [];
  add({
    signOn: (_page, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          order.push('attempt ended');
          resolve({ outcome: 'unavailable', explanation: 'It was stopped.' });
        });
      }),
    signOut: () => {
      order.push('told');
      return Promise.resolve();
    },
  });
  const attempt = coordinator.signOn('results', never);
  await settle();
  await coordinator.signOut();
  expect(order).toEqual(['attempt ended', 'told']);
  expect((await attempt).outcome).toBe('unavailable');
});

test('a challenge that waited for the vault is not answered after the end', async () => {
  let asked = 0;
  add({
    name: 'http',
    answerChallenge: () => {
      asked += 1;
      return Promise.resolve({ userName: 'amara', password: Secret.of('canary') });
    },
  });
  const answer = coordinator.answerChallenge('results', challenge);
  await coordinator.signOut();
  openVault();
  expect([await answer, asked]).toEqual([null, 0]);
});

test('a vault that never opens does not outlast the deadline of an attempt', async () => {
  let asked = 0;
  add({
    signOn: () => {
      asked += 1;
      return Promise.resolve({ outcome: 'signed-on' });
    },
  });
  const attempt = coordinator.signOn('results', never);
  await settle();
  clock.advance(30_000);
  expect([(await attempt).outcome, asked]).toEqual(['unavailable', 0]);
});
