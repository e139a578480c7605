// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoverCard, LinkState, type Patient, type WorkspaceState } from '../../preload/contract.js';
import { Shell } from '../../renderer/Shell.js';
import { createShellStore, type ShellStore } from '../../renderer/store/shellStore.js';
import { describeChange } from '../../renderer/workspace/Announcer.js';
import {
  cover,
  coveredBy,
  deceased,
  everyLinkState,
  facts,
  heldChange,
  nobody,
  signedIn,
  twoPatients,
  unknown,
  workspace,
} from '../screens/population.js';
import { FakeMain, ok } from './rendererFakeMain.js';

let main: FakeMain;
let store: ShellStore;
beforeEach(() => {
  main = new FakeMain();
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
const banner = (): HTMLElement => screen.getByRole('region', { name: 'Patient' });
const withPatient = (one: Patient | null): WorkspaceState => ({ ...workspace, patient: one });
const wordsOf = (element: HTMLElement): string => element.textContent.replace(/\s+/g, ' ');

describe('the header', () => {
  test('the keyboard begins at the searchbox, and F6 goes into the page from anywhere', async () => {
    const user = await open();
    expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Find a patient' }));
    await user.keyboard('{F6}');
    act(() => {
      screen.getByRole('searchbox', { name: 'Find a patient' }).blur();
    });
    await user.keyboard('{F6}');
    expect(main.inputsOf('workspace.focusPage')).toHaveLength(2);
  });

  test('always says who is signed in, with their role', async () => {
    await open();
    expect(wordsOf(screen.getByRole('group', { name: 'Signed in' }))).toContain('Test CLINICIAN Clinician');
  });

  describe('with work that is not saved', () => {
    const ask = async () => {
      main.answer('session.unsavedWork', ok({ systems: [{ systemId: 'pacs', title: 'Images' }] }));
      const user = await open();
      await user.click(screen.getByRole('button', { name: 'Sign out' }));
      const question = await screen.findByRole('alertdialog', { name: 'Sign out and lose what is not saved?' });
      return { user, question };
    };

    test('says where it is, and starts at the way back to it', async () => {
      const { user, question } = await ask();
      expect(question.textContent).toContain('There is work that is not saved in Images.');
      expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Go to Images' }));
      await user.keyboard('{Enter}');
      expect(main.inputsOf('workspace.activate')).toEqual([{ tabId: 'pacs' }]);
      expect(main.inputsOf('session.signOut')).toEqual([]);
      expect(screen.queryByRole('alertdialog')).toBeNull();
    });

    test.each(['{Escape}', 'Stay signed in'])('%s changes nothing', async (way) => {
      const { user } = await ask();
      if (way === '{Escape}') await user.keyboard(way);
      else await user.click(screen.getByRole('button', { name: way }));
      expect(main.inputsOf('session.signOut')).toEqual([]);
      expect(screen.queryByRole('alertdialog')).toBeNull();
    });

    test('signs out when told to', async () => {
      const { user } = await ask();
      await user.click(screen.getByRole('button', { name: 'Sign out without saving' }));
      expect(main.inputsOf('session.signOut')).toHaveLength(1);
    });

    test('signs out when nobody can say', async () => {
      main.answer('session.unsavedWork', { ok: false, code: 'internal', message: 'no' });
      const user = await open();
      await user.click(screen.getByRole('button', { name: 'Sign out' }));
      await waitFor(() => {
        expect(main.inputsOf('session.signOut')).toHaveLength(1);
      });
    });
  });

  test('signs out at once, and shows that it is being done', async () => {
    const user = await open();
    await user.click(screen.getByRole('button', { name: 'Sign out' }));
    await waitFor(() => {
      expect(main.inputsOf('session.signOut')).toHaveLength(1);
    });
    act(() => {
      main.announce('session.changed', { status: 'signing-out' });
    });
    expect(screen.getByRole('heading', { name: 'Signing out' })).toBeDefined();
    expect(document.body.textContent).not.toContain('TESTPATIENT');
  });
});

describe('the patient banner', () => {
  test('has name, birth, gender and NHS number in this order, without colons', async () => {
    await open();
    expect(wordsOf(banner())).toMatch(
      /^TESTPATIENT, Alma Rose \(Ms\)Born 01-Jan-1950 \(76y\)Gender FemaleNHS No\. 999 000 0018/,
    );
    expect(banner().textContent).not.toContain(':');
  });

  test('says what is not known in words', async () => {
    await open(withPatient(unknown));
    expect(wordsOf(banner())).toContain('UNKNOWNBorn Not knownGender Not knownNHS No. Not known');
    expect(banner().textContent).not.toContain('?');
  });

  test('of somebody who died shows the death, and looks different', async () => {
    await open(withPatient(deceased));
    expect(wordsOf(banner())).toContain('Died 03-Feb-2026Age at death 77yGender Male');
    expect(wordsOf(banner())).toContain('Preferred name Al');
    expect(banner().classList.contains('deceased')).toBe(true);
  });

  test('is neutral before anybody is chosen', async () => {
    await open(nobody);
    expect(banner().textContent).toBe('No patient chosen');
  });

  test('closes the patient and goes on at the searchbox', async () => {
    const user = await open();
    await user.click(within(banner()).getByRole('button', { name: 'Close patient' }));
    expect(main.inputsOf('patient.close')).toHaveLength(1);
    expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: 'Find a patient' }));
  });
});

