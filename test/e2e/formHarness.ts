/** Starts formHarness.electron.ts on the real Electron, as the ordinary user; no other debugger is attached to its pages. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { electronExecutable, REGISTRY_ELECTRON } from '../../build/electron-runtime.mjs';
import { giveToOrdinaryUser, readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { startProgram } from '../bench/program.js';
import { XScreen } from '../bench/xScreen.js';
import type { Ran, Run } from './formHarness.electron.js';

export interface FormHarness {
  readonly userData: string;
  run(wanted: Run): Promise<Ran>;
  end(): Promise<void>;
}

/** @param args for Chromium */
export async function startFormHarness(args: readonly string[]): Promise<FormHarness> {
  const electron = readableFolder(path.dirname(await electronExecutable()), REGISTRY_ELECTRON);
  const home = mkdtempSync(path.join(path.dirname(electron), 'form-'));
  execFileSync('chmod', ['755', home]);
  const takesFolder = existsSync(path.join(electron, 'resources/default_app.asar'));
  const place = path.join(home, 'electron');
  if (!takesFolder) execFileSync('cp', ['-al', electron, place]);
  const folder = takesFolder ? path.join(home, 'app') : path.join(place, 'resources/app');
  rmSync(folder, { recursive: true, force: true });
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
  const command: readonly [string, ...string[]] = takesFolder
    ? [path.join(electron, 'electron'), folder]
    : [path.join(place, 'electron')];
  const program = await startProgram(command, [`--user-data-dir=${userData}`, ...args], screen);
  return {
    userData,
    run: (wanted) =>
      program.main.runInMain(
        (_electron, input) =>
          (globalThis as unknown as { signOnForm: (wanted: Run) => Promise<Ran> }).signOnForm(input),
        wanted,
      ),
    end: async () => {
      await program.end();
      await screen.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
