/** Whose password is changed, what is recorded, what is held meanwhile; and who is warned that theirs will expire. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../main/domain/secret.js';
import { ExpiryWarnings } from '../../main/identity/expiryWarnings.js';
import { type ApplyPassword, PasswordChange, type PasswordEvent } from '../../main/identity/passwordChange.js';
import { explainNewPassword } from '../../main/identity/newPasswordWords.js';
import { newPasswordProblems, type PasswordChangeAnswer } from '../../main/identity/passwordDirectory.js';
import { typedNameHasher } from '../../main/identity/typedNameHash.js';
import type { SignInOutcome } from '../../preload/contract.js';

const BEFORE = 'canary-before-1!';
const AFTER = 'canary-after-2?';
const NOW = new Date(2026, 10, 23, 9, 0);
const DAY = 86_400_000;
const mustChange: SignInOutcome = {
  outcome: 'refused',
  reason: 'must-change-password',
  message: 'You must choose a new password before you can sign in.',
  remedy: 'Change it on a Windows computer.',
  field: 'password',
};
const changed: PasswordChangeAnswer = {
  outcome: 'changed',
  principalName: 'max.test@ward.example.nhs',
  passwordExpires: new Date(NOW.getTime() + 42 * DAY),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lanyard-passwords-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function setUp(options: { readonly service?: boolean; readonly hangs?: boolean } = {}) {
  const asked: string[][] = [];
  const recorded: PasswordEvent[] = [];
  const reported: unknown[] = [];
  const clinician = { principalName: 'max.test@ward.example.nhs', passwordExpires: new Date(NOW.getTime() + 5 * DAY) };
  const world = {
    answer: changed,
    signInAnswer: { outcome: 'signed-in' } as SignInOutcome,
    clinician: null as { principalName: string; passwordExpires: Date | null } | null,
    isRecordable: true,
    now: NOW,
  };
  const warnings = new ExpiryWarnings({
    file: path.join(folder, 'warnings.json'),
    hash: typedNameHasher(Buffer.alloc(32, 7)),
    now: () => world.now,
    report: (error) => reported.push(error),
  });
  const change = new PasswordChange({
    directory: {
      passwordRules: (userName) => {
        asked.push(['rules', userName]);
        return Promise.resolve({
          minimumLength: 12,
          complexity: true,
          nameParts: ['max.test'],
          history: 24,
          mayChangeFrom: null,
        });
      },
      changePassword: (...given) => {
        asked.push(['change', ...given.slice(0, 3).map(String)]);
        return options.hangs ? new Promise(() => undefined) : Promise.resolve(world.answer);
      },
    },
    audit: {
      record: (event) => {
        if (!world.isRecordable) throw new Error('disk full');
        recorded.push(event);
      },
    },
    session: {
      get clinician() {
        return world.clinician;
      },
      signIn: (userName, password) => {
        asked.push(['signIn', userName, password]);
        return Promise.resolve(world.signInAnswer);
      },
      passwordChanged: (passwordExpires) => {
        if (world.clinician) world.clinician = { ...world.clinician, passwordExpires };
      },
    },
    forPeopleOutside: options.service ?? true,
    warnings,
    hashTypedName: () => 'hash',
    now: () => world.now,
    report: (error) => reported.push(error),
    deadlines: { change: 50, rules: 1_000, apply: 1_000 },
  });
  return { change, world, clinician, asked, recorded, reported };
}

/** What a session would do, with what it was given. */
function applying() {
  const given: [string, string][] = [];
  const apply: ApplyPassword = (before, after) => {
    given.push([before.use((text) => text), after.use((text) => text)]);
    return Promise.resolve(['A notice.']);
  };
  return { given, apply };
}

