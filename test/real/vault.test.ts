/**
 * The vault with a real keychain: gnome-keyring on a session bus of its own, asked by one new process per step, as
 * Lanyard is started anew. Nothing of the machine's own session is reached.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endingOf } from '../../build/processes.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CANARY = 'Canary-9-in-the-keyring';
let home = '';
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-keyring-'));
  fs.mkdirSync(path.join(home, 'run'), { mode: 0o700 });
  fs.mkdirSync(path.join(home, 'data'), { mode: 0o700 });
});
afterEach(() => {
  fs.rmSync(home, { recursive: true });
});

/** One start of the vault: opens it, does `work`, and prints an answer. */
const program = (work: string): string => `
import { randomBytes } from 'node:crypto';
import { systemClock } from '${ROOT}/main/context/clock.ts';
import { Secret } from '${ROOT}/main/domain/secret.ts';
import { openVault } from '${ROOT}/main/vault/openVault.ts';
const opening = await openVault({
  store: 'keychain',
  principalName: 'amara.test@ward.example.nhs',
  password: null,
  userDataFolder: process.env.HOME + '/data',
  folder: null,
  clock: systemClock,
  randomBytes,
});
if (opening.outcome === 'open') {
  const { vault } = opening;
  ${work}
  vault.dispose();
} else {
  console.log(opening.outcome + ': ' + opening.explanation);
}
process.exit(0);
`;
const STORE = `await vault.store('pacs', { userName: 'amara', password: Secret.of('${CANARY}') }); console.log('stored');`;
const TAKE = `const taken = await vault.take('pacs'); console.log(taken ? taken.password.use((text) => text) : 'nothing');
  await vault.confirm('pacs');`;

const UNLOCK = `printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null`;

/** Runs shell lines on a new session bus; `node STEP` starts the vault. The bus ends with them, and the keyring with it. */
async function onNewBus(lines: string): Promise<string> {
  const child = spawn('dbus-run-session', ['--', 'sh', '-c', lines], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: path.join(home, 'run') },
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  await endingOf(child);
  return Buffer.concat(said).toString('utf8').trim();
}

function step(name: string, work: string): string {
  const file = path.join(home, `${name}.mts`);
  fs.writeFileSync(file, program(work));
  return `'${process.execPath}' --import tsx '${file}'`;
}

test('what is stored is there for the next process and after the next sign-in to the computer', async () => {
  const store = step('store', STORE);
  const take = step('take', TAKE);
  expect(await onNewBus(`${UNLOCK}; ${store}; ${take}`)).toBe(`stored\n${CANARY}`);
  expect(await onNewBus(`${UNLOCK}; ${take}`)).toBe(CANARY);
  const files = fs.readdirSync(path.join(home, 'data/vault'));
  expect(files).toHaveLength(1);
  for (const file of files) {
    expect(fs.statSync(path.join(home, 'data/vault', file)).mode & 0o077).toBe(0);
    expect(fs.readFileSync(path.join(home, 'data/vault', file)).includes(CANARY)).toBe(false);
  }
});

test('without a keyring nothing is stored, and the clinician is told', async () => {
  expect(await onNewBus(`DBUS_SESSION_BUS_ADDRESS=unix:path=${home}/nothing ${step('store', STORE)}`)).toMatch(
    /^unavailable: The keychain of this computer is locked or missing/,
  );
  expect(fs.readdirSync(path.join(home, 'data/vault'))).toEqual([]);
});

test('a locked keyring is refused, and what is stored stays', async () => {
  const store = step('store', STORE);
  const take = step('take', TAKE);
  await onNewBus(`${UNLOCK}; ${store}`);
  const locked = await onNewBus(`gnome-keyring-daemon --start --components=secrets >/dev/null; ${take}`);
  expect(locked).toMatch(/^unavailable: The keychain of this computer is locked,/);
  expect(await onNewBus(`${UNLOCK}; ${take}`)).toBe(CANARY);
});
