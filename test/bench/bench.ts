/** What every part of the bench gets, and what it is. */
import type { Report } from './report.js';
import type { Runtime } from './runtime.js';
import type { Ward } from './ward.js';

export interface Surroundings {
  readonly runtime: Runtime;
  readonly ward: Ward;
  readonly report: Report;
  /** Patient changes of the part that looks for growth. */
  readonly changes: number;
}

export interface Part {
  /** As on the command line. */
  readonly name: string;
  /** What is measured against what, in one line. */
  readonly about: string;
  run(surroundings: Surroundings): Promise<void>;
}

/** Runs the work with things it opens through `keep`; they are ended in reverse order, whatever happened. */
export async function withEndings<T>(
  work: (keep: <E>(thing: E, end: () => Promise<void> | void) => E) => Promise<T>,
): Promise<T> {
  const endings: (() => Promise<void> | void)[] = [];
  try {
    return await work((thing, end) => {
      endings.push(end);
      return thing;
    });
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
