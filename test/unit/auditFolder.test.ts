/** One contract for the folder on a real disk and the one in memory that the fault tests use. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditFolder } from '../../main/audit/auditFile.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { verifyChain } from './auditVerdict.js';
import { MemoryAuditFolder } from './auditMemoryFolder.js';

let temporary = '';
beforeEach(() => {
  temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-audit-'));
});
afterEach(() => {
  fs.rmSync(temporary, { recursive: true });
});

interface Subject {
  readonly folder: AuditFolder;
  /** Takes the folder away behind the recorder's back. */
  readonly vanish: () => void;
}

const text = (value: string): Buffer => Buffer.from(value);

describe.each<[string, () => Subject]>([
  [
    'on disk',
    () => {
      const where = path.join(temporary, 'deep', 'audit');
      return {
        folder: new NodeAuditFolder(where),
        vanish: () => {
          fs.rmSync(where, { recursive: true });
        },
      };
    },
  ],
  [
    'in memory',
    () => {
      const folder = new MemoryAuditFolder();
      return {
        folder,
        vanish: () => {
          folder.vanish();
        },
      };
    },
  ],
])('an audit folder %s', (_where, make) => {
  test('is made when it is prepared, as often as one likes', () => {
    const { folder } = make();
    expect(() => folder.create('a')).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
    folder.prepare();
    folder.prepare();
    expect(folder.names()).toEqual([]);
  });

  test('keeps what was appended, across handles', () => {
    const { folder } = make();
    folder.prepare();
    const file = folder.create('a');
    file.append(text('one\n'));
    file.append(text('two\n'));
    expect(file.size()).toBe(8);
    file.close();
    expect(folder.names()).toEqual(['a']);
    const again = folder.open('a');
    again?.append(text('three\n'));
    expect(again?.tail(100).toString()).toBe('one\ntwo\nthree\n');
    expect(again?.tail(6).toString()).toBe('three\n');
    again?.close();
  });

  test('cuts a file back, and goes on from there', () => {
    const { folder } = make();
    folder.prepare();
    const file = folder.create('a');
    file.append(text('whole\ntor'));
    file.cutTo(6);
    file.append(text('next\n'));
    expect(file.tail(100).toString()).toBe('whole\nnext\n');
    file.close();
  });

  test('never makes a file over another one', () => {
    const { folder } = make();
    folder.prepare();
    folder.create('a').close();
    expect(() => folder.create('a')).toThrow(expect.objectContaining({ code: 'EEXIST' }) as Error);
  });

  test('has no file of an unknown name', () => {
    const { folder } = make();
    folder.prepare();
    expect(folder.open('nobody')).toBeNull();
  });

  test('does not pretend to append to a file that was deleted', () => {
    const { folder, vanish } = make();
    folder.prepare();
    const file = folder.create('a');
    file.append(text('one\n'));
    vanish();
    expect(() => {
      file.append(text('two\n'));
    }).toThrow(expect.objectContaining({ code: 'ENOENT' }) as Error);
    file.close();
  });
});

describe('on a real disk', () => {
  const mode = (file: string): string => (fs.statSync(file).mode & 0o777).toString(8);

  test('folder and files belong to this user alone, also where the folder was open to others before', () => {
    const where = path.join(temporary, 'audit');
    fs.mkdirSync(where);
    fs.chmodSync(where, 0o775);
    const folder = new NodeAuditFolder(where);
    folder.prepare();
    folder.create('a').close();
    expect([mode(where), mode(path.join(where, 'a'))]).toEqual(['700', '600']);
  });

  test('a file that was swapped for another one takes no more records', () => {
    const folder = new NodeAuditFolder(temporary);
    const file = folder.create('a');
    fs.renameSync(path.join(temporary, 'a'), path.join(temporary, 'hidden'));
    fs.writeFileSync(path.join(temporary, 'a'), '');
    expect(() => {
      file.append(text('one\n'));
    }).toThrow(expect.objectContaining({ code: 'ESTALE' }) as Error);
    file.close();
  });

  test('a disk that is really full: refused, then whole again when there is room', { timeout: 30_000 }, async () => {
    // The kernel refuses this process's files more than 6,000 bytes (RLIMIT_FSIZE), in the middle of a line.
    const child = spawn(
      '/usr/bin/prlimit',
      [
        '--fsize=6000:',
        process.execPath,
        '--import',
        'tsx',
        fileURLToPath(new URL('./auditFullDisk.ts', import.meta.url)),
        temporary,
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    try {
      expect(await answer(child, 'fill')).toMatchObject({ healthy: false, cause: 'ENOSPC' });
      const name = fs.readdirSync(temporary)[0] ?? '';
      const file = path.join(temporary, name);
      expect(fs.statSync(file).size).toBe(6000); // the kernel took part of the last line
      execFileSync('/usr/bin/prlimit', [`--pid=${child.pid ?? 0}`, '--fsize=unlimited:']);
      expect(await answer(child, 'finish')).toMatchObject({ healthy: true });
      const verdict = verifyChain(fs.readFileSync(file, 'utf8'), /-(.*)\./.exec(name)?.[1] ?? '');
      expect(verdict.faults).toEqual([]);
      expect(verdict.lines.map(({ record }) => record?.event.type).slice(-2)).toEqual(['chain.resumed', 'chain.close']);
    } finally {
      child.kill();
    }
  });
});

/** Sends a word to the child and waits for what it says; an early end is an error. */
function answer(child: ChildProcess, word: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`the child ended with ${String(code)}`));
    };
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
    child.send(word);
  });
}
