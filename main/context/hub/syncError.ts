/**
 * SyncError: tells those who asked for it that somebody is not showing what the others show (FHIRcast §3.2.1).
 *
 * The page's example and the profile name the coding of the subscriber differently: both are sent.
 */
import type { Notification } from './message.js';

const SYSTEM = 'https://fhircast.hl7.org/events/syncerror';

export interface SyncFailure {
  /** Id and name of the event that was not followed. */
  readonly eventId: string;
  readonly eventName: string;
  readonly subscriberName: string;
  /** For developers and support: one sentence, without the subscriber's name. */
  readonly reason: string;
}

export function syncErrorNotification(
  failure: SyncFailure,
  about: { readonly topic: string; readonly id: string; readonly timestamp: string },
): Notification {
  const coding = [
    { system: `${SYSTEM}/eventid`, code: failure.eventId },
    { system: `${SYSTEM}/eventname`, code: failure.eventName },
    { system: `${SYSTEM}/subscriber`, code: failure.subscriberName },
    { system: `${SYSTEM}/subscribername`, code: failure.subscriberName },
  ];
  const issue = {
    severity: 'warning',
    code: 'processing',
    diagnostics: `${failure.subscriberName} ${failure.reason}`,
    details: { coding },
  };
  return {
    timestamp: about.timestamp,
    id: about.id,
    event: {
      'hub.topic': about.topic,
      'hub.event': 'SyncError',
      context: [{ key: 'operationoutcome', resource: { resourceType: 'OperationOutcome', issue: [issue] } }],
    },
  };
}
