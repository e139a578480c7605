/**
 * A vault's sealed bytes in one file: private to the user, replaced in one step, durable before anything relies on it.
 *
 * The folder may be a share that two desktops write to. A file beside it says who is writing; a writer that vanished
 * is waited for 3 s. What the file held meanwhile is the vault's business: it reads before it writes.
 */
import { constants, type Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../context/clock.js';
import { DamagedVault } from './sealedVault.js';
import type { VaultStorage } from './vaultStorage.js';

const MOST_BYTES = 4 * 1024 * 1024;
const VANISHED_MS = 3_000;
const LOOK_AGAIN_MS = 25;
/** Windows keeps folders private by their access list, writes names through, and cannot open a folder. */
const hasModes = process.platform !== 'win32';

export interface FileStorageParts {
  /** Absolute. Its folder exists. */
  readonly file: string;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

export class FileStorage implements VaultStorage {
  #token: string | null = null;

  constructor(private readonly parts: FileStorageParts) {}

  async load(): Promise<Buffer | null> {
    let handle: fs.FileHandle;
    try {
      handle = await fs.open(this.parts.file, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) {
        await fs.access(path.dirname(this.parts.file)); // a folder that is gone is not an empty vault
        return null;
      }
      if (hasCode(error, 'ELOOP')) throw new DamagedVault('a link stands in its place');
      throw error;
    }
    try {
      const facts: Stats = await handle.stat();
      if (!facts.isFile() || facts.size > MOST_BYTES) throw new DamagedVault('it is not a file of this size');
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  async save(sealed: Buffer): Promise<void> {
    const { file } = this.parts;
    const aside = `${file}.${this.#random()}.new`;
    try {
      await fs.writeFile(aside, sealed, { flag: 'wx', mode: 0o600, flush: true });
      await this.#stillAlone();
      await fs.rename(aside, file);
    } catch (error) {
      await fs.rm(aside, { force: true }).catch(() => undefined); // what is said is why it could not be saved
      throw error;
    }
    await this.#keepName();
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const token = this.#random();
    await this.#lock(token);
    this.#token = token;
    try {
      return await work();
    } finally {
      this.#token = null;
      if ((await this.#holder()) === token) await fs.rm(this.#lockFile, { force: true });
    }
  }

  async setAside(): Promise<void> {
    const when = new Date(this.parts.clock.now()).toISOString().replaceAll(':', '-');
    await fs.rename(this.parts.file, `${this.parts.file}.${when}.${this.#random()}.aside`);
    await this.#keepName();
  }

  dispose(): void {
    this.#token = null;
  }

  get #lockFile(): string {
    return `${this.parts.file}.lock`;
  }

  async #lock(token: string): Promise<void> {
    const { clock } = this.parts;
    let seen: string | null = null;
    let since = clock.now();
    for (;;) {
      try {
        await fs.writeFile(this.#lockFile, token, { flag: 'wx', mode: 0o600 });
        return;
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
      const holder = await this.#holder();
      if (holder !== seen) {
        seen = holder;
        since = clock.now();
      } else if (clock.now() - since >= VANISHED_MS) {
        await this.#removeVanished(seen);
        since = clock.now();
      }
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
    }
  }

  /** Renamed first: of several that wait, one finds it. */
  async #removeVanished(token: string | null): Promise<void> {
    if ((await this.#holder()) !== token) return;
    const aside = `${this.#lockFile}.${this.#random()}`;
    try {
      await fs.rename(this.#lockFile, aside);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    await fs.rm(aside, { force: true });
  }

  async #holder(): Promise<string | null> {
    try {
      return await fs.readFile(this.#lockFile, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    }
  }

  /** A writer that slept for too long finds another one in its place, and must not write over what that one wrote. */
  async #stillAlone(): Promise<void> {
    if (this.#token === null || (await this.#holder()) !== this.#token)
      throw Object.assign(new Error('somebody else writes the stored sign-ins'), { code: 'EBUSY' });
  }

  /** A new name is on the disk only when its folder is. */
  async #keepName(): Promise<void> {
    if (!hasModes) return;
    const folder = await fs.open(path.dirname(this.parts.file), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #random(): string {
    return Buffer.from(this.parts.randomBytes(8)).toString('hex');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