describe('on the sign-in page', () => {
  test('it is offered to who was just told to change it, for them alone', async () => {
    const { change, asked } = setUp();
    expect(change.afterSignIn('max.test', mustChange)).toMatchObject({
      remedy: 'Choose a new one here.',
      changePassword: true,
    });
    expect(await change.help()).toMatchObject({ userName: 'max.test', rules: { minimumLength: 12 } });
    expect(await change.change(BEFORE, AFTER)).toEqual({
      outcome: 'changed',
      notices: [],
      signIn: { outcome: 'signed-in' },
    });
    expect(asked).toEqual([
      ['rules', 'max.test'],
      ['change', 'max.test', BEFORE, AFTER],
      ['signIn', 'max.test', AFTER],
    ]);
  });

  test('nobody else can have a password changed: not before, not after another attempt, not without a service account', async () => {
    const { change, asked } = setUp();
    const outsider = { outcome: 'refused', reason: 'nobody' };
    expect(await change.change(BEFORE, AFTER)).toMatchObject(outsider);
    change.afterSignIn('max.test', mustChange);
    change.afterSignIn('max.test', { ...mustChange, reason: 'wrong-credentials' });
    expect(await change.change(BEFORE, AFTER)).toMatchObject(outsider);
    await expect(change.help()).rejects.toThrow('Nobody is signed in');

    const without = setUp({ service: false });
    expect(without.change.afterSignIn('max.test', mustChange)).toEqual(mustChange);
    expect(await without.change.change(BEFORE, AFTER)).toMatchObject(outsider);
    expect([...asked, ...without.asked]).toEqual([]);
  });

  test('the session that opens next gets both, once, and they are wiped', async () => {
    const { change } = setUp();
    const { given, apply } = applying();
    const held: Secret[] = [];
    change.afterSignIn('max.test', mustChange);
    await change.change(BEFORE, AFTER);
    change.sessionOpened((before, after) => {
      held.push(before, after);
      return apply(before, after);
    });
    expect(given).toEqual([[BEFORE, AFTER]]);
    await expect.poll(() => held.filter(isWiped).length).toBe(2);
    change.sessionOpened(apply);
    expect(given).toHaveLength(1);
  });

  test('they go to nobody when the sign-in fails, or when another session begins', async () => {
    for (const end of ['refused', 'ended'] as const) {
      const { change, world } = setUp();
      const { given, apply } = applying();
      change.afterSignIn('max.test', mustChange);
      if (end === 'refused') world.signInAnswer = { ...mustChange, reason: 'no-role' };
      await change.change(BEFORE, AFTER);
      if (end === 'ended') change.sessionEnded();
      change.sessionOpened(apply);
      expect(given, end).toEqual([]);
    }
  });
});

