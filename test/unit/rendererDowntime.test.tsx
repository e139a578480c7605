// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AppFacts, SessionState } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { downtime, facts, signedIn, signedOut, workspace } from '../screens/population.js';
import { chooseOfAccount, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
});
afterEach(cleanup);

async function open(session: SessionState, shown: AppFacts = { ...facts, downtime }) {
  main.answer('app.get', ok(shown)).answer('session.get', ok(session)).answer('workspace.get', ok(workspace));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date('2026-02-12T14:00:00Z')} />);
  await store.start();
  await screen.findByText('Demo Hospital NHS Trust', { exact: false });
  return userEvent.setup();
}

test.each([
  ['before anybody signs in', signedOut],
  ['at work', signedIn],
] as const)('%s it says what to do, whom to call, and where else to look', async (_when, session) => {
  const user = await open(session);
  const opener = await screen.findByRole('button', {
    name: session === signedIn ? /Your account/ : 'When systems are down',
  });
  if (session === signedIn) await chooseOfAccount(user, 'When systems are down');
  else await user.click(opener);
  const dialog = within(await screen.findByRole('dialog', { name: 'When systems are down' }));
  dialog.getByText(/paper charts in the red folder/);
  expect(within(dialog.getByRole('list', { name: 'Telephone' })).getAllByRole('listitem')).toHaveLength(2);
  dialog.getByText('01632 960001');
  dialog.getByText('https://downtime.ward.example.nhs/forms');
  expect(document.activeElement).toBe(dialog.getByRole('button', { name: 'Close' }));
  await user.keyboard('{Escape}');
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
  });
  expect(main.inputsOf('downtime.openLink')).toEqual([]);
});

test('what was typed at sign-in is still there afterwards', async () => {
  const user = await open(signedOut);
  const userName = screen.getByRole<HTMLInputElement>('textbox', { name: 'User name' });
  await user.type(userName, 'test.clinician');
  await user.click(screen.getByRole('button', { name: 'When systems are down' }));
  await user.click(await screen.findByRole('button', { name: 'Close' }));
  expect(userName.value).toBe('test.clinician');
});

test('a link is opened by its place, and a browser that does not open is said', async () => {
  main.answer('downtime.openLink', { ok: false, code: 'unavailable', message: 'The browser could not be opened.' });
  const user = await open(signedOut);
  await user.click(screen.getByRole('button', { name: 'When systems are down' }));
  await user.click(await screen.findByRole('button', { name: 'Open in browser: Downtime forms to print' }));
  expect((await screen.findByRole('alert')).textContent).toContain('The browser could not be opened.');
  expect(main.inputsOf('downtime.openLink')).toEqual([{ link: 0 }]);
});

test('it lies above the pages of the systems, and they come back after it', async () => {
  const user = await open(signedIn);
  await chooseOfAccount(user, 'When systems are down');
  await user.click(await screen.findByRole('button', { name: 'Close' }));
  await waitFor(() => {
    expect(main.inputsOf('workspace.raiseShell').slice(-2)).toEqual([{ raised: true }, { raised: false }]);
  });
});

test.each([
  ['before anybody signs in', signedOut],
  ['at work', signedIn],
] as const)('%s nothing is offered where the trust says nothing', async (_when, session) => {
  const user = await open(session, facts);
  await screen.findByRole('button', { name: session === signedIn ? 'Lock' : 'Sign in' });
  if (session === signedIn) {
    await user.click(screen.getByRole('button', { name: /Your account/ }));
    await screen.findByRole('menuitem', { name: 'Stored sign-ins' });
    expect(screen.queryByRole('menuitem', { name: /down/i })).toBeNull();
  } else expect(screen.queryByRole('button', { name: /down/i })).toBeNull();
});
