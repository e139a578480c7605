import { beforeEach, expect, test } from 'vitest';
import type { Connector } from '../../main/connectors/connector.js';
import { FollowedTab, type FollowedSystem } from '../../main/context/followedTab.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { HandView } from './handView.js';
import { amara, brian } from './people.js';

const system: FollowedSystem = {
  id: 'epr',
  title: 'Patient record',
  url: 'https://epr.test/',
  origins: ['https://epr.test'],
  context: { launch: { kind: 'none' } },
  canBeReadBack: true,
  readsLoadedIdentity: false,
  mayLead: true,
  loadTimeout: 20_000,
  verifyTimeout: 10_000,
};
const connector: Connector = {
  kind: 'test',
  permissions: [],
  originPolicy: ({ origins }) => ({ origins }),
  startAddress: ({ url }) => new URL(url),
  launch: (_system, patient) =>
    Promise.resolve({ kind: 'address', address: new URL(`https://epr.test/${patient.id}`) }),
};

let clock: HandClock;
let view: HandView;
let tab: FollowedTab;
/** Whom the page was told of, and whether it was in sight then. */
let told: [string, boolean][];
let canBeTold: boolean;

beforeEach(() => {
  clock = new HandClock();
  view = new HandView();
  told = [];
  canBeTold = true;
  tab = new FollowedTab(system, connector, view, {
    clock,
    audit: { record: () => undefined },
    isAuditHealthy: () => true,
    signOn: null,
    mayTeach: false,
    authorities: [{ authority: 'rm3' }],
    bannerDrawn: () => Promise.resolve(true),
    changed: () => undefined,
    lead: () => undefined,
    judged: () => undefined,
    live: {
      tell: (patient) => {
        if (canBeTold) told.push([patient.id, view.shown]);
        return canBeTold;
      },
    },
    report: (error) => {
      throw error;
    },
  });
  tab.setOnScreen(true, 'page-changed');
});

const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const seen = () => [tab.state.link, view.shown];

async function launched(patient: Patient, epoch = 1): Promise<void> {
  tab.follow(patient, epoch);
  await arrives(patient);
}

async function arrives(patient: Patient): Promise<void> {
  await settle();
  view.commits(`/${patient.id}`);
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(patient);
  await settle();
}

test('the first page is launched; the next patient is told, covered first, and shown once read back', async () => {
  await launched(amara);
  expect([seen(), told]).toEqual([['In step', true], []]);
  tab.follow(brian, 2);
  expect([seen(), told]).toEqual([['Changing', false], [['brian', false]]]);
  view.shows(amara);
  expect(seen()).toEqual(['Changing', false]);
  view.shows(brian);
  await settle();
  expect([seen(), view.loads.length]).toEqual([['In step', true], 1]);
  clock.advance(60_000);
  expect([seen(), view.loads.length]).toEqual([['In step', true], 1]);
});

test('what the page showed before it was told proves nothing', async () => {
  await launched(amara);
  tab.follow(amara, 2);
  expect([seen(), view.last]).toEqual([['Changing', false], null]);
  view.shows(amara);
  await settle();
  expect(seen()).toEqual(['In step', true]);
});

test('a page that does not follow within three seconds is launched, without giving its work up', async () => {
  await launched(amara);
  tab.follow(brian, 2);
  view.shows(amara);
  clock.advance(2_999);
  expect([seen(), view.loads.length]).toEqual([['Changing', false], 1]);
  clock.advance(1);
  await settle();
  expect(view.loads.at(-1)).toMatchObject({ address: 'https://epr.test/brian', discard: false });
  await arrives(brian);
  expect(seen()).toEqual(['In step', true]);
});

test('a page that showed the patient and turned away again within three seconds is launched, too', async () => {
  await launched(amara);
  tab.setOnScreen(false, 'tab-in-background');
  tab.follow(amara, 2);
  view.shows(amara);
  await settle();
  expect(tab.state.link).toBe('In step');
  clock.advance(1_000);
  view.shows(brian);
  expect(tab.state.link).toBe('Different patient');
  clock.advance(2_000);
  await settle();
  expect(view.loads.length).toBe(2);
});

