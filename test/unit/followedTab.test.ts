import { beforeEach, describe, expect, test } from 'vitest';
import type { Connector, ConnectorTools, Launch } from '../../main/connectors/connector.js';
import { FollowedTab, type FollowedSystem, type TabSignOn } from '../../main/context/followedTab.js';
import type { RecordableEvent, ShownIdentity } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { ShownPlace } from '../../main/domain/shownIdentity.js';
import type { Patient } from '../../preload/contract.js';
import { amara, brian } from './people.js';
import { HandClock } from './handClock.js';
import { HandView } from './handView.js';

const system: FollowedSystem = {
  id: 'epr',
  title: 'Patient record',
  url: 'https://epr.test/',
  origins: ['https://epr.test'],
  context: { launch: { kind: 'none' } },
  canBeReadBack: true,
  readsLoadedIdentity: false,
  mayLead: false,
  loadTimeout: 20_000,
  verifyTimeout: 10_000,
};

let order: string[];
let recorded: RecordableEvent[];
let led: ShownIdentity[];
let judged: [string | null, number][];
let auditWorks: boolean;
let clock: HandClock;
let view: HandView;
let tab: FollowedTab;
let bannerDrawn: () => Promise<boolean>;
let signOn: TabSignOn | null;
let launchAnswer: (patient: Patient, tools: ConnectorTools, signal: AbortSignal) => Promise<Launch>;

const connector: Connector = {
  kind: 'test',
  permissions: [],
  originPolicy: ({ origins }) => ({ origins }),
  startAddress: ({ url }) => new URL(url),
  launch: (_system, patient, tools, signal) => launchAnswer(patient, tools, signal),
};

beforeEach(() => {
  order = [];
  recorded = [];
  led = [];
  judged = [];
  auditWorks = true;
  clock = new HandClock();
  signOn = null;
  view = new HandView();
  view.onShown = (shown) => order.push(shown ? 'on' : 'off');
  bannerDrawn = () => Promise.resolve(true);
  launchAnswer = async (patient) => ({ kind: 'address', address: new URL(`https://epr.test/${patient.id}`) });
  tab = tabOf(system);
  tab.setOnScreen(true, 'page-changed');
});

function tabOf(of: FollowedSystem, by: Connector = connector): FollowedTab {
  return new FollowedTab(of, by, view, {
    clock,
    audit: {
      record: (event) => {
        if (!auditWorks) throw new LanyardError('audit-unavailable', 'the audit trail cannot be written');
        order.push(event.type);
        recorded.push(event);
      },
    },
    isAuditHealthy: () => auditWorks,
    signOn,
    mayTeach: false,
    authorities: [{ authority: 'rm3' }],
    bannerDrawn: () => bannerDrawn(),
    changed: () => undefined,
    lead: (shown) => led.push(shown),
    judged: (verdict, epoch) => judged.push([verdict?.kind ?? null, epoch]),
    report: (error) => {
      throw error;
    },
  });
}

