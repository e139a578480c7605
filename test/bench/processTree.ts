/**
 * A program with all its processes, as Linux accounts for them. PSS (proportional set size) counts a page shared by n
 * processes as 1/n in each, so a sum over processes counts nothing twice.
 * Source: proc(5), /proc/PID/smaps_rollup, /proc/PID/task/TID/schedstat.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** The process and every descendant of it that lives now. */
function processesOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = readIfAlive(`/proc/${name}/stat`);
    // pid (name) state parent …: the name may hold anything, brackets too
    const parent = Number(status?.slice(status.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

export interface Memory {
  /** Megabytes (10⁶ bytes). */
  readonly pss: number;
  readonly processes: number;
}

/** @throws Error where a process may not be looked at: as an ordinary user, sandboxed ones may not */
export function memoryOf(root: number): Memory {
  let kibibytes = 0;
  const processes = processesOf(root);
  for (const pid of processes) {
    const rollup = readIfAlive(`/proc/${pid}/smaps_rollup`);
    if (rollup === undefined) continue;
    kibibytes += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  }
  return { pss: (kibibytes * 1024) / 1e6, processes: processes.length };
}

/** Milliseconds of processor time so far, of all threads of all processes that live now. */
export function processorTimeOf(root: number): number {
  let nanoseconds = 0;
  for (const pid of processesOf(root))
    for (const thread of readdirIfAlive(`/proc/${pid}/task`))
      nanoseconds += Number(readIfAlive(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0);
  return nanoseconds / 1e6;
}

/** undefined: the process ended meanwhile. */
function readIfAlive(file: string): string | undefined {
  return ifAlive(() => readFileSync(file, 'utf8'));
}

function readdirIfAlive(folder: string): readonly string[] {
  return ifAlive(() => readdirSync(folder)) ?? [];
}

function ifAlive<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
