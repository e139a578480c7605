/**
 * Lanyard at somebody else's context hub: it follows, it leads, and it stays with what is right when the hub, the network
 * or other programs' clocks are wrong. Against Lanyard's own hub, the published FHIRcast client, and a hub that lies.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MedplumClient } from '@medplum/core';
import type { Patient as FhirPatient } from '@medplum/fhirtypes';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { JoinedHub } from '../../main/context/hubClient/joinedHub.js';
import { type JoinFile, readJoinFile } from '../../main/context/hubClient/joinFile.js';
import { networkTransport } from '../../main/context/hubClient/transport.js';
import { PatientContext } from '../../main/context/patientContext.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { HandClock } from './handClock.js';
import { codings, startTestHub, withPatience } from './hubPeers.js';
import { amara, brian } from './people.js';
import { ScriptedHub } from './scriptedHub.js';
import { surveyOfTest } from './surveyOfTest.js';
import { nothingRestricted } from './restrictedRecords.js';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const HOUR = 3_600_000;

/** Notes how long it is asked to wait. */
class NotingClock extends HandClock {
  readonly waits: number[] = [];
  override after(milliseconds: number, call: () => void): () => void {
    this.waits.push(milliseconds);
    return super.after(milliseconds, call);
  }
  count(milliseconds: number): number {
    return this.waits.filter((wait) => wait === milliseconds).length;
  }
}

let clock: NotingClock;
let recorded: RecordableEvent[];
let notices: (string | null)[];
let reports: string[];
let signOuts: number;
/** null: the session cannot be locked. */
let locks: number | null;
let context: PatientContext;
let joined: JoinedHub;
/** Looking a patient up waits for it. */
let lookup: Promise<void>;
let lookups: number;
let scripted: ScriptedHub;
let join: JoinFile | LanyardError;
let folder: string;
const closing: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  clock = new NotingClock();
  recorded = [];
  notices = [];
  reports = [];
  signOuts = 0;
  locks = null;
  lookup = Promise.resolve();
  lookups = 0;
  folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-join-'));
  scripted = await ScriptedHub.start();
  join = { topic: scripted.topic, token: 'token-of-the-ward' };
  const audit = { record: (event: RecordableEvent) => void recorded.push(event) };
  const people = new Map([amara, brian].map((patient) => [patient.id, patient]));
  context = new PatientContext(
    { get: (id) => Promise.resolve(people.get(id) ?? amara) },
    audit,
    {
      follow: (patient) => {
        joined.follow(patient);
      },
    },
    surveyOfTest(audit).survey,
    nothingRestricted(),
    (error) => reports.push(String(error)),
  );
});
afterEach(async () => {
  const ending = joined.end();
  await Promise.race([ending, new Promise((resolve) => setImmediate(resolve))]);
  for (const close of closing.splice(0).reverse()) await close();
  await scripted.close();
  clock.advance(10_000);
  await ending;
  rmSync(folder, { recursive: true, force: true });
});

function make(url = scripted.url, more: { ca?: string; readJoin?: () => Promise<JoinFile> } = {}): void {
  let ids = 0;
  joined = new JoinedHub({
    url: new URL(url),
    subscriberName: 'Lanyard',
    readJoin: more.readJoin ?? (() => (join instanceof LanyardError ? Promise.reject(join) : Promise.resolve(join))),
    transport: networkTransport(more.ca),
    clock,
    newId: () => `lanyard-${++ids}`,
    random: () => 1,
    chosen: context,
    identify: async ({ numbers }) => {
      lookups += 1;
      await lookup;
      const found = [amara, brian].find(({ nhsNumber }) => numbers.some(({ value }) => value === nhsNumber));
      if (!found) throw new LanyardError('unknown-patient', 'Nobody here has this number');
      return found;
    },
    audit: { record: (event) => void recorded.push(event) },
    systems: new Map(),
    notice: (text) => void notices.push(text),
    report: (error) => void reports.push(String(error)),
    signOut: () => (signOuts += 1),
    ...(locks !== null && { lock: () => void (locks = (locks ?? 0) + 1) }),
  });
}

async function start(url?: string, more?: Parameters<typeof make>[1]): Promise<void> {
  make(url, more);
  joined.start();
  await running();
}

