/**
 * The operating system's keychain: Credential Manager on Windows, the Secret Service on Linux. The only file that
 * loads keytar (a native module), and only where the keychain is used.
 */
import type { Clock } from '../context/clock.js';

/** What the vault needs of a keychain. Values are text. */
export interface Keychain {
  /** null: there is no such value. @throws Error where the keychain cannot be asked: absent, locked, silent */
  get(account: string): Promise<string | null>;
  /** @throws RangeError for more than 2,400 bytes; Error where the keychain did not take it */
  set(account: string, value: string): Promise<void>;
}

const SERVICE = 'Lanyard';
/** Windows takes 2,560 bytes a value; the rest is for what it adds. */
const MOST_VALUE_BYTES = 2400;
/** A keychain may show its own window first, and wait for a person. */
const DEADLINE_MS = 20_000;

/** Everything a keychain of an operating system offers, as keytar names it. */
interface NativeKeychain {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
}

/** @throws Error where the native module does not load, or its libraries are missing */
export async function openOsKeychain(clock: Clock): Promise<Keychain> {
  const { default: keytar } = await import('keytar');
  return keychainOf(keytar, clock);
}

/** The rules that hold for every keychain: one service, a cap, a deadline. */
export function keychainOf(native: NativeKeychain, clock: Clock): Keychain {
  return {
    get: (account) => inTime(clock, native.getPassword(SERVICE, account)),
    set: async (account, value) => {
      if (Buffer.byteLength(value) > MOST_VALUE_BYTES)
        throw new RangeError(`a keychain value has at most ${MOST_VALUE_BYTES} bytes`);
      await inTime(clock, native.setPassword(SERVICE, account, value));
    },
  };
}

function inTime<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(DEADLINE_MS, () => {
      reject(new Error(`the keychain did not answer within ${DEADLINE_MS} ms`));
    });
    answer.then(resolve, reject).finally(cancel);
  });
}
