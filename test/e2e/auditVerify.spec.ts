/** `lanyard audit verify FILE…` as an argument of the program: no window, and the exit codes scripts rely on. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { electronLaunch } from '../../build/electron-runtime.mjs';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { auditorSeal } from '../../main/audit/auditorSeal.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { removeFolder } from '../../build/removeFolder.js';

test('judges a spool with the auditor’s key, and says what was edited', async () => {
  const folder = folderOfOrdinaryUser('lanyard-verify-');
  try {
    const spool = path.join(folder, 'audit');
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    const recorder = new AuditRecorder({
      folder: new NodeAuditFolder(spool),
      version: '0.1.0',
      node: 'ward-7-pc-2',
      now: () => new Date(),
      monotonic: () => performance.now(),
      // RFC 8410: the raw key is the last 32 bytes of the structure.
      auditor: await auditorSeal(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')),
      randomBytes,
      every: () => () => undefined,
    });
    recorder.record({ type: 'patient.searched', kind: 'nhs-number', found: 1 });
    recorder.close();
    const key = path.join(folder, 'auditor.pem');
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    giveToOrdinaryUser(folder);

    const whole = await run('audit', 'verify', spool, '--auditor-key', key);
    expect(whole.out).toContain('MACs checked\n1 file, 3 records, 0 missing, 0 bad: WHOLE');
    expect(whole.code).toBe(0);

    const file = path.join(spool, readdirSync(spool)[0] ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"found":1', '"found":2'));
    const edited = await run('audit', 'verify', file);
    expect(edited.out).toContain('ALTERED: record 2 was altered');
    expect(edited.code).toBe(1);

    expect((await run('audit', 'verify', path.join(folder, 'gone'))).code).toBe(2);
    expect((await run('audit', 'shred', file)).code).toBe(64);
  } finally {
    removeFolder(folder);
  }
});

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const { executablePath } = await electronLaunch();
  const child = spawn(executablePath, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 25_000 });
  const out: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, out: Buffer.concat(out).toString('utf8') };
}