async function running(): Promise<void> {
  await expect.poll(async () => (await joined.report()).state).toBe('running');
}

const entry = (patient: Patient, id = `their-${patient.id}`, number = patient.nhsNumber) => ({
  key: 'patient',
  resource: { resourceType: 'Patient', id, identifier: [{ system: NHS, value: number }] },
});
const nobody = { ...amara, id: 'nobody', nhsNumber: '9990009996' };
const chosen = (): string | null => context.current.patient?.id ?? null;
const events = (): string[] => scripted.published.map(({ event }) => event['hub.event']);
const opened = (): unknown[] =>
  scripted.published
    .filter(({ event }) => event['hub.event'] === 'Patient-open')
    .map(({ event }) => event.context[0]?.resource['id']);
const answerTo = (id: string) =>
  expect.poll(() => scripted.answers.filter((answer) => answer.id === id).map(({ status }) => status));

describe("at Lanyard's own hub", () => {
  const own = async () => {
    const hub = await startTestHub({}, clock.now());
    join = { topic: hub.topic, token: hub.grant('fhircast/*.*', { name: 'Lanyard' }) };
    await start(hub.url);
    return hub;
  };

  test('follows what is opened and closed there, says so, and never says it again', async () => {
    const hub = await own();
    const witness = await hub.subscriber('Patient-open,Patient-close,Home-open,SyncError');
    const taken = hub.heard((event) => event.kind === 'answered' && event.status === 200);
    clock.advance(10);
    hub.clock.advance(10);
    const { id } = await hub.publish('Patient-open', [entry(brian)]);
    expect((await witness.nextEvent()).id).toBe(id);
    await expect.poll(chosen).toBe('brian');
    await taken;
    expect(notices).toContain('Another program changed the patient to TESTPATIENT, Brian.');
    hub.clock.advance(10);
    const close = await hub.publish('Patient-close', [entry(brian)]);
    expect((await witness.nextEvent()).id).toBe(close.id);
    await expect.poll(chosen).toBeNull();
    await hub.expectNothingFor(witness);
    expect(reports).toEqual([]);
  });

  test('leads: what is chosen and closed here is heard there, once', async () => {
    const hub = await own();
    const witness = await hub.subscriber('Patient-open,Patient-close,SyncError');
    await context.select('amara');
    const open = await witness.nextEvent();
    expect(open.event).toMatchObject({ 'hub.event': 'Patient-open', context: [{ resource: { id: 'amara' } }] });
    await context.select('brian');
    expect((await witness.nextEvent()).event.context[0]?.resource?.['id']).toBe('brian');
    await context.close();
    expect((await witness.nextEvent()).event['hub.event']).toBe('Patient-close');
    await hub.expectNothingFor(witness);
    expect(recorded.filter(({ type }) => type === 'contextHub.asked')).toEqual([]);
  });

  test('a patient who is not known here is refused: the others are told, and so is the clinician', async () => {
    const hub = await own();
    const witness = await hub.subscriber('SyncError,Patient-open');
    await context.select('amara');
    await witness.nextEvent();
    hub.clock.advance(10);
    const { id } = await hub.publish('Patient-open', [entry(nobody)]);
    await witness.nextEvent();
    expect(codings(await witness.nextEvent())).toMatchObject({ eventid: id, subscribername: 'Lanyard' });
    expect(chosen()).toBe('amara');
    expect(notices.at(-1)).toContain('Nobody here has this number. Lanyard stays with what is chosen here.');
  });

  test('says who else did not follow, and what the hub did not accept', async () => {
    const hub = await own();
    const refuser = await hub.subscriber('Patient-open', { name: 'Acme Viewer', token: hub.grant('fhircast/*.*') });
    await context.select('amara');
    refuser.send({ id: (await refuser.nextEvent(false)).id, status: 409 });
    await expect
      .poll(() => notices.at(-1))
      .toBe('Acme Viewer could not follow the patient chosen here. Check the patient there before you use it.');
    hub.hub.tokens.revoke(join instanceof LanyardError ? '' : join.token);
    await expect.poll(async () => (await joined.report()).state).toBe('starting');
  });

  test('takes up what is open when it joins, and tells a hub that has nothing', async () => {
    const hub = await startTestHub({}, clock.now());
    join = { topic: hub.topic, token: hub.grant('fhircast/*.*') };
    await hub.publish('Patient-open', [entry(brian)]);
    await start(hub.url);
    await expect.poll(chosen).toBe('brian');
    await joined.end();
    const other = await startTestHub({}, clock.now());
    join = { topic: other.topic, token: other.grant('fhircast/*.*') };
    const witness = await other.subscriber('Patient-open');
    await start(other.url);
    expect((await witness.nextEvent()).event.context[0]?.resource?.['id']).toBe('brian');
  });

  test('an encounter that opens elsewhere opens its patient here', async () => {
    const hub = await own();
    const resource = {
      resourceType: 'Encounter',
      id: 'e1',
      identifier: [{ system: 'https://fhir.example.org/id', value: 'VISIT-1' }],
      status: 'unknown',
      subject: { reference: 'Patient/their-brian' },
    };
    clock.advance(10);
    hub.clock.advance(10);
    const taken = hub.heard((event) => event.kind === 'answered');
    await hub.publish('Encounter-open', [{ key: 'encounter', resource }, entry(brian)]);
    await expect.poll(chosen).toBe('brian');
    expect(await taken).toMatchObject({ status: 200 });
  });

  test('leaves politely: the session is said to be over, and no error is raised', async () => {
    const hub = await own();
    const witness = await hub.subscriber('UserLogout,SyncError');
    const left = hub.heard(({ kind }) => kind === 'unsubscribed');
    await joined.end();
    expect(recorded).toEqual([
      { type: 'contextHub.joined', host: new URL(hub.url).host },
      { type: 'contextHub.left', reason: 'session-ended' },
    ]);
    expect((await witness.nextEvent()).event['hub.event']).toBe('UserLogout');
    await left;
    await hub.expectNothingFor(witness);
  });

  test('run by `npm run hub` in a process of its own, joined by the line it prints', async () => {
    const cli = path.join(import.meta.dirname, '../../main/context/hub/cli.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', cli, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closing.push(async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const file = path.join(folder, 'context-hub.json');
    writeFileSync(file, line);
    const made = JSON.parse(line.toString('utf8')) as Record<string, string>;
    clock.advance(Date.now() - clock.now()); // that hub has a clock of its own
    const url = new URL(made['hub.url'] ?? '');
    await start(url.href, { readJoin: () => readJoinFile(file, url) });
    const headers = { authorization: `Bearer ${made['access_token'] ?? ''}`, 'content-type': 'application/json' };
    const event = { 'hub.topic': made['hub.topic'], 'hub.event': 'Patient-open', context: [entry(brian)] };
    const body = JSON.stringify({ timestamp: new Date().toISOString(), id: 'theirs', event });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    await expect.poll(chosen).toBe('brian');
    await context.select('amara');
    const current = async () =>
      (await (await fetch(`${url.href}/${made['hub.topic'] ?? ''}`, { headers })).json()) as { context: object[] };
    await expect.poll(async () => (await current()).context).toMatchObject([{ resource: { id: 'amara' } }]);
  }, 30_000);

  test('with the FHIRcast client of @medplum/core: each hears and is heard', async () => {
    if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket });
    clock.advance(Date.now() - clock.now());
    const hub = await own();
    const client = new MedplumClient({
      baseUrl: 'https://medplum.example/',
      fhircastHubUrl: hub.url,
      accessToken: hub.token,
      fetch,
      cacheTime: 0,
    });
    const connection = client.fhircastConnect(await client.fhircastSubscribe(hub.topic, ['Patient-open']));
    closing.push(() => {
      connection.disconnect();
    });
    await withPatience('not connected', (resolve) => {
      connection.addEventListener('connect', resolve);
    });
    await client.fhircastPublish(hub.topic, 'Patient-open', {
      key: 'patient',
      resource: entry(brian).resource as unknown as FhirPatient,
    });
    await expect.poll(chosen).toBe('brian');
    const heard = withPatience<unknown>('the client heard nothing', (resolve) => {
      connection.addEventListener('message', ({ payload }: { payload: { event: { context: unknown } } }) => {
        if (JSON.stringify(payload).includes('amara')) resolve(payload.event.context);
      });
    });
    clock.advance(5_000);
    hub.clock.advance(5_000);
    await context.select('amara');
    expect(await heard).toMatchObject([{ resource: { id: 'amara' } }]);
  });
});

