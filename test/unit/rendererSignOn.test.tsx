// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallOutput, Reply, StoredSignIns, WorkspaceState } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore, type ShellStore } from '../../renderer/store/shellStore.js';
import { cover, coveredBy, facts, signedIn, signedOut, stored, workspace } from '../screens/population.js';
import { chooseOfAccount, deferred, FakeMain, ok } from './rendererFakeMain.js';

const PASSWORD = 'canary-4Tz!81';
const refusal = { ok: false, code: 'vault-unavailable', message: 'It could not be stored.' } as const;
const signInNeeded = (reason = 'Lanyard does not know it yet.', title = 'Sign in to Patient record'): WorkspaceState =>
  coveredBy('Signed out', cover('sign-in-needed', title, reason, ['enter-sign-in', 'show-sign-in-page']));
const signingOn = coveredBy('Changing', cover('signing-on', 'Signing you in to Patient record …', ''));

let main: FakeMain;
let store: ShellStore;
beforeEach(() => {
  main = new FakeMain().answer('signOn.list', ok({ ...stored, entries: [] }));
});
afterEach(() => {
  cleanup();
  store.dispose();
});

async function open(shown: WorkspaceState = workspace) {
  main.answer('app.get', ok(facts)).answer('session.get', ok(signedIn)).answer('workspace.get', ok(shown));
  store = createShellStore(main);
  render(<Shell store={store} now={() => new Date(2026, 1, 12, 14)} />);
  await store.start();
  await screen.findByRole('button', { name: 'Sign out' });
  await waitFor(() => {
    expect(store.getState().workspace.epoch).toBe(shown.epoch);
  });
  main.asked.length = 0; // what the page asks to begin with
  return userEvent.setup();
}
const announce = (next: WorkspaceState): void => {
  act(() => {
    main.announce('workspace.changed', next);
  });
};
const userName = (): HTMLInputElement => screen.getByRole('textbox', { name: 'User name' });
const password = (): HTMLInputElement => screen.getByLabelText('Password');
const keep = (): HTMLInputElement => screen.getByRole('checkbox', { name: 'Keep it for next time' });
const tab = (): HTMLElement => screen.getByRole('tab', { name: 'Patient record' });

function everythingInThePage(): string {
  const values = [...document.querySelectorAll('input')].map(({ value }) => value);
  return [document.documentElement.outerHTML, ...values, JSON.stringify(store.getState())].join('\n');
}

