/**
 * One directory entry in one shape. The LDAP library gives a missing attribute as [], one value as text or bytes,
 * several as an array, and keeps the server's spelling of names: here every attribute is a list, by lower-case name.
 */
import { sidText } from './sid.js';

export class Entry {
  readonly #values = new Map<string, readonly Buffer[]>();

  constructor(
    readonly dn: string,
    attributes: Readonly<Record<string, unknown>>,
  ) {
    for (const [name, value] of Object.entries(attributes)) {
      const list: unknown[] = Array.isArray(value) ? value : [value];
      this.#values.set(
        name.toLowerCase(),
        list.map((one) => (Buffer.isBuffer(one) ? one : Buffer.from(String(one), 'utf8'))),
      );
    }
  }

  bytes(name: string): readonly Buffer[] {
    return this.#values.get(name.toLowerCase()) ?? [];
  }

  texts(name: string): readonly string[] {
    return this.bytes(name).map((value) => value.toString('utf8'));
  }

  /** The first value, or null where there is none or it is empty. */
  text(name: string): string | null {
    return this.texts(name)[0] || null; // eslint-disable-line @typescript-eslint/prefer-nullish-coalescing -- '' is none
  }

  sids(name: string): readonly string[] {
    return this.bytes(name).map(sidText);
  }

  /** A whole number; `whenMissing` where the attribute is absent or not a number. */
  number(name: string, whenMissing: number): number {
    const text = this.text(name);
    return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : whenMissing;
  }
}
