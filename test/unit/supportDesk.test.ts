/** The support view: who may see it, what it keeps, and that nobody is told who a patient is before that is recorded. */
import { beforeEach, describe, expect, test } from 'vitest';
import { SILENT, type SubscriberReport } from '../../main/context/hub/subscriberReport.js';
import type { HubReport } from '../../main/context/hubHost/hubHost.js';
import { readingPlaces } from '../../main/context/support/readingPlaces.js';
import { hearing, SupportDesk } from '../../main/context/support/supportDesk.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Verdict } from '../../main/domain/shownIdentity.js';
import {
  calls,
  type LinkState,
  type Patient,
  type Role,
  type SupportProof,
  type TabState,
} from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { amara, brian } from './people.js';

let clock: HandClock;
let recorded: RecordableEvent[];
let unwritable: boolean;
let hub: HubReport | null;
let tabs: TabState[];
let desk: SupportDesk;

const iso = (milliseconds = clock.now()): string => new Date(milliseconds).toISOString();
const tab = (link: LinkState, more: Partial<TabState> = {}): TabState => ({
  id: 'epr',
  title: 'Patient record',
  active: true,
  link,
  cover: null,
  notice: null,
  since: iso(),
  ...more,
});

beforeEach(() => {
  clock = new HandClock();
  recorded = [];
  unwritable = false;
  hub = null;
  tabs = [];
  desk = deskOf(['support']);
});

function deskOf(roles: readonly Role[]): SupportDesk {
  return new SupportDesk({
    roles,
    now: () => clock.now(),
    audit: {
      record: (event) => {
        if (unwritable) throw new LanyardError('audit-unavailable', 'Nothing can be recorded');
        recorded.push(event);
      },
    },
    hub: () => Promise.resolve(hub),
    tabs: () => tabs,
    placesOf: (systemId, field) => (systemId === 'epr' && field === 'nhsNumber' ? ['#nhs'] : []),
  });
}

/** What a page would get. */
async function view(of = desk) {
  return calls['support.view'].output.parse(await of.view());
}

function choose(patient: Patient | null, epoch: number, link: LinkState = 'In step', after = 400): void {
  desk.committed(patient, epoch);
  desk.tabsChanged({ epoch, tabs: [tab('Changing')] });
  clock.advance(after);
  tabs = [tab(link)];
  desk.tabsChanged({ epoch, tabs });
}

describe('who may see it', () => {
  test.each<readonly Role[]>([['clinician'], ['auditor', 'privacyOfficer'], []])('not %s', async (...roles) => {
    const other = deskOf(roles);
    await expect(other.view()).rejects.toMatchObject({ code: 'forbidden' });
    expect(() => other.unmask('A reason that is long enough')).toThrow(
      expect.objectContaining({ code: 'forbidden' }) as Error,
    );
    expect(recorded).toEqual([]);
  });

  test('a clinician who is support staff too', async () => {
    await expect(view(deskOf(['clinician', 'support']))).resolves.toMatchObject({ changes: [] });
  });
});

