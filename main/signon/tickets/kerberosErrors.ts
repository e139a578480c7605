/**
 * What MIT Kerberos says when it has no ticket to give, in words for the clinician and a remedy for IT. The programs are
 * run with LC_ALL=C, so their texts are these. Source: MIT krb5 1.20, lib/krb5/error_tables/krb5_err.et.
 */
export interface KerberosProblem {
  /** What happened and what the clinician can do. */
  readonly explanation: string;
  /** What IT can do. */
  readonly remedy: string;
}

const problems: readonly (readonly [pattern: RegExp, problem: KerberosProblem])[] = [
  [
    /clock skew too great/i,
    {
      explanation: 'This computer’s clock is wrong by more than five minutes. Call IT support.',
      remedy: 'Set this computer’s clock by the domain’s time service.',
    },
  ],
  [
    /cannot contact any KDC|cannot (resolve|find) (network address for )?KDC/i,
    {
      explanation: 'The hospital’s sign-in service does not answer. Try again in a moment.',
      remedy: 'Check that this computer reaches a domain controller on port 88.',
    },
  ],
  [
    /server( .*)? not found in kerberos database/i,
    {
      explanation: 'This system is not set up for single sign-on. Call IT support.',
      remedy: 'Register the service principal name HTTP/<host> on the account that the system runs as.',
    },
  ],
  [
    /no credentials cache found|ticket expired|matching credential not found/i,
    {
      explanation: 'You have no valid ticket for single sign-on. Sign out and sign in again.',
      remedy: 'Sign out of Lanyard and sign in again; with windows-user: lock and unlock the session.',
    },
  ],
  [
    /password expired|credentials have been revoked|client( .*)? not found|preauthentication failed|password incorrect/i,
    {
      explanation: 'The hospital’s sign-in service gave no ticket for your account. Call IT support.',
      remedy: 'Check that this account may get a Kerberos ticket with its password.',
    },
  ],
  [
    /encryption type|KDC has no support/i,
    {
      explanation: 'This system is not set up for single sign-on. Call IT support.',
      remedy: 'Let the system’s account use AES: msDS-SupportedEncryptionTypes.',
    },
  ],
];

const unknownProblem: KerberosProblem = {
  explanation: 'No ticket for single sign-on could be had. Call IT support.',
  remedy: 'Run kvno HTTP/<host> on this computer: it says why.',
};

/** @param output what the program wrote; nothing of it is passed on, as it holds the principal's name */
export function explainKerberos(output: string): KerberosProblem {
  return problems.find(([pattern]) => pattern.test(output))?.[1] ?? unknownProblem;
}
