import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import {
  configuredControllers,
  discoverControllers,
  inSrvOrder,
  type NameServer,
  type SrvRecord,
} from '../../main/directory/controllers.js';
import { createNameServer } from '../../main/directory/nameServer.js';
import type { DirectorySettings } from '../../main/directory/settings.js';
import { directoryFor, disposeDirectories } from './directoryContract.js';

afterEach(disposeDirectories);

const settings: DirectorySettings = {
  domain: 'ward.example.nhs',
  netbiosName: 'WARD',
  security: 'ldaps',
  roles: { clinician: ['Clinicians'] },
};
const record = (name: string, priority = 0, weight = 100): SrvRecord => ({ name, port: 389, priority, weight });

function nameServer(answers: Record<string, readonly SrvRecord[]>): NameServer & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolveSrv: (name) => {
      asked.push(name);
      const answer = answers[name];
      return answer ? Promise.resolve(answer) : Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));
    },
    resolveAddresses: () => Promise.resolve(['127.0.0.1']),
    dispose: () => undefined,
  };
}

describe('Controllers found by DNS', () => {
  const everywhere = '_ldap._tcp.dc._msdcs.ward.example.nhs';
  const atSite = '_ldap._tcp.North-Wing._sites.dc._msdcs.ward.example.nhs';

  test('are those of the site first, then the others, each once', async () => {
    const dns = nameServer({
      [everywhere]: [record('far.ward.example.nhs'), record('near.ward.example.nhs.')],
      [atSite]: [record('Near.ward.example.nhs')],
    });
    const found = await discoverControllers({ ...settings, site: 'North-Wing' }, dns, () => 0);
    expect(found.map(({ name }) => name)).toEqual(['near.ward.example.nhs', 'far.ward.example.nhs']);
  });

  test('are those of the domain when the site is not known, or none is configured', async () => {
    const dns = nameServer({ [everywhere]: [record('dc1.ward.example.nhs')] });
    const names = async (site?: string) =>
      (await discoverControllers({ ...settings, site }, dns, () => 0)).map(({ name }) => name);
    expect(await names('Closed-Wing')).toEqual(['dc1.ward.example.nhs']);
    dns.asked.length = 0;
    expect(await names()).toEqual(['dc1.ward.example.nhs']);
    expect(dns.asked).toEqual([everywhere]);
  });

  test.each([
    ['ldaps', 636],
    ['start-tls', 389],
  ] as const)('are asked on the port of %s, whatever the record says', async (security, port) => {
    const dns = nameServer({ [everywhere]: [record('dc1.ward.example.nhs')] });
    expect(await discoverControllers({ ...settings, security }, dns, () => 0)).toEqual([
      { name: 'dc1.ward.example.nhs', port },
    ]);
  });

  test('that DNS does not know leave a sentence for IT', async () => {
    const { signIn } = directoryFor(settings, { nameServer: nameServer({}) });
    expect(await signIn('a.ward', 'password')).toEqual({
      outcome: 'unavailable',
      reason: 'no-controller',
      detail: 'DNS names no domain controller of ward.example.nhs: check directory.servers and directory.dnsServers.',
    });
  });

  test('are given up in time when the DNS server is silent', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const dns = createNameServer([`127.0.0.1:${silent.address().port}`], 200);
    const start = performance.now();
    await expect(dns.resolveSrv(everywhere)).rejects.toThrow();
    await expect(dns.resolveAddresses('dc1.ward.example.nhs')).rejects.toThrow();
    expect(performance.now() - start).toBeLessThan(1500);
    dns.dispose();
    silent.close();
  });
});

describe('The order of RFC 2782', () => {
  test('is by priority first', () => {
    const records = [record('c', 20), record('a', 0), record('b', 10)];
    expect(inSrvOrder(records, Math.random).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('draws by weight within a priority, and gives every record once', () => {
    const records = [record('light', 0, 10), record('heavy', 0, 90), record('none', 0, 0)];
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return (seed - 1) / 2147483646;
    };
    const first: Record<string, number> = {};
    for (let round = 0; round < 2000; round++) {
      const order = inSrvOrder(records, random).map(({ name }) => name);
      expect([...order].sort()).toEqual(['heavy', 'light', 'none']);
      first[order[0] ?? ''] = (first[order[0] ?? ''] ?? 0) + 1;
    }
    expect(first['heavy']).toBeGreaterThan(1700);
    expect(first['light']).toBeGreaterThan(120);
    expect(first['none'] ?? 0).toBe(0);
  });

  test('is as given where no record has a weight', () => {
    expect(inSrvOrder([record('a', 0, 0), record('b', 0, 0)], () => 0.99).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

test('Configured controllers keep their order, their ports and bare IPv6 addresses', () => {
  const servers = ['ldaps://DC1.ward.example.nhs', 'ldaps://dc2.ward.example.nhs:6360', 'ldaps://[2001:db8::1]'];
  expect(configuredControllers({ ...settings, servers })).toEqual([
    { name: 'dc1.ward.example.nhs', port: 636 },
    { name: 'dc2.ward.example.nhs', port: 6360 },
    { name: '2001:db8::1', port: 636 },
  ]);
});
