/** A session under the test's hand. Held to the same promises as the real watcher: test/unit/sessionWatcher.test.ts. */
import type { OutsideEvent } from '../../main/workstation/outsideEvent.js';
import type { SessionEvent, SessionWatcher } from '../../main/workstation/sessionWatcher.js';

export class HandSessionWatcher implements SessionWatcher {
  #say: ((event: SessionEvent) => void) | null = () => undefined;
  #isKnown: boolean;

  constructor(public clientName: string | null) {
    this.#isKnown = clientName !== null;
  }

  subscribe(listener: (event: SessionEvent) => void): void {
    if (this.#say) this.#say = listener;
  }
  say(event: SessionEvent): void {
    this.#say?.(event);
  }
  /** null: its name is gone · undefined: nobody can read it. */
  moveTo(name: string | null | undefined): void {
    const isName = name !== null && name !== undefined;
    this.#isKnown = isName;
    if (!isName || name === this.clientName) return;
    const from = this.clientName;
    this.clientName = name;
    this.say({ type: 'roamed', from, clientName: name });
  }
  hear(event: OutsideEvent): void {
    const { clientName } = this;
    this.say({ type: event === 'reconnect' ? 'reconnected' : 'disconnected', clientName });
    if (event === 'reconnect' && !this.#isKnown) this.say({ type: 'roamed', from: clientName, clientName: null });
  }
  dispose(): void {
    this.#say = null;
  }
}
