/**
 * What opening one thing implies: a report opens its study, its encounter and its patient (FHIRcast §2.5, "Hub
 * generated open events"). Closes are never implied.
 */
import { type EventName, parseEventName } from './eventNames.js';
import type { ContextEntry, Notification } from './message.js';

export interface ImpliedOpen {
  readonly event: EventName;
  readonly context: readonly ContextEntry[];
}

interface Implication {
  readonly key: string;
  readonly eventName: string;
  /** Keys that belong into the implied event's own context, beside its anchor. */
  readonly beside: readonly string[];
}

/** Most specific first. */
const implications: readonly Implication[] = [
  { key: 'study', eventName: 'ImagingStudy-open', beside: ['encounter', 'patient'] },
  { key: 'encounter', eventName: 'Encounter-open', beside: ['patient'] },
  { key: 'patient', eventName: 'Patient-open', beside: [] },
];

/** Of several studies only the first, the report's subject, is opened: the others are for comparison. */
export function impliedOpens(event: EventName, context: readonly ContextEntry[]): ImpliedOpen[] {
  if (event.kind !== 'open') return [];
  return implications.flatMap(({ key, eventName, beside }) => {
    const implied = parseEventName(eventName);
    const anchor = context.find((entry) => entry.key === key && entry.resource);
    if (!implied || !anchor || implied.key === event.key) return [];
    return [{ event: implied, context: [anchor, ...context.filter((entry) => beside.includes(entry.key))] }];
  });
}

export interface ImpliedNotification extends ImpliedOpen {
  readonly notification: Notification;
}

/** Each implied open as it is sent: everything of the original but its name, its context and its id. */
export function impliedNotifications(
  event: EventName,
  original: Notification,
  newId: () => string,
): ImpliedNotification[] {
  return impliedOpens(event, original.event.context).map((implied) => ({
    ...implied,
    notification: {
      ...original,
      id: newId(),
      event: { ...original.event, 'hub.event': implied.event.name, context: [...implied.context] },
    },
  }));
}

/**
 * The implied opens for somebody who does not hear the event itself: each that is wanted, except what another one
 * already tells (an Encounter-open names its patient: a Patient-open beside it would be a duplicate).
 */
export function chooseImplied<T extends ImpliedOpen>(implied: readonly T[], wants: (event: EventName) => boolean): T[] {
  const wanted = implied.filter(({ event }) => wants(event));
  return wanted.filter(
    ({ context: [anchor] }) => anchor === undefined || !wanted.some(({ context }) => context.slice(1).includes(anchor)),
  );
}
