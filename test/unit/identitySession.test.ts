import { describe, expect, test, vi } from 'vitest';
import type { SessionState } from '../../preload/contract.js';
import { SessionState as SessionStateShape, SignInOutcome } from '../../preload/contract.js';
import { LanyardError } from '../../main/domain/errors.js';
import { nextStatus, sessionSteps, type SessionStatus, type SessionStep } from '../../main/domain/session.js';
import type { AuthenticatedClinician, AuthenticationOutcome, Directory } from '../../main/identity/directory.js';
import {
  type IdentityEvent,
  type IdentityParts,
  IdentitySession,
  type SessionClinician,
  type SessionWork,
} from '../../main/identity/identitySession.js';
import type { OfflineAnswer } from '../../main/identity/offlineUnlock.js';
import { typedNameHasher } from '../../main/identity/typedNameHash.js';

const now = new Date('2026-03-07T14:00:00Z');
const alice: AuthenticatedClinician = {
  principalName: 'a.ward@ward.example.nhs',
  accountName: 'a.ward',
  displayName: 'Alice Ward',
  sid: 'S-1-5-21-1-2-3-1103',
  groups: { sids: ['S-1-5-21-1-2-3-1122'], configured: ['Clinicians', 'IG-Team'], unknown: [] },
  passwordExpires: new Date('2026-03-20T00:00:00Z'),
};
const accepted: AuthenticationOutcome = { outcome: 'accepted', clinician: alice };
const wrong: AuthenticationOutcome = {
  outcome: 'refused',
  reason: 'wrong-credentials',
  principalName: null,
  triesLeft: 2,
  lockedUntil: null,
};

type Answer =
  AuthenticationOutcome | Promise<AuthenticationOutcome> | ((signal: AbortSignal) => Promise<AuthenticationOutcome>);

/** A directory that answers as told, in order; the last answer stays. */
function directoryAnswering(
  ...answers: Answer[]
): Directory & { readonly asked: string[]; readonly signals: AbortSignal[] } {
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  return {
    asked,
    signals,
    authenticate: (userName, _password, signal) => {
      asked.push(userName);
      signals.push(signal);
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? wrong;
      return typeof answer === 'function' ? answer(signal) : Promise.resolve(answer);
    },
    dispose: () => undefined,
  };
}

const notPossible: OfflineAnswer = { outcome: 'not-possible', because: 'off' };
const never = (): Promise<AuthenticationOutcome> => new Promise(() => undefined);

type Parts = Partial<Omit<IdentityParts, 'work'>> & { readonly work?: Partial<SessionWork> };

function setUp(directory: Directory, { work, ...parts }: Parts = {}) {
  const happened: string[] = [];
  const recorded: IdentityEvent[] = [];
  const reported: unknown[] = [];
  const session = new IdentitySession({
    directory,
    audit: {
      record: (event) => {
        recorded.push(event);
        happened.push(event.type);
      },
    },
    work: {
      onSignedIn: (clinician) => {
        happened.push(`open for ${clinician.accountName}`);
      },
      endSessions: async () => {
        happened.push('end');
      },
      unsavedWork: async () => [],
      ...work,
    },
    session: { signOutAfterSeconds: 1800, warnSeconds: 30 },
    offline: { remember: async () => undefined, check: async () => notPossible, forget: () => undefined },
    roles: { clinician: ['Clinicians'], auditor: ['Audit-Readers'], privacyOfficer: ['IG-Team'] },
    hashTypedName: typedNameHasher(Buffer.alloc(32, 7)),
    now: () => now,
    report: (error) => reported.push(error),
    ...parts,
  });
  const states: SessionState[] = [];
  session.onChange((state) => {
    states.push(SessionStateShape.parse(state));
    happened.push(state.status);
  });
  return { session, happened, recorded, reported, states };
}

