/**
 * Judges the chains of one spool folder together: each names the one before it, that one's length and its head. So a
 * whole file taken away, a tail cut off a chain that has a successor, and a chain put in twice are found too.
 */
import type { ChainId } from '../record.js';
import { type ChainVerdict, openEnd } from './chainVerifier.js';

export interface JudgedFile {
  readonly name: string;
  readonly verdict: ChainVerdict;
}

/** What the other files say about one. */
export interface SuccessionVerdict {
  readonly faults: readonly string[];
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
}

/**
 * @param files in the order of their numbers
 * @param isComplete true: all of a folder, so a chain named by a later one must be there (the oldest may be gone: the
 * central store has them); false: files somebody picked
 */
export function judgeSuccession(files: readonly JudgedFile[], isComplete: boolean): readonly SuccessionVerdict[] {
  const indexOf = new Map<ChainId, number>();
  const found = files.map(({ verdict }) => ({
    faults: [...verdict.faults],
    doubts: [...verdict.doubts],
    notes: [] as string[],
  }));
  files.forEach(({ name, verdict: { chain } }, index) => {
    if (chain === null) return;
    const twin = indexOf.get(chain);
    if (twin === undefined) indexOf.set(chain, index);
    else found[index]?.faults.push(`is the same chain as ${files[twin]?.name ?? name}`);
  });
  const followedBy = new Map<ChainId, string>();
  files.forEach(({ name, verdict: { previous } }, index) => {
    const mine = found[index];
    if (!mine || previous === undefined) return;
    if (previous === null) {
      if (files.slice(0, index).some(({ verdict }) => verdict.lastSequence > 0))
        mine.faults.push('says that there was no chain before it');
      return;
    }
    const fork = followedBy.get(previous.chain);
    if (fork !== undefined) mine.faults.push(`follows the same chain as ${fork}`);
    followedBy.set(previous.chain, name);
    const at = indexOf.get(previous.chain);
    const before = at === undefined ? undefined : files[at]?.verdict;
    const theirs = at === undefined ? undefined : found[at];
    if (!before || !theirs) {
      const text = `the chain before it (${previous.chain}) is not here`;
      if (isComplete && index > 0) mine.faults.push(text);
      else mine.notes.push(text);
    } else if (previous.sequence === null || previous.head === null) {
      theirs.faults.push(`its last record could not be read when ${name} began`);
    } else if (before.lastSequence < previous.sequence) {
      theirs.faults.push(`its tail was cut: ${name} says that it went to record ${previous.sequence}`);
    } else if (before.lastSequence > previous.sequence || before.head !== previous.head) {
      theirs.faults.push(`does not end as ${name} says: record ${previous.sequence} with another hash`);
    } else if (!before.isClosed) {
      theirs.doubts = theirs.doubts.filter((text) => text !== openEnd);
      theirs.notes.push(`Lanyard or the computer crashed; ${name} vouches for its last record`);
    }
  });
  return found;
}
