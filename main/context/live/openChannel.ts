/** The live channel of one system, by its configuration (systems[].context.live). */
import type { HubAccess } from '../../connectors/connector.js';
import type { ChannelParts } from './channelLimits.js';
import { Fdc3Channel, type Fdc3Parts } from './fdc3.js';
import { SubscriberChannel, type SubscriberParts } from './fhircast.js';
import type { FollowsLive, PageLine } from './liveChannel.js';
import { MessagingChannel, type MessagingParts } from './smartWebMessaging.js';

export interface LiveChannel {
  /** Absent: it asks for things, and never follows the patient. */
  readonly follows?: FollowsLive;
  /** Present: what its page is launched with lets it into the context hub. */
  readonly hub?: () => Promise<HubAccess>;
  /** The session ends. */
  end(): void;
}

export type OpenChannelParts = Omit<Fdc3Parts, 'line'> &
  Omit<MessagingParts, keyof ChannelParts> &
  Omit<SubscriberParts, 'clock'>;

/** @param line null: nothing is put into its page */
export function openChannel(
  kind: 'none' | 'fdc3' | 'fhircast' | 'smart-web-messaging',
  line: PageLine | null,
  parts: OpenChannelParts,
): LiveChannel | null {
  if (kind === 'fhircast') {
    const channel = new SubscriberChannel(parts);
    return {
      follows: channel,
      hub: () => channel.access(),
      end: () => {
        channel.end();
      },
    };
  }
  if (kind === 'none' || !line) return null;
  const channel = kind === 'fdc3' ? new Fdc3Channel({ ...parts, line }) : new MessagingChannel({ ...parts, line });
  return {
    ...(channel instanceof Fdc3Channel && { follows: channel }),
    end: () => {
      channel.end();
    },
  };
}