describe('The table of a session', () => {
  const statuses = Object.keys(sessionSteps) as SessionStatus[];
  const steps: SessionStep[] = [
    'attempt',
    'accepted',
    'turned-away',
    'idle',
    'input',
    'lock',
    'take-over',
    'leave',
    'ended',
  ];

  test('has exactly these edges', () => {
    const edges = statuses.flatMap((from) =>
      steps.flatMap((step) => {
        const to = nextStatus(from, step);
        return to ? [`${from} ${step} ${to}`] : [];
      }),
    );
    expect(edges).toEqual([
      'signed-out attempt signing-in',
      'signing-in accepted signed-in',
      'signing-in turned-away signed-out',
      'signed-in idle idle-warning',
      'signed-in lock locked',
      'signed-in leave signing-out',
      'idle-warning input signed-in',
      'idle-warning lock locked',
      'idle-warning leave signing-out',
      'locked attempt unlocking',
      'locked leave signing-out',
      'unlocking accepted signed-in',
      'unlocking turned-away locked',
      'unlocking take-over taking-over',
      'unlocking leave signing-out',
      'taking-over accepted signed-in',
      'taking-over ended signed-out',
      'signing-out ended signed-out',
    ]);
  });
});

describe('Signing in', () => {
  test('records before it shows, shows before it opens', async () => {
    const { session, happened, recorded } = setUp(directoryAnswering(accepted));
    expect(SignInOutcome.parse(await session.signIn('a.ward', 'secret'))).toEqual({ outcome: 'signed-in' });
    expect(happened).toEqual(['signing-in', 'session.signedIn', 'signed-in', 'open for a.ward']);
    expect(recorded).toEqual([
      {
        type: 'session.signedIn',
        user: 'a.ward@ward.example.nhs',
        roles: ['clinician', 'privacyOfficer'],
        displayName: 'Alice Ward',
      },
    ]);
    expect(session.state).toEqual({
      status: 'signed-in',
      clinician: {
        displayName: 'Alice Ward',
        principalName: 'a.ward@ward.example.nhs',
        roles: ['clinician', 'privacyOfficer'],
        since: '2026-03-07T14:00:00.000Z',
        passwordExpires: '2026-03-20T00:00:00.000Z',
      },
    });
    expect(session.clinician).toMatchObject({ sid: alice.sid, roles: ['clinician', 'privacyOfficer'] });
  });

  test('needs the audit line: without it nobody is signed in', async () => {
    const failure = new LanyardError('audit-unavailable', 'disk full');
    const { session, reported, happened } = setUp(directoryAnswering(accepted), {
      audit: {
        record: () => {
          throw failure;
        },
      },
    });
    expect(await session.signIn('a.ward', 'secret')).toMatchObject({ outcome: 'refused', reason: 'audit-unavailable' });
    expect(session.state.status).toBe('signed-out');
    expect(session.clinician).toBeNull();
    expect(happened).toEqual(['signing-in', 'signed-out']);
    expect(reported).toEqual([failure]);
  });

  test('needs a role', async () => {
    const groups = { sids: [], configured: [], unknown: ['Cliniciens'] };
    const { session, recorded } = setUp(directoryAnswering({ outcome: 'accepted', clinician: { ...alice, groups } }));
    const outcome = await session.signIn('a.ward', 'secret');
    expect(outcome).toMatchObject({
      outcome: 'refused',
      reason: 'no-role',
      remedy: expect.stringContaining('"Cliniciens"') as string,
    });
    expect(session.state.status).toBe('signed-out');
    expect(recorded).toEqual([
      { type: 'session.refused', user: 'a.ward@ward.example.nhs', typedNameHash: null, reason: 'no-role' },
    ]);
  });

  test('records a name the directory does not know only as a keyed hash', async () => {
    const { session, recorded } = setUp(directoryAnswering(wrong));
    await session.signIn('My-Passw0rd!', 'my password');
    await session.signIn(' MY-passw0rd! ', 'my password');
    expect(JSON.stringify(recorded).toLowerCase()).not.toContain('passw0rd');
    const [first, second] = recorded;
    expect(first).toMatchObject({ type: 'session.refused', user: null, reason: 'wrong-credentials' });
    expect(first).toEqual(second);
    expect(first?.type === 'session.refused' && first.typedNameHash).toMatch(/^[0-9a-f]{64}$/);
    const other = typedNameHasher(Buffer.alloc(32, 8))('My-Passw0rd!');
    expect(first?.type === 'session.refused' && first.typedNameHash).not.toBe(other);
  });

  test('records a refused person by the name the directory knows', async () => {
    const { session, recorded } = setUp(
      directoryAnswering({ ...wrong, reason: 'locked-out', principalName: 'locked.out@ward.example.nhs' }),
    );
    expect(await session.signIn('locked.out', 'x')).toMatchObject({ reason: 'locked-out', field: 'userName' });
    expect(recorded).toEqual([
      { type: 'session.refused', user: 'locked.out@ward.example.nhs', typedNameHash: null, reason: 'locked-out' },
    ]);
  });

  test.each([
    ['user-name-missing', 'userName'],
    ['password-missing', 'password'],
  ] as const)('%s is an unfinished form, not an attempt', async (reason, field) => {
    const { session, recorded } = setUp(directoryAnswering({ ...wrong, reason }));
    expect(await session.signIn('', '')).toMatchObject({ outcome: 'refused', reason, field });
    expect(recorded).toEqual([]);
  });

  test('hands on which controller failed, in the sentence for IT', async () => {
    const detail = 'dc1.ward.example.nhs: its certificate is not accepted (CERT_HAS_EXPIRED): check directory.caFile.';
    const { session, recorded } = setUp(directoryAnswering({ outcome: 'unavailable', reason: 'certificate', detail }));
    expect(await session.signIn('a.ward', 'x')).toMatchObject({
      reason: 'certificate',
      remedy: expect.stringContaining(detail) as string,
    });
    expect(recorded).toMatchObject([{ type: 'session.refused', user: null, reason: 'certificate' }]);
  });

  test('is one attempt at a time', async () => {
    const { session } = setUp(directoryAnswering(never));
    const first = session.signIn('a.ward', 'x');
    await expect(session.signIn('b.rad', 'x')).rejects.toMatchObject({ code: 'bad-request' });
    session.cancelSignIn();
    await first;
    const second = setUp(directoryAnswering(accepted)).session;
    await second.signIn('a.ward', 'x');
    await expect(second.signIn('b.rad', 'x')).rejects.toMatchObject({ code: 'bad-request' });
    expect(second.clinician?.accountName).toBe('a.ward');
  });

  test('can be cancelled at once, also when the directory does not listen', async () => {
    const directory = directoryAnswering(never, accepted);
    const { session, recorded } = setUp(directory);
    const attempt = session.signIn('a.ward', 'x');
    session.cancelSignIn();
    expect(SignInOutcome.parse(await attempt)).toEqual({ outcome: 'cancelled' });
    expect(directory.signals[0]?.aborted).toBe(true);
    expect(recorded).toMatchObject([{ type: 'session.refused', reason: 'cancelled' }]);
    expect(await session.signIn('a.ward', 'x')).toEqual({ outcome: 'signed-in' });
  });

  test('that is cancelled while it runs never signs in, however close the directory’s yes is', async () => {
    const inTime: boolean[] = [];
    for (let steps = -1; steps < 12; steps++) {
      let sayYes: () => void = () => undefined;
      const answer = new Promise<AuthenticationOutcome>((resolve) => {
        sayYes = () => {
          resolve(accepted);
        };
      });
      const { session } = setUp(directoryAnswering(answer));
      const attempt = session.signIn('a.ward', 'x');
      if (steps >= 0) sayYes();
      for (let step = 0; step < steps; step++) await Promise.resolve();
      const running = session.state.status === 'signing-in';
      session.cancelSignIn();
      sayYes();
      expect(await attempt).toEqual({ outcome: running ? 'cancelled' : 'signed-in' });
      expect(session.state.status).toBe(running ? 'signed-out' : 'signed-in');
      inTime.push(running);
    }
    expect(inTime).toContain(true);
    expect(inTime).toContain(false);
  });

  test('ends after its deadline with a sentence, and frees the page', async () => {
    const directory = directoryAnswering(never);
    const { session, recorded } = setUp(directory, { deadlines: { signIn: 30 } });
    expect(await session.signIn('a.ward', 'x')).toMatchObject({ outcome: 'refused', reason: 'timeout' });
    expect(directory.signals[0]?.aborted).toBe(true);
    expect(session.state.status).toBe('signed-out');
    expect(recorded).toMatchObject([{ reason: 'timeout' }]);
  });

  test('answers a surprise with one calm sentence and tells the log', async () => {
    const surprise = new TypeError('x is not a function');
    const { session, reported } = setUp(directoryAnswering(() => Promise.reject(surprise)));
    expect(await session.signIn('a.ward', 'x')).toMatchObject({ outcome: 'refused', reason: 'internal' });
    expect(reported).toEqual([surprise]);
    expect(session.state.status).toBe('signed-out');
  });

  test('is not undone by a listener that fails', async () => {
    const { session, reported } = setUp(directoryAnswering(accepted));
    session.onChange(() => {
      throw new Error('page is gone');
    });
    expect(await session.signIn('a.ward', 'x')).toEqual({ outcome: 'signed-in' });
    expect(session.state.status).toBe('signed-in');
    expect(reported).toHaveLength(2);
  });

  test('keeps the password in nothing it holds, says or records', async () => {
    const { inspect } = await import('node:util');
    const canary = 'Canary-Passw0rd-17!';
    for (const answer of [accepted, wrong, () => Promise.reject(new Error('surprise'))]) {
      const all = setUp(directoryAnswering(answer));
      const outcome = await all.session.signIn('a.ward', canary);
      expect(inspect([all, outcome], { depth: 20, showHidden: true })).not.toContain(canary);
    }
  });
});

