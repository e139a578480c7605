/**
 * Learnt recipes and kept shapes of sign-in pages, by system: one file in the user-data folder. There is no secret in it
 * and no user name. A damaged file is said, set aside and treated as nothing learnt.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
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

/** @param file absolute; its folder is made where it is missing */
export function openRecipeFile(file: string, report: (error: LanyardError) => void): RecipeStore {
  let systems = readSystems(file, report);
  const write = (next: Readonly<Record<string, KeptRecipe>>): void => {
    try {
      writeWhole(file, `${JSON.stringify({ version: 1, systems: next }, null, 2)}\n`);
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
  if (!existsSync(file)) return {};
  try {
    return RecipeFile.parse(JSON.parse(readFileSync(file, 'utf8'))).systems;
  } catch (error) {
    report(
      new LanyardError(
        'unavailable',
        'The file of learnt sign-in pages is damaged. It was set aside; sign-ins have to be learnt again.',
        { cause: error },
      ),
    );
    try {
      renameSync(file, `${file}.damaged`);
    } catch {
      // it stays, and the next write replaces it
    }
    return {};
  }
}

/** The old content or the new, never half of it. */
function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.new`;
  const handle = openSync(fresh, 'w', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, file);
}