/** Lets everything that waits on promises go on. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

async function bringTo(patient: Patient, epoch = 1): Promise<void> {
  tab.follow(patient, epoch);
  await settle();
  view.commits(`/${patient.id}`);
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(patient);
  await settle();
}

test('covers at once, launches, and shows the page only when it shows the chosen patient', async () => {
  tab.follow(amara, 1);
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  await settle();
  expect(view.loads.at(-1)?.address).toBe('https://epr.test/amara');
  view.commits('/amara');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  view.shows(amara);
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
});

test('records what is displayed before it is displayed, and what was covered after', async () => {
  await bringTo(amara);
  clock.advance(5_000);
  tab.follow(brian, 2);
  expect(order).toEqual(['system.displayed', 'on', 'off', 'system.covered']);
  expect(recorded[0]).toMatchObject({ verified: true, epoch: 1, shown: { nhsNumber: amara.nhsNumber } });
  expect(recorded[1]).toMatchObject({ reason: 'patient-changed', displayedMs: 5_000 });
});

test('a page that still shows the chosen patient from before does not count until the new launch is answered', async () => {
  await bringTo(amara);
  tab.follow(brian, 2);
  tab.follow(amara, 3);
  await settle();
  view.shows(amara);
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
});

test('covers at once when a page that was in step shows somebody else', async () => {
  await bringTo(amara);
  view.shows(brian);
  expect([tab.state.link, view.shown]).toEqual(['Different patient', false]);
});

test('uncovers again when the page returns to the chosen patient', async () => {
  await bringTo(amara);
  view.shows(brian);
  view.shows(amara);
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
});

test('gives a page that draws itself again its time, covered, and then says that it is silent', async () => {
  await bringTo(amara);
  view.shows(null);
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  clock.advance(10_000);
  expect([tab.state.link, tab.state.cover?.kind]).toEqual(['Not checked', 'silent']);
});

test('a leftover of the patient before is "Changing" for a moment and then another patient', async () => {
  tab.follow(amara, 1);
  await settle();
  view.commits('/amara');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(brian);
  expect(tab.state.link).toBe('Changing');
  clock.advance(1_500);
  expect([tab.state.link, view.shown]).toEqual(['Different patient', false]);
});

test('covers a new document until it has shown the patient, although the one before was in step', async () => {
  await bringTo(amara);
  view.commits('/amara/letters');
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  view.shows(amara);
  await settle();
  expect(view.shown).toBe(true);
});

test('a late answer of an older launch changes nothing', async () => {
  const answers: ((launch: Launch) => void)[] = [];
  launchAnswer = () => new Promise((resolve) => answers.push(resolve));
  tab.follow(amara, 1);
  tab.follow(brian, 2);
  answers[0]?.({ kind: 'address', address: new URL('https://epr.test/amara') });
  await settle();
  expect(view.loads).toHaveLength(0);
  answers[1]?.({ kind: 'address', address: new URL('https://epr.test/brian') });
  await settle();
  expect(view.loads.map(({ address }) => address)).toEqual(['https://epr.test/brian']);
});

test('a page that turns to another patient while it is being drawn is never shown', async () => {
  tab.follow(amara, 1);
  await settle();
  view.commits('/amara');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(amara);
  view.shows(brian);
  await settle();
  expect(order).not.toContain('on');
});

describe('covers, with the reason', () => {
  test.each<[string, (view: HandView) => void, string, string]>([
    [
      'a crash',
      (page) => {
        page.emit({ type: 'crashed' });
      },
      'Not checked',
      'crashed',
    ],
    [
      'a hang',
      (page) => {
        page.emit({ type: 'hung' });
      },
      'Not checked',
      'hung',
    ],
    [
      'a sign-in page',
      (page) => {
        page.commits('/login');
        page.shows(null, { asksToSignIn: true });
      },
      'Signed out',
      'signed-out',
    ],
    [
      'a server error',
      (page) => {
        page.commits('/error', 500);
      },
      'Not checked',
      'failed',
    ],
    [
      'a refusal',
      (page) => {
        page.commits('/denied', 403);
      },
      'No access',
      'no-access',
    ],
    [
      'a record that is not there',
      (page) => {
        page.commits('/none', 404);
      },
      'Not checked',
      'no-record',
    ],
  ])('%s', async (_what, happens, link, kind) => {
    await bringTo(amara);
    happens(view);
    await settle();
    expect([tab.state.link, tab.state.cover?.kind, view.shown]).toEqual([link, kind, false]);
  });
});

test('is back in step when a page that hung answers again', async () => {
  await bringTo(amara);
  view.emit({ type: 'hung' });
  view.emit({ type: 'responsive' });
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
});

test('says when a launch is slow, and offers to try again', async () => {
  tab.follow(amara, 1);
  clock.advance(3_000);
  expect(tab.state.cover).toMatchObject({ kind: 'slow', actions: ['retry'] });
});

test('a connector that does not answer is given up after its time', async () => {
  launchAnswer = (_patient, _tools, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new LanyardError('unavailable', 'It did not answer in time'));
      });
    });
  tab.follow(amara, 1);
  clock.advance(20_000);
  await settle();
  expect(tab.state.cover).toMatchObject({ kind: 'failed', actions: ['retry'] });
});

test('keeps a page with unsaved work covered, and shows it again when its patient is chosen again', async () => {
  await bringTo(amara);
  tab.follow(brian, 2);
  await settle();
  view.loads.at(-1)?.answer({ outcome: 'kept' });
  await settle();
  expect(tab.state.cover?.title).toContain('unsaved work');
  tab.follow(amara, 3);
  await settle();
  view.loads.at(-1)?.answer({ outcome: 'kept' });
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
});

test('trying again after that gives the unsaved work up, and only then', async () => {
  await bringTo(amara);
  tab.follow(brian, 2);
  await settle();
  view.loads.at(-1)?.answer({ outcome: 'kept' });
  await settle();
  tab.retry();
  await settle();
  expect(view.loads.map(({ discard }) => discard)).toEqual([false, false, true]);
});

describe('tried again without anybody asking', () => {
  const fails = async (): Promise<void> => {
    await settle();
    view.loads.at(-1)?.answer({ outcome: 'failed', explanation: 'It does not answer.' });
    await settle();
  };

  test('a page that could not be had is opened anew, and not twice at a time', async () => {
    tab.follow(amara, 1);
    await fails();
    expect(tab.state.cover?.kind).toBe('failed');
    expect([tab.retryByItself(), tab.retryByItself()]).toEqual([true, false]);
    await settle();
    expect(view.loads).toHaveLength(2);
    expect(view.loads[1]?.discard).toBe(false);
  });

  test('what is seen meanwhile is how it failed, until it has another end', async () => {
    tab.follow(amara, 1);
    await fails();
    const failed = tab.state;
    expect(tab.retryByItself()).toBe(true);
    expect(tab.state).toMatchObject({ link: failed.link, cover: failed.cover, isTriedAgain: true });
    await fails();
    expect(tab.state).toMatchObject({ cover: failed.cover });
    expect(tab.state.isTriedAgain).toBeUndefined();

    // whoever asks for it, or chooses somebody, sees that it is being opened
    expect(tab.retryByItself()).toBe(true);
    tab.follow(brian, 2);
    expect(tab.state).toMatchObject({ link: 'Changing', cover: { kind: 'loading' } });
    expect(tab.state.isTriedAgain).toBeUndefined();
    await fails();
    expect(tab.retryByItself()).toBe(true);
    tab.retry();
    expect(tab.state.cover?.kind).toBe('loading');
  });

  test('a page that shows, or stands behind its cover with unsaved work, stays', async () => {
    await bringTo(amara);
    expect(tab.retryByItself()).toBe(false);
    tab.follow(brian, 2);
    await settle();
    view.loads.at(-1)?.answer({ outcome: 'kept' });
    await settle();
    const before = view.loads.length;
    view.emit({ type: 'failed', explanation: 'It does not answer.' });
    await settle();
    expect(tab.retryByItself()).toBe(false);
    expect(view.loads).toHaveLength(before);
  });

  test('whoever is about to sign in there by hand is not disturbed', async () => {
    tab.follow(amara, 1);
    await fails();
    tab.showSignInPage();
    expect(tab.retryByItself()).toBe(false);
  });
});

test('shows nothing of a patient when the line cannot be written, and shows it once it can', async () => {
  auditWorks = false;
  await bringTo(amara);
  expect([view.shown, tab.state.cover?.kind]).toEqual([false, 'audit-unavailable']);
  auditWorks = true;
  tab.auditChanged();
  await settle();
  expect(view.shown).toBe(true);
});

test('a tab in the background is not on the screen, keeps its guard, and says so in the trail', async () => {
  await bringTo(amara);
  tab.setOnScreen(false, 'tab-in-background');
  expect([view.shown, tab.state.link]).toEqual([false, 'In step']);
  expect(recorded.at(-1)).toMatchObject({ type: 'system.covered', reason: 'tab-in-background' });
  view.shows(brian);
  tab.setOnScreen(true, 'page-changed');
  await settle();
  expect([view.shown, tab.state.link]).toEqual([false, 'Different patient']);
});

test('with no patient chosen shows the start page, but not a page that shows somebody', async () => {
  tab.follow(null, 0);
  await settle();
  view.commits('/');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  view.shows(null);
  await settle();
  expect([view.shown, tab.state.link]).toEqual([true, 'Not checked']);
  view.shows(brian);
  expect([view.shown, tab.state.link]).toEqual([false, 'Different patient']);
});

test('after its end it shows nothing, whatever still arrives', async () => {
  await bringTo(amara);
  await tab.dispose();
  view.shows(amara);
  await settle();
  expect([view.shown, view.disposed]).toEqual([false, true]);
});

describe('what a launch that did not arrive leaves behind stays covered', () => {
  const unreadable: FollowedSystem = { ...system, canBeReadBack: false };
  const leftBehind: [string, (launched: HandView) => Promise<void>][] = [
    [
      'the system has nothing of the next patient',
      async () => {
        launchAnswer = async () => ({ kind: 'no-record', explanation: 'Nothing there.' });
      },
    ],
    [
      'the system cannot be asked',
      async () => {
        launchAnswer = () => Promise.reject(new LanyardError('unavailable', 'It could not be reached'));
      },
    ],
    [
      'the address was not answered',
      async () => {
        launchAnswer = async () => ({ kind: 'address', address: new URL('https://epr.test/brian') });
      },
    ],
  ];
  test.each(leftBehind)('%s, and the page before loads itself again', async (_what, prepare) => {
    tab = tabOf(unreadable);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    expect([tab.state.link, view.shown]).toEqual(['Not checked', true]);
    await prepare(view);
    tab.follow(brian, 2);
    await settle();
    view.loads[1]?.answer({ outcome: 'failed', explanation: 'No answer.' });
    await settle();
    const { cover } = tab.state;
    view.commits('/amara');
    view.shows(amara);
    await settle();
    expect([view.shown, tab.state.cover]).toEqual([false, cover]);
  });

  test('a page that arrived with an error and then mends itself is shown', async () => {
    tab.follow(amara, 1);
    await settle();
    view.commits('/amara', 503);
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    await settle();
    expect(tab.state.cover?.kind).toBe('failed');
    view.commits('/amara');
    view.shows(amara);
    await settle();
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  });
});

describe('with no patient chosen', () => {
  test('a page is not shown before it has been read: many open with the patient of the last time', async () => {
    tab.follow(null, 0);
    await settle();
    view.commits('/');
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    await settle();
    expect([view.shown, tab.state.link]).toEqual([false, 'Changing']);
    view.shows(brian);
    await settle();
    expect(order).not.toContain('on');
  });

  test.each([true, false])('unsaved work of the patient before is covered (can be read: %s)', async (canBeReadBack) => {
    tab = tabOf({ ...system, canBeReadBack });
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    tab.follow(null, 2);
    await settle();
    view.last = null;
    view.loads.at(-1)?.answer({ outcome: 'kept' });
    await settle();
    expect([view.shown, tab.state.cover?.title]).toEqual([false, expect.stringContaining('unsaved work')]);
  });
});

describe('shows only what has been drawn', () => {
  async function toTheDrawing(): Promise<((drawn: boolean) => void)[]> {
    const answers: ((drawn: boolean) => void)[] = [];
    view.drawing = () => new Promise((resolve) => answers.push(resolve));
    await bringTo(amara);
    return answers;
  }

  test('a page that draws nothing stays covered, and is waited for again', async () => {
    const answers = await toTheDrawing();
    answers[0]?.(false);
    await settle();
    expect([view.shown, answers.length]).toEqual([false, 2]);
    answers[1]?.(true);
    await settle();
    expect(view.shown).toBe(true);
  });

  test('a drawing that began before the page showed somebody else does not count', async () => {
    const answers = await toTheDrawing();
    view.shows(brian);
    view.shows(amara);
    answers[0]?.(true);
    await settle();
    expect(order).not.toContain('on');
    answers[1]?.(true);
    await settle();
    expect(view.shown).toBe(true);
  });

  test('a drawing of the document before does not count', async () => {
    const answers = await toTheDrawing();
    view.commits('/amara/letters');
    view.shows(amara);
    answers[0]?.(true);
    await settle();
    expect(order).not.toContain('on');
  });

  test('a page waits for the banner above it to name its patient', async () => {
    let banner: (drawn: boolean) => void = () => undefined;
    bannerDrawn = () =>
      new Promise((resolve) => {
        banner = resolve;
      });
    await bringTo(amara);
    expect(view.shown).toBe(false);
    banner(true);
    await settle();
    expect(view.shown).toBe(true);
  });
});

describe('a page that cannot decide', () => {
  async function betray(): Promise<void> {
    view.shows(brian);
    view.shows(amara);
    await settle();
  }

  test('is shown again at once after the first time, and later only when it stays with its patient', async () => {
    await bringTo(amara);
    await betray();
    expect(view.shown).toBe(true);
    await betray();
    expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
    clock.advance(1_000);
    await settle();
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
    await betray();
    clock.advance(1_000);
    await settle();
    expect(view.shown).toBe(false);
    clock.advance(1_000);
    await settle();
    expect(view.shown).toBe(true);
  });

  test('that draws itself again, empty, is not one of them', async () => {
    await bringTo(amara);
    for (let time = 0; time < 10; time += 1) {
      view.shows(null);
      view.shows(amara);
      await settle();
    }
    expect(view.shown).toBe(true);
  });

  test('begins with a clean sheet at the next choice', async () => {
    await bringTo(amara);
    for (let time = 0; time < 3; time += 1) await betray();
    await bringTo(amara, 2);
    expect(view.shown).toBe(true);
  });
});

test('once a system shows a patient, its sign-in page has to be asked for anew', async () => {
  const signInPage = () => {
    view.commits('/login');
    view.shows(null, { asksToSignIn: true });
  };
  await bringTo(amara);
  signInPage();
  tab.showSignInPage();
  await settle();
  expect([view.shown, tab.state.link]).toEqual([true, 'Signed out']);
  view.commits('/amara');
  view.shows(amara);
  signInPage();
  await settle();
  expect([view.shown, tab.state.cover?.kind]).toEqual([false, 'signed-out']);
});

describe('a viewer whose identity comes from the data it loaded', () => {
  const viewer: FollowedSystem = { ...system, readsLoadedIdentity: true };
  const place = (who: Patient): ShownPlace[] => [
    { field: 'localNumber', authority: 'rm3', texts: [who.identifiers[0]?.value ?? ''] },
    { field: 'dateOfBirth', format: 'YYYY-MM-DD', texts: [who.birthDate ?? ''] },
  ];
  let belongsTo: Record<string, readonly ShownPlace[]>;
  let identified: () => void;
  let holdBack: Promise<void> | null;

  beforeEach(() => {
    belongsTo = { a: place(amara), b: place(brian), nobody: [] };
    holdBack = null;
    identified = () => undefined;
    tab = tabOf(viewer, {
      ...connector,
      startAddress: () => new URL('https://epr.test/viewer'),
      launch: async () => ({ kind: 'address', address: new URL('https://epr.test/viewer?studies=a') }),
      loadedIdentity: {
        keyOfRequest: (_system, address) => /^\/study\/(\w+)/.exec(address.pathname)?.[1] ?? null,
        keysOfAddress: (_system, address) => address.searchParams.get('studies')?.split(',') ?? [],
        identify: async (_system, keys) => {
          await holdBack;
          return keys.map((key) => belongsTo[key] ?? []);
        },
      },
    });
    tab.setOnScreen(true, 'page-changed');
  });

  const loads = async (key: string) => {
    view.emit({ type: 'answered', address: `https://epr.test/study/${key}/frames/1` });
    await settle();
  };
  async function open(): Promise<void> {
    tab.follow(amara, 1);
    await settle();
    view.commits('/viewer?studies=a');
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    view.shows(null);
    await loads('a');
  }

  test('is in step when every study it loaded is the patient’s', async () => {
    await open();
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  });

  test.each([
    ['somebody else’s', 'b', 'Different patient'],
    ['nobody’s', 'nobody', 'Changing'],
  ])('is covered as soon as one of them is %s', async (_whose, key, link) => {
    await open();
    await loads(key);
    expect([tab.state.link, view.shown]).toEqual([link, false]);
  });

  test('stays covered after it has loaded somebody else’s study, wherever it goes in the same page', async () => {
    await open();
    await loads('b');
    view.emit({ type: 'moved', address: 'https://epr.test/viewer?studies=a' });
    await settle();
    expect([tab.state.link, view.shown]).toEqual(['Different patient', false]);
  });

  test('with no patient chosen is not shown while nobody knows whose study it loaded', async () => {
    holdBack = new Promise((resolve) => {
      identified = resolve;
    });
    tab.follow(null, 0);
    await settle();
    view.commits('/viewer');
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    view.shows(null);
    await settle();
    expect(view.shown).toBe(true);
    await loads('b');
    expect(view.shown).toBe(false);
    identified();
    await settle();
    expect([view.shown, tab.state.link]).toEqual([false, 'Different patient']);
  });
});

describe('a system that asks to be signed in to', () => {
  type Outcome = Awaited<ReturnType<TabSignOn['signOn']>>;
  let attempts: { readonly signal: AbortSignal; readonly end: (outcome: Outcome) => Promise<void> }[];
  beforeEach(() => {
    attempts = [];
    signOn = {
      asksByStatus: false,
      isProviderPage: (address) => address.includes('/idp'),
      signOn: (signal) =>
        new Promise((resolve) => {
          attempts.push({
            signal,
            end: async (outcome) => {
              resolve(outcome);
              await settle();
            },
          });
        }),
      smartLaunch: (launchUrl) => Promise.resolve(launchUrl),
    };
    tab = tabOf(system);
    tab.setOnScreen(true, 'page-changed');
  });
  const fallsBackToSignIn = async (status = 200): Promise<void> => {
    view.commits('/sign-in', status);
    view.shows(null, { asksToSignIn: true });
    await settle();
  };

  /** The load under way ends at the sign-in page. */
  const arrivesAtSignIn = async (): Promise<void> => {
    view.commits('/sign-in');
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    await settle();
    view.shows(null, { asksToSignIn: true });
    await settle();
  };

  test('is signed on once, covered meanwhile, and then brought to the patient anew', async () => {
    await bringTo(amara);
    const loads = view.loads.length;
    await fallsBackToSignIn();
    expect([attempts.length, view.shown, tab.state.link, tab.state.cover?.kind]).toEqual([
      1,
      false,
      'Changing',
      'signing-on',
    ]);
    await attempts[0]?.end({ outcome: 'signed-on' });
    expect(view.loads.length).toBe(loads + 1);
    await bringTo(amara);
    expect(tab.state.link).toBe('In step');
  });

  test('that asks again right afterwards is signed out, with a button', async () => {
    await bringTo(amara);
    await fallsBackToSignIn();
    await attempts[0]?.end({ outcome: 'signed-on' });
    await arrivesAtSignIn();
    expect(attempts).toHaveLength(1);
    expect([tab.state.link, tab.state.cover?.actions]).toEqual(['Signed out', ['retry', 'show-sign-in-page']]);
    tab.retry();
    await settle();
    await arrivesAtSignIn();
    expect(attempts).toHaveLength(2);
  });

  test('is not signed on again within half a minute, however often it lets somebody in and out', async () => {
    await bringTo(amara);
    await fallsBackToSignIn();
    await attempts[0]?.end({ outcome: 'signed-on' });
    await bringTo(amara);
    await fallsBackToSignIn();
    expect([attempts.length, tab.state.link]).toEqual([1, 'Signed out']);
    await bringTo(amara, 2);
    clock.advance(30_000);
    await fallsBackToSignIn();
    expect(attempts).toHaveLength(2);
  });

  test('another patient chosen meanwhile waits for the end of the attempt, and is the one that is brought', async () => {
    await bringTo(amara);
    await fallsBackToSignIn();
    const loads = view.loads.length;
    tab.follow(brian, 2);
    await settle();
    expect([view.loads.length, attempts[0]?.signal.aborted]).toEqual([loads, false]);
    await attempts[0]?.end({ outcome: 'signed-on' });
    expect(view.loads.at(-1)?.address).toContain(brian.id);
  });

  test('with a refused password is not tried again by itself, whoever is chosen and however long it takes', async () => {
    await bringTo(amara);
    await fallsBackToSignIn();
    await attempts[0]?.end({ outcome: 'refused' });
    expect([tab.state.link, tab.state.cover?.kind]).toEqual(['Signed out', 'sign-in-needed']);
    clock.advance(3_600_000);
    tab.follow(brian, 2);
    await settle();
    await arrivesAtSignIn();
    expect([attempts.length, tab.state.cover?.kind]).toEqual([1, 'sign-in-needed']);
  });

  test('the attempt ends with the tab', async () => {
    await bringTo(amara);
    await fallsBackToSignIn();
    await tab.dispose();
    expect(attempts[0]?.signal.aborted).toBe(true);
    await attempts[0]?.end({ outcome: 'signed-on' });
  });

  test.each([
    [true, 1, 'signing-on'],
    [false, 0, 'no-access'],
  ])('an answer of 401 asks for a sign-in where the method says so (%s)', async (asksByStatus, tries, cover) => {
    signOn = signOn && { ...signOn, asksByStatus };
    tab = tabOf(system);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.commits('/amara', 401);
    await settle();
    expect([attempts.length, tab.state.cover?.kind]).toEqual([tries, cover]);
  });

  test('a provider that leads on is left alone; one that stays where it stands is signed in to', async () => {
    await bringTo(amara);
    view.commits('/idp/redirect');
    view.shows(null);
    clock.advance(1_000);
    view.commits('/amara');
    view.shows(amara);
    await settle();
    expect([attempts.length, tab.state.link]).toEqual([0, 'In step']);
    view.commits('/idp/choose');
    view.shows(null);
    clock.advance(1_500);
    await settle();
    expect([attempts.length, tab.state.cover?.kind]).toEqual([1, 'signing-on']);
  });

  test('a page with somebody’s number on it is never signed on, though it has a password box', async () => {
    await bringTo(amara);
    view.shows(amara, { asksToSignIn: true });
    await settle();
    expect([attempts.length, tab.state.link]).toEqual([0, 'In step']);
  });
});

