/** What the recorder adds so that a chain can be believed: MACs, a heartbeat, crashes and clocks. */
import { createHmac, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { AuditRecorder, type RecorderParts } from '../../main/audit/auditRecorder.js';
import { auditorKey, auditorSeal } from '../../main/audit/auditorSeal.js';
import { MacKey } from '../../main/audit/macKey.js';
import type { AuditLine } from '../../main/audit/record.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { auditorPair } from './auditAuditor.js';
import { MemoryAuditFolder } from './auditMemoryFolder.js';

const pair = auditorPair();
const seal = await auditorSeal(pair.publicKey);

let folder: MemoryAuditFolder;
let wall: number;
let monotonic: number;
let repeating: { readonly milliseconds: number; readonly run: () => void }[];
beforeEach(() => {
  folder = new MemoryAuditFolder();
  wall = Date.parse('2026-11-22T16:00:00.000Z');
  monotonic = 1000;
  repeating = [];
});

const recorder = (more: Partial<RecorderParts> = {}): AuditRecorder =>
  new AuditRecorder({
    folder,
    version: '0.1.0',
    node: 'ward-7-pc-2',
    now: () => new Date(wall),
    monotonic: () => monotonic,
    auditor: seal,
    randomBytes,
    every: (milliseconds, run) => {
      const one = { milliseconds, run };
      repeating.push(one);
      return () => {
        repeating = repeating.filter((other) => other !== one);
      };
    },
    ...more,
  });

const linesOf = (index = 0): AuditLine[] =>
  folder
    .text(folder.names().sort()[index] ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as AuditLine);
const typesOf = (index = 0): string[] => linesOf(index).map(({ record }) => record.event.type);
const eventsOf = (type: string, index = 0) =>
  linesOf(index)
    .map(({ record }) => record.event)
    .filter((event) => event.type === type);
const passes = (milliseconds: number): void => {
  wall += milliseconds;
  monotonic += milliseconds;
};
const searched: RecordableEvent = { type: 'patient.searched', kind: 'nhs-number', found: 1 };
const signedIn: RecordableEvent = {
  type: 'session.signedIn',
  user: 'amara.test@ward.example.nhs',
  roles: ['clinician'],
};
const signedOut: RecordableEvent = { type: 'session.signedOut', user: 'amara.test@ward.example.nhs', reason: 'user' };

describe('the MAC of each record', () => {
  test('is HMAC(k_n, h_n) under a first key only the auditor can open, evolved once a record', async () => {
    const audit = recorder();
    audit.record(searched);
    audit.record(searched);
    audit.close();
    const [open] = eventsOf('chain.open');
    if (open?.type !== 'chain.open' || !open.mac) return expect.unreachable();
    expect(open.mac).toMatchObject({ scheme: 'lanyard/evolve/1', auditor: seal.auditor });
    let key = (await auditorKey(pair.pem)).open(open.mac.sealedKey);
    expect(key).toHaveLength(32);
    for (const { hash, mac } of linesOf()) {
      expect(mac).toBe(
        createHmac('sha256', key ?? '')
          .update(Buffer.from(hash, 'hex'))
          .digest('hex'),
      );
      key = createHmac('sha256', key ?? '')
        .update('lanyard/evolve/1')
        .digest();
    }
    expect(linesOf()).toHaveLength(4);
  });

  test('stays right across a full disk, a repair, and a chain that had to begin anew', async () => {
    const audit = recorder();
    audit.record(searched);
    folder.fault = { kind: 'full', room: 30 };
    expect(() => {
      audit.record(searched);
    }).toThrow();
    folder.fault = null;
    audit.record(searched);
    const opened = async (): Promise<boolean[]> => {
      const [open] = eventsOf('chain.open');
      const first = open?.type === 'chain.open' ? (await auditorKey(pair.pem)).open(open.mac?.sealedKey ?? '') : null;
      const key = new MacKey(first ?? Buffer.alloc(0));
      return linesOf().map(({ hash, mac }) => {
        const fits = key.fits(hash, mac ?? '00');
        key.evolve();
        return fits;
      });
    };
    expect(await opened()).toEqual([true, true, true, true]);
    folder.vanish();
    expect(() => {
      audit.record(searched);
    }).toThrow();
    audit.record(searched);
    expect(await opened()).toEqual([true, true, true]);
  });

  test('uses another first key in every chain, and never writes one down', () => {
    const handedOut: Buffer[] = [];
    const parts: Partial<RecorderParts> = {
      randomBytes: (count) => {
        const bytes = randomBytes(count);
        if (count === 32) handedOut.push(Buffer.from(bytes));
        return bytes;
      },
    };
    recorder(parts).close();
    recorder(parts).close();
    const [one = '', other = ''] = handedOut.map((key) => key.toString('hex'));
    expect(one).not.toBe(other);
    for (const name of folder.names())
      for (const key of handedOut) {
        expect(folder.text(name)).not.toContain(key.toString('hex'));
        expect(folder.text(name)).not.toContain(key.toString('base64'));
      }
  });

  test('the first key is overwritten once it is sealed', () => {
    let first: Buffer | null = null;
    recorder({
      randomBytes: (count) => {
        const bytes = randomBytes(count);
        if (count === 32) first = bytes;
        return bytes;
      },
    }).start();
    expect(first).toEqual(Buffer.alloc(32));
  });

  test('without an auditor there is none, and chain.open says so', () => {
    const audit = recorder({ auditor: null });
    audit.record(searched);
    audit.close();
    expect(eventsOf('chain.open')[0]).toMatchObject({ mac: null });
    expect(linesOf().map((line) => 'mac' in line)).toEqual([false, false, false]);
  });
});

describe('the auditor’s key', () => {
  test('opens what was sealed to it, and nobody else’s does', async () => {
    const secret = randomBytes(32);
    const sealed = seal.seal(secret);
    expect((await auditorKey(pair.pem)).open(sealed)).toEqual(secret);
    expect((await auditorKey(auditorPair().pem)).open(sealed)).toBeNull();
    expect((await auditorKey(pair.pem)).open(`${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`)).toBeNull();
    expect((await auditorKey(pair.pem)).open('')).toBeNull();
    expect((await auditorKey(pair.pem)).auditor).toBe(seal.auditor);
  });

  test('seals the same key differently every time', () => {
    const secret = randomBytes(32);
    expect(seal.seal(secret)).not.toBe(seal.seal(secret));
  });

  test('must be an X25519 key', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await expect(auditorKey(pem)).rejects.toThrow('X25519');
    await expect(auditorKey('no key')).rejects.toThrow();
  });
});

