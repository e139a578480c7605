/**
 * Everything about signing on that lasts as long as one clinician's session: their vault, what they entered for now, the
 * method of each system, and the answers to the questions that pages and people ask. Nothing here returns a secret.
 */
import type { StoredSignIns, WorkspaceState } from '../../preload/contract.js';
import type { Clock } from '../context/clock.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { Credentials, Vault, VaultOpening } from '../vault/vault.js';
import { type CoordinatorParts, SignOnCoordinator, type SmartLaunches } from './coordinator.js';
import { sessionCredentials, vaultCredentials } from './credentialSources.js';
import { FirstOfSources } from './firstOfSources.js';
import type { CredentialSource, SignOnMethod, SignOnPage } from './signOn.js';
import { SignOnHealth } from './signOnHealth.js';

/** A sign-in that was watched: how it is done, and with what. The credentials are wiped by whoever gets this. */
export interface WatchedSignIn {
  readonly userName: string;
  /** Origin that the password went to. */
  readonly origin: string;
  readonly credentials: Credentials;
  /** Keeps how it is done from now on. @throws LanyardError */
  keep(): void | Promise<void>;
}

export interface ClinicianSignOnParts extends Pick<CoordinatorParts, 'clock' | 'audit' | 'report'> {
  readonly clock: Clock;
  readonly audit: AuditPort;
  /** Where this configuration keeps stored sign-ins. */
  readonly vaultKind: Vault['kind'];
  readonly openVault: () => Promise<VaultOpening>;
  readonly smart: SmartLaunches | null;
  readonly newId: () => string;
  /** What pages are told about signing on has changed. */
  readonly changed: () => void;
}

/** A system, or an identity provider, that has credentials of its own. */
export interface CredentialHolder {
  readonly id: string;
  readonly title: string;
}

export class ClinicianSignOn {
  readonly coordinator: SignOnCoordinator;
  readonly health: SignOnHealth;
  readonly #holders = new Map<string, CredentialHolder>();
  readonly #entered = new Map<string, Credentials>();
  readonly #vaultReady: Promise<void>;
  #opening: VaultOpening | null = null;
  #vault: Vault | null = null;
  #learnt: { readonly id: string; readonly holder: CredentialHolder; readonly watched: WatchedSignIn } | null = null;
  #watching: AbortController | null = null;
  #isOver = false;

  constructor(private readonly parts: ClinicianSignOnParts) {
    this.health = new SignOnHealth({ clock: parts.clock, report: parts.report });
    this.#vaultReady = this.#open();
    this.coordinator = new SignOnCoordinator({
      clock: parts.clock,
      audit: parts.audit,
      report: parts.report,
      vaultReady: this.#vaultReady,
      smart: parts.smart,
    });
  }

