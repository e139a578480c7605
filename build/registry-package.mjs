/**
 * Fetches one package of the npm registry and unpacks it, checked against a pinned integrity.
 *
 * The download runs through the ordinary client (`npm pack`), so the machine's registry, proxy and certificates count.
 * npm cannot continue half a tarball: a broken or stalled download of this one package starts again, a few times with
 * growing pauses. Everything already complete is kept: a downloaded tarball in npm's cache, an unpacked package here.
 * Only Node's own modules are used: this runs before `npm ci`.
 */
import { spawn, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ASK_NPM_MS = 60_000;
const UNPACK_MS = 300_000;
const LOOK_EVERY_MS = 500;
const ONE_DAY_MS = 86_400_000;

/** Documented in registry-package.d.mts. */
export async function fetchRegistryPackage({
  name,
  version,
  integrity,
  bytes,
  folder,
  onProgress = () => undefined,
  attempts = 5,
  stallMs = 60_000,
  firstPauseMs = 1_000,
  environment = process.env,
}) {
  const home = path.join(folder, `${name.replaceAll('/', '+')}@${version}`);
  if (existsSync(home)) return home;
  await mkdir(folder, { recursive: true });
  await removeRemains(folder);

  for (let attempt = 1; ; attempt++) {
    const work = await mkdtemp(path.join(folder, '.partial-'));
    try {
      const tarball = await downloadTarball({ name, version, bytes, work, onProgress, stallMs, environment });
      await checkIntegrity(tarball, integrity, `${name}@${version}`);
      onProgress({ phase: 'unpacking', receivedBytes: bytes, totalBytes: bytes });
      await run('tar', ['xzf', tarball, '-C', work, '--no-same-owner'], { timeout: UNPACK_MS });
      await moveIntoPlace(path.join(work, 'package'), home);
      return home;
    } catch (error) {
      if (error instanceof UnexpectedTarball || attempt >= attempts) throw error;
      const pauseMs = firstPauseMs * 2 ** (attempt - 1);
      onProgress({ phase: 'retrying', receivedBytes: 0, totalBytes: bytes, attempt, pauseMs, reason: error.message });
      await pause(pauseMs);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

/** A process that was killed could not clean up after itself; a day later nobody is working there any more. */
async function removeRemains(folder) {
  for (const file of await readdir(folder)) {
    if (!file.startsWith('.partial-')) continue;
    const facts = await stat(path.join(folder, file)).catch(ignoreMissing(undefined));
    if (facts && Date.now() - facts.mtimeMs > ONE_DAY_MS)
      await rm(path.join(folder, file), { recursive: true, force: true });
  }
}

class UnexpectedTarball extends Error {}

async function checkIntegrity(tarball, integrity, label) {
  const digest = createHash('sha512');
  await pipeline(createReadStream(tarball), digest);
  if (`sha512-${digest.digest('base64')}` !== integrity)
    throw new UnexpectedTarball(`${label}: the tarball is not the expected one (its sha512 differs).`);
}

/** Another process may have finished first: its package passed the same check, so it is as good as ours. */
async function moveIntoPlace(unpacked, home) {
  try {
    await rename(unpacked, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

async function downloadTarball({ name, version, bytes, work, onProgress, stallMs, environment }) {
  const cacheTemporary = path.join(await npmCache(environment), '_cacache/tmp');
  const since = Date.now();
  const client = spawn(
    'npm',
    // the whole-request time-out of npm would end a slow but healthy download: the stall watch below takes its place
    [
      'pack',
      `${name}@${version}`,
      '--json',
      '--pack-destination',
      work,
      '--fetch-timeout=7200000',
      '--fetch-retries=0',
    ],
    { cwd: work, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = collect(client.stdout);
  const complaints = collect(client.stderr);
  let givenUp;
  let largest = -1;
  let grewAt = Date.now();
  const giveUp = (reason) => {
    givenUp = reason;
    client.kill();
  };
  const look = async () => {
    const received = await bytesSince(cacheTemporary, since);
    if (received > largest) {
      largest = received;
      grewAt = Date.now();
      onProgress({
        phase: 'downloading',
        receivedBytes: bytes ? Math.min(received, bytes) : received,
        totalBytes: bytes,
      });
    } else if (Date.now() - grewAt > stallMs) {
      giveUp(new Error(`${name}@${version}: nothing arrived for ${Math.round(stallMs / 1000)} s.`));
    }
  };
  const watch = setInterval(() => void look().catch(giveUp), LOOK_EVERY_MS);
  try {
    const exitCode = await new Promise((resolve, reject) => client.once('error', reject).once('close', resolve));
    if (givenUp) throw givenUp;
    if (exitCode !== 0) throw new Error(`${name}@${version}: npm pack failed: ${lastLines(complaints())}`);
  } finally {
    clearInterval(watch);
  }
  const [packed] = JSON.parse(output());
  return path.join(work, packed.filename);
}

async function npmCache(environment) {
  const { stdout } = await run('npm', ['config', 'get', 'cache'], { env: environment, timeout: ASK_NPM_MS });
  return stdout.trim();
}

/** Bytes of the files npm began to write since then: its half-finished downloads. Missing files count nothing. */
async function bytesSince(folder, since) {
  const names = await readdir(folder).catch(ignoreMissing([]));
  const sizes = await Promise.all(
    names.map(async (file) => {
      const facts = await stat(path.join(folder, file)).catch(ignoreMissing(undefined));
      return facts?.isFile() && facts.birthtimeMs >= since ? facts.size : 0;
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

function ignoreMissing(instead) {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}

function collect(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

function lastLines(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('npm error') || line.startsWith('npm ERR!'))
    .slice(0, 4)
    .join(' ');
}
