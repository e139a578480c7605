import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { AuditRecorder, type RecorderParts } from '../../main/audit/auditRecorder.js';
import { canonicalJson } from '../../main/audit/canonicalJson.js';
import type { AuditLine, AuditRecord } from '../../main/audit/record.js';
import { verifyChain } from './auditVerdict.js';
import type { AuditEvent, RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { MemoryAuditFolder } from './auditMemoryFolder.js';

const chosen = (epoch: number): RecordableEvent => ({
  type: 'patient.chosen',
  patient: { nhsNumber: '9990000018', identifiers: [{ authority: 'rm3', value: 'RM1000017' }] },
  epoch,
  previous: null,
});

let folder: MemoryAuditFolder;
let retries: (() => void)[];
let seed: number;
beforeEach(() => {
  folder = new MemoryAuditFolder();
  retries = [];
  seed = 0;
});

function recorder(more: Partial<RecorderParts> = {}): AuditRecorder {
  return new AuditRecorder({
    folder,
    version: '0.1.0',
    node: 'ward-7-pc-2',
    now: () => new Date('2026-11-22T16:00:00.000Z'),
    monotonic: () => 0,
    auditor: null,
    randomBytes: (count) => createHash('sha256').update(String(seed++)).digest().subarray(0, count),
    every: (_milliseconds, run) => {
      retries.push(run);
      return () => {
        retries = retries.filter((other) => other !== run);
      };
    },
    ...more,
  });
}

const names = (): string[] => folder.names().sort();
const only = (): string => names()[0] ?? '';
const chainOf = (name: string): string => /-([0-9a-f]{32})\./.exec(name)?.[1] ?? '';
const linesOf = (name: string): AuditLine[] =>
  folder
    .text(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditLine);
const recordsOf = (name: string): AuditRecord[] => linesOf(name).map(({ record }) => record);
const typesOf = (name: string): string[] => recordsOf(name).map(({ event }) => event.type);
const eventOf = <T extends AuditEvent['type']>(name: string, type: T): Extract<AuditEvent, { type: T }> | undefined =>
  recordsOf(name)
    .map(({ event }) => event)
    .find((event): event is Extract<AuditEvent, { type: T }> => event.type === type);
const faultsOf = (name: string): readonly string[] => verifyChain(folder.text(name), chainOf(name)).faults;

function expectRefusal(act: () => void): void {
  expect(act).toThrow(expect.objectContaining({ code: 'audit-unavailable' }) as Error);
}

describe('a chain', () => {
  test('opens, holds every record in order, and closes', () => {
    const audit = recorder();
    audit.start();
    audit.record({ type: 'application.started', version: '0.1.0' });
    audit.record(chosen(1));
    audit.close();
    expect(typesOf(only())).toEqual(['chain.open', 'application.started', 'patient.chosen', 'chain.close']);
    expect(recordsOf(only()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(faultsOf(only())).toEqual([]);
    expect(folder.openHandles).toBe(0);
  });

  test('hashes exactly SHA-256(0x00, chain, previous, be64(n), canonical record)', () => {
    const audit = recorder();
    audit.record(chosen(1));
    audit.close();
    let previous = Buffer.alloc(32);
    for (const { hash, record } of linesOf(only())) {
      const place = Buffer.from(record.sequence.toString(16).padStart(16, '0'), 'hex');
      const parts = [
        Buffer.of(0),
        Buffer.from(chainOf(only()), 'hex'),
        previous,
        place,
        Buffer.from(canonicalJson(record)),
      ];
      previous = createHash('sha256').update(Buffer.concat(parts)).digest();
      expect(hash).toBe(previous.toString('hex'));
    }
  });

  test('writes each record as one canonical line', () => {
    const audit = recorder();
    audit.record(chosen(7));
    const line = folder.text(only()).split('\n')[1] ?? '';
    expect(line).toBe(canonicalJson(JSON.parse(line)));
    expect(line).toContain(
      '"record":{"at":"2026-11-22T16:00:00.000Z","event":{"epoch":7,"patient":{"identifiers":[{"authority":"rm3","value":"RM1000017"}],"nhsNumber":"9990000018"},"previous":null,"type":"patient.chosen"},"sequence":2,"session":null,"user":null,"version":1}',
    );
  });

  test('is on the disk before record() returns', () => {
    const audit = recorder();
    for (let epoch = 1; epoch <= 3; epoch++) {
      audit.record(chosen(epoch));
      expect(typesOf(only())).toHaveLength(1 + epoch);
    }
  });

  test('every record says who is signed in, and in which sign-in', () => {
    const audit = recorder();
    audit.record({ type: 'application.started', version: '0.1.0' });
    audit.record({ type: 'session.signedIn', user: 'amara.test@ward.example.nhs', roles: ['clinician'] });
    audit.record(chosen(1));
    audit.record({ type: 'session.signedOut', user: 'amara.test@ward.example.nhs', reason: 'user' });
    audit.record({ type: 'session.signedIn', user: 'bola.test@ward.example.nhs', roles: ['clinician'] });
    audit.record(chosen(2));
    const who = recordsOf(only()).map(({ user, session }) => [user?.replace(/@.*/, '') ?? null, session]);
    const [first, second] = [who[2]?.[1], who[5]?.[1]];
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).not.toBe(first);
    expect(who).toEqual([
      [null, null],
      [null, null],
      ['amara.test', first],
      ['amara.test', first],
      ['amara.test', first],
      ['bola.test', second],
      ['bola.test', second],
    ]);
    expect(audit.sessionId).toBe(second);
  });

  test('names the chain before it, and whether that one was closed', () => {
    const first = recorder();
    first.record(chosen(1));
    first.close();
    const [firstName = ''] = names();
    const second = recorder();
    second.record(chosen(1)); // and crashes
    const third = recorder();
    third.start();
    const [, secondName = '', thirdName = ''] = names();
    expect(eventOf(secondName, 'chain.open')?.previous).toEqual({
      chain: chainOf(firstName),
      head: linesOf(firstName).at(-1)?.hash,
      sequence: 3,
      closed: true,
    });
    expect(eventOf(thirdName, 'chain.open')?.previous).toMatchObject({
      chain: chainOf(secondName),
      sequence: 2,
      closed: false,
    });
  });

  test('a clock set back does not hide the newest chain', () => {
    recorder({ now: () => new Date('2030-01-01') }).start();
    recorder({ now: () => new Date('2020-01-01') }).start();
    recorder({ now: () => new Date('2025-01-01') }).start();
    const [, second = '', third = ''] = names();
    expect(eventOf(third, 'chain.open')?.previous?.chain).toBe(chainOf(second));
  });

  test('ends once: after close nothing is recorded', () => {
    const audit = recorder();
    audit.start();
    audit.close();
    audit.close();
    expectRefusal(() => {
      audit.record(chosen(1));
    });
    expect(typesOf(only())).toEqual(['chain.open', 'chain.close']);
    expect(retries).toEqual([]);
  });
});

describe('a torn last line', () => {
  test('is cut at the next start, and that is recorded', () => {
    recorder().record(chosen(1));
    const name = only();
    const whole = folder.text(name);
    const torn = whole.slice(0, 57);
    folder.files.set(name, { bytes: Buffer.from(whole + torn) });
    recorder().start();
    expect(folder.text(name)).toBe(whole);
    const next = names()[1] ?? '';
    expect(eventOf(next, 'chain.tornLineCut')).toEqual({
      type: 'chain.tornLineCut',
      chain: chainOf(name),
      bytes: 57,
      hash: createHash('sha256').update(torn).digest('hex'),
    });
    expect(eventOf(next, 'chain.open')?.previous).toMatchObject({ chain: chainOf(name), sequence: 2 });
  });

  test('in a chain that never came to be: the chain before that is named', () => {
    recorder().record(chosen(1));
    const [first = ''] = names();
    folder.files.set(`000002-${'b'.repeat(32)}.ndjson`, { bytes: Buffer.from('{"ha') });
    recorder().start();
    const last = names().at(-1) ?? '';
    expect(last).toMatch(/^000003-/);
    expect(eventOf(last, 'chain.open')?.previous?.chain).toBe(chainOf(first));
    expect(eventOf(last, 'chain.tornLineCut')).toMatchObject({ chain: 'b'.repeat(32), bytes: 4 });
  });

  test('a last record that was overwritten is named as unreadable, not passed over', () => {
    recorder().record(chosen(1));
    const name = only();
    folder.files.set(name, { bytes: Buffer.from(folder.text(name).replace(/\{"hash[^\n]*\n$/, 'gibberish\n')) });
    recorder().start();
    expect(eventOf(names()[1] ?? '', 'chain.open')?.previous).toEqual({
      chain: chainOf(name),
      head: null,
      sequence: null,
      closed: false,
    });
  });
});

describe('when the disk refuses', () => {
  test.each<[string, () => void, string]>([
    [
      'is full in the middle of a line',
      () => {
        folder.fault = { kind: 'full', room: 40 };
      },
      'ENOSPC',
    ],
    [
      'is full before the line',
      () => {
        folder.fault = { kind: 'full', room: 0 };
      },
      'ENOSPC',
    ],
    [
      'is read-only',
      () => {
        folder.fault = { kind: 'read-only' };
      },
      'EROFS',
    ],
    [
      'takes the line but does not confirm it',
      () => {
        folder.fault = { kind: 'sync-fails' };
      },
      'EIO',
    ],
  ])(
    'a disk that %s: record() throws, the chain does not move, and goes on whole afterwards',
    (_what, breakIt, code) => {
      const audit = recorder();
      const health: boolean[] = [];
      audit.onChange((healthy) => health.push(healthy));
      audit.record(chosen(1));
      breakIt();
      expectRefusal(() => {
        audit.record(chosen(2));
      });
      expectRefusal(() => {
        audit.record(chosen(3));
      });
      expect([audit.healthy, health]).toEqual([false, [false]]);
      folder.fault = null;
      audit.record(chosen(4));
      expect([audit.healthy, health]).toEqual([true, [false, true]]);
      audit.close();
      expect(names()).toHaveLength(1);
      expect(typesOf(only())).toEqual([
        'chain.open',
        'patient.chosen',
        'chain.resumed',
        'patient.chosen',
        'chain.close',
      ]);
      expect(eventOf(only(), 'chain.resumed')).toEqual({
        type: 'chain.resumed',
        since: '2026-11-22T16:00:00.000Z',
        refused: 2,
        error: code,
      });
      expect(faultsOf(only())).toEqual([]);
      expect(folder.openHandles).toBe(0);
    },
  );

  test('recovers by itself: it tries again and again, and stops trying when it is well', () => {
    const audit = recorder();
    audit.record(chosen(1));
    folder.fault = { kind: 'full', room: 10 };
    expectRefusal(() => {
      audit.record(chosen(2));
    });
    expect(retries).toHaveLength(1);
    retries[0]?.();
    expect(audit.healthy).toBe(false);
    folder.fault = null;
    retries[0]?.();
    expect(audit.healthy).toBe(true);
    expect(retries).toEqual([]);
    expect(eventOf(only(), 'chain.resumed')?.refused).toBe(2);
  });

  test('an error of the disk reaches nobody but the log: the message has no path and no patient in it', () => {
    const audit = recorder();
    folder.fault = { kind: 'read-only' };
    try {
      audit.record(chosen(1));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LanyardError);
      expect((error as LanyardError).message).not.toMatch(/999|RM1|EROFS|\//);
      expect((error as LanyardError).cause).toMatchObject({ code: 'EROFS' });
    }
  });

  test('from the first moment: nobody can sign in until it is well, and the chain then begins at 1', () => {
    folder.fault = { kind: 'full', room: 25 };
    const audit = recorder();
    audit.start();
    expect(audit.healthy).toBe(false);
    expectRefusal(() => {
      audit.record({ type: 'session.signedIn', user: 'amara.test@w', roles: ['clinician'] });
    });
    expect(audit.sessionId).toBeNull();
    for (let count = 0; count < 5; count++) retries[0]?.();
    expect(names()).toHaveLength(1); // a full disk is not littered with chains that never began
    folder.fault = null;
    audit.record(chosen(1));
    audit.close();
    expect(typesOf(only())).toEqual(['chain.open', 'chain.resumed', 'patient.chosen', 'chain.close']);
    expect(faultsOf(only())).toEqual([]);
  });

  test('a sign-in that was not recorded did not happen; a sign-out that was not recorded is still to come', () => {
    const audit = recorder();
    audit.record({ type: 'session.signedIn', user: 'amara.test@w', roles: ['clinician'] });
    const session = audit.sessionId;
    folder.fault = { kind: 'read-only' };
    expectRefusal(() => {
      audit.record({ type: 'session.signedOut', user: 'amara.test@w', reason: 'user' });
    });
    expect(audit.sessionId).toBe(session);
    folder.fault = null;
    audit.record({ type: 'session.signedOut', user: 'amara.test@w', reason: 'user' });
    expect(audit.sessionId).toBeNull();
  });

  test('a folder that is gone refuses at once; back under its name, the same chain goes on', () => {
    const audit = recorder();
    audit.record(chosen(1));
    const away = folder.files;
    folder.files = new Map();
    folder.exists = false;
    folder.fault = { kind: 'read-only' };
    expectRefusal(() => {
      audit.record(chosen(2));
    });
    folder.files = away;
    folder.exists = true;
    folder.fault = null;
    audit.record(chosen(3));
    audit.close();
    expect(typesOf(only())).toEqual(['chain.open', 'patient.chosen', 'chain.resumed', 'patient.chosen', 'chain.close']);
    expect(faultsOf(only())).toEqual([]);
  });

  test('a folder that was deleted refuses at once; then a new chain names the lost one, its length and its head', () => {
    const audit = recorder();
    audit.record(chosen(1));
    const lost = only();
    const head = linesOf(lost).at(-1)?.hash;
    folder.vanish();
    expectRefusal(() => {
      audit.record(chosen(2));
    });
    audit.record(chosen(3));
    audit.close();
    expect(names()).toHaveLength(1);
    expect(eventOf(only(), 'chain.open')?.previous).toEqual({ chain: chainOf(lost), head, sequence: 2, closed: false });
    expect(typesOf(only())).toEqual(['chain.open', 'chain.resumed', 'patient.chosen', 'chain.close']);
    expect(faultsOf(only())).toEqual([]);
  });

  test('a file that somebody cut meanwhile is not continued as if it were whole', () => {
    const audit = recorder();
    audit.record(chosen(1));
    audit.record(chosen(2));
    folder.fault = { kind: 'full', room: 3 };
    expectRefusal(() => {
      audit.record(chosen(3));
    });
    const cut = only();
    folder.files.set(cut, { bytes: Buffer.from(`${folder.text(cut).split('\n')[0] ?? ''}\n`) });
    folder.fault = null;
    audit.record(chosen(4));
    expect(names()).toHaveLength(2);
    expect(eventOf(names()[1] ?? '', 'chain.open')?.previous).toMatchObject({ chain: chainOf(cut), sequence: 3 });
  });

  test('listeners may record in their turn: what they cover is recorded too', () => {
    const audit = recorder();
    audit.onChange((healthy) => {
      if (healthy) audit.record({ type: 'patient.closed', patient: { nhsNumber: null, identifiers: [] }, epoch: 2 });
    });
    audit.record(chosen(1));
    folder.fault = { kind: 'sync-fails' };
    expectRefusal(() => {
      audit.record(chosen(2));
    });
    folder.fault = null;
    audit.record(chosen(3));
    expect(typesOf(only()).slice(-3)).toEqual(['chain.resumed', 'patient.chosen', 'patient.closed']);
    expect(faultsOf(only())).toEqual([expect.stringContaining('no chain.close')]);
  });

  test('a close that cannot be written says so and still lets go of the file', () => {
    const audit = recorder();
    audit.record(chosen(1));
    folder.fault = { kind: 'read-only' };
    expectRefusal(() => {
      audit.close();
    });
    expect([folder.openHandles, retries]).toEqual([0, []]);
  });

  test('a thousand random faults: what was promised is there, what was refused is not, and the chain is whole', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    const audit = recorder();
    const promised: number[] = [];
    for (let epoch = 1; epoch <= 1000; epoch++) {
      const faults = [
        null,
        null,
        { kind: 'full' as const, room: random(900) },
        { kind: 'read-only' as const },
        { kind: 'sync-fails' as const },
      ];
      folder.fault = faults[random(faults.length)] ?? null;
      try {
        audit.record(chosen(epoch));
        promised.push(epoch);
      } catch (error) {
        expect(error).toBeInstanceOf(LanyardError);
      }
    }
    folder.fault = null;
    audit.close();
    const written = names().flatMap((name) =>
      recordsOf(name).flatMap(({ event }) => (event.type === 'patient.chosen' ? [event.epoch] : [])),
    );
    expect(written).toEqual(promised);
    expect(promised.length).toBeGreaterThan(300);
    expect(promised.length).toBeLessThan(900);
    expect(names()).toHaveLength(1);
    expect(faultsOf(only())).toEqual([]);
  });
});
