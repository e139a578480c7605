/**
 * Event names: what kinds there are, how they are spelt, and which of them a pattern means (FHIRcast §2.3).
 *
 * Names are case-insensitive; `key` is the form to compare, `name` the form to send.
 */

export type EventKind =
  | 'open'
  | 'close'
  | 'update'
  | 'select'
  | 'home'
  | 'sync-error'
  | 'logout'
  | 'hibernate'
  | 'heartbeat'
  | 'survey'
  | 'proprietary';

export interface EventName {
  /** Upper-camel spelling, as in the event catalogue; other events as they were spelt. */
  readonly name: string;
  /** Lower case. */
  readonly key: string;
  readonly kind: EventKind;
  /** The anchor's resource type in lower case, for open, close, update and select; otherwise ''. */
  readonly anchor: string;
}

/** Every event of the FHIRcast 3.0.0 catalogue. Heartbeat and the survey are not in it: sent only to those who ask. */
export const eventCatalogue = [
  'Patient-open',
  'Patient-close',
  'Encounter-open',
  'Encounter-close',
  'ImagingStudy-open',
  'ImagingStudy-close',
  'DiagnosticReport-open',
  'DiagnosticReport-close',
  'DiagnosticReport-update',
  'DiagnosticReport-select',
  'Home-open',
  'UserLogout',
  'UserHibernate',
  'SyncError',
] as const;

const special: Readonly<Record<string, EventKind>> = {
  'home-open': 'home',
  syncerror: 'sync-error',
  userlogout: 'logout',
  userhibernate: 'hibernate',
  heartbeat: 'heartbeat',
  'uk.lanyard.patientchange': 'survey',
};

const RESOURCE_EVENT = /^([a-z]{1,64})-(open|close|update|select)$/;
const REVERSE_DOMAIN = /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/;
const LONGEST_NAME = 200;

const known = new Map<string, EventName>(
  [...eventCatalogue, 'Heartbeat', 'uk.lanyard.patientchange'].flatMap((name) => {
    const parsed = read(name);
    return parsed ? [[parsed.key, parsed] as const] : [];
  }),
);

/** Undefined for a text that names no event: neither catalogue, nor `Resource-suffix`, nor reverse-domain. */
export function parseEventName(text: string): EventName | undefined {
  if (text.length > LONGEST_NAME) return undefined;
  return known.get(text.toLowerCase()) ?? read(text);
}

function read(name: string): EventName | undefined {
  const key = name.toLowerCase();
  const specialKind = Object.hasOwn(special, key) ? special[key] : undefined;
  if (specialKind) return { name, key, kind: specialKind, anchor: '' };
  const [, anchor, suffix] = RESOURCE_EVENT.exec(key) ?? [];
  if (anchor !== undefined && suffix !== undefined) return { name, key, kind: suffix as EventKind, anchor };
  if (REVERSE_DOMAIN.test(key)) return { name, key, kind: 'proprietary', anchor: '' };
  return undefined;
}

/** An event name or a wild card: `*`, `*-*`, `Patient-*`, `*-open`. */
export interface EventPattern {
  /** As it was asked for. */
  readonly text: string;
  readonly key: string;
  readonly isWildcard: boolean;
  matches(event: EventName): boolean;
}

const WILDCARD = /^(\*|[a-z]{1,64})-(\*|open|close|update|select)$/;

export function parseEventPattern(text: string): EventPattern | undefined {
  const key = text.toLowerCase();
  if (key === '*')
    return { text, key, isWildcard: true, matches: ({ kind }) => kind !== 'heartbeat' && kind !== 'survey' };
  const [, anchor, suffix] = WILDCARD.exec(key) ?? [];
  if (anchor !== undefined && suffix !== undefined && (anchor === '*' || suffix === '*')) {
    return { text, key, isWildcard: true, matches: ({ key: name }) => fits(name, anchor, suffix) };
  }
  const name = parseEventName(text);
  return name && { text, key, isWildcard: false, matches: (event) => event.key === key };
}

function fits(name: string, anchor: string, suffix: string): boolean {
  const dash = name.indexOf('-');
  if (dash < 0) return false;
  return (anchor === '*' || name.slice(0, dash) === anchor) && (suffix === '*' || name.slice(dash + 1) === suffix);
}

export const SYNC_ERROR: EventName = { name: 'SyncError', key: 'syncerror', kind: 'sync-error', anchor: '' };
/** Lanyard's own: asks whether the patient may change. Never matched by a wild card, never published by a program. */
export const SURVEY: EventName = {
  name: 'uk.lanyard.patientchange',
  key: 'uk.lanyard.patientchange',
  kind: 'survey',
  anchor: '',
};
export const HEARTBEAT: EventName = { name: 'Heartbeat', key: 'heartbeat', kind: 'heartbeat', anchor: '' };

/** The context key of a resource type: `study` and `report` by the catalogue, otherwise the type in lower case. */
export function contextKey(anchor: string): string {
  if (anchor === 'imagingstudy') return 'study';
  if (anchor === 'diagnosticreport') return 'report';
  return anchor;
}
