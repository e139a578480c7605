// @vitest-environment happy-dom
/** Badges as the shell's pages show them: who is asked for what, and what a person typed meanwhile. */
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BadgePrompt, BadgeState, SessionState } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { facts, locked, signedIn, signedOut, support, supportStaff, workspace } from '../screens/population.js';
import { chooseOfAccount, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
});
afterEach(cleanup);

const with_ = (prompt: BadgePrompt | null, problem: string | null = null): BadgeState => ({
  isUsed: true,
  problem,
  prompt,
});

async function open(session: SessionState, badge: BadgeState = with_(null)) {
  main
    .answer('app.get', ok(facts))
    .answer('session.get', ok(session))
    .answer('workspace.get', ok(workspace))
    .answer('badge.get', ok(badge));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date('2026-02-12T14:00:00Z')} />);
  await store.start();
  return userEvent.setup();
}
const tap = (badge: BadgeState): void => {
  act(() => {
    main.announce('badge.changed', badge);
  });
};
const field = (name: string): HTMLInputElement => screen.getByLabelText(name);

test('a tap on the sign-in page fills in whose it is, and goes on at the password', async () => {
  await open(signedOut);
  await screen.findByText('A badge fills in your user name: tap it.');
  tap(with_({ kind: 'sign-in', id: '1', userName: 'a.test@demo.hospital.example' }));
  expect(field('User name').value).toBe('a.test@demo.hospital.example');
  expect(document.activeElement).toBe(field('Password'));
});

test('what is typed after a tap stays, whatever else is said of badges; another tap begins anew', async () => {
  const user = await open(signedOut);
  const prompt: BadgePrompt = { kind: 'sign-in', id: '1', userName: 'a.test@demo.hospital.example' };
  await screen.findByLabelText('Password');
  tap(with_(prompt));
  await user.type(field('Password'), 'half-a-passw');
  tap(with_({ ...prompt }, 'The badge reader was unplugged.'));
  expect(field('Password').value).toBe('half-a-passw');
  tap(with_(null));
  expect(field('Password').value).toBe('half-a-passw');
  expect(field('User name').value).toBe('a.test@demo.hospital.example');
  tap(with_({ kind: 'sign-in', id: '2', userName: 'b.test@demo.hospital.example' }));
  expect(field('Password').value).toBe('');
  expect(field('User name').value).toBe('b.test@demo.hospital.example');
});

test('without badges nothing is said of them', async () => {
  await open(signedOut, { isUsed: false, problem: null, prompt: null });
  await screen.findByLabelText('Password');
  expect(screen.queryByText(/badge/i)).toBeNull();
});

test('the own badge at the lock asks for its PIN, which leaves the page at once; the password stays a way', async () => {
  main.answer('badge.unlock', ok({ outcome: 'cancelled' }));
  const user = await open(locked, with_({ kind: 'unlock', id: '7', with: 'pin' }));
  const pin = await screen.findByLabelText('PIN');
  expect(document.activeElement).toBe(pin);
  await user.type(pin, '830274{Enter}');
  expect(main.inputsOf('badge.unlock')).toEqual([{ pin: '830274' }]);
  expect(document.documentElement.outerHTML).not.toContain('830274');
  expect(field('PIN').value).toBe('');
  await user.click(screen.getByRole('button', { name: 'Use the password' }));
  expect(main.inputsOf('badge.dismiss')).toEqual([{ id: '7' }]);
  tap(with_(null));
  expect(field('Password')).toBeDefined();
});

test('a colleague’s badge at the lock asks for their password; "Back" forgets the tap', async () => {
  main.answer('session.takeOver', ok({ outcome: 'cancelled' }));
  const user = await open(locked, with_({ kind: 'take-over', id: '8', userName: 'b.test@demo.hospital.example' }));
  const password = await screen.findByLabelText('Password');
  expect(document.activeElement).toBe(password);
  await user.type(password, 'theirs{Enter}');
  expect(main.inputsOf('session.takeOver')).toEqual([{ userName: 'b.test@demo.hospital.example', password: 'theirs' }]);
  await user.click(screen.getByRole('button', { name: 'Back' }));
  expect(main.inputsOf('badge.dismiss')).toEqual([{ id: '8' }]);
});

test('a badge is enrolled with the same PIN twice, and a refusal is said where it was typed', async () => {
  main.answer('badge.enrol', { ok: false, code: 'bad-request', message: 'This PIN is easy to guess.' });
  const user = await open(signedIn, with_({ kind: 'enrol', id: '9', leastPinLength: 6 }));
  await user.type(await screen.findByLabelText(/New PIN/), '830274');
  await user.type(field('The same PIN again'), '830275');
  await user.click(screen.getByRole('button', { name: 'It is my badge' }));
  expect(screen.getByRole('alert').textContent).toContain('not the same');
  expect(main.inputsOf('badge.enrol')).toEqual([]);
  await user.type(screen.getByLabelText(/New PIN/), '123456');
  await user.type(field('The same PIN again'), '123456');
  await user.keyboard('{Enter}');
  expect(main.inputsOf('badge.enrol')).toEqual([{ id: '9', pin: '123456' }]);
  expect((await screen.findByRole('alert')).textContent).toContain('easy to guess');
  await user.keyboard('{Escape}');
  expect(main.inputsOf('badge.dismiss')).toEqual([{ id: '9' }]);
});

test('the own badge is forgotten at a word', async () => {
  main.answer('badge.own', ok({ hasPin: true, enrolledAt: '2026-02-03T09:00:00.000Z' }));
  const user = await open(signedIn);
  await chooseOfAccount(user, 'Your badge');
  await screen.findByText(/Yours since 03-Feb-2026/);
  await user.click(screen.getByRole('button', { name: 'Remove my badge' }));
  expect((await screen.findByText(/are forgotten/)).closest('[role=status]')).not.toBeNull();
  expect(screen.queryByRole('button', { name: 'Remove my badge' })).toBeNull();
});

test('support forgets somebody’s badge, and is told where there is none', async () => {
  main
    .answer('support.view', ok(support))
    .answer('badge.removeFor', ({ userName }) =>
      ok({ userName: `${userName}@x.example`, removed: userName === 'b.test' }),
    );
  const user = await open(supportStaff);
  await user.click(await screen.findByRole('button', { name: 'Support view' }));
  const name = await screen.findByRole('textbox', { name: 'User name' });
  await user.type(name, 'c.test{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('c.test@x.example has no badge');
  await user.clear(name);
  await user.type(name, 'b.test{Enter}');
  expect((await screen.findByText(/The badge of b.test@x.example is forgotten/)).textContent).toBeTruthy();
});
