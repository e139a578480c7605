/** The shapes that travel: what a publisher sends and what the hub broadcasts (FHIRcast §2.3, §2.5, §2.6). */
import { z } from 'zod';
import { MalformedRequest } from './errors.js';

export const Resource = z.looseObject({ resourceType: z.string().min(1).max(64), id: z.string().max(200).optional() });
export type Resource = z.infer<typeof Resource>;

const Reference = z.looseObject({ reference: z.string().max(2048).optional() });

export const ContextEntry = z.looseObject({
  key: z.string().min(1).max(64),
  resource: Resource.optional(),
  /** One reference, or a list of them: the specification's examples and its clients differ. */
  reference: z.union([Reference, z.array(Reference)]).optional(),
});
export type ContextEntry = z.infer<typeof ContextEntry>;

const EventRequest = z.looseObject({
  timestamp: z.string().max(64),
  id: z.string().min(1).max(200),
  event: z.looseObject({
    'hub.topic': z.string().min(1).max(512),
    'hub.event': z.string().min(1).max(200),
    context: z.array(ContextEntry).max(1000),
    'context.versionId': z.string().max(200).optional(),
    /** The name of §2.3's table; §2.9, §3.6.3 and every peer say `context.versionId`. */
    versionId: z.string().max(200).optional(),
  }),
  extension: z.looseObject({}).optional(),
});
/** A publisher's event, checked for its outer shape only. Unknown members are kept and passed on. */
export type EventRequest = z.infer<typeof EventRequest>;

/** What subscribers receive. */
export type Notification = EventRequest & {
  event: EventRequest['event'] & { 'context.priorVersionId'?: string };
};

/** The member of `extension` in which the hub says how many context changes it has committed on the topic. */
export const EPOCH = 'lanyard.epoch';

const DEEPEST = 64;

/** Returns the very value it was given, so that what is passed on is what came. */
export function parseEventRequest(value: unknown): EventRequest {
  checkDepth(value, DEEPEST);
  const parsed = EventRequest.safeParse(value);
  if (parsed.success) return value as EventRequest;
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(' › ');
  throw new MalformedRequest(field ? `${field} is missing or has the wrong type` : 'the body must be a JSON object');
}

/** The resource of the first entry with that key. */
export function resourceOf(context: readonly ContextEntry[], key: string): Resource | undefined {
  return context.find((entry) => entry.key === key)?.resource;
}

/** The references of every entry with that key, whether given as one object, as a list, or by a resource's id. */
export function referencesOf(context: readonly ContextEntry[], key: string): string[] {
  return context
    .filter((entry) => entry.key === key)
    .flatMap(({ reference, resource }) => {
      if (resource?.id !== undefined) return [`${resource.resourceType}/${resource.id}`];
      const references = reference === undefined ? [] : Array.isArray(reference) ? reference : [reference];
      return references.flatMap((one) => (one.reference === undefined ? [] : [one.reference]));
    });
}

/** `Patient/123` of a relative or absolute reference, with or without `/_history/…`; undefined for anything else. */
export function relativeReference(reference: string): string | undefined {
  const [, type, id] = /(?:^|\/)([A-Z][A-Za-z]{0,63})\/([^/\s]{1,200})(?:\/_history\/[^/]+)?$/.exec(reference) ?? [];
  return type !== undefined && id !== undefined ? `${type}/${id}` : undefined;
}

/** Nesting without end would make the serialiser fail after the event was committed. */
function checkDepth(value: unknown, left: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw new MalformedRequest('the body is nested too deeply');
  for (const member of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) checkDepth(member, left - 1);
}