  /**
   * Where the credentials of a system come from: entered for now, stored, and last `directory`, where the system is
   * configured to share the directory's.
   */
  credentialsOf(holder: CredentialHolder, directory: CredentialSource | null): CredentialSource {
    this.#holders.set(holder.id, holder);
    const { audit } = this.parts;
    const { id } = holder;
    const entered = sessionCredentials({ id, entered: this.#entered, audit });
    const stored = vaultCredentials({ id, vault: () => this.#vault, audit });
    return new FirstOfSources(id, () => [entered, stored, ...(directory ? [directory] : [])]);
  }

  add(system: { id: string; title: string; method: SignOnMethod; page: SignOnPage }): void {
    this.coordinator.add(system);
    this.health.add(system);
  }

  get learntSignIn(): WorkspaceState['learntSignIn'] {
    if (!this.#learnt) return null;
    const { id, holder, watched } = this.#learnt;
    return { id, systemTitle: holder.title, userName: watched.userName, origin: watched.origin };
  }

  list(): StoredSignIns {
    const systems = [...this.#holders.values()].map(({ id, title }) => ({ systemId: id, systemTitle: title }));
    const titleOf = (systemId: string): string => this.#holders.get(systemId)?.title ?? systemId;
    const entries = (this.#vault?.list() ?? []).map(({ systemId, userName, storedAt, state }) => ({
      systemId,
      systemTitle: titleOf(systemId),
      userName,
      storedAt: storedAt.toISOString(),
      state,
    }));
    return { ...this.#status(), kind: this.parts.vaultKind, entries, systems };
  }

  /** @throws LanyardError('vault-unavailable'): then nothing was stored and nothing is tried */
  async enter(holderId: string, userName: string, password: string, remember: boolean): Promise<void> {
    const holder = this.#holder(holderId);
    const credentials = { userName, password: Secret.of(password) };
    if (remember) {
      try {
        await this.#store(holder.id, credentials);
      } finally {
        credentials.password.wipe();
      }
      this.#forgetEntered(holder.id);
    } else {
      this.#forgetEntered(holder.id);
      this.#entered.set(holder.id, credentials);
    }
    this.parts.changed();
  }

  async remove(systemId: string): Promise<void> {
    this.parts.audit.record({ type: 'signOn.stored', systemId, change: 'removed' });
    this.#forgetEntered(systemId);
    await this.#openVault().remove(systemId);
    this.parts.changed();
  }

  /**
   * Watches one sign-in on a system's own page, and then asks whether to keep it. A second call ends the first.
   * @param watch resolves with null when nobody signed in
   * @returns somebody signed in
   */
  async learn(holderId: string, watch: (signal: AbortSignal) => Promise<WatchedSignIn | null>): Promise<boolean> {
    const holder = this.#holder(holderId);
    this.stopWatching();
    const controller = new AbortController();
    this.#watching = controller;
    const watched = await watch(controller.signal);
    if (this.#watching === controller) this.#watching = null;
    if (!watched) return false;
    if (controller.signal.aborted || this.#isOver) {
      watched.credentials.password.wipe();
      return false;
    }
    this.#forgetLearnt();
    this.#learnt = { id: this.parts.newId(), holder, watched };
    this.parts.changed();
    return true;
  }

  stopWatching(): void {
    this.#watching?.abort();
    this.#watching = null;
  }

  async answerLearnt(id: string, keep: boolean): Promise<void> {
    if (this.#learnt?.id !== id) return;
    const { holder, watched } = this.#learnt;
    this.#learnt = null;
    this.parts.changed();
    try {
      if (!keep) return;
      await this.#store(holder.id, watched.credentials);
      await watched.keep();
      this.#forgetEntered(holder.id);
    } finally {
      watched.credentials.password.wipe();
    }
  }

  /** @param oldPassword null: begin with an empty vault; the old file is kept aside */
  async reopen(oldPassword: string | null): Promise<void> {
    const opening = this.#opening;
    if (opening?.outcome !== 'old-password-needed')
      throw new LanyardError('bad-request', 'Your stored sign-ins need no other password');
    const before = oldPassword === null ? null : Secret.of(oldPassword);
    try {
      const vault = before ? await opening.reopen(before) : await opening.startAnew();
      this.#take({ outcome: 'open', vault });
    } finally {
      before?.wipe();
    }
    this.parts.changed();
  }

  /**
   * The directory took a new password: what is sealed with the one before is sealed anew, and what shares it gets the
   * new one. Both stay the caller's.
   * @returns sentences for the clinician about what could not be done
   */
  async directoryPasswordChanged(before: Secret, after: Secret): Promise<readonly string[]> {
    await this.#vaultReady;
    for (const [id, { userName, password }] of this.#entered) {
      if (!password.equals(before)) continue;
      password.wipe();
      this.#entered.set(id, { userName, password: after.copy() });
    }
    try {
      if (this.#opening?.outcome === 'old-password-needed') {
        this.#take({ outcome: 'open', vault: await this.#opening.reopen(before) });
      } else {
        for (const systemId of (await this.#vault?.directoryPasswordChanged(before, after)) ?? [])
          this.parts.audit.record({ type: 'signOn.stored', systemId, change: 'password-changed' });
      }
      return [];
    } catch (error) {
      this.parts.report(error);
      return [
        error instanceof LanyardError
          ? `Your stored sign-ins still need your password from before. ${error.message}.`
          : 'Your stored sign-ins could not be changed to the new password. Call IT support.',
      ];
    } finally {
      if (!this.#isOver) this.parts.changed();
    }
  }

  /** Front-channel sign-out, then nothing of this clinician is left in memory. Repeatable; never rejects. */
  async end(): Promise<void> {
    this.health.dispose();
    if (!this.#isOver) await this.coordinator.signOut();
    this.#isOver = true;
    this.stopWatching();
    this.#forgetLearnt();
    for (const id of [...this.#entered.keys()]) this.#forgetEntered(id);
    this.#vault?.dispose();
    this.#vault = null;
    if (this.#opening?.outcome === 'old-password-needed') this.#opening.dispose();
  }

  async #open(): Promise<void> {
    try {
      this.#take(await this.parts.openVault());
    } catch (error) {
      this.parts.report(error);
      this.#take({ outcome: 'unavailable', explanation: 'Your stored sign-ins cannot be opened. Call IT support.' });
    }
    if (!this.#isOver) this.parts.changed();
  }

  #take(opening: VaultOpening): void {
    this.#opening = opening;
    if (opening.outcome === 'old-password-needed' && this.#isOver) opening.dispose();
    if (opening.outcome !== 'open') return;
    if (this.#isOver) opening.vault.dispose();
    else this.#vault = opening.vault;
  }

  #status(): Pick<StoredSignIns, 'status' | 'explanation'> {
    switch (this.#opening?.outcome) {
      case undefined:
        return { status: 'closed', explanation: 'Your stored sign-ins are being opened …' };
      case 'open':
        return { status: 'open', explanation: null };
      case 'old-password-needed':
        return { status: 'old-password-needed', explanation: 'Your password was changed elsewhere.' };
      case 'unavailable':
        return { status: 'closed', explanation: this.#opening.explanation };
    }
  }

  /** The line stands before the password does: nothing is stored that cannot be recorded. */
  async #store(id: string, credentials: Credentials): Promise<void> {
    const vault = this.#openVault();
    this.parts.audit.record({ type: 'signOn.stored', systemId: id, change: 'stored' });
    await vault.store(id, credentials);
  }

  #openVault(): Vault {
    if (this.#vault) return this.#vault;
    throw new LanyardError('vault-unavailable', this.#status().explanation ?? 'Your stored sign-ins cannot be opened');
  }

  #holder(id: string): CredentialHolder {
    const holder = this.#holders.get(id);
    if (!holder) throw new LanyardError('unknown-tab', 'Nothing can be stored for this system');
    return holder;
  }

  #forgetEntered(id: string): void {
    this.#entered.get(id)?.password.wipe();
    this.#entered.delete(id);
  }

  #forgetLearnt(): void {
    this.#learnt?.watched.credentials.password.wipe();
    this.#learnt = null;
  }
}
