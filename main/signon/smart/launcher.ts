/**
 * Lanyard as the launcher of SMART applications (SMART App Launch 2, EHR launch), for one clinician's session: an
 * authorisation server and a narrow view of the FHIR server, on loopback, ended with the session.
 *
 * Plain http: the address is 127.0.0.1, which never leaves the machine and which browsers count as trustworthy, also
 * from pages over https (Secure Contexts, section 3.1). A certificate for it would need a private key on every
 * workstation, which is worth less than none. Other programs and users of the machine can reach the port; they get
 * nothing without a launch, a code with its verifier, or a token, all of them random 256 bits.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Patient } from '../../../preload/contract.js';
import type { Clock } from '../../context/clock.js';
import { type Randomness, systemRandomness } from '../../context/hub/randomness.js';
import type { AuditPort } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import { FhirProxy, type SmartFetch } from './fhirProxy.js';
import { Grants } from './grants.js';
import { createIdTokens, type SmartClinician } from './idTokens.js';
import { defaultSmartLimits, type SmartLimits } from './limits.js';
import { RequestHandler, type SmartContextPorts, type SmartSystem } from './requestHandler.js';

export interface SmartLauncherOptions {
  readonly systems: readonly SmartSystem[];
  /** On 127.0.0.1; 0 (default): a free one. */
  readonly port?: number;
  readonly fhirBaseUrl: string;
  /** Electron's net.fetch in production. */
  readonly fetch: SmartFetch;
  readonly clinician: SmartClinician;
  readonly ports: SmartContextPorts;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
  readonly limits?: Partial<SmartLimits>;
  readonly randomness?: Randomness;
}

export interface SmartLauncher {
  /** Repeatable. @throws LanyardError('unavailable') when it cannot listen */
  start(): Promise<void>;
  readonly isListening: boolean;
  /** http://127.0.0.1:41234; the navigation rules of its systems' tabs must let it through. Null: not listening. */
  readonly origin: string | null;
  /**
   * The application's launch address with `iss` and a fresh single-use `launch`; whatever an earlier launch of this
   * system, or of an earlier epoch, led to is revoked. @throws LanyardError('unavailable')
   */
  launchAddress(systemId: string, launchUrl: URL, patient: Patient, epoch: number): URL;
  /** What a page may say over SMART Web Messaging by this handle; null: it is not of this system's present launch. */
  messagingScopes(systemId: string, handle: string): readonly string[] | null;
  /** Another patient, or none: every launch, code and token of an earlier epoch is revoked at once. */
  patientChanged(epoch: number): void;
  /** Revokes everything and frees the port. Repeatable. */
  dispose(): Promise<void>;
}

const HOST = '127.0.0.1';

export function createSmartLauncher(options: SmartLauncherOptions): SmartLauncher {
  return new Launcher(options);
}

class Launcher implements SmartLauncher {
  readonly #grants: Grants;
  readonly #limits: SmartLimits;
  readonly #randomness: Randomness;
  #server: Server | null = null;
  #origin: string | null = null;
  #starting: Promise<void> | null = null;
  #isOver = false;

  constructor(private readonly options: SmartLauncherOptions) {
    this.#limits = { ...defaultSmartLimits, ...options.limits };
    this.#randomness = options.randomness ?? systemRandomness;
    this.#grants = new Grants(options.clock, this.#randomness, this.#limits);
  }

  get isListening(): boolean {
    return this.#origin !== null;
  }

  get origin(): string | null {
    return this.#origin;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  launchAddress(systemId: string, launchUrl: URL, patient: Patient, epoch: number): URL {
    const system = this.options.systems.find(({ id }) => id === systemId);
    if (!system?.origins.includes(launchUrl.origin))
      throw new LanyardError('unavailable', 'This system is not configured for SMART App Launch');
    if (this.#origin === null)
      throw new LanyardError('unavailable', `${system.title} cannot be launched: Lanyard could not open its launcher`);
    const address = new URL(launchUrl);
    address.searchParams.set('iss', `${this.#origin}/smart/${systemId}/fhir`);
    address.searchParams.set('launch', this.#grants.launch({ systemId, patient, epoch }));
    return address;
  }

  messagingScopes(systemId: string, handle: string): readonly string[] | null {
    return this.#grants.messagingScopes(handle, systemId);
  }

  patientChanged(epoch: number): void {
    this.#grants.revokeBefore(epoch);
  }

  async dispose(): Promise<void> {
    this.#isOver = true;
    this.#origin = null;
    this.#grants.revokeAll();
    await this.#starting?.catch(() => undefined); // whoever started it was told
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  async #start(): Promise<void> {
    const { systems, fhirBaseUrl, fetch, clinician, ports, audit, clock, report } = this.options;
    const wantsIdentity = systems.some(({ scopes }) => scopes.includes('openid'));
    const idTokens = wantsIdentity ? await createIdTokens(clinician) : null;
    const server = createServer({ requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 });
    const port = await listen(server, this.options.port ?? 0);
    this.#server = server;
    if (this.#isOver) return; // ended while it began: dispose() waits for this and closes it
    const origin = `http://${HOST}:${port}`;
    const handler = new RequestHandler({
      systems,
      origin,
      grants: this.#grants,
      proxy: new FhirProxy({
        fhirBaseUrl,
        fetch,
        clock,
        limits: this.#limits,
        newKey: () => this.#randomness.secret(),
      }),
      idTokens,
      ports,
      audit,
      clock,
      limits: this.#limits,
      report,
    });
    server.on('request', (request, response) => {
      void handler.handle(request, response);
    });
    server.on('error', report);
    this.#origin = origin;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code ?? 'unknown'})`;
      reject(new LanyardError('unavailable', `Port ${port} of this computer ${reason}`, { cause: error }));
    };
    server.once('error', refuse);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}
