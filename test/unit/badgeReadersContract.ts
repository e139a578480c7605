/** What every kind of badge reader does: the real ones, the ones that type, and the one under a test's hand. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BadgeEvent, BadgeReaders } from '../../main/badge/badgeReaders.js';

export interface ReadersOfTest {
  readonly readers: BadgeReaders;
  /** Lays a badge on the reader; hexadecimal. */
  tap(number: string): Promise<void> | void;
  /** Takes it away again, until that was noticed where it can be. */
  lift(): Promise<void> | void;
  close(): Promise<void> | void;
}

const NUMBER = '04A1B2C3D4E5F6';
const WAIT = { timeout: 25_000 };

/** What was heard, as text: events in their order, taps with their number. */
export function listener(): { readonly heard: string[]; readonly listen: (event: BadgeEvent) => void } {
  const heard: string[] = [];
  return {
    heard,
    listen: (event) => {
      const hidden = `${inspect(event, { depth: 9 })}${JSON.stringify(event)}`;
      if (hidden.includes(NUMBER)) heard.push('a number was printed');
      heard.push(event.kind === 'tap' ? `tap ${event.badge.use((text) => text)}` : event.kind);
    },
  };
}

export function badgeReadersContract(name: string, open: () => Promise<ReadersOfTest> | ReadersOfTest): void {
  describe(name, () => {
    let own: ReadersOfTest;
    beforeEach(async () => {
      own = await open();
    });
    afterEach(async () => {
      own.readers.dispose();
      await own.close();
    });

    test('says whose badge is tapped, and says it anew for the next tap; the number is never printed', async () => {
      const { heard, listen } = listener();
      own.readers.start(listen);
      await expect.poll(() => heard, WAIT).toContain('reader-attached');
      const taps = (): string[] => heard.filter((event) => event.startsWith('tap'));
      await own.tap(NUMBER);
      await expect.poll(taps, WAIT).toEqual([`tap ${NUMBER}`]);
      await own.lift();
      await own.tap(NUMBER);
      await expect.poll(taps, WAIT).toEqual([`tap ${NUMBER}`, `tap ${NUMBER}`]);
      await own.lift();
      expect(heard).not.toContain('a number was printed');
    });

    test('is started once, and says nothing after its end', async () => {
      const { heard, listen } = listener();
      own.readers.start(listen);
      expect(() => {
        own.readers.start(listen);
      }).toThrow('once');
      await expect.poll(() => heard, WAIT).toContain('reader-attached');
      own.readers.dispose();
      own.readers.dispose();
      const before = [...heard];
      await own.tap(NUMBER);
      await own.lift();
      expect(heard).toEqual(before);
    });
  });
}
