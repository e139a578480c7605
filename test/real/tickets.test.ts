/** Kerberos tickets and HTTP sign-on against a real domain and a real web server, in a real Electron. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { asOrdinaryUser, folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { Secret } from '../../main/domain/secret.js';
import { createHttpSignOn } from '../../main/signon/httpAuth.js';
import { createNegotiateSignOn } from '../../main/signon/negotiate.js';
import { ticketHostList } from '../../main/signon/ticketHosts.js';
import { OwnTickets, prepareOwnTickets } from '../../main/signon/tickets/ownTickets.js';
import { type RunProgram, runProgram } from '../../main/signon/tickets/runProgram.js';
import { relay } from '../unit/directoryServers.js';
import { CredentialsOfTest } from '../unit/signOnCredentials.js';
import { restoreDomainController } from './ad/domainController.js';
import { Browser } from './ad/browser.js';
import { type KerberosSite, startKerberosSite } from './ad/kerberosSite.js';
import { startNtlmServer } from './ntlmServer.js';
import { homeThatTrusts, type TrustingHome } from './trustAuthority.js';

const ad = inject('domainController');
const never = new AbortController().signal;
const SPARE_ADDRESS = '127.0.88.11';
const NOBODY = ticketHostList([]);

/** As Lanyard runs them: as the person who runs Electron. */
const asThem: RunProgram = (run) => {
  const [file = run.file, ...rest] = [...asOrdinaryUser(), run.file, ...run.args];
  return runProgram({ ...run, file, args: rest });
};

let site: KerberosSite;
let home: TrustingHome;
let browser: Browser;
let tickets: OwnTickets;
let folder: string;
const events: RecordableEvent[] = [];
const audit = { record: (event: RecordableEvent) => events.push(event) };

beforeAll(async () => {
  await restoreDomainController();
  site = await startKerberosSite(ad);
  home = homeThatTrusts(readFileSync(ad.caFile, 'utf8'));
  folder = folderOfOrdinaryUser('lanyard-tickets-');
  const realm = { domain: ad.domain, servers: [ad.url], addresses: { [ad.name]: ad.address } };
  const place = prepareOwnTickets({ folder: path.join(folder, 'kerberos'), realm, environment: {} });
  giveToOrdinaryUser(folder);
  tickets = new OwnTickets({ place, searchPath: process.env['PATH'] ?? '', run: asThem });
  browser = await Browser.start({ HOME: home.home, ...place.environment });
});
afterAll(async () => {
  await browser.close();
  await tickets.discard();
  await site.close();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
  await restoreDomainController();
});
afterEach(async () => {
  await tickets.discard();
  await browser.allowTickets(NOBODY);
  await browser.forgetSession();
  Object.assign(browser, { method: null, challenges: 0 });
  events.splice(0);
});

const signIn = (userName: string) => tickets.obtain(`${userName}@${ad.domain}`, Secret.of(ad.password), never);
const sso = () =>
  createNegotiateSignOn({
    id: 'epr',
    title: 'Patient record',
    startAddress: new URL(`${site.origin}/sso/`),
    origins: [site.origin],
    tickets,
    audit,
    loadTimeout: 10_000,
  });
const show = async (address: string) => {
  await browser.load(new URL(address));
  return { status: browser.status, text: browser.text };
};

/** What the domain controller counts, and whether the account is locked. */
async function wrongTries(userName: string): Promise<number> {
  const ca = readFileSync(ad.caFile, 'utf8');
  const client = new Client({ url: ad.url.replace(ad.name, ad.address), tlsOptions: { ca, servername: ad.name } });
  try {
    await client.bind(ad.serviceAccount.principal, ad.serviceAccount.password);
    const { searchEntries } = await client.search('DC=ward,DC=example,DC=nhs', {
      filter: `(sAMAccountName=${userName})`,
      attributes: ['badPwdCount'],
    });
    return Number(searchEntries[0]?.['badPwdCount']);
  } finally {
    await client.unbind();
  }
}

