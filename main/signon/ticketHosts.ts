/**
 * What Chromium is told about whom it may answer with a ticket: exact hosts, or nobody.
 *
 * `session.allowNTLMCredentialsForDomains` sets one list for the whole program, whichever session it is called on, so it
 * has to be the hosts of every system together.
 */

/** SECURITY: an empty list would hand the choice to Windows, which answers its whole intranet zone. RFC 2606: no such host. */
const NOBODY = 'nobody.invalid';

/** @param methods of every system and identity provider of this session; none: nobody is signed in */
export function ticketHostList(
  methods: readonly { readonly negotiateHosts?: readonly string[] | undefined }[],
): string {
  const hosts = new Set(methods.flatMap(({ negotiateHosts = [] }) => negotiateHosts.filter(isExactHost)));
  return hosts.size === 0 ? NOBODY : [...hosts].sort().join(',');
}

/** Chromium's list knows wildcards, ports, schemes and ranges of addresses: nothing of that gets into it. */
function isExactHost(host: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host);
}
