/** Badges at a real smart card service (pcscd) with a virtual reader: taps, cards without a number, a service that crashes. */
import { expect, test, vi } from 'vitest';
import { ProcessBadgeReaders } from '../../main/badge/pcsc/processReaders.js';
import { systemClock } from '../../main/context/clock.js';
import { badgeReadersContract, listener } from '../unit/badgeReadersContract.js';
import { forkReader } from './badge/forkReader.js';
import { VirtualReader } from './badge/virtualReader.js';

// The first start of a process is slow on a machine that does much else; what never comes is still missed.
vi.setConfig({ testTimeout: 120_000 });
const WAIT = { timeout: 60_000 };

badgeReadersContract('a reader of the smart card service', async () => {
  const reader = new VirtualReader();
  await reader.startService();
  return {
    readers: new ProcessBadgeReaders(() => forkReader(reader.socket), systemClock),
    tap: (number) => reader.lay(number),
    lift: () => reader.lift(),
    close: () => reader.close(),
  };
});

test('a service that is missing, comes, crashes and comes again is said and found; a badge on it counts as removed', async () => {
  const reader = new VirtualReader();
  const readers = new ProcessBadgeReaders(() => forkReader(reader.socket), systemClock);
  const { heard, listen } = listener();
  try {
    readers.start(listen);
    await expect.poll(() => heard, WAIT).toEqual(['no-service']);
    await reader.startService();
    await expect.poll(() => heard, WAIT).toContain('reader-attached');
    await reader.lay('04a1b2c3');
    await expect.poll(() => heard.at(-1), WAIT).toBe('tap 04A1B2C3');
    await reader.killService();
    await expect.poll(() => heard.slice(-2), WAIT).toEqual(['removed', 'no-service']);
    await reader.startService();
    await expect.poll(() => heard.at(-1), WAIT).toBe('reader-attached');
    await reader.lay('04a1b2c3d4e5f6');
    await expect.poll(() => heard.at(-1), WAIT).toBe('tap 04A1B2C3D4E5F6');
    await reader.lift();
    await expect.poll(() => heard.at(-1), WAIT).toBe('removed');
  } finally {
    readers.dispose();
    await reader.close();
  }
});

test('a card that gives no number, and one that gives too short a one, are said to be unreadable', async () => {
  const reader = new VirtualReader();
  await reader.startService();
  const readers = new ProcessBadgeReaders(() => forkReader(reader.socket), systemClock);
  const { heard, listen } = listener();
  try {
    readers.start(listen);
    await expect.poll(() => heard, WAIT).toContain('reader-attached');
    for (const number of ['', '04a1b2']) {
      await reader.lay(number);
      await expect.poll(() => heard.at(-1), WAIT).toBe('unreadable');
      await reader.lift();
      await expect.poll(() => heard.at(-1), WAIT).toBe('removed');
    }
  } finally {
    readers.dispose();
    await reader.close();
  }
});