describe('With a ticket of their own', () => {
  it('two clinicians in one run are each signed on silently as themselves', async () => {
    for (const userName of ['a.ward', 'b.rad']) {
      expect(await signIn(userName)).toEqual({ status: 'own' });
      await browser.allowTickets(ticketHostList([sso()]));
      expect(await show(`${site.origin}/sso/`)).toEqual({
        status: 200,
        text: `signed in as ${userName}@WARD.EXAMPLE.NHS`,
      });
      await tickets.discard();
      await browser.forgetSession();
      await browser.allowTickets(ticketHostList([sso()]));
      expect(await show(`${site.origin}/sso/`)).toMatchObject({ status: 401 });
    }
    expect(browser.challenges).toBe(0);
  });

  it('the ticket of the one before is gone, even where the hosts were left on the list', async () => {
    await signIn('a.ward');
    const hosts = ticketHostList([sso()]);
    await browser.allowTickets(hosts);
    expect(await show(`${site.origin}/sso/`)).toMatchObject({ status: 200 });
    await tickets.discard();
    await browser.forgetSession();
    expect(await show(`${site.origin}/sso/`)).toMatchObject({ status: 401 });
    await signIn('b.rad');
    expect(await show(`${site.origin}/sso/`)).toEqual({ status: 200, text: 'signed in as b.rad@WARD.EXAMPLE.NHS' });
  });

  it('a page that came too early is signed on by asking again', async () => {
    expect(await show(`${site.origin}/sso/`)).toMatchObject({ status: 401 });
    await signIn('a.ward');
    await browser.allowTickets(ticketHostList([sso()]));
    expect(await sso().signOn(browser, never)).toEqual({ outcome: 'signed-on' });
    expect(browser.text).toContain('a.ward');
    expect(events).toEqual([{ type: 'signOn.attempted', systemId: 'epr', method: 'negotiate', origin: site.origin }]);
  });

  it('a host that is not listed gets a quiet 401, and no ticket', async () => {
    await signIn('a.ward');
    const before = site.requests().length;
    expect(await show(`${site.origin}/sso/`)).toMatchObject({ status: 401 });
    const asked = site
      .requests()
      .slice(before)
      .filter((request) => request.path === '/sso/');
    expect(asked).toEqual([{ path: '/sso/', status: 401, scheme: null }]);
    expect(browser.challenges).toBe(0);
  });

  it('lies where only they can read it', async () => {
    const place = path.join(folder, 'kerberos');
    await signIn('a.ward');
    expect(statSync(place).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(place, 'tickets')).mode & 0o777).toBe(0o600);
    await tickets.discard();
    expect(readdirSync(place)).toEqual(['krb5.conf']);
  });

  it('can be checked for each host', async () => {
    await signIn('a.ward');
    expect(await tickets.check(site.host, never)).toMatchObject([{ check: 'ticket', status: 'good' }]);
    expect(await tickets.check(`${site.host}.evil.test`, never)).toMatchObject([{ check: 'ticket', status: 'bad' }]);
    await tickets.discard();
    expect(await tickets.check(site.host, never)).toMatchObject([{ check: 'ticket', status: 'bad' }]);
  });

  it('a name under another suffix is still the account the domain knows', async () => {
    expect(await tickets.obtain('j.twin@trust.example', Secret.of(ad.password), never)).toEqual({ status: 'own' });
    await browser.allowTickets(ticketHostList([sso()]));
    expect(await show(`${site.origin}/sso/`)).toMatchObject({ text: 'signed in as k.twin@WARD.EXAMPLE.NHS' });
  });
});

