/** A subscription or unsubscription request: a form, each field at most once (FHIRcast §2.4). */
import { MalformedRequest } from './errors.js';
import { type EventPattern, parseEventPattern } from './eventNames.js';

export type SubscribeRequest =
  | {
      readonly mode: 'subscribe';
      readonly topic: string;
      /** Each event once, in the order and spelling of the request. */
      readonly events: readonly EventPattern[];
      /** Seconds; null: not asked for. */
      readonly leaseSeconds: number | null;
      /** The WebSocket URL of the subscription to change; null: a new one. */
      readonly endpoint: string | null;
      readonly subscriberName: string | null;
    }
  | { readonly mode: 'unsubscribe'; readonly topic: string; readonly endpoint: string };

const LONGEST_NAME = 200;
const MOST_EVENTS = 500;

export function parseSubscribeRequest(body: string): SubscribeRequest {
  const form = new URLSearchParams(body);
  const field = (name: string): string | null => {
    const values = form.getAll(name);
    if (values.length > 1) throw new MalformedRequest(`${name} appears twice`);
    return values[0] === undefined || values[0] === '' ? null : values[0];
  };
  const needed = (name: string): string => {
    const value = field(name);
    if (value === null) throw new MalformedRequest(`${name} is missing`);
    return value;
  };
  if (needed('hub.channel.type').toLowerCase() !== 'websocket') {
    throw new MalformedRequest('hub.channel.type must be websocket');
  }
  const mode = needed('hub.mode').toLowerCase();
  const topic = needed('hub.topic');
  // @medplum/core, like FHIRcast STU2 drafts, calls it `endpoint`
  const endpoint = (field('hub.channel.endpoint') ?? field('endpoint'))?.trim() ?? null;
  if (mode === 'unsubscribe') {
    if (endpoint === null) throw new MalformedRequest('hub.channel.endpoint is missing');
    return { mode, topic, endpoint }; // a partial unsubscribe is a full one: hub.events is not looked at
  }
  if (mode !== 'subscribe') throw new MalformedRequest('hub.mode must be subscribe or unsubscribe');
  return {
    mode,
    topic,
    events: readEvents(needed('hub.events')),
    leaseSeconds: readLease(field('hub.lease_seconds')),
    endpoint,
    subscriberName: readName(field('subscriber.name')),
  };
}

function readEvents(list: string): EventPattern[] {
  const patterns = new Map<string, EventPattern>();
  for (const text of list.split(',')) {
    const pattern = parseEventPattern(text.trim());
    if (!pattern) throw new MalformedRequest('hub.events names something that is no event');
    if (!patterns.has(pattern.key)) patterns.set(pattern.key, pattern);
    if (patterns.size > MOST_EVENTS) throw new MalformedRequest('hub.events names too many events');
  }
  return [...patterns.values()];
}

function readLease(text: string | null): number | null {
  if (text === null) return null;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new MalformedRequest('hub.lease_seconds must be a positive decimal integer');
  return Number(text);
}

/** The name travels in SyncErrors and is shown to people: no control characters, no length without end. */
function readName(text: string | null): string | null {
  const name = text?.replace(/\p{C}/gu, ' ').trim().slice(0, LONGEST_NAME);
  return name === undefined || name === '' ? null : name;
}