describe('a page that turns to somebody else by itself', () => {
  const leading = { ...system, mayLead: true };

  test('leads nobody unless its configuration says so', async () => {
    await bringTo(amara);
    view.shows(brian);
    clock.advance(5_000);
    expect([led, tab.state.link]).toEqual([[], 'Different patient']);
  });

  test('leads once it stands still, covered meanwhile', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.shows(brian, {
      places: [
        { field: 'nhsNumber', texts: [brian.nhsNumber ?? ''] },
        { field: 'dateOfBirth', format: 'YYYY-MM-DD', texts: [amara.birthDate ?? ''] },
      ],
    });
    clock.advance(200);
    view.shows(brian);
    clock.advance(200);
    expect([led, view.shown]).toEqual([[], false]);
    clock.advance(200);
    expect(led).toEqual([{ nhsNumber: brian.nhsNumber, dateOfBirth: brian.birthDate }]);
    clock.advance(5_000);
    view.shows(brian);
    clock.advance(5_000);
    expect(led).toHaveLength(1);
  });

  test('is shown again as the leader, without being brought anywhere, and on record', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.shows(brian);
    clock.advance(500);
    const loads = view.loads.length;
    tab.adopt(brian, 2);
    await settle();
    expect([tab.state.link, view.shown, view.loads.length]).toEqual(['In step', true, loads]);
    expect(recorded.at(-1)).toMatchObject({
      type: 'system.displayed',
      epoch: 2,
      shown: { nhsNumber: brian.nhsNumber },
    });
  });

  test.each<[string, () => void]>([
    [
      'goes back',
      () => {
        view.shows(amara);
      },
    ],
    [
      'leaves the screen',
      () => {
        tab.setOnScreen(false, 'tab-in-background');
      },
    ],
    [
      'is brought to another patient',
      () => {
        tab.follow(amara, 2);
      },
    ],
    [
      'is unlinked',
      () => {
        tab.breakLink();
      },
    ],
    ['is gone', () => void tab.dispose()],
  ])('does not lead when it %s before it stands still', async (_name, act) => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.shows(brian);
    act();
    clock.advance(5_000);
    expect(led).toEqual([]);
  });

  test('leads to another page of its own as well', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.commits('/somebody');
    view.shows(null);
    view.shows(brian);
    clock.advance(500);
    expect([led.length, view.shown]).toEqual([1, false]);
    tab.adopt(brian, 2);
    await settle();
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  });

  test('does not lead where it was brought: what a launch shows is nobody’s wish', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    tab.follow(amara, 2);
    await settle();
    view.commits('/amara');
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    view.shows(brian);
    clock.advance(5_000);
    expect(led).toEqual([]);
  });

  test('does not lead after sleep: whoever stands there then was opened by nobody', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    tab.verifyAnew();
    view.shows(brian);
    clock.advance(5_000);
    expect([led, tab.state.link]).toEqual([[], 'Different patient']);
  });

  test('does not lead with what it shows long after', async () => {
    tab = tabOf(leading);
    tab.setOnScreen(true, 'page-changed');
    await bringTo(amara);
    view.shows(null);
    clock.advance(60_000);
    view.shows(brian);
    clock.advance(5_000);
    expect(led).toEqual([]);
  });

  test('does not lead from behind: nobody saw who opened that patient', async () => {
    tab = tabOf(leading);
    await bringTo(amara);
    view.shows(brian);
    clock.advance(5_000);
    expect(led).toEqual([]);
  });
});

