import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DirectorySettings } from '../../main/directory/settings.js';
import { type CertificateAuthority, createCertificateAuthority, type ServerCertificate } from '../demo/certificates.js';
import { DEMO_PASSWORD, demoAccounts, demoDomain, demoRoles, demoServiceAccount } from '../demo/directory/accounts.js';
import { type DemoDirectory, startDemoDirectory } from '../demo/directory/demoDirectory.js';
import { sidBytes } from '../demo/directory/entries.js';
import { accepted, directoryFor, disposeDirectories, patiently } from './directoryContract.js';
import {
  bindResponse,
  blackHole,
  deadPort,
  type FaultyServer,
  hangsUp,
  overStartTls,
  overTls,
  searchResponse,
  startTlsResponse,
} from './directoryServers.js';

const FIRST = 'dc1.demo.hospital.example';
const SECOND = 'dc2.demo.hospital.example';
const THIRD = 'dc3.demo.hospital.example';
const quick = { connect: 300, operation: 300, lookUp: 300, dns: 300 };

let authority: CertificateAuthority;
let certificate: ServerCertificate;
let demo: DemoDirectory;
const faulty: FaultyServer[] = [];

beforeAll(async () => {
  authority = await createCertificateAuthority('Test CA', new Date());
  certificate = await authority.issue([FIRST, SECOND, THIRD]);
  demo = await startDemoDirectory({ host: '127.0.0.1', port: 0, users: demoAccounts, certificate });
});
afterAll(() => demo.close());
afterEach(async () => {
  disposeDirectories();
  await Promise.all(faulty.splice(0).map((server) => server.close()));
});

async function started(server: Promise<FaultyServer>): Promise<FaultyServer> {
  faulty.push(await server);
  return server;
}

function settings(ports: readonly number[], more: Partial<DirectorySettings> = {}): DirectorySettings {
  const names = [FIRST, SECOND, THIRD];
  const scheme = more.security === 'start-tls' ? 'ldap' : 'ldaps';
  return {
    domain: demoDomain.domain,
    netbiosName: demoDomain.netbiosName,
    servers: ports.map((port, index) => `${scheme}://${names[index] ?? ''}:${port}`),
    addresses: Object.fromEntries(names.map((name) => [name, '127.0.0.1'])),
    security: 'ldaps',
    caPem: authority.caPem,
    roles: demoRoles,
    ...more,
  };
}

async function timed<T>(work: Promise<T>): Promise<{ answer: T; ms: number }> {
  const start = performance.now();
  const answer = await work;
  return { answer, ms: performance.now() - start };
}

