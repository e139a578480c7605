// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { breakGlassQuestion, facts, signedIn, workspace } from '../screens/population.js';
import { FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
});
afterEach(cleanup);

async function open() {
  main
    .answer('app.get', ok(facts))
    .answer('session.get', ok(signedIn))
    .answer('workspace.get', ok({ ...workspace, breakGlassQuestion }));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date('2026-02-12T14:00:00Z')} />);
  await store.start();
  const dialog = await screen.findByRole('alertdialog', { name: 'Restricted record' });
  return { user: userEvent.setup(), dialog };
}
const answers = (): unknown[] => main.inputsOf('context.answerBreakGlass');

test('it says whose record it is and what follows, above every page; no key answers it by chance', async () => {
  const { user, dialog } = await open();
  expect(dialog.textContent).toContain('TESTPATIENT, Brian (Mr), born');
  expect(dialog.textContent).toContain('the privacy officer is told');
  expect(main.inputsOf('workspace.raiseShell').at(-1)).toEqual({ raised: true });
  await user.keyboard('{Enter} ');
  expect(answers()).toEqual([]);
});

test.each(['{Escape}', 'Leave it closed'])('%s leaves it closed', async (way) => {
  const { user } = await open();
  if (way === '{Escape}') await user.keyboard(way);
  else await user.click(screen.getByRole('button', { name: way }));
  expect(answers()).toEqual([{ id: breakGlassQuestion.id, answer: null }]);
});

test('a reason and words of their own are asked for, in turn, at their places', async () => {
  const { user } = await open();
  const submit = screen.getByRole('button', { name: 'Record and open' });
  await user.click(submit);
  expect((await screen.findByRole('alert')).textContent).toContain('Choose a reason.');
  expect(document.activeElement).toBe(screen.getByRole('radio', { name: 'I am treating this patient' }));
  await user.click(screen.getByRole('radio', { name: 'Emergency' }));
  await user.type(screen.getByRole('textbox', { name: 'In your own words' }), 'too few');
  await user.click(submit);
  expect((await screen.findByRole('alert')).textContent).toContain('at least 10 characters');
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'In your own words' }));
  expect(answers()).toEqual([]);
});

test('what could not be recorded is said, and what was typed stays', async () => {
  const { user } = await open();
  main.answer('context.answerBreakGlass', {
    ok: false,
    code: 'audit-unavailable',
    message: 'It could not be recorded.',
  });
  await user.click(screen.getByRole('radio', { name: 'Emergency' }));
  const words = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'In your own words' });
  await user.type(words, 'unconscious in resus');
  await user.click(screen.getByRole('button', { name: 'Record and open' }));
  expect((await screen.findByRole('alert')).textContent).toContain('It could not be recorded.');
  expect(words.value).toBe('unconscious in resus');
  expect(answers()).toEqual([
    { id: breakGlassQuestion.id, answer: { reason: 'Emergency', words: 'unconscious in resus' } },
  ]);
});
