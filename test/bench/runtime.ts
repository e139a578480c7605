/**
 * The one Electron of this machine with two programs in it: Lanyard as it was built when the bench began, and the bare
 * floor. Both get the same files (hard links to one copy), which nobody else runs: memory that they shared with a third
 * program would count for less. A build that somebody makes meanwhile changes nothing of what is measured.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import ts from 'typescript';
import { electronExecutable, REGISTRY_ELECTRON } from '../../build/electron-runtime.mjs';
import { readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { removeFolder } from '../../build/removeFolder.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

export type ProgramName = 'lanyard' | 'bare';

export interface Runtime {
  /** Program and first arguments. */
  readonly command: (program: ProgramName) => readonly [string, ...string[]];
  /** What runs: for the report. */
  readonly electron: string;
  readonly remove: () => void;
}

/** dist/ has to be built already. */
export async function prepareRuntime(): Promise<Runtime> {
  const folder = readableFolder(path.dirname(await electronExecutable()), REGISTRY_ELECTRON);
  const home = mkdtempSync(path.join(path.dirname(folder), 'bench-'));
  chmodSync(home, 0o755);
  // Electron as its makers ship it runs the folder it is told; the registry's runs what lies in resources/app
  const takesFolder = existsSync(path.join(folder, 'resources/default_app.asar'));
  const electron = path.join(home, 'electron');
  execFileSync('cp', ['-a', folder, electron]);
  for (const [name, fill] of Object.entries({ lanyard: fillWithLanyard, bare: fillWithFloor })) {
    const place = path.join(home, name);
    if (!takesFolder) execFileSync('cp', ['-al', electron, place]);
    const app = takesFolder ? place : path.join(place, 'resources/app');
    removeFolder(app);
    mkdirSync(app);
    fill(app);
  }
  return {
    command: (program) =>
      takesFolder
        ? [path.join(electron, 'electron'), path.join(home, program)]
        : [path.join(home, program, 'electron')],
    electron: takesFolder ? readFileSync(path.join(folder, 'version'), 'utf8').trim() : REGISTRY_ELECTRON,
    remove: () => {
      removeFolder(home);
    },
  };
}

function fillWithLanyard(app: string): void {
  for (const name of ['package.json', 'dist']) cpSync(path.join(ROOT, name), path.join(app, name), { recursive: true });
}

/** The floor is two files that need nothing but Electron: taking their types away is all the building there is. */
function fillWithFloor(app: string): void {
  const compile = (name: string, module: ts.ModuleKind, to: string): void => {
    const source = readFileSync(path.join(import.meta.dirname, `${name}.ts`), 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2023 } });
    writeFileSync(path.join(app, name + to), outputText);
  };
  compile('bareApp.electron', ts.ModuleKind.ESNext, '.js');
  compile('barePreload.electron', ts.ModuleKind.CommonJS, '.cjs');
  const description = { name: 'bare', type: 'module', main: 'bareApp.electron.js' };
  writeFileSync(path.join(app, 'package.json'), JSON.stringify(description));
}
