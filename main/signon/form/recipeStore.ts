/**
 * Learnt recipes and kept shapes of sign-in pages, by system: one file in the user-data folder. There is no secret in it
 * and no user name. A damaged file is said, set aside and treated as nothing learnt.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../audit/canonicalJson.js';
import { LanyardError } from '../../domain/errors.js';
import { type SignOnRecipe, SignOnRecipeSchema } from '../../policy/configuration.js';
import { ShapeSchema } from './shape.js';

const Kept = z.strictObject({
  /** Learnt by watching; null: declared in the configuration. */
  recipe: SignOnRecipeSchema.nullable(),
  /** Of the declared recipe the shapes belong to: another recipe, other shapes; null: learnt. */
  declared: z.string().nullable(),
  /** Of each step's page; null: not seen yet. */
  shapes: z.array(ShapeSchema.nullable()).max(3),
});
const RecipeFile = z.strictObject({ version: z.literal(1), systems: z.record(z.string(), Kept) });

/** What is known about one system's sign-in page. */
export type KeptRecipe = z.infer<typeof Kept>;

export interface RecipeStore {
  /** `systemId`: of the configuration, or an identity provider's id. */
  get(systemId: string): KeptRecipe | null;
  /** @throws LanyardError('unavailable') when it cannot be written: then what was known before still is */
  keep(systemId: string, kept: KeptRecipe): void;
  /** Learnt anew from now on. @throws LanyardError('unavailable') */
  forget(systemId: string): void;
}

/**
 * @param report a file that is damaged, for the problem log
 * @returns the recipe of the configuration, else the learnt one, else null
 */
export function recipeFor(
  store: RecipeStore,
  systemId: string,
  declared: SignOnRecipe | undefined,
): SignOnRecipe | null {
  return declared ?? store.get(systemId)?.recipe ?? null;
}

/** Tells declared recipes apart: SHA-256 in hexadecimal. */
export function declaredAs(recipe: SignOnRecipe): string {
  return createHash('sha256').update(canonicalJson(recipe)).digest('hex');
}

/** What writing asks of the disk; `node:fs` is the real one. */
export interface RecipeDisk {
  mkdirSync(folder: string, options: { recursive: true; mode: number }): unknown;
  openSync(name: string, flags: 'w' | 'r', mode?: number): number;
  /** @returns how many bytes it took, from `from` on */
  writeSync(handle: number, bytes: Uint8Array, from: number): number;
  fsyncSync(handle: number): void;
  closeSync(handle: number): void;
  renameSync(from: string, to: string): void;
  rmSync(name: string, options: { force: true }): void;
}

/** @param file absolute; its folder is made where it is missing */
export function openRecipeFile(
  file: string,
  report: (error: LanyardError) => void,
  disk: RecipeDisk = fs,
): RecipeStore {
  let systems = readSystems(file, report);
  const write = (next: Readonly<Record<string, KeptRecipe>>): void => {
    try {
      writeWhole(disk, file, `${JSON.stringify({ version: 1, systems: next }, null, 2)}\n`);
    } catch (error) {
      throw new LanyardError('unavailable', 'What was learnt about a sign-in page could not be written to the disk.', {
        cause: error,
      });
    }
    systems = next;
  };
  return {
    get: (systemId) => (Object.hasOwn(systems, systemId) ? (systems[systemId] ?? null) : null),
    keep: (systemId, kept) => {
      write({ ...systems, [systemId]: Kept.parse(kept) });
    },
    forget: (systemId) => {
      write(Object.fromEntries(Object.entries(systems).filter(([id]) => id !== systemId)));
    },
  };
}

function readSystems(file: string, report: (error: LanyardError) => void): Readonly<Record<string, KeptRecipe>> {
  if (!fs.existsSync(file)) return {};
  try {
    return RecipeFile.parse(JSON.parse(fs.readFileSync(file, 'utf8'))).systems;
  } catch (error) {
    report(
      new LanyardError(
        'unavailable',
        'The file of learnt sign-in pages is damaged. It was set aside; sign-ins have to be learnt again.',
        { cause: error },
      ),
    );
    try {
      fs.renameSync(file, `${file}.damaged`);
    } catch {
      // it stays, and the next write replaces it
    }
    return {};
  }
}

/** The old content or the new, never half of it, and the new one for good. */
function writeWhole(disk: RecipeDisk, file: string, text: string): void {
  const folder = path.dirname(file);
  disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${file}.new`;
  try {
    const handle = disk.openSync(fresh, 'w', 0o600);
    try {
      const bytes = Buffer.from(text);
      // a disk may take only part of what it is given
      for (let taken = 0; taken < bytes.length;) {
        const more = disk.writeSync(handle, bytes, taken);
        if (more === 0) throw new Error('the disk took nothing more');
        taken += more;
      }
      disk.fsyncSync(handle);
    } finally {
      disk.closeSync(handle);
    }
    disk.renameSync(fresh, file);
  } catch (error) {
    disk.rmSync(fresh, { force: true });
    throw error;
  }
  keepName(disk, folder);
}

/** A new name is on the disk only when its folder is. */
function keepName(disk: RecipeDisk, folder: string): void {
  if (process.platform === 'win32') return; // Windows writes names through, and cannot open a folder
  const handle = disk.openSync(folder, 'r');
  try {
    disk.fsyncSync(handle);
  } finally {
    disk.closeSync(handle);
  }
}
