// @ts-check
/** Running other programs during set-up: with a tail of what they said when they fail, as root where that is needed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { say, SetUpStop } from './say.mjs';

export const isRoot = process.getuid?.() === 0;

/**
 * How commands that need root can run here: as they are, through sudo, or not at all.
 * @returns {'root' | 'sudo' | 'none'}
 */
export function privilege() {
  if (isRoot) return 'root';
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return 'sudo';
  // sudo that asks for a password needs somebody to type it
  return process.stdin.isTTY && spawnSync('sudo', ['-V'], { stdio: 'ignore' }).status === 0 ? 'sudo' : 'none';
}

/** Like `run`, as root. @type {typeof run} */
export async function runAsRoot(command, args, options) {
  if (privilege() === 'root') return run(command, args, options);
  return run('sudo', [...environmentArguments(options?.environment), command, ...args], options);
}

/** sudo drops the environment, so the few variables that matter go through env(1). @param {NodeJS.ProcessEnv} [extra] */
function environmentArguments(extra = {}) {
  return ['--', 'env', ...Object.entries(extra).map(([name, value]) => `${name}=${value ?? ''}`)];
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ environment?: NodeJS.ProcessEnv; cwd?: string; onLine?: (line: string) => void; input?: string }} [options]
 *   environment: variables added to this process's; onLine: each line of standard output
 * @throws {Error} with the last lines it printed, when it ends with anything but 0
 */
export async function run(command, args, options = {}) {
  /** @type {string[]} */
  const tail = [];
  const remember = (/** @type {string} */ line) => {
    tail.push(line);
    if (tail.length > 25) tail.shift();
  };
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: [options.input === undefined ? 'inherit' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(options.input);
  for (const [stream, onLine] of /** @type {const} */ ([
    [child.stdout, options.onLine],
    [child.stderr, undefined],
  ])) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      remember(line);
      onLine?.(line);
    });
  }
  const [code, signal] = /** @type {[number | null, string | null]} */ (await once(child, 'close'));
  if (code !== 0)
    throw new Error(`${command} ${args[0] ?? ''} ended with ${String(code ?? signal)}:\n  ${tail.join('\n  ')}`);
}

/**
 * Tries again after a failure, with pauses of 2, 4, 8 … seconds: networks of hospitals break off.
 * @template T
 * @param {string} what
 * @param {number} attempts
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 * @throws {SetUpStop} after the last attempt
 */
export async function withRetries(what, attempts, action) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (error instanceof SetUpStop) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (attempt >= attempts) throw new SetUpStop(`${what} failed ${attempts} times:\n${reason}`, { cause: error });
      const waitMs = 2_000 * 2 ** (attempt - 1);
      say(`${what} failed: ${reason}`);
      say(`Trying again in ${waitMs / 1000} s (attempt ${attempt + 1} of ${attempts}); what is complete is kept.`);
      await pause(waitMs);
    }
  }
}
