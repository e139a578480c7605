/**
 * Who has been told today that their password will expire: once a day is a help, at every sign-in it is noise. Kept in a
 * small file of keyed hashes, which holds today's people only and no name.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Milliseconds. */
const WARN_BEFORE = 14 * 86_400_000;

const WarningsFile = z.strictObject({
  version: z.literal(1),
  /** YYYY-MM-DD, local time. */
  day: z.string().max(10),
  warned: z.array(z.string().max(64)).max(10_000),
});

export interface ExpiryWarningParts {
  readonly file: string;
  /** Keyed hash of a principal name. */
  readonly hash: (principalName: string) => string;
  readonly now: () => Date;
  /** A file that cannot be read or written: then somebody may be told twice. */
  readonly report: (error: unknown) => void;
}

export class ExpiryWarnings {
  readonly #parts: ExpiryWarningParts;
  #today: { day: string; warned: Set<string> } | null = null;

  constructor(parts: ExpiryWarningParts) {
    this.#parts = parts;
  }

  /** 14 days before the end or less, not over yet, and not said today. */
  isDue(principalName: string, passwordExpires: Date | null): boolean {
    if (passwordExpires === null) return false;
    const left = passwordExpires.getTime() - this.#parts.now().getTime();
    return left > 0 && left <= WARN_BEFORE && !this.#read().warned.has(this.#parts.hash(principalName));
  }

  told(principalName: string): void {
    const { file, report } = this.#parts;
    const { day, warned } = this.#read();
    warned.add(this.#parts.hash(principalName));
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, day, warned: [...warned] }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      report(error);
    }
  }

  #read(): { readonly day: string; readonly warned: Set<string> } {
    const day = localDay(this.#parts.now());
    if (this.#today?.day === day) return this.#today;
    let warned: readonly string[] = [];
    try {
      const kept = WarningsFile.parse(JSON.parse(readFileSync(this.#parts.file, 'utf8')));
      if (kept.day === day) warned = kept.warned;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#parts.report(error);
    }
    this.#today = { day, warned: new Set(warned) };
    return this.#today;
  }
}

function localDay(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
