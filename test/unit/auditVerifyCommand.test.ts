/** `audit verify` on real files: what it prints, and the exit codes scripts rely on. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { auditorSeal } from '../../main/audit/auditorSeal.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { auditCommand } from '../../main/audit/verify/verifyCommand.js';
import { auditorPair } from './auditAuditor.js';

const pair = auditorPair();
const seal = await auditorSeal(pair.publicKey);

let temporary = '';
let spool = '';
let keyFile = '';
beforeEach(() => {
  temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-verify-'));
  spool = path.join(temporary, 'audit');
  keyFile = path.join(temporary, 'auditor.pem');
  fs.writeFileSync(keyFile, pair.pem);
});
afterEach(() => {
  fs.rmSync(temporary, { recursive: true });
});

/** One run of the program: opens a chain, records, and closes it, or crashes. */
function runProgram(end: 'closed' | 'crashed' = 'closed'): void {
  const audit = new AuditRecorder({
    folder: new NodeAuditFolder(spool),
    version: '0.1.0',
    node: 'ward-7-pc-2',
    now: () => new Date('2026-11-22T16:00:00.000Z'),
    monotonic: () => 0,
    auditor: seal,
    randomBytes,
    every: () => () => undefined,
  });
  audit.record({
    type: 'patient.chosen',
    patient: { nhsNumber: '9990000018', identifiers: [] },
    epoch: 1,
    previous: null,
  });
  if (end === 'closed') audit.close();
}

const files = (): string[] =>
  fs
    .readdirSync(spool)
    .sort()
    .map((name) => path.join(spool, name));
const file = (index: number): string => files()[index] ?? '';
const change = (name: string, edit: (text: string) => string): void => {
  fs.writeFileSync(name, edit(fs.readFileSync(name, 'utf8')));
};

async function audit(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const written = { out: '', error: '' };
  const code = await auditCommand(args, {
    out: async (text) => {
      written.out += text;
    },
    error: async (text) => {
      written.error += text;
    },
  });
  return { code, ...written };
}

describe('a folder of spools', () => {
  test('untouched: 0, counts only, and nothing of a patient', async () => {
    runProgram();
    runProgram();
    const { code, out, error } = await audit('verify', spool, '--auditor-key', keyFile);
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain(
      `${file(0)}: whole, 3 records, 2026-11-22T16:00:00.000Z to 2026-11-22T16:00:00.000Z, MACs checked`,
    );
    expect(out).toMatch(/\n2 files, 6 records, 0 missing, 0 bad: WHOLE\n$/);
    expect(out).not.toContain('9990000018');
  });

  test('after a crash: 0, for the next chain vouches for the last record', async () => {
    runProgram('crashed');
    runProgram();
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(0);
    expect(out).toContain(
      `note: Lanyard or the computer crashed; ${path.basename(file(1))} vouches for its last record`,
    );
  });

  test('still running, or its tail cut: 2, nobody can tell', async () => {
    runProgram();
    runProgram('crashed');
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(2);
    expect(out).toContain('unproven: no chain.close');
    expect(out).toContain('UNPROVEN');
  });

  test('a file in the middle taken away: 1, and which', async () => {
    for (let run = 0; run < 3; run++) runProgram();
    const [, , chain = ''] = /(\d+)-([0-9a-f]{32})/.exec(file(1)) ?? [];
    fs.rmSync(file(1));
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(1);
    expect(out).toContain(`ALTERED: the chain before it (${chain}) is not here`);
  });

  test('the oldest file gone: 0, the central store has it', async () => {
    runProgram();
    runProgram();
    fs.rmSync(file(0));
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(0);
    expect(out).toMatch(/note: the chain before it \([0-9a-f]{32}\) is not here/);
  });

  test('a chain put in twice: 1', async () => {
    runProgram();
    runProgram();
    fs.copyFileSync(file(1), path.join(spool, path.basename(file(1)).replace('000002', '000003')));
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(1);
    expect(out).toContain(`ALTERED: is the same chain as ${path.basename(file(1))}`);
  });

  test('a chain emptied: 1, by the word of the next one', async () => {
    runProgram();
    runProgram();
    fs.truncateSync(file(0));
    const { code, out } = await audit('verify', spool);
    expect(code).toBe(1);
    expect(out).toContain('went to record 3');
  });

  test('without a spool: 2', async () => {
    fs.mkdirSync(spool);
    expect(await audit('verify', spool)).toMatchObject({
      code: 2,
      error: expect.stringContaining('no spool') as string,
    });
  });
});

