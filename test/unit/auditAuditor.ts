/** An auditor's key pair as `openssl genpkey -algorithm X25519` makes it, for the tests of the audit trail. */
import { generateKeyPairSync } from 'node:crypto';

export function auditorPair(): { readonly publicKey: string; readonly pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    // RFC 8410: the raw key is the last 32 bytes of the structure.
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
