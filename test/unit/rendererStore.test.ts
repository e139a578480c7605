import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Reply, WorkspaceState } from '../../preload/contract.js';
import { createShellStore, type ShellStore } from '../../renderer/store/shellStore.js';
import { deceased, facts, nobody, patient, signedIn, signedOut, workspace } from '../screens/population.js';
import { deferred, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
let store: ShellStore;

beforeEach(() => {
  main = new FakeMain();
  main.answer('app.get', ok(facts)).answer('session.get', ok(signedIn)).answer('workspace.get', ok(workspace));
  store = createShellStore(main);
});
afterEach(() => {
  store.dispose();
  vi.useRealTimers();
});

const settled = (): Promise<void> =>
  vi.waitFor(() => {
    expect(store.getState().workspace.epoch).toBeGreaterThan(-1);
  });

describe('starting', () => {
  test('asks for the facts, the session and, of somebody signed in, the workspace', async () => {
    await store.start();
    await settled();
    expect(store.getState()).toMatchObject({ facts, session: signedIn, workspace, problem: null });
  });

  test('asks nothing about patients before somebody is signed in', async () => {
    main.answer('session.get', ok(signedOut));
    await store.start();
    expect(main.inputsOf('workspace.get')).toEqual([]);
  });

  test('what main announces meanwhile beats the answer to an older question', async () => {
    const late = deferred<Reply<typeof signedOut>>();
    main.answer('session.get', () => late.promise);
    const started = store.start();
    main.announce('session.changed', signedIn);
    late.resolve(ok(signedOut));
    await started;
    expect(store.getState().session).toEqual(signedIn);
  });

  test.each([true, false])('says why it could not start, whichever answer comes first (%s)', async (factsFirst) => {
    const failure = { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' } as const;
    const late = deferred<Reply<never>>();
    if (factsFirst) main.answer('app.get', failure);
    else main.answer('app.get', () => late.promise);
    main.answer('session.get', ok(signedOut));
    const started = store.start();
    await Promise.resolve();
    late.resolve(failure);
    await started;
    expect(store.getState()).toMatchObject({ facts: null, problem: failure.message });
  });

  test('nobody to answer is a sentence, not a crash', async () => {
    main.answer('app.get', () => Promise.reject(new Error('no handler registered')));
    await store.start();
    expect(store.getState().problem).toMatch(/could not be reached/);
  });

  test('a main process that never answers is given up on', async () => {
    vi.useFakeTimers();
    main.answer('app.get', () => new Promise(() => undefined));
    const started = store.start();
    await vi.advanceTimersByTimeAsync(20_000);
    await started;
    expect(store.getState().problem).toMatch(/did not answer within 20 seconds/);
  });
});

describe('the chosen patient', () => {
  const choice = (epoch: number, one: WorkspaceState['patient']): WorkspaceState => ({
    ...workspace,
    epoch,
    patient: one,
  });

  beforeEach(async () => {
    await store.start();
    await settled();
  });

  test('an older choice that arrives late does not replace a newer one', () => {
    main.announce('workspace.changed', choice(5, deceased));
    main.announce('workspace.changed', choice(4, patient));
    expect(store.getState().workspace.patient).toEqual(deceased);
  });

  test('news of the same choice is taken', () => {
    main.announce('workspace.changed', { ...choice(5, deceased), tabs: [] });
    main.announce('workspace.changed', choice(5, deceased));
    expect(store.getState().workspace.tabs).toHaveLength(4);
  });

  test('choosing resolves when the workspace shows the choice', async () => {
    main.answer('workspace.get', ok(choice(2, deceased)));
    expect(await store.select('p2')).toEqual(ok(undefined));
    expect(store.getState().workspace.patient).toEqual(deceased);
  });

  test.each(['signing-out', 'signed-out'] as const)('nothing of a patient is left when the session is %s', (status) => {
    main.announce('session.changed', status === 'signed-out' ? signedOut : { status });
    expect(JSON.stringify(store.getState())).not.toContain('Testpatient');
    main.announce('workspace.changed', choice(9, patient));
    expect(JSON.stringify(store.getState())).not.toContain('Testpatient');
  });

  test('the next session starts its choices from the beginning', async () => {
    main.announce('workspace.changed', choice(40, patient));
    main.announce('session.changed', signedOut);
    main.answer('workspace.get', ok(nobody));
    main.announce('session.changed', signedIn);
    await settled();
    expect(store.getState().workspace).toEqual(nobody);
  });
});

describe('intents', () => {
  const refusal = { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' } as const;

  beforeEach(async () => {
    await store.start();
    await settled();
    main.asked.length = 0;
  });

  test('a refusal is shown until the next intent, or until it is dismissed', async () => {
    main.answer('workspace.activate', refusal);
    await store.activate('pacs');
    expect(store.getState().problem).toBe(refusal.message);
    await store.retry('pacs');
    expect(store.getState().problem).toBeNull();
    await store.activate('pacs');
    store.dismissProblem();
    expect(store.getState().problem).toBeNull();
  });

  test('what the page does by itself never wipes a refusal nobody has read', async () => {
    main.answer('workspace.activate', refusal);
    await store.activate('pacs');
    await store.place({ x: 0, y: 0, width: 1, height: 1 });
    store.raise();
    expect(store.getState().problem).toBe(refusal.message);
  });

  test('a refusal of a session that has ended is not shown to the next person', async () => {
    const late = deferred<Reply<void>>();
    main.answer('workspace.activate', () => late.promise);
    const activated = store.activate('pacs');
    main.announce('session.changed', signedOut);
    late.resolve(refusal);
    await activated;
    expect(store.getState().problem).toBeNull();
  });

  test('a sign-in refused after the session ended is told to nobody', async () => {
    const late = deferred<Reply<void>>();
    main.answer('signOn.enter', () => late.promise);
    const entered = store.enterSignIn('pacs', { userName: 'tclinician', password: 'x', remember: true });
    main.announce('session.changed', signedOut);
    late.resolve(refusal);
    expect(await entered).toEqual(ok(undefined));
  });

  test('every intent is one call with its own words', async () => {
    await store.signOut();
    await store.cancelSignIn();
    await store.cancelSearch();
    await store.closePatient();
    await store.activate('pacs');
    await store.retry('pacs');
    await store.showSignInPage('pacs');
    await store.focusPage();
    await store.answerOutsideLink('l1', true);
    await store.search('9990000018');
    await store.storedSignIns();
    await store.enterSignIn('pacs', { userName: 'tclinician', password: 'x', remember: false });
    await store.removeSignIn('pacs');
    await store.reopenSignIns(null);
    await store.learnSignIn('pacs');
    await store.answerLearnt('s1', false);
    expect(main.asked.slice(-16)).toEqual([
      { name: 'session.signOut', input: undefined },
      { name: 'session.cancelSignIn', input: undefined },
      { name: 'patient.cancelSearch', input: undefined },
      { name: 'patient.close', input: undefined },
      { name: 'workspace.activate', input: { tabId: 'pacs' } },
      { name: 'workspace.retry', input: { tabId: 'pacs' } },
      { name: 'workspace.showSignInPage', input: { tabId: 'pacs' } },
      { name: 'workspace.focusPage', input: undefined },
      { name: 'workspace.answerOutsideLink', input: { id: 'l1', open: true } },
      { name: 'patient.search', input: { text: '9990000018' } },
      { name: 'signOn.list', input: undefined },
      {
        name: 'signOn.enter',
        input: { tabId: 'pacs', userName: 'tclinician', password: 'x', remember: false },
      },
      { name: 'signOn.remove', input: { systemId: 'pacs' } },
      { name: 'signOn.reopen', input: { oldPassword: null } },
      { name: 'signOn.learn', input: { tabId: 'pacs' } },
      { name: 'signOn.answerLearnt', input: { id: 's1', keep: false } },
    ]);
  });

  test('the shell stays above the pages until the last that needed it lets go', () => {
    const [first, second] = [store.raise(), store.raise()];
    first();
    first();
    expect(store.getState().raised).toBe(true);
    second();
    expect(store.getState().raised).toBe(false);
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }, { raised: false }]);
  });

  test('a shell raised by a session that ended asks nothing of the next one', () => {
    const release = store.raise();
    main.announce('session.changed', signedOut);
    release();
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }]);
  });
});

test('a page loaded again in the middle of a session lets the pages show', async () => {
  await store.start();
  expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: false }]);
});

test('a sign-in whose announcement got lost asks for the session itself', async () => {
  main.answer('session.get', ok(signedOut));
  await store.start();
  main.answer('session.get', ok(signedIn)).answer('session.signIn', ok({ outcome: 'signed-in' }));
  await store.signIn('test.clinician', 'x');
  expect(store.getState().session).toEqual(signedIn);
});

test('listens to nothing once it is disposed of', () => {
  expect(main.listeners).toBe(3);
  store.dispose();
  expect(main.listeners).toBe(0);
});
