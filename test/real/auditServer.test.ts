/** The audit server on a real PostgreSQL, its viewers checked against a real Active Directory. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SecureClient } from '../../main/audit/secureRequest.js';
import { RemoteAuditStore } from '../../main/audit/store/remoteAuditStore.js';
import { Delivery } from '../../main/audit/transport/delivery.js';
import { ServerTransport } from '../../main/audit/transport/serverTransport.js';
import { Spool, type SpoolPosition } from '../../main/audit/transport/spool.js';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { ALICE, writePopulation } from '../unit/auditPopulation.js';
import { spoolOfTest } from '../unit/auditSpool.js';
import { auditStoreContract } from '../unit/auditStoreContract.js';
import { restoreDomainController } from './ad/domainController.js';
import { directoryOf, HOST, type Place, placeOfTest, type RunningServer, startServer } from './audit/serverOfTest.js';

const { password } = inject('domainController');
const WAIT = { timeout: 25_000 };

let place: Place;
let server: RunningServer;
let workstation: SecureClient;
let population: { readonly session: string; readonly chain: string };
const spool = spoolOfTest();

beforeAll(async () => {
  await restoreDomainController();
  place = await placeOfTest(directoryOf(inject('domainController')));
  server = await startServer(place);
  workstation = await place.client('ward-7-pc-2.ward.example.nhs', server.port);
  population = writePopulation(spool.folder);
  await sendAll(workstation, spool.folder);
  await server.checkpoints.sign();
}, 120_000);
afterAll(async () => {
  await server.stop();
  place.remove();
  spool.remove();
});

/** The whole spool as a workstation sends it. */
async function sendAll(
  client: SecureClient,
  folder: string,
  complete = '',
): Promise<{ status: number; text: string }[]> {
  const { entries } = await new Spool(folder).read(null);
  return [await sendLines(client, entries, complete)];
}

function sendLines(
  client: SecureClient,
  entries: readonly { readonly chain: string; readonly line: string }[],
  complete = '',
): Promise<{ status: number; text: string }> {
  return client.ask({
    method: 'POST',
    path: 'v1/records',
    headers: { 'content-type': 'application/x-ndjson', ...(complete !== '' && { 'lanyard-complete': complete }) },
    body: entries.map(({ chain, line }) => `${chain} ${line}\n`).join(''),
  });
}

function viewer(userName: string, typed = password, verifier: string | null = server.verifier): RemoteAuditStore {
  let isRefused = false;
  return new RemoteAuditStore({
    client: workstation,
    credentials: {
      take: () => Promise.resolve(isRefused ? null : { userName, password: Secret.of(typed) }),
      confirm: () => Promise.resolve(),
      refuse: () => {
        isRefused = true;
        return Promise.resolve();
      },
    },
    verifier,
  });
}

/** As the owner of the database: what its administrator could do. */
async function asOwner<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    host: path.join(place.folder, 'store/socket'),
    user: 'postgres',
    database: 'lanyard_audit',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const counted = (sql: string, values: readonly unknown[] = []): Promise<number> =>
  asOwner(async (client) => Number((await client.query<{ n: string }>(sql, [...values])).rows[0]?.n));

let officer: RemoteAuditStore;
beforeAll(() => {
  officer = viewer('ig.lead');
});
auditStoreContract('The audit server', {
  store: () => officer,
  session: () => population.session,
  chain: () => population.chain,
});

