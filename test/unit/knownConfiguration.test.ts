/** A start with another configuration than the last one is noticed, once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { configurationChange } from '../../main/policy/knownConfiguration.js';

const folders: string[] = [];
function fileOfTest(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-known-'));
  folders.push(folder);
  return path.join(folder, 'user', 'configuration.hash');
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('nothing at the first start, nothing while it stays, and each change once', () => {
  const file = fileOfTest();
  const one = { trust: { name: 'A' }, systems: [1, 2] };
  expect(configurationChange(one, file)).toBeNull();
  expect(configurationChange({ systems: [1, 2], trust: { name: 'A' } }, file)).toBeNull();
  const change = configurationChange({ ...one, trust: { name: 'B' } }, file);
  expect(change?.before).toMatch(/^[0-9a-f]{64}$/);
  expect(change?.after).not.toBe(change?.before);
  expect(configurationChange({ ...one, trust: { name: 'B' } }, file)).toBeNull();
  expect(configurationChange(one, file)).toEqual({ before: change?.after, after: change?.before });
});

test('a file that was damaged counts as none, and a folder that cannot be written is said', () => {
  const file = fileOfTest();
  configurationChange({ a: 1 }, file);
  writeFileSync(file, 'rubbish');
  expect(configurationChange({ a: 2 }, file)).toBeNull();
  rmSync(file);
  writeFileSync(`${path.dirname(file)}-blocked`, '');
  expect(() => configurationChange({ a: 3 }, path.join(`${path.dirname(file)}-blocked`, 'x'))).toThrow();
});
