/**
 * The audit trail: a durable line on this computer; what the audit server commits; how long its answers take over ten
 * million records of twelve months. The rows are made in the database, their hashes are not: nobody verifies them here.
 */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import type { Pool } from 'pg';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { Spool } from '../../main/audit/transport/spool.js';
import { ChainVerifier } from '../../main/audit/verify/chainVerifier.js';
import type { AuditFilter, QuestionId } from '../../preload/auditContract.js';
import { openPool, prepareDatabase } from '../../server/database.js';
import { startOwnCluster } from '../../server/postgres/ownCluster.js';
import { Store } from '../../server/store.js';
import { Writer } from '../../server/writer.js';
import { writeChain } from '../unit/auditSpool.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import type { Report } from './report.js';
import { quantile } from './statistics.js';

const LINES = 2_000;
const EVENTS = 60_000;
const BATCH = 200;
const SENDERS = 4;
const SINGLE = 6_000;
const SINGLE_SENDERS = 16;
/** Of the store whose answers are measured. */
const ROWS = Number(process.env['LANYARD_BENCH_ROWS'] ?? 10_000_000);
const ASKED = 40;

export const audit: Part = {
  name: 'audit',
  about: `the audit trail: durable lines, the server's commits, verification, answers over ${ROWS} records`,
  run: measure,
};

async function measure({ report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-bench-audit-'));
    chmodSync(folder, 0o755);
    keep(folder, () => {
      rmSync(folder, { recursive: true });
    });
    append(folder, report);
    const spool = path.join(folder, 'spool');
    new NodeAuditFolder(spool).prepare();
    const chain = writeChain(
      spool,
      Array.from({ length: EVENTS }, (_, found) => ({ type: 'patient.searched', kind: 'nhs-number', found })),
    );
    const lines = await linesOf(spool);
    verify(chain, lines, report);
    const cluster = await startOwnCluster(folder);
    keep(cluster, () => cluster.stop());
    await prepareDatabase(cluster.owner);
    const writing = openPool(cluster.service, 'audit_writer', 2, (error) => {
      throw error;
    });
    keep(writing, () => writing.end());
    await commits(writing, chain, lines, report);
    await answers(cluster.owner, keep, report);
  });
}

function append(folder: string, report: Report): void {
  const recorder = new AuditRecorder({
    folder: new NodeAuditFolder(path.join(folder, 'append')),
    version: '0.1.0',
    node: 'bench',
    now: () => new Date(),
    monotonic: () => performance.now(),
    auditor: null,
    randomBytes,
    every: () => () => undefined,
  });
  recorder.start();
  const took: number[] = [];
  for (let line = 0; line < LINES; line += 1) {
    const begin = performance.now();
    recorder.record({ type: 'patient.searched', kind: 'nhs-number', found: line });
    took.push(performance.now() - begin);
  }
  recorder.close();
  report.add({ name: 'a line, durable (p50)', value: quantile(took, 0.5), unit: 'ms', goal: { value: 1 } });
  report.add({ name: 'a line, durable (p99)', value: quantile(took, 0.99), unit: 'ms' });
}

async function linesOf(folder: string): Promise<string[]> {
  const spool = new Spool(folder);
  const lines: string[] = [];
  for (let part = await spool.read(null); part.entries.length > 0; part = await spool.read(part.end))
    lines.push(...part.entries.map(({ line }) => line));
  return lines;
}

function verify(chain: string, lines: readonly string[], report: Report): void {
  const begin = performance.now();
  const verifier = new ChainVerifier(chain, null);
  for (const line of lines) verifier.push(line);
  const { faults } = verifier.end(0);
  if (faults.length > 0) throw new Error(faults.join());
  report.add({
    name: 'records verified',
    value: (lines.length / (performance.now() - begin)) * 1000,
    unit: 'per second',
    goal: { atLeast: 50_000 },
  });
}

async function commits(pool: Pool, chain: string, lines: readonly string[], report: Report): Promise<void> {
  const writer = new Writer({ pool, onRefused: () => undefined });
  const send = async (batch: readonly string[]): Promise<void> => {
    const { refused, gap } = await writer.submit(
      batch.map((line) => ({ chain, line })),
      'bench',
      new Set(),
    );
    if (refused.length > 0 || gap) throw new Error('the bench’s own records were not taken');
  };
  let next = 0;
  const run = async (until: number, size: number, senders: number): Promise<number> => {
    const first = next;
    const begin = performance.now();
    // Each waits for its own answer; together they come in order, as one chain has to.
    await Promise.all(
      Array.from({ length: senders }, async () => {
        while (next < until) {
          const from = next;
          next = Math.min(until, next + size);
          await send(lines.slice(from, next));
        }
      }),
    );
    return ((next - first) / (performance.now() - begin)) * 1000;
  };
  const single = await run(SINGLE, 1, SINGLE_SENDERS);
  report.add({
    name: `committed one by one, ${SINGLE_SENDERS} senders`,
    value: single,
    unit: 'per second',
    goal: { atLeast: 1_400 },
  });
  const batches = await run(lines.length, BATCH, SENDERS);
  report.add({
    name: `committed in batches of ${BATCH}, ${SENDERS} senders`,
    value: batches,
    unit: 'per second',
    goal: { atLeast: 6_000 },
  });
  await writer.close();
}