describe('A controller that cannot help', () => {
  test('is passed over at once when nothing listens', async () => {
    const { signIn, problems } = directoryFor(settings([await deadPort(), demo.port]));
    const { answer, ms } = await timed(signIn('amara.test', DEMO_PASSWORD));
    expect(answer.outcome).toBe('accepted');
    expect(ms).toBeLessThan(1000);
    expect(problems).toEqual([{ kind: 'controller', detail: `${FIRST}: nothing listens there` }]);
  });

  test('costs one connect time-out when it hangs, and none at the next sign-in', async () => {
    const hung = await started(blackHole());
    const { signIn } = directoryFor(settings([hung.port, demo.port]), { deadlines: quick });
    const first = await timed(signIn('amara.test', DEMO_PASSWORD));
    expect(first.answer.outcome).toBe('accepted');
    expect(first.ms).toBeGreaterThanOrEqual(quick.connect - 5);
    const second = await timed(signIn('amara.test', DEMO_PASSWORD));
    expect(second.answer.outcome).toBe('accepted');
    expect(hung.connections).toBe(1);
  });

  test('is asked in its turn again after a minute', async () => {
    const hung = await started(blackHole());
    let now = new Date('2026-03-07T08:00:00Z');
    const { signIn } = directoryFor(settings([hung.port, demo.port]), { deadlines: quick, now: () => now });
    await signIn('amara.test', DEMO_PASSWORD);
    now = new Date('2026-03-07T08:01:01Z');
    await signIn('amara.test', DEMO_PASSWORD);
    expect(hung.connections).toBe(2);
  });

  test('has a hung one waited for no longer than two seconds by default', async () => {
    const hung = await started(blackHole());
    const { signIn } = directoryFor(settings([hung.port]));
    const { answer, ms } = await timed(signIn('amara.test', DEMO_PASSWORD));
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'no-controller' });
    expect(ms).toBeGreaterThan(1900);
    expect(ms).toBeLessThan(2600);
  });

  test('leaves the answer that no controller could be asked, naming each for IT', async () => {
    const hung = await started(blackHole());
    const closing = await started(hangsUp());
    const { signIn } = directoryFor(settings([await deadPort(), hung.port, closing.port]), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toEqual({
      outcome: 'unavailable',
      reason: 'no-controller',
      detail: `${FIRST}: nothing listens there; ${SECOND}: it does not answer; ${THIRD}: it reset the connection.`,
    });
  });

  test('is not replaced by another one after a refusal, which would count the wrong password twice', async () => {
    const other = await started(blackHole());
    const { signIn } = directoryFor(settings([demo.port, other.port]), { deadlines: quick });
    expect(await signIn('amara.test', 'wrong')).toMatchObject({ outcome: 'refused', reason: 'wrong-credentials' });
    expect(await signIn('disabled.test', DEMO_PASSWORD)).toMatchObject({ reason: 'account-disabled' });
    expect(other.connections).toBe(0);
  });

  test('may fall silent after the password once; a third one never gets it', async () => {
    const silent = await Promise.all([1, 2, 3].map(() => started(overTls(certificate, () => null))));
    const { signIn } = directoryFor(settings(silent.map(({ port }) => port)), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({
      outcome: 'unavailable',
      reason: 'directory-error',
      detail: `${FIRST}: it stopped answering; ${SECOND}: it stopped answering.`,
    });
    expect(silent.map(({ connections }) => connections)).toEqual([1, 1, 0]);
  });

  test('that hangs up after the bind is not dialled again without the bind', async () => {
    const dropping = await started(
      overTls(certificate, (request, index) => (index === 0 ? bindResponse(request, 0) : 'close')),
    );
    const { signIn } = directoryFor(settings([dropping.port]), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({ outcome: 'unavailable' });
    expect(dropping.connections).toBe(1);
  });

  test('that answers with bytes which are no LDAP is passed over', async () => {
    const babbling = await started(overTls(certificate, () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const { signIn } = directoryFor(settings([babbling.port, demo.port]), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({ outcome: 'accepted' });
  });

  test('that insists on signing is a setting for IT to change', async () => {
    const insisting = await started(overTls(certificate, (request) => bindResponse(request, 8)));
    const { signIn } = directoryFor(settings([insisting.port]), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({
      outcome: 'unavailable',
      reason: 'strong-authentication',
      detail: expect.stringContaining('directory.security') as string,
    });
  });
});

describe('A person the directory accepts but does not show', () => {
  const token = ['S-1-5-21-1-2-3-1103', 'S-1-5-21-1-2-3-513', 'S-1-1-0'].map(sidBytes);
  const user = (name: string, sid: string) => ({
    dn: `CN=${name},DC=demo`,
    attributes: { sAMAccountName: [Buffer.from(name)], objectSid: [sidBytes(sid)] },
  });
  const one = user('amara.test', 'S-1-5-21-1-2-3-1103');

  test.each([
    ['without a token', [], []],
    ['as nobody of a domain', [sidBytes('S-1-5-7')], [one]],
    ['without an entry', token, []],
    ['as two people at once', token, [one, user('someone.else', 'S-1-5-21-1-2-3-513')]],
    ['without an account name', token, [{ ...one, attributes: { objectSid: [sidBytes('S-1-5-21-1-2-3-1103')] } }]],
  ])('%s is nobody', async (_name, tokenGroups, users) => {
    const server = await started(
      overTls(certificate, (request, index) => {
        if (index === 0) return bindResponse(request, 0);
        if (index === 1) return searchResponse(request, [{ dn: '', attributes: { tokenGroups } }]);
        return searchResponse(request, users);
      }),
    );
    const roles = { clinician: ['S-1-5-21-1-2-3-513'] };
    const { signIn } = directoryFor(settings([server.port], { roles }), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toEqual({
      outcome: 'unavailable',
      reason: 'account-unreadable',
      detail: `${FIRST} does not show the account to its owner.`,
    });
  });

  test('is somebody as soon as the entry is one', async () => {
    const server = await started(
      overTls(certificate, (request, index) => {
        if (index === 0) return bindResponse(request, 0);
        return searchResponse(request, [index === 1 ? { dn: '', attributes: { tokenGroups: token } } : one]);
      }),
    );
    const roles = { clinician: ['S-1-5-21-1-2-3-513'] };
    const { signIn } = directoryFor(settings([server.port], { roles }), { deadlines: quick });
    expect(accepted(await signIn('amara.test', DEMO_PASSWORD))).toMatchObject({
      accountName: 'amara.test',
      principalName: 'amara.test@demo.hospital.example',
      displayName: 'amara.test',
      groups: { configured: ['S-1-5-21-1-2-3-513'] },
    });
  });
});

describe('A certificate', () => {
  const wrong = async (make: () => Promise<ServerCertificate>, more: Partial<DirectorySettings> = {}) => {
    let asked = 0;
    const server = await started(
      overTls(await make(), (request) => {
        asked++;
        return bindResponse(request, 0);
      }),
    );
    const { signIn } = directoryFor(settings([server.port], more), { deadlines: quick });
    const answer = await signIn('amara.test', DEMO_PASSWORD);
    expect(asked).toBe(0);
    return answer;
  };

  test.each<[string, string, () => Promise<ServerCertificate>]>([
    [
      'of an authority that is not trusted',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      async () => (await createCertificateAuthority('Another CA', new Date())).issue([FIRST]),
    ],
    ['for another name', 'ERR_TLS_CERT_ALTNAME_INVALID', () => authority.issue([SECOND])],
    [
      'that has run out',
      'CERT_HAS_EXPIRED',
      () => authority.issue([FIRST], { notBefore: new Date(0), notAfter: new Date('2001-01-01') }),
    ],
  ])('%s ends the conversation before the password is sent', async (_name, code, make) => {
    expect(await wrong(make)).toEqual({
      outcome: 'unavailable',
      reason: 'certificate',
      detail: `${FIRST}: its certificate is not accepted (${code}): check directory.caFile.`,
    });
  });

  test('of one controller does not keep the others from being asked', async () => {
    const server = await started(overTls(await authority.issue([SECOND]), () => null));
    const { signIn } = directoryFor(settings([server.port, demo.port]), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({ outcome: 'accepted' });
  });

  test.each([
    ['no certificate at all', 'just text'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('file with %s is a configuration error, not a silent lack of trust', (_name, caPem) => {
    expect(() => directoryFor(settings([demo.port], { caPem }))).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining('caFile') as string }),
    );
  });
});

describe('StartTLS', () => {
  const starttls = (port: number) => settings([port], { security: 'start-tls' });

  test('stands before anything about the person is sent', async () => {
    const server = await started(overStartTls(startTlsResponse(0), certificate, (request) => bindResponse(request, 8)));
    const { signIn } = directoryFor(starttls(server.port), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({ reason: 'strong-authentication' });
    const clear = server.received.toString('latin1');
    expect(clear).toContain('1.3.6.1.4.1.1466.20037');
    expect(clear).not.toMatch(/amara|Demo-Pass/);
  });

  test('that falls silent after its promise is given up in time', async () => {
    const server = await started(overStartTls(startTlsResponse(0), certificate, null));
    const { signIn } = directoryFor(starttls(server.port), { deadlines: quick });
    const { answer, ms } = await timed(signIn('amara.test', DEMO_PASSWORD));
    expect(answer).toMatchObject({ reason: 'no-controller', detail: `${FIRST}: it does not answer.` });
    expect(ms).toBeLessThan(1000);
  });

  test.each([
    ['a refusal', startTlsResponse(2)],
    [
      'bytes that somebody put behind the answer',
      Buffer.concat([startTlsResponse(0), bindResponse(Buffer.alloc(5), 0)]),
    ],
    ['bytes that are no LDAP', Buffer.from('220 ready\r\n')],
    ['an answer without end', Buffer.concat([Buffer.from([0x30, 0x82, 0xff, 0xff]), Buffer.alloc(5000)])],
  ])('answered with %s is never followed by the password', async (_name, answer) => {
    const server = await started(overStartTls(answer, certificate, null));
    const { signIn } = directoryFor(starttls(server.port), { deadlines: quick });
    expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({
      reason: 'no-controller',
      detail: `${FIRST}: it does not offer StartTLS.`,
    });
    expect(server.received.toString('latin1')).not.toMatch(/amara|Demo-Pass/);
  });
});

describe('Plain LDAP', () => {
  test.each([
    ['ldaps', 'ldap://dc1.demo.hospital.example'],
    ['start-tls', 'ldaps://dc1.demo.hospital.example'],
    ['ldaps', 'dc1.demo.hospital.example'],
    ['ldaps', 'https://dc1.demo.hospital.example'],
  ] as const)('is impossible: with %s, the address %s is a configuration error', (security, server) => {
    expect(() => directoryFor(settings([], { security, servers: [server] }))).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringContaining('directory.servers[0]') as string,
      }),
    );
  });
});

describe('A sign-in that is given up', () => {
  test.each<[string, () => Promise<FaultyServer>]>([
    ['while the controller does not speak TLS', () => blackHole()],
    ['while the bind is not answered', () => overTls(certificate, () => null)],
    [
      'while the account is being read',
      () => overTls(certificate, (request, index) => (index === 0 ? bindResponse(request, 0) : null)),
    ],
  ])('ends at once %s', async (_name, make) => {
    const server = await started(make());
    const { directory } = directoryFor(settings([server.port, demo.port]));
    const reason = new Error('given up');
    const giveUp = new AbortController();
    const before = demo.connections;
    const asked = directory.authenticate('amara.test', DEMO_PASSWORD, giveUp.signal);
    await expect.poll(() => server.connections).toBe(1);
    giveUp.abort(reason);
    const { answer, ms } = await timed(asked.catch((error: unknown) => error));
    expect(answer).toBe(reason);
    expect(ms).toBeLessThan(500);
    expect(demo.connections).toBe(before);
  });

  test('ends when the directory is closed', async () => {
    const server = await started(blackHole());
    const { directory } = directoryFor(settings([server.port]));
    const asked = directory.authenticate('amara.test', DEMO_PASSWORD, patiently);
    await expect.poll(() => server.connections).toBe(1);
    directory.dispose();
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    await expect(directory.authenticate('amara.test', DEMO_PASSWORD, patiently)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

test('A service account that does not answer delays a refusal by its own deadline only', async () => {
  const refusal = Buffer.from('80090308: LdapErr: x, comment: AcceptSecurityContext error, data 533, v1', 'latin1');
  const answer = (request: Buffer): Buffer => {
    const code = [0x0a, 0x01, 49, 0x04, 0x00, 0x04, refusal.length];
    const response = [0x61, code.length + refusal.length, ...code];
    return Buffer.concat([
      Buffer.from([0x30, 3 + response.length + refusal.length, 0x02, 0x01, request[4] ?? 0, ...response]),
      refusal,
    ]);
  };
  const server = await started(overTls(certificate, (request) => (request.includes('amara') ? answer(request) : null)));
  const { signIn, problems } = directoryFor(settings([server.port], { serviceAccount: demoServiceAccount }), {
    deadlines: { lookUp: 200 },
  });
  const { answer: outcome, ms } = await timed(signIn('amara.test', DEMO_PASSWORD));
  expect(outcome).toMatchObject({ outcome: 'refused', reason: 'account-disabled', lockedUntil: null });
  expect(ms).toBeLessThan(1000);
  expect(problems).toEqual([{ kind: 'service-account', detail: `directory.serviceAccount: ${FIRST} took too long` }]);
});

describe('Whether anybody answers', () => {
  const never = new AbortController().signal;

  test('is said of the first controller that does, without anybody signing in', async () => {
    const hung = await started(blackHole());
    const some = directoryFor(settings([hung.port, await deadPort(), demo.port]), { deadlines: quick }).directory;
    expect(await some.answers(never)).toBe(true);
    const none = directoryFor(settings([hung.port, await deadPort()]), { deadlines: quick }).directory;
    expect(await none.answers(never)).toBe(false);
  });

  test('is not said of one whose certificate nobody trusts, and is given up when told so', async () => {
    const stranger = (await createCertificateAuthority('Another CA', new Date())).caPem;
    expect(await directoryFor(settings([demo.port], { caPem: stranger })).directory.answers(never)).toBe(false);
    const asked = directoryFor(settings([demo.port])).directory.answers(AbortSignal.abort(new Error('over')));
    await expect(asked).rejects.toThrow('over');
  });
});
