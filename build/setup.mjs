// @ts-check
/**
 * All set-up, on a fresh Debian machine, from a clone without node_modules: `node build/setup.mjs [demo|test]`.
 *
 *   demo  what `npm start` needs: Electron's libraries (a screen in memory where there is none), npm's packages, Electron
 *   test  what `npm test` needs: also Samba, Apache, Orthanc … and the names of the ward's servers in /etc/hosts
 *
 * Each step looks whether it is needed, does what is missing, and can be broken off and started again. Only Node's own
 * modules are used: it runs before `npm ci`.
 */
import path from 'node:path';
import { addHostNames } from './setup/hostNames.mjs';
import { installNodePackages } from './setup/nodePackages.mjs';
import { ensureOrdinaryUser } from './setup/ordinaryUser.mjs';
import { say, seconds, SetUpStop } from './setup/say.mjs';
import { addSystemFoldersToPath, installSystemPackages, packagesFor } from './setup/systemPackages.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const OLDEST_NODE = [20, 19];

/**
 * @param {'demo' | 'test'} level
 * @throws {SetUpStop} when a person has to do something first; its message says what
 */
export async function setUp(level) {
  const started = performance.now();
  requireNode();
  addSystemFoldersToPath();
  await installSystemPackages(packagesFor(level, hasScreen()));
  if (level === 'test') await addHostNames();
  await ensureOrdinaryUser();
  await installNodePackages(ROOT);
  await fetchElectron();
  say(`Set-up is complete (${seconds(performance.now() - started)}).`);
}

async function fetchElectron() {
  const { electronExecutable } = await import('./electron-runtime.mjs');
  try {
    await electronExecutable();
  } catch (error) {
    throw new SetUpStop(`There is no Electron to run: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

export function hasScreen() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetUpStop(
    `Lanyard is built with Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
  );
}

/**
 * Runs set-up and then a program; foreseen stops are told plainly and end with exit code 1.
 * @param {'demo' | 'test'} level
 * @param {() => Promise<void>} [andThen]
 */
export async function setUpAnd(level, andThen) {
  try {
    await setUp(level);
  } catch (error) {
    if (!(error instanceof SetUpStop)) throw error;
    console.error(`\n${error.message}\nSet-up is not complete; start it again and it goes on from here.`);
    process.exitCode = 1;
    return;
  }
  await andThen?.();
}

if (process.argv[1] === import.meta.filename) await setUpAnd(process.argv[2] === 'test' ? 'test' : 'demo');
