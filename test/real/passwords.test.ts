/** Passwords that are changed, on a real Active Directory: by their owners, and by those who cannot sign in. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { DirectorySettings } from '../../main/directory/settings.js';
import { Secret } from '../../main/domain/secret.js';
import { OwnTickets, prepareOwnTickets } from '../../main/signon/tickets/ownTickets.js';
import { accepted, directoryFor, disposeDirectories, patiently } from '../unit/directoryContract.js';
import { NEXT_PASSWORD, passwordContract } from '../unit/passwordContract.js';
import { restoreDomainController } from './ad/domainController.js';

const ad = inject('domainController');
const { password } = ad;
const settings: DirectorySettings = {
  domain: ad.domain,
  netbiosName: ad.netbiosName,
  servers: [ad.url],
  addresses: { [ad.name]: ad.address },
  security: 'ldaps',
  caPem: readFileSync(ad.caFile, 'utf8'),
  serviceAccount: ad.serviceAccount,
  roles: { clinician: ['Clinicians'] },
};

// What is changed stays changed, and wrong tries are counted: every run starts where the last one did, and leaves it so.
beforeAll(restoreDomainController);
afterAll(restoreDomainController);
afterEach(disposeDirectories);

passwordContract('A real Active Directory', () => ({
  settings,
  password,
  minimumLength: 7,
  unusual: 'Größe-😀-"2026"-\\é',
  accounts: {
    changes: 'bulk0010',
    refusedNew: 'bulk0011',
    refusedOld: 'bulk0012',
    mustChange: 'must.change',
    expired: 'pw.expired',
    disabled: 'disabled',
  },
}));

/** IT's own tool, on the controller's files: what an administrator would set. */
async function setDomainPolicy(...policy: string[]): Promise<void> {
  const configuration = path.join(path.dirname(ad.kerberosConfiguration), 'etc/smb.conf');
  await promisify(execFile)('samba-tool', ['domain', 'passwordsettings', 'set', '-s', configuration, ...policy]);
}

describe('The rules of a real domain', () => {
  const change = (userName: string, before: string, after: string) =>
    directoryFor(settings).directory.changePassword(userName, before, after, patiently);

  test('a policy of their own: its length is said, though nobody but the domain may read it', async () => {
    const { directory } = directoryFor(settings);

    expect(await directory.passwordRules('pso.user', patiently)).toBeNull();
    expect(await change('pso.user', password, 'Kettle-2026?')).toMatchObject({
      outcome: 'new-refused',
      problem: 'too-short',
      rules: null,
    });
  });

  test('one of the last ones, and the one before that', async () => {
    expect(await change('bulk0013', password, NEXT_PASSWORD)).toMatchObject({ outcome: 'changed' });
    expect(await change('bulk0013', NEXT_PASSWORD, NEXT_PASSWORD)).toMatchObject({ problem: 'used-before' });
    expect(await change('bulk0013', NEXT_PASSWORD, password)).toMatchObject({ problem: 'used-before' });
  });

  test('a minimum age: when it may be changed again is known', async () => {
    await setDomainPolicy('--min-pwd-age=20');
    try {
      expect(await change('bulk0014', password, NEXT_PASSWORD)).toMatchObject({ problem: 'too-soon' });
      const from = (await directoryFor(settings).directory.passwordRules('bulk0014', patiently))?.mayChangeFrom;
      const daysAhead = ((from?.getTime() ?? 0) - Date.now()) / 86_400_000;
      expect(daysAhead).toBeGreaterThan(16); // the snapshot may be three days old, and the accounts in it
      expect(daysAhead).toBeLessThan(20);
    } finally {
      await setDomainPolicy('--min-pwd-age=0');
    }
  });

  test('the password of a person who is signed in and has just changed it opens a new connection', async () => {
    const { directory, signIn } = directoryFor(settings);
    accepted(await signIn('chg.pw', password));
    expect(await directory.changePassword('chg.pw', password, NEXT_PASSWORD, patiently)).toMatchObject({
      outcome: 'changed',
    });
    const clinician = accepted(await signIn('chg.pw', NEXT_PASSWORD));
    const daysLeft = ((clinician.passwordExpires?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(daysLeft).toBeGreaterThan(41.9);
    expect(daysLeft).toBeLessThan(42.1);
  });

  test('the Kerberos ticket is had anew with the new one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-renewed-'));
    const place = prepareOwnTickets({
      folder,
      realm: { domain: ad.domain, servers: [ad.url], addresses: { [ad.name]: ad.address } },
      environment: {},
    });
    const tickets = new OwnTickets({ place, searchPath: process.env['PATH'] ?? '' });
    const user = `bulk0015@${ad.domain}`;
    const ticket = (): Buffer => readFileSync(place.cacheFile);
    try {
      expect(await tickets.obtain(user, Secret.of(password), patiently)).toEqual({ status: 'own' });
      const before = ticket();
      expect(await change(user, password, NEXT_PASSWORD)).toMatchObject({ outcome: 'changed' });
      expect(await tickets.obtain(user, Secret.of(NEXT_PASSWORD), patiently)).toEqual({ status: 'own' });
      expect(ticket().equals(before)).toBe(false);
    } finally {
      await tickets.discard();
      rmSync(folder, { recursive: true });
    }
  });
});
