/** Badge readers under a test's hand. */
import type { BadgeEvent, BadgeReaders } from '../../main/badge/badgeReaders.js';
import { Secret } from '../../main/domain/secret.js';

export class HandBadgeReaders implements BadgeReaders {
  #heard: ((event: BadgeEvent) => void) | null = null;
  #isDisposed = false;

  start(heard: (event: BadgeEvent) => void): void {
    if (this.#heard || this.#isDisposed) throw new TypeError('badge readers are started once');
    this.#heard = heard;
    this.say({ kind: 'reader-attached' });
  }

  say(event: BadgeEvent): void {
    if (!this.#isDisposed) this.#heard?.(event);
  }

  tap(number: string): void {
    this.say({ kind: 'tap', badge: Secret.of(number) });
  }

  dispose(): void {
    this.#isDisposed = true;
  }
}
