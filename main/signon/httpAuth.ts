/**
 * HTTP Basic (over https only) and NTLM: answers a system's challenge with the clinician's credentials, once for each
 * attempt. Outside an attempt nothing is answered: the system's 401 page then stands in the covered tab, and signing on
 * begins from there. So one wrong password costs an account one try, whatever the page asks for again.
 * Source: RFC 7617; MS-NLMP; Electron's 'login' event.
 */
import type { AuditPort, RecordableEvent } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { originForAudit } from '../domain/navigation.js';
import type { Credentials } from '../vault/vault.js';
import type { CredentialSource, HttpChallenge, SignOnMethod, SignOnOutcome, SignOnPage } from './signOn.js';

export interface HttpSignOnOptions {
  /** `systems[].id`, or `identityProviders[].id`. */
  readonly id: string;
  readonly title: string;
  /** Of the system: with a host's origins go the ports that may be answered. */
  readonly origins: readonly string[];
  /** Exact hosts that may be answered; absent: those of `origins`. */
  readonly hosts?: readonly string[] | undefined;
  readonly schemes: readonly ('basic' | 'ntlm')[];
  readonly credentials: CredentialSource;
  readonly audit: AuditPort;
  /** For one load of the page, in milliseconds. */
  readonly loadTimeout: number;
}

export function createHttpSignOn(options: HttpSignOnOptions): SignOnMethod {
  return new HttpSignOn(options);
}

type BlockedReason = 'unlisted-host' | 'not-encrypted' | 'proxy' | 'scheme' | 'asked-again';

interface Attempt {
  readonly signal: AbortSignal;
  /** idle: nobody asked yet · taking: the credentials are on their way · answered: sent · refused: the server asked again. */
  answer: 'idle' | 'taking' | 'answered' | 'refused';
  /** The system's own page asked, not something in it. */
  isForPage: boolean;
  blocked: BlockedReason | null;
}

class HttpSignOn implements SignOnMethod {
  readonly name = 'http';
  readonly #hosts: ReadonlySet<string>;
  readonly #recorded = new Set<string>();
  #attempt: Attempt | null = null;
  /** Address that the attempt loads. */
  #page = '';

