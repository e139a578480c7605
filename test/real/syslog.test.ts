/** The audit trail at a real rsyslog: all of it, also when the receiver is killed; nothing to a receiver nobody vouches for. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Delivery } from '../../main/audit/transport/delivery.js';
import { Spool, type SpoolPosition } from '../../main/audit/transport/spool.js';
import { SyslogTransport } from '../../main/audit/transport/syslogTransport.js';
import { systemClock } from '../../main/context/clock.js';
import { type CertificateAuthority, createCertificateAuthority, type ServerCertificate } from '../demo/certificates.js';
import { type SpoolOfTest, spoolOfTest } from '../unit/auditSpool.js';
import { HOST, SyslogReceiver } from './syslog/syslogReceiver.js';

const WAIT = { timeout: 25_000 };
const rendering = { site: 'RZZ', codeSystem: 'https://lanyard.example/codes', identifierSystems: {} };

let authority: CertificateAuthority;
let workstation: ServerCertificate;
let receiver: SyslogReceiver;
let spool: SpoolOfTest;
const running: Delivery[] = [];
beforeAll(async () => {
  authority = await createCertificateAuthority('Ward CA', new Date());
  workstation = await authority.issue(['ward-7-pc-2.ward.example.nhs']);
});
beforeEach(async () => {
  spool = spoolOfTest();
  receiver = new SyslogReceiver(await authority.issue([HOST]));
});
afterEach(async () => {
  for (const delivery of running.splice(0)) await delivery.end(100);
  await receiver.close();
  spool.remove();
});

/** @returns how far it came, and what failed */
function deliver(own: { unsettledMs?: number; certificate?: ServerCertificate | null; caPem?: string } = {}) {
  const certificate = own.certificate === undefined ? workstation : own.certificate;
  const state = {
    position: null as SpoolPosition | null,
    reported: [] as string[],
    delivers: null as boolean | null,
    /** Records that were handed to the operating system. */
    handed: 0,
  };
  const transport = new SyslogTransport(
    {
      host: HOST,
      port: receiver.port,
      caPem: own.caPem ?? authority.caPem,
      certificatePem: certificate?.certificatePem,
      keyPem: certificate?.privateKeyPem,
      unsettledMs: own.unsettledMs ?? 60_000,
    },
    rendering,
  );
  const delivery = new Delivery({
    spool: new Spool(spool.folder),
    transport: {
      unsettledMs: transport.unsettledMs,
      send: async (entries) => {
        await transport.send(entries);
        state.handed += entries.length;
      },
      onLost: (listener) => {
        transport.onLost(listener);
      },
      close: () => {
        transport.close();
      },
    },
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
  running.push(delivery);
  spool.onRecorded(() => {
    delivery.wake();
  });
  delivery.start();
  return state;
}

const sequences = (): Set<number> =>
  new Set(receiver.received().map((line) => Number(/ sequence="(\d+)"/.exec(line)?.[1])));
const upTo = (last: number): Set<number> => new Set(Array.from({ length: last }, (_, index) => index + 1));

test('every record arrives, as an audit message with its place in the chain', async () => {
  await receiver.start();
  const chain = spool.begin();
  chain.write(500);
  const state = deliver({ unsettledMs: 0 });
  await expect.poll(sequences, WAIT).toEqual(upTo(501));
  expect(receiver.received().at(-1)).toMatch(
    /^85 IHE\+RFC-3881 \[lanyard@32473 chain="[0-9a-f]{32}" sequence="501" hash="[0-9a-f]{64}"\] ?<AuditMessage>.*<\/AuditMessage>$/,
  );
  expect(receiver.received()).toHaveLength(501);
  chain.write(1);
  await expect.poll(sequences, WAIT).toEqual(upTo(502));
  expect(state.reported).toEqual([]);
});

/** The receiver stands still while 400 records are written to it, is killed, and comes again. */
async function killedWhileItTakes(unsettledMs: number): Promise<void> {
  await receiver.start();
  const chain = spool.begin();
  chain.write(10);
  const state = deliver({ unsettledMs });
  await expect.poll(sequences, WAIT).toEqual(upTo(11));
  receiver.freeze();
  chain.write(400);
  await expect.poll(() => state.handed, WAIT).toBe(411);
  await receiver.kill();
  await receiver.start();
  // rsyslog leaves the first message of a connection lying until another one follows: work goes on.
  await expect
    .poll(() => {
      chain.write(1);
      return [...sequences()].some((sequence) => sequence > 411);
    }, WAIT)
    .toBe(true);
}

test('a receiver that is killed loses nothing: what was not certain is sent again', async () => {
  await killedWhileItTakes(60_000);
  await expect.poll(() => [...upTo(411)].filter((one) => !sequences().has(one)), WAIT).toEqual([]);
});

test('without sending again it would: the test above bites', async () => {
  await killedWhileItTakes(0);
  expect([...upTo(411)].filter((one) => !sequences().has(one)).length).toBeGreaterThan(300);
});

test.each([
  ['a workstation without a certificate', { certificate: null }],
  ['a certificate of somebody else’s authority', { certificate: 'foreign' as const }],
  ['a receiver of somebody else’s authority', { caPem: 'foreign' as const }],
])(
  '%s: nothing counts as delivered, and it is said',
  async (_what, { certificate, caPem }: { certificate?: null | 'foreign'; caPem?: 'foreign' }) => {
    await receiver.start();
    const other = await createCertificateAuthority('Other CA', new Date());
    spool.begin().write(5);
    const state = deliver({
      unsettledMs: 0,
      ...(certificate !== undefined && {
        certificate: certificate === null ? null : await other.issue(['ward-7-pc-2']),
      }),
      ...(caPem !== undefined && { caPem: other.caPem }),
    });
    await expect.poll(() => state.reported.length, WAIT).toBeGreaterThan(1);
    expect(state.position).toBeNull();
    expect(state.delivers).toBe(false);
    expect(receiver.received()).toEqual([]);
  },
);
