// @vitest-environment happy-dom
/** Changing a password on the sign-in page and while signed in; the warning before it expires. */
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PasswordChangeOutcome, PasswordHelp, Reply, SessionState } from '../../preload/contract.js';
import { describeMinimumAge, describeWarning, rulesShown } from '../../renderer/presentation/newPassword.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { facts, signedIn, signedOut, workspace } from '../screens/population.js';
import { chooseOfAccount, deferred, FakeMain, ok } from './rendererFakeMain.js';

const BEFORE = 'canary-7Qz!93-before';
const AFTER = 'canary-7Qz!93-after';
const help: PasswordHelp = {
  userName: 'max.test@ward.example.nhs',
  rules: { minimumLength: 12, complexity: true, nameParts: ['max.test'], history: 24, mayChangeFrom: null },
};
const NOW = new Date('2026-02-12T14:00:00Z');

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
  main.answer('session.passwordHelp', ok(help));
});
afterEach(cleanup);

async function open(session: SessionState) {
  main.answer('app.get', ok(facts)).answer('session.get', ok(session)).answer('workspace.get', ok(workspace));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => NOW} />);
  await store.start();
  return userEvent.setup();
}
async function openAtMustChange() {
  main.answer(
    'session.signIn',
    ok({
      outcome: 'refused',
      reason: 'must-change-password',
      message: 'You must choose a new password before you can sign in.',
      remedy: 'Choose a new one here.',
      field: 'password',
      changePassword: true,
    }),
  );
  const user = await open(signedOut);
  await screen.findByLabelText('Password');
  await user.keyboard(`max.test{Tab}${BEFORE}{Enter}`);
  await screen.findByLabelText('Present password');
  return user;
}
const field = (label: string): HTMLInputElement => screen.getByLabelText(label, { exact: true });
const everything = (): string =>
  [document.documentElement.outerHTML, ...[...document.querySelectorAll('input')].map(({ value }) => value)].join('\n');

describe('on the sign-in page', () => {
  test('who must change says why, who it is, and what is asked; the keyboard is at the present password', async () => {
    await openAtMustChange();
    expect(
      screen.getByText('You must choose a new password before you can sign in. Choose a new one here.'),
    ).toBeDefined();
    expect(await screen.findByText('max.test@ward.example.nhs')).toBeDefined();
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      '· At least 12 characters',
      '· Three of these: capital letters, small letters, digits, other signs',
      '· No part of your name',
      '· None of your last 24 passwords',
    ]);
    expect(document.activeElement).toBe(field('Present password'));
  });

  test('each rule says whether it is kept while one types', async () => {
    const user = await openAtMustChange();
    await screen.findAllByRole('listitem');
    await user.type(field('New password'), 'Max.Test-');
    const kept = (): (boolean | undefined)[] =>
      screen.getAllByRole('listitem').map(({ textContent }) => textContent.endsWith('(kept)'));
    expect(kept()).toEqual([false, true, false, false]);
    await user.clear(field('New password'));
    await user.type(field('New password'), 'Blue-Kettle-2026?');
    expect(kept()).toEqual([true, true, true, false]);
  });

  test('both leave the page at once when they are handed over', async () => {
    const answer = deferred<Reply<PasswordChangeOutcome>>();
    main.answer('session.changePassword', () => answer.promise);
    const user = await openAtMustChange();
    await user.keyboard(BEFORE);
    await user.type(field('New password'), AFTER);
    await user.type(field('New password again'), `${AFTER}{Enter}`);
    expect(main.inputsOf('session.changePassword')).toEqual([{ before: BEFORE, after: AFTER }]);
    expect(everything()).not.toContain('canary');
    expect(screen.getByRole('button', { name: 'Changing …' })).toBeDefined();
  });

  test('two different new ones are not handed over', async () => {
    const user = await openAtMustChange();
    await user.keyboard(BEFORE);
    await user.type(field('New password'), AFTER);
    await user.type(field('New password again'), `${AFTER}x{Enter}`);
    expect(screen.getByRole('alert').textContent).toContain('The two new passwords are not the same');
    expect(document.activeElement).toBe(field('New password again'));
    expect(main.inputsOf('session.changePassword')).toEqual([]);
  });

  test('a refusal says what to do; every field is empty and the keyboard begins again', async () => {
    main.answer(
      'session.changePassword',
      ok({
        outcome: 'refused',
        reason: 'used-before',
        message: 'Used before.',
        remedy: 'Another one.',
        field: 'after',
      }),
    );
    const user = await openAtMustChange();
    await user.keyboard(BEFORE);
    await user.type(field('New password'), AFTER);
    await user.type(field('New password again'), `${AFTER}{Enter}`);
    expect((await screen.findByRole('alert')).textContent).toContain('Used before.Another one.');
    expect(everything()).not.toContain('canary');
    expect(field('New password').getAttribute('aria-invalid')).toBe('true');
    await waitFor(() => {
      expect(document.activeElement).toBe(field('Present password'));
    });
  });

  test('changed, but the sign-in with it was refused: both are said on the sign-in form', async () => {
    main.answer(
      'session.changePassword',
      ok({
        outcome: 'changed',
        notices: [],
        signIn: { outcome: 'refused', reason: 'no-role', message: 'No role.', remedy: 'Ask.', field: 'userName' },
      }),
    );
    const user = await openAtMustChange();
    await user.keyboard(BEFORE);
    await user.type(field('New password'), AFTER);
    await user.type(field('New password again'), `${AFTER}{Enter}`);
    expect((await screen.findByRole('alert')).textContent).toContain('No role.');
    expect(screen.getByText(/Your password was changed/)).toBeDefined();
    expect(document.activeElement).toBe(field('User name'));
  });

  test('Escape goes back to the sign-in form', async () => {
    const user = await openAtMustChange();
    await user.keyboard('{Escape}');
    expect(await screen.findByLabelText('User name')).toBeDefined();
  });
});