describe('who may ask', () => {
  const live = { question: 'live', filter: {}, cursor: null } as const;

  test('whoever has no role is shown nothing, and the try is on record', async () => {
    await expect(viewer('a.ward').ask({ ...live, reason: null })).rejects.toThrow('no role that may look');
    await expect
      .poll(
        () => counted(`SELECT count(*) AS n FROM audit.event WHERE type = 'audit.refused' AND user_id = $1`, [ALICE]),
        WAIT,
      )
      .toBe(1);
  });
  test('support sees who did what, but is not told who the patients are', async () => {
    const support = viewer('it.help');
    const answer = await support.ask({ ...live, filter: { user: ALICE }, reason: null });
    expect(JSON.stringify(answer)).not.toContain('9990000018');
    const reason = 'Out of curiosity, really';
    await expect(support.ask({ ...live, reason })).rejects.toThrow('may not be told who the patients are');
    await expect(support.evidence('live', {}, reason)).rejects.toThrow('may not be told');
    await expect(support.answer('bg-1', 'justified', 'Looks right to me')).rejects.toThrow('Only a privacy officer');
  });
  test('a wrong password is refused, and not tried again', async () => {
    const wrong = viewer('ig.lead', 'Canary-wrong-9');
    await expect(wrong.ask({ ...live, reason: null })).rejects.toThrow('does not accept this name and password');
    await expect(wrong.ask({ ...live, reason: null })).rejects.toThrow('needs your password');
  });
  test('without a token, or with somebody else’s idea of one, nothing is answered', async () => {
    for (const authorization of [undefined, 'Bearer ' + 'A'.repeat(43), 'Basic aWcubGVhZDp4']) {
      const { status } = await workstation.ask({
        method: 'GET',
        path: 'v1/health',
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(status).toBe(401);
    }
  });
  test('every question is on record before it is answered, with its reason', async () => {
    await officer.ask({
      question: 'who-looked',
      filter: { patient: '9990000026' },
      cursor: null,
      reason: 'Audit of May 2026',
    });
    await expect
      .poll(
        () =>
          counted(
            `SELECT count(*) AS n FROM audit.event WHERE type = 'audit.viewed' AND patient = '9990000026'
             AND body LIKE '%Audit of May 2026%' AND user_id = 'ig.lead@ward.example.nhs'`,
          ),
        WAIT,
      )
      .toBe(1);
  });
});

describe('questions that are none', () => {
  const post = async (body: unknown, path_ = 'v1/ask'): Promise<{ status: number; text: string }> => {
    const { text } = await workstation.ask({
      method: 'POST',
      path: 'v1/sessions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userName: 'ig.lead', password }),
    });
    const { token } = JSON.parse(text) as { token: string };
    return workstation.ask({
      method: 'POST',
      path: path_,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  };
  test.each([
    ['an unknown question', { question: 'everything', filter: {}, cursor: null, reason: null }, 'question'],
    ['an unknown filter', { question: 'live', filter: { anything: 'x' }, cursor: null, reason: null }, 'anything'],
    [
      'a filter that is missing',
      { question: 'who-looked', filter: {}, cursor: null, reason: null },
      'number of the patient',
    ],
    ['a time that is none', { question: 'live', filter: { from: 'yesterday' }, cursor: null, reason: null }, 'from'],
    [
      'a time that ends before it begins',
      {
        question: 'live',
        filter: { from: '2026-11-02T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
        cursor: null,
        reason: null,
      },
      'begins after',
    ],
    ['a reason of a word', { question: 'live', filter: {}, cursor: null, reason: 'why' }, 'reason'],
    ['no JSON', '{', ''],
  ])('%s is refused by name', async (_name, body, named) => {
    const { status, text } = await post(body);
    expect(status).toBe(400);
    expect(text).toContain(named);
  });
  test('SQL in every place where text goes finds nothing and breaks nothing', async () => {
    const before = await counted('SELECT count(*) AS n FROM audit.event');
    for (const attack of ["' OR '1'='1", "'; DROP TABLE audit.event; --", '$1', '%', '\\', "x') UNION SELECT 1 --"])
      for (const filter of [{ user: attack }, { patient: attack }, { node: attack }, { system: attack }]) {
        const answer = await officer.ask({ question: 'live', filter, cursor: null, reason: null });
        expect(answer).toEqual({ kind: 'records', rows: [], next: null });
      }
    const odd = await officer.ask({ question: 'live', filter: { user: ALICE }, cursor: "2026'; --", reason: null });
    expect(odd.kind === 'records' && odd.rows.filter(({ chain }) => chain === population.chain).length).toBe(16);
    expect(await counted('SELECT count(*) AS n FROM audit.event')).toBeGreaterThanOrEqual(before);
  });
  test('FHIR clients are answered (ITI-81), page by page, and told what they ask wrongly', async () => {
    const search = async (query: string): Promise<{ status: number; text: string }> => {
      const { text } = await workstation.ask({
        method: 'POST',
        path: 'v1/sessions',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ userName: 'ig.lead', password }),
      });
      const { token } = JSON.parse(text) as { token: string };
      return workstation.ask({
        method: 'GET',
        path: `AuditEvent?${query}`,
        headers: { authorization: `Bearer ${token}` },
      });
    };
    const { status, text } = await search(
      'date=ge2026-11-17&date=le2026-11-17&patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018',
    );
    expect(status).toBe(200);
    const bundle = JSON.parse(text) as { entry: { resource: { resourceType: string; id: string } }[] };
    expect(bundle.entry.length).toBeGreaterThan(5);
    expect(bundle.entry.every(({ resource }) => resource.resourceType === 'AuditEvent')).toBe(true);
    expect(
      (await search('date=ge2026-11-17&patient.identifier=https://ward.example.nhs/id/rm3|RM1000017')).status,
    ).toBe(200);
    for (const [query, named] of [
      ['', 'date is needed'],
      ['date=2026', 'date=2026 is none'],
      ['date=ge2026-11-17&entity=x', 'no search by entity'],
      ['date=ge2026-11-17&patient.identifier=urn:x|1', 'nobody here numbers patients by urn:x'],
    ] as const) {
      const answer = await search(query);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(named)]);
    }
  });
});

describe('who may bring records', () => {
  test('nobody without a certificate, or with one of another authority, or over an old TLS', async () => {
    const caFile = path.join(place.folder, 'ca.pem');
    const url = `https://${HOST}:${server.port}`;
    const nobody = new SecureClient({ url, caFile });
    const rogue = await createCertificateAuthority('Rogue CA', new Date());
    const stranger = new SecureClient({
      url,
      caFile,
      ...(await place.certificate('ward-7-pc-2.ward.example.nhs', rogue)),
    });
    for (const client of [nobody, stranger]) await expect(sendLines(client, [])).rejects.toThrow();
    const { clientCertificate, clientKey } = await place.certificate('ward-7-pc-3.ward.example.nhs');
    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        host: HOST,
        port: server.port,
        ca: readFileSync(caFile),
        cert: readFileSync(clientCertificate),
        key: readFileSync(clientKey),
        minVersion: 'TLSv1.1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      socket.on('secureConnect', () => {
        resolve('connected');
      });
      socket.on('error', (error: Error) => {
        resolve(error.message);
      });
    });
    expect(old).toMatch(/protocol version/);
  });
  test('nothing is called delivered that a server took silently and refused (TLS 1.3)', async () => {
    const rogue = await createCertificateAuthority('Rogue CA', new Date());
    const own = spoolOfTest();
    own.begin().write(5);
    const state = deliver(
      own.folder,
      new SecureClient({
        url: `https://${HOST}:${server.port}`,
        caFile: path.join(place.folder, 'ca.pem'),
        ...(await place.certificate('rogue', rogue)),
      }),
    );
    await expect.poll(() => state.reported.length, WAIT).toBeGreaterThan(0);
    expect([state.position, state.delivers]).toEqual([null, false]);
    await state.delivery.end(100);
    own.remove();
  });
  test('the name in the certificate is the source, whatever is said', async () => {
    expect(
      await counted(
        `SELECT count(*) AS n FROM audit.event WHERE chain = $1 AND source <> 'ward-7-pc-2.ward.example.nhs'`,
        [population.chain],
      ),
    ).toBe(0);
  });
});

