import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../main/domain/secret.js';
import { ticketsOf } from '../../main/signon/tickets/index.js';
import { kerberosConfiguration } from '../../main/signon/tickets/kerberosConfiguration.js';
import { OwnTickets, prepareOwnTickets, type TicketPlace } from '../../main/signon/tickets/ownTickets.js';
import { type ProgramRun, runProgram } from '../../main/signon/tickets/runProgram.js';
import { sessionTickets } from '../../main/signon/tickets/sessionTickets.js';

const CANARY = 'canary-9b1e pass£word';
const realm = {
  domain: 'ward.example.nhs',
  servers: ['ldaps://dc1.ward.example.nhs:636', 'ldaps://dc2.ward.example.nhs'],
};
const never = new AbortController().signal;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lanyard-tickets-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const prepare = (environment: Record<string, string> = {}): TicketPlace =>
  prepareOwnTickets({ folder: path.join(folder, 'kerberos'), realm, environment });

/** Real programs of these names, first on the search path. */
function programs(scripts: Readonly<Record<string, string>>): string {
  const place = path.join(folder, 'bin');
  mkdirSync(place, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(path.join(place, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(place, name), 0o755);
  }
  return `${place}:/usr/bin:/bin`;
}
/** Behaves as kinit does when all is well: it keeps what it was told, and writes the ticket. */
const GOOD_KINIT = `printf '%s|' "$@" > "$0.args"; env > "$0.env"; cat > "$0.line"; echo ticket > "\${KRB5CCNAME#FILE:}"`;
const KDESTROY = `echo destroyed > "$0.ran"; rm -f "\${KRB5CCNAME#FILE:}"`;
const said = (name: string): string => readFileSync(path.join(folder, 'bin', name), 'utf8');

describe('Preparing tickets of the clinician’s own', () => {
  it('makes a private folder, also of one that was open to others, and says where everything is', () => {
    mkdirSync(path.join(folder, 'kerberos'), { mode: 0o755 });
    const { cacheFile, environment } = prepare();
    expect(statSync(path.join(folder, 'kerberos')).mode & 0o777).toBe(0o700);
    expect(statSync(environment.KRB5_CONFIG).mode & 0o777).toBe(0o600);
    expect(environment.KRB5CCNAME).toBe(`FILE:${cacheFile}`);
  });

  it('removes a ticket that a crash left behind', () => {
    const { cacheFile } = prepare();
    writeFileSync(cacheFile, 'of somebody else');
    prepare();
    expect(existsSync(cacheFile)).toBe(false);
  });

  it('keeps a KRB5_CONFIG that IT has set', () => {
    expect(prepare({ KRB5_CONFIG: '/etc/trust/krb5.conf' }).environment.KRB5_CONFIG).toBe('/etc/trust/krb5.conf');
  });

  it('asks exactly the configured controllers, and none of them twice', () => {
    const { text, isComplete } = kerberosConfiguration({ ...realm, addresses: { 'dc1.ward.example.nhs': 'fd00::1' } });
    expect(isComplete).toBe(true);
    expect(text).toContain('default_realm = WARD.EXAMPLE.NHS');
    expect(text.match(/(?<= {4})kdc = .*/g)).toEqual(['kdc = [fd00::1]', 'kdc = dc2.ward.example.nhs']);
    expect(text).not.toMatch(/primary_kdc|master_kdc|admin_server/);
  });

  it('only says the realm where DNS finds the controllers', () => {
    const found = { domain: 'ward.example.nhs' };
    expect(kerberosConfiguration(found)).toEqual({
      text: '[libdefaults]\n  default_realm = WARD.EXAMPLE.NHS\n',
      isComplete: false,
    });
    const { environment } = prepareOwnTickets({ folder: path.join(folder, 'k'), realm: found, environment: {} });
    expect(environment.KRB5_CONFIG).toMatch(/\/k\/krb5\.conf:\/etc\/krb5\.conf$/);
  });
});

describe('Tickets of the clinician’s own', () => {
  const tickets = (scripts: Readonly<Record<string, string>>, run = runProgram) => {
    const place = prepare();
    return { place, source: new OwnTickets({ place, searchPath: programs(scripts), run }) };
  };

  it('come from the password over standard input, which stands nowhere else and is wiped', async () => {
    const { place, source } = tickets({ kinit: GOOD_KINIT, kdestroy: KDESTROY });
    const password = Secret.of(CANARY);
    expect(await source.obtain('a.ward@ward.example.nhs', password, never)).toEqual({ status: 'own' });
    expect(said('kinit.line')).toBe(`${CANARY}\n`);
    expect(said('kinit.args')).toBe('-C|-E|--|a.ward@ward.example.nhs|');
    expect(said('kinit.env')).not.toContain('canary');
    expect(said('kinit.env')).toContain(`KRB5CCNAME=FILE:${place.cacheFile}\n`);
    expect(() => password.copy()).toThrow('wiped');
    expect(source.state()).toEqual({ status: 'own' });
  });

  it('are destroyed at sign-out, whatever kdestroy does', async () => {
    for (const kdestroy of [KDESTROY, 'exit 1']) {
      const { place, source } = tickets({ kinit: GOOD_KINIT, kdestroy });
      await source.obtain('a.ward@ward.example.nhs', Secret.of(CANARY), never);
      expect(existsSync(place.cacheFile)).toBe(true);
      await source.discard();
      expect(existsSync(place.cacheFile)).toBe(false);
      expect(source.state()).toMatchObject({ status: 'none' });
      await source.discard();
    }
    expect(said('kdestroy.ran')).toBe('destroyed\n');
  });

  it.each([
    ['kinit: Clock skew too great while getting initial credentials', /clock is wrong/],
    ["kinit: Cannot contact any KDC for realm 'WARD.EXAMPLE.NHS' while getting initial credentials", /does not answer/],
    ['kinit: Password incorrect while getting initial credentials', /gave no ticket/],
    ["kinit: Client's credentials have been revoked while getting initial credentials", /gave no ticket/],
    ['Password expired.  You must change it now.', /gave no ticket/],
    ['kinit: something new', /No ticket/],
  ])('are not there when kinit says: %s', async (text, explanation) => {
    const { place, source } = tickets({
      kinit: `touch "\${KRB5CCNAME#FILE:}"; cat > /dev/null; echo "${text}" >&2; exit 1`,
    });
    const state = await source.obtain('a.ward@ward.example.nhs', Secret.of(CANARY), never);
    expect(state).toEqual({ status: 'none', explanation: expect.stringMatching(explanation) as string });
    expect(existsSync(place.cacheFile)).toBe(false);
  });

  it('are not there without kinit, and it says so plainly', async () => {
    const place = prepare();
    const source = new OwnTickets({ place, searchPath: path.join(folder, 'nothing') });
    expect(await source.obtain('a.ward@ward.example.nhs', Secret.of(CANARY), never)).toEqual({
      status: 'none',
      explanation: 'This computer cannot get tickets for single sign-on. Sign in to the system itself.',
    });
    expect(await source.check('epr.ward.example.nhs', never)).toMatchObject([{ status: 'bad' }]);
  });

  it.each(['', 'two\nlines', 'a\rb', 'a\0b', 'x'.repeat(1001)])(
    'cost no try with a password that kinit would cut (%#)',
    async (text) => {
      const { source } = tickets({ kinit: GOOD_KINIT });
      const password = Secret.of(text);
      expect(await source.obtain('a.ward@ward.example.nhs', password, never)).toMatchObject({ status: 'none' });
      expect(existsSync(path.join(folder, 'bin/kinit.args'))).toBe(false);
      expect(() => password.copy()).toThrow('wiped');
    },
  );

  it.each(['a.ward', '-k@ward.example.nhs x', 'a b@ward.example.nhs', 'a@b@c', ''])(
    'are for a whole name, not for %j',
    async (name) => {
      const { source } = tickets({ kinit: GOOD_KINIT });
      expect(await source.obtain(name, Secret.of(CANARY), never)).toMatchObject({ status: 'none' });
      expect(existsSync(path.join(folder, 'bin/kinit.args'))).toBe(false);
    },
  );

  it('belong to nobody when they sign out meanwhile', async () => {
    const { place, source } = tickets({ kinit: `echo begun > "$0.begun"; exec sleep 60`, kdestroy: KDESTROY });
    const obtaining = source.obtain('a.ward@ward.example.nhs', Secret.of(CANARY), never);
    await expect.poll(() => existsSync(path.join(folder, 'bin/kinit.begun'))).toBe(true);
    await source.discard();
    expect(await obtaining).toMatchObject({ status: 'none' });
    expect(existsSync(place.cacheFile)).toBe(false);
  });

  it('are asked for, for one system, by kvno', async () => {
    const check = async (kvno: string) => {
      const { source } = tickets({ kinit: GOOD_KINIT, kdestroy: KDESTROY, kvno });
      await source.obtain('a.ward@ward.example.nhs', Secret.of(CANARY), never);
      return source.check('epr.ward.example.nhs', never);
    };
    expect(await check('test "$2" = HTTP/epr.ward.example.nhs')).toMatchObject([
      { check: 'ticket', status: 'good', remedy: null },
    ]);
    const spn = 'kvno: Server not found in Kerberos database while getting credentials for HTTP/epr.ward.example.nhs';
    expect(await check(`echo "${spn}" >&2; exit 1`)).toEqual([
      {
        check: 'ticket',
        status: 'bad',
        message:
          'No ticket for HTTP/epr.ward.example.nhs: This system is not set up for single sign-on. Call IT support.',
        remedy: 'Register the service principal name HTTP/epr.ward.example.nhs on the account that the system runs as.',
      },
    ]);
  });
});

describe('Running a Kerberos program', () => {
  it('ends one that hangs at its deadline', async () => {
    const searchPath = programs({ kvno: 'exec sleep 60' });
    const result = await runProgram({
      file: 'kvno',
      args: [],
      environment: { PATH: searchPath },
      signal: never,
      timeout: 50,
    });
    expect(result).toEqual({ outcome: 'failed' });
  });

  it('survives one that does not read its line', async () => {
    const environment = { PATH: programs({ kinit: 'exit 3' }) };
    const line = Secret.of('x'.repeat(900));
    expect(await runProgram({ file: 'kinit', args: [], environment, line, signal: never, timeout: 5000 })).toEqual({
      outcome: 'ended',
      code: 3,
      output: '',
    });
  });
});

describe('Which tickets a workstation has', () => {
  const windows = { mode: 'shared', platform: 'win32', environment: {}, place: null } as const;

  it('none where the session is shared, whatever lies there', async () => {
    const source = ticketsOf(windows);
    const password = Secret.of(CANARY);
    expect(await source.obtain('a.ward@ward.example.nhs', password, never)).toMatchObject({ status: 'none' });
    expect(source.state()).toMatchObject({ status: 'none' });
    expect(() => password.copy()).toThrow('wiped');
    expect(await source.check('epr', never)).toMatchObject([{ status: 'not-applicable' }]);
    await source.discard();
  });

  it('those of the session where that is the clinician’s, which signing out leaves alone', async () => {
    const source = ticketsOf({ ...windows, mode: 'windows-user' });
    expect(source.state()).toEqual({ status: 'own' });
    const password = Secret.of(CANARY);
    expect(await source.obtain('a.ward@ward.example.nhs', password, never)).toEqual({ status: 'own' });
    expect(() => password.copy()).toThrow('wiped');
    await source.discard();
    expect(source.state()).toEqual({ status: 'own' });
  });

  it('their own on a shared Linux workstation, once they have signed in', () => {
    const source = ticketsOf({ ...windows, platform: 'linux', place: prepare() });
    expect(source).toBeInstanceOf(OwnTickets);
    expect(source.state()).toMatchObject({ status: 'none' });
  });

  it('on Windows, klist says whether one can be had, in whatever language', async () => {
    const asked: ProgramRun[] = [];
    const check = async (output: string) => {
      const source = sessionTickets({
        platform: 'win32',
        environment: { SystemRoot: 'C:\\Windows', EMPTY: undefined },
        run: async (run) => {
          asked.push(run);
          return { outcome: 'ended', code: 0, output };
        },
      });
      const [finding] = await source.check('epr.ward.example.nhs', never);
      return finding?.status;
    };
    expect(await check('#1> Client: a.ward @ WARD\n  Serveur : HTTP/epr.ward.example.nhs @ WARD.EXAMPLE.NHS')).toBe(
      'good',
    );
    expect(await check('klist failed with 0xc000018b/-1073741429: …')).toBe('bad');
    expect(asked[0]).toMatchObject({ file: 'klist', args: ['get', 'HTTP/epr.ward.example.nhs'] });
  });
});
