/** The process that reads badges, as its parent sees it: what it says is checked, and another one follows when it ends. */
import { expect, test } from 'vitest';
import { ProcessBadgeReaders, type ReaderProcess } from '../../main/badge/pcsc/processReaders.js';
import { listener } from './badgeReadersContract.js';
import { HandClock } from './handClock.js';

function parent() {
  const clock = new HandClock();
  const started: { say: (message: unknown) => void; end: () => void; isKilled: boolean }[] = [];
  const fork = (): ReaderProcess => {
    let onMessage: (message: unknown) => void = () => undefined;
    let onExit: () => void = () => undefined;
    const own = {
      say: (message: unknown) => {
        onMessage(message);
      },
      end: () => {
        onExit();
      },
      isKilled: false,
    };
    started.push(own);
    return {
      onMessage: (heard) => {
        onMessage = heard;
      },
      onExit: (heard) => {
        onExit = heard;
      },
      kill: () => {
        own.isKilled = true;
      },
    };
  };
  const readers = new ProcessBadgeReaders(fork, clock);
  const { heard, listen } = listener();
  readers.start(listen);
  return { clock, started, readers, heard };
}

test('another one is started after 1 s, 2 s … at most 30 s; what was missing is said once', () => {
  const { clock, started, heard } = parent();
  for (const [index, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    started[index]?.end();
    clock.advance(seconds * 1000 - 1);
    expect(started).toHaveLength(index + 1);
    clock.advance(1);
    expect(started).toHaveLength(index + 2);
  }
  expect(heard).toEqual(['no-service']);
  started.at(-1)?.say({ type: 'attached' });
  started.at(-1)?.end();
  clock.advance(1_000);
  expect(heard).toEqual(['no-service', 'reader-attached', 'no-service']);
  expect(started).toHaveLength(9);
});

test('a badge on the reader counts as removed when the process ends', () => {
  const { started, heard } = parent();
  started[0]?.say({ type: 'attached' });
  started[0]?.say({ type: 'tap', number: '04A1B2C3' });
  started[0]?.end();
  expect(heard).toEqual(['reader-attached', 'tap 04A1B2C3', 'removed', 'no-service']);
});

test.each([
  null,
  'tap',
  { type: 'tap' },
  { type: 'tap', number: '04A1B2' },
  { type: 'tap', number: '04a1b2c3' },
  { type: 'tap', number: '04A1B2C3', more: 1 },
  { type: 'unlock' },
])('what it never says ends it: %j', (message) => {
  const { started, heard } = parent();
  started[0]?.say(message);
  expect(started[0]?.isKilled).toBe(true);
  expect(heard).toEqual([]);
});

test('nothing is heard of one that was replaced, or after the end', () => {
  const { clock, started, readers, heard } = parent();
  started[0]?.end();
  clock.advance(1_000);
  started[0]?.say({ type: 'tap', number: '04A1B2C3' });
  started[0]?.end();
  readers.dispose();
  expect(started[1]?.isKilled).toBe(true);
  started[1]?.say({ type: 'attached' });
  started[1]?.end();
  clock.advance(60_000);
  expect(heard).toEqual(['no-service']);
  expect(started).toHaveLength(2);
});
