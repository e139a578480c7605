/**
 * What every directory must do with passwords that are changed, as tests: run over the demo's directory (always) and over
 * a real Active Directory (test/real). Each account is used by one test only, since what is changed stays changed.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { DirectorySettings } from '../../main/directory/settings.js';
import { accepted, directoryFor, disposeDirectories, patiently } from './directoryContract.js';

export interface PasswordDomain {
  /** With a service account. */
  readonly settings: DirectorySettings;
  /** Of every account. */
  readonly password: string;
  readonly minimumLength: number;
  /** A good password of unusual signs. */
  readonly unusual: string;
  readonly accounts: {
    readonly changes: string;
    readonly refusedNew: string;
    /** Mistyped twice. */
    readonly refusedOld: string;
    readonly mustChange: string;
    readonly expired: string;
    readonly disabled: string;
  };
}

export const NEXT_PASSWORD = 'Blue-Kettle-2026?';

export function passwordContract(name: string, domain: () => PasswordDomain): void {
  describe(`${name} and passwords that are changed`, () => {
    afterEach(disposeDirectories);
    const opened = (settings: DirectorySettings) => {
      const { directory, signIn, problems } = directoryFor(settings);
      return {
        signIn,
        problems,
        rules: (userName: string) => directory.passwordRules(userName, patiently),
        change: (userName: string, before: string, after: string) =>
          directory.changePassword(userName, before, after, patiently),
      };
    };

    test('the new one signs in, the old one does not; whatever signs it is made of', async () => {
      const { settings, password, accounts, unusual } = domain();
      const { signIn, change } = opened(settings);
      const principalName = `${accounts.changes}@${settings.domain}`;

      expect(await change(accounts.changes, password, unusual)).toMatchObject({ outcome: 'changed', principalName });
      const changed = await change(principalName, unusual, NEXT_PASSWORD);
      expect(changed).toMatchObject({ outcome: 'changed', principalName });
      const expires = changed.outcome === 'changed' ? changed.passwordExpires : null;
      const daysLeft = ((expires?.getTime() ?? 0) - Date.now()) / 86_400_000;
      expect(daysLeft).toBeGreaterThan(41.9);
      expect(daysLeft).toBeLessThan(42.1);
      expect(accepted(await signIn(accounts.changes, NEXT_PASSWORD)).principalName).toBe(principalName);
      expect(await signIn(accounts.changes, password)).toMatchObject({ reason: 'wrong-credentials' });
    });

    test('its rules are known before', async () => {
      const { settings, accounts, minimumLength } = domain();
      const { rules } = opened(settings);

      expect(await rules(accounts.refusedNew)).toMatchObject({
        minimumLength,
        complexity: true,
        history: 24,
        mayChangeFrom: null,
      });
      expect((await rules(accounts.refusedNew))?.nameParts).toContain(accounts.refusedNew.toLowerCase());
    });

    test('each refusal of a new one is explained, and costs nothing', async () => {
      const { settings, password, accounts, minimumLength } = domain();
      const { signIn, change } = opened(settings);
      const user = accounts.refusedNew;

      const tooShort = `aB1!${'x'.repeat(minimumLength)}`.slice(0, minimumLength - 1);
      expect(await change(user, password, tooShort)).toMatchObject({ outcome: 'new-refused', problem: 'too-short' });
      expect(await change(user, password, 'nothing-but-small-letters')).toMatchObject({ problem: 'too-simple' });
      expect(await change(user, password, password)).toMatchObject({
        problem: expect.stringMatching(/^used-/) as string,
        rules: { minimumLength },
      });
      accepted(await signIn(user, password));
      expect(await change(user, password, NEXT_PASSWORD)).toMatchObject({ outcome: 'changed' });
    });

    test('a wrong old one costs one try, and the new one is not asked about', async () => {
      const { settings, password, accounts } = domain();
      const { signIn, change } = opened(settings);
      const user = accounts.refusedOld;
      const first = await change(user, 'Not-The-Old-1!', NEXT_PASSWORD);
      const second = await change(user, 'Not-The-Old-2!', NEXT_PASSWORD);

      expect(first).toMatchObject({ outcome: 'refused', reason: 'wrong-credentials' });
      if (first.outcome !== 'refused' || second.outcome !== 'refused') throw new Error('not refused');
      expect(first.triesLeft).toBeGreaterThan(1);
      expect(second.triesLeft).toBe((first.triesLeft ?? 0) - 1);
      accepted(await signIn(user, password));
    });

    test('without a service account who must change is told so, and others still can', async () => {
      const { settings, password, accounts } = domain();
      const { change, rules } = opened({ ...settings, serviceAccount: undefined });

      expect(await change(accounts.mustChange, password, NEXT_PASSWORD)).toMatchObject({
        outcome: 'refused',
        reason: 'must-change-password',
      });
      expect(await rules(accounts.mustChange)).toBeNull();
    });

    test.each(['mustChange', 'expired'] as const)('who cannot sign in (%s) chooses a new one and can', async (who) => {
      const { settings, password, accounts } = domain();
      const { signIn, change } = opened(settings);
      const user = accounts[who];

      expect(await signIn(user, password)).toMatchObject({ outcome: 'refused' });
      expect(await change(user, 'Not-The-Old-1!', NEXT_PASSWORD)).toMatchObject({ reason: 'wrong-credentials' });
      expect(await change(user, password, 'short')).toMatchObject({ outcome: 'new-refused', problem: 'too-short' });
      expect(await change(user, password, NEXT_PASSWORD)).toMatchObject({ outcome: 'changed' });
      expect(await signIn(user, NEXT_PASSWORD)).toMatchObject({ outcome: 'accepted' });
    });

    test('an account that may not sign in may not change its password either', async () => {
      const { settings, password, accounts } = domain();
      const { change } = opened(settings);

      expect(await change(accounts.disabled, password, NEXT_PASSWORD)).toMatchObject({ reason: 'account-disabled' });
    });

    test('nothing is asked of the domain with an empty old one', async () => {
      const { settings, accounts } = domain();
      const { change } = opened({ ...settings, servers: ['ldaps://127.0.0.1:9'] });

      expect(await change(accounts.disabled, '', NEXT_PASSWORD)).toMatchObject({ reason: 'password-missing' });
      expect(await change(' ', 'x', NEXT_PASSWORD)).toMatchObject({ reason: 'user-name-missing' });
    });
  });
}
