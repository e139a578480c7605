/** 60,000 records while the audit server, and then PostgreSQL, are killed: none is lost, none is there twice. */
import path from 'node:path';
import { createServer } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Delivery } from '../../main/audit/transport/delivery.js';
import { ServerTransport } from '../../main/audit/transport/serverTransport.js';
import { Spool, type SpoolPosition } from '../../main/audit/transport/spool.js';
import { systemClock } from '../../main/context/clock.js';
import { type SpoolOfTest, spoolOfTest, writeChain } from '../unit/auditSpool.js';
import { directoryOf, HOST, type Place, placeOfTest, ServerProcess } from './audit/serverOfTest.js';

const WORKSTATIONS = 3;
const EACH = 20_000;
const WAIT = { timeout: 120_000, interval: 200 };

let place: Place;
let port: number;
let server: ServerProcess;
const spools: SpoolOfTest[] = [];
beforeAll(async () => {
  port = await freePort();
  place = await placeOfTest(directoryOf(inject('domainController')), { listen: { host: HOST, port } });
  server = new ServerProcess(place.configuration);
  await server.start();
}, 120_000);
afterAll(async () => {
  await server.kill('SIGTERM');
  for (const spool of spools) spool.remove();
  place.remove();
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, HOST, resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** null: the database does not answer just now. */
async function held(chains: readonly string[]): Promise<{ records: number; different: number } | null> {
  const client = new Client({
    host: path.join(place.folder, 'store/socket'),
    user: 'postgres',
    database: 'lanyard_audit',
  });
  client.on('error', () => undefined); // it is killed, on purpose
  try {
    await client.connect();
    const { rows } = await client.query<{ records: string; different: string }>(
      'SELECT count(*) AS records, count(DISTINCT (chain, sequence)) AS different FROM audit.event WHERE chain = ANY($1::uuid[])',
      [chains],
    );
    return { records: Number(rows[0]?.records), different: Number(rows[0]?.different) };
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

test('nothing is lost and nothing is there twice', async () => {
  const chains: string[] = [];
  const deliveries: Delivery[] = [];
  const failures: string[] = [];
  for (let workstation = 0; workstation < WORKSTATIONS; workstation += 1) {
    const spool = spoolOfTest();
    spools.push(spool);
    chains.push(
      writeChain(
        spool.folder,
        Array.from({ length: EACH - 2 }, (_, found) => ({ type: 'patient.searched', kind: 'nhs-number', found })),
      ),
    );
    const client = await place.client(`ward-${workstation}.ward.example.nhs`, port);
    let position: SpoolPosition | null = null;
    deliveries.push(
      new Delivery({
        spool: new Spool(spool.folder),
        transport: new ServerTransport(client, (error) => failures.push(String(error))),
        position: {
          load: () => Promise.resolve(position),
          save: (next) => {
            position = next;
            return Promise.resolve();
          },
        },
        clock: systemClock,
        random: () => 0,
        onState: () => undefined,
        report: (error) => failures.push(String(error)),
      }),
    );
  }
  for (const delivery of deliveries) delivery.start();
  const part = async (): Promise<number> => (await held(chains))?.records ?? 0;
  await expect.poll(part, { ...WAIT, interval: 20 }).toBeGreaterThan(3_000);
  await server.kill('SIGKILL');
  const afterFirst = await part();
  expect(afterFirst).toBeLessThan(WORKSTATIONS * EACH);
  await server.start();
  await expect.poll(part, { ...WAIT, interval: 20 }).toBeGreaterThan(afterFirst);
  const database = ServerProcess.databaseProcess(place.folder);
  if (database === null) throw new Error('its PostgreSQL does not run');
  process.kill(database, 'SIGKILL');
  await server.kill('SIGKILL');
  await server.start();
  await expect.poll(async () => (await held(chains))?.records, WAIT).toBe(WORKSTATIONS * EACH);
  expect((await held(chains))?.different).toBe(WORKSTATIONS * EACH);
  expect(failures.length).toBeGreaterThan(0); // the deaths were noticed
  for (const delivery of deliveries) await delivery.end(1_000);
}, 240_000);
