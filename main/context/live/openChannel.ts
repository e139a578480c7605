/** The live channel of one system, by its configuration (systems[].context.live). */
import type { ChannelParts } from './channelLimits.js';
import { Fdc3Channel, type Fdc3Parts } from './fdc3.js';
import type { FollowsLive } from './liveChannel.js';
import { MessagingChannel, type MessagingParts } from './smartWebMessaging.js';

export interface LiveChannel {
  /** Null: it asks for things, and never follows the patient. */
  readonly follows: FollowsLive | null;
  /** The session ends. */
  end(): void;
}

type Further<Parts> = Omit<Parts, keyof ChannelParts>;

export function openChannel(
  kind: 'fdc3' | 'smart-web-messaging',
  parts: ChannelParts,
  fdc3: Further<Fdc3Parts>,
  messaging: Further<MessagingParts>,
): LiveChannel {
  const channel =
    kind === 'fdc3' ? new Fdc3Channel({ ...parts, ...fdc3 }) : new MessagingChannel({ ...parts, ...messaging });
  return {
    follows: channel instanceof Fdc3Channel ? channel : null,
    end: () => {
      channel.end();
    },
  };
}
