/** Ending the programs we started: by their process id, politely first, with a deadline. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const POLITE_MS = 10_000;
const KILLED_MS = 5_000;

/**
 * The command with which a program ends when this process does, even if this one is killed outright: the kernel sends
 * it SIGTERM (Linux only).
 */
export function endingWithUs(command: readonly [program: string, ...args: string[]]): [string, ...string[]] {
  return process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', ...command] : [...command];
}

/**
 * Asks a program to end (SIGTERM), and ends it (SIGKILL) when it has not done so within 10 s.
 * @throws Error when it lives even 5 s after that
 */
export async function endProcess(child: ChildProcess, politeMs = POLITE_MS): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  if (await within(ended, politeMs)) return;
  child.kill('SIGKILL');
  if (!(await within(ended, KILLED_MS))) throw new Error(`process ${String(child.pid)} does not end`);
}

/** @returns once it has ended: "0", another exit code, the signal's name, or why it could not be started */
export async function endingOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(String(code ?? signal));
    });
  });
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function within(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false);
  });
  try {
    return await Promise.race([event.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
