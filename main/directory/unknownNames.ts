/**
 * Wrong tries with names that nobody has. Only real accounts have a counter in the directory: if "3 more tries"
 * appeared for those alone, the sentence would tell a stranger which names exist. So a name that does not exist
 * counts down here, by the domain's own policy, as an account would.
 */
import { createHmac } from 'node:crypto';
import type { LockoutPolicy } from './accountLookUp.js';

const MOST_NAMES = 500;

export class UnknownNames {
  /** People type passwords into the name field: only a keyed hash is kept. */
  readonly #tries = new Map<string, { count: number; last: number }>();

  constructor(private readonly key: Uint8Array) {}

  /** Tries left for this name; null when an account would have locked (which the directory cannot say of it) or no policy. */
  afterWrongTry(name: string, policy: LockoutPolicy | null, now: Date): number | null {
    if (policy === null || policy.threshold === 0) return null;
    const hash = createHmac('sha256', this.key).update(name.toLowerCase()).digest('base64');
    const before = this.#tries.get(hash);
    const forgotten = before === undefined || now.getTime() - before.last > policy.windowMs;
    const count = forgotten ? 1 : before.count + 1;
    this.#tries.delete(hash); // the map keeps the order of insertion: newest last
    this.#tries.set(hash, { count, last: now.getTime() });
    const oldest = this.#tries.keys().next();
    if (this.#tries.size > MOST_NAMES && !oldest.done) this.#tries.delete(oldest.value);
    return count < policy.threshold ? policy.threshold - count : null;
  }
}
