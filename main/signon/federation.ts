/**
 * What OpenID Connect and SAML share: a system that asks for a sign-in gets none of its own. The identity provider is
 * signed in to, on its own page; then the tab brings the system anew, and the system follows silently.
 */
import type { AuditPort, RecordableEvent } from '../domain/audit.js';
import { originForAudit } from '../domain/navigation.js';
import { LanyardError } from '../domain/errors.js';
import type { IdentityProviderSession } from './identityProvider.js';
import type { SignOnMethod, SignOnOutcome } from './signOn.js';

export interface FederatedSystem {
  /** `systems[].id` */
  readonly id: string;
  readonly title: string;
  readonly origins: readonly string[];
  readonly provider: IdentityProviderSession;
  readonly audit: AuditPort;
  readonly report: (error: unknown) => void;
}

/** What can be seen of a protocol from addresses alone. Everything in them is a stranger's word. */
export interface Protocol {
  readonly name: 'oidc' | 'saml';
  /** Of a request to the provider: where the answer is to go, and the mark (OIDC: `state`) that it must carry. */
  readRequest(address: URL): { readonly returnsTo: string | null; readonly mark: string | null };
  /** Of an answer to the system; null: it is none. */
  readAnswer(address: URL): { readonly mark: string | null; readonly refusal: Refusal | null } | null;
}

export interface Refusal {
  /** The protocol's own word, one of a known list. */
  readonly reason: string;
  /** The provider had nobody signed in. */
  readonly signInMayHelp: boolean;
}

/** Requests whose answer may still come: more than any system has at once. */
const MOST_REQUESTS = 50;

export function createFederatedSignOn(system: FederatedSystem, protocol: Protocol): SignOnMethod {
  const { id, title, provider, audit } = system;
  const requests = new Requests();
  /** The last refusal was answered by signing in, which did not help if it comes again. */
  let wasHelped = false;

  const blocked = (address: string, reason: 'client-mismatch' | 'state-mismatch'): void => {
    const event: RecordableEvent = { type: 'signOn.blocked', systemId: id, origin: originForAudit(address), reason };
    try {
      audit.record(event);
    } catch (error) {
      if (!(error instanceof LanyardError)) system.report(error); // it was blocked, whatever becomes of the line
    }
  };
  /** Where the answer would go to, when that is somebody else: the provider must not be told to give one. */
  const foreign = (returnsTo: string | null): string | null => {
    if (returnsTo === null) return null;
    return URL.canParse(returnsTo) && system.origins.includes(new URL(returnsTo).origin) ? null : returnsTo;
  };

  /** @returns why the provider must not be gone to; null: it may */
  function judge(address: URL): SignOnOutcome | null {
    if (provider.recognises(address.href)) {
      wasHelped = false;
      const elsewhere = foreign(protocol.readRequest(address).returnsTo);
      if (elsewhere === null) return null;
      blocked(elsewhere, 'client-mismatch');
      return unavailable(
        `${title} asked ${provider.title} to sign you in to another system, so nothing was sent. Call IT support.`,
      );
    }
    const refusal = protocol.readAnswer(address)?.refusal ?? null;
    if (refusal === null || (refusal.signInMayHelp && !wasHelped)) {
      wasHelped = refusal !== null;
      return null;
    }
    return unavailable(
      `${provider.title} did not let you in to ${title} (${refusal.reason}). It is not tried again by itself. Call IT support.`,
    );
  }

  return {
    name: protocol.name,
    get negotiateHosts() {
      return provider.negotiateHosts ?? [];
    },
    signOn: async (page, signal) => {
      const refused = URL.canParse(page.address) ? judge(new URL(page.address)) : null;
      if (refused) return refused;
      const origin = provider.origins[0] ?? originForAudit('');
      audit.record({ type: 'signOn.attempted', systemId: id, method: protocol.name, origin });
      return provider.ensureSignedIn(signal);
    },
    mayGoTo: (text) => {
      if (!URL.canParse(text)) return true; // decideNavigation has the say
      const address = new URL(text);
      if (provider.recognises(text)) {
        const { returnsTo, mark } = protocol.readRequest(address);
        const elsewhere = foreign(returnsTo);
        if (elsewhere !== null) {
          blocked(elsewhere, 'client-mismatch');
          return false;
        }
        if (returnsTo !== null && mark !== null) requests.add(returnsTo, mark);
        return true;
      }
      const answer = protocol.readAnswer(address);
      if (!answer || requests.mayBeAnswered(address, answer.mark)) return true;
      blocked(text, 'state-mismatch');
      return false;
    },
    signOut: (_page, signal) => provider.signOut(signal),
    check: (signal) => provider.check(signal),
  };
}

/** What this system asked the provider: an answer at such an address with another mark was never asked for. */
class Requests {
  readonly #marks: { readonly returnsTo: string; readonly mark: string }[] = [];

  add(returnsTo: string, mark: string): void {
    this.#marks.push({ returnsTo: withoutParameters(new URL(returnsTo)), mark });
    if (this.#marks.length > MOST_REQUESTS) this.#marks.shift();
  }

  /** An address that no request has named yet is no answer as far as anybody can tell: the system judges it. */
  mayBeAnswered(address: URL, mark: string | null): boolean {
    const asked = this.#marks.filter(({ returnsTo }) => returnsTo === withoutParameters(address));
    return asked.length === 0 || asked.some((request) => request.mark === mark);
  }
}

function withoutParameters({ origin, pathname }: URL): string {
  return origin + pathname;
}

function unavailable(explanation: string): SignOnOutcome {
  return { outcome: 'unavailable', explanation };
}