function deliver(folder: string, client: SecureClient) {
  const state = { position: null as SpoolPosition | null, reported: [] as string[], delivers: null as boolean | null };
  const delivery = new Delivery({
    spool: new Spool(folder),
    transport: new ServerTransport(client, (error) => state.reported.push(String(error))),
    position: {
      load: () => Promise.resolve(state.position),
      save: (position) => {
        state.position = position;
        return Promise.resolve();
      },
    },
    clock: systemClock,
    random: () => 0,
    onState: (delivers) => (state.delivers = delivers),
    report: (error) => state.reported.push(String(error)),
  });
  delivery.start();
  return Object.assign(state, { delivery });
}

describe('records that do not go on from what is held', () => {
  async function chainOf(count: number) {
    const own = spoolOfTest();
    const begun = own.begin();
    begun.write(count);
    begun.end();
    const { entries } = await new Spool(own.folder).read(null);
    own.remove();
    return entries.map(({ chain, line, record }) => ({ chain, line, sequence: record.sequence }));
  }
  const apart = (chain: string): Promise<number> =>
    counted('SELECT count(*) AS n FROM audit.refused WHERE chain = $1', [chain]);
  const alerts = (chain: string, because: string): Promise<number> =>
    counted(`SELECT count(*) AS n FROM audit.event WHERE type = 'trail.refused' AND body LIKE $1`, [
      `%"because":"${because}","chain":"${chain}"%`,
    ]);

  test('sent twice are held once', async () => {
    const lines = await chainOf(10);
    await sendLines(workstation, lines.slice(0, 8));
    const { text } = await sendLines(workstation, lines);
    expect(JSON.parse(text)).toEqual({ committed: 12, refused: 0 });
    expect(await counted('SELECT count(*) AS n FROM audit.event WHERE chain = $1', [lines[0]?.chain])).toBe(12);
  });
  test('too early: the sender is told where to go on from, and nothing is taken', async () => {
    const lines = await chainOf(10);
    await sendLines(workstation, lines.slice(0, 3));
    const { status, text } = await sendLines(workstation, lines.slice(5));
    expect([status, JSON.parse(text)]).toEqual([409, { chain: lines[0]?.chain, heldThrough: 3, committed: 0 }]);
  });
  test('edited: kept apart with all that follow, and alerted once', async () => {
    const lines = await chainOf(10);
    const chain = lines[0]?.chain ?? '';
    const edited = lines.map((one) =>
      one.sequence === 6 ? { ...one, line: one.line.replace('"found":4', '"found":5') } : one,
    );
    const { text } = await sendLines(workstation, edited, chain);
    expect(JSON.parse(text)).toEqual({ committed: 5, refused: 7 });
    expect(await apart(chain)).toBe(7);
    await expect.poll(() => alerts(chain, 'altered'), WAIT).toBe(1);
    await expect.poll(() => alerts(chain, 'gap'), WAIT).toBe(1);
    const { chains, refused } = await officer.health();
    expect(refused).toBeGreaterThanOrEqual(7);
    expect(chains.find((one) => one.chain === chain)?.troubles.join()).toContain('7 records are kept apart');
  });
  test('a fork: another record under a number that is held', async () => {
    const lines = await chainOf(5);
    const chain = lines[0]?.chain ?? '';
    await sendLines(workstation, lines);
    const other = await place.client('ward-9-pc-1.ward.example.nhs', server.port);
    const forged = lines
      .filter(({ sequence }) => sequence === 3)
      .map((one) => ({ ...one, line: one.line.replace('"found":1', '"found":7') }));
    expect(JSON.parse((await sendLines(other, forged)).text)).toEqual({ committed: 0, refused: 1 });
    await expect.poll(() => alerts(chain, 'fork'), WAIT).toBe(1);
  });
  test('no records at all are kept as they came', async () => {
    const chain = 'f'.repeat(32);
    const { text } = await sendLines(workstation, [
      { chain, line: 'hello \u0001 world' },
      { chain: 'no chain', line: '{}' },
    ]);
    expect(JSON.parse(text)).toEqual({ committed: 0, refused: 2 });
    expect(await apart(chain)).toBe(1);
  });
  test('a sender whose server lost its memory sends everything again, by itself', async () => {
    const own = spoolOfTest();
    const begun = own.begin();
    begun.write(30);
    const { entries } = await new Spool(own.folder).read(null);
    const state = deliver(own.folder, workstation);
    state.position = entries[20]?.end ?? null; // as after a restore of an older backup
    const chain = entries[0]?.chain ?? '';
    begun.write(1);
    await expect.poll(() => counted('SELECT count(*) AS n FROM audit.event WHERE chain = $1', [chain]), WAIT).toBe(32);
    expect(state.reported.join()).toContain('through record 0 only');
    await state.delivery.end(1000);
    own.remove();
  });
  test('brought by another computer of the same person: taken, and it is known who brought it', async () => {
    const lines = await chainOf(6);
    await sendLines(workstation, lines.slice(0, 4));
    const other = await place.client('ward-9-pc-1.ward.example.nhs', server.port);
    await sendLines(other, lines);
    expect(
      await counted(
        `SELECT count(*) AS n FROM audit.event WHERE chain = $1 AND peer = 'ward-9-pc-1.ward.example.nhs' AND source = 'ward-7-pc-2.ward.example.nhs'`,
        [lines[0]?.chain],
      ),
    ).toBe(4);
  });
});

