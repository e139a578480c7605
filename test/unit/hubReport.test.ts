/** What support learns of the hub: who subscribes, what was answered last, who left and why; also from a hub that is mute. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubHost, type HubHostParts, type HubProcess } from '../../main/context/hubHost/hubHost.js';
import type { FromHub, ToHub } from '../../main/context/hubHost/messages.js';
import { SILENT } from '../../main/context/hub/subscriberReport.js';
import { HandClock } from './handClock.js';
import { patient, startTestHub } from './hubPeers.js';

test('says who subscribes, since when, what is awaited and what was answered last', async () => {
  const hub = await startTestHub();
  const since = hub.clock.now();
  const subscriber = await hub.subscriber('Patient-open', { name: 'Dictation', marker: false });
  const before = { name: 'Dictation', events: 'Patient-open', since, lastAnswer: null, awaited: null, left: null };
  expect(hub.hub.reportSubscribers(hub.topic)).toEqual([before]);

  hub.clock.advance(1_000);
  const { id } = await hub.publish('Patient-open', [patient()]);
  await subscriber.nextEvent(false);
  const awaited = { eventName: 'Patient-open', sentAt: since + 1_000 };
  expect(hub.hub.reportSubscribers(hub.topic)).toEqual([{ ...before, awaited }]);

  hub.clock.advance(250);
  await hub.answer(subscriber, id, 409);
  const lastAnswer = { eventName: 'Patient-open', status: 409, at: since + 1_250 };
  expect(hub.hub.reportSubscribers(hub.topic)).toEqual([{ ...before, lastAnswer }]);
  expect(hub.hub.reportSubscribers('another topic')).toEqual([]);
});

test('says of a subscriber that was cut that it owed an answer', async () => {
  const hub = await startTestHub();
  await hub.subscriber('Patient-open', { name: 'Silent', marker: false });
  const left = hub.heard(({ kind }) => kind === 'unsubscribed');
  await hub.publish('Patient-open', [patient()]);
  hub.clock.advance(11_000);
  expect(await left).toMatchObject({ report: { name: 'Silent', awaited: null, left: { reason: SILENT } } });
  expect(hub.hub.reportSubscribers(hub.topic)).toEqual([]);
});

const handOff = {
  'hub.url': 'http://127.0.0.1:50123/hub',
  'hub.topic': 'a-topic-nobody-guesses',
  access_token: 'secret',
};
let folder: string;
let clock: HandClock;
let host: HubHost;
let said: ToHub[];
let say: (message: FromHub) => void;
let exit: () => void;

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'lanyard-hub-')), 'session');
  clock = new HandClock();
  said = [];
  const fork = (): HubProcess => ({
    post: (message) => {
      said.push(message);
      if (message.type === 'end') exit();
    },
    onMessage: (listener) => (say = listener),
    onExit: (listener) => (exit = listener),
    kill: () => {
      exit();
    },
  });
  host = new HubHost({
    fork,
    port: 0,
    folder,
    clock,
    chosen: { current: { patient: null } } as unknown as HubHostParts['chosen'], // nobody chooses here
    identify: () => Promise.reject(new Error('nobody is identified here')),
    systems: new Map(),
    audit: { record: () => undefined },
    notice: () => undefined,
    report: () => undefined,
  });
});

afterEach(async () => {
  await host.end();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

const question = (): number => {
  const asked = said.findLast((message) => message.type === 'report');
  if (!asked) throw new Error('nobody was asked');
  return asked.question;
};

test('the host says when the hub started and how often again', async () => {
  host.start();
  expect(await host.report()).toEqual({
    state: 'starting',
    port: null,
    topic: null,
    startedAt: null,
    restarts: 0,
    subscribers: [],
  });
  say({ type: 'started', handOffs: [{ program: null, handOff }] });
  exit();
  clock.advance(500);
  say({ type: 'started', handOffs: [{ program: null, handOff }] });
  const report = host.report();
  say({ type: 'report', question: question(), subscribers: [] });
  expect(await report).toEqual({
    state: 'running',
    port: 50123,
    topic: 'a-topic-nobody-guesses',
    startedAt: clock.now(),
    restarts: 1,
    subscribers: [],
  });
});

test('a hub that does not answer is waited for no longer than a second', async () => {
  host.start();
  say({ type: 'started', handOffs: [{ program: null, handOff }] });
  const report = host.report();
  clock.advance(1_000);
  expect(await report).toMatchObject({ state: 'running', subscribers: null });
  say({ type: 'report', question: question(), subscribers: [] }); // too late: for nobody
});

test('a hub that ends while it is asked is not running any more', async () => {
  host.start();
  say({ type: 'started', handOffs: [{ program: null, handOff }] });
  const report = host.report();
  exit();
  expect(await report).toMatchObject({ state: 'starting', topic: null, subscribers: [] });
});
