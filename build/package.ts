/**
 * `npm run package`: the shipped Linux program in release/, and beside it the test variant of the same program, which
 * differs in its title and in one door for tests. Skips what is up to date.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundle, hashOf } from './bundle.js';
import { electronExecutable, REGISTRY_ELECTRON } from './electron-runtime.mjs';
import { endingOf } from './processes.js';
import { withLock } from './setup/lock.mjs';
import { progress } from './setup/say.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const CACHE = path.join(ROOT, '.cache');

export interface Package {
  /** The packaged program's folder and executable, both absolute. */
  readonly folder: string;
  readonly executable: string;
  /** Changes whenever the package does. */
  readonly version: string;
}

const VARIANTS = {
  product: { config: 'electron-builder.yml', folder: 'release/linux-unpacked', executable: 'lanyard' },
  'test variant': {
    config: 'build/electron-builder.test-variant.yml',
    folder: 'release/test-variant/linux-unpacked',
    executable: 'lanyard-test-variant',
  },
} as const;
export type Variant = keyof typeof VARIANTS;

/**
 * Packages one variant for Linux, unless it is up to date.
 * @throws Error when electron-builder fails; what it said is on standard error
 */
export async function packageFor(variant: Variant): Promise<Package> {
  const { config, folder, executable } = VARIANTS[variant];
  const bundled = await bundle(variant);
  const version = `${bundled} ${hashOf(['package.json', 'electron-builder.yml', config])} ${REGISTRY_ELECTRON}`;
  const home = path.join(ROOT, folder);
  const stamp = path.join(CACHE, `package-${executable}.stamp`);
  await withLock(`${stamp}.lock`, `packaging the ${variant}`, async () => {
    if (existsSync(home) && existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return;
    const line = progress(`Packaging the ${variant}`);
    rmSync(stamp, { force: true });
    rmSync(home, { recursive: true, force: true });
    await electronBuilder(config);
    writeFileSync(stamp, version);
    line.done(folder);
  });
  return { folder: home, executable: path.join(home, executable), version };
}

async function electronBuilder(config: string): Promise<void> {
  const args = [
    'node_modules/electron-builder/cli.js',
    '--linux',
    'dir',
    '--config',
    config,
    ...(await runtimeOptions()),
  ];
  // hard links would flip the fuses of the Electron that the tests run
  const environment = { ...process.env, USE_HARD_LINKS: 'false' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const ending = await endingOf(child);
  if (ending !== '0') throw new Error(`electron-builder ended with ${ending}`);
}

/** Where electron-builder cannot download Electron, it takes ours, without the link to this repository. */
async function runtimeOptions(): Promise<string[]> {
  const executable = await electronExecutable();
  const runtime = path.dirname(executable);
  if (path.basename(runtime) !== `electron-${REGISTRY_ELECTRON}`) return [];
  const clean = path.join(CACHE, 'electron-for-packaging');
  rmSync(clean, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  spawnSync('cp', ['-a', '--link', runtime, clean]);
  rmSync(path.join(clean, 'resources/app'), { recursive: true, force: true });
  return [`-c.electronDist=${clean}`, `-c.electronVersion=${REGISTRY_ELECTRON}`];
}

if (process.argv[1] === import.meta.filename) {
  await packageFor('product');
  await packageFor('test variant');
}
