/**
 * A random key of this installation, in a file only this user can read: keys the hash of mistyped user names.
 * It makes a dictionary of names useless to whoever has the audit trail alone.
 */
import fs from 'node:fs';
import path from 'node:path';
import { LanyardError } from '../domain/errors.js';

const keyBytes = 32;

/**
 * Reads the key, or makes it at the first start. Synchronous.
 * @throws LanyardError('audit-unavailable') where the file can neither be read nor made, or is no key.
 */
export function installationKey(file: string, randomBytes: (count: number) => Uint8Array): Buffer {
  try {
    const key = readKey(file) ?? makeKey(file, randomBytes);
    if (key.length !== keyBytes) throw new Error(`the key must have ${keyBytes} bytes`);
    return key;
  } catch (cause) {
    throw new LanyardError('audit-unavailable', 'The key of the audit trail cannot be read. Call IT support', {
      cause,
    });
  }
}

function readKey(file: string): Buffer | null {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Written aside, then linked into place: another start at the same moment finds a whole key or none. */
function makeKey(file: string, randomBytes: (count: number) => Uint8Array): Buffer {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${Buffer.from(randomBytes(8)).toString('hex')}`;
  try {
    fs.writeFileSync(aside, randomBytes(keyBytes), { flag: 'wx', mode: 0o600, flush: true });
    try {
      fs.linkSync(aside, file);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error; // somebody else was first: theirs is the key
    }
  } finally {
    fs.rmSync(aside, { force: true });
  }
  return fs.readFileSync(file);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
