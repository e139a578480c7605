/** Failures nobody foresaw, for IT: in full but redacted, one JSON line each, found again by a correlation id. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Redactor } from './redact.js';

/** One file before it, one in use: no log grows past this many bytes. */
const LARGEST = 2_000_000;

export class ProblemLog {
  constructor(
    private readonly file: string,
    private readonly redactor: Redactor,
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  /** @returns the id under which support finds the line */
  report(error: unknown): string {
    const id = this.newId();
    const line = JSON.stringify({ at: this.now().toISOString(), id, ...describe(error) });
    try {
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      this.#rotate();
      appendFileSync(this.file, `${this.redactor.redact(line)}\n`, { mode: 0o600 });
    } catch (cause) {
      // The log is a convenience, the audit trail is not: say so where a terminal listens, and go on.
      process.emitWarning(`the problem log cannot be written (${cause instanceof Error ? cause.name : 'unknown'})`);
    }
    return id;
  }

  #rotate(): void {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LARGEST) renameSync(this.file, `${this.file}.1`);
  }
}

interface Described {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: Described | undefined;
}

function describe(error: unknown): Described {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}
