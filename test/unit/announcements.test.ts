/** What the shell's page is told, and when: another patient only once the pages of the one before are off the screen. */
import { beforeEach, expect, test } from 'vitest';
import { Announcements } from '../../main/workspace/announcements.js';
import { HandClock } from './handClock.js';
import type { WorkspaceState } from '../../preload/contract.js';

let epoch: number;
let sent: number[];
let clock: HandClock;
let takenOffAt: number | null;
let waiting: ((drawn: boolean) => void)[];
let announcements: Announcements;

const state = (): WorkspaceState => ({ patient: null, epoch, tabs: [], outsideLink: null, learntSignIn: null });
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const pass = async (milliseconds: number): Promise<void> => {
  await settle();
  for (let passed = 0; passed < milliseconds; passed += 1) {
    clock.advance(1);
    await settle();
  }
};
/** The window has drawn. */
const draw = async (): Promise<void> => {
  for (const resolve of waiting.splice(0)) resolve(true);
  await settle();
};

beforeEach(() => {
  epoch = 0;
  sent = [];
  clock = new HandClock();
  takenOffAt = null;
  waiting = [];
  announcements = new Announcements({
    state,
    send: (what) => sent.push(what.epoch),
    soon: queueMicrotask,
    clock,
    takenOffAt: () => takenOffAt,
    drawn: () => new Promise((resolve) => waiting.push(resolve)),
    report: (error) => {
      throw error;
    },
  });
});

test('everything that changes in one turn is one message', async () => {
  announcements.changed();
  announcements.changed();
  announcements.changed();
  await settle();
  expect(sent).toEqual([0]);
});

test('another patient is announced only once the window has drawn without the pages of the one before', async () => {
  epoch = 1;
  announcements.changed();
  const said = announcements.said();
  await settle();
  expect(sent).toEqual([]);
  await draw();
  expect(sent).toEqual([1]);
  await said;
  announcements.changed(); // of the same patient: nothing to wait for
  await settle();
  expect(sent).toEqual([1, 1]);
});

test('pages that were seen have their time to leave the screen', async () => {
  epoch = 1;
  takenOffAt = clock.now();
  clock.advance(50);
  announcements.changed();
  await pass(199);
  expect(waiting).toEqual([]);
  await pass(1);
  await draw();
  expect(sent).toEqual([1]);
});

test('time in which the main process was held up does not count: it could not draw', async () => {
  epoch = 1;
  takenOffAt = clock.now();
  announcements.changed();
  await settle();
  clock.holdUp(700);
  await settle();
  expect(waiting).toEqual([]);
  await pass(179);
  expect(waiting).toEqual([]);
  await pass(1);
  await draw();
  expect(sent).toEqual([1]);
});

test('pages that have long been off the screen are not waited for', async () => {
  epoch = 1;
  takenOffAt = clock.now();
  clock.advance(1_000);
  announcements.changed();
  await settle();
  await draw();
  expect(sent).toEqual([1]);
});

test('a patient chosen while the one before is drawn away waits for a drawing of its own', async () => {
  epoch = 1;
  announcements.changed();
  await settle();
  epoch = 2;
  announcements.changed();
  await draw();
  expect(sent).toEqual([]);
  await draw();
  expect(sent).toEqual([2]);
});

test('a message that cannot be sent is reported, and the next one is sent', async () => {
  const reported: unknown[] = [];
  let fails = true;
  announcements = new Announcements({
    state,
    send: (what) => {
      if (fails) throw new Error('the page is gone');
      sent.push(what.epoch);
    },
    soon: queueMicrotask,
    clock,
    takenOffAt: () => takenOffAt,
    drawn: () => Promise.resolve(true),
    report: (error) => reported.push(error),
  });
  announcements.changed();
  await settle();
  expect(reported).toHaveLength(1);
  fails = false;
  announcements.changed();
  await settle();
  expect(sent).toEqual([0]);
});
