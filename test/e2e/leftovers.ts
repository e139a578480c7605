/** Searches everything a program left behind for words that must not be there, whatever the kind of file. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';

/** Every file below a folder, by its path from there. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/**
 * Where the words stand below a folder, as "file: word": in plain bytes (UTF-8), in UTF-16 (LevelDB and Windows write
 * it), in the capitals given and in small letters. A file that vanishes while we look is no leftover.
 */
export function findWords(folder: string, words: readonly string[]): string[] {
  return filesBelow(folder).flatMap((file) => {
    const content = readIfThere(path.join(folder, file));
    return content === null ? [] : wordsIn(content, words).map((word) => `${file}: ${word}`);
  });
}

/** The words that occur in some bytes. */
export function wordsIn(content: Buffer, words: readonly string[]): string[] {
  const small = Buffer.from(content.toString('latin1').toLowerCase(), 'latin1');
  return words.filter((word) =>
    [word, word.toLowerCase()].some((text) =>
      (['utf8', 'utf16le'] as const).some(
        (encoding) => content.includes(text, 0, encoding) || small.includes(text, 0, encoding),
      ),
    ),
  );
}

/** The process ids of a program and of everything it started (Linux). */
function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = readIfThere(`/proc/${name}/status`)?.toString('utf8') ?? '';
    parents.set(Number(name), Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0));
  }
  const tree = [pid];
  for (const one of tree) for (const [child, parent] of parents) if (parent === one) tree.push(child);
  return tree;
}

/** Lines of /proc/PID/status, by name. */
export function processStatus(pid: number): Readonly<Record<string, string>> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Object.fromEntries(
    status.split('\n').flatMap((line) => {
      const [name, value] = line.split(':\t');
      return name === undefined || value === undefined ? [] : [[name, value.trim()]];
    }),
  );
}

/** What every process of a tree shows to the other programs of the same user: its environment and arguments. */
export function shownByProcesses(pid: number): Buffer {
  return Buffer.concat(
    processTree(pid).flatMap((one) =>
      ['environ', 'cmdline'].map((name) => readIfThere(`/proc/${one}/${name}`) ?? Buffer.alloc(0)),
    ),
  );
}

/** Ends a whole program at once, as a power cut would (SIGKILL to every process of it). */
export function killAtOnce(pid: number): void {
  for (const one of processTree(pid)) {
    try {
      process.kill(one, 'SIGKILL');
    } catch (error) {
      // a child may end by itself between being listed and being killed
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** null where the file or process went away, or is a kind that cannot be read (a socket). */
function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'ENXIO'].includes(String(error.code)))
      return null;
    throw error;
  }
}

/**
 * Words that stand in what a program's processes have in memory and can write to, as "kind: word": main, renderer,
 * network, gpu-process … To be asked as the system's administrator only (Linux).
 */
export function wordsInMemory(pid: number, words: readonly string[]): string[] {
  return processTree(pid).flatMap((one) => {
    const memory = memoryOf(one);
    const found = new Set(memory.flatMap((part) => words.filter((word) => holds(part, word))));
    return [...found].map((word) => `${kindOf(one)}: ${word}`);
  });
}

function holds(memory: Buffer, word: string): boolean {
  return (['utf8', 'utf16le'] as const).some((encoding) => memory.includes(word, 0, encoding));
}

function kindOf(pid: number): string {
  const command = readIfThere(`/proc/${pid}/cmdline`)?.toString('latin1') ?? '';
  const sub = /--utility-sub-type=(\w+)/.exec(command)?.[1];
  return sub ?? /--type=([\w-]+)/.exec(command)?.[1] ?? 'main';
}

/** Reservations of address space are larger than this, in bytes; nothing is kept in them. */
const LARGEST_PART = 1 << 30;

function memoryOf(pid: number): Buffer[] {
  const maps = readIfThere(`/proc/${pid}/maps`)?.toString('latin1').split('\n') ?? [];
  const file = openIfThere(`/proc/${pid}/mem`);
  if (file === null) return [];
  try {
    return maps.flatMap((line) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) return [];
      const [start, length] = [parseInt(from, 16), parseInt(to, 16) - parseInt(from, 16)];
      const part = Buffer.alloc(Math.min(length, LARGEST_PART));
      return length <= LARGEST_PART && readAt(file, part, start) ? [part] : [];
    });
  } finally {
    closeSync(file);
  }
}

/** false: a part that the process gave back meanwhile, or that the kernel keeps for itself. */
function readAt(file: number, part: Buffer, start: number): boolean {
  try {
    return readSync(file, part, 0, part.length, start) > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['EIO', 'EFAULT', 'ESRCH'].includes(String(error.code)))
      return false;
    throw error;
  }
}

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))) return null;
    throw error;
  }
}
