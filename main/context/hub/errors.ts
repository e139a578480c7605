/**
 * The outcomes a caller of the hub can meet, one class each.
 *
 * `message` is sent to the caller as text/plain (FHIRcast §2.4) and may be logged: it names the field at fault and
 * never its value, so no patient data, token or topic can travel in it.
 */
import type { ErrorCode } from '../../../preload/contract.js';
import { LanyardError } from '../../domain/errors.js';

export abstract class HubError extends LanyardError {
  /** HTTP status. */
  abstract readonly status: number;
  /** Further response headers. */
  readonly headers: Readonly<Record<string, string>> = {};

  protected constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The request does not say what FHIRcast asks for. */
export class MalformedRequest extends HubError {
  readonly status = 400;
  constructor(message: string, options?: ErrorOptions) {
    super('bad-request', message, options);
  }
}

/** No token, or none that is known and still valid (RFC 6750 §3). */
export class NotAuthorized extends HubError {
  readonly status = 401;
  override readonly headers: Readonly<Record<string, string>>;
  constructor(tokenWasSent: boolean) {
    super('forbidden', tokenWasSent ? 'the access token is not valid' : 'a Bearer access token is required');
    this.headers = {
      'www-authenticate': tokenWasSent ? 'Bearer realm="fhircast", error="invalid_token"' : 'Bearer realm="fhircast"',
    };
  }
}

/** The token's scopes do not cover the event in that direction (FHIRcast §2.2). */
export class ScopeMissing extends HubError {
  readonly status = 403;
  override readonly headers = { 'www-authenticate': 'Bearer realm="fhircast", error="insufficient_scope"' };
  constructor(event: string, direction: 'read' | 'write') {
    super('forbidden', `the access token has no scope fhircast/${event}.${direction}`);
  }
}

/** One answer for a topic that belongs to others and for one that does not exist: a topic cannot be probed for. */
export class TopicRefused extends HubError {
  readonly status = 403;
  constructor() {
    super('forbidden', 'the access token is not for this topic');
  }
}

/** Nothing lives at this address. */
export class NotFound extends HubError {
  readonly status = 404;
  constructor(message = 'there is nothing at this address') {
    super('bad-request', message);
  }
}

export class MethodRefused extends HubError {
  readonly status = 405;
  override readonly headers: Readonly<Record<string, string>>;
  constructor(allowed: string) {
    super('bad-request', `this address accepts ${allowed}`);
    this.headers = { allow: allowed };
  }
}

/** The context moved on: an older or crossing change never wins. */
export class ChangeIsStale extends HubError {
  readonly status = 409;
  constructor(message: string) {
    super('bad-request', message);
  }
}

/** The content moved on: get the current context and try again (FHIRcast §2.10). */
export class VersionConflict extends HubError {
  readonly status = 409;
  constructor(message: string) {
    super('bad-request', message);
  }
}

/** An event id is used once; only the very same request may be sent again (FHIRcast §2.5). */
export class DuplicateId extends HubError {
  readonly status = 409;
  constructor() {
    super('bad-request', 'id was used by an earlier event of this topic');
  }
}

export class TooLarge extends HubError {
  readonly status = 413;
  constructor(what: string, limit: number) {
    super('bad-request', `${what} is larger than ${limit} bytes`);
  }
}

export class MediaTypeRefused extends HubError {
  readonly status = 415;
  constructor(accepted: string) {
    super('bad-request', `content-type must be ${accepted}`);
  }
}

/** The request was meant for another host: DNS rebinding, or a wrong address. */
export class HostRefused extends HubError {
  readonly status = 421;
  constructor() {
    super('forbidden', 'the Host header does not name this hub');
  }
}

export class TooManyRequests extends HubError {
  readonly status = 429;
  override readonly headers: Readonly<Record<string, string>>;
  /** @param retryAfter whole seconds */
  constructor(message: string, retryAfter: number) {
    super('unavailable', message);
    this.headers = { 'retry-after': String(retryAfter) };
  }
}

/** The hub is full or closing. */
export class HubUnavailable extends HubError {
  readonly status = 503;
  constructor(message: string, options?: ErrorOptions) {
    super('unavailable', message, options);
  }
}
