/**
 * `lanyard --event reconnect`: how a script of the Citrix or Windows session tells the Lanyard that runs in it what
 * happened. It is a second start of the program, which hands the word over and ends.
 */
import { z } from 'zod';

const Name = z.enum(['reconnect', 'disconnect']);
export type OutsideEvent = z.infer<typeof Name>;

/** What one start of the program hands to the one that runs. */
const Handed = z.strictObject({ event: Name });

/** @param handed anything: any program of the same user may hand something over. @returns null: it is no such event */
export function outsideEventOf(handed: unknown): OutsideEvent | null {
  const read = Handed.safeParse(handed);
  return read.success ? read.data.event : null;
}

export type EventArgument =
  | { readonly kind: 'none' }
  | { readonly kind: 'event'; readonly event: OutsideEvent }
  /** One sentence for whoever wrote the script. */
  | { readonly kind: 'unknown'; readonly message: string };

/** @param given the arguments of the program itself: `--event NAME` or `--event=NAME` */
export function readEventArgument(given: readonly string[]): EventArgument {
  const at = given.findIndex((one) => one === '--event' || one.startsWith('--event='));
  if (at < 0) return { kind: 'none' };
  const written = given[at] === '--event' ? given[at + 1] : given[at]?.slice('--event='.length);
  const read = Name.safeParse(written);
  if (read.success) return { kind: 'event', event: read.data };
  return { kind: 'unknown', message: `There is no such event. There are: ${Name.options.join(', ')}.` };
}
