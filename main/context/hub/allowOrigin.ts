/**
 * Cross-origin requests: a system's own page may be a FHIRcast client, if the configuration names its origin.
 *
 * No cookie or other ambient right is involved, only the Bearer token the page was given; credentials stay off.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Adds the headers a browser wants to see (Fetch §3.2). Any other origin gets none, and its page no answer. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, allowed: ReadonlySet<string>): void {
  const { origin } = request.headers;
  if (origin === undefined || !(allowed.has(origin) || allowed.has('*'))) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type');
  response.setHeader('access-control-allow-private-network', 'true');
  response.setHeader('access-control-max-age', '600');
}
