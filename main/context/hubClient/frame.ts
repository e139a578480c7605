/** What a hub says over its WebSocket: a confirmation, a denial, an event, or nothing that can be understood. */
import { LanyardError } from '../../domain/errors.js';
import { type EventName, parseEventName } from '../hub/eventNames.js';
import { type ContextEntry, EPOCH, type EventRequest, parseEventRequest } from '../hub/message.js';

export interface ForeignEvent {
  readonly id: string;
  readonly topic: string;
  readonly name: EventName;
  readonly context: readonly ContextEntry[];
  /** By the publisher's clock, in milliseconds since 1970. */
  readonly time: number;
  /** Lanyard's own hub numbers what it commits; null: another hub. */
  readonly epoch: number | null;
}

export type Frame =
  | { readonly kind: 'confirmed'; readonly topic: string; readonly leaseSeconds: number | null }
  | { readonly kind: 'denied' }
  | { readonly kind: 'event'; readonly event: ForeignEvent }
  /** It has an id, so it can be answered that it cannot be understood. */
  | { readonly kind: 'malformed'; readonly id: string }
  | { readonly kind: 'garbage' };

const GARBAGE: Frame = { kind: 'garbage' };
const LONGEST_ID = 200;

/** Never throws. */
export function readFrame(text: string): Frame {
  const value = readJson(text);
  if (typeof value !== 'object' || value === null) return GARBAGE;
  if ('hub.mode' in value) return readMode(value);
  if (!('event' in value) || !('id' in value) || typeof value.id !== 'string' || value.id.length > LONGEST_ID)
    return GARBAGE;
  const event = readEvent(value);
  return event ? { kind: 'event', event } : { kind: 'malformed', id: value.id };
}

/** What `GET {hub.url}/{topic}` answers; null: nothing that can be understood. */
export function readCurrent(body: string): { type: string; context: readonly ContextEntry[] } | null {
  const value = readJson(body) as Record<string, unknown> | null;
  const type = value?.['context.type'];
  const context = value?.['context'];
  if (typeof type !== 'string' || !Array.isArray(context)) return null;
  // It is held to the same form as an event that opens it.
  const event = { 'hub.topic': 'current', 'hub.event': `${type || 'Patient'}-open`, context };
  const read = readEvent({ timestamp: new Date(0).toISOString(), id: 'current', event });
  return read && { type: type.toLowerCase(), context: read.context };
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // what is no JSON is judged like any other nonsense
  }
}

function readMode(value: Record<string, unknown>): Frame {
  if (value['hub.mode'] === 'denied') return { kind: 'denied' };
  const { 'hub.topic': topic, 'hub.lease_seconds': lease } = value;
  if (value['hub.mode'] !== 'subscribe' || typeof topic !== 'string') return GARBAGE;
  const seconds = Number(lease);
  return { kind: 'confirmed', topic, leaseSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null };
}

function readEvent(value: unknown): ForeignEvent | null {
  let request: EventRequest;
  try {
    request = parseEventRequest(value);
  } catch (error) {
    if (error instanceof LanyardError) return null;
    throw error;
  }
  const { id, event, timestamp, extension } = request;
  const name = parseEventName(event['hub.event']);
  const time = readTime(timestamp);
  if (!name || time === null) return null;
  const epoch = extension?.[EPOCH];
  return {
    id,
    topic: event['hub.topic'],
    name,
    context: event.context,
    time,
    epoch: typeof epoch === 'number' ? epoch : null,
  };
}

/** Without a zone, as in the specification's own examples, it is UTC. */
function readTime(timestamp: string): number | null {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(timestamp);
  const time = Date.parse(hasZone ? timestamp : `${timestamp}Z`);
  return Number.isNaN(time) ? null : time;
}