describe('Signing out', () => {
  async function signedIn(parts: Parts = {}) {
    const all = setUp(directoryAnswering(accepted), parts);
    await all.session.signIn('a.ward', 'x');
    all.happened.length = 0;
    all.recorded.length = 0;
    return all;
  }

  test('leaves first, records, ends every system, and then shows an empty sign-in page', async () => {
    const { session, happened, recorded } = await signedIn();
    await session.signOut('user');
    expect(happened).toEqual(['signing-out', 'session.signedOut', 'end', 'signed-out']);
    expect(recorded).toEqual([{ type: 'session.signedOut', user: 'a.ward@ward.example.nhs', reason: 'user' }]);
    expect(session.state).toEqual({ status: 'signed-out', notice: null });
    expect(session.clinician).toBeNull();
  });

  test('waits for the systems to end, and happens once however often it is asked', async () => {
    let end: () => void = () => undefined;
    const endSessions = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const { session, recorded } = await signedIn({ work: { onSignedIn: () => undefined, endSessions } });
    const both = Promise.all([session.signOut('user'), session.signOut('idle')]);
    expect(session.state.status).toBe('signing-out');
    expect(session.clinician).toBeNull();
    end();
    await both;
    expect(session.state.status).toBe('signed-out');
    expect(endSessions).toHaveBeenCalledTimes(1);
    expect(recorded).toHaveLength(1);
  });

  test('does nothing when nobody is signed in', async () => {
    const { session, happened } = setUp(directoryAnswering(accepted));
    await session.signOut('user');
    expect(happened).toEqual([]);
  });

  test('gives up an attempt that is running', async () => {
    const { session } = setUp(directoryAnswering(never));
    const attempt = session.signIn('a.ward', 'x');
    await session.signOut('idle');
    expect(await attempt).toEqual({ outcome: 'cancelled' });
  });

  test('says what could not be ended, and only in words meant to be shown', async () => {
    const failures = [new LanyardError('unavailable', 'Results: storage'), new Error('secret inner detail')];
    const { session, reported } = await signedIn({
      work: { onSignedIn: () => undefined, endSessions: () => Promise.reject(new AggregateError(failures)) },
    });
    await session.signOut('user');
    const { notice } = session.state as Extract<SessionState, { status: 'signed-out' }>;
    expect(notice).toContain('Results: storage');
    expect(notice).not.toContain('secret inner detail');
    expect(reported).toEqual([expect.any(AggregateError)]);
  });

  test('does not wait for ever for a system that never ends', async () => {
    const { session } = await signedIn({
      work: { onSignedIn: () => undefined, endSessions: () => new Promise(() => undefined) },
      deadlines: { endSessions: 30 },
    });
    await session.signOut('user');
    expect(session.state).toMatchObject({
      status: 'signed-out',
      notice: expect.stringContaining('no answer within 30 ms') as string,
    });
  });

  test('happens also when it cannot be recorded, and says so', async () => {
    let broken = false;
    const { session } = await signedIn({
      audit: {
        record: () => {
          if (broken) throw new LanyardError('audit-unavailable', 'disk full');
        },
      },
    });
    broken = true;
    await session.signOut('user');
    expect(session.state).toMatchObject({
      status: 'signed-out',
      notice: expect.stringContaining('could not be recorded') as string,
    });
  });

  test('lets nobody sign in over what the person before left open', async () => {
    let left = 2;
    const directory = directoryAnswering(accepted);
    const { session, recorded } = setUp(directory, {
      work: {
        onSignedIn: () => undefined,
        endSessions: () => (left-- > 0 ? Promise.reject(new Error('still there')) : Promise.resolve()),
      },
    });
    await session.signIn('a.ward', 'x');
    await session.signOut('user');
    expect(await session.signIn('b.rad', 'x')).toMatchObject({ outcome: 'refused', reason: 'previous-session' });
    expect(directory.asked).toEqual(['a.ward']);
    expect(recorded.at(-1)).toMatchObject({ reason: 'previous-session' });
    expect(await session.signIn('b.rad', 'x')).toEqual({ outcome: 'signed-in' });
  });

  test('follows when what the clinician may use cannot be opened', async () => {
    const failure = new Error('no window');
    const all = setUp(directoryAnswering(accepted), {
      work: { onSignedIn: () => Promise.reject(failure), endSessions: () => Promise.resolve() },
    });
    await all.session.signIn('a.ward', 'x');
    await expect.poll(() => all.session.state.status).toBe('signed-out');
    expect(all.reported).toEqual([failure]);
    expect(all.recorded.at(-1)).toMatchObject({ type: 'session.signedOut', reason: 'application-stopped' });
  });

  test('while systems are still opening cancels that, and ends them again once they are open', async () => {
    const happened: string[] = [];
    let finish: () => void = () => undefined;
    const all = setUp(directoryAnswering(accepted), {
      work: {
        onSignedIn: async (_clinician: SessionClinician, _password, signal) => {
          signal.addEventListener('abort', () => happened.push('told to stop'));
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          happened.push('opened late');
        },
        endSessions: async () => {
          happened.push('end');
        },
      },
    });
    await all.session.signIn('a.ward', 'x');
    await Promise.resolve();
    const leaving = all.session.signOut('user');
    await expect.poll(() => happened).toEqual(['told to stop', 'end']);
    finish();
    await leaving;
    expect(happened).toEqual(['told to stop', 'end', 'opened late', 'end']);
    expect(all.session.state).toEqual({ status: 'signed-out', notice: null });
  });
});
