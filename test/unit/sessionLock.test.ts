import { describe, expect, test } from 'vitest';
import { SessionState as SessionStateShape, type SessionState } from '../../preload/contract.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Secret } from '../../main/domain/secret.js';
import type { AuthenticatedClinician, AuthenticationOutcome } from '../../main/identity/directory.js';
import { type IdentityEvent, IdentitySession, type UnsavedWork } from '../../main/identity/identitySession.js';
import type { OfflineAnswer } from '../../main/identity/offlineUnlock.js';

const NOW = Date.parse('2026-03-07T14:00:00Z');
const groups = { sids: [], configured: ['Clinicians'], unknown: [] };
const person = (accountName: string, sid: string): AuthenticatedClinician => ({
  principalName: `${accountName}@ward.example.nhs`,
  accountName,
  displayName: accountName.toUpperCase(),
  sid,
  groups,
  passwordExpires: null,
});
const alice = person('a.ward', 'S-1-5-21-1-2-3-1103');
const ben = person('b.rad', 'S-1-5-21-1-2-3-1104');
const wrong: AuthenticationOutcome = {
  outcome: 'refused',
  reason: 'wrong-credentials',
  principalName: alice.principalName,
  triesLeft: 2,
  lockedUntil: null,
};
const down: AuthenticationOutcome = { outcome: 'unavailable', reason: 'no-controller', detail: 'dc1: silent' };

interface Setting {
  readonly answers?: Readonly<Record<string, AuthenticationOutcome>>;
  readonly unsaved?: readonly UnsavedWork[];
  readonly offline?: OfflineAnswer;
}

/** Signed in as Alice; the directory knows "right" as everybody's password. */
async function signedIn({ answers = {}, unsaved = [], offline }: Setting = {}) {
  let now = NOW;
  let isBroken = false;
  let endFails = false;
  let ending: Promise<void> = Promise.resolve();
  const happened: string[] = [];
  const events: IdentityEvent[] = [];
  const remembered: string[] = [];
  const opened: string[] = [];
  let held: ((outcome: AuthenticationOutcome) => void) | null = null;
  const session = new IdentitySession({
    directory: {
      authenticate: (userName, password, signal) => {
        if (password === 'slow')
          return new Promise((resolve, reject) => {
            held = resolve;
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
            });
          });
        const known = answers[password];
        if (known) return Promise.resolve(known);
        if (password !== 'right') return Promise.resolve(wrong);
        return Promise.resolve({ outcome: 'accepted', clinician: userName.startsWith('b') ? ben : alice });
      },
      dispose: () => undefined,
    },
    audit: {
      record: (event) => {
        if (isBroken) throw new LanyardError('audit-unavailable', 'disk full');
        events.push(event);
        happened.push(event.type);
      },
    },
    work: {
      onSignedIn: ({ accountName }, password: Secret) => {
        opened.push(`${accountName} ${password.use((text) => text)}`);
      },
      endSessions: async () => {
        if (endFails) throw new LanyardError('unavailable', 'Results');
        await ending;
      },
      unsavedWork: () => Promise.resolve(unsaved),
    },
    offline: {
      remember: (password) => {
        remembered.push(password.use((text) => text));
        return Promise.resolve();
      },
      check: () => Promise.resolve(offline ?? { outcome: 'not-possible', because: 'off' }),
      forget: () => remembered.push('forgotten'),
    },
    session: { signOutAfterSeconds: 1800, warnSeconds: 30 },
    roles: { clinician: ['Clinicians'] },
    hashTypedName: () => 'hash',
    now: () => new Date(now),
    report: () => undefined,
  });
  session.onChange((state) => {
    SessionStateShape.parse(state);
    happened.push(state.status);
  });
  await session.signIn('a.ward', 'right');
  await expect.poll(() => opened).toEqual(['a.ward right']);
  for (const list of [happened, events, remembered, opened]) list.length = 0;
  return {
    session,
    happened,
    events,
    remembered,
    opened,
    later: (seconds: number) => (now += seconds * 1000),
    breakAudit: () => (isBroken = true),
    breakEnding: () => (endFails = true),
    /** @returns lets it end */
    holdEnding: () => {
      let end: () => void = () => undefined;
      ending = new Promise((resolve) => {
        end = resolve;
      });
      return end;
    },
    answerSlow: (outcome: AuthenticationOutcome) => held?.(outcome),
  };
}

