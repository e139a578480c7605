// @vitest-environment happy-dom
import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { copyText } from '../../renderer/parts/copyText.js';
import { Shell } from '../../renderer/Shell.js';
import { ShellErrorBoundary } from '../../renderer/ShellErrorBoundary.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { placementOf, watchPlacement } from '../../renderer/workspace/placement.js';
import { facts, signedOut } from '../screens/population.js';
import { FakeMain, ok } from './rendererFakeMain.js';

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test('an unusable configuration is all there is: every mistake with its place and remedy', async () => {
  const main = new FakeMain().answer('session.get', ok(signedOut)).answer(
    'app.get',
    ok({
      ...facts,
      configurationProblems: {
        file: '/etc/lanyard/lanyard.json',
        problems: [
          { path: 'systems[0].urll', message: 'Unknown key.', suggestion: 'Did you mean url?' },
          { path: '', message: 'It is empty.', suggestion: null },
        ],
      },
    }),
  );
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date()} />);
  await store.start();
  const heading = await screen.findByRole('heading', { name: 'The configuration has 2 mistakes' });
  expect(document.activeElement).toBe(heading);
  expect(screen.getByText('/etc/lanyard/lanyard.json')).toBeDefined();
  expect(screen.getByText(/Nothing starts until these are mended/)).toBeDefined();
  const items = within(screen.getByRole('list', { name: 'Mistakes' })).getAllByRole('listitem');
  expect(items.map(({ textContent }) => textContent)).toEqual([
    'systems[0].urllUnknown key.Did you mean url?',
    'The whole fileIt is empty.',
  ]);
  expect(screen.queryByLabelText('Password')).toBeNull();
});

test('a start that fails says so instead of showing an empty window', async () => {
  const main = new FakeMain()
    .answer('session.get', ok(signedOut))
    .answer('app.get', { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' });
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date()} />);
  await store.start();
  expect(await screen.findByRole('heading', { name: 'Lanyard did not start' })).toBeDefined();
  expect(screen.getByRole('alert').textContent).toContain('4f2a');
});

test('a broken page hides every system before it says so', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined); // React reports the error that this test throws
  const [raise, reload] = [vi.fn(), vi.fn()];
  const Breaking = () => {
    throw new Error('broken');
  };
  render(
    <ShellErrorBoundary raise={raise} reload={reload}>
      <Breaking />
    </ShellErrorBoundary>,
  );
  expect(raise).toHaveBeenCalledOnce();
  await userEvent.setup().click(screen.getByRole('button', { name: 'Show the page again' }));
  expect(reload).toHaveBeenCalledOnce();
});

test('the place of a page never reaches over the lines around it', () => {
  expect(placementOf(new DOMRect(3.2, 120.6, 1093.9, 600.2))).toEqual({ x: 4, y: 121, width: 1093, height: 599 });
  expect(placementOf(new DOMRect(-4, -2, 2, 1))).toEqual({ x: 0, y: 0, width: 0, height: 0 });
});

test('the place is reported at once, again when it changed, and never after the end', () => {
  const element = document.createElement('div');
  let rectangle = new DOMRect(0, 100, 1100, 660);
  element.getBoundingClientRect = () => rectangle;
  const reports: unknown[] = [];
  const stop = watchPlacement(element, (placement) => reports.push(placement));
  window.dispatchEvent(new Event('resize'));
  rectangle = new DOMRect(0, 140, 1100, 620);
  window.dispatchEvent(new Event('resize'));
  stop();
  rectangle = new DOMRect(0, 0, 1, 1);
  window.dispatchEvent(new Event('resize'));
  expect(reports).toEqual([
    { x: 0, y: 100, width: 1100, height: 660 },
    { x: 0, y: 140, width: 1100, height: 620 },
  ]);
});

test('says so when the browser refuses to copy', () => {
  Object.assign(document, { execCommand: () => false });
  expect(copyText('9990000018')).toBe(false);
});
