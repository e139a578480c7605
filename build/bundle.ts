/** Builds dist/ with Vite, unless nothing that goes into it has changed since. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE_STAMP } from './electron-runtime.mjs';
import { withLock } from './setup/lock.mjs';
import { progress } from './setup/say.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const INPUTS = ['main', 'preload', 'renderer', 'vite.config.ts', 'package-lock.json'];

interface Bundle {
  readonly mode: string;
  readonly folder: string;
  readonly stamp: string;
  readonly inputs: readonly string[];
}
/** What is shipped, and what `npm start` and the end-to-end tests run. */
const PRODUCT: Bundle = { mode: 'production', folder: 'dist', stamp: BUNDLE_STAMP, inputs: INPUTS };
/** The same with the door for tests (test/packaged/README.md). */
const TEST_VARIANT: Bundle = {
  mode: 'test-variant',
  folder: 'dist-test-variant',
  stamp: path.join(path.dirname(BUNDLE_STAMP), 'bundle-test-variant.stamp'),
  inputs: [...INPUTS, 'test/packaged/variant.electron.ts'],
};

/**
 * @returns a hash of everything the bundle was built from
 */
export async function bundle(variant: 'product' | 'test variant' = 'product'): Promise<string> {
  const target = variant === 'product' ? PRODUCT : TEST_VARIANT;
  const inputs = hashOf(target.inputs);
  await withLock(`${target.stamp}.lock`, `building ${target.folder}/`, async () => {
    if (isBuiltFrom(target, inputs)) return;
    const line = progress(`Building ${target.folder}/`);
    rmSync(target.stamp, { force: true });
    // only when needed: loading Vite takes as long as the rest of a second start
    const { createBuilder } = await import('vite');
    const builder = await createBuilder({
      configFile: path.join(ROOT, 'vite.config.ts'),
      mode: target.mode,
      logLevel: 'warn',
    });
    await builder.buildApp();
    mkdirSync(path.dirname(target.stamp), { recursive: true });
    writeFileSync(target.stamp, inputs);
    line.done();
  });
  return inputs;
}

function isBuiltFrom({ stamp, folder }: Bundle, inputs: string): boolean {
  const built = ['main/index.js', 'preload/shell.cjs', 'renderer/index.html'];
  return (
    built.every((file) => existsSync(path.join(ROOT, folder, file))) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === inputs
  );
}

/** sha256 over names and contents, in one fixed order. */
export function hashOf(inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(filesIn).sort()) {
    const content = readFileSync(path.join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(place: string): string[] {
  if (!statSync(path.join(ROOT, place)).isDirectory()) return [place];
  return readdirSync(path.join(ROOT, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

if (process.argv[1] === import.meta.filename) await bundle();
