/** One contract for every store of the vault, and what the sealed file has to withstand. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { openVault, type VaultOptions } from '../../main/vault/openVault.js';
import { keychainOf } from '../../main/vault/osKeychain.js';
import { DamagedVault, OtherKey, VaultKey } from '../../main/vault/sealedVault.js';
import type { Vault } from '../../main/vault/vault.js';

/** Each roaming file takes some keys, and Argon2id is slow on purpose. */
vi.setConfig({ testTimeout: 60_000 });

const CANARY = 'Canary-9-Ünder-Glas';
let folder = '';
let kept = new Map<string, string>();
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-vault-'));
  kept = new Map();
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const options = (store: Vault['kind'], more: Partial<VaultOptions> = {}): VaultOptions => ({
  store,
  principalName: 'amara.test@ward.example.nhs',
  password: Secret.of('Directory-1'),
  userDataFolder: folder,
  folder,
  clock: systemClock,
  randomBytes,
  keychain: async () =>
    keychainOf(
      {
        getPassword: async (_service, account) => kept.get(account) ?? null,
        setPassword: async (_service, account, value) => {
          kept.set(account, value);
        },
      },
      systemClock,
    ),
  ...more,
});
const opened = async (store: Vault['kind'], more: Partial<VaultOptions> = {}): Promise<Vault> => {
  const opening = await openVault(options(store, more));
  if (opening.outcome !== 'open') throw new Error(JSON.stringify(opening));
  return opening.vault;
};
const credentials = (password = CANARY, userName = 'amara') => ({ userName, password: Secret.of(password) });
const text = async (vault: Vault, id: string) => (await vault.take(id))?.password.use((value) => value);
const files = () =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

describe.each(['memory', 'keychain', 'roaming-file'] as const)('a vault in %s', (store) => {
  test('hands out once, and again only after the system let them in', async () => {
    const vault = await opened(store);
    expect(await vault.take('pacs')).toBeNull();
    await vault.store('pacs', credentials());
    expect(await text(vault, 'pacs')).toBe(CANARY);
    expect(vault.list()).toMatchObject([{ systemId: 'pacs', userName: 'amara', state: 'unconfirmed' }]);
    expect(await vault.take('pacs')).toBeNull();
    await vault.confirm('pacs');
    expect(await text(vault, 'pacs')).toBe(CANARY);
    await vault.refuse('pacs');
    expect(await vault.take('pacs')).toBeNull();
    expect(vault.list()).toMatchObject([{ state: 'refused' }]);
    await vault.store('pacs', credentials('another'));
    expect(await text(vault, 'pacs')).toBe('another');
    await vault.remove('pacs');
    expect(vault.list()).toEqual([]);
    vault.dispose();
  });

  test('a refused password is not tried for another system with the same account', async () => {
    const vault = await opened(store);
    await vault.store('pacs', credentials());
    await vault.store('letters', credentials(CANARY, 'WARD\\amara'));
    await vault.store('maternity', credentials('own'));
    await vault.take('pacs');
    const waiting = vault.take('letters');
    await vault.refuse('pacs');
    expect(await waiting).toBeNull();
    expect(await text(vault, 'maternity')).toBe('own');
    vault.dispose();
  });

  test('a changed directory password reaches every system that shares it, in one step', async () => {
    const vault = await opened(store);
    await vault.store('pacs', credentials('Directory-1'));
    await vault.store('letters', credentials('own'));
    const changed = await vault.directoryPasswordChanged(Secret.of('Directory-1'), Secret.of('Directory-2'));
    expect(changed).toEqual(['pacs']);
    expect(await text(vault, 'pacs')).toBe('Directory-2');
    expect(await text(vault, 'letters')).toBe('own');
    vault.dispose();
  });

  test('shows its secrets to nobody, writes them nowhere, and ends with dispose()', async () => {
    const vault = await opened(store);
    await vault.store('pacs', credentials());
    for (const shown of [inspect(vault, { depth: 9, showHidden: true }), JSON.stringify(vault)])
      expect(shown).not.toContain(CANARY);
    const forms = (['utf8', 'base64', 'utf16le', 'hex'] as const).map((form) =>
      form === 'utf8' || form === 'utf16le'
        ? Buffer.from(CANARY, form)
        : Buffer.from(Buffer.from(CANARY).toString(form)),
    );
    for (const file of files()) {
      expect(fs.statSync(file).mode & 0o077).toBe(0);
      for (const form of forms) expect(fs.readFileSync(file).includes(form)).toBe(false);
    }
    expect(files()).toHaveLength(store === 'memory' ? 0 : 1);
    vault.dispose();
    await expect(vault.take('pacs')).rejects.toMatchObject({ code: 'vault-unavailable' });
  });
});

