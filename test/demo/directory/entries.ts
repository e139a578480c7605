/** The demo's accounts and groups as directory entries with the attributes and constructed values of AD. */
import { dateFileTime } from '../../../main/directory/fileTime.js';
import { type DemoAccount, demoDomain } from './accounts.js';
import { demoPasswordPolicy, type PasswordRules } from './passwordRules.js';

/** Values by attribute; a SID is text here and travels as bytes. */
export interface DirectoryEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Attributes whose values are SIDs. */
export const sidAttributes: ReadonlySet<string> = new Set(['objectsid', 'tokengroups']);

const DOMAIN_SID = 'S-1-5-21-1004336348-1177238915-682003330';
const DAY = 86_400_000;
const NEVER = '9223372036854775807';

export const baseDn = demoDomain.domain
  .split('.')
  .map((label) => `DC=${label}`)
  .join(',');

export class Population {
  readonly #accounts: readonly DemoAccount[];
  readonly #groups: Readonly<Record<string, readonly string[]>>;
  readonly #groupNames: readonly string[];

  constructor(
    accounts: readonly DemoAccount[],
    groups: Readonly<Record<string, readonly string[]>>,
    private readonly rules: PasswordRules,
    private readonly now: () => Date,
  ) {
    this.#accounts = accounts;
    this.#groups = groups;
    this.#groupNames = Object.keys(groups);
    for (const name of [...accounts.flatMap((one) => one.groups), ...Object.values(groups).flat()]) {
      if (!(name in groups)) throw new TypeError(`the demo has no group ${name}`);
    }
  }

  /** By user@domain, user@NETBIOS or NETBIOS\user; AD accepts nothing else that we use. */
  find(bindName: string): DemoAccount | undefined {
    const { domain, netbiosName } = demoDomain;
    const name = bindName.toLowerCase();
    return this.#accounts.find(({ userName }) =>
      [`${userName}@${domain}`, `${userName}@${netbiosName}`, `${netbiosName}\\${userName}`].some(
        (one) => one.toLowerCase() === name,
      ),
    );
  }

  /** Own SID first, then every group (nested ones too), Domain Users and Authenticated Users: a security token. */
  tokenOf(account: DemoAccount): readonly string[] {
    const groups = new Set<string>();
    const add = (name: string): void => {
      if (groups.has(name)) return;
      groups.add(name);
      this.#groups[name]?.forEach(add);
    };
    account.groups.forEach(add);
    return [
      this.#accountSid(account),
      `${DOMAIN_SID}-513`,
      ...[...groups].map((name) => this.#groupSid(name)),
      'S-1-1-0',
      'S-1-5-11',
    ];
  }

  /** By the distinguished name of its entry, however that is spaced. */
  findByDn(dn: string): DemoAccount | undefined {
    const plain = (text: string): string => text.toLowerCase().replace(/\s*,\s*/g, ',');
    return this.#accounts.find((account) => plain(this.#account(account).dn) === plain(dn));
  }

  /** Everything below the domain, made anew for each search: counters and times move. */
  entries(): readonly DirectoryEntry[] {
    const { threshold, durationMs, windowMs } = this.rules.lockout;
    const domain: DirectoryEntry = {
      dn: baseDn,
      attributes: {
        objectClass: ['top', 'domain', 'domainDNS'],
        lockoutThreshold: [String(threshold)],
        lockoutDuration: [interval(durationMs)],
        lockOutObservationWindow: [interval(windowMs)],
        minPwdLength: [String(demoPasswordPolicy.minimumLength)],
        pwdHistoryLength: [String(demoPasswordPolicy.history)],
        pwdProperties: ['1'],
        minPwdAge: ['0'],
      },
    };
    return [
      domain,
      ...this.#groupNames.map((name) => this.#group(name)),
      ...this.#accounts.map((account) => this.#account(account)),
    ];
  }

  #group(name: string): DirectoryEntry {
    const dn = `CN=${name},OU=Groups,${baseDn}`;
    return {
      dn,
      attributes: {
        objectClass: ['top', 'group'],
        distinguishedName: [dn],
        cn: [name],
        sAMAccountName: [name],
        objectSid: [this.#groupSid(name)],
      },
    };
  }

  #account(account: DemoAccount): DirectoryEntry {
    const dn = `CN=${escapeDn(account.userName)},OU=People,${baseDn}`;
    const lockedSince = this.rules.lockedSince(account);
    return {
      dn,
      attributes: {
        objectClass: ['top', 'person', 'organizationalPerson', 'user'],
        distinguishedName: [dn],
        cn: [account.userName],
        sAMAccountName: [account.userName],
        userPrincipalName: [`${account.userName}@${demoDomain.domain}`],
        displayName: [account.displayName],
        objectSid: [this.#accountSid(account)],
        tokenGroups: this.tokenOf(account).slice(1),
        userAccountControl: [String(userAccountControl(account))],
        badPwdCount: [String(this.rules.wrongTries(account))],
        lockoutTime: lockedSince === null ? [] : [dateFileTime(new Date(lockedSince))],
        'msDS-User-Account-Control-Computed': [lockedSince === null ? '0' : '16'],
        'msDS-UserPasswordExpiryTimeComputed': [this.#passwordExpires(account)],
      },
    };
  }

  #passwordExpires(account: DemoAccount): string {
    const { passwordDaysLeft = 30, userName } = account;
    if (userName.startsWith('svc.')) return NEVER;
    const obstacle = this.rules.obstacleOf(account);
    if (obstacle === 'must-change') return '0';
    const days = obstacle === 'password-expired' ? -3 : this.rules.hasChanged(account) ? 42 : passwordDaysLeft;
    return dateFileTime(new Date(this.now().getTime() + days * DAY));
  }

  #accountSid(account: DemoAccount): string {
    return `${DOMAIN_SID}-${2000 + this.#accounts.indexOf(account)}`;
  }

  #groupSid(name: string): string {
    return `${DOMAIN_SID}-${1100 + this.#groupNames.indexOf(name)}`;
  }
}

/** NORMAL_ACCOUNT, with ACCOUNTDISABLE or SMARTCARD_REQUIRED ([MS-ADTS] 2.2.16). */
function userAccountControl({ obstacle }: DemoAccount): number {
  return 0x200 | (obstacle === 'disabled' ? 0x2 : 0) | (obstacle === 'smartcard' ? 0x40000 : 0);
}

function interval(ms: number): string {
  return String(-BigInt(ms) * 10_000n);
}

function escapeDn(value: string): string {
  return value.replace(/[\\,+"<>;=]/g, '\\$&');
}

/** S-1-… → bytes ([MS-DTYP] 2.4.2.2). */
export function sidBytes(sid: string): Buffer {
  const [, revision = 1, authority = 0, ...subAuthorities] = sid.split('-').map(Number);
  const bytes = Buffer.alloc(8 + 4 * subAuthorities.length);
  bytes.writeUInt8(revision, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  subAuthorities.forEach((value, index) => bytes.writeUInt32LE(value, 8 + 4 * index));
  return bytes;
}
