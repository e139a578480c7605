/**
 * The name of the computer in front of which a Citrix user sits, read from the registry with reg.exe. The environment's
 * CLIENTNAME is not asked: it is as old as the session. Source: docs/DEPLOY-CITRIX.md.
 */
import { LanyardError } from '../domain/errors.js';
import type { ClientNames } from './sessionWatcher.js';
import type { RunTool, RunToolNow } from './systemTools.windows.js';

const SESSIONS = 'HKLM\\SOFTWARE\\Citrix\\Ica\\Session';
const VALUE = 'ClientName';
/** reg.exe: there is no such key or value, or it may not be read. */
const NOT_FOUND = 1;
const LONGEST_NAME = 64;

export class RegistryClientNames implements ClientNames {
  /** Of the Windows session; a process never changes its. undefined: not asked yet. */
  #sessionId: number | null | undefined = undefined;
  /** Where the name stood last. */
  #key: string | undefined;

  constructor(
    private readonly run: RunTool,
    private readonly pid: number,
  ) {}

  async read(): Promise<string | null> {
    const keys = await this.#keys();
    for (const key of new Set([...(this.#key === undefined ? [] : [this.#key]), ...keys])) {
      const { code, stdout } = await this.run('reg.exe', queryOf(key));
      if (code !== 0 && code !== NOT_FOUND) throw new LanyardError('unavailable', 'reg.exe failed');
      const name = code === 0 ? registryText(stdout, VALUE) : null;
      if (name === null) continue;
      this.#key = key;
      return name;
    }
    return null;
  }

  /** Hosts of many sessions keep one key for each, desktops of one session keep one for all. */
  async #keys(): Promise<readonly string[]> {
    if (this.#sessionId === undefined) {
      const { stdout } = await this.run('tasklist.exe', ['/FI', `PID eq ${this.pid}`, '/FO', 'CSV', '/NH']);
      this.#sessionId = sessionIdIn(textOf(stdout), this.pid);
    }
    return [...(this.#sessionId === null ? [] : [`${SESSIONS}\\${this.#sessionId}\\Connection`]), SESSIONS];
  }
}

/** Of a desktop of one session, before Electron is ready; null: this is none, or nobody knows. */
export function singleSessionClientName(run: RunToolNow): string | null {
  const { code, stdout } = run('reg.exe', queryOf(SESSIONS));
  return code === 0 ? registryText(stdout, VALUE) : null;
}

function queryOf(key: string): readonly string[] {
  return ['query', key, '/v', VALUE, '/reg:64'];
}

/**
 * One text value of what `reg.exe query KEY /v NAME` writes: an empty line, the key, and "    NAME    REG_SZ    value".
 * null: it is not there, empty, or no text.
 */
export function registryText(written: Buffer, name: string): string | null {
  for (const line of textOf(written).split(/\r?\n/)) {
    const [, found, type, value] = /^(?: {4}|\t)(.+?)(?: {4}|\t)(REG_[A-Z_]+)(?: {4}|\t)(.*)$/.exec(line) ?? [];
    if (found?.toLowerCase() !== name.toLowerCase() || !['REG_SZ', 'REG_EXPAND_SZ'].includes(type ?? '')) continue;
    return value?.trim().slice(0, LONGEST_NAME) || null; // eslint-disable-line @typescript-eslint/prefer-nullish-coalescing -- an empty name is none
  }
  return null;
}

/** One line of CSV: "lanyard.exe","4711","ICA-CGP#3","3","164,312 K". Where nothing is found it says so in words. */
export function sessionIdIn(csv: string, pid: number): number | null {
  for (const line of csv.split(/\r?\n/)) {
    const fields = [...line.matchAll(/"([^"]*)"(?:,|$)/g)].map(([, field]) => field ?? '');
    if (fields[1] === String(pid) && /^\d{1,9}$/.test(fields[3] ?? '')) return Number(fields[3]);
  }
  return null;
}

/**
 * The tools write in the console's code page, which is not known here: what is not ASCII and no UTF-8 is written as its
 * bytes, so that two names stay two.
 */
function textOf(written: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(written);
  } catch {
    return written.toString('latin1').replace(/[\x80-\xff]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`);
  }
}