test('a page that shows nothing, crashes or fails after it was told is launched, too', async () => {
  for (const happens of [
    () => {
      view.shows(null);
    },
    () => {
      view.emit({ type: 'crashed' });
    },
    () => {
      view.emit({ type: 'hung' });
    },
    () => {
      view.commits('/somewhere', 500);
    },
  ]) {
    await launched(amara);
    const loads = view.loads.length;
    tab.follow(brian, 2);
    happens();
    clock.advance(3_000);
    await settle();
    expect(view.loads.length).toBe(loads + 1);
    await arrives(brian);
    expect(seen()).toEqual(['In step', true]);
    tab.retry();
    await settle();
  }
});

test('a page that has not followed yet is never told of the next patient', async () => {
  await launched(amara);
  tab.follow(brian, 2);
  tab.follow(amara, 3);
  await settle();
  expect([told.length, view.loads.at(-1)?.address]).toEqual([1, 'https://epr.test/amara']);
});

test('a page whose work is given up, that cannot be told, or asks for a sign-in is launched', async () => {
  await launched(amara);
  tab.follow(brian, 2, true);
  await settle();
  expect([told, view.loads.at(-1)]).toMatchObject([[], { address: 'https://epr.test/brian', discard: true }]);
  await arrives(brian);
  canBeTold = false;
  tab.follow(amara, 3);
  await settle();
  expect(view.loads.at(-1)?.address).toBe('https://epr.test/amara');
  await arrives(amara);
  canBeTold = true;
  view.shows(null, { asksToSignIn: true });
  tab.follow(brian, 4);
  await settle();
  expect([told, view.loads.at(-1)?.address]).toEqual([[], 'https://epr.test/brian']);
});

test('while it is told it is still asked about unsaved work', async () => {
  await launched(amara);
  tab.follow(brian, 2);
  view.surveyed = 'unsaved';
  expect(await tab.survey()).toBe('unsaved');
});

test('closing the patient launches the start page; an unlinked page is told nothing', async () => {
  await launched(amara);
  tab.breakLink();
  tab.follow(brian, 2);
  expect([told, tab.sharedPatient, seen()]).toEqual([[], null, ['Unlinked', true]]);
  tab.rejoin();
  expect(told).toEqual([['brian', false]]);
  tab.follow(null, 3);
  await settle();
  expect(view.loads.at(-1)?.address).toBe('https://epr.test/');
});

test('a page that leads and does not show whom it named is launched', async () => {
  await launched(amara);
  tab.adopt(brian, 2);
  clock.advance(3_000);
  await settle();
  expect(view.loads.at(-1)?.address).toBe('https://epr.test/brian');
  await arrives(brian);
  tab.adopt(amara, 3);
  view.shows(amara);
  await settle();
  clock.advance(3_000);
  expect([seen(), view.loads.length]).toEqual([['In step', true], 2]);
});

test('may lead only where people see it in step, or saw it turn a moment ago', async () => {
  expect([tab.mayLeadNow, tab.seenPatient]).toEqual([false, null]);
  await launched(amara);
  expect([tab.mayLeadNow, tab.seenPatient]).toEqual([true, amara]);
  view.shows(brian);
  expect([tab.mayLeadNow, tab.seenPatient]).toEqual([true, null]);
  clock.advance(10_000);
  expect(tab.mayLeadNow).toBe(false);
  view.shows(amara);
  await settle();
  expect(tab.mayLeadNow).toBe(true);
  tab.setOnScreen(false, 'tab-in-background');
  expect([tab.mayLeadNow, tab.seenPatient]).toEqual([false, null]);
  tab.setOnScreen(true, 'page-changed');
  await settle();
  tab.breakLink();
  expect([tab.mayLeadNow, tab.seenPatient]).toEqual([false, null]);
});
