/**
 * The demo: a hospital of pretend systems on loopback, and Lanyard signed up to it. With a screen its window opens and
 * stays; without one a tour is driven through a window in memory, and its pictures are left in screenshots/.
 * Everything started here is ended here: when the window is closed, on Ctrl+C, and when something fails.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bundle } from '../bundle.js';
import { electronLaunch } from '../electron-runtime.mjs';
import { endingOf, endProcess } from '../processes.js';
import { openScreen } from '../screen.js';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../setup/ordinaryUser.mjs';
import { say } from '../setup/say.mjs';
import { startHospital } from './hospital.js';
import { takeTour } from './tour.js';
import { removeFolder } from '../removeFolder.js';

const PICTURES = path.resolve(import.meta.dirname, '../../screenshots');

/** @returns the exit code */
export async function runDemo(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      say(`\n${signal}: ending everything.`);
      stop.abort();
    });

  const folder = folderOfOrdinaryUser('lanyard-demo-');
  // in reverse order of starting, whatever happened in between
  const endings: (() => Promise<void>)[] = [
    async () => {
      removeFolder(folder);
    },
  ];
  try {
    const starting = startHospital(folder, stop.signal);
    const [hospital] = await Promise.all([starting.hospital, bundle()]).finally(() => {
      endings.push(() => starting.end());
    });
    giveToOrdinaryUser(folder);
    const screen = await openScreen();
    endings.push(() => screen.close());
    const userData = path.join(folder, 'user-data');
    const args = [`--config=${hospital.configurationFile}`, `--user-data-dir=${userData}`];
    if (screen.inMemory) {
      say('There is no screen here, so a tour is driven in memory.');
      await takeTour({ args, configurationFile: hospital.configurationFile, pictures: PICTURES, signal: stop.signal });
      say(`The pictures of the tour are in ${PICTURES}.`);
      return 0;
    }
    return await showWindow(args, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function showWindow(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { executablePath } = await electronLaunch();
  say('Opening the window. Close it, or press Ctrl+C here, to end the demo.');
  const electron = spawn(executablePath, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const end = (): void => {
    void endProcess(electron);
  };
  signal.addEventListener('abort', end);
  const ending = await endingOf(electron);
  if (signal.aborted) return 130;
  if (ending !== '0') console.error(`Lanyard ended with ${ending}.`);
  return ending === '0' ? 0 : 1;
}
