/**
 * The trust's identity provider during one clinician's session: signed in to once, on a page of its own, however many
 * systems ask for it; signed out of at the end. What it is signed in with is a method like that of any system.
 */
import type { Clock } from '../context/clock.js';
import type { AuditPort, RecordableEvent } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { type PageSign, showsPasswordBox, showsSign } from './pageSigns.js';
import type { CredentialSource, SignOnFinding, SignOnMethod, SignOnOutcome, SignOnPage } from './signOn.js';

/** The provider's own top-level page, in the session that its systems share. It never shows. */
export interface ProviderPage extends SignOnPage {
  dispose(): void | Promise<void>;
}

export interface IdentityProviderOptions {
  /** `identityProviders[].id` */
  readonly id: string;
  readonly title: string;
  readonly url: URL;
  /** Exact origins. */
  readonly origins: readonly string[];
  /** Absent: it is signed in to when its `url` shows no password box, which takes a second longer to know. */
  readonly signedIn?: PageSign | undefined;
  readonly signOutUrl?: URL | undefined;
  /** Negotiate (with "otherwise"), http or form. Its audit lines carry the provider's id. */
  readonly method: SignOnMethod;
  /** What the method signs in with: good after all where the provider says so. */
  readonly credentials?: Pick<CredentialSource, 'confirm'> | undefined;
  /** Called when the page is needed first. */
  readonly openPage: () => ProviderPage;
  /** GET of one of the provider's addresses, in its session. @throws LanyardError('unavailable') saying what happened */
  readonly ask: (address: URL, signal: AbortSignal) => Promise<{ readonly status: number; readonly text: string }>;
  readonly clock: Clock;
  readonly audit: AuditPort;
  readonly report: (error: unknown) => void;
}

export interface IdentityProviderSession {
  readonly id: string;
  readonly title: string;
  readonly origins: readonly string[];
  readonly negotiateHosts: readonly string[] | undefined;
  /** This address is a page of the provider. */
  recognises(address: string): boolean;
  /**
   * Whoever asks while it is being signed in to waits for the same attempt. Never rejects but for defects. `refused`
   * never: a refusal is 'credentials-needed', of the provider.
   */
  ensureSignedIn(signal: AbortSignal): Promise<SignOnOutcome>;
  /** Ends the provider's session, and with it what it told the systems. Once; nobody is signed in afterwards. */
  signOut(signal: AbortSignal): Promise<void>;
  check(signal: AbortSignal): Promise<readonly SignOnFinding[]>;
  dispose(): void;
}

const LOAD_TIMEOUT = 15_000;
/** How long a page that says neither "signed in" nor "sign in" is looked at, in milliseconds. */
const SETTLE = 1_000;
const LOOK_EVERY = 50;
/** So long after signing in the answer to another system is known without looking again, in milliseconds. */
const FRESH_FOR = 5_000;
const CHECK_TIMEOUT = 5_000;
const LOOKS_REFUSED: readonly SignOnOutcome['outcome'][] = ['refused', 'unavailable'];

export function createIdentityProviderSession(options: IdentityProviderOptions): IdentityProviderSession {
  return new ProviderSession(options);
}

interface Attempt {
  readonly outcome: Promise<SignOnOutcome>;
  readonly abort: AbortController;
  /** How many systems wait for it. */
  waiting: number;
}

class ProviderSession implements IdentityProviderSession {
  #page: ProviderPage | null = null;
  #running: Attempt | null = null;
  #signedInAt: number | null = null;
  #wasAsked = false;
  #signingOut: Promise<void> | null = null;
  #isOver = false;

  constructor(private readonly options: IdentityProviderOptions) {}

  get id(): string {
    return this.options.id;
  }

  get title(): string {
    return this.options.title;
  }

  get origins(): readonly string[] {
    return this.options.origins;
  }

  get negotiateHosts(): readonly string[] | undefined {
    return this.options.method.negotiateHosts;
  }

  recognises(address: string): boolean {
    return URL.canParse(address) && this.options.origins.includes(new URL(address).origin);
  }

