/** Hands the keys of every page of the program to a badge reader that types, before any page sees them. */
import type { Input, WebContents } from 'electron';
import type { Clock } from '../context/clock.js';
import type { WedgeRule } from '../domain/wedgeRule.js';
import { WedgeReader } from './wedgeReader.js';

export class WedgeKeys {
  readonly reader: WedgeReader;
  /** Whose keys were held last. */
  #holder: WebContents | null = null;
  /** Keys whose way down was held: no page may see them come up again, for that names them, too. */
  readonly #heldDown = new Set<string>();
  /** To be given back as soon as the key that is being handled is done with; what comes meanwhile queues behind. */
  #queue: string[] = [];
  /** Keys given back that are on their way through here once more. */
  readonly #onTheirWay = new WeakMap<WebContents, number>();

  constructor(rule: WedgeRule, clock: Clock) {
    this.reader = new WedgeReader(rule, clock, (keys) => {
      this.#giveBack(keys);
    });
  }

  /** To be called with every page as soon as there is one. */
  listen(contents: WebContents): void {
    contents.on('before-input-event', (event, input) => {
      if (this.#holds(contents, input)) event.preventDefault();
    });
  }

  #holds(contents: WebContents, { type, key, code, control, alt, meta }: Input): boolean {
    if (type === 'keyUp') return this.#heldDown.delete(code);
    if (control || alt || meta) return false;
    const onTheirWay = this.#onTheirWay.get(contents) ?? 0;
    if (onTheirWay > 0) {
      this.#onTheirWay.set(contents, onTheirWay - 1);
      return false;
    }
    if (this.#queue.length > 0) this.#queue.push(key);
    else if (this.#passes(contents, key)) return false;
    this.#heldDown.add(code);
    return true;
  }

  #passes(contents: WebContents, key: string): boolean {
    this.#holder = contents;
    return this.reader.keyDown(key) === 'pass';
  }

  #giveBack(keys: readonly string[]): void {
    // Not within the handling of a key: Chromium then takes the sign of that key for one nobody held.
    if (this.#queue.length === 0)
      setImmediate(() => {
        this.#send();
      });
    this.#queue.push(...keys);
  }

  #send(): void {
    const keys = this.#queue;
    this.#queue = [];
    const contents = this.#holder;
    if (!contents || contents.isDestroyed()) return;
    for (const key of keys) {
      const keyCode = keyCodes[key] ?? key;
      this.#onTheirWay.set(contents, (this.#onTheirWay.get(contents) ?? 0) + 1);
      contents.sendInputEvent({ type: 'keyDown', keyCode });
      if (key.length === 1 || key === 'Enter') contents.sendInputEvent({ type: 'char', keyCode });
      contents.sendInputEvent({ type: 'keyUp', keyCode });
    }
  }
}

/** Where Electron's names of keys differ from the DOM's. */
const keyCodes: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
};
