/** Thousands of broken configurations, the same ones every run: whatever the text, an answer and never an exception. */
import fs from 'node:fs';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { schemaFile } from '../../build/schema.js';
import { type ConfigurationReading, parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { exampleText, minimal, options } from './policyExample.js';

type Random = () => number;

/** mulberry32: small, seeded, good enough to choose mutations. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const oneOf = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;

const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u12',
  '/*',
  '//',
  '\n',
  '\0',
  '😀',
  '\ud800',
  '1e999',
  '-',
  'null',
  'true',
  '__proto__',
  '{nhsNumber}',
  '(((',
  '*',
  'https://',
];
const strangers: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  '',
  ' ',
  'x',
  '{',
  '{nhsNumber}',
  'https://x.example',
  '[[[',
  '(a)',
  [],
  [[]],
  [null],
  {},
  { a: 1 },
  'é'.repeat(5000),
  '__proto__',
  '../../x',
  'javascript:1',
  '\ud800',
];

function mutateText(random: Random, text: string): string {
  let result = text;
  for (let count = 1 + below(random, 4); count > 0; count--) {
    const from = below(random, result.length + 1);
    const to = Math.min(result.length, from + below(random, 30));
    const piece = oneOf(random, [
      '',
      '',
      oneOf(random, fragments),
      result.slice(from, to).repeat(2),
      result.slice(to, to + 40),
    ]);
    result = result.slice(0, from) + piece + result.slice(to);
  }
  return result;
}

/** Every object and list inside a value, the value itself included. */
function containers(value: unknown): (Record<string, unknown> | unknown[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(containers)];
}

function mutateValue(random: Random, value: object): string {
  const copy = structuredClone(value);
  for (let count = 1 + below(random, 3); count > 0; count--) {
    const container = oneOf(random, containers(copy)) as Record<string, unknown>;
    const keys = Object.keys(container);
    const key = oneOf(random, keys.length > 0 ? keys : ['new']);
    switch (below(random, 4)) {
      case 0:
        Reflect.deleteProperty(container, key);
        break;
      case 1:
        container[key] = structuredClone(oneOf(random, strangers));
        break;
      case 2:
        container[Array.isArray(container) ? String(keys.length) : `${key}x`] = structuredClone(container[key] ?? 1);
        break;
      default:
        container[key] = structuredClone(oneOf(random, containers(copy)));
    }
  }
  return JSON.stringify(copy);
}

const schema = z.fromJSONSchema(JSON.parse(fs.readFileSync(schemaFile, 'utf8')) as z.core.JSONSchema.JSONSchema);

/** What must hold for every answer. Returns whether it was accepted. */
function judge(text: string, reading: ConfigurationReading): boolean {
  if (!reading.ok) {
    expect(reading.problems.length, text).toBeGreaterThan(0);
    for (const { path, message, suggestion } of reading.problems) {
      expect(typeof path).toBe('string');
      expect(message, `${text}: ${path}`).toMatch(/^[A-Z"“].*[.:?]$/su);
      expect(suggestion === null || suggestion.length > 0).toBe(true);
    }
    return false;
  }
  // Judged a second time by the published schema, through other code.
  expect(schema.safeParse(parse(text.replace(/^\uFEFF/, ''))).success, text).toBe(true);
  return true;
}

describe('whatever stands in the file', () => {
  test.each([
    ['characters of the example are mangled', (random: Random) => mutateText(random, exampleText), 3000],
    ['values of the example are replaced', (random: Random) => mutateValue(random, parse(exampleText) as object), 3000],
    ['values of a two-system configuration are replaced', (random: Random) => mutateValue(random, minimal()), 3000],
  ])('%s: an answer, and never what the schema refuses', { timeout: 60_000 }, (_what, mutate, rounds) => {
    const random = seeded(20_261_122);
    let accepted = 0;
    for (let round = 0; round < rounds; round++) {
      const text = mutate(random);
      if (judge(text, parseConfiguration(text, options))) accepted++;
    }
    // A fuzzer that only ever meets one answer proves nothing.
    expect(accepted).toBeGreaterThan(rounds / 100);
    expect(accepted).toBeLessThan(rounds / 2);
  });

  test('a stranger in place of any single value is refused, at that value or above it', () => {
    const whole = parse(exampleText) as object;
    for (let index = 0; index < containers(whole).length; index++) {
      const keys = Object.keys(containers(whole)[index] ?? {});
      for (const key of keys) {
        const copy = structuredClone(whole);
        (containers(copy)[index] as Record<string, unknown>)[key] = { stranger: true };
        const reading = parseConfiguration(JSON.stringify(copy), options);
        expect(reading.ok, key).toBe(false);
      }
    }
  });

  test('an unknown key in any object is refused by its path', () => {
    const whole = parse(exampleText) as object;
    for (let index = 0; index < containers(whole).length; index++) {
      const copy = structuredClone(whole);
      const container = containers(copy)[index];
      if (container === undefined || Array.isArray(container)) continue;
      container['stranger'] = 1;
      const reading = parseConfiguration(JSON.stringify(copy), options);
      expect(reading.ok ? [] : reading.problems.map(({ path }) => path)).toContainEqual(
        expect.stringMatching(/(^|\.)stranger$/),
      );
    }
  });
});
