/** Which hidden tab sleeps, and when: by policy, or one after the other while too much memory is taken. */
import { expect, test } from 'vitest';
import { MemoryGovernor, type MemoryPolicy, type SleepyTab, tabsToSleep } from '../../main/workspace/memoryGovernor.js';
import { HandClock } from './handClock.js';

const MINUTE = 60_000;
const tab = (id: string, hiddenSince: number | null) => ({ system: { id }, hiddenSince });
const tabs = [tab('active', 0), tab('long', 0), tab('longer', -MINUTE), tab('asleep', null), tab('new', 5 * MINUTE)];

function chosen(policy: Partial<MemoryPolicy>, more: { now?: number; totalMb?: number; refused?: string[] } = {}) {
  const { now = 5 * MINUTE, totalMb = 0, refused = [] } = more;
  const refusedAt = new Map(refused.map((id) => [id, now]));
  return tabsToSleep(
    tabs,
    { now, activeId: 'active', refusedAt, totalMb },
    { sleepHiddenTabsAfterMinutes: 0, memoryLimitMb: 0, ...policy },
  ).map(({ tab: { system }, because }) => `${system.id}: ${because}`);
}

test.each<[string, string[], string[]]>([
  ['nothing is configured', chosen({}, { totalMb: 100_000 }), []],
  ['hidden long enough', chosen({ sleepHiddenTabsAfterMinutes: 5 }), ['longer: hidden', 'long: hidden']],
  ['not hidden long enough', chosen({ sleepHiddenTabsAfterMinutes: 7 }), []],
  ['the limit is not passed', chosen({ memoryLimitMb: 500 }, { totalMb: 500 }), []],
  ['the limit is passed', chosen({ memoryLimitMb: 500 }, { totalMb: 501 }), ['longer: memory']],
  [
    'the next one, when one refused',
    chosen({ memoryLimitMb: 5 }, { totalMb: 9, refused: ['longer'] }),
    ['long: memory'],
  ],
  ['nobody else', chosen({ memoryLimitMb: 5 }, { totalMb: 9, refused: ['longer', 'long'] }), []],
  ['left a moment ago', chosen({ memoryLimitMb: 5 }, { totalMb: 9, now: 10_000, refused: ['longer'] }), []],
])('%s', (_what, found, expected) => {
  expect(found).toEqual(expected);
});

class Nap implements SleepyTab {
  hiddenSince: number | null;
  asked = 0;
  constructor(
    readonly system: { readonly id: string },
    since: number,
    private readonly free: () => boolean,
  ) {
    this.hiddenSince = since;
  }
  async sleep(): Promise<boolean> {
    this.asked += 1;
    const sleeps = this.free();
    if (sleeps) this.hiddenSince = null;
    return sleeps;
  }
}

async function wind(clock: HandClock, milliseconds: number): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += 1_000) {
    clock.advance(1_000);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

test('one after the other, longest hidden first, until it is under the limit; the rest stay awake', async () => {
  const clock = new HandClock();
  let totalMb = 1_000;
  const order: string[] = [];
  const naps = ['a', 'b', 'c', 'd'].map(
    (id, index) =>
      new Nap({ id }, clock.now() - 100_000 - index, () => {
        if (id === 'd') return false; // it has unsaved work
        order.push(id);
        totalMb -= 300;
        return true;
      }),
  );
  const governor = new MemoryGovernor({
    policy: { sleepHiddenTabsAfterMinutes: 0, memoryLimitMb: 500 },
    tabs: naps,
    activeId: () => undefined,
    totalMb: () => totalMb,
    clock,
    report: (error) => {
      throw error;
    },
  });
  await wind(clock, 60_000);
  expect(order).toEqual(['c', 'b']);
  expect(naps.map(({ asked }) => asked)).toEqual([0, 1, 1, 1]); // d is not asked every time
  governor.dispose();
});

test('after a failure nobody foresaw, and after it was disposed', async () => {
  const clock = new HandClock();
  const reported: unknown[] = [];
  let measured = 0;
  const governor = new MemoryGovernor({
    policy: { sleepHiddenTabsAfterMinutes: 0, memoryLimitMb: 1 },
    tabs: [],
    activeId: () => undefined,
    totalMb: () => {
      measured += 1;
      if (measured === 1) throw new Error('no metrics');
      return 2;
    },
    clock,
    report: (error) => reported.push(error),
  });
  await wind(clock, 30_000);
  expect([reported.length, measured]).toEqual([1, 3]);
  governor.dispose();
  await wind(clock, 30_000);
  expect(measured).toBe(3);
});
