/**
 * What every directory must do, as tests: run over the demo's directory (always) and over a real Active Directory
 * (test/real). Both are asked through the same adapter; what differs is who answers.
 */
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { ActiveDirectory, type DirectoryParts } from '../../main/directory/activeDirectory.js';
import type { DirectoryProblem, DirectorySettings } from '../../main/directory/settings.js';
import type { AuthenticationOutcome, RefusalReason } from '../../main/identity/directory.js';

export interface ContractDomain {
  /** With a service account that may look up others. */
  readonly settings: DirectorySettings;
  readonly password: string;
  readonly lockoutThreshold: number;
  /** DN of IG-Team. */
  readonly groupDn: string;
  readonly accounts: {
    readonly clinician: { readonly userName: string; readonly displayName: string };
    /** In a group that is in Clinicians. */
    readonly nested: string;
    /** In IG-Team, which is in Audit-Readers. */
    readonly privacyOfficer: string;
    readonly noGroup: string;
    /** Whose password is given wrongly, at most twice by each test. */
    readonly mistyped: readonly [string, string];
    /** Its name holds characters that mean something in a filter. */
    readonly oddName: string;
    /** Free to be locked by a test, each once. */
    readonly lockable: readonly [string, string];
    readonly smartcard: string;
    readonly neverExpires: string;
    readonly refused: Readonly<Record<string, RefusalReason>>;
  };
}

export const patiently = new AbortController().signal;

/** An adapter with a log that can be read back; the test ends it. */
export function directoryFor(settings: DirectorySettings, parts: Partial<DirectoryParts> = {}) {
  const problems: DirectoryProblem[] = [];
  const directory = new ActiveDirectory(settings, {
    now: () => new Date(),
    report: (problem) => problems.push(problem),
    ...parts,
  });
  opened.push(directory);
  return {
    directory,
    problems,
    signIn: (userName: string, password: string) => directory.authenticate(userName, password, patiently),
  };
}
const opened: ActiveDirectory[] = [];

export function disposeDirectories(): void {
  for (const directory of opened.splice(0)) directory.dispose();
}

