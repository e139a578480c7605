/** The person who locked is known again while no domain controller answers: for a while, for few tries, never others. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../main/domain/secret.js';
import { OfflineUnlock, type OfflineUnlockParts } from '../../main/identity/offlineUnlock.js';
import { systemClock } from '../../main/context/clock.js';
import { passwordHash } from '../../main/vault/passwordKey.js';
import { HandClock } from './handClock.js';

const PASSWORD = 'Ward-Pass-2024!';

/** Argon2id with the strength of the product takes about half a second: the real one is proven once, below. */
class Hashes {
  readonly made: Uint8Array[] = [];
  /** Called before each one: to hold it up, or to fail. */
  before: () => Promise<void> = () => Promise.resolve();

  readonly hash = async (password: Secret, salt: Uint8Array): Promise<Uint8Array> => {
    const text = password.use((value) => value);
    await this.before();
    const made = new TextEncoder().encode(`${Buffer.from(salt).toString('hex')} ${text}`);
    this.made.push(made);
    return made;
  };
}

function setUp(change: Partial<OfflineUnlockParts> = {}) {
  const clock = new HandClock();
  const hashes = new Hashes();
  const reported: unknown[] = [];
  const unlock = new OfflineUnlock({
    minutes: 60,
    hash: hashes.hash,
    clock,
    randomBytes,
    report: (error) => reported.push(error),
    ...change,
  });
  const check = (text: string) => unlock.check(Secret.of(text));
  return { clock, hashes, reported, unlock, check };
}

describe('a password that a controller confirmed', () => {
  it('is known again, as often as it is right', async () => {
    const { unlock, check } = setUp();
    await unlock.remember(Secret.of(PASSWORD));

    for (let time = 0; time < 8; time += 1) expect(await check(PASSWORD)).toEqual({ outcome: 'right' });
  });

  it('is not needed any more once remembering began', async () => {
    const { unlock, check } = setUp();
    const password = Secret.of(PASSWORD);
    const remembering = unlock.remember(password);
    password.wipe();
    await remembering;

    expect(await check(PASSWORD)).toEqual({ outcome: 'right' });
  });

  it('may be checked while it is still being remembered', async () => {
    const { unlock, check } = setUp();
    void unlock.remember(Secret.of(PASSWORD));

    expect(await check(PASSWORD)).toEqual({ outcome: 'right' });
  });

  it('is replaced by the next one', async () => {
    const { unlock, check } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    await unlock.remember(Secret.of('Another-Pass-2025!'));

    expect(await check(PASSWORD)).toEqual({ outcome: 'wrong', triesLeft: 4 });
    expect(await check('Another-Pass-2025!')).toEqual({ outcome: 'right' });
  });

  it('is told apart from others by Argon2id, as in the product', async () => {
    const { unlock, check } = setUp({ hash: passwordHash(systemClock) });
    await unlock.remember(Secret.of(PASSWORD));

    expect(await check(`${PASSWORD} `)).toEqual({ outcome: 'wrong', triesLeft: 4 });
    expect(await check(PASSWORD)).toEqual({ outcome: 'right' });
  }, 60_000);
});

describe('wrong passwords', () => {
  it('are five at most, and nothing is remembered after the last', async () => {
    const { unlock, check, hashes } = setUp();
    await unlock.remember(Secret.of(PASSWORD));

    const answers = [];
    for (let time = 0; time < 5; time += 1) answers.push(await check('wrong'));

    expect(answers).toEqual([4, 3, 2, 1, 0].map((triesLeft) => ({ outcome: 'wrong', triesLeft })));
    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'too-many-tries' });
    expect([...(hashes.made[0] ?? [])].every((byte) => byte === 0)).toBe(true);
  });

  it('are five at most also when they come at once', async () => {
    const { unlock, check, hashes } = setUp();
    await unlock.remember(Secret.of(PASSWORD));

    const answers = await Promise.all(Array.from({ length: 12 }, () => check('wrong')));

    expect(answers.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(5);
    expect(hashes.made).toHaveLength(6);
  });

  it('are forgotten when the right one comes', async () => {
    const { unlock, check } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    for (let time = 0; time < 4; time += 1) await check('wrong');
    await check(PASSWORD);

    expect(await check('wrong')).toEqual({ outcome: 'wrong', triesLeft: 4 });
  });

  it('are counted also where the hash fails', async () => {
    const { unlock, check, hashes, reported } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    hashes.before = () => Promise.reject(new Error('no memory'));

    expect(await check(PASSWORD)).toEqual({ outcome: 'wrong', triesLeft: 4 });
    expect(reported).toHaveLength(1);
  });
});

describe('what is remembered ends', () => {
  it('after the minutes of the policy, counted from the yes of a controller', async () => {
    const { unlock, check, clock, hashes } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    clock.advance(59 * 60_000);
    expect(await check(PASSWORD)).toEqual({ outcome: 'right' });

    clock.advance(60_000);

    expect([...(hashes.made[0] ?? [])].every((byte) => byte === 0)).toBe(true);
    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'too-long-ago' });
  });

  it('after a sleep in which no timer ran', async () => {
    const clock = new HandClock();
    let slept = 0;
    const { unlock, check } = setUp({
      clock: { now: () => clock.now() + slept, after: (ms, call) => clock.after(ms, call) },
    });
    await unlock.remember(Secret.of(PASSWORD));
    slept = 60 * 60_000;

    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'too-long-ago' });
  });

  it('when it is told to forget, also while a hash is being made', async () => {
    const { unlock, check, hashes } = setUp();
    let release = (): void => undefined;
    hashes.before = () => new Promise<void>((resolve) => (release = resolve));
    const remembering = unlock.remember(Secret.of(PASSWORD));
    await Promise.resolve();
    unlock.forget();
    release();
    await remembering;

    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'nothing-remembered' });
    expect(hashes.made.every((made) => made.every((byte) => byte === 0))).toBe(true);
  });

  it('when it is told to forget while a right password is being checked', async () => {
    const { unlock, check, hashes } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    hashes.before = () => {
      unlock.forget();
      return Promise.resolve();
    };

    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'nothing-remembered' });
  });
});

describe('nothing is remembered', () => {
  it('by a policy of 0 minutes', async () => {
    const { unlock, check, hashes } = setUp({ minutes: 0 });
    await unlock.remember(Secret.of(PASSWORD));

    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'off' });
    expect(hashes.made).toEqual([]);
  });

  it('where the hash cannot be made; what was there before is gone as well', async () => {
    const { unlock, check, hashes, reported } = setUp();
    await unlock.remember(Secret.of(PASSWORD));
    hashes.before = () => Promise.reject(new Error('no memory'));
    await unlock.remember(Secret.of('Another-Pass-2025!'));
    hashes.before = () => Promise.resolve();

    expect(reported).toHaveLength(1);
    expect(await check(PASSWORD)).toEqual({ outcome: 'not-possible', because: 'nothing-remembered' });
  });
});
