/**
 * The launcher's addresses, for each system that is launched by SMART:
 *
 *   GET  /smart/{system}/authorize                                code, by redirect
 *   POST /smart/{system}/token                                    token
 *   GET  /smart/{system}/fhir/.well-known/smart-configuration     (openid-configuration, jwks.json)
 *   GET  /smart/{system}/fhir/metadata
 *   GET  /smart/{system}/fhir/…                                   the launched patient's record
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LanyardError } from '../../domain/errors.js';
import type { AuditPort } from '../../domain/audit.js';
import { hasWord, hubScopes, messagingScopes, scopeText } from '../../domain/smartScope.js';
import { auditedPatient } from '../../context/auditedPatient.js';
import type { Clock } from '../../context/clock.js';
import type { HubGrant, HubGrantRequest } from '../../context/hubHost/hubHost.js';
import { RateLimit } from '../../context/hub/rateLimit.js';
import { mediaType, readBody } from '../../context/hub/readBody.js';
import { readAuthorization, redirectTarget, type SmartClient } from './authorize.js';
import {
  capabilityStatement,
  type Abilities,
  type Endpoints,
  openIdConfiguration,
  smartConfiguration,
} from './discovery.js';
import { type FhirProxy, notAllowed, revoked } from './fhirProxy.js';
import type { Grants, IssuedToken, LaunchContext, TokenGrant } from './grants.js';
import type { IdTokens } from './idTokens.js';
import type { SmartLimits } from './limits.js';
import { SmartRefusal } from './refusal.js';
import { checkTokenRequest, readTokenRequest } from './tokenRequest.js';

export interface SmartSystem extends SmartClient {
  /** `systems[].id` */
  readonly id: string;
  readonly title: string;
  /** Exact origins whose pages may ask. */
  readonly origins: readonly string[];
}

/** What the launcher asks the rest of Lanyard while it answers. */
export interface SmartContextPorts {
  /** True only while the shell's own banner shows the patient of this choice, verified. */
  readonly showsBanner: (systemId: string, epoch: number) => boolean;
  /** Lets the token in at the session's context hub, with those scopes; null: none runs. */
  readonly grantHub: (request: HubGrantRequest) => Promise<HubGrant | null>;
  /** FHIR id of the encounter; null: not known. Absent: no encounter is ever known. */
  readonly encounterOf?: ((context: LaunchContext) => string | null) | undefined;
}

export interface HandlerParts {
  readonly systems: readonly SmartSystem[];
  /** http://127.0.0.1:41234 */
  readonly origin: string;
  readonly grants: Grants;
  readonly proxy: FhirProxy;
  /** Null: no system may ask who the clinician is. */
  readonly idTokens: IdTokens | null;
  readonly ports: SmartContextPorts;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly limits: SmartLimits;
  readonly report: (error: unknown) => void;
}

const FORM = 'application/x-www-form-urlencoded';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly system: SmartSystem;
  readonly endpoints: Endpoints;
  readonly query: string;
}

export class RequestHandler {
  readonly #systems: ReadonlyMap<string, SmartSystem>;
  readonly #open = new Map<string, RateLimit>();
  readonly #foreign: RateLimit;

  constructor(private readonly parts: HandlerParts) {
    this.#systems = new Map(parts.systems.map((system) => [system.id, system]));
    this.#foreign = new RateLimit(parts.limits.openRequests, parts.clock);
  }

