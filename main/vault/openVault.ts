/**
 * Opens one clinician's vault in the store that the configuration names: that one or none, never another silently.
 * Whatever fails leaves what is stored as it was, and says in a sentence what happened.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../context/clock.js';
import { LanyardError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { encode } from './entries.js';
import { FileStorage } from './fileStorage.js';
import { type Keychain, openOsKeychain } from './osKeychain.js';
import { passwordKey } from './passwordKey.js';
import {
  DamagedVault,
  KEY_BYTES,
  type KeyOrigin,
  keyOriginOf,
  newPasswordKeyOrigin,
  OtherKey,
  ownerName,
  type PasswordKeyOrigin,
  VaultKey,
} from './sealedVault.js';
import { StoredSignIns } from './storedSignIns.js';
import type { Vault, VaultOpening } from './vault.js';
import { MemoryStorage } from './vaultStorage.js';

export interface VaultOptions {
  /** `vault.store` of the configuration; where it is absent: memory in shared mode, keychain in windows-user mode. */
  readonly store: Vault['kind'];
  /** user@domain, as the directory says it. */
  readonly principalName: string;
  /** roaming-file: the directory password of this sign-in. Stays the caller's; what is kept of it is wiped with the opening. */
  readonly password: Secret | null;
  /** keychain: where the sealed file goes (below it: vault/). */
  readonly userDataFolder: string;
  /** roaming-file: `vault.folder`, absolute. It must exist: a folder that is gone is not made anew. */
  readonly folder: string | null;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Absent: the operating system's. */
  readonly keychain?: (clock: Clock) => Promise<Keychain>;
  /**
   * roaming-file: how a key is made from a password.
   * SECURITY(vault): absent but in unit tests. Then it is Argon2id; no configuration reaches this.
   */
  readonly derive?: typeof passwordKey;
  /** roaming-file: which systems got the new password when the file is opened with the old one; for the audit trail. */
  readonly passwordsChanged?: (systemIds: readonly string[]) => void;
}

/** Never rejects but for defects. */
export async function openVault(options: VaultOptions): Promise<VaultOpening> {
  try {
    switch (options.store) {
      case 'memory':
        return inMemory(options);
      case 'keychain':
        return await inKeychain(options);
      case 'roaming-file':
        return await inRoamingFile(options);
    }
  } catch (error) {
    if (error instanceof LanyardError) return unavailable(`${error.message}.`);
    if (error instanceof TypeError) throw error;
    return unavailable(`${unreachable}.`);
  }
}

const unreachable =
  'The place where your stored sign-ins are kept cannot be reached. Sign in to each system by hand, or call IT support';
const damaged =
  'The file of your stored sign-ins is damaged. It is kept as it is. Sign in to each system by hand, or call IT support';

function inMemory({ principalName, clock, randomBytes }: VaultOptions): VaultOpening {
  const key = new VaultKey(random(randomBytes), { from: 'memory' }, ownerName(principalName), randomBytes);
  return open(StoredSignIns.open({ kind: 'memory', storage: new MemoryStorage(), key, clock }, null));
}

async function inKeychain(options: VaultOptions): Promise<VaultOpening> {
  const { principalName, userDataFolder, clock, randomBytes } = options;
  const owner = ownerName(principalName);
  const folder = path.join(userDataFolder, 'vault');
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const storage = new FileStorage({ file: path.join(folder, `${owner}.vault`), clock, randomBytes });
  let keychain: Keychain;
  let kept: string | null;
  try {
    keychain = await (options.keychain ?? openOsKeychain)(clock);
    kept = await keychain.get(owner);
  } catch {
    return unavailable(
      'The keychain of this computer is locked or missing, so your stored sign-ins cannot be opened. Unlock it and sign in again, or call IT support.',
    );
  }
  const keyOf = (bytes: Buffer): VaultKey => new VaultKey(bytes, { from: 'keychain' }, owner, randomBytes);
  const begin = async (): Promise<Vault> => {
    const bytes = random(randomBytes);
    await keepInKeychain(keychain, owner, bytes);
    return StoredSignIns.open({ kind: 'keychain', storage, key: keyOf(bytes), clock }, null);
  };
  let sealed: Buffer | null;
  try {
    sealed = await storage.load();
  } catch (error) {
    if (error instanceof DamagedVault) return unavailable(`${damaged}.`);
    throw error;
  }
  if (kept === null)
    return sealed // a keyring whose unlocking was dismissed answers as if it had no key
      ? unavailable(
          'The keychain of this computer is locked, or no longer has the key of your stored sign-ins. They are kept as they are. Unlock it and sign in again, or call IT support.',
        )
      : open(await begin());
  const bytes = Buffer.from(kept, 'base64');
  if (bytes.length !== KEY_BYTES) return unavailable(`${damaged}.`);
  const key = keyOf(bytes);
  try {
    return open(StoredSignIns.open({ kind: 'keychain', storage, key, clock }, sealed));
  } catch (error) {
    key.wipe();
    if (error instanceof DamagedVault || error instanceof OtherKey) return unavailable(`${damaged}.`);
    throw error;
  }
}

