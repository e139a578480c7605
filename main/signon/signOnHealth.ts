/**
 * Whether signing on to each system could work, looked at without typing anything: every system gets an answer within
 * the deadline, whatever its method does. One run at a time: who asks meanwhile gets the answer of the one that runs.
 */
import type { SignOnChecks } from '../../preload/contract.js';
import type { Clock } from '../context/clock.js';
import { LanyardError } from '../domain/errors.js';
import type { SignOnFinding, SignOnMethod } from './signOn.js';

/** The longest that all checks together may take, in milliseconds. */
const CHECK_DEADLINE = 20_000;

interface CheckedSystem {
  readonly id: string;
  readonly title: string;
  readonly method: Pick<SignOnMethod, 'name' | 'check'>;
}

export interface SignOnHealthParts {
  readonly clock: Clock;
  /** A failure nobody foresaw: logged, redacted. */
  readonly report: (error: unknown) => void;
}

export class SignOnHealth {
  readonly #systems = new Map<string, CheckedSystem>();
  readonly #over = new AbortController();
  #running: Promise<SignOnChecks> | null = null;

  constructor(private readonly parts: SignOnHealthParts) {}

  add(system: CheckedSystem): void {
    this.#systems.set(system.id, system);
  }

  /** One entry for each system, in the order of the tabs. Never rejects. */
  check(): Promise<SignOnChecks> {
    this.#running ??= this.#checkAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Ends a run; what has no answer yet is said to have none. */
  dispose(): void {
    this.#over.abort();
  }

  async #checkAll(): Promise<SignOnChecks> {
    const late = new AbortController();
    const stop = this.parts.clock.after(CHECK_DEADLINE, () => {
      late.abort();
    });
    const signal = AbortSignal.any([late.signal, this.#over.signal]);
    try {
      return await Promise.all(
        [...this.#systems.values()].map(async (system) => ({
          systemId: system.id,
          systemTitle: system.title,
          method: system.method.name,
          findings: [...(await this.#findingsOf(system, signal))],
        })),
      );
    } finally {
      stop();
    }
  }

  async #findingsOf(system: CheckedSystem, signal: AbortSignal): Promise<readonly SignOnFinding[]> {
    const { title, method } = system;
    if (signal.aborted) return [noAnswer(title)];
    let giveUp = (): void => undefined;
    const ended = new Promise<readonly SignOnFinding[]>((resolve) => {
      giveUp = () => {
        resolve([noAnswer(title)]);
      };
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      const found = (async () => (await method.check?.(signal)) ?? [])();
      const findings = await Promise.race([found, ended]);
      return findings.length > 0 ? findings : [nothingToCheck(system)];
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      const why = error instanceof LanyardError ? ` ${error.message}.` : '';
      return [bad(`Signing in to ${title} could not be checked.${why}`)];
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }
}

function bad(message: string): SignOnFinding {
  return {
    check: 'answer',
    status: 'bad',
    message,
    remedy: 'Check again in a moment. If it stays so, call IT support.',
  };
}

function noAnswer(title: string): SignOnFinding {
  return bad(`Checking the sign-in to ${title} took too long.`);
}

/** A page that may show a patient is never disturbed for a check, so not every method has one. */
function nothingToCheck({ title, method }: CheckedSystem): SignOnFinding {
  const finding = (check: string, message: string): SignOnFinding => ({
    check,
    status: 'not-applicable',
    message,
    remedy: null,
  });
  switch (method.name) {
    case 'none':
      return finding('by-hand', `You sign in to ${title} by hand.`);
    case 'form':
      return finding(
        'recipe',
        `The sign-in page of ${title} was not checked now. It is compared each time before anything is typed.`,
      );
    case 'http':
    case 'negotiate':
    case 'oidc':
    case 'saml':
    case 'smart':
      return finding(
        'unchecked',
        `There is nothing to check beforehand. Whether ${title} lets you in shows when it opens.`,
      );
  }
}
