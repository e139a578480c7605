/** A certificate authority that lives as long as the demo or the test that made it, and vouches for its servers and their clients. */
import 'reflect-metadata'; // @peculiar/x509 does not load without it
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export interface ServerCertificate {
  /** PEM, private key as PKCS #8. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly caPem: string;
}

export interface CertificateAuthority {
  readonly caPem: string;
  /** `names`: DNS names and IP addresses the server answers to; the first is its common name. */
  issue(names: readonly [string, ...string[]], validity?: Validity): Promise<ServerCertificate>;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const DAY = 86_400_000;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

x509.cryptoProvider.set(webcrypto as Crypto);

/** `now` is the middle of nothing: certificates hold from the day before it, for 30 days, unless told otherwise. */
export async function createCertificateAuthority(commonName: string, now: Date): Promise<CertificateAuthority> {
  const usual: Validity = { notBefore: new Date(now.getTime() - DAY), notAfter: new Date(now.getTime() + 30 * DAY) };
  const keys = await makeKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    serialNumber: serialNumber(),
    ...usual,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const caPem = authority.toString('pem');
  return {
    caPem,
    async issue(names, validity = usual) {
      const serverKeys = await makeKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${names[0]}`,
        issuer: authority.subject,
        serialNumber: serialNumber(),
        ...validity,
        signingAlgorithm: algorithm,
        publicKey: serverKeys.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION]),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
          ),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const privateKey = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
      return {
        certificatePem: certificate.toString('pem'),
        privateKeyPem: x509.PemConverter.encode(privateKey, 'PRIVATE KEY'),
        caPem,
      };
    },
  };
}

function makeKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Positive and random (RFC 5280 4.1.2.2): two authorities of one name must not give one number twice. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString('hex');
}
