/** What a password costs an account, wherever it comes from and whatever the systems that share it answer. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../main/context/clock.js';
import type { AuditPort } from '../../main/domain/audit.js';
import { Secret } from '../../main/domain/secret.js';
import {
  DirectoryAccount,
  type DirectoryAccountParts,
  sessionCredentials,
  vaultCredentials,
} from '../../main/signon/credentialSources.js';
import { openVault } from '../../main/vault/openVault.js';
import type { Credentials, Vault } from '../../main/vault/vault.js';
import { HandClock } from './handClock.js';

function account(isStillRight: DirectoryAccountParts['isStillRight'], clock: Clock = new HandClock()) {
  const recorded: object[] = [];
  const audit = { record: (event: object) => recorded.push(event) } as unknown as AuditPort;
  const shared = new DirectoryAccount({
    accountName: 'amara.test',
    principalName: 'amara.test@ward.example.nhs',
    netbiosName: undefined,
    password: Secret.of('Directory-1'),
    isStillRight,
    clock,
  });
  const source = (id: string) => shared.credentialsFor({ id, audit, userName: 'netbios-name' });
  return { shared, source, recorded };
}

test('one system that refuses does not cost the others, while the directory says the password is right', async () => {
  let asked = 0;
  const { source, recorded } = account(async () => {
    asked += 1;
    return Promise.resolve(true);
  });
  await source('pacs').take();
  await source('pacs').refuse();
  expect((await source('letters').take())?.userName).toBe('WARD\\amara.test');
  expect((await source('maternity').take())?.password.use((text) => text)).toBe('Directory-1');
  expect(await source('pacs').take()).toBeNull();
  expect(asked).toBe(1);
  expect(recorded).toEqual([{ type: 'signOn.stored', systemId: 'pacs', change: 'refused' }]);
});

/** The sign-in is long over, and the password may have been changed elsewhere. */
const LONG_AFTER = 3_600_000;

test('right after the sign-in nobody waits for anybody: the directory has just accepted it', async () => {
  const { source } = account(null);
  const taken = await Promise.all(['pacs', 'letters', 'maternity'].map((id) => source(id).take()));
  expect(taken.every((one) => one !== null)).toBe(true);
});

test('systems that fall back together cost one try: the others wait until the first has answered', async () => {
  let asked = 0;
  const clock = new HandClock();
  const { source } = account(async () => {
    asked += 1;
    return Promise.resolve(false);
  }, clock);
  clock.advance(LONG_AFTER);
  await source('pacs').take();
  const waiting = ['letters', 'maternity', 'stroke'].map((id) => source(id).take());
  await source('pacs').refuse();
  expect(await Promise.all(waiting)).toEqual([null, null, null]);
  expect(asked).toBe(1);
});

test('once a system has accepted it the others need not wait; a first one that never answers is not waited for long', async () => {
  const clock = new HandClock();
  const { source } = account(null, clock);
  clock.advance(LONG_AFTER);
  await source('pacs').take();
  const letters = source('letters').take();
  clock.advance(10_000);
  expect(await letters).not.toBeNull();
  await source('letters').confirm();
  expect(await source('maternity').take()).not.toBeNull();
  expect(await source('stroke').take()).not.toBeNull();
});

test('a late yes does not undo a no', async () => {
  const { source } = account(null);
  await source('pacs').take();
  await source('pacs').refuse();
  await source('pacs').confirm();
  expect(source('pacs').state).toBe('refused');
});

test.each([
  ['the directory says it is wrong', async () => Promise.resolve(false)],
  ['nobody can say', async () => Promise.reject(new Error('no controller'))],
  ['nobody may be asked', null],
])('after one refusal no system gets the password when %s', async (_case, isStillRight) => {
  const { source } = account(isStillRight);
  await source('pacs').take();
  await source('pacs').refuse();
  expect(await source('letters').take()).toBeNull();
  expect(source('maternity').state).toBe('refused');
});

test('what was taken is not taken again before the system answered, and nothing after the end', async () => {
  const { shared, source } = account(null);
  expect(await source('pacs').take()).not.toBeNull();
  expect(await source('pacs').take()).toBeNull();
  await source('pacs').confirm();
  expect(source('pacs').state).toBe('usable');
  shared.dispose();
  expect(await source('pacs').take()).toBeNull();
  expect(source('letters').state).toBe('none');
});

const auditOf = () => {
  const recorded: object[] = [];
  return { recorded, audit: { record: (event: object) => recorded.push(event) } as unknown as AuditPort };
};
const own = (password = 'Own-1') => ({ userName: 'amara', password: Secret.of(password) });
const textOf = (taken: Credentials | null) => taken?.password.use((text) => text) ?? null;

async function openedVault(): Promise<Vault> {
  const opening = await openVault({
    store: 'memory',
    principalName: 'amara.test@ward.example.nhs',
    password: null,
    userDataFolder: '/nowhere',
    folder: null,
    clock: systemClock,
    randomBytes,
  });
  if (opening.outcome !== 'open') throw new Error(opening.outcome);
  return opening.vault;
}

test.each([
  ['the directory’s', async () => Promise.resolve(account(null).source('pacs'))],
  [
    'what was entered for now',
    async () => {
      const entered = new Map<string, Credentials>([['pacs', own()]]);
      return Promise.resolve(sessionCredentials({ id: 'pacs', audit: auditOf().audit, entered }));
    },
  ],
  [
    'what is stored',
    async () => {
      const vault = await openedVault();
      await vault.store('pacs', own());
      return vaultCredentials({ id: 'pacs', audit: auditOf().audit, vault: () => vault });
    },
  ],
])('%s is as usable as before when nothing of it was sent; a refusal is never undone by that', async (_whose, open) => {
  const source = await open();
  await source.take();
  expect(source.state).toBe('unconfirmed');
  await source.untouched?.();
  expect(source.state).toBe('usable');
  await source.take();
  await source.refuse();
  await source.untouched?.();
  expect(source.state).toBe('refused');
});

