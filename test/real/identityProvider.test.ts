// Proves that the tests' identity provider is a real one: who may sign in, how, and what the systems behind it are told.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { restoreDomainController } from './ad/domainController.js';
import { type IdentityProvider, startIdentityProvider } from './idp/identityProvider.js';
import { startOidcSystem } from './idp/oidcSystem.js';
import type { RelyingSystem } from './idp/relyingSystem.js';
import { samlParty } from './idp/samlSystem.js';

const controller = inject('domainController');
const run = promisify(execFile);
let folder: string;
let provider: IdentityProvider;
let results: RelyingSystem;
let letters: RelyingSystem;

beforeAll(async () => {
  await restoreDomainController();
  folder = mkdtempSync(path.join(tmpdir(), 'federation-'));
  const [resultsPort, lettersPort] = await freePorts(2);
  const saml = samlParty(lettersPort ?? 0);
  provider = await startIdentityProvider({
    controller,
    clients: [
      {
        id: 'results',
        redirectUris: [`http://127.0.0.1:${resultsPort}/callback`],
        frontChannelLogoutUri: `http://127.0.0.1:${resultsPort}/signed-out`,
      },
    ],
    serviceProviders: [{ id: 'letters', metadata: saml.metadata }],
  });
  const authority = readFileSync(controller.caFile, 'utf8');
  results = await startOidcSystem({ port: resultsPort ?? 0, clientId: 'results', provider: provider.url, authority });
  letters = await saml.start(provider);
});
afterAll(async () => {
  await letters.close();
  await results.close();
  await provider.close();
  rmSync(folder, { recursive: true });
});

/** A browser without scripts: its own cookies, its own Kerberos tickets. */
class Visitor {
  readonly #jar = path.join(folder, `jar-${Math.random().toString(36).slice(2)}`);
  readonly #tickets = path.join(folder, `tickets-${Math.random().toString(36).slice(2)}`);

