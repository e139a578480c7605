/** What was learnt about sign-in pages survives: damage, another version, a disk that takes half of it or nothing. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LanyardError } from '../../main/domain/errors.js';
import {
  declaredAs,
  type KeptRecipe,
  openRecipeFile,
  type RecipeDisk,
  recipeFor,
} from '../../main/signon/form/recipeStore.js';

let folder: string;
let file: string;
let said: LanyardError[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-recipes-'));
  file = path.join(folder, 'user-data', 'recipes.json');
  said = [];
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const recipe = {
  origin: 'https://results.test',
  path: '/login',
  steps: [{ userName: { selector: '#user' }, password: { selector: '#pass' }, submit: 'enter' as const }],
};
const kept = (label = 'Password'): KeptRecipe => ({
  recipe,
  declared: null,
  shapes: [
    {
      fields: [{ type: 'password', name: 'pass', id: '', autocomplete: '', label }],
      actions: ['https://results.test/session'],
      frames: [],
    },
  ],
});
const open = (disk?: RecipeDisk) => openRecipeFile(file, (error) => said.push(error), disk);
const names = () => fs.readdirSync(path.dirname(file)).sort();
/** The real disk, but for some of its calls. */
const diskThat = (differs: Partial<RecipeDisk>): RecipeDisk => ({ ...fs, ...differs });

test('what was kept is there after a restart, and only for the owner', () => {
  open().keep('results', kept());
  expect(open().get('results')).toEqual(kept());
  expect(open().get('epr')).toBeNull();
  expect((fs.statSync(file).mode & 0o777).toString(8)).toBe('600');
  expect(names()).toEqual(['recipes.json']);
  expect(said).toEqual([]);
});

test('what is forgotten is learnt anew, and nothing else is forgotten', () => {
  const store = open();
  store.keep('results', kept());
  store.keep('epr', kept('Kennwort'));
  store.forget('results');
  for (const now of [store, open()]) expect([now.get('results'), now.get('epr')]).toEqual([null, kept('Kennwort')]);
});

test.each([
  ['cut off', '{"version":1,"systems":{"results":{"recipe'],
  ['empty', ''],
  ['of another version', JSON.stringify({ version: 2, systems: {} })],
  ['with a key nobody knows', JSON.stringify({ version: 1, systems: {}, passwords: {} })],
  [
    'with a recipe that no configuration may hold',
    JSON.stringify({
      version: 1,
      systems: { results: { ...kept(), recipe: { ...recipe, origin: 'http://results.test' } } },
    }),
  ],
])('a file %s is said and set aside: nothing is known, and learning goes on', (_what, text) => {
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, text);
  const store = open();
  expect(store.get('results')).toBeNull();
  expect(said.map(({ code }) => code)).toEqual(['unavailable']);
  expect(fs.readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
  store.keep('results', kept());
  expect(open().get('results')).toEqual(kept());
  expect(said).toHaveLength(1);
});

test('a name of every object is no system', () => {
  expect(['constructor', 'toString', '__proto__'].map((name) => open().get(name))).toEqual([null, null, null]);
});

test('a disk that takes a few bytes at a time gets all of them', () => {
  const takesFew = (handle: number, bytes: Uint8Array, from: number): number =>
    fs.writeSync(handle, bytes, from, Math.min(7, bytes.length - from));
  open(diskThat({ writeSync: takesFew })).keep('results', kept('Пароль 密码'));
  expect(open().get('results')).toEqual(kept('Пароль 密码'));
  expect(said).toEqual([]);
});

test.each<[string, Partial<RecipeDisk>]>([
  [
    'gets full in the middle',
    {
      writeSync: (handle: number, bytes: Uint8Array, from: number): number => {
        if (from > 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        return fs.writeSync(handle, bytes, from, 20);
      },
    },
  ],
  ['takes nothing more', { writeSync: () => 0 }],
  [
    'cannot keep it',
    {
      fsyncSync: () => {
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      },
    },
  ],
])('a disk that %s: said, and what was known before still is', (_what, differs) => {
  open().keep('results', kept());
  const store = open(diskThat(differs));
  expect(() => {
    store.keep('results', kept('another'));
  }).toThrow(expect.objectContaining({ code: 'unavailable' }) as Error);
  expect(store.get('results')).toEqual(kept());
  expect(open().get('results')).toEqual(kept());
  expect(names()).toEqual(['recipes.json']);
});

test('a folder that cannot be made is said, and nothing is known', () => {
  fs.writeFileSync(path.dirname(file), 'a file in its place');
  const store = open();
  expect(() => {
    store.keep('results', kept());
  }).toThrow(expect.objectContaining({ code: 'unavailable' }) as Error);
  expect(store.get('results')).toBeNull();
});

test('the file, and then its name, are on the disk before it counts as kept', () => {
  const order: string[] = [];
  const opened = new Map<number, string>();
  const disk = diskThat({
    openSync: (name: string, flags: string, mode?: number): number => {
      const handle = fs.openSync(name, flags, mode);
      opened.set(handle, path.relative(folder, name));
      return handle;
    },
    fsyncSync: (handle: number): void => {
      fs.fsyncSync(handle);
      order.push(`keeps ${opened.get(handle) ?? ''}`);
    },
    renameSync: (from: string, to: string): void => {
      fs.renameSync(from, to);
      order.push('renames');
    },
  });
  open(disk).keep('results', kept());
  expect(order).toEqual(['keeps user-data/recipes.json.new', 'renames', 'keeps user-data']);
});

test('a declared recipe goes before a learnt one, and another declaration is another one', () => {
  const store = open();
  store.keep('results', kept());
  const declared = { ...recipe, path: '/signin' };
  expect(recipeFor(store, 'results', declared)).toBe(declared);
  expect(recipeFor(store, 'results', undefined)).toEqual(recipe);
  expect(recipeFor(store, 'epr', undefined)).toBeNull();
  expect(declaredAs(recipe)).toMatch(/^[0-9a-f]{64}$/u);
  expect(declaredAs({ ...recipe })).toBe(declaredAs(recipe));
  expect(declaredAs(declared)).not.toBe(declaredAs(recipe));
});
