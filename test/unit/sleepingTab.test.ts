/** A hidden tab that sleeps: nothing is lost by it, it keeps its patient, and it comes back covered until verified. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Connector } from '../../main/connectors/connector.js';
import { FollowedTab, type FollowedSystem } from '../../main/context/followedTab.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
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
const connector: Connector = {
  kind: 'test',
  permissions: [],
  originPolicy: ({ origins }) => ({ origins }),
  startAddress: ({ url }) => new URL(url),
  launch: async (_system, patient) => ({ kind: 'address', address: new URL(`https://epr.test/${patient.id}`) }),
};

let recorded: RecordableEvent[];
let clock: HandClock;
let view: HandView;
let tab: FollowedTab;

const tabOf = (of: FollowedSystem): FollowedTab =>
  new FollowedTab(of, connector, view, {
    clock,
    audit: { record: (event) => void recorded.push(event) },
    isAuditHealthy: () => true,
    signOn: null,
    mayTeach: false,
    authorities: [],
    bannerDrawn: () => Promise.resolve(true),
    changed: () => undefined,
    lead: () => undefined,
    judged: () => undefined,
    report: (error) => {
      throw error;
    },
  });

beforeEach(async () => {
  recorded = [];
  clock = new HandClock();
  view = new HandView();
  tab = tabOf(system);
  tab.setOnScreen(true, 'page-changed');
  tab.follow(amara, 1);
  await arrive(amara);
  tab.setOnScreen(false, 'tab-in-background');
});

const NOTHING = { study: null, encounter: null };

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

async function arrive(patient: Patient): Promise<void> {
  await settle();
  view.commits(`/${patient.id}`);
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(patient);
  await settle();
}

const types = () => recorded.map(({ type }) => type);

test('a hidden tab sleeps, says that it is not checked, and that it has no page to close any more', async () => {
  expect(tab.hiddenSince).toBe(clock.now());
  expect(await tab.sleep('hidden')).toBe(true);
  expect([tab.state.link, tab.state.cover?.title, tab.hiddenSince]).toEqual([
    'Not checked',
    'Patient record is asleep',
    null,
  ]);
  expect(recorded.at(-1)).toEqual({ type: 'system.slept', systemId: 'epr', because: 'hidden' });
  expect(await tab.survey()).toBe('ready');
});

test('it comes back covered, is launched for its patient and verified, and says when it was refreshed', async () => {
  await tab.sleep('memory');
  tab.setOnScreen(true, 'page-changed');
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  await settle();
  expect(view.loads.map(({ address }) => address)).toEqual(['https://epr.test/amara', 'https://epr.test/amara']);
  view.commits('/amara');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  expect([tab.state.link, tab.state.refreshedAt, view.shown]).toEqual(['Changing', undefined, false]);
  view.shows(amara);
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  expect(tab.state.refreshedAt).toBe(new Date(clock.now()).toISOString());
  expect(types()).toEqual(['system.displayed', 'system.covered', 'system.slept', 'system.woken', 'system.displayed']);
});

test('it comes back to somebody else covered, like any page', async () => {
  await tab.sleep('memory');
  tab.setOnScreen(true, 'page-changed');
  await settle();
  view.commits('/amara');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(brian);
  clock.advance(11_000);
  expect([tab.state.link, view.shown]).toEqual(['Different patient', false]);
});

test('another patient does not wake it; it goes to the newest one, who was seen nowhere before', async () => {
  await tab.sleep('memory');
  tab.follow(brian, 2);
  tab.follow(null, 3);
  tab.follow(brian, 4);
  await settle();
  expect([view.loads.length, tab.state.link]).toEqual([1, 'Not checked']);
  tab.setOnScreen(true, 'page-changed');
  await arrive(brian);
  expect(view.loads.at(-1)?.address).toBe('https://epr.test/brian');
  expect([tab.state.link, view.shown, tab.state.refreshedAt]).toEqual(['In step', true, undefined]);
});

test('what its page said last counts for nothing once it sleeps', async () => {
  await tab.sleep('memory');
  view.shows(amara);
  tab.verifyAnew();
  expect([tab.state.link, tab.seenPatient, view.shown]).toEqual(['Not checked', null, false]);
});

test('the next patient takes the sentence away', async () => {
  await tab.sleep('memory');
  tab.setOnScreen(true, 'page-changed');
  await arrive(amara);
  expect(tab.state.refreshedAt).toBeDefined();
  tab.follow(brian, 2);
  expect(tab.state.refreshedAt).toBeUndefined();
});

describe('it stays awake', () => {
  test('on the screen', async () => {
    tab.setOnScreen(true, 'page-changed');
    expect(await tab.sleep('memory')).toBe(false);
    expect(tab.hiddenSince).toBeNull();
  });

  test.each<[string, () => void]>([
    ['when its page says that something could be lost', () => (view.mayBeClosed = false)],
    [
      'while it is launched',
      () => {
        tab.follow(brian, 2);
      },
    ],
    [
      'when it crashed',
      () => {
        view.emit({ type: 'crashed' });
      },
    ],
    [
      'while it hangs',
      () => {
        view.emit({ type: 'hung' });
      },
    ],
    [
      'while it asks to sign in',
      () => {
        view.shows(null, { asksToSignIn: true });
      },
    ],
    [
      'when it failed',
      () => {
        view.emit({ type: 'failed', explanation: 'No.' });
      },
    ],
  ])('%s', async (_when, happens) => {
    happens();
    expect(await tab.sleep('memory')).toBe(false);
    expect(types()).not.toContain('system.slept');
  });

  test('when its launch opens a program', async () => {
    tab = tabOf({
      ...system,
      context: {
        launch: { kind: 'custom-protocol', template: 'epr:{nhsNumber}' },
      },
    });
    tab.follow(amara, 1);
    await arrive(amara);
    expect(await tab.sleep('memory')).toBe(false);
  });

  test('when its unsaved work kept it from its patient', async () => {
    tab.follow(brian, 2);
    await settle();
    view.loads.at(-1)?.answer({ outcome: 'kept' });
    await settle();
    expect(await tab.sleep('memory')).toBe(false);
  });

  test('when its page would not be left: it is read anew, and shown again', async () => {
    view.leaving = () => Promise.resolve(false);
    expect(await tab.sleep('memory')).toBe(false);
    expect(tab.state.link).toBe('Changing');
    view.shows(amara);
    tab.setOnScreen(true, 'page-changed');
    await settle();
    expect([tab.state.link, view.shown, view.loads.length]).toEqual(['In step', true, 1]);
  });
});

describe('while its page is asked or left', () => {
  test('somebody goes to it: it is not closed', async () => {
    const asked = tab.sleep('memory');
    tab.setOnScreen(true, 'page-changed');
    expect(await asked).toBe(false);
    await settle();
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  });

  /** Ends the leaving of the page with this answer. */
  async function leaving(during: () => void, goes: boolean): Promise<boolean> {
    let answer: (goes: boolean) => void = () => undefined;
    view.leaving = () => new Promise((resolve) => (answer = resolve));
    const asked = tab.sleep('memory');
    await settle();
    during();
    await settle();
    expect(view.shown).toBe(false);
    answer(goes);
    return asked;
  }

  test('somebody goes to it a moment too late: it is opened anew', async () => {
    const sleeps = await leaving(() => {
      tab.setOnScreen(true, 'page-changed');
    }, true);
    expect([sleeps, tab.state.link]).toEqual([false, 'Changing']);
    await arrive(amara);
    expect([tab.state.link, view.shown, view.loads.length]).toEqual(['In step', true, 2]);
  });

  test.each([true, false])('something is wanted of it (it was left: %s): it opens', async (goes) => {
    let refused: string | null | undefined;
    await leaving(() => {
      view.surveyed = 'busy'; // it is on its way
      void tab.runErrand({ launch: { kind: 'none' }, order: null }, NOTHING).then((why) => (refused = why));
    }, goes);
    await settle();
    expect([refused, view.loads.length]).toEqual([null, 2]);
  });

  test.each([true, false])('the patient changes (it was left: %s): it goes to the new one', async (goes) => {
    const sleeps = await leaving(() => {
      tab.follow(brian, 2);
    }, goes);
    expect(sleeps).toBe(false);
    tab.setOnScreen(true, 'page-changed');
    await arrive(brian);
    expect([tab.state.link, view.shown]).toEqual(['In step', true]);
    expect(view.loads.at(-1)?.address).toBe('https://epr.test/brian');
  });
});
