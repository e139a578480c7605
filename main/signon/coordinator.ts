/**
 * Signing on during one clinician's session: one attempt at a time for each system, each with a deadline and its audit
 * lines; HTTP challenges; what is entered and learnt; front-channel sign-out at the end.
 */
import type { Patient } from '../../preload/contract.js';
import type { Clock } from '../context/clock.js';
import type { TabSignOn } from '../context/followedTab.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import type { Credentials } from '../vault/vault.js';
import { BlockedLines } from './blockedLines.js';
import type { HttpChallenge, SignOnFinding, SignOnMethod, SignOnOutcome, SignOnPage } from './signOn.js';

/** The longest a sign-on may take, in milliseconds: two navigations of a slow system. */
const SIGN_ON_DEADLINE = 30_000;
/** The longest that signing out waits for the systems' own sign-out pages, in milliseconds. */
const SIGN_OUT_DEADLINE = 3_000;

export interface SignedOnSystem {
  readonly id: string;
  readonly title: string;
  readonly method: SignOnMethod;
  readonly page: SignOnPage;
}

/** Makes SMART launches; signon/smart is the real one. */
export interface SmartLaunches {
  /** @throws LanyardError('unavailable') */
  launchAddress(systemId: string, launchUrl: URL, patient: Patient, epoch: number): URL | Promise<URL>;
}

export interface CoordinatorParts {
  readonly clock: Clock;
  readonly audit: AuditPort;
  /** A failure nobody foresaw: logged, redacted. */
  readonly report: (error: unknown) => void;
  /** Resolves when the vault has been opened, or is known not to open; the first attempts wait for it. */
  readonly vaultReady: Promise<unknown>;
  readonly smart: SmartLaunches | null;
}

export class SignOnCoordinator {
  readonly #systems = new Map<string, SignedOnSystem>();
  /** Whose method answers HTTP challenges: systems, and identity providers on their own pages. */
  readonly #answering = new Map<string, SignOnMethod>();
  readonly #running = new Set<string>();
  /** Aborts when the clinician leaves: attempts that run end with it. */
  readonly #over = new AbortController();
  readonly #blocked: BlockedLines;

  constructor(private readonly parts: CoordinatorParts) {
    this.#blocked = new BlockedLines(parts.clock, (event) => this.#note(event));
  }

  /** Resolves when credentials can be had, or are known not to be. */
  get ready(): Promise<unknown> {
    return this.parts.vaultReady;
  }

  add(system: SignedOnSystem): void {
    this.#systems.set(system.id, system);
    this.answerFor(system.id, system.method);
  }

  /** An identity provider's page may be asked for a password by HTTP, too. */
  answerFor(id: string, method: SignOnMethod): void {
    this.#answering.set(id, method);
  }

  /**
   * What the tab of a system needs.
   * @param providerOrigins of the identity provider that signs it on
   */
  forTab(systemId: string, asksByStatus: boolean, providerOrigins: readonly string[]): TabSignOn {
    return {
      asksByStatus,
      isProviderPage: (address) => URL.canParse(address) && providerOrigins.includes(new URL(address).origin),
      signOn: (signal) => this.signOn(systemId, signal),
      smartLaunch: (launchUrl, patient, epoch) => this.#smartLaunch(systemId, launchUrl, patient, epoch),
    };
  }