describe('while signed in', () => {
  test('it is their own, all that depends on it is told, and they are warned no more', async () => {
    const { change, world, clinician, asked, recorded } = setUp();
    const { given, apply } = applying();
    world.clinician = clinician;
    change.sessionOpened(apply);
    expect(change.warning()).not.toBeNull();
    expect(await change.change(BEFORE, AFTER)).toEqual({ outcome: 'changed', notices: ['A notice.'], signIn: null });
    expect(given).toEqual([[BEFORE, AFTER]]);
    expect(asked).toEqual([['change', clinician.principalName, BEFORE, AFTER]]);
    expect(change.warning()).toBeNull();
    expect(world.clinician.passwordExpires).toEqual(changed.passwordExpires);
    expect(recorded.map(({ type }) => type)).toEqual([
      'password.expiryWarned',
      'password.changeAsked',
      'password.changeEnded',
    ]);
  });

  test('what could not be done with it is said, and the change stands', async () => {
    const { change, world, clinician, reported } = setUp();
    world.clinician = clinician;
    change.sessionOpened(() => Promise.reject(new Error('no vault')));
    const outcome = await change.change(BEFORE, AFTER);
    expect(outcome).toMatchObject({ outcome: 'changed', notices: [expect.stringContaining('stored sign-ins')] });
    expect(reported).toHaveLength(1);
  });

  test('one at a time', async () => {
    const { change, world, clinician } = setUp();
    world.clinician = clinician;
    const first = change.change(BEFORE, AFTER);
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ outcome: 'refused', reason: 'busy' });
    expect(await first).toMatchObject({ outcome: 'changed' });
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ outcome: 'changed' });
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'new-missing'],
    [BEFORE, 'same'],
    ['nul\0inside-1!', 'unusable'],
    ['half-a-pair-\ud800-1!', 'unusable'],
  ])('%j is not even asked about (%s)', async (after, reason) => {
    const { change, world, clinician, asked, recorded } = setUp();
    world.clinician = clinician;
    expect(await change.change(BEFORE, after)).toMatchObject({ outcome: 'refused', reason, field: 'after' });
    expect([asked, recorded]).toEqual([[], []]);
  });

  test('😀 is a character', async () => {
    const { change, world, clinician } = setUp();
    world.clinician = clinician;
    expect(await change.change(BEFORE, 'smile-😀-2026!')).toMatchObject({ outcome: 'changed' });
  });

  test('by the directory: what was wrong, and the keyboard where it belongs', async () => {
    const { change, world, clinician, recorded } = setUp();
    world.clinician = clinician;
    const principalName = clinician.principalName;
    world.answer = { outcome: 'refused', reason: 'wrong-credentials', principalName, triesLeft: 2, lockedUntil: null };
    expect(await change.change(BEFORE, AFTER)).toMatchObject({
      message: 'The present password is wrong.',
      remedy: 'Check both and try again: 2 more tries before the account locks.',
      field: 'before',
    });
    world.answer = { outcome: 'new-refused', problem: 'used-before', principalName, rules: null };
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ reason: 'used-before', field: 'after' });
    world.answer = { outcome: 'unavailable', reason: 'no-controller', detail: 'dc1: nothing listens there.' };
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ reason: 'no-controller' });
    const ended = recorded.flatMap((event) => (event.type === 'password.changeEnded' ? [event.outcome] : []));
    expect(ended).toEqual(['refused', 'refused', 'unavailable']);
  });

  test('nothing is asked where it cannot be recorded', async () => {
    const { change, world, clinician, asked } = setUp();
    world.clinician = clinician;
    world.isRecordable = false;
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ outcome: 'refused', reason: 'audit-unavailable' });
    expect(asked).toEqual([]);
  });

  test('no answer in time: nobody claims to know', async () => {
    const { change, world, clinician, recorded } = setUp({ hangs: true });
    world.clinician = clinician;
    expect(await change.change(BEFORE, AFTER)).toMatchObject({ outcome: 'refused', reason: 'uncertain' });
    expect(recorded.at(-1)).toMatchObject({ type: 'password.changeEnded', outcome: 'uncertain' });
  });

  test('neither password is in an answer, a line, a report, or the thing itself', async () => {
    const { change, world, clinician, recorded, reported } = setUp({ hangs: true });
    change.afterSignIn('max.test', mustChange);
    const outcome = await change.change(BEFORE, AFTER);
    world.clinician = clinician;
    expect(inspect([outcome, recorded, reported, change], { depth: 8, showHidden: true })).not.toContain('canary');
  });

  test.each(newPasswordProblems)('%s has words', (problem) => {
    const rules = { minimumLength: 12, complexity: true, nameParts: [], history: 24, mayChangeFrom: NOW };
    for (const known of [rules, null]) {
      const { message, remedy } = explainNewPassword(problem, known);
      for (const text of [message, remedy]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('the warning before a password expires', () => {
  const at = (days: number): Date => new Date(NOW.getTime() + days * DAY);
  const warningsAt = (now: Date, reported: unknown[] = []) =>
    new ExpiryWarnings({
      file: path.join(folder, 'warnings.json'),
      hash: typedNameHasher(Buffer.alloc(32, 7)),
      now: () => now,
      report: (error) => reported.push(error),
    });

  test.each([
    [null, false],
    [at(14.01), false],
    [at(14), true],
    [at(0.01), true],
    [at(-1), false],
  ])('a password that ends %s: %s', (expires, isDue) => {
    expect(warningsAt(NOW).isDue('max.test@ward.example.nhs', expires)).toBe(isDue);
  });

  test('comes once a day for each person, also after a new start of the program; no name is kept', () => {
    warningsAt(NOW).told('max.test@ward.example.nhs');
    const later = warningsAt(new Date(NOW.getTime() + 10 * 3_600_000));
    expect(later.isDue('MAX.test@ward.example.nhs', at(5))).toBe(false);
    expect(later.isDue('amara.test@ward.example.nhs', at(5))).toBe(true);
    later.told('amara.test@ward.example.nhs');
    expect(warningsAt(at(1)).isDue('max.test@ward.example.nhs', at(5))).toBe(true);
    expect(readFileSync(path.join(folder, 'warnings.json'), 'utf8')).not.toContain('test');
  });

  test('a file that cannot be read warns once more, and is put right', () => {
    writeFileSync(path.join(folder, 'warnings.json'), 'not JSON');
    const reported: unknown[] = [];
    const warnings = warningsAt(NOW, reported);
    expect(warnings.isDue('max.test@ward.example.nhs', at(5))).toBe(true);
    warnings.told('max.test@ward.example.nhs');
    expect(reported).toHaveLength(1);
    expect(warningsAt(NOW).isDue('max.test@ward.example.nhs', at(5))).toBe(false);
  });

  test('stays until it is dismissed; the next session that day has none', () => {
    const { change, world, clinician, recorded } = setUp();
    expect(change.warning()).toBeNull();
    world.clinician = clinician;
    expect(change.warning()).toEqual({ expires: clinician.passwordExpires.toISOString() });
    expect(change.warning()).not.toBeNull();
    change.dismissWarning();
    expect(change.warning()).toBeNull();
    change.sessionEnded();
    expect(change.warning()).toBeNull();
    expect(recorded).toEqual([{ type: 'password.expiryWarned', user: clinician.principalName, daysLeft: 5 }]);
  });
});

function isWiped(secret: Secret): boolean {
  try {
    return secret.use(() => false);
  } catch {
    return true;
  }
}