export function accepted(outcome: AuthenticationOutcome) {
  if (outcome.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.clinician;
}

export function directoryContract(name: string, domain: () => ContractDomain): void {
  describe(`${name} as directory`, () => {
    afterEach(disposeDirectories);

    test('signs in by user name, by user@domain and by DOMAIN\\user, and always finds the same person', async () => {
      const { settings, accounts, password } = domain();
      const { userName, displayName } = accounts.clinician;
      const { signIn } = directoryFor(settings);
      const { domain: dns, netbiosName = '' } = settings;
      const spellings = [
        userName,
        ` ${userName} `,
        userName.toUpperCase(),
        `${userName}@${dns}`,
        `${netbiosName}\\${userName}`,
        `${netbiosName.toLowerCase()}\\${userName}`,
        `${dns}\\${userName}`,
      ];
      for (const spelling of spellings) {
        const clinician = accepted(await signIn(spelling, password));
        expect(clinician, spelling).toMatchObject({
          principalName: `${userName}@${dns}`,
          accountName: userName,
          displayName,
          sid: expect.stringMatching(/^S-1-5-21-\d+-\d+-\d+-\d+$/) as string,
        });
      }
    });

    test('finds the groups a person is in, also through other groups', async () => {
      const { settings, accounts, password } = domain();
      const { signIn } = directoryFor(settings);
      const groupsOf = async (user: string) => accepted(await signIn(user, password)).groups.configured;
      expect(await groupsOf(accounts.clinician.userName)).toEqual(['Clinicians']);
      expect(await groupsOf(accounts.nested)).toEqual(['Clinicians']);
      expect([...(await groupsOf(accounts.privacyOfficer))].sort()).toEqual(['Audit-Readers', 'IG-Team']);
      expect(await groupsOf(accounts.noGroup)).toEqual([]);
    });

    test('takes a group by name in any case, by DN with any spacing, and by SID', async () => {
      const { settings, accounts, password } = domain();
      const known = accepted(await directoryFor(settings).signIn(accounts.privacyOfficer, password)).groups.sids;
      const { groupDn: asDn } = domain();
      const groupSids = known.filter((sid) => /^S-1-5-21-.*-(?!513$)\d+$/.test(sid));
      const groups = ['ig-team', asDn, asDn.toLowerCase().replaceAll(',', ' , '), ...groupSids];
      const { signIn } = directoryFor({ ...settings, roles: { privacyOfficer: groups } });
      const person = accepted(await signIn(accounts.privacyOfficer, password));
      expect(person.groups.configured).toEqual(groups);
      expect(accepted(await signIn(accounts.clinician.userName, password)).groups.configured).toEqual([]);
    });

    test('tells IT once about a configured group that does not exist', async () => {
      const { settings, accounts, password } = domain();
      const roles = { clinician: ['Clinicians', 'Clinician*', 'Not-A-Group'] };
      const { signIn, problems } = directoryFor({ ...settings, roles });
      for (let round = 0; round < 2; round++) {
        const { groups } = accepted(await signIn(accounts.clinician.userName, password));
        expect(groups).toMatchObject({ configured: ['Clinicians'], unknown: ['Clinician*', 'Not-A-Group'] });
      }
      expect(problems.map(({ kind }) => kind)).toEqual(['unknown-group', 'unknown-group']);
      expect(problems[1]?.detail).toContain('Not-A-Group');
    });

    test('knows when a password expires, and when it never does', async () => {
      const { settings, accounts, password } = domain();
      const { signIn } = directoryFor(settings);
      const expires = accepted(await signIn(accounts.clinician.userName, password)).passwordExpires;
      expect(expires?.getTime()).toBeGreaterThan(Date.now());
      expect(expires?.getTime()).toBeLessThan(Date.now() + 45 * 86_400_000);
      expect(accepted(await signIn(accounts.neverExpires, password)).passwordExpires).toBeNull();
    });

    test('names the reason of every refusal of an account', async () => {
      const { settings, accounts, password } = domain();
      const { signIn, problems } = directoryFor(settings);
      const answers: Record<string, string> = {};
      for (const user of Object.keys(accounts.refused)) {
        const outcome = await signIn(user, password);
        expect(outcome, user).toMatchObject({ outcome: 'refused', principalName: `${user}@${settings.domain}` });
        answers[user] = outcome.outcome === 'refused' ? outcome.reason : outcome.outcome;
      }
      expect(answers).toEqual(accounts.refused);
      expect(problems).toEqual([]);
    });

    test('says that an account needs its smartcard, where the service account can see it', async () => {
      const { settings, accounts, password } = domain();
      expect(await directoryFor(settings).signIn(accounts.smartcard, password)).toMatchObject({
        reason: 'smartcard-required',
      });
      const alone = await directoryFor({ ...settings, serviceAccount: undefined }).signIn(accounts.smartcard, password);
      expect(['wrong-credentials', 'account-restriction']).toContain(alone.outcome === 'refused' && alone.reason);
    });

    test('answers a wrong password and a name that nobody has in the same words, try after try', async () => {
      const { settings, accounts, lockoutThreshold } = domain();
      const { signIn } = directoryFor(settings);
      const [lockable] = accounts.lockable;
      for (let tries = 1; tries < lockoutThreshold; tries++) {
        const known = await signIn(lockable, 'not the password');
        const unknown = await signIn('nobody.at.all', 'not the password');
        expect(known).toMatchObject({ reason: 'wrong-credentials', triesLeft: lockoutThreshold - tries });
        expect({ ...known, principalName: null }).toEqual(unknown);
      }
    });

    test('locks an account as the domain does, says until when, and lets the right password in no more', async () => {
      const { settings, accounts, password, lockoutThreshold } = domain();
      const { signIn } = directoryFor(settings);
      const [, lockable] = accounts.lockable;
      for (let tries = 1; tries < lockoutThreshold; tries++) await signIn(lockable, 'not the password');
      const last = await signIn(lockable, 'not the password');
      expect(last).toMatchObject({ reason: 'wrong-credentials', triesLeft: 0 });
      const locked = await signIn(lockable, password);
      expect(locked).toMatchObject({ reason: 'locked-out', principalName: `${lockable}@${settings.domain}` });
      const until = locked.outcome === 'refused' ? locked.lockedUntil?.getTime() : undefined;
      expect(until).toBeGreaterThan(Date.now());
      expect(until).toBeLessThan(Date.now() + 31 * 60_000);
    });

    test('without a service account leaves out what it cannot know', async () => {
      const { settings, accounts } = domain();
      const { signIn, problems } = directoryFor({ ...settings, serviceAccount: undefined });
      const nothingKnown = {
        outcome: 'refused',
        reason: 'wrong-credentials',
        principalName: null,
        triesLeft: null,
        lockedUntil: null,
      };
      expect(await signIn(accounts.mistyped[0], 'not the password')).toEqual(nothingKnown);
      expect(await signIn('nobody.at.all', 'not the password')).toEqual(nothingKnown);
      expect(problems).toEqual([]);
    });

    test('never tries a service password again that was refused once', async () => {
      const { settings, accounts, password } = domain();
      const serviceAccount = { principal: settings.serviceAccount?.principal ?? '', password: 'outdated' };
      const { signIn, problems } = directoryFor({ ...settings, serviceAccount });
      const refusedUser = Object.keys(accounts.refused)[0] ?? '';
      for (let round = 0; round < 3; round++) {
        expect(await signIn(refusedUser, password)).toMatchObject({ reason: accounts.refused[refusedUser] });
      }
      expect(problems.map(({ kind }) => kind)).toEqual(['service-account']);
    });

    test('treats every character of a name as a character', async () => {
      const { settings, accounts, password } = domain();
      const { signIn } = directoryFor(settings);
      expect(accepted(await signIn(accounts.oddName, password)).accountName).toBe(accounts.oddName);
      const wildcard = `${accounts.clinician.userName.slice(0, 3)}*`;
      for (const name of [
        wildcard,
        '*',
        '*)(objectClass=*',
        'a\0b',
        'cn=x,dc=y',
        '\\',
        '@',
        `${settings.netbiosName ?? ''}\\`,
      ]) {
        expect(await signIn(name, password), name).toMatchObject({ reason: 'wrong-credentials', principalName: null });
      }
    });

    test('puts the password into no answer, no report and no error', async () => {
      const { settings, accounts } = domain();
      const canary = 'Canary-Passw0rd-17!';
      const { signIn, problems, directory } = directoryFor(settings);
      const outcomes: unknown[] = [await signIn(accounts.mistyped[1], canary), await signIn('nobody.at.all', canary)];
      const cancelled = new AbortController();
      const asked = directory.authenticate(accounts.mistyped[1], canary, cancelled.signal);
      cancelled.abort(new Error('cancelled'));
      outcomes.push(await asked.catch((error: unknown) => error));
      const written =
        JSON.stringify([outcomes, problems, outcomes.map(String)]) +
        inspect([outcomes, directory], { depth: 12, showHidden: true });
      expect(written).toContain('cancelled');
      expect(written).not.toContain(canary);
    });
  });
}