  async signOn(systemId: string, signal: AbortSignal): Promise<SignOnOutcome> {
    const system = this.#system(systemId);
    const { name } = system.method;
    if (name === 'none') return { outcome: 'by-hand' };
    if (this.#isOver || this.#running.has(systemId)) return unavailable(system);
    this.#running.add(systemId);
    const { signal: until, end } = this.#deadline(SIGN_ON_DEADLINE, AbortSignal.any([signal, this.#over.signal]));
    let outcome: SignOnOutcome = unavailable(system);
    try {
      await Promise.race([this.parts.vaultReady, aborted(until)]);
      if (!until.aborted) outcome = await system.method.signOn(system.page, until);
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      else outcome = { outcome: 'unavailable', explanation: `${error.message}.` };
    } finally {
      end();
      this.#running.delete(systemId);
    }
    this.#note({ type: 'signOn.ended', systemId, method: name, outcome: outcome.outcome });
    return outcome;
  }

  /** Credentials for one HTTP answer of a system's page, wiped by the caller; null: no answer. */
  async answerChallenge(systemId: string, challenge: HttpChallenge): Promise<Credentials | null> {
    const method = this.#answering.get(systemId);
    if (this.#isOver || !method?.answerChallenge) {
      this.#blocked.note({
        type: 'signOn.blocked',
        systemId,
        origin: originOf(challenge),
        reason: challenge.isProxy ? 'proxy' : 'unlisted-host',
      });
      return null;
    }
    await this.parts.vaultReady;
    return this.#over.signal.aborted ? null : method.answerChallenge(challenge);
  }

  /** Findings of every system's sign-on: nothing is typed. */
  async check(signal: AbortSignal): Promise<ReadonlyMap<string, readonly SignOnFinding[]>> {
    const systems = [...this.#systems.values()];
    const found = await Promise.all(
      systems.map(async ({ id, method }) => [id, (await method.check?.(signal)) ?? []] as const),
    );
    return new Map(found);
  }

  /** Tells the systems that the clinician leaves, where their protocol can be told. Never rejects. */
  async signOut(): Promise<void> {
    // SECURITY(sign-out): first of all; an attempt that goes on could type a password, or sign a system on, after it.
    this.#over.abort();
    this.#blocked.end();
    const { signal, end } = this.#deadline(SIGN_OUT_DEADLINE);
    const told = Promise.allSettled(
      [...this.#systems.values()].map(async ({ method, page }) => method.signOut?.(page, signal)),
    );
    const results = await Promise.race([told, aborted(signal)]);
    end();
    for (const result of results) if (result.status === 'rejected') this.parts.report(result.reason);
  }

  async #smartLaunch(systemId: string, launchUrl: URL, patient: Patient, epoch: number): Promise<URL> {
    if (!this.parts.smart)
      throw new LanyardError('unavailable', `${this.#system(systemId).title} is not configured for SMART App Launch`);
    return this.parts.smart.launchAddress(systemId, launchUrl, patient, epoch);
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  #system(systemId: string): SignedOnSystem {
    const system = this.#systems.get(systemId);
    if (!system) throw new LanyardError('internal', 'a system without a sign-on method was asked to sign on');
    return system;
  }

  #deadline(milliseconds: number, outer?: AbortSignal): { signal: AbortSignal; end: () => void } {
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort();
    };
    const stop = this.parts.clock.after(milliseconds, abort);
    if (outer?.aborted) abort();
    outer?.addEventListener('abort', abort, { once: true });
    return {
      signal: controller.signal,
      end: () => {
        stop();
        outer?.removeEventListener('abort', abort);
      },
    };
  }

  /**
   * The attempt itself was recorded before it was made; what it came to may fail to be.
   * @returns whether it was recorded
   */
  #note(event: Parameters<AuditPort['record']>[0]): boolean {
    try {
      this.parts.audit.record(event);
      return true;
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      return false;
    }
  }
}

function unavailable({ title }: SignedOnSystem): SignOnOutcome {
  return { outcome: 'unavailable', explanation: `Signing in to ${title} took too long. Try again in a moment.` };
}

function aborted(signal: AbortSignal): Promise<readonly PromiseSettledResult<void>[]> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve([]);
    signal.addEventListener(
      'abort',
      () => {
        resolve([]);
      },
      { once: true },
    );
  });
}

function originOf({ url }: HttpChallenge): string {
  return URL.canParse(url) ? new URL(url).origin : 'unparseable';
}
