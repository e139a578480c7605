/** Badges at a workstation: the real rules, book and session, with readers and a clock under the test's hand. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { BadgeBook } from '../../main/badge/badgeBook.js';
import { BadgeDesk, type BadgeDeskPolicy } from '../../main/badge/badgeDesk.js';
import { LanyardError } from '../../main/domain/errors.js';
import { Secret } from '../../main/domain/secret.js';
import type { AuthenticatedClinician, AuthenticationOutcome } from '../../main/identity/directory.js';
import { IdentitySession } from '../../main/identity/identitySession.js';
import { MemoryStorage } from '../../main/vault/vaultStorage.js';
import { BadgeState } from '../../preload/contract.js';
import { HandBadgeReaders } from './handBadgeReaders.js';
import { HandClock } from './handClock.js';

const HERS = '04A1B2C3D4E5F6';
const HIS = '0499887766';
const NEW = '04CAFE0001';
const PIN = '830274';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const person = (accountName: string, sid: string): AuthenticatedClinician => ({
  principalName: `${accountName}@ward.example.nhs`,
  accountName,
  displayName: accountName,
  sid,
  groups: { sids: [], configured: ['Clinicians'], unknown: [] },
  passwordExpires: null,
});
const amara = person('amara.test', 'S-1-5-21-1');
const ben = person('ben.test', 'S-1-5-21-2');

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

interface Options extends Partial<BadgeDeskPolicy> {
  readonly expireDays?: number;
}

/** A workstation where nobody is signed in; Amara and Ben have badges, Amara's has a PIN. */
async function workstation({ expireDays, ...policy }: Options = {}) {
  const clock = new HandClock();
  const readers = new HandBadgeReaders();
  const recorded: { type: string; [key: string]: unknown }[] = [];
  const states: BadgeState[] = [];
  let isFull = false;
  let refusal: AuthenticationOutcome | null = null;
  const storage = new MemoryStorage();
  const book = new BadgeBook({
    storage,
    key: randomBytes(32),
    leastPinLength: 6,
    expireDays: expireDays ?? null,
    pinCost: { passes: 1, memoryBytes: 65_536 },
    clock,
    randomBytes,
  });
  await book.enrol(Secret.of(HERS), amara.principalName);
  await book.setPin(amara.principalName, Secret.of(PIN));
  await book.enrol(Secret.of(HIS), ben.principalName);
  const audit = {
    record: (event: { type: string }) => {
      if (isFull) throw new LanyardError('audit-unavailable', 'disk full');
      recorded.push(event);
    },
  };
  const session = new IdentitySession({
    directory: {
      authenticate: (userName) =>
        Promise.resolve(refusal ?? { outcome: 'accepted', clinician: userName.startsWith('ben') ? ben : amara }),
      dispose: () => undefined,
    },
    audit,
    work: { onSignedIn: () => undefined, unsavedWork: () => Promise.resolve([]), endSessions: () => Promise.resolve() },
    offline: {
      remember: () => Promise.resolve(),
      check: () => Promise.resolve({ outcome: 'not-possible', because: 'off' }),
      forget: () => undefined,
    },
    session: { signOutAfterSeconds: 1800, warnSeconds: 30 },
    roles: { clinician: ['Clinicians'] },
    hashTypedName: () => 'hash',
    now: () => new Date(clock.now()),
    report: () => undefined,
  });
  const reported: unknown[] = [];
  const desk = new BadgeDesk({
    readers: [readers],
    book,
    policy: { proof: 'pin', passwordHours: 8, leastPinLength: 6, onRemoval: 'nothing', ...policy },
    session,
    audit,
    clock,
    publish: (state) => states.push(BadgeState.parse(state)),
    report: (error) => reported.push(error),
  });
  desk.start();
  ended.push(() => {
    desk.dispose();
  });
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  };
  return {
    clock,
    readers,
    book,
    session,
    desk,
    recorded,
    reported,
    states,
    storage,
    /** Lays a badge on the reader, and waits for what follows. */
    tap: async (number: string): Promise<void> => {
      readers.tap(number);
      await settled();
    },
    settled,
    prompt: () => desk.state.prompt,
    unlock: (pin: string) => desk.unlock(Secret.of(pin)),
    types: () => recorded.map(({ type }) => type),
    fill: () => (isFull = true),
    refuse: (outcome: AuthenticationOutcome | null) => (refusal = outcome),
  };
}