describe('when things go wrong', () => {
  test('an hour too early or too late, what the hub delivers last is followed', async () => {
    await start();
    for (const [id, patient, skew] of [
      ['ahead', brian, HOUR],
      ['behind', amara, -HOUR],
      ['right', brian, 0],
    ] as const) {
      scripted.current = { type: 'Patient', context: [entry(patient)] };
      scripted.say(id, 'Patient-open', [entry(patient)], clock.now() + skew);
      await expect.poll(chosen).toBe(patient.id);
      await answerTo(id).toEqual([200]);
      clock.advance(1_000);
    }
  });

  test('an old event that comes late is not acted on: the hub says what is current', async () => {
    await start();
    clock.advance(5_000);
    scripted.current = { type: 'Patient', context: [entry(brian)] };
    scripted.say('new', 'Patient-open', [entry(brian)], clock.now());
    await expect.poll(chosen).toBe('brian');
    scripted.say('old', 'Patient-open', [entry(amara)], clock.now() - 60_000);
    scripted.say('old close', 'Patient-close', [entry(brian)], clock.now() - 50_000);
    await answerTo('old').toEqual([200]);
    await answerTo('old close').toEqual([200]);
    expect(chosen()).toBe('brian');
  });

  test('crossing changes end with what the hub ended with', async () => {
    await start();
    let release: () => void = () => undefined;
    lookup = new Promise((resolve) => (release = resolve));
    await context.select('amara');
    await expect.poll(() => opened()).toEqual(['amara']);
    // The hub put theirs first, ours last.
    scripted.say('theirs', 'Patient-open', [entry(brian)], clock.now() + 1);
    const own = scripted.published.at(-1);
    scripted.say(own?.id ?? '', 'Patient-open', [entry(amara, 'amara')], clock.now());
    await answerTo(own?.id ?? '').toEqual([200]);
    release();
    await answerTo('theirs').toEqual([200]);
    expect(chosen()).toBe('amara');
    expect(opened()).toEqual(['amara']);
  });

  test('the newest of two that are looked up wins, and the clinician wins over both', async () => {
    await start();
    let release: () => void = () => undefined;
    lookup = new Promise((resolve) => (release = resolve));
    scripted.say('one', 'Patient-open', [entry(amara)], clock.now() + 1);
    scripted.say('two', 'Patient-open', [entry(brian)], clock.now() + 2);
    await expect.poll(() => lookups).toBe(2);
    expect(chosen()).toBeNull();
    release();
    await answerTo('two').toEqual([200]);
    await answerTo('one').toEqual([200]); // overtaken: nobody has to be warned
    expect(chosen()).toBe('brian');
    lookup = new Promise((resolve) => (release = resolve));
    scripted.say('three', 'Patient-open', [entry(amara)], clock.now() + 3);
    await expect.poll(() => lookups).toBe(3);
    await context.close();
    release();
    await answerTo('three').toEqual([200]);
    expect(chosen()).toBeNull();
  });

  test('an event that comes twice is answered the same and acted on once', async () => {
    await start();
    scripted.say('twice', 'Patient-open', [entry(nobody)], clock.now() + 1);
    await answerTo('twice').toEqual([409]);
    const said = notices.length;
    scripted.say('twice', 'Patient-open', [entry(nobody)], clock.now() + 1);
    await answerTo('twice').toEqual([409, 409]);
    expect(notices).toHaveLength(said);
  });

  test('of another topic, without identifiers, malformed: refused, and nothing moves', async () => {
    await start();
    await context.select('amara');
    scripted.say('other topic', 'Patient-open', [entry(brian)], clock.now() + 1, { 'hub.topic': 'somebody-elses' });
    await answerTo('other topic').toEqual([403]);
    const resource = { resourceType: 'Patient', id: 'x' };
    scripted.say('nameless', 'Patient-open', [{ key: 'patient', resource }], clock.now() + 2);
    await answerTo('nameless').toEqual([409]);
    for (const [id, wrong] of Object.entries({
      a: { event: 7 },
      b: { event: {} },
      c: { timestamp: 'noon', event: {} },
    }))
      scripted.send({ id, ...wrong });
    await answerTo('c').toEqual([400]);
    expect(chosen()).toBe('amara');
    expect(scripted.closedSockets).toBe(0);
  });

  test('garbage is left aside; a flood of it, and a frame that is too large, end the connection', async () => {
    await start();
    for (const garbage of ['', '{', '[]', 'null', '"text"', '{"id":1}', '{"hub.mode":"subscribe"}', '\u0000'])
      scripted.send(garbage);
    const large = { ...entry(brian).resource, photo: [{ data: 'A'.repeat(1024 * 1024) }] };
    scripted.say('1 MB', 'Patient-open', [{ key: 'patient', resource: large }], clock.now() + 1);
    await answerTo('1 MB').toEqual([200]);
    expect(chosen()).toBe('brian');
    for (let count = 0; count < 300; count += 1) scripted.send('{');
    await expect.poll(() => scripted.closedSockets).toBe(1);
    clock.advance(1_000);
    await running();
    scripted.send(`{"id":"huge","event":"${'A'.repeat(3 * 1024 * 1024)}"}`);
    await expect.poll(() => scripted.closedSockets).toBe(2);
    expect(chosen()).toBe('brian');
    expect(reports.join()).not.toContain('AAAA');
  });

  test('what cannot be decided in time is answered with 409, and only once', async () => {
    await start();
    let release: () => void = () => undefined;
    lookup = new Promise((resolve) => (release = resolve));
    scripted.say('slow', 'Patient-open', [entry(brian)], clock.now() + 1);
    await expect.poll(() => lookups).toBe(1);
    clock.advance(8_000);
    await answerTo('slow').toEqual([409]);
    release();
    await expect.poll(chosen).toBe('brian');
    scripted.say('marker 2', 'org.example.marker', [], clock.now());
    await answerTo('marker 2').toEqual([200]);
    await answerTo('slow').toEqual([409]);
  });

  test('a hub that is down is tried again after growing pauses, and told what was chosen meanwhile', async () => {
    await start();
    await context.select('amara');
    await expect.poll(() => opened()).toEqual(['amara']);
    scripted.current = { type: 'Patient', context: [entry(amara, 'amara')] };
    const confirmed = scripted.subscriptions().length;
    scripted.wellKnown = { websocketSupport: false };
    scripted.socket?.terminate();
    await expect.poll(() => reports.length).toBe(1);
    await context.select('brian');
    const tries = (): number => scripted.asked.filter(({ path: asked }) => asked.includes('.well-known')).length;
    for (const [pause, count] of [
      [999, 1],
      [1, 2],
      [1_999, 2],
      [1, 3],
      [3_999, 3],
      [1, 4], // the next one in eight seconds
    ] as const) {
      clock.advance(pause);
      await expect.poll(tries).toBe(count);
      await expect.poll(() => clock.count(2 ** (count - 1) * 1_000)).toBe(1); // this try has failed, and the next one waits
    }
    expect(reports).toHaveLength(1);
    clock.advance(4_000);
    expect(notices.at(-1)).toContain('Lanyard cannot reach the context hub');
    scripted.wellKnown = null;
    clock.advance(4_000);
    await expect.poll(() => opened()).toEqual(['amara', 'brian']);
    expect(scripted.subscriptions()).toHaveLength(confirmed + 1);
    expect(notices.at(-1)).toBeNull();
    expect(chosen()).toBe('brian');
  });

  test('what was closed here while the hub was away is closed there', async () => {
    await start();
    await context.select('amara');
    await expect.poll(() => opened()).toEqual(['amara']);
    scripted.current = { type: 'Patient', context: [entry(amara, 'amara')] };
    scripted.socket?.terminate();
    await expect.poll(() => reports.length).toBe(1);
    await context.close();
    clock.advance(1_000);
    await expect.poll(events).toEqual(['Patient-open', 'Patient-close']);
    expect(chosen()).toBeNull();
  });

  test('but another patient, whom somebody opened there meanwhile, is not: that one is followed', async () => {
    await start();
    await context.select('amara');
    await expect.poll(() => opened()).toEqual(['amara']);
    scripted.socket?.terminate();
    await expect.poll(() => reports.length).toBe(1);
    await context.close();
    scripted.current = { type: 'Patient', context: [entry(brian)] };
    clock.advance(1_000);
    await expect.poll(chosen).toBe('brian');
    expect(events()).toEqual(['Patient-open']);
  });

  test('a token that is refused is not sent again, until there is another', async () => {
    scripted.subscribeStatus = 401;
    make();
    joined.start();
    await expect.poll(() => reports.length).toBe(1);
    for (let minute = 1; minute <= 10; minute += 1) {
      await expect.poll(() => clock.count(60_000)).toBe(minute);
      clock.advance(60_000);
    }
    await expect.poll(() => clock.count(60_000)).toBe(11);
    expect(scripted.subscriptions()).toHaveLength(1);
    scripted.subscribeStatus = 202;
    join = { topic: scripted.topic, token: 'another-token' };
    clock.advance(60_000);
    await running();
    expect(scripted.subscriptions().map(({ token }) => token)).toEqual(['token-of-the-ward', 'another-token']);
    expect(reports.join()).not.toContain('token-of-the-ward');
  });

  test('the lease is renewed before it ends, with the token that is there by then', async () => {
    scripted.leaseSeconds = 100;
    await start();
    join = { topic: scripted.topic, token: 'renewed' };
    clock.advance(14_000);
    for (let left = 80_000 - 14_000; left > 0; left -= 11_000) {
      scripted.send('{}'); // a sign of life
      scripted.say(`life ${left}`, 'org.example.marker', [], clock.now());
      await answerTo(`life ${left}`).toEqual([200]);
      clock.advance(11_000);
    }
    await expect.poll(() => scripted.subscriptions().length).toBe(2);
    const [first, second] = scripted.subscriptions();
    expect(first?.form.get('hub.channel.endpoint')).toBeNull();
    expect([second?.token, second?.form.get('hub.channel.endpoint')]).toEqual([
      'renewed',
      expect.stringContaining('secret-endpoint') as string,
    ]);
    expect(scripted.closedSockets).toBe(0);
  });

  test('a hub that falls silent, denies or never confirms is left and joined again', async () => {
    await start();
    scripted.socket?.pause(); // a machine that sleeps
    clock.advance(45_000);
    await expect.poll(() => reports.at(-1)).toContain('fell silent');
    clock.advance(1_000);
    await running();
    scripted.send({ 'hub.mode': 'denied', 'hub.topic': scripted.topic, 'hub.events': 'Patient-open' });
    await expect.poll(() => reports.at(-1)).toContain('ended the subscription');
    scripted.confirms = false;
    const before = scripted.subscriptions().length;
    clock.advance(2_000);
    await expect.poll(() => scripted.subscriptions().length).toBe(before + 1);
    await expect.poll(() => scripted.socket?.readyState).toBe(WebSocket.OPEN);
    scripted.confirms = true;
    clock.advance(10_000 + 4_000);
    clock.advance(4_000);
    await running();
  });

  test('a hub that does not say what is current: what it told last is', async () => {
    scripted.current = null;
    scripted.confirms = false;
    make();
    joined.start();
    await expect.poll(() => scripted.socket?.readyState).toBe(WebSocket.OPEN);
    let release: () => void = () => undefined;
    scripted.hold = new Promise((resolve) => (release = resolve));
    scripted.confirm();
    scripted.say('told', 'Patient-open', [entry(brian)], clock.now() - HOUR);
    await expect.poll(() => scripted.asked.at(-1)?.method).toBe('GET');
    scripted.say('marker', 'org.example.marker', [], clock.now());
    await answerTo('marker').toEqual([200]);
    release();
    await expect.poll(chosen).toBe('brian');
    await answerTo('told').toEqual([200]);
  });

  test('a patient who was open already and is not known here is said to be so', async () => {
    scripted.current = { type: 'Patient', context: [entry(nobody)] };
    await start();
    await expect.poll(events).toEqual(['SyncError']);
    expect(chosen()).toBeNull();
    expect(notices.at(-1)).toContain('Nobody here has this number');
  });

  test('what the hub refuses is said to the clinician, who keeps the patient', async () => {
    await start();
    scripted.publishStatus = 403;
    await context.select('amara');
    await expect.poll(() => notices.at(-1)).toContain('The context hub did not accept what was chosen here');
    expect(chosen()).toBe('amara');
    expect((await joined.report()).state).toBe('running');
  });

  test('another program ends the session: it ends here, and is not said again', async () => {
    await start();
    scripted.say('lock', 'UserHibernate', [], clock.now());
    await answerTo('lock').toEqual([501]);
    scripted.say('logout', 'UserLogout', [], clock.now());
    await answerTo('logout').toEqual([200]);
    expect(signOuts).toBe(1);
    await joined.end();
    expect(events()).toEqual([]);
  });

  test('another program locks its screen: the session is locked here; a lock here is said once, and not taken for theirs', async () => {
    locks = 0;
    await start();
    scripted.say('lock', 'UserHibernate', [], clock.now());
    await answerTo('lock').toEqual([200]);
    expect([locks, signOuts]).toEqual([1, 0]);
    joined.hibernate('system-timeout');
    await expect.poll(events).toEqual(['UserHibernate']);
    const [said] = scripted.published;
    expect(said?.event.context).toEqual([
      {
        key: 'parameters',
        resource: { resourceType: 'Parameters', parameter: [{ name: 'code', valueCode: 'system-timeout' }] },
      },
    ]);
    scripted.say(said?.id ?? '', 'UserHibernate', [], clock.now());
    await answerTo(said?.id ?? '').toEqual([200]);
    expect(locks).toBe(1);
  });

  test('nothing secret leaves for an address without encryption, and no redirect is followed', async () => {
    scripted.endpoint = 'ws://hub.example.org/ws/secret';
    make();
    joined.start();
    await expect.poll(() => reports.at(-1)).toContain('did not accept the subscription');
    scripted.endpoint = null;
    scripted.subscribeStatus = 307;
    clock.advance(1_000);
    await expect.poll(() => scripted.subscriptions().length).toBe(2);
    expect(scripted.socket).toBeNull();
    await expect(
      networkTransport().request(new URL('http://hub.example.org/hub'), { token: 'secret' }),
    ).rejects.toThrow('not encrypted');
  });

  test('a certificate that nobody vouches for is refused; one of the configured authority is not', async () => {
    const authority = await createCertificateAuthority('Ward test authority', new Date());
    const { certificatePem: cert, privateKeyPem: key, caPem } = await authority.issue(['127.0.0.1']);
    const secure = await ScriptedHub.start({ key, cert });
    closing.push(() => secure.close());
    make(secure.url);
    joined.start();
    await expect.poll(() => reports.length).toBe(1);
    expect(reports[0]).toMatch(/does not answer \((SELF_SIGNED|UNABLE_TO|DEPTH)/);
    expect(secure.asked).toEqual([]);
    await joined.end();
    await start(secure.url, { ca: caPem });
    expect(secure.subscriptions()).toHaveLength(1);
  });
});

describe('the file to join by', () => {
  const url = new URL('https://hub.example.org/hub');
  const read = (content: string) => {
    const file = path.join(folder, 'join.json');
    writeFileSync(file, content);
    return readJoinFile(file, url);
  };
  beforeEach(() => {
    make();
  });

  test('holds topic and token, and may say which hub it is for', async () => {
    const content = { 'hub.topic': 't', access_token: 'a.b-c_d~e+f/g=' };
    expect(await read(JSON.stringify(content))).toEqual({ topic: 't', token: 'a.b-c_d~e+f/g=' });
    await expect(read(JSON.stringify({ ...content, 'hub.url': url.href }))).resolves.toBeDefined();
  });

  test.each([
    ['', /cannot be read/],
    ['{"hub.topic":"t"', /cannot be read/],
    ['{"hub.topic":"t"}', /incomplete/],
    ['{"hub.topic":"","access_token":"a"}', /incomplete/],
    ['{"hub.topic":"t","access_token":"two words"}', /incomplete/],
    ['{"hub.topic":"t","access_token":"secret","hub.url":"https://elsewhere.example.org/hub"}', /for another hub/],
    [`{"hub.topic":"t","access_token":"a","x":"${'A'.repeat(70_000)}"}`, /cannot be read/],
  ])('%# is refused without a word of it', async (content, why) => {
    const error = await read(content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LanyardError);
    expect((error as LanyardError).message).toMatch(why);
    expect((error as LanyardError).message).not.toContain('secret');
    expect((error as LanyardError).cause).toBeUndefined();
  });

  test('that is not there yet is said to be so', async () => {
    await expect(readJoinFile(path.join(folder, 'absent.json'), url)).rejects.toThrow('no file to join');
  });
});