function lockOf(state: SessionState) {
  if (!('lock' in state)) throw new Error(`it is ${state.status}`);
  return state.lock;
}

describe('Locking', () => {
  test('covers first and records second', async () => {
    const { session, happened, events } = await signedIn();
    session.lock('user');
    expect(happened).toEqual(['locked', 'session.locked']);
    expect(events).toEqual([{ type: 'session.locked', user: alice.principalName, reason: 'user' }]);
    expect(session.clinician).toBeNull();
  });

  test('happens also when it cannot be recorded', async () => {
    const { session, breakAudit } = await signedIn();
    breakAudit();
    session.lock('user');
    expect(session.status).toBe('locked');
  });

  test('says whose work is not saved, by system', async () => {
    const { session } = await signedIn({ unsaved: [{ systemId: 'epr', title: 'Patient record', isSaid: true }] });
    session.lock('idle');
    expect(lockOf(session.state).unsaved).toBeNull();
    await expect.poll(() => lockOf(session.state).unsaved).toEqual(['Patient record']);
  });

  test('counts the sign-out from the last input, and leaves time to come back', async () => {
    const { session } = await signedIn();
    session.lock('idle', new Date(NOW - 300_000));
    expect(lockOf(session.state).signsOutAt).toBe('2026-03-07T14:25:00.000Z');
    await session.unlock('right');
    session.lock('idle', new Date(NOW - 3_600_000));
    expect(lockOf(session.state).signsOutAt).toBe('2026-03-07T14:00:30.000Z');
  });

  test('does nothing while nobody is signed in, or twice', async () => {
    const { session, events } = await signedIn();
    session.lock('user');
    session.lock('computer');
    expect(events).toHaveLength(1);
    await session.signOut('user');
    session.lock('user');
    expect(session.status).toBe('signed-out');
  });
});

describe('The warning', () => {
  test('is recorded, and so is that somebody was there', async () => {
    const { session, happened } = await signedIn();
    session.warnIdle(new Date(NOW + 30_000));
    expect(session.state).toMatchObject({ status: 'idle-warning', locksAt: '2026-03-07T14:00:30.000Z' });
    expect(session.clinician).not.toBeNull();
    session.inputSeen();
    expect(happened).toEqual(['session.idleWarned', 'idle-warning', 'session.idleEnded', 'signed-in']);
  });

  test('ends in a lock', async () => {
    const { session } = await signedIn();
    session.warnIdle(new Date(NOW + 30_000));
    session.lock('idle');
    expect(session.status).toBe('locked');
  });
});

