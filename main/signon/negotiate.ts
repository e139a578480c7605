/**
 * Kerberos (SPNEGO): the browser answers a system's 401 by itself with the clinician's ticket, silently, for exactly the
 * configured hosts, and only where the ticket is the clinician's own. Here is what to do when that did not happen.
 * Source: RFC 4559.
 */
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { originForAudit } from '../domain/navigation.js';
import type { SignOnFinding, SignOnMethod, SignOnOutcome, SignOnPage } from './signOn.js';
import type { TicketSource } from './tickets/ticketSource.js';

export interface NegotiateOptions {
  /** `systems[].id`, or `identityProviders[].id`. */
  readonly id: string;
  readonly title: string;
  /** Where signing in to it begins. */
  readonly startAddress: URL;
  readonly origins: readonly string[];
  /** Exact hosts that may be answered; absent: those of `origins`. */
  readonly hosts?: readonly string[] | undefined;
  /** Exact paths of the system's own sign-in page, where it has one. */
  readonly signInPaths?: readonly string[] | undefined;
  readonly tickets: TicketSource;
  /** How to sign in where there is no ticket. */
  readonly otherwise?: SignOnMethod | undefined;
  readonly audit: AuditPort;
  /** For one load of the page, in milliseconds. */
  readonly loadTimeout: number;
}

export function createNegotiateSignOn(options: NegotiateOptions): SignOnMethod {
  return new NegotiateSignOn(options);
}

class NegotiateSignOn implements SignOnMethod {
  readonly name = 'negotiate';
  readonly #hosts: readonly string[];
  readonly #recorded = new Set<string>();
  readonly answerChallenge?: NonNullable<SignOnMethod['answerChallenge']>;
  readonly signOut?: NonNullable<SignOnMethod['signOut']>;

  constructor(private readonly options: NegotiateOptions) {
    this.#hosts = (options.hosts ?? options.origins.map((origin) => new URL(origin).hostname)).map(lowerCase);
    const { otherwise } = options;
    if (otherwise?.answerChallenge) this.answerChallenge = otherwise.answerChallenge.bind(otherwise);
    if (otherwise?.signOut) this.signOut = otherwise.signOut.bind(otherwise);
  }

  /** SECURITY: none where the ticket is not the clinician's own. */
  get negotiateHosts(): readonly string[] {
    return this.options.tickets.state().status === 'own' ? this.#hosts : [];
  }

  async signOn(page: SignOnPage, signal: AbortSignal): Promise<SignOnOutcome> {
    if (isOver(signal)) return unavailable(`Signing in to ${this.options.title} was ended.`);
    const ticket = await this.#byTicket(page, signal);
    if (ticket.outcome === 'signed-on' || isOver(signal) || !this.options.otherwise) return ticket;
    return this.options.otherwise.signOn(page, signal);
  }

  async check(signal: AbortSignal): Promise<readonly SignOnFinding[]> {
    const { tickets, otherwise } = this.options;
    const ofTickets = await Promise.all(this.#hosts.map((host) => tickets.check(host, signal)));
    return [...ofTickets.flat(), ...((await otherwise?.check?.(signal)) ?? [])];
  }

  async #byTicket(page: SignOnPage, signal: AbortSignal): Promise<SignOnOutcome> {
    const { id, title, tickets, startAddress, loadTimeout, audit } = this.options;
    const state = tickets.state();
    if (state.status === 'none') return unavailable(state.explanation);
    const asked = new URL(page.status === 401 && this.#isOwn(page.address) ? page.address : startAddress);
    if (!this.#hosts.includes(asked.hostname)) {
      this.#block(asked.href);
      return unavailable(`${title} may not be signed in to with your ticket from here. Call IT support.`);
    }
    try {
      audit.record({ type: 'signOn.attempted', systemId: id, method: this.name, origin: asked.origin });
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
      return unavailable(`Signing in to ${title} cannot be recorded now, so it was not done. Try again in a moment.`);
    }
    const { outcome } = await page.load(asked, loadTimeout);
    if (isOver(signal) || outcome === 'superseded') return unavailable(`Signing in to ${title} was ended.`);
    if (outcome === 'loaded' && this.#isSignedOn(page)) return { outcome: 'signed-on' };
    if (outcome !== 'loaded' || (page.status !== 401 && !this.#isSignInPage(page)))
      return unavailable(`${title} does not answer. Try again in a moment.`);
    return unavailable(await this.#explain(new URL(asked).hostname, signal));
  }

  #isSignedOn(page: SignOnPage): boolean {
    return page.status > 0 && page.status < 400 && this.#isOwn(page.address) && !this.#isSignInPage(page);
  }

  #isSignInPage({ address }: SignOnPage): boolean {
    return URL.canParse(address) && (this.options.signInPaths ?? []).includes(new URL(address).pathname);
  }

  #isOwn(address: string): boolean {
    return URL.canParse(address) && this.options.origins.includes(new URL(address).origin);
  }

  /** The ticket itself is asked for once more: the browser does not say why it had none. */
  async #explain(host: string, signal: AbortSignal): Promise<string> {
    const findings = await this.options.tickets.check(host, signal);
    const problem = findings.find(({ status }) => status === 'bad');
    return problem ? problem.message : `${this.options.title} does not accept your ticket. Call IT support.`;
  }

  /** Once for each origin. */
  #block(address: string): void {
    const origin = originForAudit(address);
    if (this.#recorded.has(origin)) return;
    try {
      this.options.audit.record({ type: 'signOn.blocked', systemId: this.options.id, origin, reason: 'unlisted-host' });
      this.#recorded.add(origin);
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error; // the recorder says itself that it is unwell; nothing was sent
    }
  }
}

function unavailable(explanation: string): SignOnOutcome {
  return { outcome: 'unavailable', explanation };
}

/** A function, because an await may change it. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function lowerCase(host: string): string {
  return host.toLowerCase();
}
