/** The chosen patient and the context hub: a real hub over loopback, a real chosen patient, no process in between. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { forgetHandOffs, type HandOff } from '../../main/context/hub/handOff.js';
import { HubHost, type HubHostParts, type HubProcess } from '../../main/context/hubHost/hubHost.js';
import type { FromHub, ToHub } from '../../main/context/hubHost/messages.js';
import { serveHub } from '../../main/context/hubHost/serveHub.js';
import { PatientContext } from '../../main/context/patientContext.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import * as program from './hubProgram.js';
import { amara, brian } from './people.js';
import { surveyOfTest, type SurveyOfTest } from './surveyOfTest.js';
import { nothingRestricted } from './restrictedRecords.js';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const RM3 = 'https://ward.example.nhs/id/rm3';

let folder: string;
let clock: HandClock;
let recorded: RecordableEvent[];
let notices: (string | null)[];
let reports: unknown[];
let processes: (HubProcess & { crash(): void; say(message: FromHub): void; deafen(): void })[];
let identified: ((answer: Patient | LanyardError) => void)[];
let host: HubHost;
let context: PatientContext;
let asking: SurveyOfTest;
let sockets: WebSocket[];

/** The hub in this very process, as far from Lanyard as copied messages make it. */
function forkHere(): HubProcess {
  const toHub: ((message: ToHub) => void)[] = [];
  const fromHub: ((message: FromHub) => void)[] = [];
  const exits: (() => void)[] = [];
  let isGone = false;
  let isDeaf = false;
  const exit = (): void => {
    if (isGone) return;
    isGone = true;
    for (const listener of exits) listener();
  };
  const across = <T>(listeners: ((message: T) => void)[], message: T): void => {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (!isGone) for (const listener of listeners) listener(copy);
    });
  };
  serveHub(
    {
      post: (message) => {
        across(fromHub, message);
      },
      onMessage: (listener) => toHub.push(listener),
    },
    exit,
  );
  const made = {
    post: (message: ToHub) => {
      if (!isDeaf) across(toHub, message);
    },
    onMessage: (listener: (message: FromHub) => void) => void fromHub.push(listener),
    onExit: (listener: () => void) => void exits.push(listener),
    kill: () => {
      exit();
    },
    say: (message: FromHub) => {
      across(fromHub, message);
    },
    /** It hears nothing any more. */
    deafen: () => {
      isDeaf = true;
    },
    /** It is gone for Lanyard; its port is freed at the end of the test. */
    crash: () => {
      for (const listener of toHub) listener({ type: 'end' });
      exit();
    },
  };
  processes.push(made);
  return made;
}

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'lanyard-hub-')), 'session');
  clock = new HandClock();
  recorded = [];
  notices = [];
  reports = [];
  processes = [];
  identified = [];
  sockets = [];
  const audit = { record: (event: RecordableEvent) => void recorded.push(event) };
  const people = new Map([amara, brian].map((patient) => [patient.id, patient]));
  asking = surveyOfTest(audit);
  context = new PatientContext(
    { get: (id) => Promise.resolve(people.get(id) ?? amara) },
    audit,
    {
      follow: (patient) => {
        host.follow(patient);
      },
    },
    asking.survey,
    nothingRestricted(),
    (error) => reports.push(error),
  );
  host = hostWith();
});

function hostWith(more: Partial<HubHostParts> = {}): HubHost {
  return new HubHost({
    fork: forkHere,
    port: 0,
    folder,
    clock,
    chosen: context,
    identify: () =>
      new Promise((resolve, reject) => {
        identified.push((answer) => {
          if (answer instanceof LanyardError) reject(answer);
          else resolve(answer);
        });
      }),
    systems: new Map([['rm3', RM3]]),
    audit: { record: (event) => void recorded.push(event) },
    notice: (text) => void notices.push(text),
    report: (error) => void reports.push(error),
    ...more,
  });
}

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await host.end();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

const file = (): string => path.join(folder, 'context-hub.json');

async function started(): Promise<HandOff> {
  await expect.poll(() => existsSync(file())).toBe(true);
  return JSON.parse(readFileSync(file(), 'utf8')) as HandOff;
}

async function subscribe(
  handOff: HandOff,
  name = 'Dictation',
  status = () => 200,
  events = 'Patient-open,Patient-close,Home-open,SyncError,UserLogout',
): Promise<program.Heard[]> {
  const answer = (): { status: number; reason: string } | undefined =>
    status() > 0 ? { status: status(), reason: 'A letter\u202e is open' } : undefined;
  const { socket, heard } = await program.subscribe(handOff, events, answer, name);
  sockets.push(socket);
  return heard;
}

