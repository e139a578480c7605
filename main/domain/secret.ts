/**
 * A password or key in memory: never printed, never serialised, overwritten when it is no longer needed.
 *
 * JavaScript cannot overwrite a string, so the text lives in bytes and becomes a string only inside `use`. Whoever is
 * given a Secret wipes it, unless the description says that somebody else does.
 */
const HIDDEN = '[secret]';

export class Secret {
  readonly #bytes: Uint8Array;
  #isWiped = false;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static of(text: string): Secret {
    return new Secret(new TextEncoder().encode(text));
  }

  /** Another one with the same content, to be wiped by itself. */
  copy(): Secret {
    this.#refuseWiped();
    return new Secret(this.#bytes.slice());
  }

  /** The only way to the text. It must not be kept, logged, sent over IPC, or put into an address or a script. */
  use<T>(work: (text: string) => T): T {
    this.#refuseWiped();
    return work(new TextDecoder().decode(this.#bytes));
  }

  /** Compares every byte, whatever the first ones say. */
  equals(other: Secret): boolean {
    this.#refuseWiped();
    other.#refuseWiped();
    let difference = this.#bytes.length ^ other.#bytes.length;
    for (let index = 0; index < this.#bytes.length; index += 1)
      difference |= (this.#bytes[index] ?? 0) ^ (other.#bytes[index] ?? 0);
    return difference === 0;
  }

  /** Overwrites it. Repeatable. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#isWiped = true;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }

  #refuseWiped(): void {
    if (this.#isWiped) throw new TypeError('this secret was wiped already');
  }
}