describe('the database’s administrator', () => {
  test('cannot change, delete or empty, whoever they are', async () => {
    for (const sql of [
      `UPDATE audit.event SET user_id = 'x' WHERE chain = '${population.chain}'`,
      `DELETE FROM audit.event WHERE chain = '${population.chain}'`,
      'TRUNCATE audit.event',
      'TRUNCATE audit.event_2026_11',
      'DELETE FROM audit.checkpoint',
    ])
      await expect(asOwner((client) => client.query(sql))).rejects.toThrow('never changed or deleted');
  });
  test('the service itself may insert, and nothing more', async () => {
    for (const sql of [
      "UPDATE audit.event SET user_id = 'x'",
      'DELETE FROM audit.event',
      'DROP TABLE audit.event',
      'ALTER TABLE audit.event DISABLE TRIGGER ALL',
    ])
      for (const role of ['audit_writer', 'audit_reader', 'audit_keeper'])
        await expect(
          asOwner((client) => client.query(`SET ROLE ${role}; ${sql}`)),
          `${role}: ${sql}`,
        ).rejects.toThrow(/permission denied|must be owner/);
  });
  test('who switches the triggers off and edits a record is found by whoever looks at it', async () => {
    const edit = (from: string, to: string): Promise<unknown> =>
      asOwner((client) =>
        client.query(
          `SET session_replication_role = replica; UPDATE audit.event SET body = replace(body, '${from}', '${to}') WHERE chain = '${population.chain}' AND sequence = 7`,
        ),
      );
    const row = [{ chain: population.chain, sequence: 7 }];
    expect((await officer.prove(row))[0]?.verdict).toBe('proven');
    await edit('TESTPATIENT, Ada', 'TESTPATIENT, Eve');
    expect((await officer.prove(row))[0]?.verdict).toBe('altered');
    expect(await server.check()).toMatchObject({ altered: [`record 7 of chain ${population.chain}`], isSigned: true });
    await edit('TESTPATIENT, Eve', 'TESTPATIENT, Ada');
    expect(await server.check()).toMatchObject({ altered: [], isSigned: true });
    expect((await officer.prove(row))[0]?.verdict).toBe('proven');
  });
  test('who signs with a key of their own is not believed', async () => {
    const [other] = await viewer('ig.lead', password, server.verifier.replace(/\+[0-9a-f]{8}\+/, '+00000000+')).prove([
      { chain: population.chain, sequence: 7 },
    ]);
    expect(other?.verdict).toBe('altered');
    const [unconfigured] = await viewer('ig.lead', password, null).prove([{ chain: population.chain, sequence: 7 }]);
    expect(unconfigured?.verdict).toBe('whole');
  });
});