/** A keychain that takes a value and does not have it afterwards would lose every sign-in at the next start. */
async function keepInKeychain(keychain: Keychain, owner: string, bytes: Buffer): Promise<void> {
  const value = bytes.toString('base64');
  try {
    await keychain.set(owner, value);
    if ((await keychain.get(owner)) === value) return;
  } catch {
    // said below: the keychain's own words may be about anything
  }
  bytes.fill(0);
  throw new LanyardError(
    'vault-unavailable',
    'The keychain of this computer is locked or did not keep the key of your stored sign-ins. Unlock it and sign in again, or call IT support',
  );
}

async function inRoamingFile(options: VaultOptions): Promise<VaultOpening> {
  const { principalName, folder, password, clock, randomBytes, derive = passwordKey } = options;
  if (folder === null)
    return unavailable('No folder is configured for your stored sign-ins (vault.folder). Call IT support.');
  if (password === null)
    return unavailable(
      'Your stored sign-ins open with your password only, and Lanyard was not given it. Sign in to each system by hand.',
    );
  const owner = ownerName(principalName);
  const storage = new FileStorage({ file: path.join(folder, `${owner}.vault`), clock, randomBytes });
  const keyOf = async (from: Secret, origin: PasswordKeyOrigin): Promise<VaultKey> =>
    new VaultKey(await derive(from, origin, clock), origin, owner, randomBytes);
  const keyFor = (from: Secret): Promise<VaultKey> => keyOf(from, newPasswordKeyOrigin(randomBytes));
  const vaultWith = (key: VaultKey, sealed: Buffer | null): StoredSignIns =>
    StoredSignIns.open({ kind: 'roaming-file', storage, key, clock, keyFor }, sealed);

  let sealed: Buffer | null;
  let key: VaultKey;
  let present: Secret;
  try {
    sealed = await storage.load();
    if (!sealed) {
      const first = await keyFor(password);
      await begin(storage, first);
      sealed = await storage.load();
      if (sealed && sameOrigin(keyOriginOf(sealed, owner), first)) return open(vaultWith(first, sealed));
      first.wipe(); // another desktop began it at the same moment
      if (!sealed) return unavailable(`${unreachable}.`);
    }
    key = await keyOf(password, passwordOrigin(sealed, owner));
  } catch (error) {
    if (!(error instanceof DamagedVault)) throw error;
    return unavailable(`${damaged}.`);
  }
  try {
    return open(vaultWith(key, sealed));
  } catch (error) {
    key.wipe();
    if (!(error instanceof OtherKey)) throw error;
    present = password.copy();
  }
  const reopen = async (before: Secret): Promise<Vault> => {
    const found = (await storage.load()) ?? sealed;
    const old = await keyOf(before, passwordOrigin(found, owner));
    let vault: StoredSignIns;
    try {
      vault = vaultWith(old, found);
    } catch (error) {
      old.wipe();
      throw error;
    }
    try {
      const changed = await vault.directoryPasswordChanged(before, present);
      options.passwordsChanged?.(changed);
    } catch (error) {
      vault.dispose();
      throw error;
    }
    present.wipe();
    return vault;
  };
  return {
    outcome: 'old-password-needed',
    reopen: (before) => reopen(before).catch(explainReopening),
    startAnew: async () => {
      const fresh = await keyFor(present);
      await aside(storage).catch((error: unknown) => {
        fresh.wipe();
        throw error;
      });
      present.wipe();
      return vaultWith(fresh, null);
    },
    dispose: () => {
      present.wipe();
    },
  };
}

/** The file stands from the beginning: two desktops that begin at once share one key. */
async function begin(storage: FileStorage, key: VaultKey): Promise<void> {
  await storage.alone(async () => {
    if ((await storage.load()) === null) await storage.save(key.seal(encode(new Map())));
  });
}

function sameOrigin(origin: KeyOrigin, key: VaultKey): boolean {
  return JSON.stringify(origin) === JSON.stringify(key.origin);
}

function passwordOrigin(sealed: Buffer, owner: string): PasswordKeyOrigin {
  const origin = keyOriginOf(sealed, owner);
  if (origin.from !== 'directory-password') throw new DamagedVault('no password seals it');
  return origin;
}

function explainReopening(error: unknown): never {
  if (error instanceof LanyardError || error instanceof TypeError) throw error;
  const message =
    error instanceof OtherKey
      ? 'This is not the password that your stored sign-ins were last opened with. Try another one, or begin with none stored'
      : error instanceof DamagedVault
        ? damaged
        : unreachable;
  throw new LanyardError('vault-unavailable', message, { cause: error });
}

async function aside(storage: FileStorage): Promise<void> {
  try {
    await storage.alone(() => storage.setAside());
  } catch (cause) {
    throw new LanyardError('vault-unavailable', unreachable, { cause });
  }
}

function open(vault: Vault): VaultOpening {
  return { outcome: 'open', vault };
}

function unavailable(explanation: string): Extract<VaultOpening, { outcome: 'unavailable' }> {
  return { outcome: 'unavailable', explanation };
}

function random(randomBytes: VaultOptions['randomBytes']): Buffer {
  return Buffer.from(randomBytes(KEY_BYTES));
}
