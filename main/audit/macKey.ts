/**
 * The key that authenticates records and forgets: mac_n = HMAC(k_n, h_n), then k_(n+1) = HMAC(k_n, "lanyard/evolve/1").
 *
 * Whoever takes over this computer finds only the key of records still to come: those before cannot be made again.
 * Source: the audit specification, "Tamper evidence"; the idea is Bellare and Yee's forward-secure MAC.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What evolves the key; a hash is 32 bytes and this is 16, so the two uses never meet. */
export const macScheme = 'lanyard/evolve/1';

/** Bytes. */
export const macKeyBytes = 32;

export class MacKey {
  readonly #key: Buffer;

  /** Copies k_1: overwrite yours. */
  constructor(first: Uint8Array) {
    if (first.length !== macKeyBytes) throw new TypeError(`a key of ${macKeyBytes} bytes was expected`);
    this.#key = Buffer.from(first);
  }

  /** The MAC of a record's hash (both lower-case hex) under the key as it is now. */
  mac(hash: string): string {
    return createHmac('sha256', this.#key).update(hash, 'hex').digest('hex');
  }

  /** Whether `mac` is what mac() would say. */
  fits(hash: string, mac: string): boolean {
    return timingSafeEqual(Buffer.from(this.mac(hash), 'hex'), Buffer.from(mac, 'hex'));
  }

  /** Goes on to the next record's key and overwrites this one. */
  evolve(): void {
    const next = createHmac('sha256', this.#key).update(macScheme, 'utf8').digest();
    next.copy(this.#key);
    next.fill(0);
  }

  /** Overwrites the key: no record can follow. */
  forget(): void {
    this.#key.fill(0);
  }
}
