// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PatientSearchResult, Reply } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore, type ShellStore } from '../../renderer/store/shellStore.js';
import { deceased, facts, lookAlikes, patient, signedIn, workspace } from '../screens/population.js';
import { deferred, FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
let store: ShellStore;
beforeEach(() => {
  main = new FakeMain().answer('patient.search', () => new Promise(() => undefined));
});
afterEach(() => {
  cleanup();
  store.dispose();
  vi.useRealTimers();
});

const refreshed = new Date(2026, 1, 12, 14, 3, 22);
const result = (found: PatientSearchResult['found'], more: Partial<PatientSearchResult> = {}) =>
  ok<PatientSearchResult>({
    found,
    readAs: 'name-and-birth-date',
    refreshedAt: refreshed.toISOString(),
    truncated: false,
    ...more,
  });

async function open() {
  main.answer('app.get', ok(facts)).answer('session.get', ok(signedIn)).answer('workspace.get', ok(workspace));
  store = createShellStore(main);
  render(<Shell store={store} now={() => refreshed} />);
  await store.start();
  await screen.findByRole('tab', { name: 'Images' });
  main.asked.length = 0; // what the page asks to begin with
  const user = userEvent.setup();
  await user.click(searchbox());
  return user;
}
const searchbox = (): HTMLInputElement => screen.getByRole('searchbox', { name: 'Find a patient' });
/** Milliseconds of the stopped clock. */
const pass = (time: number): void => {
  act(() => {
    vi.advanceTimersByTime(time);
  });
};
/** All at once: user-event and a stopped clock wait for each other. */
const type = (value: string): void => {
  fireEvent.change(searchbox(), { target: { value } });
};
const list = (): Promise<HTMLElement> => screen.findByRole('listbox', { name: 'Patients' });
const searches = (): unknown[] => main.inputsOf('patient.search');

describe('typing', () => {
  test('an NHS number is regrouped while it is typed, and searched without its spaces', async () => {
    const user = await open();
    await user.keyboard('9990000018');
    expect(searchbox().value).toBe('999 000 0018');
    await user.keyboard('{Enter}');
    expect(searches().at(-1)).toEqual({ text: '9990000018' }); // slow typing may have searched a part of it before
  });

  test('a correction in the middle keeps its place', async () => {
    const user = await open();
    await user.keyboard('9990000018');
    searchbox().setSelectionRange(5, 5);
    await user.keyboard('{Backspace}7');
    expect(searchbox().value).toBe('999 700 0018');
    expect(searchbox().selectionStart).toBe(5);
  });

  test('Enter searches at once, once', async () => {
    main.answer('patient.search', result(lookAlikes));
    const user = await open();
    await user.keyboard('TESTPATIENT 01-Jan-1950{Enter}');
    await list();
    vi.useFakeTimers();
    pass(5_000);
    expect(searches()).toEqual([{ text: 'TESTPATIENT 01-Jan-1950' }]);
  });

  test('the pause after Enter does not search the same text again', async () => {
    await open();
    vi.useFakeTimers();
    type('9990000018');
    fireEvent.keyDown(searchbox(), { key: 'Enter' });
    pass(5_000);
    expect(searches()).toEqual([{ text: '9990000018' }]);
  });

  test('Enter on nothing asks nothing', async () => {
    const user = await open();
    await user.keyboard('   {Enter}');
    expect(searches()).toEqual([]);
  });

  test('a pause of half a second searches from three characters on', async () => {
    await open();
    vi.useFakeTimers();
    type('RM');
    pass(2_000);
    expect(searches()).toEqual([]);
    type('RM1');
    pass(499);
    expect(searches()).toEqual([]);
    pass(1);
    expect(searches()).toEqual([{ text: 'RM1' }]);
  });

  test('a pause in the middle of a name says "not complete" and covers nothing', async () => {
    main.answer('patient.search', { ok: false, code: 'search-unreadable', message: 'Add the birth date.' });
    const user = await open();
    await user.keyboard('TESTPATIENT');
    expect(await screen.findByText('Not complete yet')).toBeDefined();
    const described = searchbox().getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(described)?.textContent).toBe('Add the birth date.');
    expect(screen.getByRole('region', { name: 'Patient' })).toBeDefined();
    expect(main.inputsOf('workspace.raiseShell')).toEqual([]);
  });
});