describe('the systems', () => {
  test.each(LinkState.options)('a tab is called by its title and described by its link state: %s', async (link) => {
    await open({ ...workspace, tabs: everyLinkState });
    const one = everyLinkState.find((candidate) => candidate.link === link);
    const tab = screen.getByRole('tab', { name: one?.title ?? '' });
    const described = (tab.getAttribute('aria-describedby') ?? '').split(' ');
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual([link]);
  });

  test('no two link states have the same sign', async () => {
    await open({ ...workspace, tabs: everyLinkState });
    const signs = screen.getAllByRole('tab').map((tab) => tab.querySelector('svg')?.innerHTML);
    expect(new Set(signs).size).toBe(LinkState.options.length);
  });

  test('the arrow keys move between the tabs of the list "Systems"', async () => {
    const user = await open();
    expect(screen.getByRole('tablist', { name: 'Systems' })).toBeDefined();
    act(() => {
      screen.getByRole('tab', { name: 'Patient record' }).focus();
    });
    await user.keyboard('{ArrowRight}');
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: 'Images' }));
    expect(main.inputsOf('workspace.activate')).toEqual([{ tabId: 'pacs' }]);
  });

  test('shows as active only what main says is active', async () => {
    const user = await open();
    await user.click(screen.getByRole('tab', { name: 'Images' }));
    expect(screen.getByRole('tab', { selected: true })).toBe(screen.getByRole('tab', { name: 'Patient record' }));
    announce({ ...workspace, tabs: workspace.tabs.map((tab) => ({ ...tab, active: tab.id === 'pacs' })) });
    expect(screen.getByRole('tab', { selected: true })).toBe(screen.getByRole('tab', { name: 'Images' }));
    expect(main.inputsOf('workspace.activate')).toHaveLength(1);
  });

  test.each(['{Enter}', '{F6}'])('%s on the active tab goes into its page', async (key) => {
    const user = await open();
    act(() => {
      screen.getByRole('tab', { name: 'Patient record' }).focus();
    });
    await user.keyboard(key);
    expect(main.inputsOf('workspace.focusPage')).toHaveLength(1);
  });

  test.each(['{Enter}', '{F6}'])('%s does not go into a covered page', async (key) => {
    const user = await open(coveredBy('Changing', cover('loading', 'Opening …', '')));
    act(() => {
      screen.getByRole('tab', { name: 'Patient record' }).focus();
    });
    await user.keyboard(key);
    expect(main.inputsOf('workspace.focusPage')).toEqual([]);
  });

  test('a page that nobody verified carries its warning beside the tabs', async () => {
    await open({ ...workspace, tabs: everyLinkState });
    expect(screen.getByText(/^Lanyard cannot read which patient ECG shows/)).toBeDefined();
  });

  test('somebody without a system is told so', async () => {
    await open({ ...workspace, tabs: [] });
    expect(screen.getByText(/Your roles open no system here/)).toBeDefined();
    expect(screen.queryByRole('tablist')).toBeNull();
  });
});

describe('a covered page', () => {
  const signedOutCard = cover('signed-out', 'It is signed out', 'It asks for a password.', [
    'retry',
    'show-sign-in-page',
  ]);

  test('says what happened and why', async () => {
    await open(coveredBy('Signed out', signedOutCard));
    const region = screen.getByRole('region', { name: 'Covered' });
    expect(within(region).getByRole('heading', { name: 'It is signed out' })).toBeDefined();
    expect(region.textContent).toContain('It asks for a password.');
  });

  test('offers exactly what can be done', async () => {
    const user = await open(coveredBy('Signed out', signedOutCard));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await user.click(screen.getByRole('button', { name: 'Show its sign-in page' }));
    expect(main.inputsOf('workspace.retry')).toEqual([{ tabId: 'epr' }]);
    expect(main.inputsOf('workspace.showSignInPage')).toEqual([{ tabId: 'epr' }]);
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: 'Patient record' }));
    announce(coveredBy('Not checked', cover('audit-unavailable', 'Nothing can be recorded', 'Call IT.')));
    expect(within(screen.getByRole('region', { name: 'Covered' })).queryAllByRole('button')).toEqual([]);
  });

  test('is gone when the page shows', async () => {
    await open(coveredBy('Changing', cover('loading', 'Opening …', '')));
    announce(workspace);
    expect(screen.queryByRole('region', { name: 'Covered' })).toBeNull();
  });
});

