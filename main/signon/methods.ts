/** The sign-on method of every system of one clinician's session, as the configuration chooses it. */
import type { Clock } from '../context/clock.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import type {
  Configuration,
  FormSignOnConfiguration,
  HttpSignOnConfiguration,
  IdentityProviderConfiguration,
  NegotiateSignOnConfiguration,
  SystemConfiguration,
} from '../policy/configuration.js';
import type { ClinicianSignOn, WatchedSignIn } from './clinicianSignOn.js';
import type { DirectoryAccount } from './credentialSources.js';
import { createFormSignOn } from './form/formSignOn.js';
import { watchSignIn } from './form/watch.js';
import type { RecipeStore } from './form/recipeStore.js';
import { createHttpSignOn } from './httpAuth.js';
import { createIdentityProviderSession, type IdentityProviderSession, type ProviderPage } from './identityProvider.js';
import { createNegotiateSignOn } from './negotiate.js';
import { noSignOn } from './none.js';
import { createOidcSignOn } from './oidc.js';
import { createSamlSignOn } from './saml.js';
import type { CredentialSource, SignOnMethod, SignOnPage } from './signOn.js';
import type { SmartLauncher } from './smart/launcher.js';
import { createSmartSignOn } from './smart/smartSignOn.js';
import type { TicketSource } from './tickets/ticketSource.js';

/** Milliseconds for one load of an identity provider's page; systems have a setting of their own. */
const PROVIDER_LOAD_TIMEOUT = 20_000;

/** Milliseconds that systems wait for their identity providers at most, before they open. */
const PROVIDERS_FIRST = 8_000;

export interface MethodParts {
  readonly configuration: Pick<Configuration, 'systems' | 'identityProviders'>;
  readonly signOn: ClinicianSignOn;
  readonly directoryAccount: DirectoryAccount;
  readonly recipes: RecipeStore;
  readonly tickets: TicketSource;
  /** null: no system is launched by SMART. */
  readonly launcher: SmartLauncher | null;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  /** A page of the provider's own, in the session of its systems. */
  readonly openProviderPage: (provider: IdentityProviderConfiguration) => ProviderPage;
  readonly askProvider: (
    provider: IdentityProviderConfiguration,
    address: URL,
    signal: AbortSignal,
  ) => Promise<{ readonly status: number; readonly text: string }>;
}

/** What signs on by itself, be it a system or an identity provider. */
interface SignedOn {
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly origins: readonly string[];
  readonly loadTimeout: number;
}

export class Methods {
  readonly #providers = new Map<string, IdentityProviderSession>();
  readonly #methods = new Map<string, SignOnMethod>();
  /** One for each account: what is taken in one place is confirmed or refused in the same. */
  readonly #sources = new Map<string, CredentialSource>();

  constructor(private readonly parts: MethodParts) {}

  /** The same one each time. */
  methodOf(system: SystemConfiguration): SignOnMethod {
    const known = this.#methods.get(system.id);
    if (known) return known;
    const method = this.#create(system);
    this.#methods.set(system.id, method);
    return method;
  }

  /** The identity provider that a system follows, or null. */
  providerOf({ signOn }: SystemConfiguration): IdentityProviderConfiguration | null {
    if (signOn.method !== 'oidc' && signOn.method !== 'saml') return null;
    return this.parts.configuration.identityProviders.find(({ id }) => id === signOn.provider) ?? null;
  }

  /** Whose credentials sign a system on: its own, or its identity provider's. @returns id */
  holderOf(systemId: string): string {
    const system = this.#system(systemId);
    return this.providerOf(system)?.id ?? system.id;
  }

  /** Watches one sign-in on the system's own page; null: this system is not signed in to by a form. */
  watcherOf(systemId: string): ((page: SignOnPage, signal: AbortSignal) => Promise<WatchedSignIn | null>) | null {
    const system = this.#system(systemId);
    const provider = this.providerOf(system);
    const { signOn, origins } = provider ?? system;
    const form = signOn.method === 'form' ? signOn : signOn.method === 'negotiate' ? signOn.otherwise : undefined;
    if (!form) return null;
    const { recipes, clock, audit, report } = this.parts;
    const { id, title } = provider ?? system;
    return (page, signal) => watchSignIn(page, { id, title, origins, recipes, clock, audit, report }, signal);
  }

  /** The systems that follow a provider. */
  systemsOf(providerId: string): readonly SystemConfiguration[] {
    return this.parts.configuration.systems.filter((system) => this.providerOf(system)?.id === providerId);
  }

