/** What the service account can tell about an account whose owner was just refused: tries left, locked until when. */
import { escapeFilter } from 'ldapts';
import type { BindName } from './bindName.js';
import type { Connection } from './connection.js';
import type { Entry } from './entry.js';
import { fileTimeDate, intervalMs } from './fileTime.js';

export interface AccountFacts {
  /** null: nobody has this name in the domain. */
  readonly principalName: string | null;
  /** Wrong passwords left on the controller that was asked; null: no lock-out policy, or not readable. */
  readonly triesLeft: number | null;
  readonly lockedUntil: Date | null;
  readonly smartcardRequired: boolean;
  /** The domain's policy, for names that nobody has. */
  readonly policy: LockoutPolicy | null;
}

export interface LockoutPolicy {
  /** Wrong passwords that lock an account; 0: none do. */
  readonly threshold: number;
  /** Milliseconds after which wrong passwords are forgotten. */
  readonly windowMs: number;
  /** Milliseconds an account stays locked; Infinity: until somebody unlocks it. */
  readonly durationMs: number;
}

/** userAccountControl: ADS_UF_SMARTCARD_REQUIRED ([MS-ADTS] 2.2.16). */
const SMARTCARD_REQUIRED = 0x40000;
/** msDS-User-Account-Control-Computed: UF_LOCKOUT ([MS-ADTS] 3.1.1.4.5.17); lockoutTime alone stays set after unlocking. */
const LOCKED_OUT = 0x10;

const accountAttributes = [
  'userPrincipalName',
  'sAMAccountName',
  'userAccountControl',
  'badPwdCount',
  'lockoutTime',
  'msDS-User-Account-Control-Computed',
  'msDS-ResultantPSO',
] as const;

/** Ask the controller that refused: wrong tries are counted per controller. `connection` is bound already. */
export async function lookUpAccount(
  name: BindName,
  { base, domain }: { readonly base: string; readonly domain: string },
  connection: Connection,
): Promise<AccountFacts> {
  const [account, domainPolicy] = await Promise.all([
    findAccount(name, base, accountAttributes, connection),
    readPolicy(base, domainPolicyAttributes, connection),
  ]);
  if (!account) {
    return { principalName: null, triesLeft: null, lockedUntil: null, smartcardRequired: false, policy: domainPolicy };
  }
  const ownPolicy = account.text('msDS-ResultantPSO');
  const policy = ownPolicy === null ? domainPolicy : await readPolicy(ownPolicy, ownPolicyAttributes, connection);
  const locked = (account.number('msDS-User-Account-Control-Computed', 0) & LOCKED_OUT) !== 0;
  return {
    principalName: account.text('userPrincipalName') ?? `${account.text('sAMAccountName') ?? ''}@${domain}`,
    triesLeft: triesLeft(account, policy, locked),
    lockedUntil: locked ? lockedUntil(account, policy) : null,
    smartcardRequired: (account.number('userAccountControl', 0) & SMARTCARD_REQUIRED) !== 0,
    policy: domainPolicy,
  };
}

/** The account that a bind with this name would reach: an own principal name goes before one that a name implies. */
export async function findAccount(
  name: BindName,
  base: string,
  attributes: readonly string[],
  connection: Connection,
): Promise<Entry | null> {
  const bySam = name.accountName === null ? '' : escapeFilter`(sAMAccountName=${name.accountName})`;
  const accounts = await connection.search({
    base,
    scope: 'sub',
    filter: `(&(objectClass=user)(|${escapeFilter`(userPrincipalName=${name.bind})`}${bySam}))`,
    attributes,
  });
  return accounts.find((entry) => sameText(entry.text('userPrincipalName'), name.bind)) ?? accounts[0] ?? null;
}

function triesLeft(account: Entry, policy: LockoutPolicy | null, locked: boolean): number | null {
  if (locked) return 0;
  if (policy === null || policy.threshold === 0) return null;
  return Math.max(0, policy.threshold - account.number('badPwdCount', 0));
}

function lockedUntil(account: Entry, policy: LockoutPolicy | null): Date | null {
  const since = fileTimeDate(account.text('lockoutTime'));
  if (since === null || policy === null || !Number.isFinite(policy.durationMs)) return null;
  return new Date(since.getTime() + policy.durationMs);
}

/** The domain's own attributes, and those of a fine-grained policy (readable only where IT grants it): threshold, window, duration. */
const domainPolicyAttributes = ['lockoutThreshold', 'lockOutObservationWindow', 'lockoutDuration'] as const;
const ownPolicyAttributes = ['msDS-LockoutThreshold', 'msDS-LockoutObservationWindow', 'msDS-LockoutDuration'] as const;

async function readPolicy(
  dn: string,
  attributes: readonly [string, string, string],
  connection: Connection,
): Promise<LockoutPolicy | null> {
  const [threshold, window, duration] = attributes;
  const [entry] = await connection.search({ base: dn, scope: 'base', attributes });
  if (entry?.text(threshold) == null) return null;
  return {
    threshold: entry.number(threshold, 0),
    windowMs: intervalMs(entry.text(window)) ?? Infinity,
    durationMs: intervalMs(entry.text(duration)) ?? Infinity,
  };
}

function sameText(left: string | null, right: string): boolean {
  return left?.toLowerCase() === right.toLowerCase();
}
