/** What Lanyard needs of badge readers, whatever they are: who is tapped, and whether there is a reader at all. */
import type { Secret } from '../domain/secret.js';

export type BadgeEvent =
  /** `badge`: the number of the badge, upper-case hexadecimal or digits; the receiver's to wipe. It identifies, it proves nothing. */
  | { readonly kind: 'tap'; readonly badge: Secret }
  /** The badge left the reader. Readers that type have no such thing. */
  | { readonly kind: 'removed' }
  /** A badge or another card that gave no number. */
  | { readonly kind: 'unreadable'; readonly explanation: string }
  | { readonly kind: 'reader-attached' }
  | { readonly kind: 'reader-detached'; readonly explanation: string }
  /** Said once until it is back; meanwhile it is looked for again and again. */
  | { readonly kind: 'no-service'; readonly explanation: string };

export interface BadgeReaders {
  /** Listens until `dispose`; once only. Failures are events. */
  start(heard: (event: BadgeEvent) => void): void;
  /** Repeatable; nothing is heard afterwards. */
  dispose(): void;
}
