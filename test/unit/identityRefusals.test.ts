import { describe, expect, test } from 'vitest';
import { SignInOutcome } from '../../preload/contract.js';
import { refusalReasons, unavailableReasons } from '../../main/identity/directory.js';
import { explain, type OwnReason, type TurnedAwayReason } from '../../main/identity/refusals.js';
import { rolesOf } from '../../main/identity/roles.js';
import { typedNameHasher } from '../../main/identity/typedNameHash.js';

const now = new Date(2026, 2, 7, 14, 0);
const own: readonly OwnReason[] = ['no-role', 'audit-unavailable', 'previous-session', 'internal'];
const every: readonly TurnedAwayReason[] = [...refusalReasons, ...unavailableReasons, ...own];

describe('Every way to be turned away', () => {
  test.each(every)('%s is said in a sentence, with what to do next', (reason) => {
    const outcome = SignInOutcome.parse(explain(reason, {}, now));
    if (outcome.outcome !== 'refused') throw new Error('not a refusal');
    expect(outcome.reason).toBe(reason);
    for (const text of [outcome.message, outcome.remedy]) {
      expect(text).toMatch(/^[A-Z].*[.]$/);
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
    }
    expect(outcome.message.length).toBeLessThan(130);
  });

  test.each(every)('%s uses no word of IT where IT is not addressed', (reason) => {
    const { message, remedy } = explain(reason, { detail: null }, now);
    expect(`${message} ${remedy}`).not.toMatch(
      /\b(LDAPS?|TLS|DNS|SRV|bind|DC|domain controller|Kerberos|UPN|SID|error code|exception|credential|authenticat\w+|0x|data \d)\b/i,
    );
  });

  test('never sounds the same for two different reasons', () => {
    const sentences = every.map((reason) => explain(reason, {}, now).message);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  test('says how many tries are left', () => {
    const remedy = (triesLeft: number | null) => explain('wrong-credentials', { triesLeft }, now).remedy;
    expect(remedy(null)).toBe('Check both and try again.');
    expect(remedy(3)).toContain('3 more tries');
    expect(remedy(1)).toContain('one more wrong try locks');
    expect(remedy(0)).toContain('the account is now locked');
  });

  test('says until when an account is locked, with the date only when it is another day', () => {
    const locked = (lockedUntil: Date | null) => explain('locked-out', { lockedUntil }, now).message;
    expect(locked(new Date(2026, 2, 7, 14, 30))).toContain('until 14:30 because');
    expect(locked(new Date(2026, 2, 8, 0, 5))).toContain('until 00:05 on 08-Mar-2026 because');
    expect(locked(null)).not.toContain('until');
    expect(
      explain('wrong-credentials', { triesLeft: 0, lockedUntil: new Date(2026, 2, 7, 14, 30) }, now).remedy,
    ).toContain('until 14:30');
  });

  test('gives IT the detail where there is one', () => {
    const detail = 'dc1.ward.example.nhs: nothing listens there.';
    for (const reason of [
      'no-controller',
      'certificate',
      'strong-authentication',
      'directory-error',
      'no-role',
    ] as const) {
      expect(explain(reason, { detail }, now).remedy).toContain(detail);
    }
  });
});

test('Any one of its groups gives a role, and roles come in one order', () => {
  const roles = { support: ['IT-Support'], clinician: ['Clinicians', 'Locums'], auditor: [] };
  expect(rolesOf(roles, ['IT-Support', 'Locums'])).toEqual(['clinician', 'support']);
  expect(rolesOf(roles, ['clinicians', 'Else'])).toEqual([]);
});

test('The key of typed names must be worth the name', () => {
  expect(() => typedNameHasher(Buffer.alloc(8))).toThrow(RangeError);
});
