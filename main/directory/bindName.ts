/** What a person typed as user name, completed to a name that Active Directory accepts for a bind. */
import type { DirectorySettings } from './settings.js';

export interface BindName {
  /** For the bind: user@suffix or NETBIOS\user. */
  readonly bind: string;
  /** user@domain as far as the typed name tells: an implicit UPN, which AD accepts for every account. */
  readonly principalName: string;
  /** To find the account: its sAMAccountName, where the typed name may be one of this domain. */
  readonly accountName: string | null;
}

type Domain = Pick<DirectorySettings, 'domain' | 'netbiosName'>;

/**
 * `user` → user@domain; `DOMAIN\user` and `user@suffix` stay; `domain.name\user` (not valid for AD) → user@domain.name.
 * null: no account can have this name (a control character, or nothing beside the domain).
 */
export function completeBindName(typed: string, { domain, netbiosName = firstLabel(domain) }: Domain): BindName | null {
  const name = typed.trim();
  // AD forbids exactly these; a NUL would end the name early in C code.
  if (/[\u0000-\u001f\u007f]/.test(name)) return null;

  const backslash = name.indexOf('\\');
  if (backslash >= 0) {
    const prefix = name.slice(0, backslash);
    const user = name.slice(backslash + 1);
    if (!prefix || !user) return null;
    if (same(prefix, domain)) return inThisDomain(user, domain, `${user}@${domain}`);
    if (same(prefix, netbiosName)) return inThisDomain(user, domain, `${netbiosName}\\${user}`);
    return { bind: name, principalName: name, accountName: null };
  }

  const at = name.lastIndexOf('@');
  if (at >= 0) {
    const user = name.slice(0, at);
    const suffix = name.slice(at + 1);
    if (!user || !suffix) return null;
    const ours = same(suffix, domain) || same(suffix, netbiosName);
    return ours ? inThisDomain(user, domain, name) : { bind: name, principalName: name, accountName: null };
  }
  return name ? inThisDomain(name, domain, `${name}@${domain}`) : null;
}

function inThisDomain(user: string, domain: string, bind: string): BindName {
  return { bind, principalName: `${user}@${domain}`, accountName: user };
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function firstLabel(domain: string): string {
  return domain.replace(/\..*/, '').toUpperCase();
}
