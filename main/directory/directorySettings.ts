/** The configuration's files are read here, so that everything below works on plain values. */
import { readFileSync } from 'node:fs';
import type { Configuration } from '../policy/configuration.js';
import type { DirectorySettings } from './settings.js';

/** @throws for a file that cannot be read */
export function directorySettings({ directory, roles }: Pick<Configuration, 'directory' | 'roles'>): DirectorySettings {
  const { serviceAccount, caFile, security, domain, netbiosName } = directory;
  return {
    domain,
    netbiosName: netbiosName ?? domain.split('.')[0]?.toUpperCase() ?? '',
    servers: directory.servers,
    site: directory.site,
    dnsServers: directory.dnsServers,
    addresses: directory.addresses,
    security,
    caPem: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    serviceAccount: serviceAccount && {
      principal: serviceAccount.principal,
      password: readFileSync(serviceAccount.passwordFile, 'utf8').trim(),
    },
    roles: Object.fromEntries(Object.entries(roles).map(([role, groups]) => [role, groups ?? []])),
  };
}