describe('who the patients are', () => {
  const everything = async (): Promise<string> => JSON.stringify(await view());

  test('is not said: each is the same number all session', async () => {
    choose(amara, 1);
    choose(brian, 2);
    choose(amara, 3);
    choose(null, 4, 'Not checked');
    expect((await view()).changes.map(({ patient, outcome }) => [patient, outcome])).toEqual([
      [null, 'closed'],
      [1, 'committed'],
      [2, 'committed'],
      [1, 'committed'],
    ]);
    for (const secret of ['TESTPATIENT', 'Amara', 'Brian', '9990000018', '1961-04-12', 'RM1000017', 'amara'])
      expect(await everything()).not.toContain(secret);
  });

  test('is told for a reason, which is recorded first with every patient that is told', async () => {
    choose(amara, 1);
    choose(brian, 2);
    const told = desk.unmask('  Ward 7 says\n the results show   another name ');
    const reason = 'Ward 7 says the results show another name';
    expect(recorded).toEqual([
      {
        type: 'support.unmasked',
        reason,
        patients: [
          { nhsNumber: '9990000123', identifiers: [{ authority: 'rm3', value: 'RM1000025' }] },
          { nhsNumber: '9990000018', identifiers: [{ authority: 'rm3', value: 'RM1000017' }] },
        ],
      },
    ]);
    expect(calls['support.unmask'].output.parse(told)).toEqual({
      reason,
      patients: [
        { number: 2, name: brian.name, nhsNumber: '9990000123', birthDate: '1948-08-30' },
        { number: 1, name: amara.name, nhsNumber: '9990000018', birthDate: '1961-04-12' },
      ],
    });
    expect(await everything()).not.toContain('9990000018'); // the view itself stays masked
  });

  test.each([
    ['nothing', ''],
    ['nine characters', 'ninechars'],
    ['spaces', ' '.repeat(40)],
    ['letters and many spaces', `a${' '.repeat(20)}b`],
    ['too much', 'x'.repeat(301)],
  ])('is not told for %s', (_what, reason) => {
    choose(amara, 1);
    expect(() => desk.unmask(reason)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
    expect(recorded).toEqual([]);
  });

  test('is told for ten characters', () => {
    choose(amara, 1);
    expect(desk.unmask('ten chars!').patients).toHaveLength(1);
  });

  test('is not told when it cannot be recorded', () => {
    choose(amara, 1);
    unwritable = true;
    expect(() => desk.unmask('A reason that is long enough')).toThrow(
      expect.objectContaining({ code: 'audit-unavailable' }) as Error,
    );
  });
});

describe('the last changes', () => {
  test('are a hundred, newest first', async () => {
    for (let epoch = 1; epoch <= 130; epoch += 1) desk.committed(epoch % 2 ? amara : brian, epoch);
    const { changes } = await view();
    expect(changes).toHaveLength(100);
    expect([changes[0]?.epoch, changes[99]?.epoch, changes[0]?.number]).toEqual([130, 31, 130]);
    expect(desk.unmask('A reason that is long enough').patients).toHaveLength(2);
  });

  test('say where each tab came to and how long it took to be verified', async () => {
    choose(amara, 1, 'In step', 730);
    clock.advance(60_000);
    tabs = [tab('Different patient')];
    desk.tabsChanged({ epoch: 1, tabs });
    const [change] = (await view()).changes;
    expect(change?.tabs).toEqual([{ title: 'Patient record', link: 'Different patient', verifiedAfter: 730 }]);
  });

  test('are not credited with what a tab had shown before them', async () => {
    const before = tab('In step');
    clock.advance(10);
    desk.committed(amara, 1);
    desk.tabsChanged({ epoch: 0, tabs: [before] }); // a state of the choice before
    expect((await view()).changes[0]?.tabs).toEqual([]);
    desk.tabsChanged({ epoch: 1, tabs: [before] }); // proven earlier: no time to verify
    expect((await view()).changes[0]?.tabs).toEqual([
      { title: 'Patient record', link: 'In step', verifiedAfter: null },
    ]);
  });

  test('say who asked: clinician, program, page', async () => {
    desk.proposed();
    desk.committed(amara, 1);
    desk.heard({ type: 'contextHub.asked', subscriberName: 'Dictation', event: 'Patient-open', outcome: 'accepted' });
    desk.committed(brian, 2);
    tabs = [tab('In step')];
    desk.committed(amara, 3, 'epr');
    desk.heard({ type: 'contextHub.asked', subscriberName: 'A\u0000\nB', event: 'Patient-open', outcome: 'refused' });
    desk.committed(brian, 4);
    expect((await view()).changes.map(({ askedBy, outcome }) => [askedBy.kind, askedBy.name, outcome])).toEqual([
      ['clinician', null, 'committed'],
      ['program', 'A B', 'refused'],
      ['page', 'Patient record', 'committed'],
      ['program', 'Dictation', 'committed'],
      ['clinician', null, 'committed'],
    ]);
  });

  const audited = { nhsNumber: brian.nhsNumber, identifiers: [{ authority: 'rm3', value: 'RM1000025' }] };
  const held = (kind: 'unsaved' | 'busy' = 'unsaved'): RecordableEvent => ({
    type: 'patient.changeHeld',
    patient: audited,
    systems: [{ systemId: 'epr', kind }],
  });
  const answered = (answer: 'continue' | 'cancel' | 'break-link'): RecordableEvent => ({
    type: 'patient.changeAnswered',
    answer,
    systems: ['epr'],
  });
  const shown = async () => {
    tabs = [tab('In step')];
    return (await view()).changes.map(({ outcome, askedBy, held: stood }) => [outcome, askedBy.kind, stood]);
  };
  const systems = (kind: string) => [{ title: 'Patient record', kind }];

  test('say what stood in the way, and what was answered', async () => {
    desk.proposed();
    desk.heard(held('busy'));
    desk.heard(held());
    desk.heard(answered('break-link'));
    desk.committed(brian, 1);
    desk.committed(amara, 2);
    expect(await shown()).toEqual([
      ['committed', 'clinician', null],
      ['committed', 'clinician', { systems: systems('unsaved'), answer: 'break-link' }],
    ]);
  });

  test('say that it went on by itself', async () => {
    desk.heard(held());
    desk.committed(brian, 1);
    expect(await shown()).toEqual([['committed', 'clinician', { systems: systems('unsaved'), answer: null }]]);
  });

  test('hold those that were cancelled', async () => {
    desk.proposed();
    desk.heard(held());
    desk.heard(answered('cancel'));
    expect(await shown()).toEqual([['cancelled', 'clinician', { systems: systems('unsaved'), answer: 'cancel' }]]);
  });

  test('hold those that were overtaken, by the clinician or by somebody else', async () => {
    desk.proposed();
    desk.heard(held());
    desk.proposed();
    desk.heard(held());
    desk.committed(amara, 1);
    expect((await shown()).map(([outcome]) => outcome)).toEqual(['committed', 'overtaken', 'overtaken']);
  });
});

describe('the tabs', () => {
  const displayed = (verified: boolean, epoch: number): RecordableEvent => ({
    type: 'system.displayed',
    systemId: 'epr',
    shown: verified ? { nhsNumber: '9990000018', dateOfBirth: '1961-04-12' } : {},
    verified,
    epoch,
    at: iso(),
  });

  test('say what was read where, never what it was', async () => {
    choose(amara, 1);
    desk.heard(displayed(true, 1));
    expect((await view()).tabs).toEqual([
      {
        id: 'epr',
        title: 'Patient record',
        link: 'In step',
        since: iso(),
        reason: 'Its page was read to show the chosen patient.',
        proof: {
          at: iso(),
          verified: true,
          items: [
            { field: 'nhsNumber', places: ['#nhs'], result: 'matched' },
            { field: 'dateOfBirth', places: [], result: 'matched' },
          ],
        },
      },
    ]);
  });

  test('have no proof of an earlier choice, nor one that the tab contradicts', async () => {
    choose(amara, 1);
    desk.heard(displayed(true, 1));
    choose(brian, 2);
    expect((await view()).tabs[0]?.proof).toBeNull();
    desk.heard(displayed(true, 2));
    expect((await view()).tabs[0]?.proof).not.toBeNull();
    tabs = [tab('Different patient')];
    expect((await view()).tabs[0]?.proof).toBeNull();
    tabs = [tab('Not checked')];
    desk.heard(displayed(false, 2));
    expect((await view()).tabs[0]?.proof).toEqual({ at: iso(), verified: false, items: [] });
  });

  test.each<[string, Verdict, LinkState, SupportProof['items']]>([
    [
      'matched',
      { kind: 'match', items: ['nhsNumber', 'name'] },
      'In step',
      [
        { field: 'nhsNumber', places: ['#nhs'], result: 'matched' },
        { field: 'name', places: [], result: 'matched' },
      ],
    ],
    [
      'differs',
      { kind: 'different', item: 'name' },
      'Different patient',
      [{ field: 'name', places: [], result: 'different' }],
    ],
    [
      'has no number',
      { kind: 'incomplete', missing: 'number' },
      'Not checked',
      [{ field: 'nhsNumber', places: ['#nhs'], result: 'missing' }],
    ],
    ['has a number only', { kind: 'incomplete', missing: 'corroboration' }, 'Not checked', []],
    ['shows nobody', { kind: 'none' }, 'Not checked', [{ field: 'nhsNumber', places: ['#nhs'], result: 'missing' }]],
  ])('say what %s as soon as the page is compared', async (_what, verdict, link, items) => {
    choose(amara, 1, link);
    desk.judged('epr', verdict, 1);
    expect((await view()).tabs[0]?.proof).toEqual({ at: iso(), verified: verdict.kind === 'match', items });
    desk.judged('epr', null, 1);
    expect((await view()).tabs[0]?.proof).toBeNull();
  });

  test('have no proof while nobody is chosen', async () => {
    tabs = [tab('Not checked')];
    desk.heard(displayed(false, 0));
    expect((await view()).tabs[0]?.proof).toBeNull();
    choose(amara, 1);
    choose(null, 2, 'Not checked');
    desk.heard(displayed(false, 2));
    expect((await view()).tabs[0]).toMatchObject({
      proof: null,
      reason: expect.stringContaining('No patient') as string,
    });
  });

  test('give the reason in the words of the cover or the notice', async () => {
    tabs = [
      tab('Not checked', { notice: 'Check the name yourself.' }),
      tab('Different patient', {
        cover: { kind: 'different-patient', title: 'ECG shows another patient', reason: 'It is covered.', actions: [] },
      }),
      tab('Changing', { cover: { kind: 'loading', title: 'Opening ECG …', reason: '', actions: [] } }),
    ];
    expect((await view()).tabs.map(({ reason }) => reason)).toEqual([
      'Check the name yourself.',
      'ECG shows another patient. It is covered.',
      'Opening ECG …',
    ]);
  });

  test('are read where the configuration says', () => {
    const identity = { name: [{ selector: 'h1' }, { selector: '.who', frame: '#record' }] };
    expect(readingPlaces(identity, 'name')).toEqual(['h1', '#record › .who']);
    expect(readingPlaces(identity, 'nhsNumber')).toEqual([]);
    expect(readingPlaces(undefined, 'name')).toEqual([]);
    expect(readingPlaces({ source: 'dicomweb' }, 'name')).toEqual(['the studies it loaded']);
  });
});

describe('the hub', () => {
  const running: HubReport = {
    state: 'running',
    port: 50123,
    topic: 'Zb3kQ0pXw7TnV1sLr9Yc',
    startedAt: 0,
    restarts: 2,
    subscribers: [],
  };
  const subscriber: SubscriberReport = {
    name: 'Dictation',
    events: 'Patient-open,SyncError',
    since: 0,
    lastAnswer: null,
    awaited: null,
    left: null,
  };

  test('is not there where none is configured', async () => {
    expect((await view()).hub).toMatchObject({ state: 'not-configured', topic: null, subscribers: [] });
  });

  test('never shows its topic, which is a ticket', async () => {
    hub = running;
    const { hub: shown } = await view();
    expect(shown).toMatchObject({ state: 'running', port: 50123, topic: '…r9Yc', restarts: 2, startedAt: iso(0) });
    hub = { ...running, topic: 'short-topic' };
    expect((await view()).hub.topic).toBe('hidden');
  });

  test('says who owes an answer', async () => {
    const sentAt = clock.now() - 9_999;
    const awaited = { eventName: 'Patient-open', sentAt };
    const gone = { at: clock.now(), reason: SILENT };
    hub = {
      ...running,
      subscribers: [
        { ...subscriber, awaited },
        { ...subscriber, awaited: { ...awaited, sentAt: sentAt - 1 } },
        { ...subscriber, left: gone },
        { ...subscriber, left: { ...gone, reason: 'closed its connection' } },
      ],
    };
    expect((await view()).hub.subscribers?.map(({ overdue }) => overdue)).toEqual([false, true, true, false]);
  });

  test('keeps a name that a program gave itself to one short line', async () => {
    hub = { ...running, subscribers: [{ ...subscriber, name: `Dic\n\u202Etation${'x'.repeat(200)}` }] };
    const name = (await view()).hub.subscribers?.[0]?.name ?? '';
    expect(name).toMatch(/^Dic tationx+$/);
    expect(name).toHaveLength(60);
  });

  test('of somebody else is called so', async () => {
    hub = { ...running, port: null, joined: 'hub.ward.example.nhs', subscribers: null };
    expect((await view()).hub).toMatchObject({ joined: 'hub.ward.example.nhs', port: null, subscribers: null });
    hub = running;
    expect((await view()).hub.joined).toBeNull();
  });

  test('that does not answer leaves its subscribers unknown', async () => {
    hub = { ...running, subscribers: null };
    expect((await view()).hub.subscribers).toBeNull();
  });
});

describe('what is recorded', () => {
  const event: RecordableEvent = { type: 'application.stopped' };

  test('is heard after it was recorded, and only then', () => {
    const heard: RecordableEvent[] = [];
    const port = hearing({ record: (one) => void recorded.push(one) }, { heard: (one) => void heard.push(one) }, fail);
    port.record(event);
    expect([recorded, heard]).toEqual([[event], [event]]);
    const refusing = hearing(
      {
        record: () => {
          throw new LanyardError('audit-unavailable', 'Nothing can be recorded');
        },
      },
      { heard: (one) => void heard.push(one) },
      fail,
    );
    expect(() => {
      refusing.record(event);
    }).toThrow(LanyardError);
    expect(heard).toHaveLength(1);
  });

  test('stays recorded whatever the support view makes of it', () => {
    const reports: unknown[] = [];
    const mistaken = {
      heard: () => {
        throw new Error('a mistake');
      },
    };
    hearing({ record: (one) => void recorded.push(one) }, mistaken, (error) => void reports.push(error)).record(event);
    expect(recorded).toEqual([event]);
    expect(reports).toHaveLength(1);
  });

  function fail(error: unknown): void {
    throw error;
  }
});
