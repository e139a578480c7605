/**
 * The packaged program under test: the product as it is shipped, run as a person's session would run it, and its test
 * variant, which Playwright can drive. Both run as an ordinary user with the real sandbox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { _electron, test as base, type ElectronApplication, expect, type Page } from '@playwright/test';
import { launcher } from '../../build/electron-runtime.mjs';
import { packageFor, type Variant } from '../../build/package.js';
import { endingOf, endProcess } from '../../build/processes.js';
import { folderOfOrdinaryUser, readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { removeFolder } from '../../build/removeFolder.js';

export { expect } from '@playwright/test';

/** The one file an installed Lanyard reads (main/policy/configurationFile.ts). */
export const MACHINE_FILE = '/etc/lanyard/lanyard.json';
const SET_ASIDE = `${MACHINE_FILE}.before-lanyard-tests`;
const ENDS_MS = 20_000;

export interface Packaged {
  /** The executable itself. */
  readonly executable: string;
  /** app.asar of the package. */
  readonly archive: string;
  /** A program that runs it as the ordinary user. */
  readonly launcher: string;
}

/** How a program ended and what it said. */
export interface Ended {
  /** "0", another exit code, a signal's name, or "still running" after 20 s (then it was ended). */
  readonly ending: string;
  readonly output: string;
}

interface Fixtures {
  /** An empty user-data folder of the ordinary user's. */
  userData: string;
  /** lanyard.json of the whole machine; absent until installed. What was there before comes back after the test. */
  machineFile: { install: (configuration: object) => void; isInstalled: () => boolean };
  /** Starts the test variant and finds its shell page; `args` follow --user-data-dir. */
  launchVariant: (
    args?: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ) => Promise<{ app: ElectronApplication; shell: Page }>;
}

export const test = base.extend<Fixtures, { product: Packaged; variant: Packaged }>({
  product: [
    async ({}, use) => {
      await use(await packaged('product'));
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  variant: [
    async ({}, use) => {
      await use(await packaged('test variant'));
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  userData: async ({}, use) => {
    const folder = folderOfOrdinaryUser('lanyard-packaged-');
    await use(folder);
    removeFolder(folder);
  },
  machineFile: async ({}, use) => {
    mkdirSync(path.dirname(MACHINE_FILE), { recursive: true });
    if (existsSync(MACHINE_FILE) && !existsSync(SET_ASIDE)) renameSync(MACHINE_FILE, SET_ASIDE);
    await use({
      install: (configuration) => {
        writeFileSync(MACHINE_FILE, JSON.stringify(configuration, null, 2));
      },
      isInstalled: () => existsSync(MACHINE_FILE),
    });
    rmSync(MACHINE_FILE, { force: true });
    if (existsSync(SET_ASIDE)) renameSync(SET_ASIDE, MACHINE_FILE);
  },
  launchVariant: async ({ variant, userData }, use) => {
    const running: ElectronApplication[] = [];
    await use(async (args = [], environment = {}) => {
      const app = await _electron.launch({
        executablePath: variant.launcher,
        chromiumSandbox: true,
        env: { ...(process.env as Record<string, string>), ...environment },
        args: [`--user-data-dir=${userData}`, ...args],
      });
      running.push(app);
      return { app, shell: await shellOf(app) };
    });
    for (const app of running) await app.close();
  },
});

async function packaged(variant: Variant): Promise<Packaged> {
  const { folder, executable, version } = await packageFor(variant);
  const home = readableFolder(folder, version);
  const name = path.basename(executable);
  return {
    executable: path.join(home, name),
    archive: path.join(home, 'resources/app.asar'),
    launcher: launcher(name, path.join(home, name)).executablePath,
  };
}

/** app.windows() holds embedded pages too, in no fixed order: the shell is known by its address. */
async function shellOf(app: ElectronApplication): Promise<Page> {
  const isShell = (page: Page) => page.url().startsWith('lanyard://shell');
  await expect.poll(() => app.windows().some(isShell), { timeout: ENDS_MS }).toBe(true);
  const page = app.windows().find(isShell);
  if (!page) throw new Error('the shell was closed');
  return page;
}

/** Starts a program without waiting for it; end it with endProcess. */
export function start(program: string, args: readonly string[], environment: Record<string, string> = {}) {
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
}

/** Runs a program until it ends, at most 20 s. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const child = start(program, args, environment);
  return outcomeOf(child);
}

export async function outcomeOf(child: ChildProcess): Promise<Ended> {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const late = new AbortController();
  const deadline = setTimeout(() => {
    late.abort();
    void endProcess(child);
  }, ENDS_MS);
  const ending = await endingOf(child);
  clearTimeout(deadline);
  return { ending: late.signal.aborted ? 'still running' : ending, output: Buffer.concat(chunks).toString('utf8') };
}

/** A configuration that is valid on its own; nothing in it is ever reached. */
export function anyConfiguration(trustName: string): object {
  return {
    trust: { name: trustName },
    workstation: { mode: 'shared' },
    directory: { domain: 'ward.example.nhs', servers: ['ldaps://dc1.ward.example.nhs'] },
    roles: { clinician: ['Clinicians'] },
    patients: { fhirBaseUrl: 'https://epr.ward.example.nhs/fhir/R4' },
    systems: [
      {
        id: 'epr',
        title: 'Patient record',
        kind: 'web',
        url: 'https://epr.ward.example.nhs/',
        roles: ['clinician'],
        context: {
          launch: { kind: 'url-template', template: 'https://epr.ward.example.nhs/patient/{nhsNumber}' },
        },
      },
    ],
  };
}
