/**
 * Changing a password in Active Directory: one modify of unicodePwd that deletes the old value and adds the new one
 * ([MS-ADTS] 3.1.1.3.1.5.2), so that the domain checks both. And what a refusal of it means: the server's own words
 * where it has any (Samba), else the rules that were read before (Windows gives one number for all of them).
 */
import { ResultCodeError } from 'ldapts';
import type { NewPasswordProblem, PasswordChangeAnswer, PasswordRules } from '../identity/passwordDirectory.js';
import type { Connection } from './connection.js';
import { controllerFailure } from './diagnostics.js';
import type { Entry } from './entry.js';
import { fileTimeDate, intervalMs } from './fileTime.js';

/** What must be read of an account before its password is changed. */
export const passwordAttributes = [
  'sAMAccountName',
  'userPrincipalName',
  'displayName',
  'pwdLastSet',
  'msDS-ResultantPSO',
] as const;

const PASSWORD_EXPIRES = 'msDS-UserPasswordExpiryTimeComputed';
/** pwdProperties: DOMAIN_PASSWORD_COMPLEX ([MS-SAMR] 2.2.1.3). */
const COMPLEX = 0x1;
/** Win32 errors that a domain puts in front of its diagnostic text, in hex ([MS-ERREF] 2.2). */
const INVALID_PASSWORD = '00000056';
const PASSWORD_RESTRICTION = '0000052D';
const ACCOUNT_LOCKED_OUT = '00000775';
/** LDAP result codes (RFC 4511 4.1.9). */
const INSUFFICIENT_ACCESS = 50;

/** @returns null: no policy can be read, or one of the person's own that `connection` may not read */
export async function readPasswordRules(
  account: Entry,
  base: string,
  connection: Connection,
): Promise<PasswordRules | null> {
  const ownPolicy = account.text('msDS-ResultantPSO');
  const [length, history, complexity, age] =
    ownPolicy === null
      ? (['minPwdLength', 'pwdHistoryLength', 'pwdProperties', 'minPwdAge'] as const)
      : ([
          'msDS-MinimumPasswordLength',
          'msDS-PasswordHistoryLength',
          'msDS-PasswordComplexityEnabled',
          'msDS-MinimumPasswordAge',
        ] as const);
  const attributes = [length, history, complexity, age];
  const [policy] = await connection
    .search({ base: ownPolicy ?? base, scope: 'base', attributes })
    .catch((error: unknown) => {
      if (error instanceof ResultCodeError) return []; // a policy that may not be read may not be found either
      throw error;
    });
  if (policy?.text(length) == null) return null;
  const isComplex =
    ownPolicy === null ? (policy.number(complexity, 0) & COMPLEX) !== 0 : policy.text(complexity) === 'TRUE';
  const lastSet = fileTimeDate(account.text('pwdLastSet'));
  const minimumAge = intervalMs(policy.text(age));
  return {
    minimumLength: policy.number(length, 0),
    complexity: isComplex,
    nameParts: isComplex ? nameParts(account) : [],
    history: policy.number(history, 0),
    // An interval of 0 reads as "for ever"; here it means no minimum age.
    mayChangeFrom:
      lastSet === null || minimumAge === null || !Number.isFinite(minimumAge)
        ? null
        : new Date(lastSet.getTime() + minimumAge),
  };
}

/**
 * The account name as a whole and each part of the display name, from three characters on.
 * Source: Windows, "Password must meet complexity requirements".
 */
function nameParts(account: Entry): readonly string[] {
  const parts = [account.text('sAMAccountName') ?? '', ...(account.text('displayName') ?? '').split(/[,.\-_\s#]+/u)];
  return [...new Set(parts.filter((part) => part.length >= 3).map((part) => part.toLowerCase()))];
}

/** `connection` is bound: as the person, or as the service account. Sends the change once. */
export async function replacePassword(
  connection: Connection,
  account: Entry,
  passwords: { readonly before: string; readonly after: string },
  { base, domain, now }: { readonly base: string; readonly domain: string; readonly now: Date },
): Promise<PasswordChangeAnswer> {
  const principalName = account.text('userPrincipalName') ?? `${account.text('sAMAccountName') ?? ''}@${domain}`;
  const rules = await readPasswordRules(account, base, connection);
  try {
    await connection.changePassword(account.dn, passwords.before, passwords.after);
  } catch (error) {
    // No answer to a change that was sent: another try could refuse the password that is the right one by now.
    if (!(error instanceof ResultCodeError)) {
      return { outcome: 'uncertain', principalName, detail: controllerFailure(error).detail };
    }
    const refused = { outcome: 'refused', principalName, triesLeft: null, lockedUntil: null } as const;
    const number = /^\s*([0-9a-f]{8})\b/i.exec(error.message)?.[1]?.toUpperCase();
    if (number === INVALID_PASSWORD) return { ...refused, reason: 'wrong-credentials' };
    if (number === ACCOUNT_LOCKED_OUT) return { ...refused, reason: 'locked-out' };
    if (number === PASSWORD_RESTRICTION) {
      const problem = saidProblem(error.message) ?? judgedProblem(passwords.after, rules, now);
      return { outcome: 'new-refused', problem, principalName, rules };
    }
    if (error.code === INSUFFICIENT_ACCESS) {
      return { outcome: 'new-refused', problem: 'not-allowed', principalName, rules };
    }
    const { kind, detail } = controllerFailure(error);
    return { outcome: 'unavailable', reason: kind === 'unreachable' ? 'no-controller' : kind, detail: `${detail}.` };
  }
  return { outcome: 'changed', principalName, passwordExpires: await readExpiry(account, connection) };
}

/** It was changed: what fails here takes nothing back. */
async function readExpiry({ dn }: Entry, connection: Connection): Promise<Date | null> {
  try {
    const [account] = await connection.search({ base: dn, scope: 'base', attributes: [PASSWORD_EXPIRES] });
    return fileTimeDate(account?.text(PASSWORD_EXPIRES) ?? null);
  } catch {
    return null;
  }
}

/** Samba says which rule it was; Windows does not. */
function saidProblem(text: string): NewPasswordProblem | null {
  if (/too short/i.test(text)) return 'too-short';
  if (/complexity/i.test(text)) return 'too-simple';
  if (/already used/i.test(text)) return 'used-before';
  if (/too young/i.test(text)) return 'too-soon';
  return null;
}

/** Which rule it was, where the domain says only that it was one. */
export function judgedProblem(after: string, rules: PasswordRules | null, now: Date): NewPasswordProblem {
  if (rules === null) return 'against-policy';
  if (rules.mayChangeFrom !== null && rules.mayChangeFrom > now) return 'too-soon';
  if (after.length < rules.minimumLength) return 'too-short';
  if (rules.complexity && isTooSimple(after, rules.nameParts)) return 'too-simple';
  return 'used-or-forbidden';
}

function isTooSimple(text: string, nameParts: readonly string[]): boolean {
  const lower = text.toLowerCase();
  if (nameParts.some((part) => lower.includes(part))) return true;
  const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u, /[\p{Lo}\p{Lm}\p{Lt}]/u];
  return kinds.filter((kind) => kind.test(text)).length < 3;
}