describe('the list', () => {
  async function found(found_ = lookAlikes, more: Partial<PatientSearchResult> = {}) {
    main.answer('patient.search', result(found_, more));
    const user = await open();
    await user.keyboard('TESTPATIENT 01-Jan-1950{Enter}');
    return { user, options: within(await list()).getAllByRole('option') };
  }
  const wordsOf = (element: HTMLElement | undefined): string => (element?.textContent ?? '').replace(/\s+/g, ' ');

  test('has one option per patient with everything that tells two apart', async () => {
    const { options } = await found();
    expect(options).toHaveLength(lookAlikes.length);
    expect(wordsOf(options.at(0))).toMatch(/^TESTPATIENT.*Born Not known Gender Not known NHS No\. Not known/);
    expect(wordsOf(options.at(2))).toContain(
      'TESTPATIENT, Alma Rose (Ms) Born 01-Jan-1950 (76y) Gender Female NHS No. 999 000 0018 Hospital number 0012345',
    );
  });

  test('says how many, how they were searched, how they are sorted and when they were fetched', async () => {
    await found(lookAlikes, { truncated: true });
    expect(screen.getByText('5 patients, as at 14:03:22').closest('[role=status]')).not.toBeNull();
    expect(screen.getByText(/Name and birth date “TESTPATIENT 01-Jan-1950”, sorted by name/)).toBeDefined();
    expect(screen.getByText(/More patients match than are shown/)).toBeDefined();
  });

  test('warns in words of patients who are easily confused', async () => {
    const { options } = await found();
    expect(options.filter((option) => wordsOf(option).includes('same name and birth date'))).toHaveLength(2);
    expect(options.filter((option) => wordsOf(option).includes('a similar name'))).toHaveLength(1);
    expect(options.filter((option) => option.querySelector('.look-alike svg'))).toHaveLength(3);
  });

  test('marks who has died', async () => {
    const { options } = await found();
    const dead = options.filter((option) => option.classList.contains('deceased'));
    expect(dead.map(wordsOf)).toEqual([expect.stringContaining('Died 03-Feb-2026, age at death 77y')]);
  });

  test('does not let a merged record be chosen, and says why', async () => {
    const { user, options } = await found();
    const merged = options.filter((option) => option.getAttribute('aria-disabled') === 'true');
    expect(merged.map(wordsOf)).toEqual([expect.stringContaining('Merged into another record')]);
    for (const option of merged) await user.click(option);
    expect(main.inputsOf('patient.select')).toEqual([]);
  });

  test('hides the patient banner and the pages as long as it shows', async () => {
    const { user } = await found();
    expect(document.querySelector('.stage-work')?.classList.contains('is-hidden')).toBe(true);
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }]);
    await user.keyboard('{Escape}');
    expect(document.querySelector('.stage-work')?.classList.contains('is-hidden')).toBe(false);
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }, { raised: false }]);
  });

  test('is walked with the arrow keys, from the searchbox and back', async () => {
    const { user, options } = await found([...lookAlikes].filter(({ replacedBy }) => replacedBy === null));
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(options[0]);
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(options[1]);
    await user.keyboard('{ArrowUp}{ArrowUp}');
    expect(document.activeElement).toBe(searchbox());
    expect(await list()).toBeDefined();
  });

  test('Enter chooses, and the keyboard goes on at the active tab', async () => {
    const { user } = await found([{ patient: deceased, lookAlikes: [], replacedBy: null }]);
    main.answer('workspace.get', ok({ ...workspace, epoch: 2, patient: deceased }));
    await user.keyboard('{ArrowDown}{Enter}');
    expect(main.inputsOf('patient.select')).toEqual([{ patientId: 'p2' }]);
    await waitFor(() => {
      expect(screen.getByRole('region', { name: 'Patient' }).textContent).toContain('Almar');
    });
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(searchbox().value).toBe('');
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByRole('tab', { selected: true }));
    });
  });

  test('stays with the reason when a choice is refused', async () => {
    main.answer('patient.select', { ok: false, code: 'audit-unavailable', message: 'Nothing can be recorded.' });
    const { user, options } = await found();
    await user.click(options[0] ?? document.body);
    expect((await screen.findByRole('alert')).textContent).toContain('Nothing can be recorded.');
    expect(await list()).toBeDefined();
  });

  test('of two choices the newer one decides', async () => {
    const slow = deferred<Reply<void>>();
    const refused = { ok: false, code: 'unknown-patient', message: 'Search again.' } as const;
    main.answer('patient.select', ({ patientId }) => (patientId === 'p1' ? slow.promise : refused));
    const { user } = await found([
      { patient, lookAlikes: [], replacedBy: null },
      { patient: deceased, lookAlikes: [], replacedBy: null },
    ]);
    await user.click(screen.getByRole('option', { name: /Alma Rose/ }));
    expect(screen.getByText('Opening the patient in every system …')).toBeDefined();
    await user.click(screen.getByRole('option', { name: /Almar/ }));
    expect((await screen.findByRole('alert')).textContent).toContain('Search again.');
    await act(async () => {
      slow.resolve(ok(undefined));
    });
    expect(screen.getByRole('alert').textContent).toContain('Search again.');
    expect(await list()).toBeDefined();
  });

  test('is fetched again by Refresh', async () => {
    const { user } = await found();
    await user.click(screen.getByRole('button', { name: 'Refresh' }));
    expect(searches()).toHaveLength(2);
  });
});

