// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SessionState } from '../../preload/contract.js';
import {
  describeAnswer,
  describeAsker,
  describeHeld,
  describeHubState,
  describeRestarts,
  describeSubscriber,
  describeVerified,
  formatDuration,
} from '../../renderer/presentation/support.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore, type ShellStore } from '../../renderer/store/shellStore.js';
import {
  facts,
  identities,
  signedIn,
  support,
  supportOfNothing,
  supportStaff,
  workspace,
} from '../screens/population.js';
import { deferred, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
let store: ShellStore;
beforeEach(() => {
  main = new FakeMain().answer('support.view', ok(support)).answer('support.unmask', ok(identities));
});
afterEach(() => {
  vi.useRealTimers();
  cleanup();
  store.dispose();
});

async function open(session: SessionState = supportStaff) {
  main.answer('app.get', ok(facts)).answer('session.get', ok(session)).answer('workspace.get', ok(workspace));
  store = createShellStore(main);
  render(<Shell store={store} now={() => new Date(2026, 1, 12, 14)} />);
  await store.start();
  await screen.findByRole('button', { name: 'Sign out' });
  return userEvent.setup();
}
async function openView() {
  const user = await open();
  await user.click(await screen.findByRole('button', { name: 'Support view' }));
  const dialog = await screen.findByRole('dialog', { name: 'Support view' });
  return { user, dialog };
}
const reason = (): HTMLElement => screen.getByRole('textbox', { name: 'Reason' });

test('is not offered to a clinician', async () => {
  await open(signedIn);
  expect(screen.queryByRole('button', { name: 'Support view' })).toBeNull();
});

test('shows hub, systems and changes above every page, with nobody named', async () => {
  const { dialog } = await openView();
  await within(dialog).findByRole('table', { name: 'Subscribers' });
  expect(store.getState().raised).toBe(true);
  expect(dialog.textContent).toContain('Patient 1');
  expect(dialog.textContent).toContain('Overdue: it did not answer in time');
  expect(dialog.textContent).toContain('3 of 4 in 1.28 s');
  for (const secret of ['TESTPATIENT', '999 000', 'Fotheringham']) expect(dialog.textContent).not.toContain(secret);
});

test('lowers the shell when it is closed, and asks no more', async () => {
  const { user } = await openView();
  await user.keyboard('{Escape}');
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
  });
  expect(store.getState().raised).toBe(false);
});

test('no page is entered from within', async () => {
  const { user, dialog } = await openView();
  await within(dialog).findByRole('table', { name: 'Systems' });
  await user.click(within(dialog).getByRole('button', { name: 'Show who they are' }));
  await user.keyboard('{F6}');
  expect(main.inputsOf('workspace.focusPage')).toEqual([]);
});

describe('a reason', () => {
  test('that is too short is asked for again, and nothing is sent', async () => {
    const { user, dialog } = await openView();
    await user.type(await within(dialog).findByRole('textbox', { name: 'Reason' }), '  because   {Enter}');
    expect(within(dialog).getByRole('alert').textContent).toContain('at least 10 characters');
    expect(main.inputsOf('support.unmask')).toEqual([]);
    expect(document.activeElement).toBe(reason());
  });

  test('names everybody until the view is closed', async () => {
    const { user, dialog } = await openView();
    await user.type(await within(dialog).findByRole('textbox', { name: 'Reason' }), `${identities.reason}{Enter}`);
    await within(dialog).findByText('Patients are named until you close this');
    expect(main.inputsOf('support.unmask')).toEqual([{ reason: identities.reason }]);
    expect(dialog.textContent).toContain('TESTPATIENT, Alma Rose (Ms)');
    expect(dialog.textContent).toContain('NHS No. 999 000 0018');
    expect(within(dialog).queryByRole('textbox', { name: 'Reason' })).toBeNull();
    await user.click(within(dialog).getByRole('button', { name: 'Close' }));
    await user.click(screen.getByRole('button', { name: 'Support view' }));
    const again = await screen.findByRole('dialog', { name: 'Support view' });
    await within(again).findByRole('textbox', { name: 'Reason' });
    expect(again.textContent).not.toContain('TESTPATIENT');
    expect(JSON.stringify(store.getState())).not.toContain('Fotheringham');
  });

  test('can be taken back, and is needed anew for whoever was chosen since', async () => {
    const [first, ...others] = identities.patients;
    if (!first) throw new Error('nobody');
    main.answer('support.unmask', ok({ ...identities, patients: others }));
    const { user, dialog } = await openView();
    await user.type(await within(dialog).findByRole('textbox', { name: 'Reason' }), `${identities.reason}{Enter}`);
    await within(dialog).findByRole('button', { name: 'Name the others too' });
    expect(dialog.textContent).not.toContain('TESTPATIENT, Alma');
    await user.click(within(dialog).getByRole('button', { name: 'Hide names' }));
    expect(dialog.textContent).not.toContain('FOTHERINGHAM');
    within(dialog).getByRole('button', { name: 'Show who they are' });
  });

  test('that cannot be recorded leaves everybody masked and keeps what was typed', async () => {
    main.answer('support.unmask', { ok: false, code: 'audit-unavailable', message: 'It cannot be recorded.' });
    const { user, dialog } = await openView();
    await user.type(await within(dialog).findByRole('textbox', { name: 'Reason' }), `${identities.reason}{Enter}`);
    expect((await within(dialog).findByRole('alert')).textContent).toContain('It cannot be recorded.');
    expect((reason() as HTMLInputElement).value).toBe(identities.reason);
    expect(dialog.textContent).not.toContain('TESTPATIENT');
  });

  test('answered after the view was closed names nobody', async () => {
    const answer = deferred<ReturnType<typeof ok<typeof identities>>>();
    main.answer('support.unmask', () => answer.promise);
    const { user, dialog } = await openView();
    await user.type(await within(dialog).findByRole('textbox', { name: 'Reason' }), `${identities.reason}{Enter}`);
    await user.keyboard('{Escape}');
    answer.resolve(ok(identities));
    await user.click(screen.getByRole('button', { name: 'Support view' }));
    await screen.findByRole('textbox', { name: 'Reason' });
    expect(document.body.textContent).not.toContain('TESTPATIENT, Alma Rose (Ms)NHS');
    expect(screen.queryByText('Patients are named until you close this')).toBeNull();
  });
});