const resource = (patient: Patient, id: string): Record<string, unknown> => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: NHS, value: patient.nhsNumber }],
});

function publish(handOff: HandOff, id: string, event: string, patient?: object): Promise<number> {
  return program.publish(handOff, id, event, patient ? [{ key: 'patient', resource: patient }] : []);
}

const names = (heard: readonly program.Heard[]): string[] => heard.map(({ event }) => event['hub.event']);
const asked = (): RecordableEvent[] => recorded.filter(({ type }) => type === 'contextHub.asked');

test('tells what the shell chooses and closes, and who is chosen already', async () => {
  await context.select('amara');
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  await context.select('brian');
  await context.close();
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'Patient-open', 'Patient-close']);
  expect(heard.map(({ event }) => event.context[0]?.resource['id'])).toEqual(['amara', 'brian', 'brian']);
  expect(heard[1]?.event.context[0]?.resource).toMatchObject({
    identifier: [
      { system: NHS, value: '9990000123' },
      { system: RM3, value: 'RM1000025' },
    ],
    name: [{ family: 'TESTPATIENT', given: ['Brian'] }],
    birthDate: '1948-08-30',
  });
  expect(reports).toEqual([]);
});

test('follows another program, says who led, and does not echo', async () => {
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  expect(await publish(handOff, 'theirs', 'patient-OPEN', resource(brian, 'd-1'))).toBe(202);
  await expect.poll(() => identified.length).toBe(1);
  expect(context.current.patient).toBeNull();
  identified[0]?.(brian);
  await expect.poll(() => context.current.patient?.id).toBe('brian');
  await context.close();
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'Patient-close']);
  expect(heard[0]?.id).toBe('theirs');
  expect(heard[1]?.event.context[0]?.resource['id']).toBe('d-1'); // closed by the id it was opened with
  expect(notices).toContain('Dictation changed the patient to TESTPATIENT, Brian.');
  expect(recorded.map(({ type }) => type)).toEqual([
    'contextHub.started',
    'contextHub.asked',
    'patient.chosen',
    'patient.closed',
  ]);
});

test('the newest wins: a choice in the shell overtakes a program whose patient is still looked up', async () => {
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  await publish(handOff, 'late', 'Patient-open', resource(brian, 'd-1'));
  await expect.poll(() => identified.length).toBe(1);
  await context.select('amara');
  identified[0]?.(brian);
  await expect.poll(() => names(heard)).toEqual(['SyncError', 'Patient-open']);
  expect(heard[1]?.event.context[0]?.resource['id']).toBe('amara');
  expect(context.current.patient?.id).toBe('amara');
});

test('a program that cannot be followed is refused, and the clinician told why', async () => {
  await context.select('amara');
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  await publish(handOff, 'nobody', 'Patient-open', resource(brian, 'd-1'));
  await expect.poll(() => identified.length).toBe(1);
  identified[0]?.(new LanyardError('unknown-patient', 'No patient was found by the number it gave'));
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'SyncError']);
  expect(JSON.stringify(heard[1])).toContain('No patient was found');
  expect(context.current.patient?.id).toBe('amara');
  expect(notices.at(-1)).toMatch(/^Dictation asked for another patient\. No patient was found.*stays/);
  expect(asked()).toMatchObject([{ subscriberName: 'Dictation', outcome: 'refused' }]);
});

test('a program that opens who is chosen moves nobody; one that closes somebody else closes nobody', async () => {
  await context.select('amara');
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  await publish(handOff, 'same', 'Patient-open', resource(amara, 'd-1'));
  await publish(handOff, 'other', 'Patient-close', resource(brian, 'd-2'));
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'Patient-open', 'Patient-close']);
  expect(context.current).toMatchObject({ patient: { id: 'amara' }, epoch: 1 });
  await publish(handOff, 'hers', 'Patient-close', resource(amara, 'd-1'));
  await expect.poll(() => context.current.patient).toBeNull();
});