test('a closed vault gives nothing, and says that it is the vault', async () => {
  const { audit, recorded } = auditOf();
  const source = vaultCredentials({ id: 'pacs', audit, vault: () => null });
  expect(source.state).toBe('vault');
  expect(await source.take()).toBeNull();
  await source.confirm();
  await source.refuse();
  expect(recorded).toEqual([]);
});

test('what is stored is taken for one attempt, and the source follows a vault that opens later', async () => {
  const { audit } = auditOf();
  let vault: Vault | null = null;
  const source = vaultCredentials({ id: 'pacs', audit, vault: () => vault });
  vault = await openedVault();
  expect(source.state).toBe('none');
  expect(await source.take()).toBeNull();
  await vault.store('pacs', own());
  expect(source.state).toBe('usable');
  expect(textOf(await source.take())).toBe('Own-1');
  expect(source.state).toBe('unconfirmed');
  expect(await source.take()).toBeNull();
  await source.confirm();
  expect(textOf(await source.take())).toBe('Own-1');
});

test('a refusal is recorded once for every system that it spares', async () => {
  const { audit, recorded } = auditOf();
  const vault = await openedVault();
  const source = (id: string) => vaultCredentials({ id, audit, vault: () => vault });
  await vault.store('pacs', own());
  await vault.store('letters', own());
  await vault.store('maternity', own('Own-2'));
  await source('pacs').take();
  await source('pacs').refuse();
  await source('pacs').refuse();
  expect(recorded).toEqual([
    { type: 'signOn.stored', systemId: 'pacs', change: 'refused' },
    { type: 'signOn.stored', systemId: 'letters', change: 'refused' },
  ]);
  expect(await source('letters').take()).toBeNull();
  expect(textOf(await source('maternity').take())).toBe('Own-2');
});

test('what was entered for now is tried once, and again only after the system let them in', async () => {
  const { audit, recorded } = auditOf();
  const entered = new Map<string, Credentials>();
  const source = sessionCredentials({ id: 'pacs', audit, entered });
  expect(source.state).toBe('none');
  expect(await source.take()).toBeNull();
  const typed = own();
  entered.set('pacs', typed);
  const taken = await source.take();
  expect(textOf(taken)).toBe('Own-1');
  taken?.password.wipe(); // the taker's copy: what was entered is there for the next attempt
  expect(source.state).toBe('unconfirmed');
  expect(await source.take()).toBeNull();
  await source.confirm();
  expect(textOf(await source.take())).toBe('Own-1');
  await source.refuse();
  expect(source.state).toBe('refused');
  expect(await source.take()).toBeNull();
  expect(recorded).toEqual([{ type: 'signOn.stored', systemId: 'pacs', change: 'refused' }]);
});

test('an answer to what was entered before says nothing about what was entered since', async () => {
  const { audit, recorded } = auditOf();
  const entered = new Map<string, Credentials>([['pacs', own('Wrong-1')]]);
  const source = sessionCredentials({ id: 'pacs', audit, entered });
  await source.take();
  entered.set('pacs', own('Right-1'));
  await source.refuse();
  expect(recorded).toEqual([]);
  expect(textOf(await source.take())).toBe('Right-1');
});

test('what was entered and refused stays refused for whoever asks next', async () => {
  const { audit } = auditOf();
  const entered = new Map<string, Credentials>([['pacs', own()]]);
  const first = sessionCredentials({ id: 'pacs', audit, entered });
  await first.take();
  await first.refuse();
  const second = sessionCredentials({ id: 'pacs', audit, entered });
  expect(second.state).toBe('refused');
  expect(await second.take()).toBeNull();
});

test('a new directory password takes the place of the one before everywhere, whatever systems said of that', async () => {
  const { shared, source } = account(null);
  await source('pacs').take();
  await source('pacs').refuse();
  expect(source('letters').state).toBe('refused');

  const before = shared.passwordChanged(Secret.of('Directory-2'));

  expect(before.use((text) => text)).toBe('Directory-1');
  for (const id of ['pacs', 'letters'])
    expect((await source(id).take())?.password.use((text) => text)).toBe('Directory-2');
});

test('an answer about the password before says nothing of the new one', async () => {
  let answer: (isRight: boolean) => void = () => undefined;
  const { shared, source } = account(() => new Promise((resolve) => (answer = resolve)));
  await source('pacs').take();
  await source('pacs').refuse();
  const waiting = source('letters').take();
  shared.passwordChanged(Secret.of('Directory-2')).wipe();
  answer(false);
  expect((await waiting)?.password.use((text) => text)).toBe('Directory-2');
});

test('systems that waited for one to try the password before go on with the new one', async () => {
  const clock = new HandClock();
  const { shared, source } = account(null, clock);
  clock.advance(LONG_AFTER);
  await source('pacs').take();
  const waiting = source('letters').take();
  shared.passwordChanged(Secret.of('Directory-2')).wipe();
  expect((await waiting)?.password.use((text) => text)).toBe('Directory-2');
});

test('a password that changes while the session ends is wiped with it', () => {
  const { shared } = account(null);
  shared.dispose();
  const late = Secret.of('Directory-2');
  shared.passwordChanged(late);
  expect(() => late.use((text) => text)).toThrow('wiped');
});
