/** Lanyard itself, on a shared workstation of a real domain: each clinician's own ticket signs on to a real web system. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { _electron, type ElectronApplication } from '@playwright/test';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { electronLaunch } from '../../build/electron-runtime.mjs';
import { openScreen, type Screen } from '../../build/screen.js';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { restoreDomainController } from './ad/domainController.js';
import { type KerberosSite, startKerberosSite } from './ad/kerberosSite.js';
import { homeThatTrusts, type TrustingHome } from './trustAuthority.js';

const ad = inject('domainController');
let site: KerberosSite;
let home: TrustingHome;
let screen: Screen;
let app: ElectronApplication;
let folder: string;

beforeAll(async () => {
  await restoreDomainController();
  site = await startKerberosSite(ad);
  home = homeThatTrusts(readFileSync(ad.caFile, 'utf8'));
  screen = await openScreen();
  folder = folderOfOrdinaryUser('lanyard-tickets-');
  mkdirSync(path.join(folder, 'user-data'));
  writeFileSync(path.join(folder, 'ca.pem'), readFileSync(ad.caFile));
  const system = { kind: 'web', roles: ['clinician'], signOn: { method: 'negotiate' } };
  const configuration = {
    trust: { name: 'Test Hospital NHS Trust' },
    workstation: { mode: 'shared' },
    directory: {
      domain: ad.domain,
      netbiosName: ad.netbiosName,
      servers: [ad.url],
      addresses: { [ad.name]: ad.address },
      caFile: 'ca.pem',
    },
    roles: { clinician: ['Clinicians'] },
    patients: { fhirBaseUrl: `${site.origin}/fhir` },
    systems: [{ ...system, id: 'epr', title: 'Patient record', url: `${site.origin}/sso/` }],
  };
  writeFileSync(path.join(folder, 'lanyard.json'), JSON.stringify(configuration));
  giveToOrdinaryUser(folder);
  app = await _electron.launch({
    ...(await electronLaunch(home.home)),
    args: [`--config=${path.join(folder, 'lanyard.json')}`, `--user-data-dir=${path.join(folder, 'user-data')}`],
  });
});
afterAll(async () => {
  await app.close();
  await site.close();
  await screen.close();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
});

it('two clinicians who follow one another are each signed on as themselves, without being asked', async () => {
  const shell = await app.firstWindow();
  const page = () => app.windows().find((window) => window.url().startsWith(site.origin));
  for (const userName of ['a.ward', 'b.rad']) {
    await shell.getByLabel('User name').fill(userName);
    await shell.getByLabel('Password', { exact: true }).fill(ad.password);
    await shell.getByRole('button', { name: 'Sign in' }).click();
    await expect
      .poll(async () => page()?.locator('body').innerText(), { timeout: 15_000 })
      .toBe(`signed in as ${userName}@WARD.EXAMPLE.NHS`);
    await shell.getByRole('button', { name: 'Sign out' }).click();
    await shell.getByLabel('User name').waitFor();
    expect(page()).toBeUndefined();
    expect(readdirSync(path.join(folder, 'user-data/tickets'))).toEqual(['krb5.conf']);
  }
  const ofPages = site.requests().filter((request) => request.path === '/sso/');
  expect(ofPages.filter(({ status }) => status === 200)).toEqual([
    { path: '/sso/', status: 200, scheme: 'Negotiate' },
    { path: '/sso/', status: 200, scheme: 'Negotiate' },
  ]);
});
