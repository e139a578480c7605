/** `audit-server` as its keeper types it: a try-out from nothing, its own commands, and every wrong word. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SecureClient } from '../../main/audit/secureRequest.js';
import { Spool } from '../../main/audit/transport/spool.js';
import { spoolOfTest } from '../unit/auditSpool.js';
import { directoryOf } from './audit/serverOfTest.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-as-'));
const trial = path.join(folder, 'trial');
const lanyardFile = path.join(folder, 'lanyard.json');
const started: ChildProcess[] = [];

beforeAll(() => {
  chmodSync(folder, 0o755);
  writeFileSync(
    lanyardFile,
    `// comments are allowed\n${JSON.stringify({
      trust: { name: 'Ward Trust' },
      directory: directoryOf(inject('domainController')),
      roles: { auditor: ['Audit-Readers'] },
      patients: {
        identifiers: [{ authority: 'rm3', title: 'Hospital number', system: 'https://ward.example.nhs/rm3' }],
      },
    })}`,
  );
});
afterAll(async () => {
  for (const child of started) if (child.exitCode === null) await ended(child, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

function begin(...args: readonly string[]): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/cli.ts', ...args]);
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  return { child, said: () => said };
}

async function ended(child: ChildProcess, signal?: 'SIGTERM'): Promise<number | null> {
  const closed = once(child, 'close') as Promise<[number | null]>;
  if (signal) child.kill(signal);
  const [code] = await closed;
  return code;
}

async function command(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const { child, said } = begin(...args);
  return { code: await ended(child), said: said() };
}

describe('a try-out', () => {
  const port = 18_443;

  test('starts from nothing, says what to put into lanyard.json, and takes records by that', async () => {
    const { child, said } = begin('--trial', trial, '--lanyard', lanyardFile);
    await expect.poll(said, { timeout: 60_000 }).toContain('listens on');
    const [, block = ''] = /"audit": (\{[\s\S]*?\n\})/.exec(said()) ?? [];
    const { server } = JSON.parse(block) as {
      server: { url: string; caFile: string; clientCertificate: string; clientKey: string; checkpointKey: string };
    };
    expect(server.checkpointKey).toMatch(/\/trial\+[0-9a-f]{8}\+/);
    const client = new SecureClient(server);
    const spool = spoolOfTest();
    spool.begin().write(5);
    const { entries } = await new Spool(spool.folder).read(null);
    spool.remove();
    const { status, text } = await client.ask({
      method: 'POST',
      path: 'v1/records',
      headers: { 'content-type': 'application/x-ndjson' },
      body: entries.map(({ chain, line }) => `${chain} ${line}\n`).join(''),
    });
    expect([status, JSON.parse(text)]).toEqual([200, { committed: 6, refused: 0 }]);
    client.close();
    expect(await ended(child, 'SIGTERM')).toBe(0);
  }, 120_000);

  test('is kept by its keeper', async () => {
    const configuration = path.join(trial, 'audit-server.json');
    writeFileSync(configuration, readFileSync(configuration, 'utf8').replace('8443', String(port)));
    const as = (...args: readonly string[]) => command('--config', configuration, ...args);
    const checked = await as('check');
    expect([checked.code, checked.said]).toEqual([0, expect.stringMatching(/\d+ records, 0 altered: WHOLE/)]);
    expect((await as('key')).said).toContain('/trial+');
    expect(await as('retain', '--months', '12')).toEqual({ code: 0, said: 'There is nothing so old.\n' });
    expect(await as('hold', 'Inquest 9', '--user', 'a@b', '--because', 'The coroner asked')).toEqual({
      code: 0,
      said: '"Inquest 9" is held.\n',
    });
    expect((await as('hold', 'Inquest 9', '--user', 'a@b', '--because', 'The coroner asked')).code).toBe(1);
    expect(await as('release', 'Inquest 9')).toEqual({ code: 0, said: '"Inquest 9" is held no more.\n' });
    expect(await as('release', 'Inquest 9')).toEqual({ code: 1, said: 'There is no hold "Inquest 9".\n' });
  }, 120_000);

  test('is never made over another one', async () => {
    const { code, said } = await command('--trial', trial, '--lanyard', lanyardFile);
    expect([code, said]).toEqual([78, expect.stringContaining('is there already')]);
  });
});

describe('a wrong word', () => {
  test.each([
    [['--nonsense'], 64, 'nonsense'],
    [['sing'], 64, 'There is no command sing.'],
    [['retain'], 64, 'How many --months'],
    [['retain', '--months', '-1'], 64, 'months'],
    [['hold'], 64, 'Which hold'],
    [['hold', 'x'], 64, '--because takes at least 10'],
    [['hold', 'x', '--because', 'The coroner asked'], 64, '--patient or --user'],
    [['--trial', 'x'], 64, 'belong together'],
    [['--config', 'missing.json'], 78, 'There is no'],
    [['--help'], 0, 'Usage: audit-server'],
  ] as const)('%j is answered with what would be right', async (args, code, words) => {
    const { code: was, said } = await command(...args);
    expect([was, said]).toEqual([code, expect.stringContaining(words)]);
  });

  test('in the configuration is named with its place', async () => {
    const file = path.join(folder, 'wrong.json');
    writeFileSync(file, '{"listen": {"host": "127.0.0.1", "port": 99999}, "colour": "red"}');
    const { code, said } = await command('--config', file);
    expect(code).toBe(78);
    for (const place of ['listen.port', 'colour', 'tls', 'directory']) expect(said).toContain(place);
    writeFileSync(file, '{');
    expect((await command('--config', file)).said).toContain('is no JSON');
  });
});