describe.each(['keychain', 'roaming-file'] as const)('a vault kept in %s', (store) => {
  test('a crash between taking and the answer leaves it untried by the next start', async () => {
    const crashed = await opened(store);
    await crashed.store('pacs', credentials());
    await crashed.take('pacs');
    const next = await opened(store);
    expect(next.list()).toMatchObject([{ systemId: 'pacs', state: 'unconfirmed' }]);
    expect(await next.take('pacs')).toBeNull();
  });

  test('two desktops lose nothing of each other', async () => {
    const [one, other] = [await opened(store), await opened(store)];
    await Promise.all([one.store('pacs', credentials()), other.store('letters', credentials('own'))]);
    await one.remove('letters');
    await other.confirm('pacs');
    expect((await opened(store)).list().map(({ systemId }) => systemId)).toEqual(['pacs']);
  });

  test('a damaged file is kept and not opened', async () => {
    await (await opened(store)).store('pacs', credentials());
    const [file = ''] = files();
    const whole = fs.readFileSync(file);
    for (const damaged of [whole.subarray(0, whole.length - 1), Buffer.alloc(0), Buffer.from('{}\n')]) {
      fs.writeFileSync(file, damaged);
      const opening = await openVault(options(store));
      expect(opening).toMatchObject({
        outcome: 'unavailable',
        explanation: expect.stringContaining('damaged') as string,
      });
      expect(fs.readFileSync(file)).toEqual(damaged);
    }
  });

  test('a folder that is gone stores and hands out nothing', async () => {
    const vault = await opened(store);
    await vault.store('pacs', credentials());
    const away = `${folder}-away`;
    fs.renameSync(folder, away);
    try {
      await expect(vault.take('pacs')).rejects.toMatchObject({ code: 'vault-unavailable' });
      await expect(vault.store('x', credentials())).rejects.toMatchObject({ code: 'vault-unavailable' });
    } finally {
      fs.renameSync(away, folder);
    }
    expect(vault.list()).toMatchObject([{ systemId: 'pacs', state: 'usable' }]);
  });
});

test('a password that changed elsewhere is asked for once, and then opens the file by itself', async () => {
  await (await opened('roaming-file')).store('pacs', credentials('Directory-1'));
  const after = { password: Secret.of('Directory-2') };
  const opening = await openVault(options('roaming-file', after));
  if (opening.outcome !== 'old-password-needed') throw new Error(opening.outcome);
  await expect(opening.reopen(Secret.of('neither'))).rejects.toMatchObject({ code: 'vault-unavailable' });
  expect(await text(await opening.reopen(Secret.of('Directory-1')), 'pacs')).toBe('Directory-2');
  expect((await opened('roaming-file', after)).list()).toMatchObject([{ systemId: 'pacs', state: 'unconfirmed' }]);
});

test('beginning anew keeps the old file aside', async () => {
  await (await opened('roaming-file')).store('pacs', credentials());
  const opening = await openVault(options('roaming-file', { password: Secret.of('Directory-2') }));
  if (opening.outcome !== 'old-password-needed') throw new Error(opening.outcome);
  expect((await opening.startAnew()).list()).toEqual([]);
  expect(files().filter((file) => file.endsWith('.aside'))).toHaveLength(1);
});

test('without a keychain, and without its key, nothing opens', async () => {
  const keychain = async () => Promise.reject(new Error('no keyring'));
  expect(await openVault(options('keychain', { keychain }))).toMatchObject({ outcome: 'unavailable' });
  await (await opened('keychain')).store('pacs', credentials());
  kept.clear();
  expect(await openVault(options('keychain'))).toMatchObject({ outcome: 'unavailable' });
});

test('a keychain value has at most 2,400 bytes', async () => {
  const keychain = await options('keychain').keychain?.(systemClock);
  await keychain?.set('x', 'a'.repeat(2400));
  await expect(keychain?.set('x', 'a'.repeat(2401))).rejects.toThrow(RangeError);
});

test('no changed byte, and no other owner, opens a sealed vault', () => {
  const key = (owner: string) => new VaultKey(Buffer.alloc(32, 7), { from: 'memory' }, owner, randomBytes);
  const sealed = key('0'.repeat(32)).seal(Buffer.from('content'));
  expect(key('0'.repeat(32)).open(sealed).toString()).toBe('content');
  expect(() => key('1'.repeat(32)).open(sealed)).toThrow(DamagedVault);
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => key('0'.repeat(32)).open(changed)).toThrow(DamagedVault);
  }
  const other = new VaultKey(Buffer.alloc(32, 8), { from: 'memory' }, '0'.repeat(32), randomBytes);
  expect(() => other.open(sealed)).toThrow(OtherKey);
});
