/**
 * Checks passwords against Active Directory: one fresh connection for each check, the controllers asked in turn,
 * and never a second controller after one refused (that would count one wrong password twice).
 * The password exists only in the call's arguments; it is in no field, no error and no report.
 */
import { randomBytes } from 'node:crypto';
import tls from 'node:tls';
import { escapeFilter } from 'ldapts';
import { LanyardError } from '../domain/errors.js';
import type {
  AuthenticatedClinician,
  AuthenticationOutcome,
  Directory,
  RefusalReason,
  Refused,
  Unavailable,
} from '../identity/directory.js';
import type { PasswordChangeAnswer, PasswordDirectory, PasswordRules } from '../identity/passwordDirectory.js';
import { type AccountFacts, findAccount, lookUpAccount } from './accountLookUp.js';
import { type BindName, completeBindName } from './bindName.js';
import { Connection } from './connection.js';
import { configuredControllers, type Controller, discoverControllers, type NameServer } from './controllers.js';
import { type ControllerFailure, controllerFailure, isRefusal, refusalReason } from './diagnostics.js';
import type { Entry } from './entry.js';
import { fileTimeDate } from './fileTime.js';
import { domainDn, findGroups } from './groups.js';
import { createNameServer } from './nameServer.js';
import { passwordAttributes, readPasswordRules, replacePassword } from './newPassword.js';
import type { SocketRequest } from './secureSocket.js';
import { type Deadlines, defaultDeadlines, type DirectoryProblem, type DirectorySettings } from './settings.js';
import { isDomainSid } from './sid.js';
import { trustedCertificates } from './trustedCertificates.js';
import { UnknownNames } from './unknownNames.js';

export interface DirectoryParts {
  readonly now: () => Date;
  /** For IT's log: no user name, no secret. */
  readonly report: (problem: DirectoryProblem) => void;
  readonly deadlines?: Partial<Deadlines>;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  readonly nameServer?: NameServer;
}

/** A controller that failed is asked last for this long, in milliseconds: a hung one must not slow every sign-in. */
const AVOID_MS = 60_000;
/** A controller that falls silent after the password may have counted it: at most this many ever get one password. */
const MOST_PASSWORD_SENDS = 2;

const clinicianAttributes = [
  'objectSid',
  'sAMAccountName',
  'userPrincipalName',
  'displayName',
  'cn',
  'msDS-UserPasswordExpiryTimeComputed',
] as const;

/** With one controller. */
interface Attempt {
  passwordSent: boolean;
}

export class ActiveDirectory implements Directory, PasswordDirectory {
  readonly #settings: DirectorySettings;
  readonly #parts: DirectoryParts;
  readonly #deadlines: Deadlines;
  readonly #nameServer: NameServer;
  readonly #configured: readonly Controller[];
  readonly #secureContext: tls.SecureContext;
  readonly #base: string;
  readonly #groups: readonly string[];
  readonly #unknownNames = new UnknownNames(randomBytes(32));
  readonly #failedAt = new Map<string, number>();
  readonly #reportedGroups = new Set<string>();
  readonly #disposed = new AbortController();
  /** A stored password that was refused once is never tried again: it would lock the service account. */
  #serviceAccountRefused = false;

  /** @throws LanyardError('configuration') for certificates or server addresses that cannot be used. */
  constructor(settings: DirectorySettings, parts: DirectoryParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#deadlines = { ...defaultDeadlines, ...parts.deadlines };
    this.#configured = configuredControllers(settings);
    const ca = trustedCertificates(settings.caPem);
    this.#secureContext = tls.createSecureContext({ minVersion: 'TLSv1.2', ...(ca ? { ca } : {}) });
    this.#nameServer = parts.nameServer ?? createNameServer(settings.dnsServers ?? [], this.#deadlines.dns);
    this.#base = domainDn(settings.domain);
    this.#groups = [...new Set(Object.values(settings.roles).flatMap((groups) => groups ?? []))];
  }