describe('a search that does not end in a list', () => {
  const failing = async (reply: Reply<PatientSearchResult>) => {
    main.answer('patient.search', reply);
    const user = await open();
    await user.keyboard('9990000018{Enter}');
    return user;
  };

  test('finds nobody, and says what to try', async () => {
    await failing(result([], { readAs: 'nhs-number' }));
    expect(await screen.findByText('Nobody was found')).toBeDefined();
    expect(screen.getByText(/Compare the number with the wristband/)).toBeDefined();
  });

  test.each([
    ['search-unreadable', /family name and birth date/],
    ['search-timeout', /call IT support/],
    ['search-unavailable', /a patient already chosen stays chosen/],
    ['internal', /tell them these words/],
  ] as const)('fails with %s, and says what to do next', async (code, next) => {
    await failing({ ok: false, code, message: 'This is what happened.' });
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('This is what happened.');
    expect(alert.textContent).toMatch(next);
    expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined();
  });

  test('is cancelled', async () => {
    const answer = deferred<Reply<PatientSearchResult>>();
    main.answer('patient.search', () => answer.promise);
    main.answer('patient.cancelSearch', () => {
      answer.resolve({ ok: false, code: 'search-cancelled', message: 'Cancelled.' });
      return ok(undefined);
    });
    const user = await open();
    await user.keyboard('9990000018{Enter}');
    await user.click(await screen.findByRole('button', { name: 'Cancel' }));
    expect(await screen.findByText('Search cancelled')).toBeDefined();
  });

  test('is closed by Escape, cancelled in main, and its late answer is dropped', async () => {
    const answer = deferred<Reply<PatientSearchResult>>();
    main.answer('patient.search', () => answer.promise);
    const user = await open();
    await user.keyboard('9990000018{Enter}{Escape}');
    expect(main.inputsOf('patient.cancelSearch')).toHaveLength(1);
    await act(async () => {
      answer.resolve(result(lookAlikes));
    });
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(document.activeElement).toBe(searchbox());
    await user.keyboard('{Escape}');
    expect(searchbox().value).toBe('');
  });

  test('is overtaken by the next one', async () => {
    const slow = deferred<Reply<PatientSearchResult>>();
    main.answer('patient.search', ({ text }) =>
      text === 'RM1' ? slow.promise : result([{ patient: deceased, lookAlikes: [], replacedBy: null }]),
    );
    const user = await open();
    await user.keyboard('RM1{Enter}2{Enter}');
    await list();
    await act(async () => {
      slow.resolve(result(lookAlikes));
    });
    expect(screen.getAllByRole('option')).toHaveLength(1);
  });

  test('begun by a pause shows itself only when it takes long', async () => {
    await open();
    vi.useFakeTimers();
    type('RM1');
    pass(500);
    expect(screen.queryByText('Searching …')).toBeNull();
    pass(250);
    expect(screen.getByText('Searching …')).toBeDefined();
  });
});
