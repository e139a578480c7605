// Proves that a registry package is fetched, checked and unpacked, against a small real registry on loopback.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchRegistryPackage, type PackageProgress } from '../../build/registry-package.mjs';

vi.setConfig({ testTimeout: 60_000 });

const NAME = '@demo/pictures';
let work: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let progress: PackageProgress[];

beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'registry-package-'));
  progress = [];
  registry = await startRegistry(makeTarball(work));
});
afterEach(async () => {
  await registry.close();
  rmSync(work, { recursive: true });
});

it('unpacks the pinned package and fetches it only once', async () => {
  const folder = await fetchRegistryPackage(options());
  expect(readFileSync(path.join(folder, 'dist/index.html'), 'utf8')).toBe('<h1>demo</h1>');
  await fetchRegistryPackage(options());
  expect(registry.downloads).toBe(1);
  expect(readdirSync(path.join(work, 'cache'))).toEqual(['@demo+pictures@1.2.3']);
});

it('tries again after the connection broke in the middle of the tarball', async () => {
  registry.behaviour.push('break');
  const folder = await fetchRegistryPackage(options());
  expect(readFileSync(path.join(folder, 'dist/index.html'), 'utf8')).toBe('<h1>demo</h1>');
  expect(registry.downloads).toBe(2);
  expect(progress.filter(({ phase }) => phase === 'retrying')).toHaveLength(1);
});

it('gives up a download that stalls, says how far it came, and tries again', async () => {
  registry.behaviour.push('stall');
  await fetchRegistryPackage({ ...options(), stallMs: 1_500 });
  expect(registry.downloads).toBe(2);
  const received = progress
    .filter(({ phase }) => phase === 'downloading')
    .map(({ receivedBytes }) => receivedBytes ?? 0);
  expect(Math.max(...received)).toBeGreaterThan(0);
  expect(Math.max(...received)).toBeLessThan(registry.tarball.length);
  expect(progress.find(({ phase }) => phase === 'retrying')?.reason).toContain('nothing arrived for');
});

it('refuses a tarball that is not the pinned one, at once and without leaving anything', async () => {
  const integrity = `sha512-${createHash('sha512').update('another tarball').digest('base64')}`;
  await expect(fetchRegistryPackage({ ...options(), integrity })).rejects.toThrow('not the expected one');
  expect(registry.downloads).toBe(1);
  expect(readdirSync(path.join(work, 'cache'))).toEqual([]);
});

it('names the package and what npm said when every attempt fails', async () => {
  registry.behaviour.push('missing', 'missing');
  await expect(fetchRegistryPackage({ ...options(), attempts: 2 })).rejects.toThrow(
    /@demo\/pictures@1\.2\.3: npm pack failed: .*404/,
  );
});

function options() {
  return {
    name: NAME,
    version: '1.2.3',
    integrity: registry.integrity,
    bytes: registry.tarball.length,
    folder: path.join(work, 'cache'),
    firstPauseMs: 1,
    onProgress: (step: PackageProgress) => progress.push(step),
    environment: {
      PATH: process.env['PATH'],
      HOME: work,
      npm_config_registry: registry.url,
      npm_config_cache: path.join(work, 'npm'),
      npm_config_update_notifier: 'false',
    },
  };
}

function makeTarball(folder: string): Buffer {
  const dist = path.join(folder, 'package/dist');
  mkdirSync(dist, { recursive: true });
  writeFileSync(path.join(folder, 'package/package.json'), JSON.stringify({ name: NAME, version: '1.2.3' }));
  writeFileSync(path.join(dist, 'index.html'), '<h1>demo</h1>');
  writeFileSync(path.join(dist, 'noise.bin'), incompressible(2 ** 20));
  execFileSync('tar', ['czf', 'package.tgz', 'package'], { cwd: folder });
  return readFileSync(path.join(folder, 'package.tgz'));
}

function incompressible(bytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < bytes; block++) blocks.push(createHash('sha512').update(String(block)).digest());
  return Buffer.concat(blocks);
}

/** Serves one package; `behaviour` says how the next downloads of its tarball go wrong. */
async function startRegistry(tarball: Buffer) {
  const behaviour: ('break' | 'stall' | 'missing')[] = [];
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const state = { downloads: 0 };
  const sendTarball = (response: ServerResponse) => {
    state.downloads++;
    const mode = behaviour.shift();
    if (mode === 'missing') return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': tarball.length });
    if (!mode) return response.end(tarball);
    return response.write(tarball.subarray(0, tarball.length / 2), () => {
      if (mode === 'break') response.destroy();
    });
  };
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return sendTarball(response);
    const dist = { tarball: `${url}/pictures-1.2.3.tgz`, integrity };
    return response.end(
      JSON.stringify({
        name: NAME,
        'dist-tags': { latest: '1.2.3' },
        versions: { '1.2.3': { name: NAME, version: '1.2.3', dist } },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tarball,
    integrity,
    behaviour,
    get downloads() {
      return state.downloads;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
