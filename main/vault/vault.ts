/**
 * The stored sign-ins of one clinician: what the rest of Lanyard may do with them. A secret leaves only through `take`,
 * towards signon/; no IPC call returns one.
 *
 * "Refused once, never again" lives here: `take` notes durably that this password is being tried before it is handed
 * out, so that neither a refusal nor a crash in the middle costs an account more than one try.
 */
import type { Secret } from '../domain/secret.js';

/** A user name with its password. Whoever takes it wipes it. */
export interface Credentials {
  readonly userName: string;
  readonly password: Secret;
}

/**
 * usable: worked last time, or was never tried · refused: the system said no; never tried again ·
 * unconfirmed: it was sent and no answer was seen (a crash, a power cut); never tried again by itself.
 */
export type StoredState = 'usable' | 'refused' | 'unconfirmed';

export interface StoredSignIn {
  /** `systems[].id` or `identityProviders[].id` of the configuration. */
  readonly systemId: string;
  readonly userName: string;
  readonly storedAt: Date;
  readonly state: StoredState;
}

export interface Vault {
  /** Where it is kept, for the page that shows it. */
  readonly kind: 'memory' | 'keychain' | 'roaming-file';
  list(): readonly StoredSignIn[];
  /** Replaces what was stored; the new one is usable. @throws LanyardError('vault-unavailable'): then nothing changed */
  store(systemId: string, credentials: Credentials): Promise<void>;
  /**
   * For one attempt. null: nothing usable is stored. Notes the attempt durably first: until `confirm` or `refuse` it
   * counts as unconfirmed.
   * @throws LanyardError('vault-unavailable'): then it must not be tried
   */
  take(systemId: string): Promise<Credentials | null>;
  /** The system let them in. */
  confirm(systemId: string): Promise<void>;
  /** Taken, and nothing of it was sent: what was unconfirmed by `take` is usable again. */
  untouched(systemId: string): Promise<void>;
  /** The system said no. What has the same account name and password elsewhere is not tried any more either. */
  refuse(systemId: string): Promise<void>;
  remove(systemId: string): Promise<void>;
  /**
   * The directory password changed: the vault is sealed anew where it is sealed by it, and every stored sign-in that
   * shares the old password gets the new one, in one step.
   * @returns ids of the systems that were updated
   */
  directoryPasswordChanged(before: Secret, after: Secret): Promise<readonly string[]>;
  /** Wipes everything in memory. Nothing works afterwards. */
  dispose(): void;
}

export type VaultOpening =
  | { readonly outcome: 'open'; readonly vault: Vault }
  /** No keyring, a folder that is gone, a damaged file: `explanation` says what, in a sentence for the clinician. */
  | { readonly outcome: 'unavailable'; readonly explanation: string }
  /** A roaming file sealed by another directory password: it changed elsewhere. */
  | {
      readonly outcome: 'old-password-needed';
      /** Rejects with LanyardError('vault-unavailable') naming the reason when it is not the old one. */
      reopen(before: Secret): Promise<Vault>;
      /** Begins anew; the old file is kept aside, never deleted. */
      startAnew(): Promise<Vault>;
      /** Wipes the present password, which both need: at sign-out, when neither was called. Repeatable. */
      dispose(): void;
    };
