// @ts-check
/**
 * `npm run bench`: all set-up, then the measurements (test/bench/main.ts). Windows are always opened on screens in
 * memory, also where there is a real one, and Chromium is fetched to compare with.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setUpAnd } from './setup.mjs';
import { say, SetUpStop } from './setup/say.mjs';
import { installSystemPackages, packagesFor } from './setup/systemPackages.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');

await setUpAnd('demo', async () => {
  try {
    await installSystemPackages([...packagesFor('demo', false), 'chromium', 'pcscd', 'vsmartcard-vpcd', 'postgresql']);
  } catch (error) {
    if (!(error instanceof SetUpStop)) throw error;
    say(`${error.message}\nWithout them some figures are missing or cannot be taken.`);
  }
  const bench = ['node_modules/tsx/dist/cli.mjs', 'test/bench/main.ts', ...process.argv.slice(2)];
  const child = spawn(process.execPath, bench, { cwd: ROOT, stdio: 'inherit' });
  // Ctrl+C reaches the bench too: it puts its things away, and we wait for it
  process.on('SIGINT', () => undefined);
  const [code] = await once(child, 'close');
  process.exitCode = code ?? 1;
});
