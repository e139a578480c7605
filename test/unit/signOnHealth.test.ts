/** Checks of signing on: every system is answered for within the deadline, and nothing a method does hides another's. */
import { beforeEach, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import type { SignOnFinding, SignOnMethod } from '../../main/signon/signOn.js';
import { SignOnHealth } from '../../main/signon/signOnHealth.js';
import { HandClock } from './handClock.js';

const good: SignOnFinding = { check: 'ticket', status: 'good', message: 'A ticket was given.', remedy: null };

let clock: HandClock;
let reported: unknown[];
let health: SignOnHealth;
beforeEach(() => {
  clock = new HandClock();
  reported = [];
  health = new SignOnHealth({ clock, report: (error) => reported.push(error) });
});

function add(id: string, check?: SignOnMethod['check'], name: SignOnMethod['name'] = 'oidc'): void {
  health.add({ id, title: id.toUpperCase(), method: check ? { name, check } : { name } });
}
const found = async (asked = health.check()) =>
  (await asked).map(({ systemId, findings }) => [systemId, ...findings.map(({ status }) => status)]);

test('answers for every system in order, also where a method fails', async () => {
  add('one', () => Promise.resolve([good]));
  add('two', () => Promise.reject(new LanyardError('unavailable', 'The provider is away')));
  add('three', () => Promise.reject(new TypeError('a defect, canary')));
  const checks = await health.check();
  expect(checks.map(({ findings: [finding] }) => [finding?.status, finding?.message])).toEqual([
    ['good', 'A ticket was given.'],
    ['bad', 'Signing in to TWO could not be checked. The provider is away.'],
    ['bad', 'Signing in to THREE could not be checked.'],
  ]);
  expect(reported).toEqual([new TypeError('a defect, canary')]);
});

test('says of a method without a check that nothing was checked', async () => {
  add('form', undefined, 'form');
  add('http', undefined, 'http');
  add('none', undefined, 'none');
  expect(
    (await health.check()).flatMap(({ findings }) => findings.map(({ check, status }) => [check, status])),
  ).toEqual([
    ['recipe', 'not-applicable'],
    ['unchecked', 'not-applicable'],
    ['by-hand', 'not-applicable'],
  ]);
});

test('ends at the deadline although a method takes no notice, and aborts it', async () => {
  let given: AbortSignal | undefined;
  add('deaf', (signal) => {
    given = signal;
    return new Promise(() => undefined);
  });
  add('one', () => Promise.resolve([good]));
  const asked = health.check();
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  clock.advance(20_000);
  expect(await found(asked)).toEqual([
    ['deaf', 'bad'],
    ['one', 'good'],
  ]);
  expect(given?.aborted).toBe(true);
});

test('runs once at a time, and anew afterwards', async () => {
  let runs = 0;
  add('one', () => {
    runs += 1;
    return Promise.resolve([good]);
  });
  await Promise.all([health.check(), health.check()]);
  expect(runs).toBe(1);
  await health.check();
  expect(runs).toBe(2);
});

test('the end of the session ends a run, and none is begun after it', async () => {
  let runs = 0;
  add('deaf', () => {
    runs += 1;
    return new Promise(() => undefined);
  });
  const asked = health.check();
  health.dispose();
  expect(await found(asked)).toEqual([['deaf', 'bad']]);
  expect(await found()).toEqual([['deaf', 'bad']]);
  expect(runs).toBe(1);
});
