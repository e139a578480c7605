/** S16: the fuses of the shipped program, read back from the file and then tried. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type FuseConfig, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { electronExecutable, launcher, REGISTRY_ELECTRON } from '../../build/electron-runtime.mjs';
import { giveToOrdinaryUser, readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { expect, runToEnd, test } from './launch.js';

/** A refused switch ends the program at once (exit code 2), but only if it started as Lanyard. */
const ENDS_LANYARD = '--remote-debugging-port=0';

const ON = '1'.charCodeAt(0);
const OFF = '0'.charCodeAt(0);

test('every fuse of the product is set for production', async ({ product }) => {
  expect(await fuses(product.executable)).toEqual({
    [FuseV1Options.RunAsNode]: OFF,
    [FuseV1Options.EnableCookieEncryption]: ON,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: OFF,
    [FuseV1Options.EnableNodeCliInspectArguments]: OFF,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ON,
    [FuseV1Options.OnlyLoadAppFromAsar]: ON,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: OFF,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: OFF,
  });
});

test('the test variant differs in one fuse: --inspect', async ({ product, variant }) => {
  const shipped = await fuses(product.executable);
  expect(await fuses(variant.executable)).toEqual({ ...shipped, [FuseV1Options.EnableNodeCliInspectArguments]: ON });
});

test('the product does not become Node when it is told to', async ({ product, userData }) => {
  const script = path.join(userData, 'script.cjs');
  writeFileSync(script, 'process.exit(42);');
  giveToOrdinaryUser(userData);
  const asNode = { ELECTRON_RUN_AS_NODE: '1' };
  const args = [script, ENDS_LANYARD];
  expect((await runToEnd(product.launcher, args, asNode)).ending).toBe('2');
  // the Electron of development, whose fuse is on, does: the try would have shown it
  expect((await runToEnd(await developmentElectron(), args, asNode)).ending).toBe('42');
});

test('the product takes no code from NODE_OPTIONS', async ({ product, userData }) => {
  const mark = path.join(userData, 'ran');
  const code = path.join(userData, 'code.cjs');
  writeFileSync(code, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');`);
  giveToOrdinaryUser(userData);
  const environment = { NODE_OPTIONS: `--require=${code}` };
  expect((await runToEnd(product.launcher, [ENDS_LANYARD], environment)).ending).toBe('2');
  expect(existsSync(mark)).toBe(false);
  // the Electron of development does take it
  await runToEnd(await developmentElectron(), ['-e', '0'], { ...environment, ELECTRON_RUN_AS_NODE: '1' });
  expect(existsSync(mark)).toBe(true);
});

for (const flag of ['--inspect=0', '--inspect-brk=0', '--inspect-wait=0'])
  test(`the product opens no debugger for ${flag}`, async ({ product }) => {
    const { ending, output } = await runToEnd(product.launcher, [flag, ENDS_LANYARD]);
    expect(output).not.toContain('Debugger listening');
    expect(ending).toBe('2');
  });

async function fuses(executable: string): Promise<Record<string, unknown>> {
  const { version, ...wire } = (await getCurrentFuseWire(executable)) as FuseConfig<unknown>;
  expect(version).toBe(FuseVersion.V1);
  return Object.fromEntries(Object.entries(wire).filter(([name]) => name in FuseV1Options));
}

async function developmentElectron(): Promise<string> {
  const executable = await electronExecutable();
  const folder = readableFolder(path.dirname(executable), REGISTRY_ELECTRON);
  return launcher('bare-electron', path.join(folder, path.basename(executable))).executablePath;
}