/** A patient who is in every thousandth record, and a user who is in every hundredth. */
const MAKE_ROWS = `
INSERT INTO audit.event (recorded, leaf, chain, sequence, source, peer, node, type, outcome, user_id, session, patient,
  system, previous, hash, mac, body)
SELECT at, 10000000 + n, md5((n / 2000)::text)::uuid, n % 2000 + 1, 'pc-' || n % 2000, NULL, 'Ward ' || n % 200,
  (ARRAY['patient.chosen', 'system.displayed', 'system.covered', 'patient.searched', 'session.signedIn'])[1 + n % 5],
  CASE WHEN n % 97 = 0 THEN 4 ELSE 0 END, 'user.' || (n * 7919) % 3000 || '@ward.example.nhs', md5((n / 400)::text)::uuid,
  CASE WHEN n % 5 < 2 THEN CASE WHEN n % 1000 < 10 THEN '9990000018' ELSE '90' || lpad(((n * 104729) % 500000)::text, 8, '0') END END,
  CASE WHEN n % 5 IN (1, 2) THEN (ARRAY['epr', 'pacs', 'results'])[1 + n % 3] END,
  sha256(n::text::bytea), sha256((n + 1)::text::bytea), NULL,
  '{"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","event":{"epoch":1,"patient":{"identifiers":[],'
    || '"nhsNumber":"9990000018"},"previous":null,"type":"patient.chosen"},"sequence":' || n % 2000 + 1
    || ',"session":"' || md5((n / 400)::text) || '","user":"user.' || (n * 7919) % 3000 || '@ward.example.nhs","version":1}'
FROM (SELECT n, timestamptz '2025-12-01 00:00:00+00' + n * (interval '365 days' / $1::float8) AS at
  FROM generate_series($2::bigint, $3::bigint) n) numbers`;
const AT_ONCE = 250_000;

async function answers(
  owner: Parameters<typeof openPool>[0],
  keep: <E>(thing: E, end: () => Promise<void> | void) => E,
  report: Report,
): Promise<void> {
  const pool = openPool(owner, null, 1, () => undefined);
  keep(pool, () => pool.end());
  await pool.query('SET statement_timeout = 0; SET synchronous_commit = off');
  for (let month = 0; month <= 12; month += 1)
    await pool.query('SELECT audit.ensure_month($1::date)', [new Date(Date.UTC(2025, 11 + month, 1))]);
  for (let from = 0; from < ROWS; from += AT_ONCE)
    await pool.query(MAKE_ROWS, [ROWS, from, Math.min(ROWS, from + AT_ONCE) - 1]);
  await pool.query('VACUUM (ANALYZE) audit.event'); // as autovacuum does by itself, in time
  const reading = openPool(owner, 'audit_reader', 2, () => undefined);
  keep(reading, () => reading.end());
  const store = new Store(reading, () => new Date('2026-11-30T23:00:00.000Z'));
  const asked = async (
    what: string,
    question: QuestionId,
    filters: readonly AuditFilter[],
    goal: number,
  ): Promise<void> => {
    const took: number[] = [];
    for (let turn = -filters.length; turn < ASKED; turn += 1) {
      const filter = filters[(turn + filters.length) % filters.length] ?? {};
      const begin = performance.now();
      await store.ask({ question, filter, cursor: null, reason: null });
      if (turn >= 0) took.push(performance.now() - begin); // the first of each warms up
    }
    report.add({ name: `${what} (p50)`, value: quantile(took, 0.5), unit: 'ms' });
    report.add({
      name: `${what} (p95)`,
      value: quantile(took, 0.95),
      unit: 'ms',
      goal: { value: goal },
      count: took.length,
    });
  };
  const some = (count: number): AuditFilter[] =>
    Array.from({ length: count }, (_, index) => ({
      patient: `90${String((index * 104_729 * 5) % 500_000).padStart(8, '0')}`,
    }));
  await asked('newest 200 of a patient', 'who-looked', some(8), 20);
  await asked('newest 200 of the hottest patient', 'who-looked', [{ patient: '9990000018' }], 20);
  await asked('who looked at the hottest patient, by person', 'who-looked-people', [{ patient: '9990000018' }], 300);
  await asked('what a person did, newest 200', 'what-did-they-do', [{ user: 'user.17@ward.example.nhs' }], 20);
  await asked('live view', 'live', [{}], 10);
}
