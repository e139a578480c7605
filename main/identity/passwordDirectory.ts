/** What changing a password needs from a directory of people. Active Directory implements it in ../directory. */
import type { Refused, Unavailable } from './directory.js';

export interface PasswordDirectory {
  /**
   * What the domain asks of this person's next password. null: nobody can say (no service account, an own policy that
   * it may not read, no controller). Rejects with `signal.reason` when aborted.
   */
  passwordRules(userName: string, signal: AbortSignal): Promise<PasswordRules | null>;
  /**
   * Changes (never resets) one password: the domain is given the old one and judges the new one. A wrong old one costs
   * one try, at one controller. Also for people who must change it, or whose password has expired, where the
   * configuration has a service account. Nothing of either password is kept.
   * Rejects with `signal.reason` when aborted: then it may have been changed all the same.
   */
  changePassword(userName: string, before: string, after: string, signal: AbortSignal): Promise<PasswordChangeAnswer>;
}

export interface PasswordRules {
  /** In UTF-16 code units, as the domain counts. */
  readonly minimumLength: number;
  /** Three kinds of characters of five, and no part of the person's name. */
  readonly complexity: boolean;
  /** Parts of the name that must not be in it, in lower case; empty without `complexity`. */
  readonly nameParts: readonly string[];
  /** How many of the last passwords it must not be; 0: any may come again. */
  readonly history: number;
  /** When it may be changed, by the minimum age; null: at once. */
  readonly mayChangeFrom: Date | null;
}

/** Why a domain does not take a new password. */
export const newPasswordProblems = [
  'too-short',
  'too-simple',
  'used-before',
  'too-soon',
  /** By its answer and its rules it was used before, or is one that the trust forbids. */
  'used-or-forbidden',
  /** The rules cannot be read. */
  'against-policy',
  /** The account may not change its own password. */
  'not-allowed',
] as const;
export type NewPasswordProblem = (typeof newPasswordProblems)[number];

export type PasswordChangeAnswer =
  | {
      readonly outcome: 'changed';
      readonly principalName: string;
      /** Of the new one; null: never, or not readable. */
      readonly passwordExpires: Date | null;
    }
  /** The new one; nothing has changed. */
  | {
      readonly outcome: 'new-refused';
      readonly problem: NewPasswordProblem;
      readonly principalName: string;
      readonly rules: PasswordRules | null;
    }
  /** The connection ended after the change was sent: the old or the new one may be right. */
  | { readonly outcome: 'uncertain'; readonly principalName: string; readonly detail: string }
  /** The old one, or the account. */
  | Refused
  | Unavailable;
