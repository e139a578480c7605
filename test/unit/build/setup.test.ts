import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingOf } from '../../../build/processes.js';
import { HOST_NAMES, missingHostLines } from '../../../build/setup/hostNames.mjs';
import { withLock } from '../../../build/setup/lock.mjs';
import { nodePackagesAreCurrent } from '../../../build/setup/nodePackages.mjs';
import { packagesFor } from '../../../build/setup/systemPackages.mjs';
import { withRetries } from '../../../build/setup/commands.mjs';
import { SetUpStop } from '../../../build/setup/say.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lanyard-setup-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('host names', () => {
  const all = HOST_NAMES.map(([address, name]) => `${address} ${name}`);

  it('adds every line to a plain hosts file, one name a line', () => {
    expect(missingHostLines('127.0.0.1 localhost\n')).toEqual(all);
  });
  it('adds nothing the second time', () => {
    expect(missingHostLines(`127.0.0.1 localhost\n${all.join('\n')}\n`)).toEqual([]);
  });
  it('adds only the line that is missing', () => {
    expect(missingHostLines(all.slice(1).join('\n'))).toEqual(all.slice(0, 1));
  });
  it('takes no comment for a line', () => {
    expect(missingHostLines(all.map((line) => `# ${line}`).join('\n'))).toEqual(all);
  });
  it('stops when a name stands there with another address', () => {
    expect(() => missingHostLines('10.0.0.7 dc1.ward.example.nhs')).toThrow(SetUpStop);
  });
  it('names loopback addresses only', () => {
    for (const [address] of HOST_NAMES) expect(address).toMatch(/^127\./);
  });
});

describe('npm packages', () => {
  const write = (file: string, packages: object) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), JSON.stringify({ packages }));
  };
  const zod = { version: '4.0.0', integrity: 'sha512-a' };
  const lock = (packages: object) => {
    write('package-lock.json', { '': { name: 'lanyard' }, ...packages });
  };
  const installed = (packages: object) => {
    write('node_modules/.package-lock.json', packages);
  };

  it('are missing in a fresh clone', () => {
    lock({ 'node_modules/zod': zod });
    expect(nodePackagesAreCurrent(folder)).toBe(false);
  });
  it('are current when both files agree', () => {
    lock({ 'node_modules/zod': zod });
    installed({ 'node_modules/zod': zod });
    expect(nodePackagesAreCurrent(folder)).toBe(true);
  });
  it.each([
    ['another version', { 'node_modules/zod': { ...zod, version: '3.0.0' } }],
    ['another content of the same version', { 'node_modules/zod': { ...zod, integrity: 'sha512-b' } }],
    ['a package missing', {}],
    ['a package too many', { 'node_modules/zod': zod, 'node_modules/left': zod }],
  ])('are not current with %s', (_case, packages) => {
    lock({ 'node_modules/zod': zod });
    installed(packages);
    expect(nodePackagesAreCurrent(folder)).toBe(false);
  });
  it('are current without the optional packages of other platforms', () => {
    lock({ 'node_modules/zod': zod, 'node_modules/only-mac': { ...zod, optional: true } });
    installed({ 'node_modules/zod': zod });
    expect(nodePackagesAreCurrent(folder)).toBe(true);
  });
});

describe('system packages', () => {
  it('leave the screen in memory out where there is a screen', () => {
    expect(packagesFor('demo', true)).not.toContain('xvfb');
    expect(packagesFor('demo', false)).toContain('xvfb');
  });
  it('bring no server for the demo', () => {
    for (const server of ['samba-ad-dc', 'apache2', 'orthanc']) {
      expect(packagesFor('demo', false)).not.toContain(server);
      expect(packagesFor('test', true)).toContain(server);
    }
  });
});

describe('a lock between processes', () => {
  it('lets one in at a time', async () => {
    const file = path.join(folder, 'lock');
    const inside: string[] = [];
    const enter = (name: string) =>
      withLock(file, name, async () => {
        inside.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        inside.push(`${name} out`);
      });
    await Promise.all([enter('a'), enter('b')]);
    expect(inside).toEqual(['a in', 'a out', 'b in', 'b out']);
  });
  it('is free again after a failure', async () => {
    const file = path.join(folder, 'lock');
    await expect(withLock(file, 'a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(file, 'b', async () => 'done')).toBe('done');
  });
  it('is taken over from a process that is gone', async () => {
    const file = path.join(folder, 'lock');
    const gone = spawn(process.execPath, ['-e', '0']);
    await endingOf(gone);
    writeFileSync(file, String(gone.pid));
    expect(await withLock(file, 'b', async () => readFileSync(file, 'utf8'))).toBe(String(process.pid));
  });
});

describe('trying again', () => {
  it('does not insist where a person has to do something first', async () => {
    let tries = 0;
    const action = () => {
      tries++;
      return Promise.reject(new SetUpStop('no root here'));
    };
    await expect(withRetries('apt-get', 4, action)).rejects.toThrow('no root here');
    expect(tries).toBe(1);
  });
});
