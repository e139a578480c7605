/** Badge readers that type, and the one under a test's hand. */
import { describe, expect, test } from 'vitest';
import { WedgeReader } from '../../main/badge/wedgeReader.js';
import { refusalOfWedgeRule, type WedgeRule } from '../../main/domain/wedgeRule.js';
import { badgeReadersContract, listener } from './badgeReadersContract.js';
import { HandBadgeReaders } from './handBadgeReaders.js';
import { HandClock } from './handClock.js';

const rule: WedgeRule = { prefix: ';', length: 14, alphabet: 'hexadecimal', mostGapMs: 30 };

const signs = (text: string): string[] => Array.from(text);
const typed = (text: string): string[] => [...signs(text), 'Enter'];

badgeReadersContract('a reader under the hand', () => {
  const readers = new HandBadgeReaders();
  return {
    readers,
    tap: (number) => {
      readers.tap(number);
    },
    lift: () => {
      readers.say({ kind: 'removed' });
    },
    close: () => undefined,
  };
});

badgeReadersContract('a reader that types', () => {
  const clock = new HandClock();
  const readers = new WedgeReader(rule, clock, () => undefined);
  return {
    readers,
    tap: (number) => {
      for (const key of [';', ...typed(number)]) {
        readers.keyDown(key);
        clock.advance(5);
      }
    },
    lift: () => undefined,
    close: () => undefined,
  };
});

describe('keys', () => {
  /** What reaches the page: keys that pass, and keys that are given back, in their order. */
  function desk(own: Partial<WedgeRule> = {}) {
    const clock = new HandClock();
    const page: string[] = [];
    const reader = new WedgeReader({ ...rule, prefix: '', length: 8, alphabet: 'decimal', ...own }, clock, (keys) => {
      page.push(...keys);
    });
    const { heard, listen } = listener();
    reader.start(listen);
    const type = (keys: Iterable<string>, gapMs: number): void => {
      for (const key of keys) {
        if (reader.keyDown(key) === 'pass') page.push(key);
        clock.advance(gapMs);
      }
    };
    return { clock, page, reader, heard, type, taps: () => heard.filter((event) => event.startsWith('tap')) };
  }

  test('of a badge reach nobody', () => {
    const { page, type, taps } = desk();
    type(typed('12345678'), 4);
    expect(taps()).toEqual(['tap 12345678']);
    expect(page).toEqual([]);
  });

  test('of a person arrive in their order, each within the pause', () => {
    const { page, type, taps } = desk();
    type(typed('12345678'), 50);
    expect(taps()).toEqual([]);
    expect(page).toEqual(typed('12345678'));
  });

  test('of a person are no badge, even with one slow key in a quick row', () => {
    const { page, type, taps } = desk();
    type('1234', 4);
    type('5', 31);
    type(typed('678'), 4);
    expect(taps()).toEqual([]);
    expect(page).toEqual(typed('12345678'));
  });

  test.each([
    ['too few', '1234567'],
    ['too many', '123456789'],
    ['a letter among them', '1234a5678'],
  ])('in a quick row, but %s, arrive in their order', (_name, keys) => {
    const { clock, page, type, taps } = desk();
    type(typed(keys), 4);
    clock.advance(100);
    expect(taps()).toEqual([]);
    expect(page).toEqual(typed(keys));
  });

  test('without Enter arrive after the pause', () => {
    const { clock, page, type } = desk();
    type('12345678', 4);
    expect(page).toEqual([]);
    clock.advance(30);
    expect(page).toEqual(signs('12345678'));
  });

  test('only follow the prefix, where there is one', () => {
    const { page, type, taps } = desk({ prefix: '%B' });
    type(typed('12345678'), 4);
    expect(page).toEqual(typed('12345678'));
    type(['%', 'Shift', 'B', ...typed('12345678')], 4);
    expect(taps()).toEqual(['tap 12345678']);
    expect(page).toEqual([...typed('12345678'), 'Shift']);
  });

  test('that are held are given back at the end', () => {
    const { page, reader, type } = desk();
    type('123', 4);
    reader.dispose();
    expect(page).toEqual(signs('123'));
    expect(reader.keyDown('4')).toBe('pass');
  });

  test('of an NHS number can never be a badge', () => {
    const ten: WedgeRule = { prefix: '', length: 10, alphabet: 'decimal', mostGapMs: 30 };
    expect(refusalOfWedgeRule(ten)).toContain('NHS number');
    expect(() => new WedgeReader(ten, new HandClock(), () => undefined)).toThrow('NHS number');
    expect(refusalOfWedgeRule({ ...ten, prefix: ';' })).toBeNull();
  });
});