test('a judgement of an access by break-glass stands in the queue, with who judged', async () => {
  await expect(officer.answer('bg-none', 'justified', 'There is no such thing')).rejects.toThrow('no such alert');
  await officer.answer('bg-1', 'escalated', 'Not on this ward’s list, asked the manager');
  await expect
    .poll(async () => (await officer.alerts(null)).find(({ reference }) => reference === 'bg-1')?.answer, WAIT)
    .toMatchObject({
      answer: 'escalated',
      note: 'Not on this ward’s list, asked the manager',
      user: 'ig.lead@ward.example.nhs',
    });
});

describe('what is older than the trust keeps', () => {
  test('leaves by whole months, is recorded, is kept by a hold, and the tree still proves the rest', async () => {
    const months = async (): Promise<string[]> =>
      asOwner(async (client) =>
        (
          await client.query<{ name: string }>(
            `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit.event'::regclass ORDER BY 1`,
          )
        ).rows.map(({ name }) => name),
      );
    const old = spoolOfTest();
    const { AuditRecorder } = await import('../../main/audit/auditRecorder.js');
    const { NodeAuditFolder } = await import('../../main/audit/nodeAuditFolder.js');
    const { randomBytes } = await import('node:crypto');
    const recorder = new AuditRecorder({
      folder: new NodeAuditFolder(old.folder),
      version: '0.1.0',
      node: 'Ward 1',
      now: () => new Date('2021-03-04T05:06:07.000Z'),
      monotonic: () => 0,
      auditor: null,
      randomBytes,
      every: () => () => undefined,
    });
    recorder.start();
    const patient = { nhsNumber: '9990000034', identifiers: [] };
    recorder.record({ type: 'patient.chosen', patient, epoch: 1, previous: null });
    recorder.close();
    await sendAll(workstation, old.folder);
    old.remove();
    expect(await months()).toContain('event_2021_03');

    await server.retention.hold(
      { name: 'Inquest 9', patient: '9990000034', because: 'The coroner asked for it' },
      'keeper',
    );
    expect(await server.retention.keep(12, 'keeper')).toEqual([
      { month: '2021-03', deleted: null, keptBy: 'Inquest 9' },
    ]);
    expect(await server.retention.release('Inquest 9', 'keeper')).toBe(true);
    expect(await server.retention.keep(12, 'keeper')).toEqual([{ month: '2021-03', deleted: 3, keptBy: null }]);
    expect(await months()).not.toContain('event_2021_03');
    await expect
      .poll(() => counted(`SELECT count(*) AS n FROM audit.event WHERE type = 'trail.retained'`), WAIT)
      .toBeGreaterThanOrEqual(3);
    await server.checkpoints.sign();
    expect((await officer.prove([{ chain: population.chain, sequence: 7 }]))[0]?.verdict).toBe('proven');
    expect(await server.checkpoints.agrees()).toBe(true);
  });
});

test('a cut end, and a whole store put back, are found at the next start by what the witness holds', async () => {
  await server.checkpoints.sign();
  const witness = path.join(place.folder, 'witness.notes');
  expect(readFileSync(witness, 'utf8')).toContain('audit.ward.example.nhs/trail');
  expect(await server.checkpoints.agrees()).toBe(true);
  await asOwner((client) =>
    client.query(
      `SET session_replication_role = replica;
       DELETE FROM audit.event WHERE leaf = (SELECT max(leaf) FROM audit.event); DELETE FROM audit.checkpoint`,
    ),
  );
  expect(await server.checkpoints.agrees()).toBe(false);
  const alerted = readdirSync(path.join(place.folder, 'store/trail'))
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => readFileSync(path.join(place.folder, 'store/trail', name), 'utf8'));
  expect(alerted.join('')).toContain('trail.disagreed');
  await server.stop();
  // No tree goes on from a hole: what comes stays on the workstations until somebody has restored the store.
  await expect(startServer(place)).rejects.toThrow('restore it from a backup');
});
