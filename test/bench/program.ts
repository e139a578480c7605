/** One Electron program under measurement: started as an ordinary user with its sandbox, on a screen of ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endProcess } from '../../build/processes.js';
import { asOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { DevTools } from './devTools.js';
import { now, type XScreen } from './xScreen.js';

const LISTENING_DEADLINE = 60_000;

export interface Program {
  /** Of the program's first process. */
  readonly pid: number;
  /** When it was started, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly screen: XScreen;
  /** Its main process. */
  readonly main: DevTools;
  end(): Promise<void>;
}

/** A place inside every window that stands on a screen of ours, and what is there while there is none. */
const MIDDLE = { x: 720, y: 450 };
const NO_WINDOW = '000000';
const WINDOW_DEADLINE = 60_000;

/**
 * @param until what the screen has to show before the program is asked anything; default: a window
 * @returns once its main process can be asked
 */
export async function startProgram(
  command: readonly [string, ...string[]],
  args: readonly string[],
  screen: XScreen,
  until: (screen: XScreen) => Promise<unknown> = untilWindow,
): Promise<Program> {
  const { child, startedAt } = startCommand([...command, '--inspect=127.0.0.1:0', '--lang=en-GB', ...args], screen);
  try {
    const address = await saidAddress(child, /Debugger listening on (ws:\/\/\S+)/);
    await until(screen);
    const main = await DevTools.connect(address);
    return {
      pid: pidOf(child),
      startedAt,
      screen,
      main,
      end: async () => {
        main.close();
        await endProcess(child);
      },
    };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
}

export async function untilWindow(screen: XScreen): Promise<void> {
  await screen.until('a window', MIDDLE, (colour) => colour !== NO_WINDOW, WINDOW_DEADLINE);
}

/** Any program, as the ordinary user, ended by the kernel when we are. */
export function startCommand(
  command: readonly string[],
  screen: XScreen,
): { readonly child: ChildProcess; readonly startedAt: number } {
  // becoming another user forgets whom to end with, so that is said afterwards
  const [program = '', ...rest] = [...asOrdinaryUser(), 'setpriv', '--pdeathsig', 'TERM', ...command];
  const startedAt = now();
  const child = spawn(program, rest, {
    env: { ...process.env, ...screen.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // Ctrl+C in the terminal ends us, and we end it
  });
  return { child, startedAt };
}

/** Waits for a line of standard error, and reads on for ever, so that the program never waits for a full pipe. */
export async function saidAddress(child: ChildProcess, pattern: RegExp): Promise<string> {
  const { stderr } = child;
  if (!stderr) throw new Error('a program was started without its standard error');
  const lines = createInterface({ input: stderr });
  const tail: string[] = [];
  const listening = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      tail.push(line);
      if (tail.length > 20) tail.shift();
      const address = pattern.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(LISTENING_DEADLINE) }).then(([code, signal]) => {
    throw new Error(`a program ended at once (${String(code ?? signal)}):\n${tail.join('\n')}`);
  });
  // whoever loses the race is of no interest any more
  ended.catch(() => undefined);
  return Promise.race([listening, ended]);
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('a program could not be started');
  return child.pid;
}
