/** One contract for every store of the vault, and what the sealed file has to withstand. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { openVault, type VaultOptions } from '../../main/vault/openVault.js';
import { keychainOf } from '../../main/vault/osKeychain.js';
import { passwordKey } from '../../main/vault/passwordKey.js';
import { DamagedVault, keyOriginOf, OtherKey, ownerName, VaultKey } from '../../main/vault/sealedVault.js';
import type { Vault } from '../../main/vault/vault.js';

const CANARY = 'Canary-9-Ünder-Glas';
const OWNER = ownerName('amara.test@ward.example.nhs');
let folder = '';
let kept = new Map<string, string>();
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-vault-'));
  kept = new Map();
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Argon2id is slow on purpose: where it is not the subject, a key is made in no time. */
const quickKey: typeof passwordKey = (password, { salt }) =>
  Promise.resolve(password.use((value) => createHash('sha256').update(`${salt} ${value}`).digest()));

const asInTheProduct = (store: Vault['kind'], more: Partial<VaultOptions> = {}): VaultOptions => ({
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
const options = (store: Vault['kind'], more: Partial<VaultOptions> = {}): VaultOptions =>
  asInTheProduct(store, { derive: quickKey, ...more });
const opened = async (store: Vault['kind'], more: Partial<VaultOptions> = {}): Promise<Vault> => {
  const opening = await openVault(options(store, more));
  if (opening.outcome !== 'open') throw new Error(JSON.stringify(opening));
  return opening.vault;
};
const credentials = (password = CANARY, userName = 'amara') => ({ userName, password: Secret.of(password) });
const text = async (vault: Vault, id: string) => (await vault.take(id))?.password.use((value) => value);
/** What another process would get of it. */
const cloned = (held: unknown): unknown => {
  try {
    return structuredClone(held);
  } catch (error) {
    return error; // it cannot leave at all
  }
};
/** The same file with another header, and a checksum that is right. */
function withHeader(sealed: Buffer, edit: (line: string) => string): Buffer {
  const end = sealed.indexOf('\n');
  const head = Buffer.from(edit(sealed.subarray(0, end).toString()));
  return checked(Buffer.concat([head, sealed.subarray(end, -32)]));
}
const checked = (bytes: Buffer): Buffer => Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);
/** Four times as fast as the wall's. */
const fastClock: Clock = {
  ...systemClock,
  now: () => systemClock.now() * 4,
  after: (milliseconds, work) => systemClock.after(milliseconds / 4, work),
};
/** Root writes into every folder; permissions mean something to nobody else. */
async function asSomebody(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  fs.chownSync(folder, 65534, 65534);
  process.seteuid?.(65534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
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

  test('an answer to what was stored before says nothing about what is stored now', async () => {
    for (const answer of ['confirm', 'refuse'] as const) {
      const vault = await opened(store);
      await vault.store('epr', credentials('first'));
      expect(await text(vault, 'epr')).toBe('first');
      await vault.store('epr', credentials('second'));
      await vault[answer]('epr'); // it is about the first
      expect(vault.list()).toMatchObject([{ systemId: 'epr', state: 'usable' }]);
      expect(await text(vault, 'epr')).toBe('second');
      await vault[answer]('epr');
      expect(vault.list()).toMatchObject([{ state: answer === 'confirm' ? 'usable' : 'refused' }]);
      await vault.remove('epr');
      vault.dispose();
    }
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
    const taken = await vault.take('pacs');
    await vault.confirm('pacs');
    for (const held of [vault, taken]) {
      const copies = [inspect(held, { depth: 9, showHidden: true }), JSON.stringify(held), inspect(cloned(held))];
      for (const shown of copies) expect(shown).not.toMatch(/Canary-9|67, 97, 110|43 61 6e/);
      expect(serialize(cloned(held)).includes('Canary-9')).toBe(false);
    }
    expect(taken?.password.use((value) => value)).toBe(CANARY);
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

test('a desktop whose password was changed at another one hands out nothing and overwrites nothing', async () => {
  const [one, other] = [await opened('roaming-file'), await opened('roaming-file')];
  await one.store('pacs', credentials('Directory-1'));
  expect(await one.directoryPasswordChanged(Secret.of('Directory-1'), Secret.of('Directory-2'))).toEqual(['pacs']);
  const [file = ''] = files();
  const whole = fs.readFileSync(file);
  const told = { code: 'vault-unavailable', message: expect.stringContaining('another desktop') as string };
  await expect(other.take('pacs')).rejects.toMatchObject(told);
  await expect(other.store('letters', credentials())).rejects.toMatchObject(told);
  expect(fs.readFileSync(file)).toEqual(whole);
  expect(await openVault(options('roaming-file'))).toMatchObject({ outcome: 'old-password-needed' });
  const next = await opened('roaming-file', { password: Secret.of('Directory-2') });
  expect(await text(next, 'pacs')).toBe('Directory-2');
});

test('a lock that a crash left behind is waited for once, and then removed', async () => {
  const vault = await opened('roaming-file', { clock: fastClock });
  const [file = ''] = files();
  fs.writeFileSync(`${file}.lock`, 'somebody who is gone');
  const since = fastClock.now();
  await vault.store('pacs', credentials());
  expect(fastClock.now() - since).toBeGreaterThanOrEqual(3_000);
  expect(files()).toEqual([file]);
  expect((await opened('roaming-file')).list()).toMatchObject([{ systemId: 'pacs' }]);
});

test('in a folder that became read-only nothing is handed out, and nothing is lost', async () => {
  await asSomebody(async () => {
    const vault = await opened('roaming-file');
    await vault.store('pacs', credentials());
    fs.chmodSync(folder, 0o500);
    await expect(vault.take('pacs')).rejects.toMatchObject({ code: 'vault-unavailable' });
    await expect(vault.store('letters', credentials())).rejects.toMatchObject({ code: 'vault-unavailable' });
    const another = { principalName: 'b.test@ward.example.nhs' };
    expect(await openVault(options('roaming-file', another))).toMatchObject({ outcome: 'unavailable' });
    fs.chmodSync(folder, 0o700);
    expect(vault.list()).toMatchObject([{ systemId: 'pacs', state: 'usable' }]);
    expect(await text(vault, 'pacs')).toBe(CANARY);
  });
});

test('a roaming file is sealed by Argon2id with 64 MiB and 6 passes, unless somebody says otherwise', async () => {
  const really = (password: string) => openVault(asInTheProduct('roaming-file', { password: Secret.of(password) }));
  const first = await really('Directory-1');
  if (first.outcome !== 'open') throw new Error(first.outcome);
  await first.vault.store('pacs', credentials());
  const [file = ''] = files();
  const sealed = fs.readFileSync(file);
  const origin = keyOriginOf(sealed, OWNER);
  expect(origin).toMatchObject({ derivation: 'argon2id13', passes: 6, memoryBytes: 64 * 1024 * 1024 });
  if (origin.from !== 'directory-password') throw new Error(origin.from);
  const key = await passwordKey(Secret.of('Directory-1'), origin, systemClock);
  expect(new VaultKey(key, origin, OWNER, randomBytes).open(sealed).toString()).toContain('pacs');
  expect(await really('Directory-2')).toMatchObject({ outcome: 'old-password-needed' });
}, 60_000);

test.each([
  ['too few passes', '"passes":6', '"passes":2'],
  ['too many passes', '"passes":6', '"passes":17'],
  ['half a pass', '"passes":6', '"passes":6.5'],
  ['too little memory', '"memoryBytes":67108864', '"memoryBytes":33554431'],
  ['all the memory there is', '"memoryBytes":67108864', '"memoryBytes":4294967296'],
  ['another derivation', '"argon2id13"', '"argon2i13"'],
  ['a short salt', /"salt":"[^"]+"/, '"salt":"AAAA"'],
  ['no password at all', /"key":\{[^}]+\}/, '"key":{"from":"memory"}'],
])('a file that asks for %s is refused before a key is made', async (_case, right, wrong) => {
  await (await opened('roaming-file')).store('pacs', credentials());
  const [file = ''] = files();
  const whole = fs.readFileSync(file);
  fs.writeFileSync(
    file,
    withHeader(whole, (line) => line.replace(right, wrong)),
  );
  expect(fs.readFileSync(file)).not.toEqual(whole);
  let made = 0;
  const derive: typeof passwordKey = async (...given) => {
    made += 1;
    return quickKey(...given);
  };
  const opening = await openVault(options('roaming-file', { derive }));
  expect(opening).toMatchObject({ outcome: 'unavailable', explanation: expect.stringContaining('damaged') as string });
  expect(made).toBe(0);
  fs.writeFileSync(
    file,
    withHeader(whole, (line) => line),
  );
  expect((await opened('roaming-file')).list()).toMatchObject([{ systemId: 'pacs' }]);
});

test('a changed byte under a checksum that is right opens nothing either', () => {
  const key = new VaultKey(Buffer.alloc(32, 7), { from: 'memory' }, OWNER, randomBytes);
  const sealed = key.seal(Buffer.from('content'));
  const bytes = sealed.subarray(0, -32);
  expect(key.open(checked(bytes)).toString()).toBe('content');
  const isOneOfOurs = (error: unknown) => error instanceof DamagedVault || error instanceof OtherKey;
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => key.open(checked(changed))).toThrow(expect.toSatisfy(isOneOfOurs));
  }
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