describe('Chromium’s list of hosts', () => {
  let server: Server;
  const asked: { host: string; scheme: string | null }[] = [];
  beforeAll(async () => {
    // names below .localhost are this machine's without any hosts file; the domain gets a service for each of them
    for (const host of ['epr.localhost', 'x-epr.localhost', 'a.epr.localhost'])
      execFileSync('samba-tool', [
        'spn',
        'add',
        `HTTP/${host}`,
        'svc.epr',
        '-s',
        path.join(path.dirname(ad.kerberosConfiguration), 'etc/smb.conf'),
      ]);
    server = createServer((request: IncomingMessage, response) => {
      const scheme = request.headers.authorization?.split(' ')[0] ?? null;
      asked.push({ host: request.headers.host?.split(':')[0] ?? '', scheme });
      response
        .writeHead(401, { 'www-authenticate': 'Negotiate', 'content-type': 'text/html' })
        .end('<body>who are you?');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['epr.localhost', 'epr.localhost', true],
    ['epr.localhost', 'x-epr.localhost', false],
    ['epr.localhost', 'a.epr.localhost', false],
    // there would be a ticket for those as well
    ['x-epr.localhost', 'x-epr.localhost', true],
    ['a.epr.localhost', 'a.epr.localhost', true],
    [null, 'epr.localhost', false],
  ])('with %s in it, %s is answered: %s', async (listed, host, isAnswered) => {
    await signIn('a.ward');
    await browser.allowTickets(ticketHostList(listed === null ? [] : [{ negotiateHosts: [listed] }]));
    asked.splice(0);
    await show(`http://${host}:${(server.address() as AddressInfo).port}/`);
    const ofPage = asked.filter((request) => request.host === host);
    expect(ofPage.length).toBeGreaterThan(0);
    expect(ofPage.some(({ scheme }) => scheme === 'Negotiate')).toBe(isAnswered);
  });
});

describe('A wrong password costs an account exactly one try', () => {
  const http = (credentials: CredentialsOfTest) => {
    const method = createHttpSignOn({
      id: 'epr',
      title: 'Patient record',
      origins: [site.origin],
      schemes: ['basic', 'ntlm'],
      credentials,
      audit,
      loadTimeout: 10_000,
    });
    browser.method = method;
    return method;
  };

  it('by HTTP Basic, however often the page asks and signing on is tried', async () => {
    const credentials = new CredentialsOfTest('bulk0010', 'wrong-canary-1');
    expect(await wrongTries('bulk0010')).toBe(0);
    const method = http(credentials);
    expect(await show(`${site.origin}/both/`)).toMatchObject({ status: 401 });
    expect(browser.challenges).toBe(1); // outside an attempt: asked, and not answered
    expect(await wrongTries('bulk0010')).toBe(0);
    expect(await method.signOn(browser, never)).toEqual({ outcome: 'refused' });
    expect(await wrongTries('bulk0010')).toBe(1);
    for (let time = 0; time < 3; time += 1) {
      expect(await method.signOn(browser, never)).toMatchObject({ outcome: 'credentials-needed', reason: 'refused' });
      await show(`${site.origin}/both/`);
    }
    expect(await wrongTries('bulk0010')).toBe(1);
    expect(events).toEqual([
      { type: 'signOn.attempted', systemId: 'epr', method: 'http', origin: site.origin },
      { type: 'signOn.blocked', systemId: 'epr', origin: site.origin, reason: 'asked-again' },
    ]);
  });

  it('which is ours: this site asks again, and who answers again pays again', async () => {
    let answers = 0;
    browser.method = {
      name: 'http',
      signOn: async () => ({ outcome: 'by-hand' }),
      answerChallenge: async () =>
        (answers += 1) <= 2 ? { userName: 'bulk0013', password: Secret.of('wrong-canary-3') } : null,
    };
    await show(`${site.origin}/both/`);
    expect(await wrongTries('bulk0013')).toBe(2);
  });

  it('and the right one none: it signs on', async () => {
    const credentials = new CredentialsOfTest('bulk0011', ad.password);
    const method = http(credentials);
    await show(`${site.origin}/both/`);
    expect(await method.signOn(browser, never)).toEqual({ outcome: 'signed-on' });
    expect(browser.text).toContain('bulk0011@WARD.EXAMPLE.NHS');
    expect(credentials.state).toBe('usable');
    expect(await wrongTries('bulk0011')).toBe(0);
  });

  it('when a ticket is got with it, from one of two controllers', async () => {
    const first = await relay({ host: ad.address, port: 88 }, SPARE_ADDRESS, 88);
    const realm = {
      domain: ad.domain,
      servers: [`ldaps://${ad.name}`, `ldaps://${ad.secondName}`],
      addresses: { [ad.name]: SPARE_ADDRESS, [ad.secondName]: ad.address },
    };
    const place = prepareOwnTickets({ folder: path.join(folder, 'two'), realm, environment: {} });
    const two = new OwnTickets({ place, searchPath: process.env['PATH'] ?? '' });
    try {
      const wrong = Secret.of('wrong-canary-5');
      expect(await two.obtain(`bulk0014@${ad.domain}`, wrong, never)).toMatchObject({ status: 'none' });
      expect(await wrongTries('bulk0014')).toBe(1);
      expect(first.connections).toBeGreaterThan(0);
      expect(await two.obtain(`bulk0014@${ad.domain}`, Secret.of(ad.password), never)).toEqual({ status: 'own' });
    } finally {
      await two.discard();
      await first.close();
    }
  });

  it('when a ticket is got with it', async () => {
    expect(await tickets.obtain(`bulk0012@${ad.domain}`, Secret.of('wrong-canary-2'), never)).toMatchObject({
      status: 'none',
    });
    expect(await wrongTries('bulk0012')).toBe(1);
    expect(await signIn('bulk0012')).toEqual({ status: 'own' });
  });
});

describe('By NTLM', () => {
  it.each([
    ['accepted', { outcome: 'signed-on' }, 'confirm'],
    ['refused', { outcome: 'refused' }, 'refuse'],
  ] as const)('one handshake is made, as DOMAIN\\user, and is %s', async (decision, outcome, call) => {
    const server = await startNtlmServer(decision === 'accepted');
    try {
      const credentials = new CredentialsOfTest('WARD\\a.ward', 'ntlm-canary-4');
      const method = createHttpSignOn({
        id: 'results',
        title: 'Results',
        origins: [server.origin],
        schemes: ['ntlm'],
        credentials,
        audit,
        loadTimeout: 10_000,
      });
      browser.method = method;
      expect(await show(`${server.origin}/`)).toMatchObject({ status: 401 });
      expect(server.answers).toEqual([]);
      expect(await method.signOn(browser, never)).toEqual(outcome);
      await show(`${server.origin}/`);
      expect([...new Set(server.answers)]).toEqual(['WARD\\a.ward']);
      expect(credentials.calls).toEqual(['take', call]);
      if (decision === 'refused') expect(server.answers).toHaveLength(1);
    } finally {
      await server.close();
    }
  });
});
