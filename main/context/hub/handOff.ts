/**
 * `context-hub.json`: how another program of the same user finds the hub (FHIRcast hub.url, hub.topic, token); where the
 * configuration names the programs, `context-hub.ID.json` for each.
 *
 * Readable by that user only, complete whenever it is there, gone when the session ends.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LanyardError } from '../../domain/errors.js';

export interface HandOff {
  readonly 'hub.url': string;
  readonly 'hub.topic': string;
  readonly access_token: string;
}

/**
 * Writes the file beside its place and moves it there, in a folder made private (mode 700).
 * @param program its id, of small letters, digits and "-"; null: for any program
 * @returns how to remove it; a file that another session has put there since is left alone
 */
export async function writeHandOff(
  folder: string,
  handOff: HandOff,
  program: string | null = null,
): Promise<() => Promise<void>> {
  const file = path.join(folder, handOffName(program));
  const text = JSON.stringify(handOff, null, 2);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await replaceFile(file, `${text}\n`);
  } catch (error) {
    throw new LanyardError('unavailable', `${handOffName(program)} cannot be written`, { cause: error });
  }
  return async () => {
    const present = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (present?.trim() === text) await rm(file, { force: true });
  };
}

/** Whatever sessions have left there, whichever programs were configured. */
export async function forgetHandOffs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const written = names.filter((name) => /^context-hub(?:\.[a-z0-9-]+)?\.json$/.test(name));
  await Promise.all(written.map((name) => rm(path.join(folder, name), { force: true })));
}

function handOffName(program: string | null): string {
  return program === null ? 'context-hub.json' : `context-hub.${program}.json`;
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
