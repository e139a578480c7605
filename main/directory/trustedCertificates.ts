/** Which certificate authorities may vouch for a domain controller. */
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { LanyardError } from '../domain/errors.js';

/**
 * Node before 22.15 (and Electron 33) does not know the operating system's store: there the configured file is all.
 * Without a file, what Node trusts by default holds.
 */
export function trustedCertificates(
  caPem: string | undefined,
  systemCertificates: () => readonly string[] = operatingSystemCertificates,
): string[] | undefined {
  const system = [...systemCertificates()];
  if (caPem === undefined) return system.length > 0 ? [...tls.rootCertificates, ...system] : undefined;
  return [...readCertificates(caPem), ...system];
}

/** The TLS layer skips what it cannot read in silence, and then nothing verifies: so every block is read here first. */
function readCertificates(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new LanyardError('configuration', 'directory.caFile holds no certificate in PEM form');
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw new LanyardError('configuration', 'directory.caFile holds a certificate that cannot be read', { cause });
    }
  }
  return blocks;
}

function operatingSystemCertificates(): readonly string[] {
  const newer = tls as { getCACertificates?: (type: 'system') => string[] };
  return newer.getCACertificates?.('system') ?? [];
}
