// Proves that a tab goes to a study or an errand of its patient only as configured, keeps unsaved work, and forgets both with the patient.
import { beforeEach, describe, expect, test } from 'vitest';
import pacs from '../../main/connectors/pacs.connector.js';
import type { Connector, ConnectedSystem, ConnectorTools } from '../../main/connectors/connector.js';
import { FollowedTab, type FollowedSystem } from '../../main/context/followedTab.js';
import type { Beside } from '../../main/domain/beside.js';
import { fillTemplate, readTemplate } from '../../main/domain/addressTemplate.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { HandView } from './handView.js';
import { amara, brian } from './people.js';

const at = (path: string) => ({ kind: 'url-template', template: `https://epr.test/${path}` }) as const;
const system: FollowedSystem = {
  id: 'viewer',
  title: 'Viewer',
  url: 'https://epr.test/',
  origins: ['https://epr.test'],
  context: {
    launch: at('{fhirId}'),
    study: at('{fhirId}?study={studyInstanceUid}'),
    encounter: at('{fhirId}?visit={encounterNumber:urn:visits}'),
  },
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
  launch: ({ context: { launch } }, patient, { beside }) => {
    const read = launch.kind === 'url-template' ? readTemplate(launch.template) : null;
    const filled = read?.ok ? fillTemplate(read.template, { patient, beside }) : null;
    return Promise.resolve(
      filled?.filled
        ? { kind: 'address', address: new URL(filled.address) }
        : { kind: 'no-record', explanation: 'Nothing.' },
    );
  },
};

let view: HandView;
let tab: FollowedTab;
const open = (study: string | null, visit: string | null = null): Beside => ({
  study: study === null ? null : { studyInstanceUid: study, accessionNumber: null },
  encounter: visit === null ? null : { numbers: [{ system: 'urn:visits', value: visit }] },
});

function tabOf(of: FollowedSystem): FollowedTab {
  const made = new FollowedTab(of, connector, view, {
    clock: new HandClock(),
    audit: { record: () => undefined },
    isAuditHealthy: () => true,
    signOn: null,
    mayTeach: false,
    authorities: [{ authority: 'rm3' }],
    bannerDrawn: () => Promise.resolve(true),
    changed: () => undefined,
    lead: () => undefined,
    judged: () => undefined,
    report: (error) => {
      throw error;
    },
  });
  made.setOnScreen(true, 'page-changed');
  return made;
}

beforeEach(() => {
  view = new HandView();
  tab = tabOf(system);
});

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
/** The page that was asked for last stands there, and shows them. */
async function arrives(patient: Patient): Promise<void> {
  await settle();
  view.commits('/');
  view.loads.at(-1)?.answer({ outcome: 'loaded' });
  await settle();
  view.shows(patient);
  await settle();
}
const addresses = (): string[] => view.loads.map(({ address }) => address.replace('https://epr.test/', ''));

test('goes to the study, to the encounter without one, and back to the patient; covered until it is verified', async () => {
  tab.follow(amara, 1);
  await arrives(amara);
  tab.followBeside(open('1.2', 'v1'));
  await settle();
  expect([tab.state.link, view.shown]).toEqual(['Changing', false]);
  await arrives(amara);
  expect([tab.state.link, view.shown]).toEqual(['In step', true]);
  tab.followBeside(open(null, 'v1'));
  await arrives(amara);
  tab.followBeside(open(null));
  await arrives(amara);
  expect(addresses()).toEqual(['amara', 'amara?study=1.2', 'amara?visit=v1', 'amara']);
  tab.followBeside(open(null));
  await settle();
  expect(view.loads).toHaveLength(4); // nothing else is wanted
});

test('the next patient is launched without it, however late the page before answered', async () => {
  tab.follow(amara, 1);
  await arrives(amara);
  tab.followBeside(open('1.2'));
  tab.follow(brian, 2); // while the page is asked whether it may leave
  await arrives(brian);
  expect(addresses()).toEqual(['amara', 'brian']);
  tab.retry();
  await arrives(brian);
  expect(addresses().at(-1)).toBe('brian');
});