  async open(address: string, form?: Record<string, string>, more: string[] = []) {
    const posted = Object.entries(form ?? {}).flatMap(([key, value]) => ['--data-urlencode', `${key}=${value}`]);
    const { stdout } = await run(
      'curl',
      [
        ...['-s', '-L', '--max-redirs', '10', '--cacert', controller.caFile, '-b', this.#jar, '-c', this.#jar],
        ...['-w', '\n%{http_code} %{url_effective} %{time_total}', ...more, ...posted, address],
      ],
      { env: this.#environment(), maxBuffer: 10_000_000, timeout: 20_000 },
    );
    const end = stdout.lastIndexOf('\n');
    const [status = '', url = '', seconds = ''] = stdout.slice(end + 1).split(' ');
    return { text: stdout.slice(0, end), status: Number(status), url, milliseconds: Number(seconds) * 1000 };
  }

  /** SAML answers travel in a form that a script posts. */
  async openSaml(address: string) {
    const page = await this.open(address);
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const field = (name: string) => new RegExp(`name="${name}"[^>]*value="([^"]*)"`, 's').exec(page.text)?.[1];
    const response = field('SAMLResponse');
    if (response === undefined) return page;
    const posted = await this.open(unescaped(action), {
      SAMLResponse: unescaped(response),
      RelayState: unescaped(field('RelayState') ?? ''),
    });
    return { ...posted, milliseconds: posted.milliseconds + page.milliseconds };
  }

  signIn(userName: string, password = controller.password) {
    return this.open(provider.url, { user: userName, password });
  }

  /** As the script of the sign-in page does it. */
  async signInByTicket(userName: string) {
    const kinit = run('kinit', [`${userName}@WARD.EXAMPLE.NHS`], { env: this.#environment(), timeout: 10_000 });
    kinit.child.stdin?.end(`${controller.password}\n`);
    await kinit;
    const negotiate = ['--negotiate', '-u', ':'];
    await this.open(`${provider.url}authkrb`, undefined, negotiate);
    return this.open(provider.url, { kerberos: '1' }, negotiate);
  }

  #environment() {
    return {
      ...process.env,
      KRB5_CONFIG: controller.kerberosConfiguration,
      KRB5CCNAME: `FILE:${this.#tickets}`,
    };
  }
}

function unescaped(text: string): string {
  return text
    .replaceAll('&#x2F;', '/')
    .replaceAll('&#x3D;', '=')
    .replaceAll('&#43;', '+')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function wrongTries(userName: string): Promise<number> {
  const client = new Client({
    url: controller.url,
    tlsOptions: { ca: readFileSync(controller.caFile, 'utf8'), servername: controller.name },
    timeout: 5_000,
    connectTimeout: 5_000,
  });
  try {
    await client.bind(controller.serviceAccount.principal, controller.serviceAccount.password);
    const { searchEntries } = await client.search('DC=ward,DC=example,DC=nhs', {
      filter: `(sAMAccountName=${userName})`,
      attributes: ['badPwdCount'],
    });
    return Number(searchEntries[0]?.['badPwdCount'] ?? 0);
  } finally {
    await client.unbind();
  }
}

describe('the identity provider', () => {
  it('shows a sign-in page to somebody unknown, which forbids being framed', async () => {
    const page = await new Visitor().open(results.url);
    expect(page.url).toMatch(/^https:\/\/idp\.ward\.example\.nhs\/oauth2\/authorize/);
    expect(results.signedIn()).toEqual([]);
    const headers = await new Visitor().open(provider.url, undefined, ['-D', '-']);
    expect(headers.text).toMatch(/x-frame-options: deny/i);
  });

  it('signs in with the directory’s password; then OpenID Connect and SAML follow silently', async () => {
    const visitor = new Visitor();
    expect((await visitor.signIn('a.ward')).text).toContain('id="menu"');
    const first = await visitor.open(`${results.url}/patient/9990000018`);
    expect(first.url).toBe(`${results.url}/patient/9990000018`);
    expect(first.text).toContain('<p id="who">a.ward</p>');
    const second = await visitor.openSaml(`${letters.url}/patient/9990000018`);
    expect(second.url).toBe(`${letters.url}/patient/9990000018`);
    expect(second.text).toContain('<p id="who">a.ward</p>');
    process.stdout.write(
      `silent, the provider's and the systems' own time: OpenID Connect ${first.milliseconds.toFixed(0)} ms, SAML ${second.milliseconds.toFixed(0)} ms\n`,
    );
  });

  it('signs in with a Kerberos ticket', async () => {
    const visitor = new Visitor();
    expect((await visitor.signInByTicket('b.rad')).text).toContain('id="menu"');
    expect((await visitor.open(`${results.url}/`)).text).toContain('<p id="who">b.rad</p>');
  });

  it('counts a wrong password once', async () => {
    const before = await wrongTries('n.oakes');
    expect((await new Visitor().signIn('n.oakes', 'Wrong-Pass-2024!')).text).not.toContain('id="menu"');
    expect(await wrongTries('n.oakes')).toBe(before + 1);
  });

  it('keeps two people apart', async () => {
    const [one, other] = [new Visitor(), new Visitor()];
    await one.signIn('a.ward');
    await other.signIn('b.rad');
    expect((await one.open(`${results.url}/`)).text).toContain('a.ward');
    expect((await other.open(`${results.url}/`)).text).toContain('b.rad');
  });

  it('refuses an answer that was not asked for: the system says so', async () => {
    const visitor = new Visitor();
    await visitor.signIn('a.ward');
    expect(await visitor.open(`${results.url}/callback?code=made-up&state=made-up`)).toMatchObject({ status: 403 });
    expect(await visitor.open(`${letters.url}/assertion`, { SAMLResponse: 'PHg+PC94Pg==' })).toMatchObject({
      status: 403,
    });
  });

  it('ends its session at sign-out, and shows the systems’ sign-out addresses in frames', async () => {
    const visitor = new Visitor();
    await visitor.signIn('pso.user');
    await visitor.open(`${results.url}/`);
    expect(results.signedIn()).toContain('pso.user');
    const page = await visitor.open(`${provider.url}?logout=1`);
    const frame = /<iframe[^>]*src="([^"]*signed-out[^"]*)"/.exec(page.text)?.[1] ?? '';
    expect(frame).toContain(`${results.url}/signed-out?`);
    await new Visitor().open(unescaped(frame)); // whoever asks: no cookie is sent from a frame of another site
    expect(results.signedIn()).not.toContain('pso.user');
    expect((await visitor.open(`${results.url}/`)).url).toContain('https://idp.ward.example.nhs/');
  });
});

describe('when it cannot start', () => {
  it('says why', async () => {
    await expect(startIdentityProvider({ controller })).rejects.toThrow(/did not start: 127.0.88.50:443 is in use/);
  });
});
