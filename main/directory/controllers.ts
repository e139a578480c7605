/** Which domain controllers to ask, in which order: from the configuration, or found by DNS SRV. */
import { LanyardError } from '../domain/errors.js';
import type { DirectorySettings } from './settings.js';

export interface Controller {
  /** The name its certificate must carry. */
  readonly name: string;
  readonly port: number;
}

export interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** The DNS questions we ask. Each rejects when the name does not exist or no server answers in time. */
export interface NameServer {
  resolveSrv(name: string): Promise<readonly SrvRecord[]>;
  /** IP addresses, both families. */
  resolveAddresses(name: string): Promise<readonly string[]>;
  dispose(): void;
}

/** @throws LanyardError('configuration') when a server's address is unusable or would not be protected. */
export function configuredControllers({ servers, security }: DirectorySettings): readonly Controller[] {
  const protocol = security === 'ldaps' ? 'ldaps:' : 'ldap:';
  return (servers ?? []).map((server, index) => {
    const url = URL.canParse(server) ? new URL(server) : null;
    if (url?.protocol !== protocol || url.hostname === '') {
      throw new LanyardError(
        'configuration',
        `directory.servers[${index}] must look like ${protocol}//dc1.example.nhs with security "${security}"`,
      );
    }
    const name = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    return { name, port: url.port === '' ? standardPort(security) : Number(url.port) };
  });
}

/**
 * The controllers of the site first, then all others of the domain, each group by priority and weight (RFC 2782).
 * SRV always says 389; the port for `security` is used instead. Empty: DNS knows none, or does not answer.
 * `random` gives numbers from 0 up to, not including, 1.
 */
export async function discoverControllers(
  { domain, site, security }: DirectorySettings,
  dns: NameServer,
  random: () => number,
): Promise<readonly Controller[]> {
  const names = [`_ldap._tcp.dc._msdcs.${domain}`];
  if (site !== undefined) names.unshift(`_ldap._tcp.${site}._sites.dc._msdcs.${domain}`);
  const answers = await Promise.allSettled(names.map((name) => dns.resolveSrv(name)));
  const port = standardPort(security);
  const controllers = new Map<string, Controller>();
  for (const answer of answers) {
    if (answer.status === 'rejected') continue; // an unknown site is normal; no answer at all shows as an empty list
    for (const record of inSrvOrder(answer.value, random)) {
      const name = record.name.replace(/\.$/, '').toLowerCase();
      if (name !== '' && !controllers.has(name)) controllers.set(name, { name, port });
    }
  }
  return [...controllers.values()];
}

/** RFC 2782: lowest priority first; within one priority a draw by weight, without replacement. */
export function inSrvOrder(records: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  const ordered: SrvRecord[] = [];
  while (left.length > 0) {
    const priority = left[0]?.priority;
    const group = left.filter((record) => record.priority === priority);
    let draw = random() * group.reduce((sum, record) => sum + record.weight, 0);
    const drawn = group.find((record) => (draw -= record.weight) < 0) ?? group[0];
    if (!drawn) break;
    ordered.push(drawn);
    left.splice(left.indexOf(drawn), 1);
  }
  return ordered;
}

function standardPort(security: DirectorySettings['security']): number {
  return security === 'ldaps' ? 636 : 389;
}