describe('Unlocking', () => {
  test('records first and shows second', async () => {
    const { session, happened, remembered, opened } = await signedIn();
    session.lock('user');
    await expect.poll(() => lockOf(session.state).unsaved).not.toBeNull();
    happened.length = 0;
    expect(await session.unlock('right')).toEqual({ outcome: 'signed-in' });
    expect(happened).toEqual(['unlocking', 'session.unlocked', 'signed-in']);
    expect(remembered).toEqual(['right']);
    expect(opened).toEqual([]);
  });

  test('needs the audit line', async () => {
    const { session, breakAudit } = await signedIn();
    session.lock('user');
    breakAudit();
    expect(await session.unlock('right')).toMatchObject({ outcome: 'refused', reason: 'audit-unavailable' });
    expect(session.status).toBe('locked');
  });

  test('a wrong password is told in words, and leaves it locked', async () => {
    const { session, events } = await signedIn();
    session.lock('user');
    expect(await session.unlock('wrong')).toMatchObject({
      reason: 'wrong-credentials',
      remedy: expect.stringContaining('2 more tries') as string,
    });
    expect(session.status).toBe('locked');
    expect(events.at(-1)).toEqual({
      type: 'session.unlockRefused',
      user: alice.principalName,
      reason: 'wrong-credentials',
    });
  });

  test('an empty password asks nobody and is not recorded', async () => {
    const { session, events } = await signedIn({
      answers: { '': { ...wrong, reason: 'password-missing' } },
    });
    session.lock('user');
    expect(await session.unlock('')).toMatchObject({ reason: 'password-missing' });
    expect(events.filter(({ type }) => type === 'session.unlockRefused')).toEqual([]);
  });

  test('another account of that name does not unlock', async () => {
    const { session } = await signedIn({
      answers: { other: { outcome: 'accepted', clinician: { ...alice, sid: 'S-1-5-21-9-9-9-1103' } } },
    });
    session.lock('user');
    expect(await session.unlock('other')).toMatchObject({ outcome: 'refused' });
    expect(session.status).toBe('locked');
  });

  test('somebody who lost every role meanwhile does not come back', async () => {
    const { session } = await signedIn({
      answers: { moved: { outcome: 'accepted', clinician: { ...alice, groups: { ...groups, configured: [] } } } },
    });
    session.lock('user');
    expect(await session.unlock('moved')).toMatchObject({ reason: 'no-role' });
    expect(session.status).toBe('locked');
  });

  test('a password given meanwhile can be taken back, and counts for nothing', async () => {
    const { session, answerSlow } = await signedIn();
    session.lock('user');
    const unlocking = session.unlock('slow');
    expect(session.status).toBe('unlocking');
    session.cancelSignIn();
    answerSlow({ outcome: 'accepted', clinician: alice });
    expect(await unlocking).toEqual({ outcome: 'cancelled' });
    expect(session.status).toBe('locked');
  });

  test('one at a time, and only a lock', async () => {
    const { session } = await signedIn();
    await expect(session.unlock('right')).rejects.toThrow('cannot be unlocked');
    session.lock('user');
    const first = session.unlock('slow');
    await expect(session.unlock('right')).rejects.toThrow('cannot be unlocked');
    session.cancelSignIn();
    await first;
  });

  test('without a directory the password of before opens, by policy, and is recorded as such', async () => {
    const { session, events } = await signedIn({ answers: { known: down }, offline: { outcome: 'right' } });
    session.lock('user');
    expect(await session.unlock('known')).toEqual({ outcome: 'signed-in' });
    expect(events.at(-1)).toEqual({ type: 'session.unlocked', user: alice.principalName, by: 'offline' });
  });

  test('without a directory a wrong one says how many tries are left, and none at all why not', async () => {
    const { session } = await signedIn({ answers: { known: down }, offline: { outcome: 'wrong', triesLeft: 1 } });
    session.lock('user');
    expect(await session.unlock('known')).toMatchObject({
      reason: 'wrong-offline',
      remedy: expect.stringContaining('1 more try') as string,
    });
    const without = await signedIn({ answers: { known: down } });
    without.session.lock('user');
    expect(await without.session.unlock('known')).toMatchObject({ reason: 'no-controller' });
  });

  test('what the directory says of the account holds when it cannot be asked, too', async () => {
    const { session, remembered } = await signedIn({
      answers: { off: { ...wrong, reason: 'account-disabled' } },
    });
    session.lock('user');
    await session.unlock('off');
    expect(remembered).toEqual(['forgotten']);
  });
});