describe('while signed in', () => {
  test('the header offers it; what could not be done with the new one is said', async () => {
    main.answer('session.changePassword', ok({ outcome: 'changed', notices: ['The vault stays.'], signIn: null }));
    const user = await open(signedIn);
    await chooseOfAccount(user, 'Change password');
    await user.type(await screen.findByLabelText('Present password'), BEFORE);
    await user.type(field('New password'), AFTER);
    await user.type(field('New password again'), `${AFTER}{Enter}`);
    expect(await screen.findByText(/Your password was changed/)).toBeDefined();
    expect(screen.getByText('The vault stays.')).toBeDefined();
    await user.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('the warning offers to change it, and "Later" is kept', async () => {
    main.answer('session.passwordWarning', ok({ expires: '2026-02-17T16:00:00Z' }));
    const user = await open(signedIn);
    expect((await screen.findByRole('complementary', { name: 'Your password' })).textContent).toContain(
      'expires in 5 days',
    );
    await user.click(screen.getByRole('button', { name: 'Later' }));
    expect(screen.queryByRole('complementary', { name: 'Your password' })).toBeNull();
    expect(main.inputsOf('session.dismissPasswordWarning')).toHaveLength(1);
  });

  test('"Change it now" opens the form', async () => {
    main.answer('session.passwordWarning', ok({ expires: '2026-02-17T16:00:00Z' }));
    const user = await open(signedIn);
    await user.click(await screen.findByRole('button', { name: 'Change it now' }));
    expect(await screen.findByLabelText('Present password')).toBeDefined();
  });
});

describe('in words', () => {
  test('rules that a domain does not have are not shown', () => {
    const none = { minimumLength: 0, complexity: false, nameParts: [], history: 0, mayChangeFrom: null };
    expect(rulesShown(none, 'x')).toEqual([]);
  });

  test('a minimum age is said while it lasts', () => {
    const rules = { minimumLength: 0, complexity: false, nameParts: [], history: 0 };
    expect(describeMinimumAge({ ...rules, mayChangeFrom: '2026-02-13T09:30:00Z' }, NOW)).toMatch(
      /can be changed again from \d\d:\d\d on 13-Feb-2026/,
    );
    expect(describeMinimumAge({ ...rules, mayChangeFrom: '2026-02-12T14:00:00Z' }, NOW)).toBeNull();
  });

  test.each([
    ['2026-02-17T16:00:00Z', 'in 5 days'],
    ['2026-02-13T15:00:00Z', 'in 1 day,'],
    ['2026-02-13T13:00:00Z', 'within a day'],
  ])('a password that ends %s', (expires, words) => {
    expect(describeWarning(expires, NOW)).toContain(words);
  });
});
