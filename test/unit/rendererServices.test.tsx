// @vitest-environment happy-dom
/** Services on the page: one indicator, one list, the banner's age, and a search that is asked again. */
import { cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServiceState, WorkspaceState } from '../../preload/contract.js';
import { describeNextTry, describeServices } from '../../renderer/presentation/services.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore } from '../../renderer/store/shellStore.js';
import { downtime, facts, patient, services, signedIn, workspace } from '../screens/population.js';
import { chooseOfAccount, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
beforeEach(() => {
  main = new FakeMain();
});
afterEach(cleanup);

const allWell = services.map((one): ServiceState => ({ ...one, status: 'answers', nextTry: null, canTry: false }));
const shown: WorkspaceState = { ...workspace, services: [...services], patientSince: '2026-02-12T13:40:00.000Z' };

async function open(state: WorkspaceState) {
  main
    .answer('app.get', ok({ ...facts, downtime }))
    .answer('session.get', ok(signedIn))
    .answer('workspace.get', ok(state));
  const store = createShellStore(main);
  render(<Shell store={store} now={() => new Date('2026-02-12T14:00:00Z')} />);
  await store.start();
  await screen.findByRole('button', { name: /Your account/ });
  return userEvent.setup();
}

test('the indicator is there only while something fails, and leads to the list', async () => {
  const user = await open(shown);
  await user.click(await screen.findByRole('button', { name: '2 services down' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Services' }));
  const failing = dialog.getAllByRole('listitem').filter((row) => row.className.includes('fails'));
  expect(failing).toHaveLength(2);
  expect(failing[0]?.textContent).toContain('Has not answered since');
  const [first] = dialog.getAllByRole('button', { name: 'Try now' }) as [HTMLElement];
  await user.click(first);
  expect(main.inputsOf('services.tryNow')).toEqual([{ id: 'directory' }]);
  expect(document.activeElement).toBe(dialog.getByRole('button', { name: 'Close' }));
  main.announce('workspace.changed', { ...shown, services: allWell });
  await dialog.findByText('Nothing is known to be down.');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('button', { name: /services? down/ })).toBeNull();
});

test('the list is in the menu while nothing fails, checks everything, and leads to the downtime page', async () => {
  const user = await open({ ...shown, services: allWell });
  await chooseOfAccount(user, 'Services');
  const dialog = within(await screen.findByRole('dialog', { name: 'Services' }));
  expect(dialog.queryByRole('button', { name: 'Try now' })).toBeNull();
  await user.click(dialog.getByRole('button', { name: 'Check all now' }));
  expect(main.inputsOf('services.tryNow')).toEqual([{ id: null }]);
  await user.click(dialog.getByRole('button', { name: 'When systems are down' }));
  await screen.findByRole('dialog', { name: 'When systems are down' });
  expect(screen.queryByRole('dialog', { name: 'Services' })).toBeNull();
});

test('while nobody can be found the banner says when it was made, and not a moment longer', async () => {
  await open(shown);
  await screen.findByText(/The banner is as at \d\d:\d\d, when this patient was chosen/);
  main.announce('workspace.changed', { ...shown, services: allWell });
  await waitFor(() => {
    expect(screen.queryByText(/The banner is as at/)).toBeNull();
  });
});

test('a search that nobody answered stays as it was typed, and is asked again when the search is back', async () => {
  let isDown = true;
  main.answer('patient.search', () =>
    isDown
      ? { ok: false, code: 'search-unavailable', message: 'The patient search does not answer' }
      : ok({ found: [], readAs: 'nhs-number', refreshedAt: '2026-02-12T14:00:00.000Z', truncated: false }),
  );
  const user = await open(shown);
  const box = await screen.findByRole<HTMLInputElement>('searchbox', { name: 'Find a patient' });
  await user.type(box, '9990000018{Enter}');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('It is tried again by itself at');
  isDown = false;
  main.announce('workspace.changed', { ...shown, services: allWell });
  await screen.findByText('Nobody was found');
  expect(box.value).toBe('999 000 0018');
  expect(main.inputsOf('patient.search')).toHaveLength(2);
});

test('a text that could not be read is not asked again', async () => {
  main.answer('patient.search', { ok: false, code: 'search-unreadable', message: 'This cannot be read' });
  const user = await open(shown);
  await user.type(await screen.findByRole('searchbox', { name: 'Find a patient' }), 'x{Enter}');
  await screen.findByText('This cannot be read');
  const before = main.inputsOf('patient.search').length;
  main.announce('workspace.changed', { ...shown, services: allWell });
  await waitFor(() => {
    expect(screen.queryByRole('button', { name: /services? down/ })).toBeNull();
  });
  expect(main.inputsOf('patient.search')).toHaveLength(before);
});

test('a list of before the outage is marked as old', async () => {
  main.answer(
    'patient.search',
    ok({
      found: [{ patient, lookAlikes: [], replacedBy: null }],
      readAs: 'nhs-number',
      refreshedAt: '2026-02-12T13:59:00.000Z',
      truncated: false,
    }),
  );
  const user = await open({ ...shown, services: allWell });
  await user.type(await screen.findByRole('searchbox', { name: 'Find a patient' }), '9990000018{Enter}');
  await screen.findByRole('listbox', { name: 'Patients' });
  expect(screen.queryByText(/This list is old/)).toBeNull();
  main.announce('workspace.changed', shown);
  await screen.findByText(/This list is old: it is as at \d\d:\d\d:\d\d/);
});

test('what changes is said once, in words', () => {
  expect(describeServices(allWell, services)).toBe('Directory: does not answer. Finding patients: does not answer.');
  expect(describeServices(services, services)).toBeNull();
  expect(describeServices(services, allWell)).toBe('Directory: answers again. Finding patients: answers again.');
  const [first] = services as [ServiceState];
  expect(describeNextTry({ ...first, isTrying: true })).toBe('Being tried now …');
});
