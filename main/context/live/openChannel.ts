/** The live channel of one system, by its configuration (systems[].context.live). */
import { LanyardError } from '../../domain/errors.js';
import { Fdc3Channel, type Fdc3Parts } from './fdc3.js';
import type { FollowsLive, PageLine } from './liveChannel.js';

export interface LiveChannel {
  /** Null: it asks for things, and never follows the patient. */
  readonly follows: FollowsLive | null;
  /** The session ends. */
  end(): void;
}

/** @param line null: this system has no live channel */
export function openChannel(
  { id }: { readonly id: string },
  line: PageLine | null,
  parts: Omit<Fdc3Parts, 'systemId' | 'line' | 'raise'>,
): LiveChannel | null {
  if (!line) return null;
  const raise = (): Promise<void> => Promise.reject(new LanyardError('bad-request', 'Nothing here opens that'));
  const channel = new Fdc3Channel({ ...parts, systemId: id, line, raise });
  return {
    follows: channel,
    end: () => {
      channel.end();
    },
  };
}