  async authenticate(userName: string, password: string, signal: AbortSignal): Promise<AuthenticationOutcome> {
    const name = this.#bindName(userName, password);
    if ('outcome' in name) return name;
    return this.#askInTurn(signal, (controller, attempt, until) =>
      this.#ask(controller, name, password, attempt, until),
    );
  }

  async changePassword(
    userName: string,
    before: string,
    after: string,
    signal: AbortSignal,
  ): Promise<PasswordChangeAnswer> {
    const name = this.#bindName(userName, before);
    if ('outcome' in name) return name;
    return this.#askInTurn(signal, (controller, attempt, until) =>
      this.#changeAt(controller, name, { before, after }, attempt, until),
    );
  }

  async passwordRules(userName: string, signal: AbortSignal): Promise<PasswordRules | null> {
    const name = completeBindName(userName, this.#settings);
    if (name === null || this.#disposed.signal.aborted) return null;
    const until = AbortSignal.any([signal, this.#disposed.signal]);
    for (const controller of await this.#controllers(until)) {
      const answer = await this.#asServiceAccount(controller, until, async (connection) => {
        const account = await findAccount(name, this.#base, passwordAttributes, connection);
        return { rules: account && (await readPasswordRules(account, this.#base, connection)) };
      });
      if (answer) return answer.rules;
    }
    return null;
  }

  /** Whether any controller can be reached over a trusted connection. Nobody signs in for it; rejects when aborted. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const until = AbortSignal.any([signal, this.#disposed.signal]);
    for (const controller of await this.#controllers(until)) {
      try {
        await this.#connect(controller, until, () => Promise.resolve());
        this.#failedAt.delete(controller.name);
        return true;
      } catch {
        until.throwIfAborted();
        this.#failedAt.set(controller.name, this.#parts.now().getTime());
      }
    }
    return false;
  }

  /** Before any network: what no directory needs to be asked about. */
  #bindName(userName: string, password: string): BindName | Refused {
    if (this.#disposed.signal.aborted) throw new LanyardError('unavailable', 'the directory is closed');
    // Windows answers a name with an empty password with an anonymous success.
    if (userName.trim() === '') return refused('user-name-missing');
    if (password === '') return refused('password-missing');
    const name = completeBindName(userName, this.#settings);
    // No password holds a NUL, and a server written in C may read one that begins with it as empty.
    return name === null || password.includes('\0') ? refused('wrong-credentials') : name;
  }

  /** The first controller that answers is the last that is asked. */
  async #askInTurn<T>(
    signal: AbortSignal,
    ask: (controller: Controller, attempt: Attempt, until: AbortSignal) => Promise<T>,
  ): Promise<T | Unavailable> {
    const until = AbortSignal.any([signal, this.#disposed.signal]);
    const failures: (ControllerFailure & { readonly controller: string })[] = [];
    let sends = 0;
    for (const controller of await this.#controllers(until)) {
      const attempt = { passwordSent: false };
      try {
        return await ask(controller, attempt, until);
      } catch (error) {
        until.throwIfAborted();
        const failure = { controller: controller.name, ...controllerFailure(error) };
        failures.push(failure);
        this.#failedAt.set(controller.name, this.#parts.now().getTime());
        this.#parts.report({ kind: 'controller', detail: `${failure.controller}: ${failure.detail}` });
        if (attempt.passwordSent && ++sends >= MOST_PASSWORD_SENDS) break;
      }
    }
    return unavailable(failures, this.#settings.domain);
  }

  dispose(): void {
    this.#disposed.abort(new LanyardError('unavailable', 'the directory is closed'));
    this.#nameServer.dispose();
  }

  async #controllers(signal: AbortSignal): Promise<readonly Controller[]> {
    const inOrder =
      this.#configured.length > 0
        ? this.#configured
        : await discoverControllers(this.#settings, this.#nameServer, this.#parts.random ?? Math.random);
    signal.throwIfAborted();
    const avoidSince = this.#parts.now().getTime() - AVOID_MS;
    const avoided = ({ name }: Controller): boolean => (this.#failedAt.get(name) ?? -Infinity) > avoidSince;
    return [...inOrder.filter((one) => !avoided(one)), ...inOrder.filter(avoided)];
  }

  async #ask(
    controller: Controller,
    name: BindName,
    password: string,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<AuthenticationOutcome> {
    try {
      const clinician = await this.#connect(controller, signal, async (connection) => {
        attempt.passwordSent = true;
        await connection.bind(name.bind, password);
        return this.#readClinician(controller, connection, signal);
      });
      return clinician ? { outcome: 'accepted', clinician } : unreadable(controller);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.#explainRefusal(refusalReason(error.message), controller, name, signal);
    }
  }

  async #changeAt(
    controller: Controller,
    name: BindName,
    passwords: { readonly before: string; readonly after: string },
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<PasswordChangeAnswer> {
    const place = { base: this.#base, domain: this.#settings.domain, now: this.#parts.now() };
    try {
      return await this.#connect(controller, signal, async (connection) => {
        attempt.passwordSent = true;
        await connection.bind(name.bind, passwords.before);
        const [account] = (await this.#boundAccounts(connection, passwordAttributes)).users;
        return account ? replacePassword(connection, account, passwords, place) : unreadable(controller);
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const reason = refusalReason(error.message);
      // These two are only said to somebody who knew the password. They cannot bind: the service account carries both
      // passwords to the domain, which checks them.
      if (reason === 'must-change-password' || reason === 'password-expired') {
        const changed = await this.#asServiceAccount(controller, signal, async (connection) => {
          const account = await findAccount(name, this.#base, passwordAttributes, connection);
          return account && replacePassword(connection, account, passwords, place);
        });
        if (changed) return changed;
      }
      return this.#explainRefusal(reason, controller, name, signal);
    }
  }

  async #connect<T>(
    { name, port }: Controller,
    signal: AbortSignal,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const request: SocketRequest = {
      host: await this.#addressOf(name),
      port,
      controllerName: name,
      security: this.#settings.security,
      secureContext: this.#secureContext,
      timeoutMs: this.#deadlines.connect,
    };
    return Connection.with(request, this.#deadlines.operation, signal, use);
  }

  async #addressOf(name: string): Promise<string> {
    const { addresses = {}, dnsServers = [] } = this.#settings;
    const fixed = Object.entries(addresses).find(([known]) => known.toLowerCase() === name);
    if (fixed) return fixed[1];
    if (dnsServers.length === 0) return name;
    return (await this.#nameServer.resolveAddresses(name))[0] ?? name;
  }

  /**
   * Who is signed in is asked of the connection itself (rootDSE tokenGroups: the SIDs of its security token,
   * [MS-ADTS] 3.1.1.3.2), never concluded from the name that was typed: two accounts may answer to one name.
   */
  async #boundAccounts(
    connection: Connection,
    attributes: readonly string[],
  ): Promise<{ readonly sids: readonly string[]; readonly users: readonly Entry[] }> {
    const [rootDse] = await connection.search({ base: '', scope: 'base', attributes: ['tokenGroups'] });
    const sids = rootDse?.sids('tokenGroups') ?? [];
    const own = sids.filter(isDomainSid);
    if (own.length === 0) return { sids, users: [] };
    const anySid = own.map((sid) => escapeFilter`(objectSid=${sid})`).join('');
    const users = await connection.search({
      base: this.#base,
      scope: 'sub',
      filter: `(&(objectClass=user)(|${anySid}))`,
      attributes,
    });
    return { sids, users: users.length === 1 ? users : [] };
  }

  async #readClinician(
    controller: Controller,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<AuthenticatedClinician | null> {
    const [{ sids, users }, groups] = await Promise.all([
      this.#boundAccounts(connection, clinicianAttributes),
      findGroups(this.#groups, this.#base, connection),
    ]);
    const [user] = users;
    const accountName = user?.text('sAMAccountName');
    const sid = user?.sids('objectSid')[0];
    if (!user || !accountName || sid === undefined) return null;

    const known = await this.#completeGroups(groups, controller, signal);
    const unknown = this.#groups.filter((group) => known.get(group) == null);
    for (const group of unknown) this.#reportUnknownGroup(group);
    return {
      principalName: user.text('userPrincipalName') ?? `${accountName}@${this.#settings.domain}`,
      accountName,
      displayName: user.text('displayName') ?? user.text('cn') ?? accountName,
      sid,
      groups: {
        sids: sids.filter((one) => one !== sid),
        configured: this.#groups.filter((group) => sids.includes(known.get(group) ?? '')),
        unknown,
      },
      passwordExpires: fileTimeDate(user.text('msDS-UserPasswordExpiryTimeComputed')),
    };
  }

  #reportUnknownGroup(group: string): void {
    if (this.#reportedGroups.has(group)) return;
    this.#reportedGroups.add(group);
    this.#parts.report({ kind: 'unknown-group', detail: `roles: the directory knows no one group "${group}"` });
  }

  /** Groups the clinician may not read are looked up once more with the service account. */
  async #completeGroups(
    found: ReadonlyMap<string, string | null>,
    controller: Controller,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string | null>> {
    const missing = [...found].filter(([, sid]) => sid === null).map(([group]) => group);
    if (missing.length === 0) return found;
    const more = await this.#asServiceAccount(controller, signal, (connection) =>
      findGroups(missing, this.#base, connection),
    );
    return more ? new Map([...found, ...more]) : found;
  }

  async #explainRefusal(
    reason: RefusalReason,
    controller: Controller,
    name: BindName,
    signal: AbortSignal,
  ): Promise<Refused> {
    const facts = await this.#asServiceAccount(controller, signal, (connection) =>
      lookUpAccount(name, { base: this.#base, domain: this.#settings.domain }, connection),
    );
    // Only these two answers are also given for names that nobody has; all others prove that the account exists.
    const existsForSure = reason !== 'wrong-credentials' && reason !== 'refused';
    const principalName = facts?.principalName ?? (existsForSure ? name.principalName : null);
    if (facts === null) return refused(reason, { principalName });
    if (facts.smartcardRequired && (reason === 'wrong-credentials' || reason === 'account-restriction')) {
      return refused('smartcard-required', { principalName });
    }
    return refused(reason, {
      principalName,
      triesLeft: reason === 'wrong-credentials' ? this.#triesLeft(facts, name) : null,
      lockedUntil: facts.lockedUntil,
    });
  }

  #triesLeft(facts: AccountFacts, name: BindName): number | null {
    if (facts.principalName !== null) return facts.triesLeft;
    return this.#unknownNames.afterWrongTry(name.bind, facts.policy, this.#parts.now());
  }

  /** null: there is no service account, or it cannot help; IT is told, the clinician's answer does not wait for it. */
  async #asServiceAccount<T>(
    controller: Controller,
    signal: AbortSignal,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T | null> {
    const { serviceAccount } = this.#settings;
    if (!serviceAccount?.password || this.#serviceAccountRefused) return null;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#deadlines.lookUp)]);
    try {
      return await this.#connect(controller, limit, async (connection) => {
        await connection.bind(serviceAccount.principal, serviceAccount.password);
        return use(connection);
      });
    } catch (error) {
      signal.throwIfAborted();
      this.#serviceAccountRefused = isRefusal(error);
      const detail = this.#serviceAccountRefused
        ? `directory.serviceAccount was refused (${refusalReason((error as Error).message)}); it is not tried again`
        : limit.aborted
          ? `directory.serviceAccount: ${controller.name} took too long`
          : `directory.serviceAccount: ${controller.name}: ${controllerFailure(error).detail}`;
      this.#parts.report({ kind: 'service-account', detail });
      return null;
    }
  }
}

function unreadable({ name }: Controller): Unavailable {
  return {
    outcome: 'unavailable',
    reason: 'account-unreadable',
    detail: `${name} does not show the account to its owner.`,
  };
}

function refused(reason: RefusalReason, facts: Partial<Omit<Refused, 'outcome' | 'reason'>> = {}): Refused {
  return { outcome: 'refused', reason, principalName: null, triesLeft: null, lockedUntil: null, ...facts };
}

/** The failure IT can act on best names the reason: a setting before a certificate before silence. */
function unavailable(
  failures: readonly (ControllerFailure & { readonly controller: string })[],
  domain: string,
): Unavailable {
  const worst = (['strong-authentication', 'certificate', 'directory-error'] as const).find((kind) =>
    failures.some((failure) => failure.kind === kind),
  );
  const detail =
    failures.length > 0
      ? failures.map((failure) => `${failure.controller}: ${failure.detail}`).join('; ')
      : `DNS names no domain controller of ${domain}: check directory.servers and directory.dnsServers`;
  return { outcome: 'unavailable', reason: worst ?? 'no-controller', detail: `${detail}.` };
}
