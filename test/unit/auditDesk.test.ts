/** Who may do what at the audit pages; that it is on record first; what stays in a spool, and for how long. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type AuditDesk, openAuditDesk } from '../../main/audit/desk/auditDesk.js';
import { lanyardCodeSystem } from '../../main/audit/renderings/auditMessage.js';
import { SpoolAuditStore } from '../../main/audit/store/spoolAuditStore.js';
import { keepSpool } from '../../main/audit/transport/spoolKeeper.js';
import { Spool } from '../../main/audit/transport/spool.js';
import { ViewLog } from '../../main/audit/viewLog.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Role } from '../../preload/contract.js';
import { minute, writePopulation } from './auditPopulation.js';
import { writeChain } from './auditSpool.js';

const folders: string[] = [];
const folderOfTest = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-desk-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const REASON = 'Complaint 42 of the patient';
const USER = 'ig.lead@ward.example.nhs';

function desk(roles: readonly Role[], isFull = false) {
  const spool = folderOfTest();
  const written = writePopulation(spool);
  const recorded: RecordableEvent[] = [];
  const downloads = path.join(folderOfTest(), 'downloads');
  const opened: AuditDesk = openAuditDesk({
    user: USER,
    roles,
    server: null,
    serverHost: null,
    spool: new SpoolAuditStore(new Spool(spool), () => new Date(minute(60))),
    audit: {
      record: (event) => {
        if (isFull) throw new LanyardError('audit-unavailable', 'The disk is full');
        recorded.push(event);
      },
    },
    deliveries: () => Promise.resolve([]),
    systems: [{ id: 'epr', title: 'Patient record' }],
    downloads,
    facts: {
      trust: 'Ward Trust',
      rendering: { site: null, codeSystem: lanyardCodeSystem, identifierSystems: {} },
      verifier: null,
    },
    now: () => new Date(minute(60)),
  });
  return { opened, recorded, downloads, written };
}
const live = { question: 'live', filter: {}, cursor: null } as const;
/** Also of a call that refuses at once. */
const attempt = async (work: () => unknown): Promise<unknown> => work();