describe('a system’s sign-in', () => {
  const enter = async (user: ReturnType<typeof userEvent.setup>, typed = PASSWORD): Promise<void> => {
    await user.type(userName(), 'tclinician');
    await user.type(password(), `${typed}{Enter}`);
  };

  test('is asked for in the card, empty, and without taking the keyboard', async () => {
    await open();
    const before = document.activeElement;
    announce(signInNeeded());
    expect(screen.getByRole('heading', { name: 'Sign in to Patient record' })).toBeDefined();
    expect(document.activeElement).toBe(before);
    expect([userName().value, password().value]).toEqual(['', '']);
    for (const field of [userName(), password()]) expect(field.autocomplete).toBe('off');
    expect(password().type).toBe('password');
  });

  test('has a heading of its own below another title', async () => {
    await open(signInNeeded('It will not be tried again.', 'Patient record refused your sign-in'));
    const headings = within(screen.getByRole('region', { name: 'Covered' })).getAllByRole('heading');
    expect(headings.map(({ textContent }) => textContent)).toEqual([
      'Patient record refused your sign-in',
      'Sign in to Patient record',
    ]);
  });

  test('goes to main on Enter, and the password leaves the page at once', async () => {
    main.answer('signOn.enter', () => new Promise(() => undefined));
    const user = await open(signInNeeded());
    await enter(user);
    expect(main.inputsOf('signOn.enter')).toEqual([
      { tabId: 'epr', userName: 'tclinician', password: PASSWORD, remember: true },
    ]);
    expect(everythingInThePage()).not.toContain(PASSWORD);
    expect(document.activeElement).toBe(tab());
    await user.click(screen.getByRole('button', { name: 'Signing in to Patient record …' }));
    expect(main.inputsOf('signOn.enter')).toHaveLength(1);
  });

  test('is for this session only without the tick', async () => {
    const user = await open(signInNeeded());
    await user.click(keep());
    await enter(user);
    expect(main.inputsOf('signOn.enter')).toEqual([expect.objectContaining({ remember: false })]);
  });

  test.each([
    ['userName', 'Enter your user name for Patient record.'],
    ['password', 'Enter your password for Patient record.'],
  ] as const)('says that the %s is missing, and asks main nothing', async (missing, sentence) => {
    const user = await open(signInNeeded());
    if (missing === 'password') await user.type(userName(), 'tclinician');
    await user.click(screen.getByRole('button', { name: 'Sign in to Patient record' }));
    expect(screen.getByRole('alert').textContent).toContain(sentence);
    const field = missing === 'password' ? password() : userName();
    expect(document.activeElement).toBe(field);
    expect(field.getAttribute('aria-describedby')).toBe(screen.getByRole('alert').id);
    expect(main.inputsOf('signOn.enter')).toEqual([]);
  });

  test('a failed call is said, keeps the name, and goes on at a new and empty password', async () => {
    main.answer('signOn.enter', refusal);
    const user = await open(signInNeeded());
    const before = password();
    await enter(user);
    expect((await screen.findByRole('alert')).textContent).toContain('It could not be stored.');
    expect(screen.getAllByRole('alert')).toHaveLength(1);
    expect(userName().value).toBe('tclinician');
    expect(password()).not.toBe(before);
    expect(password().value).toBe('');
    expect(document.activeElement).toBe(password());
    expect(everythingInThePage()).not.toContain(PASSWORD);
  });

  test('a failure that comes after the card is gone is said above the tabs', async () => {
    const late = deferred<Reply<void>>();
    main.answer('signOn.enter', () => late.promise);
    const user = await open(signInNeeded());
    await enter(user);
    announce(signingOn);
    late.resolve(refusal);
    expect((await screen.findByRole('alert')).textContent).toContain('It could not be stored.');
  });

  test('refused by the system, it is asked for again: the name stands, the keyboard is at the password', async () => {
    const user = await open(signInNeeded());
    await enter(user);
    announce(signingOn);
    announce(signInNeeded('Patient record refused your sign-in.'));
    expect(userName().value).toBe('tclinician');
    expect(document.activeElement).toBe(password());
  });

  test('refused without a pause between, the keyboard goes to the password as well', async () => {
    const user = await open(signInNeeded());
    await enter(user);
    announce(signInNeeded('Patient record refused your sign-in.'));
    expect(document.activeElement).toBe(password());
  });

  test('refused while the clinician does something else, it leaves the keyboard alone', async () => {
    const user = await open(signInNeeded());
    await enter(user);
    announce(signingOn);
    const searchbox = screen.getByRole('searchbox', { name: 'Find a patient' });
    await user.click(searchbox);
    announce(signInNeeded('Patient record refused your sign-in.'));
    expect(document.activeElement).toBe(searchbox);
  });

  test('once it let the clinician in, a later question does not take the keyboard', async () => {
    const user = await open(signInNeeded());
    await enter(user);
    announce(signingOn);
    announce(workspace);
    announce(signInNeeded());
    expect(document.activeElement).toBe(tab());
  });

  test('that goes away under the keyboard leaves it at the tab', async () => {
    const user = await open(signInNeeded());
    await user.click(userName());
    announce(workspace);
    expect(document.activeElement).toBe(tab());
  });

  test('a half-typed password does not outlive its card', async () => {
    const user = await open(signInNeeded());
    await user.type(password(), PASSWORD);
    announce(coveredBy('Changing', cover('loading', 'Opening …', '')));
    announce(signInNeeded());
    expect(everythingInThePage()).not.toContain(PASSWORD);
  });

  test('the password shows only while told to, and the keyboard stays with it', async () => {
    const user = await open(signInNeeded());
    await user.type(password(), 'abc');
    await user.click(screen.getByRole('button', { name: 'Show password' }));
    expect(password().type).toBe('text');
    expect(password().autocomplete).toBe('off');
    expect(document.activeElement).toBe(password());
    await user.click(screen.getByRole('button', { name: 'Hide password' }));
    expect(password().type).toBe('password');
  });

  test('the name that was stored stands there; a name that was typed stays', async () => {
    const late = deferred<Reply<CallOutput<'signOn.list'>>>();
    main.answer('signOn.list', () => late.promise);
    const user = await open(signInNeeded());
    await user.type(userName(), 'typed');
    await user.click(password());
    await act(async () => {
      late.resolve(ok(stored));
      await late.promise;
    });
    expect(userName().value).toBe('typed');
    announce(coveredBy('Changing', cover('loading', 'Opening …', '')));
    announce(signInNeeded());
    await waitFor(() => {
      expect(userName().value).toBe('test.clinician@ward.example.nhs');
    });
    expect(password().value).toBe('');
  });

  test.each([
    ['memory', /memory only, until you sign out/],
    ['keychain', /keychain of your own account/],
    ['roaming-file', /sealed with your password/],
  ] as const)('says where it is kept: %s', async (kind, words) => {
    main.answer('signOn.list', ok({ ...stored, kind }));
    await open(signInNeeded());
    const described = (await screen.findByText(words)).id;
    expect(keep().getAttribute('aria-describedby')).toBe(described);
    expect(keep().checked).toBe(true);
  });

  test.each<[string, Reply<StoredSignIns>, RegExp]>([
    ['closed', ok({ ...stored, status: 'closed', explanation: 'There is no keyring.' }), /There is no keyring/],
    ['old password', ok({ ...stored, status: 'old-password-needed' }), /was changed elsewhere/],
    ['failed', refusal, /It could not be stored/],
  ])('cannot be kept where there is no place for it: %s', async (_name, answer, words) => {
    main.answer('signOn.list', answer);
    const user = await open(signInNeeded());
    await screen.findByText(words);
    expect(keep().checked).toBe(false);
    expect(keep().disabled).toBe(true);
    await enter(user);
    expect(main.inputsOf('signOn.enter')).toEqual([expect.objectContaining({ remember: false })]);
  });
});

