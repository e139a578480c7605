/**
 * Seals a chain's first key so that only the auditor, who is not on this computer, can open it: libsodium's sealed
 * box (crypto_box_seal: an ephemeral X25519 key, BLAKE2b for the nonce, XSalsa20-Poly1305).
 *
 * Imported only where an auditor's key is configured, or where somebody verifies with one: libsodium is WebAssembly
 * that takes some tens of milliseconds to load.
 */
import { createHash, createPrivateKey } from 'node:crypto';
import libsodium from 'libsodium-wrappers-sumo';
import { macKeyBytes } from './macKey.js';

/** What the recorder needs of it. */
export interface AuditorSeal {
  /** Names the auditor's key; see auditorKeyName. */
  readonly auditor: string;
  /** Seals `key`, as base64. Synchronous. */
  seal(key: Uint8Array): string;
}

/** What a verifier needs of it. */
export interface AuditorKey {
  readonly auditor: string;
  /** The key that was sealed, or null where this is not the private key it was sealed to, or it was changed. */
  open(sealed: string): Buffer | null;
}

/** First 16 hex digits of SHA-256 over the 32 bytes of an X25519 public key. */
function auditorKeyName(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
}

/** @param publicKey `audit.auditorPublicKey` of the configuration: 32 bytes in base64 */
export async function auditorSeal(publicKey: string): Promise<AuditorSeal> {
  await libsodium.ready;
  const key = Buffer.from(publicKey, 'base64');
  return {
    auditor: auditorKeyName(key),
    seal: (secret) => Buffer.from(libsodium.crypto_box_seal(secret, key)).toString('base64'),
  };
}

/**
 * @param pem the auditor's private key as `openssl genpkey -algorithm X25519` writes it (PKCS #8)
 * @throws Error where it is no such key
 */
export async function auditorKey(pem: string): Promise<AuditorKey> {
  const parsed = createPrivateKey(pem);
  if (parsed.asymmetricKeyType !== 'x25519') throw new TypeError('the key is not an X25519 private key');
  // RFC 8410, section 7: the raw key is the last 32 bytes of the PKCS #8 structure.
  const privateKey = parsed.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  await libsodium.ready;
  const publicKey = libsodium.crypto_scalarmult_base(privateKey);
  return {
    auditor: auditorKeyName(publicKey),
    open: (sealed) => {
      try {
        const opened = Buffer.from(
          libsodium.crypto_box_seal_open(Buffer.from(sealed, 'base64'), publicKey, privateKey),
        );
        return opened.length === macKeyBytes ? opened : null;
      } catch (error) {
        // libsodium's only answers to a box that does not open; anything else is a surprise.
        if (error instanceof TypeError || (error instanceof Error && error.message.includes('incorrect key pair')))
          return null;
        throw error;
      }
    },
  };
}