describe('what is said aloud', () => {
  test('the active tab changed its link state', () => {
    const after = coveredBy('Different patient', cover('different-patient', 'Another patient', 'It was covered.'));
    expect(describeChange(workspace, after)).toBe(
      'Patient record: Different patient. Another patient. It was covered.',
    );
    expect(describeChange(after, workspace)).toBe('Patient record: In step.');
  });

  test('another patient was chosen', () => {
    expect(describeChange(workspace, withPatient(deceased))).toBe('Patient TESTPATIENT, Almar (Mr).');
    expect(describeChange(workspace, withPatient(null))).toBe('No patient chosen.');
  });

  test('nothing when another tab changes, or another tab becomes active', () => {
    const [first, second, ...rest] = workspace.tabs;
    if (first === undefined || second === undefined) throw new Error('the population has two tabs');
    const elsewhere = { ...workspace, tabs: [first, { ...second, link: 'Unlinked' as const }, ...rest] };
    expect(describeChange(workspace, elsewhere)).toBeNull();
    const switched = { ...workspace, tabs: [{ ...first, active: false }, { ...second, active: true }, ...rest] };
    expect(describeChange(workspace, switched)).toBeNull();
  });

  test('reaches the polite live region', async () => {
    await open();
    announce(coveredBy('Unlinked', cover('silent', 'No word', 'It shows nobody.')));
    expect(document.querySelector('[aria-live=polite]')?.textContent).toBe(
      'Patient record: Unlinked. No word. It shows nobody.',
    );
  });
});

describe('a page that wants to open something outside', () => {
  const asking: WorkspaceState = {
    ...workspace,
    outsideLink: { id: 'l1', systemTitle: 'Results', host: 'nice.org.uk', address: 'https://nice.org.uk/ng28' },
  };

  test('is asked about above every page', async () => {
    await open();
    announce(asking);
    const question = screen.getByRole('alertdialog', { name: 'Open nice.org.uk in your browser?' });
    expect(question.textContent).toContain('https://nice.org.uk/ng28');
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }]);
    announce(workspace);
    expect(main.inputsOf('workspace.raiseShell')).toEqual([{ raised: true }, { raised: false }]);
  });

  test.each([
    ['{Escape}', false],
    ['{Enter}', false],
    ['{Tab}{Enter}', true],
  ])('%s answers %s', async (keys, opens) => {
    const user = await open(asking);
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Stay here' }));
    await user.keyboard(keys);
    expect(main.inputsOf('workspace.answerOutsideLink')).toEqual([{ id: 'l1', open: opens }]);
  });
});

describe('signing on to the systems', () => {
  const card = (kind: CoverCard['kind'], ...actions: CoverCard['actions']): WorkspaceState =>
    coveredBy('Signed out', cover(kind, 'The title', 'The reason.', actions));

  test('while it is being done the card shows progress, and says nothing aloud that passes by itself', async () => {
    await open(workspace);
    announce(coveredBy('Changing', cover('signing-on', 'Signing you in …', 'This takes a few seconds.')));
    const region = screen.getByRole('region', { name: 'Covered' });
    expect(region.querySelector('.progress')).not.toBeNull();
    expect(document.querySelector('[aria-live=polite]')?.textContent).toBe('Patient record: Changing.');
  });

  test.each([
    ['sign-in-needed', 'calm'],
    ['sign-in-changed', 'attention'],
    ['signing-on', 'calm'],
  ] as const)('%s looks %s', async (kind, tone) => {
    await open(card(kind));
    expect(screen.getByRole('region', { name: 'Covered' }).classList.contains(tone)).toBe(true);
  });

  test('learns from the clinician only when told to', async () => {
    const user = await open(card('sign-in-changed', 'learn-sign-in', 'show-sign-in-page', 'retry'));
    expect(screen.queryByRole('form')).toBeNull();
    const learn = screen.getByRole('button', { name: 'Sign in and let Lanyard learn' });
    expect(document.querySelectorAll('.covered .primary')).toHaveLength(1);
    expect(learn.classList.contains('primary')).toBe(true);
    await user.click(learn);
    expect(main.inputsOf('signOn.learn')).toEqual([{ tabId: 'epr' }]);
    expect(main.inputsOf('workspace.showSignInPage')).toEqual([]);
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: 'Patient record' }));
  });
});

