/** Badges: what a tap does, what must be given after it, and which PINs are none. */
import { describe, expect, test } from 'vitest';
import { proofAfterTap, refusalOfPin } from '../../main/domain/badgeProof.js';
import { type BadgeAction, badgeAction, type BadgeDesk } from '../../main/domain/badgeTap.js';

const A = 'amara.test@ward.example.nhs';
const B = 'ben.test@ward.example.nhs';
const out: BadgeDesk = { status: 'signed-out' };
const active: BadgeDesk = { status: 'active', user: A, activeMs: 3_000, passwordMs: 600_000 };
const justIn: BadgeDesk = { ...active, activeMs: 2_999, passwordMs: 2_999 };
const byPin: BadgeDesk = { ...active, passwordMs: null };
const locked: BadgeDesk = { status: 'locked', user: A };
const ignore: BadgeAction = { kind: 'ignore' };

describe('a tap', () => {
  test.each<[string, BadgeDesk, string | null, BadgeAction]>([
    ['signed out, A', out, A, { kind: 'ask-to-sign-in', user: A }],
    ['signed out, nobody known', out, null, { kind: 'ask-password-to-enrol', lockFirst: false }],
    ['A just in, A', justIn, A, ignore],
    ['A just in, B', justIn, B, { kind: 'ask-to-take-over', user: B, lockFirst: true }],
    ['A just in by password, nobody known', justIn, null, { kind: 'offer-enrolment', user: A }],
    ['A active, A', active, A, { kind: 'lock' }],
    ['A active, A in capitals', active, A.toUpperCase(), { kind: 'lock' }],
    ['A active, B', active, B, { kind: 'ask-to-take-over', user: B, lockFirst: true }],
    ['A active, nobody known', active, null, { kind: 'ask-password-to-enrol', lockFirst: true }],
    ['A active by PIN, nobody known', byPin, null, { kind: 'ask-password-to-enrol', lockFirst: true }],
    ['A locked, A', locked, A, { kind: 'ask-to-unlock', user: A }],
    ['A locked, B', locked, B, { kind: 'ask-to-take-over', user: B, lockFirst: false }],
    ['A locked, nobody known', locked, null, { kind: 'ask-password-to-enrol', lockFirst: false }],
  ])('%s', (_name, desk, owner, action) => {
    expect(badgeAction(desk, { owner, sameBadgeMs: null })).toEqual(action);
    expect(badgeAction(desk, { owner, sameBadgeMs: 3_000 })).toEqual(action);
    expect(badgeAction(desk, { owner, sameBadgeMs: 2_999 })).toEqual(ignore);
  });
});

describe('the proof after a tap', () => {
  const pin = { proof: 'pin', passwordHours: 8, leastPinLength: 6 } as const;
  const recent = { ...pin, proof: 'recent-password' } as const;
  const hours = (count: number): number => count * 3_600_000;
  test.each([
    ['a PIN is set', pin, { hasPin: true, triesUsed: 4, passwordMs: hours(8) - 1 }, 'pin'],
    ['the password is too long ago for a PIN', pin, { hasPin: true, triesUsed: 0, passwordMs: hours(8) }, 'password'],
    ['no password for a PIN', pin, { hasPin: true, triesUsed: 0, passwordMs: null }, 'password'],
    ['five wrong PINs', pin, { hasPin: true, triesUsed: 5, passwordMs: 0 }, 'password'],
    ['no PIN is set', pin, { hasPin: false, triesUsed: 0, passwordMs: 0 }, 'password'],
    ['within the hours', recent, { hasPin: false, triesUsed: 0, passwordMs: hours(8) - 1 }, 'none'],
    ['after the hours', recent, { hasPin: true, triesUsed: 0, passwordMs: hours(8) }, 'password'],
    ['no password yet', recent, { hasPin: true, triesUsed: 0, passwordMs: null }, 'password'],
    ['the clock was set back', recent, { hasPin: true, triesUsed: 0, passwordMs: -1 }, 'password'],
  ] as const)('%s', (_name, policy, standing, proof) => {
    expect(proofAfterTap(policy, standing)).toBe(proof);
  });
});

describe('a PIN', () => {
  test.each(['830274', '5083', '719503826471'])('%s can be one', (pin) => {
    expect(refusalOfPin(pin, 4)).toBeNull();
  });
  test.each([
    ['', 'at least 4'],
    ['507', 'at least 4'],
    ['7195038264710', 'at most 12'],
    ['12a4', 'digits only'],
    ['٣٤٥٩', 'digits only'],
    ['7777', 'easy to guess'],
    ['123456', 'easy to guess'],
    ['987654', 'easy to guess'],
    ['890123', 'easy to guess'],
    ['2468', 'easy to guess'],
    ['502502', 'easy to guess'],
    ['1984', 'date'],
    ['240787', 'date'],
    ['24071987', 'date'],
    ['19870724', 'date'],
    ['870724', 'date'],
  ])('%s cannot', (pin, why) => {
    expect(refusalOfPin(pin, 4)).toContain(why);
  });
  test('is never shorter than four, whatever the policy says', () => {
    expect(refusalOfPin('502', 1)).toContain('at least 4');
    expect(refusalOfPin('5083', 6)).toContain('at least 6');
  });
});