  /** Answers one request. Never throws: what was not foreseen is reported and answered with 500. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      this.parts.report(error);
      if (!response.headersSent) send(response, 500, { error: 'server_error' });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    // SECURITY: exact, against a page whose own name was made to resolve to 127.0.0.1
    if (request.headers.host !== new URL(this.parts.origin).host) {
      send(response, 421, { error: 'invalid_request' });
      return;
    }
    const [path, query] = split(request.url ?? '/');
    const [, id = '', below = ''] = /^\/smart\/([a-z][a-z0-9-]{0,39})(\/.*)$/.exec(path) ?? [];
    const system = this.#systems.get(id);
    if (!system || (request.url ?? '').length > this.parts.limits.addressLength) {
      send(response, system ? 414 : 404, { error: 'invalid_request' });
      return;
    }
    const { origin } = request.headers;
    // SECURITY: a page of any other origin gets nothing at all, not even an answer it could not read
    if (origin !== undefined && !system.origins.includes(origin)) {
      // SECURITY: such a page may ask as often as it likes, and must not fill the trail or use up others' requests
      if (this.#foreign.take()) this.#blocked(system, 'client-mismatch', origin);
      send(response, 403, { error: 'invalid_request' });
      return;
    }
    allowOrigin(request, response, origin);
    const root = `${this.parts.origin}/smart/${id}`;
    const endpoints = { issuer: `${root}/fhir`, authorize: `${root}/authorize`, token: `${root}/token` };
    const exchange: Exchange = { request, response, system, endpoints, query };
    if (request.method === 'OPTIONS') response.writeHead(204, { allow: 'GET, POST' }).end();
    else if (below === '/authorize') this.#authorize(exchange);
    else if (below === '/token') await this.#guarded(exchange, oauthError, () => this.#token(exchange));
    else if (below.startsWith('/fhir/'))
      await this.#guarded(exchange, fhirError, () => this.#fhir(exchange, below.slice('/fhir'.length)));
    else send(response, 404, { error: 'invalid_request' });
  }

  // ── Authorisation ──

  #authorize({ request, response, system, endpoints, query }: Exchange): void {
    let target: URL;
    const parameters = new URLSearchParams(query);
    try {
      this.#countOpen(system);
      if (request.method !== 'GET') throw new SmartRefusal(405, 'invalid_request', 'It did not ask as a page does.');
      const destination = request.headers['sec-fetch-dest'];
      if (request.headers.origin !== undefined || (destination !== undefined && destination !== 'document'))
        throw new SmartRefusal(400, 'invalid_request', 'It did not ask as a page does.', 'client-mismatch');
      target = redirectTarget(parameters, system);
    } catch (error) {
      sendPage(response, system.title, this.#refusal(system, error));
      return;
    }
    const state = parameters.get('state');
    try {
      const asked = readAuthorization(parameters, system, {
        issuer: endpoints.issuer,
        givesFhirUser: this.parts.idTokens?.givesFhirUser ?? false,
      });
      const context = this.parts.grants.takeLaunch(asked.launch, system.id);
      const code = this.parts.grants.code(context, {
        clientId: system.clientId,
        redirectUri: parameters.get('redirect_uri') ?? '',
        challenge: asked.challenge,
        scopes: asked.scopes,
        nonce: asked.nonce,
      });
      target.searchParams.set('code', code);
    } catch (error) {
      const refusal = this.#refusal(system, error);
      target.searchParams.set('error', refusal.code);
      target.searchParams.set('error_description', refusal.message);
    }
    if (state !== null) target.searchParams.set('state', state);
    response.writeHead(302, { location: target.href, 'cache-control': 'no-store' }).end();
  }

  // ── Token ──

  async #token({ request, response, system, endpoints }: Exchange): Promise<void> {
    this.#countOpen(system);
    if (request.method !== 'POST') throw new SmartRefusal(405, 'invalid_request', 'Only POST is possible.');
    if (mediaType(request.headers['content-type']) !== FORM)
      throw new SmartRefusal(415, 'invalid_request', 'Only a form is possible.');
    if (request.headers.authorization !== undefined)
      throw new SmartRefusal(401, 'invalid_client', 'This application is registered as public.', 'client-mismatch');
    const asked = readTokenRequest(await this.#body(request));
    const { context, facts, issue } = this.parts.grants.takeCode(asked.code, system.id);
    checkTokenRequest(asked, facts);
    const issued = issue();
    try {
      // SECURITY: the line stands before the token leaves
      this.parts.audit.record({
        type: 'signOn.tokenIssued',
        systemId: system.id,
        tokenId: issued.grant.id,
        patient: auditedPatient(context.patient),
      });
      const body = await this.#tokenAnswer(issued, context, { system, issuer: endpoints.issuer, ...facts });
      if (!issued.isLive()) throw new SmartRefusal(400, 'invalid_grant', 'This code is not valid.', 'token-refused');
      response.setHeader('pragma', 'no-cache');
      send(response, 200, body);
    } catch (error) {
      issued.takeBack();
      throw error;
    }
  }

  /** SMART App Launch 2, "Obtain access token"; FHIRcast, section 2.1. */
  async #tokenAnswer(
    { secret, grant }: IssuedToken,
    context: LaunchContext,
    {
      system,
      issuer,
      nonce,
      redirectUri,
    }: { system: SmartSystem; issuer: string; nonce: string | null; redirectUri: string },
  ): Promise<object> {
    const { ports, clock, idTokens } = this.parts;
    const hub = await this.#letIntoHub(secret, grant, system);
    const encounter = ports.encounterOf?.(context) ?? null;
    const idToken =
      idTokens && hasWord(grant.scopes, 'openid')
        ? await idTokens.sign({
            issuer,
            audience: system.clientId,
            nonce,
            withFhirUser: hasWord(grant.scopes, 'fhirUser'),
            now: clock.now(),
            expiresAt: grant.expiresAt,
          })
        : null;
    return {
      access_token: secret,
      token_type: 'Bearer',
      expires_in: Math.floor((grant.expiresAt - clock.now()) / 1000),
      scope: grant.scopes.map(scopeText).join(' '),
      patient: context.patient.id,
      ...(encounter !== null && { encounter }),
      need_patient_banner: !ports.showsBanner(system.id, context.epoch),
      ...(hub && { 'hub.url': hub.url, 'hub.topic': hub.topic }),
      ...this.#messaging(grant, redirectUri),
      ...(idToken !== null && { id_token: idToken }),
    };
  }

  /** SMART Web Messaging 1.0.0: the page posts to itself (main/workspace/pageWorld/messaging.ts), so its origin is meant. */
  #messaging(grant: TokenGrant, redirectUri: string): object {
    const scopes = messagingScopes(grant.scopes);
    if (scopes.length === 0) return {};
    return {
      smart_web_messaging_handle: this.parts.grants.messagingHandle(grant, scopes),
      smart_web_messaging_origin: new URL(redirectUri).origin,
    };
  }

  async #letIntoHub(secret: string, grant: TokenGrant, system: SmartSystem): Promise<HubGrant | null> {
    const scopes = hubScopes(grant.scopes);
    if (scopes === '') return null;
    const hub = await this.parts.ports.grantHub({
      token: secret,
      scopes,
      expiresAt: grant.expiresAt,
      subscriberName: system.title,
    });
    if (hub) this.parts.grants.keepHubGrant(grant, hub);
    return hub;
  }

  async #body(request: IncomingMessage): Promise<string> {
    try {
      return await readBody(request, this.parts.limits.formBytes);
    } catch (error) {
      if (error instanceof LanyardError) throw new SmartRefusal(400, 'invalid_request', 'The form cannot be read.');
      throw error;
    }
  }

  // ── FHIR ──

  async #fhir({ request, response, system, endpoints, query }: Exchange, path: string): Promise<void> {
    if (request.method === 'GET') {
      const open = this.#openDocument(system, endpoints, path);
      if (open) {
        this.#countOpen(system);
        send(response, 200, await open());
        return;
      }
    }
    const [, secret] = /^Bearer ([A-Za-z0-9_-]{1,100})$/i.exec(request.headers.authorization ?? '') ?? [];
    const token = secret === undefined ? undefined : this.parts.grants.token(secret, system.id);
    if (!token) {
      this.#countOpen(system);
      throw revoked();
    }
    if (!token.rate.take()) throw new SmartRefusal(429, 'throttled', 'Too many requests. Wait a second.');
    if (request.method !== 'GET') throw notAllowed();
    const body = await this.parts.proxy.answer(token, endpoints.issuer, path, query);
    // The patient may have changed while the FHIR server thought.
    if (!this.parts.grants.isLive(token)) throw revoked();
    send(response, 200, body, 'application/fhir+json');
  }

  #openDocument(system: SmartSystem, endpoints: Endpoints, path: string): (() => object | Promise<object>) | null {
    const { idTokens, ports, clock } = this.parts;
    const openId = idTokens !== null && system.scopes.includes('openid');
    const abilities: Abilities = { scopes: system.scopes, openId, encounter: ports.encounterOf !== undefined };
    switch (path) {
      case '/metadata':
        return () => capabilityStatement(endpoints, new Date(clock.now()).toISOString().slice(0, 10));
      case '/.well-known/smart-configuration':
        return () => smartConfiguration(endpoints, abilities);
      case '/.well-known/openid-configuration':
        return openId ? () => openIdConfiguration(endpoints, abilities) : null;
      case '/.well-known/jwks.json':
        return openId ? () => idTokens.publicKeys() : null;
      default:
        return null;
    }
  }

  // ── Refusals ──

  async #guarded(
    { response, system }: Exchange,
    bodyOf: (refusal: SmartRefusal) => { body: object; type: string },
    answer: () => Promise<void>,
  ): Promise<void> {
    try {
      await answer();
    } catch (error) {
      const refusal = this.#refusal(system, error);
      if (response.headersSent || response.destroyed) return; // the caller has gone
      const { body, type } = bodyOf(refusal);
      if (refusal.status === 401) response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
      if (refusal.status === 429) response.setHeader('retry-after', '1');
      send(response, refusal.status, body, type);
    }
  }

  /** What is told; its line in the audit trail is written first. */
  #refusal(system: SmartSystem, error: unknown): SmartRefusal {
    if (error instanceof SmartRefusal) {
      if (error.blocked !== null) this.#blocked(system, error.blocked);
      return error;
    }
    if (error instanceof LanyardError)
      return new SmartRefusal(503, 'temporarily_unavailable', 'Lanyard cannot record this, so it did not happen.');
    this.parts.report(error);
    return new SmartRefusal(500, 'server_error', 'Lanyard could not answer this.');
  }

  #blocked(system: SmartSystem, reason: NonNullable<SmartRefusal['blocked']>, origin = system.origins[0] ?? ''): void {
    try {
      this.parts.audit.record({
        type: 'signOn.blocked',
        systemId: system.id,
        origin: URL.canParse(origin) ? new URL(origin).origin : 'unparseable',
        reason,
      });
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error); // refused it is, recorded or not
    }
  }

  /** A request without a token. @throws SmartRefusal */
  #countOpen(system: SmartSystem): void {
    let rate = this.#open.get(system.id);
    if (!rate) this.#open.set(system.id, (rate = new RateLimit(this.parts.limits.openRequests, this.parts.clock)));
    if (!rate.take()) throw new SmartRefusal(429, 'temporarily_unavailable', 'Too many requests. Wait a second.');
  }
}

/** No cookie or other ambient right is involved, only the Bearer token; credentials stay off. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, origin: string | undefined): void {
  response.setHeader('vary', 'origin');
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, accept');
  response.setHeader('access-control-allow-private-network', 'true');
  response.setHeader('access-control-max-age', '600');
}

function oauthError({ code, message }: SmartRefusal) {
  return { body: { error: code, error_description: message }, type: 'application/json' };
}

function fhirError({ code, message }: SmartRefusal) {
  const issue = [{ severity: 'error', code, diagnostics: message }];
  return { body: { resourceType: 'OperationOutcome', issue }, type: 'application/fhir+json' };
}

function send(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  if (response.destroyed) return;
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

/** For whoever looks at it: what happened, what to do. Nothing of the request stands in it. */
function sendPage(response: ServerResponse, title: string, { status, message }: SmartRefusal): void {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Not started</title>
<h1>${escape(title)} was not started</h1>
<p>It asked Lanyard for a patient’s record in a way that is not allowed. ${escape(message)}</p>
<p>Nothing was given to it. Choose the patient again; if this stays, call IT support.</p></html>`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  });
  response.end(body);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}
