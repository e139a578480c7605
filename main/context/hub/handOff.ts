/**
 * `context-hub.json`: how another program of the same user finds the hub (FHIRcast hub.url, hub.topic, token).
 *
 * Readable by that user only, complete whenever it is there, gone when the session ends.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LanyardError } from '../../domain/errors.js';

export interface HandOff {
  readonly 'hub.url': string;
  readonly 'hub.topic': string;
  readonly access_token: string;
}

/**
 * Writes the file beside its place and moves it there, in a folder made private (mode 700).
 * @returns how to remove it; a file that another session has put there since is left alone
 */
export async function writeHandOff(folder: string, handOff: HandOff): Promise<() => Promise<void>> {
  const file = path.join(folder, 'context-hub.json');
  const text = JSON.stringify(handOff, null, 2);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await replaceFile(file, `${text}\n`);
  } catch (error) {
    throw new LanyardError('unavailable', 'context-hub.json cannot be written', { cause: error });
  }
  return async () => {
    const present = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (present?.trim() === text) await rm(file, { force: true });
  };
}

/** Complete or not at all: written beside its place, forced to disk, then moved there. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