describe('a tab whose link is broken', () => {
  test('stays with its patient, says so, and is covered when it shows anybody else', async () => {
    await bringTo(amara);
    tab.breakLink();
    tab.follow(brian, 2);
    await settle();
    expect([tab.state.link, tab.state.unlinked, view.shown, view.loads.length]).toEqual(['Unlinked', true, true, 1]);
    expect(tab.ownPatient).toBe(amara);
    view.shows(brian);
    expect([tab.state.link, tab.state.cover?.kind, view.shown]).toEqual(['Unlinked', 'different-patient', false]);
  });

  test('goes to the shared patient when it is linked again', async () => {
    await bringTo(amara);
    tab.breakLink();
    tab.follow(brian, 2);
    tab.rejoin();
    await settle();
    expect([view.shown, view.loads.at(-1)?.address]).toEqual([false, `https://epr.test/${brian.id}`]);
    view.commits(`/${brian.id}`);
    view.loads.at(-1)?.answer({ outcome: 'loaded' });
    view.shows(brian);
    await settle();
    expect([tab.state.link, tab.ownPatient]).toEqual(['In step', null]);
  });

  test('is not asked before a change; one on its way has nothing to lose', async () => {
    view.surveyed = 'unsaved';
    tab.follow(amara, 1);
    expect(await tab.survey()).toBe('ready');
    await bringTo(amara);
    expect(await tab.survey()).toBe('unsaved');
  });
});

test('after sleep nothing is green before it is read anew', async () => {
  await bringTo(amara);
  tab.verifyAnew();
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  view.shows(amara);
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  tab.verifyAnew();
  view.shows(brian);
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['Different patient', false]);
});

test('support hears every verdict once', async () => {
  await bringTo(amara);
  view.shows(amara);
  view.shows(brian);
  expect(judged.filter(([kind], index) => index > 0 || kind !== null)).toEqual([
    [null, 1],
    ['match', 1],
    ['different', 1],
  ]);
});

test('a page that was hidden for long has to say anew whom it shows before it is seen', async () => {
  await bringTo(amara);
  view.shows(amara);
  await settle();
  tab.setOnScreen(false, 'tab-in-background');
  clock.advance(9 * 60_000);
  tab.setOnScreen(true, 'page-changed');
  await settle();
  expect(view.shown).toBe(true);
  tab.setOnScreen(false, 'tab-in-background');
  clock.advance(10 * 60_000);
  tab.setOnScreen(true, 'page-changed');
  await settle();
  expect(view.shown).toBe(false);
  expect(tab.state.link).toBe('Changing');
  view.shows(amara);
  await settle();
  expect(view.shown).toBe(true);
});
