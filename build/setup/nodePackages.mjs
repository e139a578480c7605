// @ts-check
/** npm's packages: installed by `npm ci` when what is in node_modules is not what the lock file says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withRetries } from './commands.mjs';
import { progress, say, SetUpStop } from './say.mjs';

const STILL_THERE_MS = 5_000;

/** @typedef {{ version?: string; integrity?: string; optional?: boolean; peer?: boolean; devOptional?: boolean; link?: boolean }} LockEntry */

/** @param {string} root the repository */
export async function installNodePackages(root) {
  if (nodePackagesAreCurrent(root)) return;
  say('Installing the npm packages of package-lock.json (npm ci).');
  await withRetries('npm ci', 4, () => npmCi(root));
  if (!nodePackagesAreCurrent(root))
    throw new SetUpStop('npm ci ended well, but node_modules differs from package-lock.json.');
}

/**
 * Compares the lock file with the record npm keeps of what it installed: no stamp of our own that could be wrong.
 * Optional packages may be absent (other platforms); nothing may differ, and nothing else may be missing.
 * @param {string} root
 */
export function nodePackagesAreCurrent(root) {
  const record = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = entries(path.join(root, 'package-lock.json'));
  const installed = entries(record);
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '') continue;
    const there = installed[name];
    const mayBeAbsent = Boolean(entry.optional ?? entry.devOptional);
    if (!there && mayBeAbsent) continue;
    if (there?.version !== entry.version || there?.integrity !== entry.integrity) return false;
  }
  return Object.keys(installed).every((name) => name in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, LockEntry>}
 */
function entries(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** @param {string} root */
async function npmCi(root) {
  const line = progress('npm ci');
  const npm = process.env['npm_execpath']?.endsWith('.js') ? [process.execPath, process.env['npm_execpath']] : ['npm'];
  const [command = 'npm', ...first] = npm;
  const child = spawn(command, [...first, 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collect(child.stdout);
  const complained = collect(child.stderr);
  const stillThere = setInterval(() => {
    line.update(`${countPackages(root)} packages in place`);
  }, STILL_THERE_MS);
  const [code] = await once(child, 'close').finally(() => {
    clearInterval(stillThere);
  });
  if (code === 0) {
    line.done(said().trim().split('\n')[0]);
    return;
  }
  const complaint = complained()
    .split('\n')
    .filter((text) => text.startsWith('npm error') && text.length > 'npm error '.length)
    .slice(0, 12)
    .join('\n');
  // package.json and the lock file disagree: trying again cannot help
  if (complaint.includes('EUSAGE')) throw new SetUpStop(complaint);
  throw new Error(complaint || `npm ended with ${code}`);
}

/** @param {string} root */
function countPackages(root) {
  const folder = path.join(root, 'node_modules');
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

/** @param {import('node:stream').Readable} stream */
function collect(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
