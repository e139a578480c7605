/**
 * Which access token may do what, on which topic, until when. The shell fills it; the hub only reads.
 *
 * A topic is a session: random, new at every sign-in, and as good as a ticket (FHIRcast §4.3). It lives from
 * `openTopic` to `endTopic`.
 */
import type { Clock } from './clock.js';
import { HubUnavailable, MalformedRequest } from './errors.js';
import type { Randomness } from './randomness.js';
import { Scopes } from './scopes.js';
import { equalSecrets, SecretMap } from './secretMap.js';

/** Only for conformance tests (`--open-topics`): a grant for whichever topic is named. */
export const ANY_TOPIC = Symbol('any topic');

export interface GrantRequest {
  readonly topic: string | typeof ANY_TOPIC;
  /** Scopes divided by spaces: `fhircast/Patient-open.read fhircast/Patient-open.write`. */
  readonly scopes: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The name by which others know this subscriber; null: the name it gives itself. */
  readonly subscriberName: string | null;
}

export interface Grant {
  readonly topic: string | typeof ANY_TOPIC;
  readonly scopes: Scopes;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly subscriberName: string | null;
}

/** The part of a SMART token response that FHIRcast adds to (§2.1). `expires_in` is in seconds. */
export interface SmartLaunch {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly 'hub.url': string;
  readonly 'hub.topic': string;
}

const MOST_TOKENS = 10_000;
/** RFC 6750 §2.1: b64token. */
const TOKEN = /^[A-Za-z0-9\-._~+/]{1,512}=*$/;

export class TokenRegistry {
  readonly #clock: Clock;
  readonly #randomness: Randomness;
  readonly #tokens = new SecretMap<Grant>();
  readonly #topics = new Set<string>();
  readonly #ended = new Set<(ended: { grants: readonly Grant[]; topic: string | null }) => void>();
  #hubUrl = '';

  constructor(clock: Clock, randomness: Randomness) {
    this.#clock = clock;
    this.#randomness = randomness;
  }

  /** Said once by the hub, when it listens. */
  announce(hubUrl: string): void {
    this.#hubUrl = hubUrl;
  }

  /** A new session. */
  openTopic(): string {
    const topic = this.#randomness.secret();
    this.#topics.add(topic);
    return topic;
  }

  hasTopic(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** A new random token. */
  grant(request: GrantRequest): string {
    const token = this.#randomness.secret();
    this.add(token, request);
    return token;
  }

  /** A token somebody else made. Throws MalformedRequest for a token, scope or topic that cannot be. */
  add(token: string, request: GrantRequest): void {
    if (!TOKEN.test(token)) throw new MalformedRequest('an access token is 1 to 512 letters, digits and -._~+/');
    if (request.topic === '') throw new MalformedRequest('a topic may not be empty');
    const now = this.#clock.now();
    this.#tokens.deleteWhere(({ expiresAt }) => expiresAt <= now);
    if (this.#tokens.size >= MOST_TOKENS) throw new HubUnavailable('too many access tokens');
    if (typeof request.topic === 'string') this.#topics.add(request.topic);
    this.#tokens.set(token, { ...request, scopes: new Scopes(request.scopes) });
  }

  /** What a SMART token response says beside its own fields, for a new token on `topic`. */
  launch(request: GrantRequest & { readonly topic: string }): SmartLaunch {
    return {
      access_token: this.grant(request),
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.floor((request.expiresAt - this.#clock.now()) / 1000)),
      scope: request.scopes,
      'hub.url': this.#hubUrl,
      'hub.topic': request.topic,
    };
  }

  /** Undefined for a token that is unknown, revoked or expired: the three cannot be told apart. */
  find(token: string): Grant | undefined {
    const grant = this.#tokens.get(token);
    return grant && grant.expiresAt > this.#clock.now() ? grant : undefined;
  }

  /** Ends one token; its subscriptions are denied. */
  revoke(token: string): void {
    const grant = this.#tokens.get(token);
    if (!grant) return;
    this.#tokens.delete(token);
    this.#tell([grant], null);
  }

  /** Sign-out: ends every token of the session; its subscriptions are denied, its contexts forgotten. */
  endTopic(topic: string): void {
    this.#topics.delete(topic);
    this.#tell(
      this.#tokens.deleteWhere((grant) => grant.topic === topic),
      topic,
    );
  }

  /** The hub listens here for tokens and topics that end. */
  onEnded(listener: (ended: { grants: readonly Grant[]; topic: string | null }) => void): void {
    this.#ended.add(listener);
  }

  #tell(grants: readonly Grant[], topic: string | null): void {
    for (const listener of this.#ended) listener({ grants, topic });
  }
}

/** Whether the grant is for the topic. Compares in constant time: a topic is a secret too. */
export function isFor(grant: Grant, topic: string): boolean {
  return grant.topic === ANY_TOPIC || equalSecrets(grant.topic, topic);
}