describe('the desk', () => {
  test.each([[['clinician']], [[]]] as const)('shows nothing to %j, and records the try', async (roles) => {
    const { opened, recorded } = desk(roles);
    for (const work of [
      () => opened['audit.open'](undefined),
      () => opened['audit.ask']({ place: 'spool', query: { ...live, reason: null } }),
      () => opened['audit.activity']({ place: 'spool', question: 'live', filter: {} }),
      () => opened['audit.alerts']({ place: 'spool', reason: null }),
      () => opened['audit.answerAlert']({ place: 'spool', reference: 'bg-1', answer: 'justified', note: REASON }),
      () => opened['audit.health']({ place: 'spool' }),
      () => opened['audit.prove']({ place: 'spool', rows: [{ chain: 'x', sequence: 1 }] }),
      () => opened['audit.export']({ place: 'spool', question: 'live', filter: {}, reason: REASON, format: 'csv' }),
    ])
      await expect(attempt(work)).rejects.toMatchObject({ code: 'forbidden' });
    expect(recorded).toHaveLength(8);
    expect(recorded.every((event) => event.type === 'audit.refused' && event.user === USER)).toBe(true);
  });
  test('tells support no identities, and lets an auditor not judge', async () => {
    const support = desk(['support']).opened;
    await expect(
      attempt(() => support['audit.ask']({ place: 'spool', query: { ...live, reason: REASON } })),
    ).rejects.toMatchObject({ code: 'forbidden' });
    expect(await support['audit.ask']({ place: 'spool', query: { ...live, reason: null } })).toMatchObject({
      kind: 'records',
    });
    const auditor = desk(['auditor']).opened;
    await expect(
      attempt(() =>
        auditor['audit.answerAlert']({ place: 'spool', reference: 'bg-1', answer: 'justified', note: REASON }),
      ),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
  test('records every look before it answers, and answers nothing where it cannot', async () => {
    const { opened, recorded } = desk(['auditor']);
    await opened['audit.ask']({ place: 'spool', query: { ...live, filter: { user: 'a@b' }, reason: REASON } });
    expect(recorded).toEqual([
      { type: 'audit.viewed', user: USER, question: 'live', filter: { user: 'a@b' }, reason: REASON, place: 'spool' },
    ]);
    const full = desk(['auditor'], true).opened;
    for (const work of [
      () => full['audit.ask']({ place: 'spool', query: { ...live, reason: null } }),
      () => full['audit.export']({ place: 'spool', question: 'live', filter: {}, reason: REASON, format: 'csv' }),
      () => full['audit.health']({ place: 'spool' }),
    ])
      await expect(attempt(work)).rejects.toMatchObject({ code: 'audit-unavailable' });
  });
  test('writes an export for its owner alone, after its hash is on record', async () => {
    const { opened, recorded, downloads } = desk(['auditor']);
    const { file, hash, records } = await opened['audit.export']({
      place: 'spool',
      question: 'who-looked',
      filter: { patient: '9990000018' },
      reason: REASON,
      format: 'evidence',
    });
    expect(path.dirname(file)).toBe(downloads);
    expect(recorded.at(-1)).toMatchObject({
      type: 'audit.exported',
      format: 'evidence',
      hash,
      records,
      reason: REASON,
    });
    expect(readFileSync(file, 'utf8')).toContain(`{"end":true,"records":${records}}`);
  });
  test('puts a judgement of an access on record, of one that there is', async () => {
    const { opened, recorded } = desk(['privacyOfficer']);
    await expect(
      attempt(() =>
        opened['audit.answerAlert']({ place: 'spool', reference: 'bg-9', answer: 'justified', note: REASON }),
      ),
    ).rejects.toMatchObject({ code: 'bad-request' });
    await opened['audit.answerAlert']({ place: 'spool', reference: 'bg-1', answer: 'escalated', note: REASON });
    expect(recorded.at(-1)).toEqual({
      type: 'alert.answered',
      user: USER,
      reference: 'bg-1',
      answer: 'escalated',
      note: REASON,
    });
  });
  test('says what a question still lacks, and that there is no server', async () => {
    const { opened } = desk(['auditor']);
    const ask = (query: object, place: 'spool' | 'server' = 'spool') =>
      attempt(() => opened['audit.ask']({ place, query: { ...live, reason: null, ...query } }));
    await expect(ask({ question: 'who-looked' })).rejects.toMatchObject({
      message: 'Say the number of the patient first',
    });
    await expect(ask({ question: 'in-step-at', filter: { at: minute(1) } })).rejects.toMatchObject({
      message: 'Say the session or the user name or the workstation first',
    });
    await expect(ask({}, 'server')).rejects.toMatchObject({ code: 'bad-request' });
  });
});

test('pages of one answer and a view that refreshes itself are one look for a minute; more is another one', () => {
  const recorded: RecordableEvent[] = [];
  let now = 0;
  const views = new ViewLog({ record: (event) => recorded.push(event) }, 'spool', () => now);
  const look = (reason: string | null, user = USER): void => {
    views.looked({ user, question: 'live', filter: {}, reason });
  };
  look(null);
  look(null);
  expect(recorded).toHaveLength(1);
  look(REASON);
  look(null); // less than was told already
  expect(recorded).toHaveLength(2);
  look(null, 'other@ward.example.nhs');
  expect(recorded).toHaveLength(3);
  now = 60_000;
  look(REASON);
  expect(recorded).toHaveLength(4);
});

describe('a file of the spool goes', () => {
  const old = new Date('2026-01-01T00:00:00.000Z');
  const now = Date.parse('2026-11-23T00:00:00.000Z');
  function spoolOf(count: number): { folder: string; names: string[] } {
    const folder = folderOfTest();
    for (let number = 1; number <= count; number += 1) writeChain(folder, [{ type: 'application.stopped' }], number);
    const names = readdirSync(folder).sort();
    for (const name of names) utimesSync(path.join(folder, name), old, old);
    return { folder, names };
  }
  const at = (file: string | undefined) => ({ file: file ?? '', offset: 0 });

  test('once every receiver is behind it and it is old, on record first, and never the last one', async () => {
    const { folder, names } = spoolOf(4);
    const recorded: RecordableEvent[] = [];
    const audit = { record: (event: RecordableEvent) => recorded.push(event) };
    expect(await keepSpool(folder, [at(names[3]), at(names[2])], 30, audit, now)).toEqual(names.slice(0, 2));
    expect(recorded[0]).toEqual({
      type: 'trail.retained',
      change: 'deleted',
      user: 'Lanyard',
      subject: names[0],
      records: 3,
    });
    expect(await keepSpool(folder, [at('999999')], 0, audit, now)).toEqual([names[2]]);
    expect(readdirSync(folder)).toEqual([names[3]]);
  });
  test('not while one receiver has nothing, not while it is young, not where that cannot be recorded', async () => {
    const { folder, names } = spoolOf(3);
    const audit = { record: () => undefined };
    expect(await keepSpool(folder, [at(names[2]), null], 30, audit, now)).toEqual([]);
    expect(await keepSpool(folder, [at(names[2])], 400, audit, now)).toEqual([]);
    const full = {
      record: () => {
        throw new LanyardError('audit-unavailable', 'The disk is full');
      },
    };
    await expect(keepSpool(folder, [at(names[2])], 30, full, now)).rejects.toThrow('The disk is full');
    expect(readdirSync(folder)).toHaveLength(3);
  });
});