describe('Taking over', () => {
  test('ends everything of the first before anything of the second', async () => {
    const { session, happened, opened, events } = await signedIn({
      unsaved: [{ systemId: 'epr', title: 'Patient record', isSaid: true }],
    });
    session.lock('user');
    await expect.poll(() => lockOf(session.state).unsaved).not.toBeNull();
    happened.length = 0;
    expect(await session.takeOver('b.rad', 'right')).toEqual({ outcome: 'signed-in' });
    expect(happened).toEqual([
      'unlocking',
      'session.takenOver',
      'session.workLost',
      'taking-over',
      'session.signedOut',
      'session.signedIn',
      'signed-in',
    ]);
    expect(events.find(({ type }) => type === 'session.takenOver')).toEqual({
      type: 'session.takenOver',
      user: alice.principalName,
      by: ben.principalName,
    });
    expect(events.find(({ type }) => type === 'session.workLost')).toMatchObject({ systems: ['epr'] });
    await expect.poll(() => opened).toEqual(['b.rad right']);
    expect(session.clinician?.sid).toBe(ben.sid);
  });

  test('by the same account unlocks', async () => {
    const { session, opened } = await signedIn();
    session.lock('user');
    expect(await session.takeOver('a.ward', 'right')).toEqual({ outcome: 'signed-in' });
    expect(session.clinician?.sid).toBe(alice.sid);
    expect(opened).toEqual([]);
  });

  test('a colleague who is refused, or has no role, ends nothing', async () => {
    const { session, events } = await signedIn({
      answers: { roleless: { outcome: 'accepted', clinician: { ...ben, groups: { ...groups, configured: [] } } } },
    });
    session.lock('user');
    expect(await session.takeOver('b.rad', 'wrong')).toMatchObject({ reason: 'wrong-credentials' });
    expect(await session.takeOver('b.rad', 'roleless')).toMatchObject({ reason: 'no-role' });
    expect(session.status).toBe('locked');
    expect(events.filter(({ type }) => type === 'session.refused')).toHaveLength(2);
    expect(await session.unlock('right')).toEqual({ outcome: 'signed-in' });
  });

  test('nobody comes in where the first could not be ended', async () => {
    const { session, opened, breakEnding } = await signedIn();
    session.lock('user');
    breakEnding();
    expect(await session.takeOver('b.rad', 'right')).toMatchObject({ reason: 'previous-session' });
    expect(session.state).toMatchObject({ status: 'signed-out', notice: expect.stringContaining('Results') as string });
    expect(opened).toEqual([]);
  });

  test('cannot go unrecorded', async () => {
    const { session, breakAudit } = await signedIn();
    session.lock('user');
    breakAudit();
    expect(await session.takeOver('b.rad', 'right')).toMatchObject({ reason: 'audit-unavailable' });
    expect(session.status).toBe('locked');
  });

  test('no new sign-in while no domain controller answers, whatever is remembered', async () => {
    const { session } = await signedIn({ answers: { known: down }, offline: { outcome: 'right' } });
    session.lock('user');
    expect(await session.takeOver('b.rad', 'known')).toMatchObject({ reason: 'no-controller' });
    expect(await session.takeOver('a.ward', 'known')).toMatchObject({ reason: 'no-controller' });
    expect(session.status).toBe('locked');
  });

  test('the program that stops waits for it, and signs the colleague out', async () => {
    const { session, events, holdEnding } = await signedIn();
    const end = holdEnding();
    session.lock('user');
    const taking = session.takeOver('b.rad', 'right');
    await expect.poll(() => session.status).toBe('taking-over');
    const leaving = session.signOut('application-stopped');
    end();
    await Promise.all([taking, leaving]);
    expect(session.status).toBe('signed-out');
    expect(events.at(-1)).toMatchObject({ type: 'session.signedOut', user: ben.principalName });
  });
});

describe('Leaving a locked session', () => {
  test('names what is lost before it is', async () => {
    const { session, happened } = await signedIn({
      unsaved: [{ systemId: 'epr', title: 'Patient record', isSaid: true }],
    });
    session.lock('idle');
    await expect.poll(() => lockOf(session.state).unsaved).not.toBeNull();
    happened.length = 0;
    await session.signOut('idle');
    expect(happened).toEqual(['session.workLost', 'signing-out', 'session.signedOut', 'signed-out']);
  });

  test('at work, what the systems say is named first, and recorded once it is lost', async () => {
    const said = { systemId: 'epr', title: 'Patient record', isSaid: true };
    const { session, events } = await signedIn({
      unsaved: [said, { systemId: 'pacs', title: 'Images', isSaid: false }],
    });
    expect(await session.unsavedWork()).toEqual([said]);
    expect(session.status).toBe('signed-in');
    await session.signOut('user');
    expect(events.slice(-2)).toEqual([
      { type: 'session.workLost', user: alice.principalName, systems: ['epr'] },
      { type: 'session.signedOut', user: alice.principalName, reason: 'user' },
    ]);
  });

  test('somebody who unlocks in the last moment stays', async () => {
    const { session } = await signedIn();
    session.lock('idle');
    const unlocking = session.unlock('slow');
    session.cancelSignIn();
    await unlocking;
    const leaving = session.signOut('idle');
    const back = session.unlock('right');
    await Promise.all([leaving, back.catch(() => undefined)]);
    expect(['signed-in', 'signed-out']).toContain(session.status);
    if (session.status === 'signed-in') {
      await session.signOut('user'); // it can still be left
      expect(session.status).toBe('signed-out');
    }
  });
});