describe('the stored sign-ins', () => {
  const list = async (answer: Reply<StoredSignIns>) => {
    main.answer('signOn.list', answer);
    const user = await open();
    await chooseOfAccount(user, 'Stored sign-ins');
    await screen.findByRole('dialog', { name: 'Stored sign-ins' });
    return user;
  };
  const rows = (): string[] =>
    within(screen.getByRole('table', { name: 'Stored sign-ins' }))
      .getAllByRole('row')
      .slice(1)
      .map(({ textContent }) => textContent);

  test('are listed above every page, with what is known of each in words', async () => {
    await list(ok(stored));
    await screen.findByRole('table', { name: 'Stored sign-ins' });
    expect(rows()).toEqual([
      expect.stringMatching(/^Patient recordtest\.clinician@ward\.example\.nhs20-Jan-2026Ready/),
      expect.stringMatching(/^Imagestclinician03-Nov-2025Refused: enter it again/),
      expect.stringMatching(/^Shared care recordTCLIN0112-Feb-2026Not confirmed/),
    ]);
    expect(screen.getByText('Nothing is stored for Results.')).toBeDefined();
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }]);
  });

  test.each(['{Escape}', 'Close'])('%s closes them, lowers the shell and gives the keyboard back', async (way) => {
    const user = await list(ok(stored));
    if (way === 'Close') await user.click(screen.getByRole('button', { name: 'Close' }));
    else await user.keyboard(way);
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }, { raised: false }]);
    await waitFor(() => {
      expect(document.activeElement).toBe(screen.getByRole('button', { name: /Your account/ }));
    });
  });

  test('F6 does not go into a page below them', async () => {
    const user = await list(ok(stored));
    await user.keyboard('{F6}');
    expect(main.inputsOf('workspace.focusPage')).toEqual([]);
  });

  test('one is removed only after a question that begins at "Keep it"', async () => {
    const user = await list(ok(stored));
    await user.click(await screen.findByRole('button', { name: 'Remove sign-in to Images' }));
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Keep it' }));
    await user.keyboard('{Enter}');
    await user.click(screen.getByRole('button', { name: 'Remove sign-in to Images' }));
    await user.keyboard('{Escape}');
    expect(screen.getByRole('dialog')).toBeDefined();
    expect(main.inputsOf('signOn.remove')).toEqual([]);

    await user.click(screen.getByRole('button', { name: 'Remove sign-in to Images' }));
    main.answer('signOn.remove', () => {
      main.answer(
        'signOn.list',
        ok({ ...stored, entries: stored.entries.filter(({ systemId }) => systemId !== 'pacs') }),
      );
      return ok(undefined);
    });
    await user.click(screen.getByRole('button', { name: 'Remove it' }));
    expect(await screen.findByText('Your sign-in to Images was removed.')).toBeDefined();
    expect(main.inputsOf('signOn.remove')).toEqual([{ systemId: 'pacs' }]);
    expect(rows().join(' ')).not.toContain('Images');
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Close' }));
  });

  const withImages = (state: 'usable' | 'refused' | 'unconfirmed') =>
    ok({
      ...stored,
      entries: stored.entries.map((entry) => (entry.systemId === 'pacs' ? { ...entry, state } : entry)),
    });

  test('are asked for again while they are shown, when a system signs on or refuses', async () => {
    await list(withImages('usable'));
    await waitFor(() => {
      expect(rows()[1]).toContain('2025Ready');
    });
    announce(signingOn);
    main.answer('signOn.list', withImages('refused'));
    announce(signInNeeded());
    await waitFor(() => {
      expect(rows()[1]).toMatch(/Refused: enter it again/);
    });
    main.answer('signOn.list', withImages('usable'));
    announce(workspace);
    await waitFor(() => {
      expect(rows()[1]).toContain('2025Ready');
    });
    expect(screen.queryByText('Opening your stored sign-ins …')).toBeNull();
  });

  test('are not asked for again by a change of patient', async () => {
    await list(ok(stored));
    await screen.findByRole('table', { name: 'Stored sign-ins' });
    main.asked.length = 0;
    announce({ ...workspace, epoch: workspace.epoch + 1 });
    announce({ ...coveredBy('Changing', cover('loading', 'Opening …', '')), epoch: workspace.epoch + 2 });
    announce({ ...workspace, epoch: workspace.epoch + 3 });
    expect(main.inputsOf('signOn.list')).toEqual([]);
  });

  test('are left alone once the list is closed', async () => {
    const user = await list(ok(stored));
    await screen.findByRole('table', { name: 'Stored sign-ins' });
    await user.click(screen.getByRole('button', { name: 'Close' }));
    main.asked.length = 0;
    announce(coveredBy('Signed out', cover('failed', 'No', '')));
    announce(signingOn);
    expect(main.inputsOf('signOn.list')).toEqual([]);
  });

  test('what could not be removed is said, and stays', async () => {
    main.answer('signOn.remove', refusal);
    const user = await list(ok(stored));
    await user.click(await screen.findByRole('button', { name: 'Remove sign-in to Images' }));
    await user.click(screen.getByRole('button', { name: 'Remove it' }));
    expect((await screen.findByRole('alert')).textContent).toContain('It could not be stored.');
    expect(rows()).toHaveLength(3);
  });

  test('none are a sentence, not an empty table', async () => {
    await list(ok({ ...stored, entries: [] }));
    expect(await screen.findByText('No sign-in is stored')).toBeDefined();
    expect(screen.queryByRole('table')).toBeNull();
  });

  test('that cannot be opened say why', async () => {
    await list(ok({ ...stored, status: 'closed', explanation: 'This computer has no keyring.', entries: [] }));
    expect(await screen.findByText('This computer has no keyring.')).toBeDefined();
    expect(screen.queryByText('No sign-in is stored')).toBeNull();
  });

  test('that could not be asked for can be asked for again', async () => {
    const user = await list(refusal);
    expect((await screen.findByRole('alert')).textContent).toContain('It could not be stored.');
    main.answer('signOn.list', ok(stored));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('table', { name: 'Stored sign-ins' });
  });

  describe('sealed with an older password', () => {
    const sealed = ok<StoredSignIns>({ ...stored, status: 'old-password-needed', entries: [] });
    const field = (): HTMLInputElement => screen.getByLabelText('Password before the change');

    test('are opened by it, and it leaves the page at once', async () => {
      const answer = deferred<Reply<void>>();
      main.answer('signOn.reopen', () => answer.promise);
      const user = await list(sealed);
      await screen.findByText(/^Your password was changed elsewhere/);
      expect(document.activeElement).toBe(field());
      await user.keyboard(`${PASSWORD}{Enter}`);
      expect(main.inputsOf('signOn.reopen')).toEqual([{ oldPassword: PASSWORD }]);
      expect(everythingInThePage()).not.toContain(PASSWORD);
      main.answer('signOn.list', ok(stored));
      answer.resolve(ok(undefined));
      expect(await screen.findByText('Your stored sign-ins are open again.')).toBeDefined();
      expect(rows()).toHaveLength(3);
    });

    test('a wrong one is refused, and a new and empty field has the keyboard', async () => {
      main.answer('signOn.reopen', refusal);
      const user = await list(sealed);
      await screen.findByLabelText('Password before the change');
      const before = field();
      await user.keyboard(`${PASSWORD}{Enter}`);
      await screen.findByRole('alert');
      await waitFor(() => {
        expect(document.activeElement).toBe(field());
      });
      expect(field()).not.toBe(before);
      expect(field().value).toBe('');
    });

    test('an empty one asks nothing', async () => {
      const user = await list(sealed);
      await user.click(await screen.findByRole('button', { name: 'Open' }));
      expect(main.inputsOf('signOn.reopen')).toEqual([]);
    });

    test('begin again with none only after a question', async () => {
      const user = await list(sealed);
      await user.click(await screen.findByRole('button', { name: 'Start again with none' }));
      expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Go back' }));
      await user.keyboard('{Escape}');
      expect(document.activeElement).toBe(field());
      expect(main.inputsOf('signOn.reopen')).toEqual([]);
      await user.click(screen.getByRole('button', { name: 'Start again with none' }));
      main.answer('signOn.list', ok({ ...stored, entries: [] }));
      await user.click(screen.getByRole('button', { name: 'Start again' }));
      expect(await screen.findByText('No sign-in is stored')).toBeDefined();
      expect(main.inputsOf('signOn.reopen')).toEqual([{ oldPassword: null }]);
    });
  });

  test('are gone with the session', async () => {
    await list(ok(stored));
    act(() => {
      main.announce('session.changed', signedOut);
    });
    await screen.findByLabelText('Password');
    expect(document.body.textContent).not.toContain('TCLIN01');
  });
});