  async ensureSignedIn(signal: AbortSignal): Promise<SignOnOutcome> {
    if (this.#isOver || signal.aborted) return this.#tookTooLong();
    this.#wasAsked = true;
    // One that was given up ends first: there is one page, and never two attempts on it.
    if (this.#running?.abort.signal.aborted) {
      await this.#running.outcome;
      return this.ensureSignedIn(signal);
    }
    if (!this.#running && this.#signedInAt !== null && this.options.clock.now() - this.#signedInAt < FRESH_FOR)
      return { outcome: 'signed-on' };
    const attempt = (this.#running ??= this.#begin());
    attempt.waiting += 1;
    const { promise: left, end } = untilAborted(signal);
    try {
      return await Promise.race([attempt.outcome, left.then(() => this.#tookTooLong())]);
    } finally {
      end();
      attempt.waiting -= 1;
      if (attempt.waiting === 0) attempt.abort.abort(); // nobody needs it any more; too late where it has ended
    }
  }

  signOut(signal: AbortSignal): Promise<void> {
    this.#signingOut ??= this.#signOut(signal);
    return this.#signingOut;
  }

  async check(signal: AbortSignal): Promise<readonly SignOnFinding[]> {
    const { url, method } = this.options;
    const findings: SignOnFinding[] = [];
    const until = withDeadline(this.options.clock, CHECK_TIMEOUT, signal);
    try {
      findings.push(await this.#checkReachable(url, until.signal));
      if (findings[0]?.status === 'good') findings.push(await this.#checkDiscovery(url, until.signal));
    } finally {
      until.end();
    }
    return [...findings, ...((await method.check?.(signal)) ?? [])];
  }

  dispose(): void {
    this.#isOver = true;
    this.#running?.abort.abort();
    const page = this.#page;
    this.#page = null;
    void Promise.resolve(page?.dispose()).catch(this.options.report);
  }

  // ── Signing in ──

  #begin(): Attempt {
    const abort = new AbortController();
    const outcome = this.#attempt(abort.signal)
      .catch((error: unknown): SignOnOutcome => {
        if (error instanceof LanyardError) return { outcome: 'unavailable', explanation: `${error.message}.` };
        this.options.report(error);
        return this.#tookTooLong();
      })
      .then((result) => {
        this.#running = null;
        this.#signedInAt = result.outcome === 'signed-on' ? this.options.clock.now() : null;
        return result;
      });
    const running = { outcome, abort, waiting: 0 };
    return running;
  }

  async #attempt(signal: AbortSignal): Promise<SignOnOutcome> {
    const page = (this.#page ??= this.options.openPage());
    const release = page.holdDrawing();
    try {
      const opened = await this.#open(page, this.options.url, signal);
      if (opened) return opened;
      if (await this.#isSignedIn(page, signal)) return { outcome: 'signed-on' };
      if (signal.aborted) return this.#tookTooLong();
      if (await this.#forgetRequests(page)) {
        const again = await this.#open(page, this.options.url, signal);
        if (again) return again;
      }
      const outcome = await this.#signOn(page, signal);
      this.#note({
        type: 'signOn.ended',
        systemId: this.id,
        method: nameForAudit(this.options.method),
        outcome: outcome.outcome,
      });
      return this.#forSystems(outcome);
    } finally {
      release();
    }
  }

  async #signOn(page: ProviderPage, signal: AbortSignal): Promise<SignOnOutcome> {
    const outcome = await this.options.method.signOn(page, signal);
    if (!LOOKS_REFUSED.includes(outcome.outcome) || !(await this.#isInAfterAll(page, signal))) return outcome;
    await this.options.credentials?.confirm();
    return { outcome: 'signed-on' };
  }

  /**
   * A provider may let somebody in and then lead on to a system whose page asked meanwhile: this page must not follow,
   * stays where it was, and looks like a refusal. What the provider itself says afterwards counts; nothing is sent for it.
   */
  async #isInAfterAll(page: ProviderPage, signal: AbortSignal): Promise<boolean> {
    // SECURITY(lockout): a refusal is overruled by the provider's own sign only, never by a page that asks for nothing.
    if (!this.options.signedIn) return false;
    // The first time it may want to lead on once more.
    const away =
      (await this.#open(page, this.options.url, signal)) && (await this.#open(page, this.options.url, signal));
    return !away && (await this.#isSignedIn(page, signal));
  }

  /** @returns null when it stands on a page of the provider */
  async #open(page: ProviderPage, address: URL, signal: AbortSignal): Promise<SignOnOutcome | null> {
    const { promise: left, end } = untilAborted(signal);
    const { outcome, explanation } = await Promise.race([
      page.load(address, LOAD_TIMEOUT),
      left.then((): Awaited<ReturnType<SignOnPage['load']>> => ({ outcome: 'superseded' })),
    ]).finally(end);
    if (outcome === 'superseded') return this.#tookTooLong();
    if (outcome !== 'loaded')
      return {
        outcome: 'unavailable',
        explanation:
          explanation ??
          `${this.title} did not open its page. Try again in a moment; if it stays like this, call IT support.`,
      };
    // The page's own guards let it go nowhere else; this is said again here because a password may follow.
    if (!this.recognises(page.address)) {
      this.#note({ type: 'signOn.blocked', systemId: this.id, origin: originOf(page.address), reason: 'other-page' });
      return {
        outcome: 'unavailable',
        explanation: `${this.title} led to an address that is not its own, so nothing was typed. Call IT support.`,
      };
    }
    if (page.status >= 400 && page.status !== 401)
      return {
        outcome: 'unavailable',
        explanation: `${this.title} answered with an error (${page.status}). Try again in a moment; if it stays like this, call IT support.`,
      };
    return null;
  }

  async #isSignedIn(page: ProviderPage, signal: AbortSignal): Promise<boolean> {
    if (page.status === 401) return false;
    const { clock, signedIn } = this.options;
    const until = clock.now() + SETTLE;
    while (!signal.aborted) {
      const seen = await this.#look(page, signedIn);
      if (seen === 'signed-in') return true;
      if (seen === 'asks') return false;
      if (clock.now() >= until) return signedIn === undefined && seen === 'nothing';
      await pause(clock, LOOK_EVERY, signal);
    }
    return false;
  }

  /**
   * A provider remembers in a cookie that a system's page asked for a sign-in, and whoever signs in next, on any page of
   * this session, is led on to that system: away from here, in the middle. Nobody is signed in yet, so nothing is lost.
   * @returns there was something to forget
   */
  async #forgetRequests(page: ProviderPage): Promise<boolean> {
    const devTools = await page.attach();
    try {
      const { cookies } = (await devTools.send('Network.getCookies', { urls: [page.address] })) as {
        cookies: readonly { readonly name: string; readonly domain: string; readonly path: string }[];
      };
      for (const { name, domain, path } of cookies)
        await devTools.send('Network.deleteCookies', { name, domain, path });
      return cookies.length > 0;
    } finally {
      devTools.detach();
    }
  }

  /** 'moving': the page went on in the middle of it. */
  async #look(page: ProviderPage, sign: PageSign | undefined): Promise<'signed-in' | 'asks' | 'nothing' | 'moving'> {
    const devTools = await page.attach();
    try {
      if (sign && (await showsSign(devTools, page.address, sign))) return 'signed-in';
      return (await showsPasswordBox(devTools)) ? 'asks' : 'nothing';
    } catch {
      return 'moving';
    } finally {
      devTools.detach();
    }
  }

  /** What the provider's own outcome means for a system that asked: its account is the provider's. */
  #forSystems(outcome: SignOnOutcome): SignOnOutcome {
    switch (outcome.outcome) {
      case 'refused':
        return { outcome: 'credentials-needed', reason: 'refused', of: this.id };
      case 'credentials-needed':
        return { ...outcome, of: this.id };
      case 'signed-on':
      case 'page-changed':
      case 'not-learnt':
      case 'unavailable':
      case 'by-hand':
        return outcome;
    }
  }

  #tookTooLong(): SignOnOutcome {
    return { outcome: 'unavailable', explanation: `Signing in to ${this.title} took too long. Try again in a moment.` };
  }

  // ── Signing out ──

  async #signOut(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    this.#running?.abort.abort();
    this.#signedInAt = null;
    const { signOutUrl, openPage } = this.options;
    if (!signOutUrl || !this.#wasAsked || signal.aborted) return;
    const page = (this.#page ??= openPage());
    const { promise: left, end } = untilAborted(signal);
    const { outcome } = await Promise.race([
      page.load(signOutUrl, LOAD_TIMEOUT),
      left.then(() => ({ outcome: 'failed' as const })),
    ]).finally(end);
    if (outcome === 'failed')
      this.options.report(new LanyardError('unavailable', `the sign-out page of ${this.id} did not answer in time`));
  }

  // ── Health ──

  async #checkReachable(url: URL, signal: AbortSignal): Promise<SignOnFinding> {
    try {
      const { status } = await this.options.ask(url, signal);
      if (status < 400 || status === 401)
        return { check: 'provider', status: 'good', message: `${this.title} answers.`, remedy: null };
      return {
        check: 'provider',
        status: 'bad',
        message: `${this.title} answers with an error (${status}).`,
        remedy: 'Ask whoever runs the identity provider.',
      };
    } catch (error) {
      return {
        check: 'provider',
        status: 'bad',
        message: messageOf(error),
        remedy: 'Check its address, certificate and the network.',
      };
    }
  }

  /** OpenID Connect Discovery 1.0, section 4: below the issuer's address. A provider of SAML alone has none. */
  async #checkDiscovery(url: URL, signal: AbortSignal): Promise<SignOnFinding> {
    const check = 'discovery';
    const address = new URL(`${url.pathname.replace(/\/?$/, '/')}.well-known/openid-configuration`, url.origin);
    const found = await this.options.ask(address, signal).catch(() => ({ status: 0, text: '' }));
    const document = found.status === 200 ? readObject(found.text) : null;
    if (!document)
      return {
        check,
        status: 'not-applicable',
        message: `${this.title} publishes no OpenID Connect discovery document.`,
        remedy: null,
      };
    const strange = ['issuer', 'authorization_endpoint', 'end_session_endpoint'].filter((key) => {
      const value = document[key];
      return typeof value === 'string' && !this.recognises(value);
    });
    if (strange.length > 0)
      return {
        check,
        status: 'bad',
        message: `${this.title} says that its ${strange.join(', ')} is at an origin that is not configured.`,
        remedy: `Add that origin to identityProviders[].origins of "${this.id}", if it is right.`,
      };
    return {
      check,
      status: 'good',
      message: `The discovery document of ${this.title} fits the configuration.`,
      remedy: null,
    };
  }

  #note(event: RecordableEvent): void {
    try {
      this.options.audit.record(event);
    } catch (error) {
      if (!(error instanceof LanyardError)) this.options.report(error);
    }
  }
}

function nameForAudit({ name }: SignOnMethod): 'negotiate' | 'http' | 'form' {
  return name === 'negotiate' || name === 'http' ? name : 'form';
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : 'unparseable';
}

function messageOf(error: unknown): string {
  return error instanceof LanyardError ? `${error.message}.` : 'It could not be asked.';
}

function readObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function untilAborted(signal: AbortSignal): { promise: Promise<void>; end: () => void } {
  let end: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const left = (): void => {
      resolve();
    };
    signal.addEventListener('abort', left, { once: true });
    end = () => {
      signal.removeEventListener('abort', left);
    };
  });
  return { promise, end };
}

function withDeadline(
  clock: Clock,
  milliseconds: number,
  outer: AbortSignal,
): { signal: AbortSignal; end: () => void } {
  const over = new AbortController();
  const end = clock.after(milliseconds, () => {
    over.abort();
  });
  return { signal: AbortSignal.any([over.signal, outer]), end };
}

async function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, end } = untilAborted(signal);
  let cancel: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(milliseconds, resolve);
  });
  await Promise.race([promise, over]);
  cancel();
  end();
}
