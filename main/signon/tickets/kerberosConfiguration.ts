/**
 * The krb5.conf for the clinician's own tickets. Where the configuration names its domain controllers, Kerberos asks
 * exactly those; otherwise only the realm is said, and the operating system's file and DNS decide. Source: krb5.conf(5).
 */
export interface KerberosRealm {
  /** DNS name of the domain; the realm is this in capitals. */
  readonly domain: string;
  /** ldaps://dc1.ward.example.nhs[:636]; absent: found by DNS. */
  readonly servers?: readonly string[] | undefined;
  /** Controller name → IP address, for names that DNS does not know. */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
}

export interface KerberosConfiguration {
  readonly text: string;
  /** False: the operating system's own file is to be read after it. */
  readonly isComplete: boolean;
}

export function kerberosConfiguration({ domain, servers = [], addresses = {} }: KerberosRealm): KerberosConfiguration {
  const realm = domain.toUpperCase();
  if (servers.length === 0) return { text: lines('[libdefaults]', `  default_realm = ${realm}`), isComplete: false };
  const controllers = servers.map((server) => {
    const name = new URL(server).hostname;
    const address = addresses[name] ?? name;
    return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
  });
  // SECURITY: no primary_kdc: kinit asks that one again after a refusal, and the account loses two tries (measured).
  const text = lines(
    '[libdefaults]',
    `  default_realm = ${realm}`,
    '  dns_lookup_realm = false',
    '  dns_lookup_kdc = false',
    '  dns_canonicalize_hostname = false',
    '  rdns = false',
    '  udp_preference_limit = 1',
    '[realms]',
    `  ${realm} = {`,
    ...controllers.map((controller) => `    kdc = ${controller}`),
    '  }',
    '[domain_realm]',
    `  .${domain.toLowerCase()} = ${realm}`,
    `  ${domain.toLowerCase()} = ${realm}`,
  );
  return { text, isComplete: true };
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