test('looks again by itself, and keeps what it saw when that fails', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const later = (): void => {
    act(() => {
      vi.advanceTimersByTime(2_000);
    });
  };
  main.answer('support.view', ok(supportOfNothing));
  const { dialog } = await openView();
  await within(dialog).findByText(/No change yet/);
  within(dialog).getByText(/No hub is configured/);
  main.answer('support.view', ok(support));
  later();
  await within(dialog).findByRole('table', { name: 'Changes of patient' });
  main.answer('support.view', { ok: false, code: 'unavailable', message: 'Lanyard could not be reached.' });
  later();
  await within(dialog).findByText('Lanyard could not be reached.');
  within(dialog).getByRole('table', { name: 'Changes of patient' });
});

describe('in words', () => {
  const [change] = support.changes;
  const [subscriber] = support.hub.subscribers ?? [];
  if (!change || !subscriber) throw new Error('nothing to describe');

  test.each([
    [0, '0.00 s'],
    [430, '0.43 s'],
    [12_040, '12.0 s'],
    [185_900, '3 min 5 s'],
  ])('%d ms is %s', (milliseconds, words) => {
    expect(formatDuration(milliseconds)).toBe(words);
  });

  test.each([
    [200, 'Followed'],
    [202, 'Received'],
    [409, 'Refused'],
    [422, 'Refused'],
    [503, 'Could not follow'],
  ])('an answer of %d is "%s"', (status, words) => {
    const lastAnswer = { event: 'Patient-open', status, at: support.takenAt };
    expect(describeAnswer({ ...subscriber, lastAnswer })).toMatch(
      new RegExp(`^${words} \\(${status}\\) to Patient-open`),
    );
    expect(describeAnswer({ ...subscriber, lastAnswer: null })).toBe('None yet');
  });

  test('the hub', () => {
    const { hub } = support;
    const states = ['starting', 'running', 'ended'] as const;
    expect(states.map((state) => describeHubState({ ...hub, state }))).toEqual(['Starting', 'Running', 'Ended']);
    expect(states.map((state) => describeHubState({ ...hub, joined: 'hub.ward.example.nhs', state }))).toEqual([
      'Not joined: trying again',
      'Joined',
      'Left',
    ]);
    expect([0, 1, 4].map(describeRestarts)).toEqual(['Never', 'Once', '4 times']);
  });

  test('a subscriber', () => {
    const words = (more: Partial<typeof subscriber>): string => describeSubscriber({ ...subscriber, ...more }).words;
    const awaited = { event: 'Patient-open', since: support.takenAt };
    expect(words({})).toBe('Connected');
    expect(words({ since: null })).toBe('Not connected yet');
    expect(words({ awaited })).toMatch(/^Waiting: Patient-open since/);
    expect(words({ awaited, overdue: true })).toMatch(/^Overdue: Patient-open since/);
    expect(words({ left: { at: support.takenAt, reason: 'closed its connection' } })).toMatch(/^Left: it closed its/);
    expect(words({ left: { at: support.takenAt, reason: 'the lease is over' } })).toMatch(/^Left: it was ended: the/);
  });

  test('who asked', () => {
    expect(describeAsker(change)).toBe('The clinician');
    expect(describeAsker({ ...change, askedBy: { kind: 'unknown', name: null } })).toBe('Not known');
  });

  test('what stood in the way', () => {
    const systems = [{ title: 'Results', kind: 'busy' as const }];
    expect(describeHeld({ ...change, held: { systems, answer: null } })).toBe(
      'Results did not answer. It went on by itself.',
    );
    expect(describeHeld({ ...change, outcome: 'overtaken', held: { systems, answer: null } })).toBe(
      'Results did not answer.',
    );
    expect(describeHeld({ ...change, held: { systems, answer: 'continue' } })).toMatch(/continued without it\.$/);
    expect(describeHeld(change)).toBe('Nobody objected');
  });

  test('how long until verified', () => {
    const of = (...times: (number | null)[]): string =>
      describeVerified({
        ...change,
        tabs: times.map((verifiedAfter) => ({ title: 'Results', link: 'In step', verifiedAfter })),
      });
    expect(of(430, 1280)).toBe('All in 1.28 s');
    expect(of(430, null)).toBe('1 of 2 in 0.43 s');
    expect(of(null)).toBe('None');
    expect(of()).toBe('No system');
    expect(describeVerified({ ...change, outcome: 'closed' })).toBe('Nothing to verify');
  });
});
