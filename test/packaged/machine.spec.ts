/** What the packaged program takes from the machine, and not from the person who starts it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endProcess } from '../../build/processes.js';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { anyConfiguration, expect, MACHINE_FILE, runToEnd, start, test } from './launch.js';

test('the product ignores --config: without a machine file it says which one is missing', async ({
  product,
  userData,
  machineFile,
}) => {
  expect(machineFile.isInstalled()).toBe(false);
  const own = path.join(userData, 'own.json');
  writeFileSync(own, JSON.stringify(anyConfiguration('Chosen at the keyboard')));
  giveToOrdinaryUser(userData);
  const args = [`--user-data-dir=${userData}`, `--config=${own}`, '--check-config'];
  const { ending, output } = await runToEnd(product.launcher, args);
  expect(output).toContain(MACHINE_FILE);
  expect(ending).toBe('78');
});

test('the test variant shows the trust of the machine file, not of --config', async ({
  launchVariant,
  userData,
  machineFile,
}) => {
  machineFile.install(anyConfiguration('Trust of the Machine'));
  const own = path.join(userData, 'own.json');
  writeFileSync(own, JSON.stringify(anyConfiguration('Chosen at the keyboard')));
  giveToOrdinaryUser(userData);
  const { shell } = await launchVariant([`--config=${own}`]);
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(shell.locator('body')).toContainText('Trust of the Machine');
  await expect(shell.locator('body')).not.toContainText('Chosen at the keyboard');
});

test('the product runs as an ordinary user, its pages in the sandbox', async ({ product, userData, machineFile }) => {
  machineFile.install(anyConfiguration('Trust of the Machine'));
  const program = start(product.launcher, [`--user-data-dir=${userData}`]);
  try {
    await expect.poll(() => renderersOf(userData).length, { timeout: 20_000 }).toBeGreaterThan(0);
    for (const status of renderersOf(userData)) {
      expect(status).toMatch(/^Seccomp:\s2$/m);
      expect(status).not.toMatch(/^Uid:\s0\s/m);
    }
  } finally {
    await endProcess(program);
  }
});

/** /proc/PID/status of each page's process that belongs to this user-data folder. */
function renderersOf(userData: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const commandLine = readProcess(pid, 'cmdline');
      const isOurs = commandLine.includes('--type=renderer') && commandLine.includes(userData);
      return isOurs ? [readProcess(pid, 'status')] : [];
    })
    .filter((status) => status !== '');
}

/** Empty for a process that has ended since it was listed. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
