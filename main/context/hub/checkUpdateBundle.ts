/** The Bundle of an update event: one, a transaction, of PUT and DELETE only (FHIRcast §2.10, content-update profile). */
import { z } from 'zod';
import { MalformedRequest } from './errors.js';
import { type ContextEntry, relativeReference, Resource } from './message.js';

const Entry = z.looseObject({
  fullUrl: z.string().max(2048).optional(),
  resource: Resource.optional(),
  request: z.looseObject({ method: z.string(), url: z.string().max(2048).optional() }).optional(),
});
const Bundle = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('transaction'),
  entry: z.array(Entry).max(10_000).optional(),
});

export interface Put {
  readonly method: 'PUT';
  /** `Observation/123` */
  readonly reference: string;
  readonly fullUrl: string | undefined;
  readonly resource: Resource;
}
export interface Delete {
  readonly method: 'DELETE';
  /** Addresses by which the entry to remove may be known: relative references and full URLs. */
  readonly addresses: readonly string[];
}

/** The changes in order. Throws MalformedRequest when any of them cannot be: a Bundle is taken whole or not at all. */
export function checkBundle(context: readonly ContextEntry[]): (Put | Delete)[] {
  const updates = context.filter(({ key }) => key === 'updates');
  if (updates.length !== 1) throw new MalformedRequest('an update has exactly one Bundle under the key updates');
  const bundle = Bundle.safeParse(updates[0]?.resource);
  if (!bundle.success) throw new MalformedRequest('updates must hold a Bundle of type transaction');
  const changes = (bundle.data.entry ?? []).map(readEntry);
  const seen = new Set<string>();
  for (const address of changes.flatMap((change) =>
    change.method === 'PUT' ? [change.reference] : change.addresses.slice(0, 1),
  )) {
    if (seen.has(address)) throw new MalformedRequest('a resource may appear once in the Bundle');
    seen.add(address);
  }
  return changes;
}

function readEntry(entry: z.infer<typeof Entry>, index: number): Put | Delete {
  const { fullUrl, resource, request } = entry;
  if (request?.method === 'PUT') {
    if (!resource?.id) throw new MalformedRequest(`entry ${index} needs a resource with an id`);
    return { method: 'PUT', reference: `${resource.resourceType}/${resource.id}`, fullUrl, resource };
  }
  if (request?.method === 'DELETE') {
    const named = [resource?.id && `${resource.resourceType}/${resource.id}`, fullUrl, request.url];
    const addresses = named.flatMap((text) => (text ? [...new Set([relativeReference(text) ?? text, text])] : []));
    if (addresses.length === 0) throw new MalformedRequest(`entry ${index} does not say what to delete`);
    return { method: 'DELETE', addresses };
  }
  throw new MalformedRequest(`entry ${index} must have the method PUT or DELETE`);
}