test('a page with unsaved work stays and says so', async () => {
  tab.follow(amara, 1);
  await arrives(amara);
  view.surveyed = 'unsaved';
  tab.followBeside(open('1.2'));
  await settle();
  expect(tab.state).toMatchObject({ link: 'In step', cover: null, notice: expect.stringContaining('stays') as string });
  expect(addresses()).toEqual(['amara']);
  expect(await tab.runErrand({ launch: at('{fhirId}/order'), order: null }, open(null))).toContain('not saved');
  view.surveyed = 'ready';
  tab.followBeside(open('1.3'));
  await arrives(amara);
  expect([addresses().at(-1), tab.state.notice]).toEqual(['amara?study=1.3', null]);
});

test('a system that declares nothing, and one whose link is broken, stays', async () => {
  tab = tabOf({ ...system, context: { launch: at('{fhirId}') } });
  tab.follow(amara, 1);
  await arrives(amara);
  tab.followBeside(open('1.2'));
  await settle();
  expect(view.loads).toHaveLength(1);
  view = new HandView();
  tab = tabOf(system);
  tab.follow(amara, 1);
  await arrives(amara);
  tab.breakLink();
  tab.followBeside(open('1.2'));
  await settle();
  expect(view.loads).toHaveLength(1);
  tab.rejoin();
  await arrives(amara);
  expect(addresses().at(-1)).toBe('amara?study=1.2');
});

describe('an errand', () => {
  test('is opened in this tab, is what "Try again" repeats, and ends with the patient', async () => {
    tab.follow(amara, 1);
    await arrives(amara);
    expect(await tab.runErrand({ launch: at('{fhirId}/order?for={orderNumber}'), order: 'R7' }, open(null))).toBeNull();
    await arrives(amara);
    tab.retry();
    await arrives(amara);
    expect(addresses()).toEqual(['amara', 'amara/order?for=R7', 'amara/order?for=R7']);
    tab.follow(brian, 2);
    await arrives(brian);
    expect(addresses().at(-1)).toBe('brian');
  });

  test('without a launch of its own leaves a page alone that stands where it should', async () => {
    tab.follow(amara, 1);
    await arrives(amara);
    expect(await tab.runErrand({ launch: null, order: null }, open(null))).toBeNull();
    await settle();
    expect(view.loads).toHaveLength(1);
  });
});

describe('an archive asked for one study', () => {
  const archive: ConnectedSystem = {
    id: 'pacs',
    title: 'Images',
    url: 'https://pacs.test/',
    origins: ['https://pacs.test'],
    context: {
      launch: {
        kind: 'study-lookup',
        dicomWebRoot: 'https://pacs.test/dicom-web',
        viewer: 'https://pacs.test/viewer?StudyInstanceUIDs={studyInstanceUids}',
        authority: 'rm3',
      },
    },
  };
  const number = amara.identifiers.find(({ authority }) => authority === 'rm3')?.value ?? '';
  const data = (uid: string, accession: string, of = number) => ({
    '0020000D': { Value: [uid] },
    '00080050': { Value: [accession] },
    '00100020': { Value: [of] },
  });
  const tools = (uid: string | null, accession: string | null): ConnectorTools => ({
    authorities: [{ authority: 'rm3' }],
    getJson: () => Promise.resolve([data('1.1', 'A1'), data('1.2', 'A2'), data('9.9', 'A9', 'RM9999999')]),
    smartLaunch: () => Promise.reject(new Error('not in this test')),
    beside: { study: { studyInstanceUid: uid, accessionNumber: accession }, encounter: null, order: null },
  });
  const launch = (uid: string | null, accession: string | null) =>
    pacs.launch(archive, amara, tools(uid, accession), AbortSignal.timeout(5_000));

  test.each([
    ['1.2', null],
    [null, 'A2'],
    ['1.2', 'A2'],
  ])('opens exactly that one (%s, %s)', async (uid, accession) => {
    expect(await launch(uid, accession)).toEqual({
      kind: 'address',
      address: new URL('https://pacs.test/viewer?StudyInstanceUIDs=1.2'),
      wanted: ['1.2'],
    });
  });

  test.each([
    ['9.9', null],
    ['1.2', 'A1'],
  ])('opens nothing of somebody else, or of two studies at once (%s, %s)', async (uid, accession) => {
    expect(await launch(uid, accession)).toMatchObject({ kind: 'no-record' });
  });
});