describe('a file', () => {
  test('with one digit edited: 1, the line and the record named, once', async () => {
    runProgram();
    change(file(0), (text) => text.replace('"epoch":1', '"epoch":2'));
    const { code, out } = await audit('verify', file(0));
    expect(code).toBe(1);
    expect(out.split('\n').slice(0, -1)).toEqual([
      `${file(0)}:2: altered record 2 2026-11-22T16:00:00.000Z patient.chosen`,
      `${file(0)}: altered, 3 records, 2026-11-22T16:00:00.000Z to 2026-11-22T16:00:00.000Z, MACs not checked`,
      '  ALTERED: record 2 was altered, or the one before it',
      '1 file, 3 records, 0 missing, 1 bad: ALTERED',
    ]);
  });

  test('copied under another name: its chain.open says which chain it is', async () => {
    runProgram();
    const evidence = path.join(temporary, 'exhibit A');
    fs.copyFileSync(file(0), evidence);
    expect(await audit('verify', evidence)).toMatchObject({ code: 0 });
  });

  test('with a byte that is no UTF-8, and rubbish longer than any record: 1, the lines named', async () => {
    runProgram();
    const bytes = fs.readFileSync(file(0));
    const end = bytes.indexOf(0x0a) + 1;
    fs.writeFileSync(
      file(0),
      Buffer.concat([
        bytes.subarray(0, end),
        Buffer.from([0xff, 0x0a]),
        Buffer.alloc(3_000_000, 'x'),
        Buffer.from([0x0a]),
        bytes.subarray(end),
      ]),
    );
    const { code, out } = await audit('verify', file(0));
    expect(code).toBe(1);
    expect(out).toContain('ALTERED: line 2 is not a record\n  ALTERED: line 3 is not a record\n');
    expect(out).toContain('5 records, 0 missing, 2 bad');
  });

  test('long enough for many reads: every record judged', async () => {
    runProgram();
    const [open = '', second = '', last = ''] = fs.readFileSync(file(0), 'utf8').split('\n');
    fs.writeFileSync(file(0), [open, ...Array.from({ length: 3000 }, () => second), last, ''].join('\n'));
    const { code, out } = await audit('verify', file(0));
    expect(code).toBe(1);
    expect(out).toContain('3002 records, 0 missing, 2999 bad');
    expect(out).toContain('and 1999 more faults');
  });

  test('with what moves a terminal’s cursor in it: printed as question marks', async () => {
    runProgram();
    change(file(0), (text) => text.replace('patient.chosen', String.raw`\u001b[2Jx`));
    const { out } = await audit('verify', file(0));
    expect(out).toContain('?[2Jx');
    expect(out).not.toContain('\u001b');
  });

  test('that is not there: 2, and the others are still judged', async () => {
    runProgram();
    const { code, out, error } = await audit('verify', path.join(temporary, 'gone'), file(0));
    expect([code, error]).toEqual([2, `${path.join(temporary, 'gone')} cannot be read (ENOENT)\n`]);
    expect(out).toContain(': whole,');
  });
});

describe('what is printed', () => {
  test('--all: a verdict for every record', async () => {
    runProgram();
    const { out } = await audit('verify', '--all', file(0));
    expect(out.split('\n').filter((line) => /:\d: good record/.test(line))).toHaveLength(3);
  });

  test('--json: one object a line, the last one the total', async () => {
    runProgram();
    change(file(0), (text) => text.replace('"epoch":1', '"epoch":2'));
    const { code, out } = await audit('verify', '--json', spool, '--auditor-key', keyFile);
    const [record, one, total] = out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(1);
    expect(record).toEqual({
      file: file(0),
      line: 2,
      sequence: 2,
      verdict: 'altered',
      at: '2026-11-22T16:00:00.000Z',
      type: 'patient.chosen',
    });
    expect(one).toMatchObject({ verdict: 'altered', records: 3, macs: 'checked', missing: 0, doubts: [] });
    expect(total).toEqual({
      total: { files: 1, records: 3, missing: 0, bad: 1, altered: 1, unproven: 0, verdict: 'altered' },
    });
  });
});

describe('an order that is not understood: 64, and how to say it', () => {
  test.each<[string, string[], string]>([
    ['nothing at all', [], 'What is to be done?'],
    ['another verb', ['delete', 'x'], 'There is no audit delete.'],
    ['no file', ['verify'], 'Which file'],
    ['an unknown option', ['verify', '--quick', 'x'], '--quick'],
    ['a key that is none', ['verify', 'x', '--auditor-key', import.meta.filename], 'no X25519 private key'],
    ['a key that is not there', ['verify', 'x', '--auditor-key', '/nowhere/key.pem'], 'ENOENT'],
  ])('%s', async (_what, args, said) => {
    const { code, error, out } = await audit(...args);
    expect([code, out]).toEqual([64, '']);
    expect(error).toContain(said);
  });

  test('--help is understood', async () => {
    expect(await audit('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage:') as string });
  });
});

test('as a program of its own, the exit code reaches the shell', { timeout: 30_000 }, async () => {
  runProgram();
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'main/audit/verify/cli.ts', ...args]);
  expect((await run('verify', spool, '--auditor-key', keyFile)).stdout).toContain(
    '1 file, 3 records, 0 missing, 0 bad: WHOLE',
  );
  change(file(0), (text) => text.replace('"epoch":1', '"epoch":2'));
  await expect(run('verify', spool)).rejects.toMatchObject({ code: 1 });
});
