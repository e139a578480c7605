/** The groups that give roles: written in the configuration as a name, a DN or a SID, here found in the directory. */
import { DN, escapeFilter } from 'ldapts';
import type { Connection } from './connection.js';
import type { Entry } from './entry.js';
import { looksLikeSid } from './sid.js';

/** Configured group (as written) → its SID; null: the directory has no such group, or several. */
export type GroupSids = ReadonlyMap<string, string | null>;

/** One search for all of them. SIDs need none: they are what they are, also for groups of other domains. */
export async function findGroups(groups: readonly string[], base: string, connection: Connection): Promise<GroupSids> {
  const searched = groups.filter((group) => !looksLikeSid(group));
  const found = searched.length > 0 ? await searchGroups(searched, base, connection) : [];
  return new Map(
    groups.map((group) => [group, looksLikeSid(group) ? group.toUpperCase() : sidOf(group, found)] as const),
  );
}

function searchGroups(groups: readonly string[], base: string, connection: Connection): Promise<readonly Entry[]> {
  const any = groups
    .map((group) =>
      looksLikeDn(group)
        ? escapeFilter`(distinguishedName=${group})`
        : escapeFilter`(sAMAccountName=${group})(cn=${group})`,
    )
    .join('');
  return connection.search({
    base,
    scope: 'sub',
    filter: `(&(objectClass=group)(|${any}))`,
    attributes: ['objectSid', 'sAMAccountName', 'cn'],
  });
}

/** The account name is unique in a domain, the common name is not: two groups of one common name are none. */
function sidOf(group: string, found: readonly Entry[]): string | null {
  if (looksLikeDn(group)) return onlySid(found.filter((entry) => comparableDn(entry.dn) === comparableDn(group)));
  const named = (attribute: string): Entry[] =>
    found.filter((entry) => entry.text(attribute)?.toLowerCase() === group.toLowerCase());
  return onlySid(named('sAMAccountName')) ?? onlySid(named('cn'));
}

function onlySid(entries: readonly Entry[]): string | null {
  return entries.length === 1 ? (entries[0]?.sids('objectSid')[0] ?? null) : null;
}

function looksLikeDn(group: string): boolean {
  return /^\s*(cn|ou)\s*=.+,\s*dc\s*=/i.test(group);
}

/** Directories ignore case and the space around the parts of a DN. */
function comparableDn(dn: string): string {
  return dn
    .split(/(?<!\\),/)
    .map((part) => part.trim().replace(/\s*=\s*/, '='))
    .join(',')
    .toLowerCase();
}

/** ward.example.nhs → DC=ward,DC=example,DC=nhs */
export function domainDn(domain: string): string {
  return domain
    .split('.')
    .reduce((dn, label) => dn.addPairRDN('DC', label), new DN())
    .toString();
}
