/**
 * A map whose keys are secrets (access tokens, WebSocket endpoints).
 *
 * Keys are kept only as salted SHA-256 digests, so neither a memory dump nor the time a lookup takes says how much
 * of a guess was right.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

interface Entry<V> {
  readonly digest: Buffer;
  readonly value: V;
}

export class SecretMap<V> {
  readonly #salt = randomBytes(32).toString('base64url');
  readonly #entries = new Map<string, Entry<V>>();

  get size(): number {
    return this.#entries.size;
  }

  set(secret: string, value: V): void {
    const digest = this.#digest(secret);
    this.#entries.set(digest.toString('latin1'), { digest, value });
  }

  get(secret: string): V | undefined {
    const digest = this.#digest(secret);
    const entry = this.#entries.get(digest.toString('latin1'));
    return entry && timingSafeEqual(entry.digest, digest) ? entry.value : undefined;
  }

  delete(secret: string): boolean {
    return this.#entries.delete(this.#digest(secret).toString('latin1'));
  }

  *values(): Generator<V> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** Removes every entry whose value fits. */
  deleteWhere(fits: (value: V) => boolean): V[] {
    const removed: V[] = [];
    for (const [key, { value }] of this.#entries) {
      if (!fits(value)) continue;
      this.#entries.delete(key);
      removed.push(value);
    }
    return removed;
  }

  #digest(secret: string): Buffer {
    return hash('sha256', this.#salt + secret, 'buffer');
  }
}

/** Whether two secrets are equal, in a time that depends only on their lengths. */
export function equalSecrets(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
