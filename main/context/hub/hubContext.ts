/** What the parts of the hub share: time, chance, limits, and how they tell the shell. */
import type { Clock } from './clock.js';
import type { HubLimits } from './limits.js';
import type { EventRequest, Notification } from './message.js';
import type { SentEvent } from './pendingAnswers.js';
import type { Randomness } from './randomness.js';
import type { SubscriberReport } from './subscriberReport.js';
import type { Subscription } from './subscription.js';
import type { SyncFailure } from './syncError.js';
import type { Grant } from './tokenRegistry.js';

/** Everything the shell can learn from the hub. */
export type HubEvent =
  | {
      readonly kind: 'published';
      readonly topic: string;
      readonly notification: Notification;
      readonly publisher: string;
    }
  | {
      readonly kind: 'sync-error';
      readonly topic: string;
      readonly notification: Notification;
      readonly failure: SyncFailure;
    }
  | {
      readonly kind: 'answered';
      readonly topic: string;
      readonly subscriberName: string;
      readonly eventId: string;
      readonly eventName: string;
      readonly status: number;
    }
  | {
      readonly kind: 'subscribed';
      readonly topic: string;
      readonly subscriberName: string;
      /** Granted events divided by commas. */
      readonly events: string;
    }
  | {
      readonly kind: 'unsubscribed';
      readonly topic: string;
      readonly subscriberName: string;
      readonly events: string;
      /** As it was at the end, with the reason. */
      readonly report: SubscriberReport;
    };

/** A change a subscriber asks for; the shell surveys the others and decides. */
export interface Proposal {
  readonly topic: string;
  readonly notification: EventRequest;
  readonly publisher: string;
  /** Whose token it came with: a survey leaves that one out. Null: the shell's own. */
  readonly grant: Grant | null;
  /** Aborted when a newer change overtakes it or the hub stops waiting. */
  readonly signal: AbortSignal;
}
export type Decision =
  | { readonly accept: true }
  /** The reason is for people: it travels in a SyncError. */
  | { readonly accept: false; readonly reason: string };
export type Approve = (proposal: Proposal) => Promise<Decision>;

export interface HubContext {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly limits: HubLimits;
  /** Undefined: every well-formed change is accepted. */
  readonly approve: Approve | undefined;
  tell(event: HubEvent): void;
  /** For surprises: logged by the shell, redacted. */
  report(error: unknown): void;
  /** The subscriber reads too slowly to be sent this event. */
  cutSlow(subscription: Subscription, sent: SentEvent): void;
}
