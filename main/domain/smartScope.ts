/**
 * Scopes of SMART App Launch 2 (section "Scopes and Launch Context"), as far as Lanyard ever gives them: reading and
 * searching within one patient's record, the launch itself, and who the clinician is. Never writing, never offline.
 * And those of FHIRcast 3.0.0 (section 2.2): what an application may hear from, and say to, the context hub.
 */

export interface PatientScope {
  readonly kind: 'patient';
  /** A FHIR resource type, or "*". */
  readonly type: string;
  readonly read: boolean;
  readonly search: boolean;
  /** Written as SMART 1 does: patient/Observation.read. */
  readonly isFirstVersion: boolean;
}
export interface HubScope {
  readonly kind: 'hub';
  /** "Patient-open", a name of the application's own ("org.example.marker"), or "*". */
  readonly event: string;
  readonly read: boolean;
  readonly write: boolean;
}
export type SmartScope =
  PatientScope | HubScope | { readonly kind: 'word'; readonly word: (typeof givenWords)[number] };

/**
 * What programs may say to Lanyard's own hub: they may lead to a patient and deeper. The session's own end is said by
 * Lanyard alone.
 */
export const sayableEvents: readonly string[] = [
  ...['Patient', 'Encounter', 'ImagingStudy', 'DiagnosticReport'].flatMap((anchor) =>
    ['open', 'close', 'update', 'select'].map((verb) => `${anchor}-${verb}`),
  ),
  'Home-open',
  'SyncError',
];
const notSayable = new Set(['userlogout', 'userhibernate']);

const LONGEST_HUB_SCOPE = 200;
/** Of SMART Web Messaging, section "Authorization with SMART Scopes": the whole group, or one message of it. */
const messagingWords = ['messaging/ui', 'messaging/ui.done', 'messaging/ui.launchActivity'] as const;
const givenWords = ['launch', 'launch/patient', 'launch/encounter', 'openid', 'fhirUser', ...messagingWords] as const;

/** Null for a scope that Lanyard never gives: writing, a user's or a system's own, offline, narrowed by a query. */
export function readSmartScope(text: string): SmartScope | null {
  const word = givenWords.find((given) => given === text);
  if (word !== undefined) return { kind: 'word', word };
  if (/^fhircast\//i.test(text)) return readHubScope(text);
  const [, type, permissions] = /^patient\/(\*|[A-Z][A-Za-z]{1,40})\.(read|\*|c?r?u?d?s?)$/.exec(text) ?? [];
  if (type === undefined || permissions === undefined) return null;
  const isWhole = permissions === 'read' || permissions === '*';
  const read = isWhole || permissions.includes('r');
  const search = isWhole || permissions.includes('s');
  return read || search ? { kind: 'patient', type, read, search, isFirstVersion: permissions === 'read' } : null;
}

/** What is given of what was asked for: never more than either says. @param asked divided by spaces */
export function givenScopes(asked: string, allowed: readonly string[]): readonly SmartScope[] {
  const limits = readAll(allowed);
  const given = new Map<string, SmartScope>();
  for (const wanted of readAll(asked.split(' ')))
    for (const limit of limits) {
      for (const common of intersection(wanted, limit)) given.set(scopeText(common), common);
    }
  return [...given.values()];
}

export function scopeText(scope: SmartScope): string {
  if (scope.kind === 'word') return scope.word;
  if (scope.kind === 'hub')
    return `fhircast/${scope.event}.${scope.read && scope.write ? '*' : scope.read ? 'read' : 'write'}`;
  const permissions = `${scope.read ? 'r' : ''}${scope.search ? 's' : ''}`;
  return `patient/${scope.type}.${scope.isFirstVersion && permissions === 'rs' ? 'read' : permissions}`;
}

export function hasWord(scopes: readonly SmartScope[], word: (typeof givenWords)[number]): boolean {
  return scopes.some((scope) => scope.kind === 'word' && scope.word === word);
}

/** What an application may say over SMART Web Messaging: "messaging/ui", "messaging/ui.done" … */
export function messagingScopes(scopes: readonly SmartScope[]): readonly string[] {
  return messagingWords.filter((word) => hasWord(scopes, word));
}

/** What the hub is told about an application: "" where it may do nothing there. */
export function hubScopes(scopes: readonly SmartScope[]): string {
  return scopes
    .filter(({ kind }) => kind === 'hub')
    .map(scopeText)
    .join(' ');
}

export function allowsScope(scopes: readonly SmartScope[], type: string, action: 'read' | 'search'): boolean {
  return scopes.some(
    (scope) => scope.kind === 'patient' && (scope.type === '*' || scope.type === type) && scope[action],
  );
}

function readAll(texts: readonly string[]): SmartScope[] {
  return texts.flatMap((text) => readSmartScope(text) ?? []);
}

function intersection(wanted: SmartScope, limit: SmartScope): readonly SmartScope[] {
  if (wanted.kind === 'word' || limit.kind === 'word')
    return wanted.kind === 'word' && limit.kind === 'word' ? commonWord(wanted, limit) : [];
  if (wanted.kind === 'hub' || limit.kind === 'hub')
    return wanted.kind === 'hub' && limit.kind === 'hub' ? commonEvents(wanted, limit) : [];
  if (wanted.type !== limit.type && wanted.type !== '*' && limit.type !== '*') return [];
  const read = wanted.read && limit.read;
  const search = wanted.search && limit.search;
  const type = wanted.type === '*' ? limit.type : wanted.type;
  return read || search ? [{ ...wanted, type, read, search }] : [];
}

/** The narrower of two, where one is the other's group. */
function commonWord<T extends { readonly word: string }>(wanted: T, limit: T): T[] {
  if (wanted.word === limit.word || wanted.word.startsWith(`${limit.word}.`)) return [wanted];
  return limit.word.startsWith(`${wanted.word}.`) ? [limit] : [];
}

/** Null for what no application is ever given: to say that the session ends or is locked. */
function readHubScope(text: string): HubScope | null {
  const [, event, direction] =
    /^fhircast\/(\*|[a-z]{1,64}-(?:open|close|update|select)|syncerror|userlogout|userhibernate|[a-z0-9_]+(?:\.[a-z0-9_]+)+)\.(read|write|\*)$/i.exec(
      text,
    ) ?? [];
  if (event === undefined || direction === undefined || text.length > LONGEST_HUB_SCOPE) return null;
  const read = direction.toLowerCase() !== 'write';
  const write = direction.toLowerCase() !== 'read' && !notSayable.has(event.toLowerCase());
  return read || write ? { kind: 'hub', event, read, write } : null;
}

/** In the spelling of whoever names the event. Saying everything means: everything that programs may say. */
function commonEvents(wanted: HubScope, limit: HubScope): HubScope[] {
  const isSame = wanted.event.toLowerCase() === limit.event.toLowerCase();
  if (!isSame && wanted.event !== '*' && limit.event !== '*') return [];
  const event = wanted.event === '*' ? limit.event : wanted.event;
  const read = wanted.read && limit.read;
  const write = wanted.write && limit.write && !notSayable.has(event.toLowerCase());
  if (event !== '*') return read || write ? [{ kind: 'hub', event, read, write }] : [];
  const said = write ? sayableEvents.map((name): HubScope => ({ kind: 'hub', event: name, read: false, write })) : [];
  return [...(read ? [{ kind: 'hub', event, read, write: false } as const] : []), ...said];
}
