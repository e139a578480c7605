/** Starts formHarness.electron.ts on the real Electron, as the ordinary user; no other debugger is attached to its pages. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@playwright/test';
import { build } from 'vite';
import { electronExecutable, REGISTRY_ELECTRON } from '../../build/electron-runtime.mjs';
import { giveToOrdinaryUser, readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { startProgram } from '../bench/program.js';
import { XScreen } from '../bench/xScreen.js';
import type { Ran, Run, Watch, Watched } from './formHarness.electron.js';
import { removeFolder } from '../../build/removeFolder.js';

export interface FormHarness {
  readonly userData: string;
  run(wanted: Run): Promise<Ran>;
  /** Resolves when whatever is typed into the page from then on is watched. */
  beginWatch(wanted: Watch): Promise<void>;
  /** How often watching has waited for time to pass so far: more of it means that it goes on. */
  waitsOfWatch(): Promise<number>;
  stopWatch(): Promise<void>;
  endOfWatch(): Promise<Watched>;
  end(): Promise<void>;
}

/**
 * @param args for Chromium
 * @param trusting a home folder whose owner trusts the certificates of the pages
 */
export async function startFormHarness(args: readonly string[], trusting?: string): Promise<FormHarness> {
  const electron = readableFolder(path.dirname(await electronExecutable()), REGISTRY_ELECTRON);
  const home = mkdtempSync(path.join(path.dirname(electron), 'form-'));
  execFileSync('chmod', ['755', home]);
  const takesFolder = existsSync(path.join(electron, 'resources/default_app.asar'));
  const place = path.join(home, 'electron');
  if (!takesFolder) execFileSync('cp', ['-al', electron, place]);
  const folder = takesFolder ? path.join(home, 'app') : path.join(place, 'resources/app');
  removeFolder(folder);
  mkdirSync(folder, { recursive: true });
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: path.join(import.meta.dirname, 'formHarness.electron.ts'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { output: { format: 'es', entryFileNames: 'main.js' }, external: ['electron', /^node:/] },
    },
  });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'form', type: 'module', main: 'main.js' }));
  const userData = path.join(home, 'user-data');
  mkdirSync(userData);
  giveToOrdinaryUser(userData);
  const screen = await XScreen.open();
  const electronCommand: readonly [string, ...string[]] = takesFolder
    ? [path.join(electron, 'electron'), folder]
    : [path.join(place, 'electron')];
  const command: readonly [string, ...string[]] =
    trusting === undefined ? electronCommand : ['/usr/bin/env', `HOME=${trusting}`, ...electronCommand];
  const program = await startProgram(command, [`--user-data-dir=${userData}`, ...args], screen);
  // The debugger answers before the harness itself has run: until then there is nobody to ask.
  await expect
    .poll(() => program.main.runInMain(() => 'signOnForm' in globalThis, null), { timeout: 20_000 })
    .toBe(true);
  const ask = (name: string, input: Run | Watch | null): Promise<unknown> =>
    program.main.runInMain(
      (_electron, wanted) =>
        (globalThis as unknown as Record<string, (input: unknown) => Promise<unknown>>)[wanted.name]?.(wanted.input),
      { name, input },
    );
  return {
    userData,
    run: (wanted) => ask('signOnForm', wanted) as Promise<Ran>,
    beginWatch: async (wanted) => {
      await ask('beginWatch', wanted);
    },
    waitsOfWatch: () => ask('waitsOfWatch', null) as Promise<number>,
    stopWatch: async () => {
      await ask('stopWatch', null);
    },
    endOfWatch: () => ask('endOfWatch', null) as Promise<Watched>,
    end: async () => {
      await program.end();
      await screen.close();
      removeFolder(home);
    },
  };
}
