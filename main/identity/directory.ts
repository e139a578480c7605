/** What signing in needs from a directory of people. Active Directory implements it in ../directory. */

export interface Directory {
  /**
   * Checks one password, once. Nothing of it is kept.
   * Resolves for everything a directory can answer; rejects with `signal.reason` when aborted,
   * and with a LanyardError('configuration') when the settings cannot be used at all.
   */
  authenticate(userName: string, password: string, signal: AbortSignal): Promise<AuthenticationOutcome>;
  dispose(): void;
}

export type AuthenticationOutcome = Accepted | Refused | Unavailable;

export interface Accepted {
  readonly outcome: 'accepted';
  readonly clinician: AuthenticatedClinician;
}

/** The account that the directory says is now signed in: read back from it, never taken from what was typed. */
export interface AuthenticatedClinician {
  /** user@domain */
  readonly principalName: string;
  /** sAMAccountName */
  readonly accountName: string;
  readonly displayName: string;
  /** S-1-5-… : stays the same when a name changes. */
  readonly sid: string;
  readonly groups: {
    /** Every group of the sign-in's security token, nested ones included, as S-1-… */
    readonly sids: readonly string[];
    /** Those of the configured groups (written as in the configuration) that the person is in. */
    readonly configured: readonly string[];
    /** Configured groups that the directory does not know (or knows twice): a mistake for IT. */
    readonly unknown: readonly string[];
  };
  /** null: never, or not readable. */
  readonly passwordExpires: Date | null;
}

/** Why a directory turned a person away. */
export const refusalReasons = [
  'user-name-missing',
  'password-missing',
  'wrong-credentials',
  'locked-out',
  'account-disabled',
  'account-expired',
  'password-expired',
  'must-change-password',
  'outside-hours',
  'wrong-workstation',
  'account-restriction',
  'smartcard-required',
  'refused',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export interface Refused {
  readonly outcome: 'refused';
  readonly reason: RefusalReason;
  /** user@domain of the account where the directory knows it; null for a name nobody has (or that we cannot look up). */
  readonly principalName: string | null;
  /** Wrong passwords left before the account locks; null where the policy cannot be read. */
  readonly triesLeft: number | null;
  /** null: not locked, not readable, or until IT unlocks it. */
  readonly lockedUntil: Date | null;
}

/** Why no directory could answer: never the person's fault. */
export const unavailableReasons = [
  'no-controller',
  'certificate',
  'strong-authentication',
  'directory-error',
  'account-unreadable',
  'timeout',
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

export interface Unavailable {
  readonly outcome: 'unavailable';
  readonly reason: UnavailableReason;
  /** For IT: which controller, what happened. Holds no user name. */
  readonly detail: string;
}
