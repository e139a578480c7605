/** Checklist rows 30 to 39: publishing and distributing. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { EPOCH } from '../../main/context/hub/message.js';
import type { Decision, Proposal } from '../../main/context/hub/hubContext.js';
import {
  codings,
  encounter,
  issueOf,
  MARKER,
  observation,
  patient,
  put,
  report,
  startTestHub,
  study,
  updates,
} from './hubPeers.js';

test('row 30: an event posted to hub.url itself is accepted with 2xx and its id', async () => {
  const hub = await startTestHub();
  const message = hub.message('Patient-open', [patient()]);
  const response = await hub.post(message);
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ id: message.id });
  expect((await hub.current()).context).toEqual([patient()]);
});

test('row 30: older clients may post to hub.url/topic, but not for another topic', async () => {
  const hub = await startTestHub();
  expect((await hub.post(hub.message('Patient-open', [patient()]), hub.token, `/${hub.topic}`)).status).toBe(202);
  expect((await hub.post(hub.message('Patient-open', [patient('p2')]), hub.token, '/other')).status).toBe(400);
  expect((await hub.current()).context).toEqual([patient()]);
});

test.each([
  ['no timestamp', (m: Record<string, unknown>) => delete m['timestamp']],
  ['no id', (m: Record<string, unknown>) => delete m['id']],
  ['no event', (m: Record<string, unknown>) => delete m['event']],
  ['no topic', (m: { event?: object }) => (m.event = { 'hub.event': 'Patient-open', context: [patient()] })],
  ['a context that is no list', (m: { event?: object }) => (m.event = { ...m.event, context: {} })],
  ['a name that is no event', (m: { event?: object }) => (m.event = { ...m.event, 'hub.event': 'nonsense' })],
])('row 30: %s is refused with 4xx, and nothing is broadcast', async (_what, spoil) => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('*', { marker: false });
  const message = hub.message('Patient-open', [patient()]);
  spoil(message);
  expect((await hub.refused(message)).status).toBe(400);
  await hub.expectNothingFor(subscriber);
});

test('row 31: application/fhir+json and application/json are taken, other types are not', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  const { token } = hub;
  for (const type of ['application/fhir+json', 'application/json', 'application/fhir+json; charset=utf-8']) {
    const message = hub.message('Patient-open', [patient()]);
    expect((await hub.post(message, token, '', type)).status).toBe(202);
    expect((await subscriber.nextEvent()).id).toBe(message.id);
  }
  expect((await hub.post(hub.message('Patient-open', [patient()]), token, '', 'text/json')).status).toBe(415);
});

test('row 32: every subscriber of the event hears it under its id, the requester too, and nobody else', async () => {
  const hub = await startTestHub();
  const token = hub.grant('fhircast/*.*');
  const requester = await hub.subscriber('Patient-open', { token });
  const other = await hub.subscriber('Patient-open');
  const deaf = await hub.subscriber('Patient-close');
  const message = hub.message('Patient-open', [patient()]);
  expect((await hub.post(message, token)).status).toBe(202);
  for (const subscriber of [requester, other]) expect((await subscriber.nextEvent()).id).toBe(message.id);
  await hub.expectNothingFor(requester, other, deaf);
});

test('row 32: nothing crosses from one topic to another', async () => {
  const hub = await startTestHub();
  const topic = hub.hub.tokens.openTopic();
  const token = hub.grant('fhircast/*.*', { topic });
  const stranger = await hub.subscriber('Patient-open', { token, more: { 'hub.topic': topic } });
  await hub.publish('Patient-open', [patient()]);
  const marker = hub.message(MARKER, []);
  marker.event['hub.topic'] = topic;
  await hub.post(marker, token);
  expect((await stranger.nextEvent()).id).toBe(marker.id);
});

test.each([
  '2026-03-02T08:59:00.5Z',
  '2026-03-02T08:59:00.123456789Z',
  '2026-03-02T08:59:00',
  '2026-03-02T08:59:00+00:00',
])('row 33: the UTC time %s is kept to the letter', async (timestamp) => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  await hub.publish('Patient-open', [patient()], { timestamp });
  expect((await subscriber.nextEvent()).timestamp).toBe(timestamp);
});

test.each(['yesterday', '2026-03-02', '2026-03-02T09:00:00+01:00', '2026-13-02T09:00:00Z', '2026-03-02T10:00:00Z'])(
  'row 33: the time %s is refused: no time, not UTC, or an hour ahead',
  async (timestamp) => {
    const hub = await startTestHub();
    const refusal = await hub.refused(hub.message('Patient-open', [patient()], { timestamp }));
    expect(refusal).toMatchObject({ status: 400, text: expect.stringMatching(/^timestamp/) as string });
  },
);

test('row 33: the older of two crossing changes never wins, whichever comes last', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  const older = hub.message('Patient-open', [patient('older')]);
  hub.clock.advance(5);
  const newer = await hub.publish('Patient-open', [patient('newer')]);
  expect(await hub.refused(older)).toMatchObject({ status: 409 });
  expect((await subscriber.nextEvent()).id).toBe(newer.id);
  await hub.expectNothingFor(subscriber);
  expect((await hub.current()).context).toEqual([patient('newer')]);
});

test('row 33: nor after a close: nobody reopens what the user has left', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  const late = hub.message('Patient-open', [patient('p2')]);
  hub.clock.advance(5);
  await hub.publish('Patient-close', [patient('p1')]);
  expect((await hub.refused(late)).status).toBe(409);
  expect((await hub.current())['context.type']).toBe('');
});

test('row 33: the shell is never held up by a client whose clock is ahead', async () => {
  const test = await startTestHub();
  const timestamp = new Date(test.clock.now() + 240_000).toISOString();
  await test.publish('Patient-open', [patient('ahead')], { timestamp });
  const shown = test.hub.publishFromShell({ topic: test.topic, event: 'Patient-open', context: [patient('chosen')] });
  expect(Date.parse(shown.timestamp)).toBeGreaterThan(Date.parse(timestamp));
  expect((await test.current()).context).toEqual([patient('chosen')]);
});

test('row 34: a change refused after 202 is a SyncError to its requester only, and changes nothing', async () => {
  const asked: Proposal[] = [];
  let decide: (decision: Decision) => void = () => undefined;
  const approve = (proposal: Proposal) => {
    asked.push(proposal);
    return new Promise<Decision>((resolve) => (decide = resolve));
  };
  const hub = await startTestHub({ approve });
  const token = hub.grant('fhircast/*.*', { name: 'Acme Viewer' });
  const requester = await hub.subscriber('Patient-open,SyncError', { token });
  const other = await hub.subscriber('Patient-open,SyncError');
  const before = await hub.current();
  const message = hub.message('Patient-open', [patient()]);
  expect((await hub.post(message, token)).status).toBe(202);
  expect(asked[0]).toMatchObject({ publisher: 'Acme Viewer', notification: { id: message.id } });
  await hub.expectNothingFor(requester, other);
  decide({ accept: false, reason: 'unsaved work in the record' });
  const refusal = await requester.nextEvent();
  expect(refusal.event['hub.event']).toBe('SyncError');
  expect(codings(refusal)).toMatchObject({ eventid: message.id, eventname: 'Patient-open' });
  expect(issueOf(refusal).diagnostics).toContain('unsaved work in the record');
  await hub.expectNothingFor(requester, other);
  expect(await hub.current()).toEqual(before);
});

test('row 34: an approved change is broadcast to all; a newer one overtakes an undecided one', async () => {
  const decisions = new Map<string, (decision: Decision) => void>();
  const signals = new Map<string, AbortSignal>();
  const approve = ({ notification: { id }, signal }: Proposal) => {
    signals.set(id, signal);
    return new Promise<Decision>((resolve) => decisions.set(id, resolve));
  };
  const hub = await startTestHub({ approve });
  const subscriber = await hub.subscriber('Patient-open,SyncError');
  const first = await hub.publish('Patient-open', [patient('p1')]);
  const second = await hub.publish('Patient-open', [patient('p2')]);
  expect(signals.get(first.id)?.aborted).toBe(true);
  expect(codings(await subscriber.nextEvent())).toMatchObject({ eventid: first.id });
  decisions.get(first.id)?.({ accept: true }); // too late
  decisions.get(second.id)?.({ accept: true });
  expect((await subscriber.nextEvent()).id).toBe(second.id);
  await hub.expectNothingFor(subscriber);
  expect((await hub.current()).context).toEqual([patient('p2')]);
});

test("row 34: the shell's own change overtakes an undecided one, and so does the end of the session", async () => {
  const signals: AbortSignal[] = [];
  let accept: () => void = () => undefined;
  const approve = ({ signal }: Proposal) => {
    signals.push(signal);
    return new Promise<Decision>((resolve) => {
      accept = () => {
        resolve({ accept: true });
      };
    });
  };
  const hub = await startTestHub({ approve });
  const subscriber = await hub.subscriber('Patient-open,SyncError');
  const { id } = await hub.publish('Patient-open', [patient('asked')]);
  const shown = hub.hub.publishFromShell({ topic: hub.topic, event: 'Patient-open', context: [patient('chosen')] });
  accept();
  expect(codings(await subscriber.nextEvent())).toMatchObject({ eventid: id });
  expect((await subscriber.nextEvent()).id).toBe(shown.id);
  await hub.expectNothingFor(subscriber);
  expect((await hub.current()).context).toEqual([patient('chosen')]);
  await hub.publish('Patient-open', [patient('late')]);
  hub.hub.tokens.endTopic(hub.topic);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test('row 34: no decision within a minute is a refusal', async () => {
  const hub = await startTestHub({ approve: () => new Promise<Decision>(() => undefined) });
  const subscriber = await hub.subscriber('Patient-open,SyncError');
  const { id } = await hub.publish('Patient-open', [patient()]);
  hub.clock.advance(60_000);
  expect(codings(await subscriber.nextEvent())).toMatchObject({ eventid: id });
});

const spoiled = patient();
test.each([
  ['Patient-open', 'no patient', []],
  ['Patient-open', 'a patient without id', [{ ...spoiled, resource: { ...spoiled.resource, id: undefined } }]],
  ['Patient-open', 'a patient without identifier', [patient('p1', { identifier: [] })]],
  ['Patient-open', 'an identifier without value', [patient('p1', { identifier: [{ system: 'x' }] })]],
  ['Patient-open', 'two patients', [patient('p1'), patient('p2')]],
  ['Patient-open', 'a patient that is an encounter', [{ key: 'patient', resource: encounter().resource ?? {} }]],
  ['Encounter-open', 'no patient', [encounter()]],
  ['Encounter-open', 'the encounter of another patient', [encounter('e1', 'p2'), patient('p1')]],
  ['ImagingStudy-open', 'the study of another patient', [study('s1', 'p2'), patient('p1')]],
  ['DiagnosticReport-open', 'the report of another patient', [report('r1', 'p2'), patient('p1'), study()]],
  ['Patient-close', 'no patient', []],
])('row 35: %s with %s is refused by name', async (event, _what, context) => {
  const hub = await startTestHub();
  const refusal = await hub.refused(hub.message(event, context));
  expect(refusal.status).toBe(400);
  expect(refusal.text).not.toMatch(/p1|p2|MRN/);
  expect((await hub.current())['context.type']).toBe('');
});

test('row 35: a close under another id than its open is refused, the context stays', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  const sameNumber = patient('other', { identifier: patient('p1').resource?.['identifier'] });
  expect(await hub.refused(hub.message('Patient-close', [sameNumber]))).toMatchObject({ status: 409 });
  expect((await hub.current())['context.type']).toBe('Patient');
});

test('row 35: one report cannot be open for two patients', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report('r1', 'p1'), patient('p1')]);
  const other = hub.message('DiagnosticReport-open', [report('r1', 'p2'), patient('p2')]);
  expect((await hub.refused(other)).status).toBe(400);
});

test('row 36: an Encounter-open is a Patient-open for who hears only patients, once, with a new id', async () => {
  const hub = await startTestHub();
  const patients = await hub.subscriber('Patient-open,Patient-close');
  const both = await hub.subscriber('Patient-open,Encounter-open');
  const { id, timestamp } = await hub.publish('Encounter-open', [encounter(), patient()]);
  const implied = await patients.nextEvent();
  expect(implied.event).toMatchObject({ 'hub.event': 'Patient-open', context: [patient()] });
  expect(implied.timestamp).toBe(timestamp);
  expect(implied.id).not.toBe(id);
  expect((await both.nextEvent()).id).toBe(id);
  await hub.expectNothingFor(patients, both);
});

test('row 36: an open report opens its first study and its patient for who hears only those, without a duplicate', async () => {
  const hub = await startTestHub();
  const studies = await hub.subscriber('ImagingStudy-open,Patient-open');
  const patients = await hub.subscriber('Patient-open');
  await hub.publish('DiagnosticReport-open', [report(), study('s1'), study('prior'), patient()]);
  const opened = await studies.nextEvent();
  expect(opened.event).toMatchObject({ 'hub.event': 'ImagingStudy-open', context: [study('s1'), patient()] });
  expect((await patients.nextEvent()).event).toMatchObject({ 'hub.event': 'Patient-open', context: [patient()] });
  await hub.expectNothingFor(studies, patients);
});

test('row 36: a late subscriber is told what is implied too, and only the newest of a kind', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  await hub.publish('Encounter-open', [encounter('e2', 'p2'), patient('p2')]);
  const patients = await hub.subscriber('Patient-open');
  expect((await patients.nextEvent()).event.context).toEqual([patient('p2')]);
  await hub.expectNothingFor(patients);
});

test('row 36: a refusal of an implied open is told under the id that was published', async () => {
  const hub = await startTestHub();
  const patients = await hub.subscriber('Patient-open');
  const listener = await hub.subscriber('SyncError');
  const { id } = await hub.publish('Encounter-open', [encounter(), patient()]);
  patients.send({ id: (await patients.nextEvent(false)).id, status: 409 });
  expect(codings(await listener.nextEvent())).toMatchObject({ eventid: id, eventname: 'Encounter-open' });
});

test('row 36: what is implied later comes later, and is refused under the id that was published', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('p1')]);
  await hub.publish('ImagingStudy-open', [study('s1', 'p1'), patient('p1')]);
  const { id } = await hub.publish('Encounter-open', [encounter('e2', 'p2'), patient('p2')]);
  const listener = await hub.subscriber('SyncError');
  const late = await hub.subscriber('Patient-open,ImagingStudy-open');
  expect((await late.nextEvent()).event['hub.event']).toBe('ImagingStudy-open');
  const implied = await late.nextEvent(false);
  expect(implied.event.context).toEqual([patient('p2')]);
  late.send({ id: implied.id, status: 409 });
  expect(codings(await listener.nextEvent())).toMatchObject({ eventid: id, eventname: 'Encounter-open' });
});

test('row 37: closes are not derived', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open,Patient-close');
  await hub.publish('Encounter-open', [encounter(), patient()]);
  await subscriber.nextEvent();
  await hub.publish('Encounter-close', [encounter(), patient()]);
  await hub.expectNothingFor(subscriber);
});

test('row 38: reverse-domain events pass through with whatever they carry; a dash makes them no event', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('org.example.patient_transmogrify');
  const context = [{ key: 'wand', data: { wood: 'holly' } }];
  const { id } = await hub.publish('org.example.patient_transmogrify', context);
  expect(await subscriber.nextEvent()).toMatchObject({ id, event: { context } });
  expect((await hub.refused(hub.message('org.example.patient-transmogrify', []))).status).toBe(400);
  const dashed = await hub.form(hub.subscription('org.example.patient-transmogrify'));
  expect(dashed.status).toBe(400);
});

test('row 39: extension passes through: as a context key, on the event and beside it', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  const context = [patient(), { key: 'extension', data: { 'user-timezone': '+1:00' } }];
  const message = hub.message('Patient-open', context);
  const posted = {
    ...message,
    extension: { 'org.example.ward': 7 },
    event: { ...message.event, extension: { colour: 'teal' } },
  };
  expect((await hub.post(posted)).status).toBe(202);
  const heard = await subscriber.nextEvent();
  expect(heard.event.context).toEqual(context);
  expect(heard.event).toMatchObject({ extension: { colour: 'teal' } });
  expect(heard.extension).toEqual({ 'org.example.ward': 7, [EPOCH]: 1 });
});

test('row 39: in extension the hub numbers the changes it has committed, one higher each', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open,Patient-close,org.example.note');
  await hub.publish('Patient-open', [patient('p1')]);
  await hub.publish('Patient-open', [patient('p2')]);
  await hub.publish('org.example.note', []);
  await hub.publish('Patient-close', [patient('p2')]);
  const epochs = [];
  for (let count = 0; count < 4; count++) epochs.push((await subscriber.nextEvent()).extension?.[EPOCH]);
  expect(epochs).toEqual([1, 2, 2, 3]);
});

test('an id is used once: the very same change may be sent again while it is the last, nothing else may', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  const id = randomUUID();
  const message = await hub.publish('Patient-open', [patient('p1')], { id });
  const { event } = await subscriber.nextEvent();
  expect((await hub.post(message)).status).toBe(202);
  expect((await subscriber.nextEvent()).event).toEqual(event);
  expect((await hub.refused(hub.message('Patient-open', [patient('p2')], { id }))).status).toBe(409);
  await hub.publish('Patient-open', [patient('p3')]);
  await subscriber.nextEvent();
  expect((await hub.refused(message)).status).toBe(409);
  await hub.expectNothingFor(subscriber);
  expect((await hub.current()).context).toEqual([patient('p3')]);
});

test('an open may not be sent again once its content has moved on: it would name an old version', async () => {
  const hub = await startTestHub();
  const message = await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const versionId = (await hub.current())['context.versionId'];
  await hub.publish('DiagnosticReport-update', updates('r1', [put(observation('o1'))]), { versionId });
  expect((await hub.refused(message)).status).toBe(409);
});