describe('a sign-in that Lanyard has watched', () => {
  const learnt: WorkspaceState = {
    ...workspace,
    learntSignIn: {
      id: 's1',
      systemTitle: 'Results',
      userName: 'tclinician',
      origin: 'https://results.ward.example.nhs:8443',
    },
  };

  test('is asked about above every page, with name, address and place', async () => {
    await open();
    announce(learnt);
    const question = screen.getByRole('alertdialog', { name: 'Keep your sign-in to Results?' });
    expect(question.textContent).toContain('Lanyard saw you sign in to Results as tclinician at');
    expect(question.textContent).toContain('https://results.ward.example.nhs:8443');
    expect(await within(question).findByText(/sealed with your password/)).toBeDefined();
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }]);
    announce(workspace);
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }, { raised: false }]);
  });

  test.each([
    ['{Escape}', false],
    ['{Enter}', false],
    ['{Tab}{Enter}', true],
  ])('%s answers %s', async (keys, keeps) => {
    const user = await open(learnt);
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Don’t keep' }));
    await user.keyboard(keys);
    expect(main.inputsOf('signOn.answerLearnt')).toEqual([{ id: 's1', keep: keeps }]);
  });

  test('an answer that could not be taken is said in the question', async () => {
    main.answer('signOn.answerLearnt', refusal).answer('workspace.activate', {
      ok: false,
      code: 'internal',
      message: 'Something older went wrong.',
    });
    const user = await open();
    await user.click(screen.getByRole('tab', { name: 'Images' }));
    await screen.findByRole('alert');
    announce(learnt);
    const question = screen.getByRole('alertdialog');
    expect(within(question).queryByRole('alert')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Keep' }));
    expect((await within(question).findByRole('alert')).textContent).toContain('It could not be stored.');
  });

  test('waits until the list of stored sign-ins and a link outside are done with', async () => {
    const user = await open();
    await chooseOfAccount(user, 'Stored sign-ins');
    announce(learnt);
    expect(screen.queryByRole('alertdialog')).toBeNull();
    await user.keyboard('{Escape}');
    expect(await screen.findByRole('alertdialog', { name: 'Keep your sign-in to Results?' })).toBeDefined();
    announce({
      ...learnt,
      outsideLink: { id: 'l1', systemTitle: 'Results', host: 'nice.org.uk', address: 'https://nice.org.uk/' },
    });
    expect(screen.getAllByRole('alertdialog')).toHaveLength(1);
    expect(main.inputsOf('workspace.raiseShell').at(-1)).toEqual({ raised: true });
  });
});

