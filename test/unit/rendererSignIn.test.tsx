// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AppFacts, Reply, SessionState, SignInOutcome } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { facts, signedIn, signedOut, workspace } from '../screens/population.js';
import { deferred, FakeMain, ok } from './rendererFakeMain.js';

const PASSWORD = 'canary-7Qz!93';
const refused = (field: 'userName' | 'password'): Reply<SignInOutcome> =>
  ok({
    outcome: 'refused',
    reason: 'wrong-password',
    message: 'The user name or the password is not right.',
    remedy: 'Type both again.',
    field,
  });

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
});
afterEach(cleanup);

async function open(shown: AppFacts = facts, session: SessionState = signedOut) {
  main.answer('app.get', ok(shown)).answer('session.get', ok(session)).answer('workspace.get', ok(workspace));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date('2026-02-12T14:00:00Z')} />);
  await store.start();
  await screen.findByLabelText('Password');
  return userEvent.setup();
}
const userName = (): HTMLInputElement => screen.getByRole('textbox', { name: 'User name' });
const password = (): HTMLInputElement => screen.getByLabelText('Password');

function everythingInThePage(): string {
  const values = [...document.querySelectorAll('input')].map(({ value }) => value);
  return [document.documentElement.outerHTML, ...values].join('\n');
}

test('says whose it is and where, and that it is a demo', async () => {
  await open();
  expect(screen.getByRole('heading', { level: 1 }).textContent).toContain('Demo Hospital NHS Trust');
  expect(screen.getByText('Ward 7')).toBeDefined();
  expect(screen.getByText('DEMO HOSPITAL – not real patients')).toBeDefined();
});

test('begins at the user name and remembers nothing', async () => {
  await open();
  expect(document.activeElement).toBe(userName());
  for (const field of [userName(), password()]) expect(field.autocomplete).toBe('off');
  expect(password().type).toBe('password');
});

test('Enter hands both over, and the password leaves the page at once', async () => {
  const answer = deferred<Reply<SignInOutcome>>();
  main.answer('session.signIn', () => answer.promise);
  const user = await open();
  await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}`);
  expect(main.inputsOf('session.signIn')).toEqual([{ userName: 'test.clinician', password: PASSWORD }]);
  expect(everythingInThePage()).not.toContain(PASSWORD);
  expect(userName().readOnly && password().readOnly).toBe(true);
  expect(screen.getByRole('button', { name: 'Signing in …' }).getAttribute('aria-disabled')).toBe('true');
});

test('a second Enter while the first is asked does nothing', async () => {
  main.answer('session.signIn', () => new Promise(() => undefined));
  const user = await open();
  await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}{Enter}`);
  await user.click(screen.getByRole('button', { name: 'Signing in …' }));
  expect(main.inputsOf('session.signIn')).toHaveLength(1);
});

test.each(['userName', 'password'] as const)(
  'a refusal says what happened and what to do, and moves the keyboard to %s',
  async (field) => {
    main.answer('session.signIn', refused(field));
    const user = await open();
    await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}`);
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('The user name or the password is not right.');
    expect(alert.textContent).toContain('Type both again.');
    const next = field === 'userName' ? userName() : password();
    expect(document.activeElement).toBe(next);
    expect(next.getAttribute('aria-invalid')).toBe('true');
    expect(next.getAttribute('aria-describedby')).toBe(alert.id);
    expect(userName().value).toBe('test.clinician');
    expect(password().value).toBe('');
    expect(everythingInThePage()).not.toContain(PASSWORD);
  },
);

test('after an attempt the password has a new field: undo has nothing to bring back', async () => {
  main.answer('session.signIn', refused('password'));
  const user = await open();
  const before = password();
  await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}`);
  await screen.findByRole('alert');
  expect(password()).not.toBe(before);
});

test('the same refusal twice is said twice', async () => {
  main.answer('session.signIn', refused('password'));
  const user = await open();
  await user.keyboard(`test.clinician{Tab}a{Enter}`);
  const first = await screen.findByRole('alert');
  await user.keyboard('b{Enter}');
  await waitFor(() => {
    expect(screen.getByRole('alert')).not.toBe(first);
  });
});

test('a failure of the program itself is shown as calmly', async () => {
  main.answer('session.signIn', { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' });
  const user = await open();
  await user.keyboard(`test.clinician{Tab}x{Enter}`);
  expect((await screen.findByRole('alert')).textContent).toContain('Something went wrong (4f2a).');
});

test.each(['{Escape}', 'click'])('a sign-in under way is cancelled by %s', async (by) => {
  const answer = deferred<Reply<SignInOutcome>>();
  main.answer('session.signIn', () => answer.promise);
  main.answer('session.cancelSignIn', () => {
    answer.resolve(ok({ outcome: 'cancelled' }));
    return ok(undefined);
  });
  const user = await open();
  await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}`);
  if (by === 'click') await user.click(screen.getByRole('button', { name: 'Cancel' }));
  else await user.keyboard(by);
  expect(await screen.findByText('Sign-in cancelled')).toBeDefined();
  expect(screen.queryByRole('alert')).toBeNull();
  expect(document.activeElement).toBe(password());
  expect(everythingInThePage()).not.toContain(PASSWORD);
});

test('says why somebody was signed out', async () => {
  await open(facts, { status: 'signed-out', notice: 'Nobody used this computer for 30 minutes.' });
  expect(screen.getByText('Nobody used this computer for 30 minutes.').closest('[role=status]')).not.toBeNull();
});

test('says that Caps Lock is on, and stops when it is off', async () => {
  const user = await open();
  await user.click(password());
  await user.keyboard('{CapsLock}a');
  expect(screen.getByText('Caps Lock is on')).toBeDefined();
  expect(password().getAttribute('aria-describedby')).toBe(screen.getByText('Caps Lock is on').id);
  await user.keyboard('{CapsLock}a');
  expect(screen.queryByText('Caps Lock is on')).toBeNull();
});

test('shows demo accounts in the demo alone, and fills a name in', async () => {
  const user = await open({
    ...facts,
    demo: { password: 'Demo-1', accounts: [{ userName: 'test.nurse', description: 'Nurse' }] },
  });
  await user.click(screen.getByRole('button', { name: 'test.nurse' }));
  expect(userName().value).toBe('test.nurse');
  expect(document.activeElement).toBe(password());
  cleanup();
  await open();
  expect(screen.queryByRole('region', { name: 'Demo accounts' })).toBeNull();
});

test('the next person finds an empty page', async () => {
  main.answer('session.signIn', refused('password'));
  const user = await open();
  await user.keyboard(`test.clinician{Tab}${PASSWORD}{Enter}`);
  await screen.findByRole('alert');
  main.announce('session.changed', signedIn);
  await screen.findByRole('button', { name: 'Sign out' });
  main.announce('session.changed', signedOut);
  await screen.findByLabelText('Password');
  expect(userName().value).toBe('');
  expect(screen.queryByRole('alert')).toBeNull();
  expect(everythingInThePage()).not.toContain('test.clinician');
});