  constructor(private readonly options: HttpSignOnOptions) {
    const { hosts, origins } = options;
    this.#hosts = new Set(
      (hosts ?? origins.map((origin) => new URL(origin).hostname)).map((host) => host.toLowerCase()),
    );
  }

  async signOn(page: SignOnPage, signal: AbortSignal): Promise<SignOnOutcome> {
    const { title, credentials, loadTimeout } = this.options;
    if (signal.aborted || this.#attempt) return unavailable(`Signing in to ${title} was ended.`);
    if (credentials.state !== 'usable') return this.#needed();
    if (!this.#isOwn(page.address)) {
      this.#block('unlisted-host', page.address);
      return unavailable(`${title} is at another address than the one that may be signed in to. Call IT support.`);
    }
    const attempt: Attempt = { signal, answer: 'idle', isForPage: false, blocked: null };
    this.#attempt = attempt;
    this.#page = withoutHash(page.address);
    try {
      const { outcome } = await page.load(new URL(page.address), loadTimeout);
      return await this.#judge(attempt, outcome === 'loaded' && this.#isOwn(page.address) ? page.status : 0);
    } finally {
      this.#attempt = null;
    }
  }

  /** SECURITY: every line before the credentials are taken is a reason not to. */
  async answerChallenge(challenge: HttpChallenge): Promise<Credentials | null> {
    const attempt = this.#attempt;
    const reason = this.#reasonAgainst(challenge);
    if (reason) {
      if (attempt) attempt.blocked ??= reason;
      this.#block(reason, challenge.url);
      return null;
    }
    if (!attempt || attempt.signal.aborted) return null;
    if (attempt.answer !== 'idle' || !challenge.isFirst) {
      await this.#askedAgain(attempt, challenge);
      return null;
    }
    attempt.answer = 'taking';
    return this.#answer(attempt, challenge);
  }

  async #answer(attempt: Attempt, challenge: HttpChallenge): Promise<Credentials | null> {
    const { id, credentials, audit } = this.options;
    try {
      const origin = originForAudit(challenge.url);
      audit.record({ type: 'signOn.attempted', systemId: id, method: this.name, origin });
      const taken = await credentials.take();
      if (!taken) return null;
      if (attempt.signal.aborted || this.#attempt !== attempt) {
        taken.password.wipe();
        await credentials.untouched?.(); // it was never sent
        return null;
      }
      attempt.answer = 'answered';
      attempt.isForPage = this.#page === withoutHash(challenge.url);
      return taken;
    } catch (error) {
      if (error instanceof LanyardError) return null; // not recordable, or the vault closed: nothing may be tried
      throw error;
    }
  }

  /** A challenge to the same request: the server did not accept. One to another request says nothing about the first. */
  async #askedAgain(attempt: Attempt, challenge: HttpChallenge): Promise<void> {
    this.#block('asked-again', challenge.url);
    if (attempt.answer !== 'answered' || challenge.isFirst) return;
    attempt.answer = 'refused';
    await this.options.credentials.refuse();
  }

  #reasonAgainst({ url, scheme, host, port, isProxy }: HttpChallenge): BlockedReason | null {
    if (isProxy) return 'proxy';
    if (!URL.canParse(url)) return 'unlisted-host';
    const asked = new URL(url);
    // who asks is who was asked: nothing else may put its name there
    if (asked.hostname !== host.toLowerCase() || portOf(asked) !== port) return 'unlisted-host';
    if (!this.#hosts.has(asked.hostname)) return 'unlisted-host';
    const name = scheme.toLowerCase();
    const known = this.options.schemes.find((one) => one === name);
    if (!known) return 'scheme';
    if (known === 'basic' && !isEncryptedOrLoopback(asked)) return 'not-encrypted';
    return this.#isListedOrigin(asked) ? null : 'unlisted-host';
  }

  /** The origins of the system decide the port; a host without an origin has the usual one. */
  #isListedOrigin(asked: URL): boolean {
    if (this.options.origins.includes(asked.origin)) return true;
    const hasOrigin = this.options.origins.some((origin) => {
      const { hostname, protocol } = new URL(origin);
      return hostname === asked.hostname && protocol === asked.protocol;
    });
    return !hasOrigin && asked.port === '';
  }

  /** @param status of the system's own page that came, 0 where none did: then nothing is known about the answer */
  async #judge(attempt: Attempt, status: number): Promise<SignOnOutcome> {
    const { title, credentials } = this.options;
    const isIn = status > 0 && status < 400;
    if (attempt.answer === 'refused') return { outcome: 'refused' };
    if (attempt.answer === 'answered' && status === 401) {
      await credentials.refuse();
      return { outcome: 'refused' };
    }
    // Where a picture or a script asked, its own answer may still come: nobody knows yet whether it was accepted.
    if (attempt.answer === 'answered' && isIn && attempt.isForPage) await credentials.confirm();
    if (attempt.signal.aborted) return unavailable(`Signing in to ${title} was ended.`);
    if (isIn) return { outcome: 'signed-on' };
    if (attempt.blocked) return unavailable(explanationOf(attempt.blocked, title));
    if (attempt.answer !== 'answered' && credentials.state !== 'usable') return this.#needed();
    if (status === 401)
      return unavailable(`${title} asks for a kind of sign-in that Lanyard does not give. Call IT support.`);
    if (status === 403) return unavailable(`${title} does not let you in with this sign-in. Call IT support.`);
    return unavailable(`${title} does not answer. Try again in a moment.`);
  }

  #isOwn(address: string): boolean {
    return URL.canParse(address) && this.options.origins.includes(new URL(address).origin);
  }

  #needed(): SignOnOutcome {
    const { state, id } = this.options.credentials;
    const reason = state === 'usable' ? 'none' : state;
    return { outcome: 'credentials-needed', reason, of: id };
  }

  /** Once for each reason and origin: a page can ask a thousand times. */
  #block(reason: BlockedReason, address: string): void {
    const origin = originForAudit(address);
    const key = `${reason} ${origin}`;
    if (this.#recorded.has(key)) return;
    const event: RecordableEvent = { type: 'signOn.blocked', systemId: this.options.id, origin, reason };
    try {
      this.options.audit.record(event);
      this.#recorded.add(key);
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error; // the recorder says itself that it is unwell; nothing was sent
    }
  }
}

function withoutHash(address: string): string {
  return address.split('#')[0] ?? '';
}

function explanationOf(reason: BlockedReason, title: string): string {
  switch (reason) {
    case 'proxy':
      return `A proxy asked for a password on the way to ${title}. It was not given one. Call IT support.`;
    case 'not-encrypted':
      return `${title} asked for your password over a connection that is not encrypted. It was not given. Call IT support.`;
    case 'unlisted-host':
      return `Another address than ${title} asked for your password. It was not given. Call IT support.`;
    case 'scheme':
      return `${title} asks for a kind of sign-in that Lanyard does not give. Call IT support.`;
    case 'asked-again':
      return `${title} asked for your password more than once. Try again in a moment.`;
  }
}

function unavailable(explanation: string): SignOnOutcome {
  return { outcome: 'unavailable', explanation };
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** As everywhere else: http on 127.0.0.1 never leaves the machine. */
function isEncryptedOrLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
}