describe('checking sign-ins', () => {
  const openChecks = async () => {
    const user = await open();
    await chooseOfAccount(user, 'Stored sign-ins');
    return { user, button: await screen.findByRole('button', { name: 'Check every sign-in' }) };
  };
  const finding = (status: 'good' | 'bad', message: string, remedy: string | null = null) => ({
    check: 'provider',
    status,
    message,
    remedy,
  });

  test('asks main once while it runs, and then says what was found and what to do', async () => {
    const answer = deferred<Reply<CallOutput<'signOn.check'>>>();
    main.answer('signOn.check', () => answer.promise);
    const { user, button } = await openChecks();
    expect(main.inputsOf('signOn.check')).toEqual([]);
    await user.click(button);
    await user.click(button);
    expect(main.inputsOf('signOn.check')).toHaveLength(1);
    expect(screen.getByText('Checking every sign-in …').getAttribute('role')).toBe('status');
    answer.resolve(
      ok([
        { systemId: 'epr', systemTitle: 'Patient record', method: 'oidc', findings: [finding('good', 'It answers.')] },
        { systemId: 'pacs', systemTitle: 'Images', method: 'saml', findings: [finding('bad', 'It is away.', 'Wait.')] },
      ]),
    );
    const table = within(await screen.findByRole('table', { name: 'Sign-in checks' }));
    const rows = table.getAllByRole('row').map(({ children }) => [...children].map(({ textContent }) => textContent));
    expect(rows.slice(1)).toEqual([
      ['Patient record', 'Good', 'It answers.', 'Nothing'],
      ['Images', 'Does not work', 'It is away.', 'Wait.'],
    ]);
    expect(screen.getByText('Checked. 1 of 2 systems would not be signed in to.')).toBeDefined();
  });

  test('says a failure, and that there is nothing to check', async () => {
    main.answer('signOn.check', refusal);
    const { user, button } = await openChecks();
    await user.click(button);
    expect((await screen.findByRole('alert')).textContent).toContain(refusal.message);
    main.answer('signOn.check', ok([]));
    await user.click(button);
    expect(await screen.findByText('There is no sign-in to check.')).toBeDefined();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.queryByRole('table', { name: 'Sign-in checks' })).toBeNull();
  });
});
