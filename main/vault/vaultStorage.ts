/**
 * Where a vault's sealed bytes stand: what the vault needs of a disk, and the one that is only memory.
 * A storage never sees a secret, nor a key.
 */

export interface VaultStorage {
  /** null: nothing was ever saved here. @throws Error of the operating system, or DamagedVault where it is no vault */
  load(): Promise<Buffer | null>;
  /** All of it or nothing: durable when it resolves. @throws Error of the operating system; then nothing changed */
  save(sealed: Buffer): Promise<void>;
  /** Runs `work` while nobody else, on this computer or another, changes the same place. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Moves what stands here aside, never deletes it; afterwards load() answers null. */
  setAside(): Promise<void>;
  /** Overwrites what is kept in memory. */
  dispose(): void;
}

/** Gone with the session. */
export class MemoryStorage implements VaultStorage {
  #sealed: Buffer | null = null;

  load(): Promise<Buffer | null> {
    return Promise.resolve(this.#sealed && Buffer.from(this.#sealed));
  }

  save(sealed: Buffer): Promise<void> {
    this.#sealed = Buffer.from(sealed);
    return Promise.resolve();
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  setAside(): Promise<void> {
    this.#sealed = null;
    return Promise.resolve();
  }

  dispose(): void {
    this.#sealed?.fill(0);
    this.#sealed = null;
  }
}
