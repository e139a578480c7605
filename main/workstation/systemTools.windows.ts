/** Windows' own programs, asked for facts that Node and Electron do not have. Nothing is changed by them. */
import { execFile, execFileSync } from 'node:child_process';
import { LanyardError } from '../domain/errors.js';

/** Program of %SystemRoot%\System32, by name. */
export type SystemTool = 'reg.exe' | 'tasklist.exe';

export interface ToolAnswer {
  readonly code: number;
  readonly stdout: Buffer;
}

/** @throws LanyardError('unavailable') where it did not start, or not end in time */
export type RunTool = (tool: SystemTool, given: readonly string[]) => Promise<ToolAnswer>;
export type RunToolNow = (tool: SystemTool, given: readonly string[]) => ToolAnswer;

/** Milliseconds. */
const DEADLINE = 2_000;
/** Not the code of any program: it did not start, or not end in time. */
const NO_ANSWER = -1;
const MOST_BYTES = 256 * 1024;

/**
 * SECURITY: by its absolute path and without a shell. SystemRoot is the user's to set, so only what Windows itself may
 * write there counts: a drive and one folder.
 */
export function pathOf(tool: SystemTool, systemRoot: string | undefined): string {
  const root = systemRoot !== undefined && /^[a-z]:\\Windows$/i.test(systemRoot) ? systemRoot : 'C:\\Windows';
  return `${root}\\System32\\${tool}`;
}

const options = { timeout: DEADLINE, maxBuffer: MOST_BYTES, windowsHide: true, encoding: 'buffer' } as const;

export function runTool(systemRoot: string | undefined): RunTool {
  return (tool, given) =>
    new Promise((resolve, reject) => {
      execFile(pathOf(tool, systemRoot), [...given], options, (error, stdout) => {
        if (error === null) resolve({ code: 0, stdout });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout });
        else reject(new LanyardError('unavailable', `${tool} did not answer`));
      });
    });
}

/** Before Electron is ready nothing can be waited for. */
export function runToolNow(systemRoot: string | undefined): RunToolNow {
  return (tool, given) => {
    try {
      const stdout = execFileSync(pathOf(tool, systemRoot), given, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
      return { code: 0, stdout };
    } catch (error) {
      const code = error instanceof Error && 'status' in error ? error.status : null;
      return { code: typeof code === 'number' ? code : NO_ANSWER, stdout: Buffer.alloc(0) };
    }
  };
}
