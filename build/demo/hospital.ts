/** Starts the demo hospital (test/demo/main.ts) as a process of its own, and waits until it says that it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { endingOf, endingWithUs, endProcess } from '../processes.js';
import { say } from '../setup/say.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** The first start fetches the image viewer; a start that says nothing for so long (ms) is given up. */
const SILENCE_MS = 3 * 60_000;

/** The line with which the hospital says that everything is up: one line of JSON on standard output. */
const readyLine = z.object({ ready: z.literal(true), config: z.string() });

interface Hospital {
  /** lanyard.json, written for this run. */
  readonly configurationFile: string;
}

/**
 * @param folder where it writes lanyard.json and what belongs to it
 * @returns at once; `hospital` settles when it is ready, or fails when it ends, falls silent or is stopped
 */
export function startHospital(
  folder: string,
  signal: AbortSignal,
): { hospital: Promise<Hospital>; end: () => Promise<void> } {
  const tsx = 'node_modules/tsx/dist/cli.mjs';
  const [program, ...args] = endingWithUs([process.execPath, tsx, 'test/demo/main.ts', '--folder', folder]);
  // in a process group of its own: Ctrl+C in the terminal ends us, and we end it after Lanyard
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  return { hospital: untilReady(child, signal), end: () => endProcess(child) };
}

async function untilReady(child: ChildProcess, signal: AbortSignal): Promise<Hospital> {
  const { stdout } = child;
  if (!stdout) throw new Error('The demo hospital was started without its output.');
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new Error(`The demo hospital has said nothing for ${SILENCE_MS / 60_000} minutes.`));
    };
    let silence = setTimeout(giveUp, SILENCE_MS);
    signal.addEventListener('abort', () => {
      reject(new Error('stopped'));
    });
    void endingOf(child).then((ending) => {
      clearTimeout(silence);
      reject(new Error(`The demo hospital ended with ${ending} before it was ready.`));
    });
    createInterface({ input: stdout }).on('line', (line) => {
      clearTimeout(silence);
      const ready = readyLine.safeParse(asJson(line));
      if (ready.success) {
        resolve({ configurationFile: ready.data.config });
      } else {
        say(line);
        silence = setTimeout(giveUp, SILENCE_MS);
      }
    });
  });
}

/** Its other lines are for people: they are no JSON. */
function asJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
