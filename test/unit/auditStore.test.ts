/** The trail of one computer, looked through; and how its pages follow one another. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { SpoolAuditStore } from '../../main/audit/store/spoolAuditStore.js';
import { Spool } from '../../main/audit/transport/spool.js';
import { minute, writePopulation } from './auditPopulation.js';
import { type SpoolOfTest, spoolOfTest } from './auditSpool.js';
import { auditStoreContract } from './auditStoreContract.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-population-'));
const written = writePopulation(folder);
const store = new SpoolAuditStore(new Spool(folder), () => new Date(minute(24 * 60)));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
auditStoreContract('The spool of this computer', {
  store: () => store,
  session: () => written.session,
  chain: () => written.chain,
});

const spools: SpoolOfTest[] = [];
afterEach(() => {
  for (const spool of spools.splice(0)) spool.remove();
});
function longSpool(count: number): { spool: SpoolOfTest; store: SpoolAuditStore } {
  const spool = spoolOfTest();
  spools.push(spool);
  const chain = spool.begin();
  chain.write(count);
  chain.end();
  return { spool, store: new SpoolAuditStore(new Spool(spool.folder), () => new Date()) };
}

test('pages follow one another without a gap and without a record twice', async () => {
  const { store: long } = longSpool(450);
  const seen: number[] = [];
  for (let cursor: string | null = null; ;) {
    const answer = await long.ask({ question: 'live', filter: {}, cursor, reason: null });
    if (answer.kind !== 'records') throw new Error(answer.kind);
    expect(answer.rows.length).toBeLessThanOrEqual(200);
    seen.push(...answer.rows.map(({ sequence }) => sequence));
    cursor = answer.next;
    if (cursor === null) break;
  }
  expect(seen).toEqual(Array.from({ length: 452 }, (_, index) => 452 - index));
});

test('what is written later is found by the next question', async () => {
  const { spool, store: long } = longSpool(3);
  expect((await long.health()).records).toBe(5);
  spool.begin().write(2);
  expect((await long.health()).records).toBe(8);
});

test('a record that somebody altered is called so, and the trail is not called whole', async () => {
  const { spool, store: long } = longSpool(5);
  const [name = ''] = readdirSync(spool.folder);
  const file = path.join(spool.folder, name);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"found":3', '"found":9'));
  const chain = name.slice(7, 39);
  const verdicts = await long.prove([2, 5].map((sequence) => ({ chain, sequence })));
  expect(verdicts.map(({ verdict }) => verdict)).toEqual(['whole', 'altered']);
  const { troubles, chains } = await long.health();
  expect(troubles).toHaveLength(1);
  expect(chains[0]?.troubles.join()).toContain('record 5 was altered');
});
