/** How much of everything the hub takes. Sizes are bytes, durations milliseconds. */

export interface HubLimits {
  /** Largest body of a published event; also the largest frame a subscriber may send. */
  readonly eventBytes: number;
  /** Largest body of a (un)subscription request. */
  readonly formBytes: number;
  /** All shared content of one open context. */
  readonly contentBytes: number;
  /** What may wait for one subscriber that reads slowly; beyond it the subscriber is cut. */
  readonly queuedBytes: number;
  /** Events one subscriber may leave unanswered; beyond it the subscriber is cut. */
  readonly unansweredEvents: number;
  readonly subscriptions: number;
  readonly topics: number;
  /** Open contexts of one topic; beyond it the one opened longest ago is forgotten. */
  readonly openContexts: number;
  /** Event ids remembered per topic, to recognise repeats. */
  readonly rememberedIds: number;
  /** Requests per second of one access token, and how many at once. */
  readonly requests: Rate;
  /** Requests without a valid token, of all callers together. */
  readonly refusals: Rate;
  /** Frames that are no acknowledgement, of one subscriber; beyond it the subscriber is cut. */
  readonly garbageFrames: Rate;
  /** How long a subscriber may take to acknowledge (FHIRcast §2.5: 10 s). */
  readonly acknowledgement: number;
  /** How long a subscriber that wants to be asked before a change may take to answer. */
  readonly survey: number;
  /** How long a subscription endpoint waits for its WebSocket. */
  readonly endpointLife: number;
  /** Lease given when none is asked for, and the longest lease. */
  readonly defaultLease: number;
  readonly longestLease: number;
  /** Clock skew: an event further ahead of the hub's clock is refused (as Kerberos: five minutes). */
  readonly futureTimestamp: number;
  /** How long the shell may take to decide about a proposed change. */
  readonly approval: number;
  /** How long a peer may take to complete a WebSocket close, or to read a refusal. */
  readonly closing: number;
  /** Heartbeat period of those who ask for heartbeats. */
  readonly heartbeat: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly atOnce: number;
}

const MEBIBYTE = 1024 * 1024;
const MINUTE = 60_000;

export const defaultLimits: HubLimits = {
  eventBytes: 2 * MEBIBYTE,
  formBytes: 64 * 1024,
  contentBytes: 8 * MEBIBYTE,
  queuedBytes: 8 * MEBIBYTE,
  unansweredEvents: 2000,
  subscriptions: 500,
  topics: 1000,
  openContexts: 256,
  rememberedIds: 1000,
  requests: { perSecond: 2000, atOnce: 5000 },
  refusals: { perSecond: 50, atOnce: 500 },
  garbageFrames: { perSecond: 100, atOnce: 1000 },
  acknowledgement: 10_000,
  survey: 1000,
  endpointLife: MINUTE,
  defaultLease: 120 * MINUTE,
  longestLease: 720 * MINUTE,
  futureTimestamp: 5 * MINUTE,
  approval: MINUTE,
  closing: 2000,
  heartbeat: 10_000,
};
