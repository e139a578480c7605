/** Runs one of the operating system's Kerberos programs: its input over a pipe, its answer as text, always with an end. */
import { spawn } from 'node:child_process';
import type { Secret } from '../../domain/secret.js';

export interface ProgramRun {
  readonly file: string;
  /** Never a secret: every user of the machine can read them. */
  readonly args: readonly string[];
  /** The whole environment of the program; never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** One line for its standard input; absent: nothing. Not wiped here. */
  readonly line?: Secret;
  readonly signal: AbortSignal;
  /** Milliseconds; then it is killed. */
  readonly timeout: number;
}

export type ProgramResult =
  | {
      readonly outcome: 'ended';
      readonly code: number;
      /** Both its streams, at most 64 kB. */ readonly output: string;
    }
  | { readonly outcome: 'not-installed' }
  /** Killed at its deadline or by the signal, or it could not be started. */
  | { readonly outcome: 'failed' };

export type RunProgram = (run: ProgramRun) => Promise<ProgramResult>;

const LONGEST_OUTPUT = 65_536;

export const runProgram: RunProgram = ({ file, args, environment, line, signal, timeout }) =>
  new Promise((resolve) => {
    const child = spawn(file, args, {
      env: environment,
      stdio: 'pipe',
      signal,
      timeout,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output = (output + text).slice(0, LONGEST_OUTPUT);
      });
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ outcome: error.code === 'ENOENT' ? 'not-installed' : 'failed' });
    });
    child.once('close', (code) => {
      resolve(code === null ? { outcome: 'failed' } : { outcome: 'ended', code, output });
    });
    child.stdin.on('error', () => undefined); // a program that ended before it read: its result says so
    if (line && !signal.aborted) {
      // SECURITY: the password goes over this pipe only, never into arguments or the environment
      const bytes = line.use((text) => Buffer.from(`${text}\n`, 'utf8'));
      child.stdin.end(bytes, () => bytes.fill(0));
    } else child.stdin.end();
  });
