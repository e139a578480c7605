/** A mistyped user name may be a password: the audit keeps only this, enough to see that two tries used one text. */
import { createHmac } from 'node:crypto';

/** Lower-case hex HMAC-SHA-256 of the name without case and outer space. `key`: random, secret, at least 16 bytes. */
export function typedNameHasher(key: Uint8Array): (typed: string) => string {
  if (key.byteLength < 16) throw new RangeError('the key for typed names needs at least 16 bytes');
  return (typed) => createHmac('sha256', key).update(typed.trim().toLowerCase()).digest('hex');
}