  /**
   * Signs in to every provider that some method so far needs, before its systems open. Never rejects: what did not work
   * is told by the systems, when they ask. At once where there is none.
   */
  async signInToProviders(signal: AbortSignal): Promise<void> {
    if (this.#providers.size === 0) return;
    const { clock, report } = this.parts;
    const until = new AbortController();
    let giveUp: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const stop = clock.after(PROVIDERS_FIRST, () => {
      until.abort();
      giveUp();
    });
    await Promise.race([this.parts.signOn.coordinator.ready, late]);
    const both = AbortSignal.any([signal, until.signal]);
    const tried = await Promise.allSettled([...this.#providers.values()].map((one) => one.ensureSignedIn(both)));
    stop();
    for (const one of tried) if (one.status === 'rejected') report(one.reason);
  }

  /** Every method and provider there is. */
  all(): readonly { readonly negotiateHosts?: readonly string[] | undefined }[] {
    return [...this.#methods.values(), ...this.#providers.values()];
  }

  dispose(): void {
    for (const provider of this.#providers.values()) provider.dispose();
  }

  #create(system: SystemConfiguration): SignOnMethod {
    const { audit, clock, report, launcher } = this.parts;
    const { signOn, id, title, origins } = system;
    const signedOn: SignedOn = { ...system, loadTimeout: system.loadTimeoutSeconds * 1000 };
    switch (signOn.method) {
      case 'none':
        return noSignOn;
      case 'negotiate':
      case 'http':
      case 'form':
        return this.#byItself(signedOn, signOn);
      case 'oidc':
        return createOidcSignOn({ id, title, origins, provider: this.#provider(signOn.provider), audit, report });
      case 'saml':
        return createSamlSignOn({ id, title, origins, provider: this.#provider(signOn.provider), audit, report });
      case 'smart': {
        const { launch } = system.context;
        if (!launcher || launch.kind !== 'smart')
          throw new LanyardError('configuration', `${id}: "smart" needs context.launch.kind "smart"`);
        return createSmartSignOn({ systemId: id, title, launchUrl: new URL(launch.url), launcher, audit, clock });
      }
    }
  }

  #byItself(
    of: SignedOn,
    signOn: FormSignOnConfiguration | HttpSignOnConfiguration | NegotiateSignOnConfiguration,
  ): SignOnMethod {
    const { audit, clock, recipes, tickets } = this.parts;
    const { id, title, origins, loadTimeout } = of;
    switch (signOn.method) {
      case 'http': {
        const { hosts, schemes } = signOn;
        const credentials = this.#credentials(of, signOn);
        return createHttpSignOn({ id, title, origins, hosts, schemes, credentials, audit, loadTimeout });
      }
      case 'form':
        return createFormSignOn({
          systemId: id,
          title,
          recipe: signOn.recipe,
          recipes,
          credentials: this.#credentials(of, signOn),
          audit,
          clock,
        });
      case 'negotiate':
        return createNegotiateSignOn({
          id,
          title,
          startAddress: new URL(of.url),
          origins,
          hosts: signOn.hosts,
          signInPaths: signOn.signInPage?.paths,
          tickets,
          otherwise: signOn.otherwise && this.#byItself(of, signOn.otherwise),
          audit,
          loadTimeout,
        });
    }
  }

  #credentials(
    { id, title }: SignedOn,
    { account, userName }: FormSignOnConfiguration | HttpSignOnConfiguration,
  ): CredentialSource {
    const known = this.#sources.get(id);
    if (known) return known;
    const { signOn, directoryAccount, audit } = this.parts;
    const shared = account === 'directory' ? directoryAccount.credentialsFor({ id, audit, userName }) : null;
    const source = signOn.credentialsOf({ id, title }, shared);
    this.#sources.set(id, source);
    return source;
  }

  #provider(id: string): IdentityProviderSession {
    const known = this.#providers.get(id);
    if (known) return known;
    const provider = this.parts.configuration.identityProviders.find((one) => one.id === id);
    if (!provider) throw new LanyardError('configuration', `There is no identity provider "${id}"`);
    const { audit, clock, report, openProviderPage, askProvider, signOn } = this.parts;
    const signedOn: SignedOn = { ...provider, loadTimeout: PROVIDER_LOAD_TIMEOUT };
    const method = this.#byItself(signedOn, provider.signOn);
    const own = provider.signOn.method === 'negotiate' ? provider.signOn.otherwise : provider.signOn;
    signOn.coordinator.answerFor(id, method);
    const session = createIdentityProviderSession({
      id,
      title: provider.title,
      url: new URL(provider.url),
      origins: provider.origins,
      signedIn: provider.signedIn,
      signOutUrl: provider.signOutUrl === undefined ? undefined : new URL(provider.signOutUrl),
      method,
      credentials: own && this.#credentials(signedOn, own),
      openPage: () => openProviderPage(provider),
      ask: (address, signal) => askProvider(provider, address, signal),
      clock,
      audit,
      report,
    });
    this.#providers.set(id, session);
    return session;
  }

  #system(systemId: string): SystemConfiguration {
    const system = this.parts.configuration.systems.find(({ id }) => id === systemId);
    if (!system) throw new LanyardError('unknown-tab', 'There is no such tab');
    return system;
  }
}