/** Amara at work for ten minutes. */
async function atWork(options: Options = {}) {
  const ward = await workstation(options);
  await ward.session.signIn('amara.test', 'right');
  await ward.settled();
  ward.clock.advance(10 * MINUTE);
  ward.recorded.length = 0;
  return ward;
}

describe('A tap where nobody is signed in', () => {
  test('says whose turn it is, lets nobody in, and is forgotten after a minute', async () => {
    const { tap, prompt, session, recorded, clock } = await workstation();
    await tap(HERS);
    expect(prompt()).toMatchObject({ kind: 'sign-in', userName: amara.principalName });
    expect(session.status).toBe('signed-out');
    expect(recorded).toEqual([{ type: 'badge.tapped', user: amara.principalName, action: 'ask-to-sign-in' }]);
    clock.advance(MINUTE);
    expect(prompt()).toBeNull();
  });

  test('the newest tap counts, and the same badge within three seconds is the same tap', async () => {
    const { tap, prompt, recorded, clock } = await workstation();
    await tap(HERS);
    await tap(HIS);
    expect(prompt()).toMatchObject({ userName: ben.principalName });
    clock.advance(2_999);
    await tap(HIS);
    expect(recorded).toHaveLength(2);
  });
});

describe('The clinician’s own badge', () => {
  test('locks, and the lock comes before the line', async () => {
    const { tap, session, types } = await atWork();
    await tap(HERS);
    expect(session.state).toMatchObject({ status: 'locked', lock: { reason: 'badge' } });
    expect(types()).toEqual(['session.locked', 'badge.tapped']);
  });

  test('locks also when nothing can be recorded', async () => {
    const { tap, session, fill } = await atWork();
    fill();
    await tap(HERS);
    expect(session.status).toBe('locked');
  });

  test('unlocks with its PIN, and with no other', async () => {
    const { tap, prompt, unlock, session, clock, recorded } = await atWork();
    await tap(HERS);
    clock.advance(MINUTE);
    await tap(HERS);
    expect(prompt()).toMatchObject({ kind: 'unlock', with: 'pin' });
    expect(await unlock('')).toMatchObject({ outcome: 'refused', reason: 'pin-missing' });
    expect(await unlock('830275')).toMatchObject({ outcome: 'refused', reason: 'wrong-pin' });
    expect(await unlock(PIN)).toEqual({ outcome: 'signed-in' });
    expect(session.status).toBe('signed-in');
    expect(prompt()).toBeNull();
    expect(recorded.at(-1)).toEqual({ type: 'session.unlocked', user: amara.principalName, by: 'pin' });
  });

  test('five wrong PINs, and only the password helps; after it the PIN counts again', async () => {
    const { tap, prompt, unlock, session, clock, book } = await atWork();
    await tap(HERS);
    clock.advance(MINUTE);
    await tap(HERS);
    for (const triesLeft of [4, 3, 2, 1])
      expect(await unlock('830275')).toMatchObject({
        reason: 'wrong-pin',
        remedy: expect.stringContaining(`${triesLeft}`) as string,
      });
    expect(await unlock('830275')).toMatchObject({ reason: 'pin-spent' });
    expect(prompt()).toMatchObject({ kind: 'unlock', with: 'password' });
    await expect(unlock(PIN)).rejects.toMatchObject({ code: 'bad-request' });
    expect(await session.unlock('right')).toEqual({ outcome: 'signed-in' });
    await expect.poll(() => book.find(Secret.of(HERS))).toMatchObject({ triesUsed: 0 });
    clock.advance(MINUTE);
    await tap(HERS);
    clock.advance(MINUTE);
    await tap(HERS);
    expect(prompt()).toMatchObject({ kind: 'unlock', with: 'pin' });
    expect(await unlock(PIN)).toEqual({ outcome: 'signed-in' });
  });

  test('no PIN opens anything once the password is too long ago, also where it was asked for in time', async () => {
    const { tap, prompt, unlock, clock } = await atWork();
    clock.advance(8 * HOUR - 11 * MINUTE);
    await tap(HERS);
    clock.advance(30_000);
    await tap(HERS);
    expect(prompt()).toMatchObject({ with: 'pin' });
    clock.advance(MINUTE);
    await tap(HERS);
    expect(prompt()).toMatchObject({ with: 'password' });
    await expect(unlock(PIN)).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('no PIN opens anything after the directory refused the account', async () => {
    const { tap, unlock, session, refuse, clock } = await atWork();
    await tap(HERS);
    refuse({
      outcome: 'refused',
      reason: 'account-disabled',
      principalName: amara.principalName,
      triesLeft: null,
      lockedUntil: null,
    });
    expect(await session.unlock('right')).toMatchObject({ reason: 'account-disabled' });
    clock.advance(MINUTE);
    await tap(HERS);
    await expect(unlock(PIN)).rejects.toMatchObject({ code: 'bad-request' });
    expect(session.status).toBe('locked');
  });

  test('by policy it unlocks alone, for the hours of the password', async () => {
    const { tap, prompt, session, clock, recorded } = await atWork({ proof: 'recent-password' });
    await tap(HERS);
    clock.advance(5_000);
    await tap(HERS);
    expect(session.status).toBe('signed-in');
    expect(recorded.at(-1)).toEqual({ type: 'session.unlocked', user: amara.principalName, by: 'badge' });
    clock.advance(8 * HOUR);
    await tap(HERS);
    clock.advance(5_000);
    await tap(HERS);
    expect(session.status).toBe('locked');
    expect(prompt()).toMatchObject({ kind: 'unlock', with: 'password' });
  });
});

describe('A colleague’s badge', () => {
  test('locks first, then asks the colleague, who comes in by password only', async () => {
    const { tap, prompt, session, types } = await atWork();
    await tap(HIS);
    expect(session.status).toBe('locked');
    expect(prompt()).toMatchObject({ kind: 'take-over', userName: ben.principalName });
    expect(types()).toEqual(['session.locked', 'badge.tapped']);
    expect(await session.takeOver(ben.principalName, 'right')).toEqual({ outcome: 'signed-in' });
    expect(session.clinician?.sid).toBe(ben.sid);
    expect(prompt()).toBeNull();
  });
});

describe('A badge of nobody', () => {
  test('just after the password it is offered to the clinician; with a PIN twice it is theirs', async () => {
    const { tap, prompt, desk, book, recorded, session, settled } = await workstation();
    await book.remove(amara.principalName);
    await session.signIn('amara.test', 'right');
    await settled();
    await tap(NEW);
    const asked = prompt();
    expect(asked).toMatchObject({ kind: 'enrol', leastPinLength: 6 });
    if (asked?.kind !== 'enrol') return;
    await expect(desk.enrol(asked.id, null)).rejects.toThrow('Choose a PIN');
    await expect(desk.enrol(asked.id, Secret.of('111111'))).rejects.toThrow('easy to guess');
    expect((await book.find(Secret.of(NEW))).outcome).toBe('unknown');
    await desk.enrol(asked.id, Secret.of(PIN));
    expect(await book.find(Secret.of(NEW))).toMatchObject({ principalName: amara.principalName, hasPin: true });
    expect(recorded.at(-1)).toEqual({ type: 'badge.enrolled', user: amara.principalName, newPin: true });
    expect(prompt()).toBeNull();
    expect(await desk.own()).toMatchObject({ hasPin: true });
  });

  test('tapped before the sign-in, it is offered after it; a PIN that there is stays', async () => {
    const { tap, prompt, session, settled, desk, book } = await workstation();
    await tap(NEW);
    expect(prompt()).toMatchObject({ kind: 'unknown' });
    await session.signIn('amara.test', 'right');
    await settled();
    const asked = prompt();
    expect(asked).toMatchObject({ kind: 'enrol', leastPinLength: null });
    if (asked?.kind !== 'enrol') return;
    await desk.enrol(asked.id, null);
    expect(await book.find(Secret.of(NEW))).toMatchObject({ principalName: amara.principalName, hasPin: true });
    expect(await book.find(Secret.of(HERS))).toEqual({ outcome: 'unknown' });
  });

  test('is never offered to a clinician who may have walked away', async () => {
    const { tap, prompt, session } = await atWork();
    await tap(NEW);
    expect(session.status).toBe('locked');
    expect(prompt()).toMatchObject({ kind: 'unknown' });
  });

  test('an offer nobody answers lapses, and an answer that comes too late changes nothing', async () => {
    const { tap, prompt, desk, book, session, settled, clock } = await workstation();
    await session.signIn('amara.test', 'right');
    await settled();
    await tap(NEW);
    const asked = prompt();
    clock.advance(2 * MINUTE + 1);
    expect(prompt()).toBeNull();
    await expect(desk.enrol(asked?.id ?? '', null)).rejects.toThrow('took too long');
    expect(await book.find(Secret.of(NEW))).toEqual({ outcome: 'unknown' });
  });

  test('nothing is enrolled for somebody who left while the list was being read', async () => {
    const { tap, prompt, desk, book, session, settled } = await workstation();
    await session.signIn('amara.test', 'right');
    await settled();
    await tap(NEW);
    const answer = desk.enrol(prompt()?.id ?? '', null);
    session.lock('user');
    await expect(answer).rejects.toThrow('took too long');
    expect(await book.find(Secret.of(NEW))).toEqual({ outcome: 'unknown' });
  });

  test('"Not now" forgets it', async () => {
    const { tap, prompt, desk, session, settled } = await workstation();
    await session.signIn('amara.test', 'right');
    await settled();
    await tap(NEW);
    const { id = '' } = prompt() ?? {};
    desk.dismiss('another question');
    expect(prompt()).not.toBeNull();
    desk.dismiss(id);
    expect(prompt()).toBeNull();
    await expect(desk.enrol(id, null)).rejects.toThrow('took too long');
  });

  test('nothing is enrolled that cannot be recorded', async () => {
    const { tap, prompt, desk, book, session, settled, fill } = await workstation();
    await session.signIn('amara.test', 'right');
    await settled();
    await tap(NEW);
    fill();
    await expect(desk.enrol(prompt()?.id ?? '', null)).rejects.toMatchObject({ code: 'audit-unavailable' });
    expect(await book.find(Secret.of(NEW))).toEqual({ outcome: 'unknown' });
  });

  test('a colleague’s badge that expired is not offered to somebody else', async () => {
    const { tap, prompt, session, settled, clock } = await workstation({ expireDays: 30 });
    clock.advance(31 * 24 * HOUR);
    await tap(HIS);
    expect(prompt()).toMatchObject({ kind: 'sign-in', userName: ben.principalName });
    await session.signIn('amara.test', 'right');
    await settled();
    expect(prompt()).toBeNull();
  });

  test('one that expired is enrolled again by its owner', async () => {
    const { tap, prompt, session, settled, clock, desk, book } = await workstation({ expireDays: 30 });
    clock.advance(31 * 24 * HOUR);
    await tap(HERS);
    await session.signIn('amara.test', 'right');
    await settled();
    expect(prompt()).toMatchObject({ kind: 'enrol', leastPinLength: null });
    await desk.enrol(prompt()?.id ?? '', null);
    expect(await book.find(Secret.of(HERS))).toMatchObject({ outcome: 'known' });
  });
});

describe('A badge that stays on the reader', () => {
  test('locks when it is taken away, and asks when it is back, however soon', async () => {
    const { tap, readers, session, prompt, unlock } = await atWork({ onRemoval: 'lock' });
    await tap(HERS);
    expect(session.status).toBe('signed-in');
    readers.say({ kind: 'removed' });
    expect(session.state).toMatchObject({ status: 'locked', lock: { reason: 'badge' } });
    await tap(HERS);
    expect(prompt()).toMatchObject({ kind: 'unlock', with: 'pin' });
    expect(await unlock(PIN)).toEqual({ outcome: 'signed-in' });
    readers.say({ kind: 'removed' });
    expect(session.status).toBe('locked');
  });

  test('locks when it is taken away, also just after it was enrolled', async () => {
    const { tap, readers, session, settled, desk, prompt } = await workstation({ onRemoval: 'lock' });
    await tap(NEW);
    await session.signIn('amara.test', 'right');
    await settled();
    await desk.enrol(prompt()?.id ?? '', null);
    readers.say({ kind: 'removed' });
    expect(session.status).toBe('locked');
  });

  test('taken away, it locks nobody else’s session; and nothing where badges are tapped', async () => {
    const stays = await atWork({ onRemoval: 'lock' });
    stays.readers.say({ kind: 'removed' });
    expect(stays.session.status).toBe('signed-in');
    const tapped = await workstation();
    await tapped.tap(HERS);
    await tapped.session.signIn('amara.test', 'right');
    tapped.readers.say({ kind: 'removed' });
    expect(tapped.session.status).toBe('signed-in');
  });
});

describe('What fails', () => {
  test('a list that cannot be read locks, says why, and leaves the password', async () => {
    const { tap, storage, session, desk, reported } = await atWork();
    await storage.save(Buffer.from(`${'0'.repeat(64)}\n{}\n`));
    await tap(HERS);
    expect(session.status).toBe('locked');
    expect(desk.state).toMatchObject({
      prompt: null,
      problem: expect.stringContaining('Sign in with your password') as string,
    });
    expect(reported).toHaveLength(1);
    expect(await session.unlock('right')).toEqual({ outcome: 'signed-in' });
  });

  test('readers that are gone, and badges that give no number, are said, until the next one is read', async () => {
    const { readers, desk, tap } = await workstation();
    readers.say({ kind: 'no-service', explanation: 'No service.' });
    expect(desk.state.problem).toBe('No service.');
    readers.say({ kind: 'reader-attached' });
    expect(desk.state.problem).toBeNull();
    readers.say({ kind: 'unreadable', explanation: 'Hold it still.' });
    expect(desk.state.problem).toBe('Hold it still.');
    await tap(HERS);
    expect(desk.state.problem).toBeNull();
  });
});

describe('Removing', () => {
  test('the owner, or support, is recorded before the badge is nobody’s', async () => {
    const { desk, book, recorded, session, settled } = await workstation();
    await expect(desk.removeOwn()).rejects.toMatchObject({ code: 'not-signed-in' });
    await session.signIn('amara.test', 'right');
    await settled();
    await desk.removeOwn();
    expect(recorded.at(-1)).toEqual({ type: 'badge.removed', user: amara.principalName, by: amara.principalName });
    expect(await book.find(Secret.of(HERS))).toEqual({ outcome: 'unknown' });
    expect(await desk.own()).toBeNull();
    expect(await desk.remove(ben.principalName, amara.principalName)).toBe(true);
    expect(await desk.remove(ben.principalName, amara.principalName)).toBe(false);
  });
});
