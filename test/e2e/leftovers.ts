/** Searches everything a program left behind for words that must not be there, whatever the kind of file. */
import { readdirSync, readFileSync } from 'node:fs';
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