test('a refusal by main is shown, and dismissed', async () => {
  main.answer('workspace.activate', { ok: false, code: 'internal', message: 'Something went wrong (4f2a).' });
  const user = await open();
  await user.click(screen.getByRole('tab', { name: 'Images' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Something went wrong (4f2a).');
  await user.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByRole('alert')).toBeNull();
});

describe('a change that waits', () => {
  const question = (): HTMLElement => screen.getByRole('alertdialog');

  test('says who is wanted, who objects and why; the keyboard begins at the answer that changes nothing', async () => {
    await open(heldChange);
    expect(wordsOf(question())).toMatch(/Not changed yet to TESTPATIENT, Brian/);
    expect(wordsOf(question())).toMatch(/Patient record has work that is not saved\. .*Images does not answer/);
    expect(document.activeElement).toBe(within(question()).getByRole('button', { name: 'Cancel' }));
  });

  test('offers nothing that is not allowed', async () => {
    await open(heldChange);
    expect(within(question()).queryByRole('button', { name: 'Continue' })).toBeNull();
    const held = heldChange.changeQuestion;
    if (!held) throw new Error('there is no question');
    announce({ ...heldChange, changeQuestion: { ...held, id: 'q2', mayContinue: true, mayBreakLink: false } });
    expect(within(question()).queryByRole('button', { name: 'Continue' })).not.toBeNull();
    expect(within(question()).queryByRole('button', { name: 'Break link' })).toBeNull();
    announce(workspace);
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  test('names other programs with their own words; they cannot be gone to, nor stay behind', async () => {
    await open(heldChange);
    const held = heldChange.changeQuestion;
    if (!held) throw new Error('there is no question');
    const objections = [
      { systemId: 'program Dictation', title: 'Dictation', kind: 'refused' as const, reason: 'A letter is open' },
      { systemId: 'program Reports', title: 'Reports', kind: 'silent' as const },
    ];
    const asked = { ...held, id: 'q2', mayContinue: true, mayBreakLink: false, objections };
    announce({ ...heldChange, changeQuestion: asked });
    expect(wordsOf(question())).toMatch(/Dictation does not agree: “A letter is open” ?Reports does not answer, so/);
    expect(wordsOf(question())).toMatch(/goes on by itself as soon as nobody objects/);
    expect(wordsOf(question())).toMatch(/Continue it is told, and may lose what is not saved/);
    expect(within(question()).queryByRole('button', { name: /^Go to/ })).toBeNull();
    announce({
      ...heldChange,
      changeQuestion: { ...asked, id: 'q3', mayBreakLink: true, objections: [...held.objections, ...objections] },
    });
    expect(wordsOf(question())).toMatch(/Break link Patient record and Images stay with/);
    expect(within(question()).getAllByRole('button', { name: /^Go to/ })).toHaveLength(2);
  });

  test('sends the answer with the question it belongs to, and leads to the system', async () => {
    const user = await open(heldChange);
    await user.click(within(question()).getByRole('button', { name: 'Go to Images' }));
    await user.click(within(question()).getByRole('button', { name: 'Break link' }));
    expect(main.inputsOf('workspace.activate')).toEqual([{ tabId: 'pacs' }]);
    expect(main.inputsOf('context.answerChange')).toEqual([{ id: 'q1', answer: 'break-link' }]);
  });
});

describe('two patients', () => {
  test('are told apart by number, and the tab that is not linked by its state', async () => {
    const user = await open(twoPatients);
    expect(wordsOf(screen.getByRole('region', { name: 'Group 2' }))).toMatch(/Group 2.*TESTPATIENT, Brian.*Images/);
    expect(wordsOf(banner())).toContain('Group 1');
    await user.click(screen.getByRole('button', { name: 'Use the shared patient' }));
    await user.click(screen.getByRole('button', { name: 'Use this patient in every tab' }));
    expect(main.inputsOf('context.rejoin')).toEqual([
      { tabId: 'pacs', patient: 'shared' },
      { tabId: 'pacs', patient: 'own' },
    ]);
  });

  test('a link is broken on the tab itself, where there is a patient', async () => {
    const user = await open();
    await user.click(screen.getByRole('button', { name: 'Break link' }));
    expect(main.inputsOf('context.breakLink')).toEqual([{ tabId: 'epr' }]);
    announce({ ...nobody, epoch: 2 });
    expect(screen.queryByRole('button', { name: 'Break link' })).toBeNull();
  });
});

test('the banner says how a record was come by', async () => {
  const notice = 'Record RM1000121 was merged into RM1000129.';
  await open(withPatient({ ...unknown, notice }));
  expect(within(banner()).getByRole('note').textContent).toContain(notice);
});
