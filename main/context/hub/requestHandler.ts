/**
 * The hub's addresses (all below hub.url):
 *
 *   POST /                                       subscribe, unsubscribe (form) and publish (JSON)
 *   POST /{topic}                                publish, as FHIRcast STU1 and STU2 clients do
 *   GET  /{topic}                                the current context
 *   GET  /.well-known/fhircast-configuration     what the hub can do
 *   GET  /metadata                               where the hub is, as a CapabilityStatement
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowOrigin } from './allowOrigin.js';
import { checkAuthorization } from './checkAuthorization.js';
import { checkHost } from './checkHost.js';
import type { Clock } from './clock.js';
import { HubError, MalformedRequest, MediaTypeRefused, MethodRefused, NotFound, TooManyRequests } from './errors.js';
import type { HubLimits } from './limits.js';
import { RateLimit } from './rateLimit.js';
import { mediaType, parseJson, readBody } from './readBody.js';
import type { HubService } from './service.js';
import { parseSubscribeRequest } from './subscribeRequest.js';
import type { Grant, TokenRegistry } from './tokenRegistry.js';
import { capabilityStatement, configuration } from './wellKnown.js';

export interface HandlerOptions {
  readonly service: HubService;
  readonly tokens: TokenRegistry;
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** hub.url */
  readonly url: string;
  /** What stands before the secret in a WebSocket endpoint. */
  readonly endpointPrefix: string;
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
  readonly report: (error: unknown) => void;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPES = new Set(['application/json', 'application/fhir+json']);
const WELL_KNOWN = '/.well-known/fhircast-configuration';

export class RequestHandler {
  readonly #options: HandlerOptions;
  readonly #refusals: RateLimit;
  readonly #basePath: string;

  constructor(options: HandlerOptions) {
    this.#options = options;
    this.#refusals = new RateLimit(options.limits.refusals, options.clock);
    this.#basePath = new URL(options.url).pathname.replace(/\/$/, '');
  }

  /** Answers one request. Never throws: what was not foreseen is reported and answered with 500. */
  handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      allowOrigin(request, response, this.#options.origins);
      checkHost(request.headers.host, this.#options.hosts);
      await this.#answer(request, response);
    } catch (error) {
      this.#refuse(response, error);
    }
  };

  /** The secret of a WebSocket address; null when it is no such address. */
  endpointOf(path: string): string | null {
    const prefix = new URL(this.#options.endpointPrefix).pathname;
    const normal = normalise(path);
    return normal.startsWith(prefix) ? normal.slice(prefix.length) : null;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = normalise(request.url ?? '/');
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { allow: 'GET, POST' }).end();
      return;
    }
    if (path === WELL_KNOWN) {
      expectMethod(request, 'GET');
      send(response, 200, configuration);
      return;
    }
    const below = path === this.#basePath ? '' : path.slice(this.#basePath.length);
    if (!path.startsWith(this.#basePath) || (below !== '' && !below.startsWith('/'))) throw new NotFound();
    switch (below) {
      case '':
        expectMethod(request, 'POST');
        await this.#post(request, response, null);
        return;
      case WELL_KNOWN:
        expectMethod(request, 'GET');
        send(response, 200, configuration);
        return;
      case '/metadata':
        expectMethod(request, 'GET');
        send(response, 200, capabilityStatement(this.#options.url, this.#today()), 'application/fhir+json');
        return;
      default:
        await this.#topic(request, response, topicOf(below));
    }
  }

  async #topic(request: IncomingMessage, response: ServerResponse, topic: string): Promise<void> {
    if (request.method === 'POST') {
      await this.#post(request, response, topic);
      return;
    }
    expectMethod(request, 'GET', 'GET, POST');
    const grant = this.#authorize(request);
    send(response, 200, this.#options.service.current(grant, topic));
  }

  async #post(request: IncomingMessage, response: ServerResponse, path: string | null): Promise<void> {
    const grant = this.#authorize(request);
    const { service, limits } = this.#options;
    const type = mediaType(request.headers['content-type']);
    if (JSON_TYPES.has(type)) {
      const { id, versionId } = service.publish(grant, parseJson(await readBody(request, limits.eventBytes)), path);
      send(response, 202, { id, ...(versionId === undefined ? {} : { 'context.versionId': versionId }) });
      return;
    }
    if (type !== FORM || path !== null) throw new MediaTypeRefused(path === null ? `${FORM} or JSON` : 'JSON');
    const form = parseSubscribeRequest(await readBody(request, limits.formBytes));
    const endpoint = form.endpoint === null ? null : this.#secretOf(form.endpoint);
    if (form.mode === 'unsubscribe') {
      service.unsubscribe(grant, form.topic, endpoint ?? '');
      send(response, 202, { 'hub.channel.endpoint': form.endpoint });
      return;
    }
    const secret = service.subscribe(grant, form, endpoint);
    send(response, 202, { 'hub.channel.endpoint': this.#options.endpointPrefix + secret });
  }

  #authorize(request: IncomingMessage): Grant {
    let grant: Grant;
    try {
      grant = checkAuthorization(request.headers.authorization, this.#options.tokens);
    } catch (error) {
      if (this.#refusals.take()) throw error;
      throw new TooManyRequests('too many requests without a valid access token', this.#refusals.retryAfter);
    }
    this.#options.service.countRequest(grant);
    return grant;
  }

  #secretOf(endpoint: string): string {
    const { endpointPrefix } = this.#options;
    return endpoint.startsWith(endpointPrefix) ? endpoint.slice(endpointPrefix.length) : '';
  }

  #today(): string {
    return new Date(this.#options.clock.now()).toISOString().slice(0, 10);
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const known = error instanceof HubError ? error : null;
    if (!known) this.#options.report(error);
    if (response.headersSent || response.destroyed) return; // the caller has gone
    const body = known ? known.message : 'the hub failed';
    response.writeHead(known?.status ?? 500, {
      ...known?.headers,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }
}

function send(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function expectMethod({ method }: IncomingMessage, expected: string, allowed = expected): void {
  if (method !== expected) throw new MethodRefused(allowed);
}

/** The path without its query, with one slash where there were several and none at its end. */
function normalise(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

function topicOf(below: string): string {
  try {
    return decodeURIComponent(below.slice(1));
  } catch {
    throw new MalformedRequest('the address is not encoded correctly');
  }
}
