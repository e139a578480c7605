import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installationKey } from '../../main/audit/installationKey.js';
import { typedNameHasher } from '../../main/identity/typedNameHash.js';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-key-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});
const file = (): string => path.join(folder, 'new', 'names.key');

test('is made once, for this user alone, and the same at every start', () => {
  const key = installationKey(file(), randomBytes);
  expect(key).toHaveLength(32);
  expect(fs.statSync(file()).mode & 0o777).toBe(0o600);
  expect(installationKey(file(), randomBytes).equals(key)).toBe(true);
  expect(fs.readdirSync(path.dirname(file()))).toEqual(['names.key']);
});

test('two starts at the same moment end with one key', () => {
  const other = randomBytes(32);
  // The other start finishes between our look and our write.
  const key = installationKey(file(), (count) => {
    if (count === 32) fs.writeFileSync(file(), other, { mode: 0o600 });
    return randomBytes(count);
  });
  expect(key.equals(other)).toBe(true);
});

test.each([
  [
    'cut short',
    () => {
      fs.writeFileSync(file(), 'short');
    },
  ],
  [
    'a folder',
    () => {
      fs.mkdirSync(file());
    },
  ],
])('a key that is %s is an error, never a weaker key', (_what, spoil) => {
  fs.mkdirSync(path.dirname(file()));
  spoil();
  expect(() => installationKey(file(), randomBytes)).toThrow(
    expect.objectContaining({ code: 'audit-unavailable' }) as Error,
  );
});

test('hashes a mistyped name so that nothing of it remains', () => {
  const hash = typedNameHasher(installationKey(file(), randomBytes));
  expect(hash('Winter-2026!')).toMatch(/^[0-9a-f]{64}$/);
  expect(hash('Winter-2026!')).toBe(hash('Winter-2026!'));
  expect(typedNameHasher(randomBytes(32))('Winter-2026!')).not.toBe(hash('Winter-2026!'));
});
