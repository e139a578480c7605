/** Which configuration Lanyard ran with the last time: by its hash, in a file of this user. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../audit/canonicalJson.js';

const hashPattern = /^[0-9a-f]{64}$/;

/**
 * Remembers this one. Synchronous.
 * @returns the hashes of the one before and of this one, where they differ; null: the same, or there was none before
 * @throws the file system's error: then it is found again at the next start
 */
export function configurationChange(
  configuration: object,
  file: string,
): { readonly before: string; readonly after: string } | null {
  const after = createHash('sha256').update(canonicalJson(configuration)).digest('hex');
  let before: string | null = null;
  try {
    const text = fs.readFileSync(file, 'utf8');
    before = hashPattern.test(text) ? text : null;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (before === after) return null;
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(`${file}.new`, after, { mode: 0o600, flush: true });
  fs.renameSync(`${file}.new`, file);
  return before === null ? null : { before, after };
}
