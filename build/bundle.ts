/** Builds dist/ with Vite, unless nothing that goes into it has changed since. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';
import { BUNDLE_STAMP } from './electron-runtime.mjs';
import { withLock } from './setup/lock.mjs';
import { progress } from './setup/say.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const INPUTS = ['main', 'preload', 'renderer', 'vite.config.ts', 'package-lock.json'];

interface Bundle {
  readonly folder: string;
  /** The main process's entry, where it is not the product's. */
  readonly entry?: string;
  readonly stamp: string;
  readonly inputs: readonly string[];
}
/** What is shipped, and what `npm start` and the end-to-end tests run. */
const PRODUCT: Bundle = { folder: 'dist', stamp: BUNDLE_STAMP, inputs: INPUTS };
/** The same with the door for tests (test/packaged/README.md). */
const TEST_VARIANT: Bundle = {
  folder: 'dist-test-variant',
  entry: 'test/packaged/variant.electron.ts',
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
      logLevel: 'warn',
      plugins: target.entry === undefined ? [] : [variantPlugin(target.folder, target.entry)],
    });
    await builder.buildApp();
    mkdirSync(path.dirname(target.stamp), { recursive: true });
    writeFileSync(target.stamp, inputs);
    line.done();
  });
  return inputs;
}

/** The one Vite configuration, with another entry for the main process and another folder for everything. */
function variantPlugin(folder: string, entry: string): Plugin {
  const dist = path.join(ROOT, 'dist');
  return {
    name: 'lanyard-variant',
    configEnvironment(name, { build }) {
      if (!build?.outDir?.startsWith(dist + path.sep)) return;
      build.outDir = path.join(ROOT, folder, path.relative(dist, build.outDir));
      if (name !== 'main') return;
      const { input, ...options } = build.rolldownOptions ?? {};
      if (typeof input !== 'object' || Array.isArray(input)) throw new Error('vite.config.ts: main names its entries');
      build.rolldownOptions = { ...options, input: { ...input, index: path.join(ROOT, entry) } };
    },
  };
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