describe('the heartbeat', () => {
  const beats = (): (() => void)[] => repeating.filter((one) => one.milliseconds === 60_000).map(({ run }) => run);

  test('beats every minute while somebody is signed in, and only then', () => {
    const audit = recorder();
    audit.start();
    expect(beats()).toEqual([]);
    audit.record(signedIn);
    audit.record(searched);
    expect(beats()).toHaveLength(1);
    passes(60_000);
    beats()[0]?.();
    expect(linesOf().at(-1)?.record).toMatchObject({
      event: { type: 'chain.heartbeat' },
      user: 'amara.test@ward.example.nhs',
      at: '2026-11-22T16:01:00.000Z',
    });
    audit.record(signedOut);
    expect(beats()).toEqual([]);
  });

  test('finds a disk that died while nobody did anything', () => {
    const audit = recorder();
    audit.record(signedIn);
    folder.fault = { kind: 'sync-fails' };
    beats()[0]?.();
    expect(audit.healthy).toBe(false);
  });

  test('ends with the chain', () => {
    const audit = recorder();
    audit.record(signedIn);
    audit.close();
    expect(repeating).toEqual([]);
  });
});

describe('a crash', () => {
  test('is said at the next start, once', () => {
    recorder().record(searched);
    recorder().close();
    recorder().close();
    const [first] = eventsOf('chain.open');
    expect(typesOf(1)).toEqual(['chain.open', 'chain.crashFound', 'chain.close']);
    expect(eventsOf('chain.crashFound', 1)).toEqual([
      { type: 'chain.crashFound', chain: first?.type === 'chain.open' ? first.chain : '', sequence: 2 },
    ]);
    expect(typesOf(2)).toEqual(['chain.open', 'chain.close']);
  });
});

describe('the clock', () => {
  test.each<[string, number, number]>([
    ['set forward', 7_200_000, 7_200_000],
    ['set back', -86_400_000, -86_400_000],
    ['set by little more than two seconds', 2100, 2100],
  ])('%s is recorded before the next event', (_what, byMs, recorded) => {
    const audit = recorder();
    audit.record(searched);
    passes(30_000);
    wall += byMs;
    audit.record(searched);
    passes(30_000);
    audit.record(searched);
    expect(typesOf()).toEqual([
      'chain.open',
      'patient.searched',
      'chain.clockJumped',
      'patient.searched',
      'patient.searched',
    ]);
    expect(eventsOf('chain.clockJumped')).toEqual([{ type: 'chain.clockJumped', byMs: recorded }]);
  });

  test.each<[string, () => void]>([
    [
      'two seconds are within what clocks do',
      () => {
        passes(1000);
        wall += 2000;
      },
    ],
    [
      'a clock that is slewed for a night is no jump',
      () => {
        passes(10 * 3_600_000);
        wall += 18_000;
      },
    ],
  ])('%s', (_what, happens) => {
    const audit = recorder();
    audit.record(searched);
    happens();
    audit.record(searched);
    expect(eventsOf('chain.clockJumped')).toEqual([]);
  });

  test('a jump while the disk is full is recorded when there is room', () => {
    const audit = recorder();
    audit.record(searched);
    folder.fault = { kind: 'full', room: 5 };
    wall += 60_000;
    for (let count = 0; count < 3; count++)
      expect(() => {
        audit.record(searched);
      }).toThrow();
    folder.fault = null;
    audit.record(searched);
    expect(typesOf().slice(2)).toEqual(['chain.clockJumped', 'chain.resumed', 'patient.searched']);
  });
});