test('a study or encounter is followed only for the patient who is chosen', async () => {
  await context.select('amara');
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  const open = (id: string, patient: Patient): Promise<Response> =>
    fetch(handOff['hub.url'], {
      method: 'POST',
      headers: { authorization: `Bearer ${handOff.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        timestamp: new Date().toISOString(),
        id,
        event: {
          'hub.topic': handOff['hub.topic'],
          'hub.event': 'Encounter-open',
          context: [
            {
              key: 'encounter',
              resource: {
                resourceType: 'Encounter',
                id: `e-${id}`,
                identifier: [{ system: 'urn:visits', value: id }],
                status: 'in-progress',
                class: { code: 'IMP' },
                subject: { reference: `Patient/${patient.id}` },
              },
            },
            { key: 'patient', resource: resource(patient, patient.id) },
          ],
        },
      }),
    });
  expect((await open('theirs', brian)).status).toBe(202);
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'SyncError']);
  expect(context.current).toMatchObject({ patient: { id: 'amara' }, epoch: 1 });
  expect((await open('hers', amara)).status).toBe(202);
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'SyncError', 'Patient-open']); // implied
  await context.close();
  await expect.poll(() => names(heard).slice(3)).toEqual(['Patient-close', 'Home-open']); // no encounter stays
});

test('what the hub could not commit any more is put right by telling it who is chosen', async () => {
  await context.select('amara');
  host.start();
  const heard = await subscribe(await started());
  processes[0]?.say({ type: 'lost', proposal: 1 });
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'Patient-open']);
});

test('an acceptance that comes after the hub has moved on is said to be lost', async () => {
  const said: FromHub[] = [];
  let tell: (message: ToHub) => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    serveHub(
      {
        post: (message) => {
          said.push(message);
        },
        onMessage: (listener) => (tell = listener),
      },
      resolve,
    );
  });
  tell({ type: 'start', port: 0 });
  await expect.poll(() => said.length).toBe(1);
  const [first] = said;
  if (first?.type !== 'started') throw new Error('it did not start');
  await publish(first.handOffs[0].handOff, 'one', 'Patient-open', resource(amara, 'd-1'));
  await publish(first.handOffs[0].handOff, 'two', 'Patient-open', resource(brian, 'd-2'));
  tell({ type: 'decide', proposal: 1, refusal: null });
  await expect.poll(() => said.slice(1).map(({ type }) => type)).toEqual(['proposed', 'proposed', 'lost']);
  tell({ type: 'decide', proposal: 2, refusal: null });
  const [{ handOff }] = first.handOffs;
  const current = async (): Promise<string> =>
    (
      await fetch(`${handOff['hub.url']}/${handOff['hub.topic']}`, {
        headers: { authorization: `Bearer ${handOff.access_token}` },
      })
    ).text();
  await expect.poll(current).toContain('d-2');
  tell({ type: 'end' });
  await ended;
  expect(said).toHaveLength(4); // the second was committed: not lost
});

test('the hand-off file is private, and gone with the session, and so is the token', async () => {
  host.start();
  const handOff = await started();
  const heard = await subscribe(handOff);
  expect([statSync(file()).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
  await host.end();
  expect(existsSync(file())).toBe(false);
  expect(names(heard)).toEqual(['UserLogout']);
  await expect(publish(handOff, 'after', 'Home-open')).rejects.toThrow();
  expect(recorded.at(-1)).toEqual({ type: 'contextHub.stopped', reason: 'session-ended' });
});

test('says that the session is locked, with the reason; the session stays, and so does its patient', async () => {
  await context.select('amara');
  host.hibernate('user-initiated'); // nobody is there to hear it
  host.start();
  const heard = await subscribe(await started(), 'Dictation', () => 200, 'Patient-open,UserHibernate,UserLogout');
  host.hibernate('system-timeout');
  await expect.poll(() => names(heard)).toEqual(['Patient-open', 'UserHibernate']);
  await host.end();
  expect(names(heard)).toEqual(['Patient-open', 'UserHibernate', 'UserLogout']);
  expect(heard.slice(1).map(({ event }) => event.context[0]?.resource['parameter'])).toEqual([
    [{ name: 'code', valueCode: 'system-timeout' }],
    [{ name: 'code', valueCode: 'user-initiated' }],
  ]);
  expect(context.current.patient?.id).toBe('amara');
});

test('configured programs have a token and a file each, for what they may do, and end one by one', async () => {
  const programs = [
    { id: 'dictation', name: 'Dictation', scopes: ['fhircast/Patient-open.read', 'fhircast/SyncError.read'] },
    { id: 'reports', name: 'Reports', scopes: ['fhircast/*.*'] },
  ];
  const named = hostWith({ programs });
  named.start();
  const fileOf = (id: string): string => path.join(folder, `context-hub.${id}.json`);
  const handOffOf = (id: string): HandOff => JSON.parse(readFileSync(fileOf(id), 'utf8')) as HandOff;
  await expect.poll(() => programs.every(({ id }) => existsSync(fileOf(id)))).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['context-hub.dictation.json', 'context-hub.reports.json']);
  expect(statSync(fileOf('reports')).mode & 0o777).toBe(0o600);
  const [dictation, reports] = [handOffOf('dictation'), handOffOf('reports')];
  expect(dictation['hub.topic']).toBe(reports['hub.topic']);
  expect(dictation.access_token).not.toBe(reports.access_token);

  const heard = await subscribe(dictation, 'Something else');
  await subscribe(reports, 'Something else');
  expect(await publish(dictation, 'one', 'Patient-open', resource(brian, 'd-1'))).toBe(403);
  expect(await publish(reports, 'two', 'UserLogout')).toBe(403); // whatever its scopes say
  expect(await publish(reports, 'three', 'Patient-open', resource(brian, 'd-1'))).toBe(202);
  await expect.poll(() => identified.length).toBe(1);
  identified[0]?.(brian);
  await expect.poll(() => names(heard)).toEqual(['Patient-open']);
  expect(asked()).toMatchObject([{ subscriberName: 'Reports', outcome: 'accepted' }]); // by its configured name
  const present = async (): Promise<string[]> =>
    ((await named.report()).subscribers ?? []).filter(({ left }) => left === null).map(({ name }) => name);
  expect(await present()).toEqual(['Dictation', 'Reports']);

  named.revokeProgram('reports');
  named.revokeProgram('nobody');
  await expect.poll(present).toEqual(['Dictation']);
  expect(await publish(reports, 'four', 'Home-open')).toBe(401);
  await named.end();
  expect(readdirSync(folder)).toEqual([]);
});

test('files that a session left which crashed are removed, and nothing else', async () => {
  mkdirSync(folder, { recursive: true });
  const stays = ['context-hub.txt', 'my-context-hub.json', 'other.json'];
  for (const name of ['context-hub.json', 'context-hub.dictation.json', ...stays])
    writeFileSync(path.join(folder, name), '{}');
  await forgetHandOffs(folder);
  expect(readdirSync(folder).sort()).toEqual(stays);
  await forgetHandOffs(path.join(folder, 'nowhere'));
});

test('a hub that crashes is started again, with a new topic, and told who is chosen', async () => {
  await context.select('amara');
  host.start();
  const before = await started();
  processes[0]?.crash();
  await expect.poll(() => existsSync(file())).toBe(false);
  expect(recorded.at(-1)).toEqual({ type: 'contextHub.stopped', reason: 'crashed' });
  clock.advance(500);
  const after = await started();
  expect(after['hub.topic']).not.toBe(before['hub.topic']);
  expect(after.access_token).not.toBe(before.access_token);
  await expect.poll(async () => names(await subscribe(after))).toEqual(['Patient-open']);
});

test('tells whether it runs and when it is started again, and can be hurried, never twice', async () => {
  await host.end();
  const standing: [boolean, number | null][] = [];
  host = hostWith({ standing: (...how) => void standing.push(how) });
  host.start();
  await started();
  host.startNow(); // one runs
  expect([standing, processes.length]).toEqual([[[true, null]], 1]);
  processes[0]?.crash();
  expect(standing.at(-1)).toEqual([false, clock.now() + 500]);
  host.startNow();
  host.startNow();
  clock.advance(500); // the start that was hurried is not made again
  await expect.poll(() => standing.at(-1)).toEqual([true, null]);
  expect(processes).toHaveLength(2);
});

test('a hub that says nothing is given up, and tried again later', () => {
  const silent: HubProcess & { exit: () => void } = {
    exit: () => undefined,
    post: () => undefined,
    onMessage: () => undefined,
    onExit: (listener) => (silent.exit = listener),
    kill: () => {
      silent.exit();
    },
  };
  let forks = 0;
  const waiting = new HubHost({
    ...{ port: 0, folder, clock, chosen: context, identify: () => Promise.resolve(amara), systems: new Map() },
    ...{ audit: { record: () => undefined }, notice: () => undefined, report: (error) => void reports.push(error) },
    fork: () => {
      forks += 1;
      return silent;
    },
  });
  waiting.start();
  clock.advance(10_000);
  expect([forks, String(reports[0])]).toEqual([1, 'Error: The context hub did not start in time']);
  clock.advance(500);
  expect(forks).toBe(2);
});

test('says who did not follow, and only of the latest change', async () => {
  host.start();
  const handOff = await started();
  let status = 409;
  const heard = await subscribe(handOff, 'Dictation', () => status);
  await context.select('amara');
  await expect.poll(() => notices.at(-1)).toMatch(/^Dictation refused to follow \(409\)\. It may still show/);
  status = 200;
  await context.select('brian');
  await expect.poll(() => heard.length).toBe(2);
  await expect.poll(() => notices.at(-1)).toBeNull();
  sockets.at(-1)?.terminate(); // gone without a word
  await expect.poll(() => notices.at(-1)).toMatch(/^Dictation lost its connection/);
});

describe('a program that wants to be asked before the patient changes', () => {
  const EVENTS = 'uk.lanyard.patientchange,Patient-open,Patient-close';
  beforeEach(() => {
    asking.programs = (patient, proposal) => host.survey(patient, proposal);
  });

  /** Subscribed, and Lanyard knows that it is to be asked. */
  async function dictation(handOff: HandOff, status: () => number): Promise<program.Heard[]> {
    const heard = await subscribe(handOff, 'Dictation', status, EVENTS);
    await expect.poll(async () => (await host.report()).subscribers?.length).toBe(1); // after what was said before
    return heard;
  }

  test('holds the change, with its words, until it agrees; the clinician may go on, and it is told as all are', async () => {
    host.start();
    let status = 409;
    const heard = await dictation(await started(), () => status);
    await context.select('amara');
    expect(context.current.patient).toBeNull();
    expect(asking.survey.question).toMatchObject({
      objections: [{ systemId: 'program Dictation', title: 'Dictation', kind: 'refused', reason: 'A letter is open' }],
      mayContinue: true,
      mayBreakLink: false,
    });
    expect(heard[0]?.event.context[0]?.resource).toMatchObject({ id: 'amara', birthDate: amara.birthDate });
    asking.survey.answer(asking.survey.question?.id ?? '', 'continue');
    await expect.poll(() => names(heard).at(-1)).toBe('Patient-open');
    expect(context.current.patient?.id).toBe('amara');
    await context.close();
    expect(heard.at(-1)?.event).toMatchObject({ 'hub.event': 'uk.lanyard.patientchange', context: [] });
    status = 200;
    asking.clock.advance(700);
    await expect.poll(() => context.current.patient).toBeNull();
    await expect.poll(() => names(heard).at(-1)).toBe('Patient-close');
    expect(recorded.filter(({ type }) => type === 'patient.changeHeld')).toMatchObject([
      { systems: [{ systemId: 'program Dictation', kind: 'refused' }] },
      { systems: [{ systemId: 'program Dictation', kind: 'refused' }] },
    ]);
    expect(JSON.stringify(recorded)).not.toContain('A letter');
  });

  test('without an answer within a second it is said to be silent, and the clinician may go on', async () => {
    host.start();
    await dictation(await started(), () => 0);
    await context.select('amara');
    expect(asking.survey.question).toMatchObject({
      objections: [{ title: 'Dictation', kind: 'silent' }],
      mayContinue: true,
    });
  });

  test('is not asked about its own change, and another program is asked about it', async () => {
    host.start();
    const handOff = await started();
    const heard = await dictation(handOff, () => 409);
    expect(await publish(handOff, 'theirs', 'Patient-open', resource(brian, 'd-1'))).toBe(202);
    await expect.poll(() => identified.length).toBe(1);
    identified[0]?.(brian);
    await expect.poll(() => context.current.patient?.id).toBe('brian');
    await expect.poll(() => names(heard)).toEqual(['Patient-open']);
    const grant = await host.grant({
      ...{ token: 'another-token', scopes: 'fhircast/Patient-open.write' },
      ...{ expiresAt: Date.now() + 60_000, subscriberName: 'Results' },
    });
    expect(grant).not.toBeNull();
    await publish({ ...handOff, access_token: 'another-token' }, 'other', 'Patient-open', resource(amara, 'd-2'));
    await expect.poll(() => identified.length).toBe(2);
    identified[1]?.(amara);
    await expect.poll(() => asking.survey.question?.objections[0]?.title).toBe('Dictation');
    expect(context.current.patient?.id).toBe('brian');
  });

  test('a hub that says nothing has programs that say nothing; one that has ended has none', async () => {
    host.start();
    await dictation(await started(), () => 200);
    processes[0]?.say({ type: 'surveyed', programs: ['Dictation', 'Dictation', ''] });
    await expect.poll(async () => (await host.survey(amara, null)).length).toBe(0); // it still answers
    processes[0]?.deafen();
    const asked = host.survey(amara, null);
    clock.advance(1_500);
    expect((await asked).map(({ title, kind }) => `${title} ${kind}`)).toEqual([
      'Dictation silent',
      'Another program silent',
    ]);
    const overtaken = host.survey(amara, null);
    processes[0]?.crash();
    expect(await overtaken).toEqual([]);
    expect(await host.survey(amara, null)).toEqual([]);
  });
});
