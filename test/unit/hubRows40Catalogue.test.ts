/** Checklist rows 40 to 48: the event catalogue. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../main/context/hub/limits.js';
import {
  encounter,
  type Entry,
  observation,
  patient,
  put,
  report,
  startTestHub,
  study,
  updates,
  type TestHub,
} from './hubPeers.js';

/** Publishes and returns what a subscriber of exactly that event hears. */
async function broadcastOf(hub: TestHub, event: string, context: Entry[], versionId?: string) {
  const subscriber = await hub.subscriber(event);
  await hub.publish(event, context, versionId === undefined ? {} : { versionId });
  return (await subscriber.nextEvent()).event;
}

test('row 40: Patient-open and Patient-close travel whole', async () => {
  const hub = await startTestHub();
  const context = [patient('p1', { name: [{ family: "O'Neill", given: ['Zoë', '静'] }] })];
  expect(await broadcastOf(hub, 'Patient-open', context)).toMatchObject({ 'hub.event': 'Patient-open', context });
  expect(await broadcastOf(hub, 'Patient-close', context)).toMatchObject({ 'hub.event': 'Patient-close', context });
});

test('row 41: Encounter-open and -close carry encounter and patient', async () => {
  const hub = await startTestHub();
  const context = [encounter(), patient()];
  expect(await broadcastOf(hub, 'Encounter-open', context)).toMatchObject({ context });
  expect(await hub.current()).toMatchObject({ 'context.type': 'Encounter', context });
  expect(await broadcastOf(hub, 'Encounter-close', context)).toMatchObject({ context });
  expect((await hub.refused(hub.message('Encounter-close', [encounter()]))).status).toBe(400);
});

test('row 42: ImagingStudy-open and -close carry the study, and encounter and patient if there are', async () => {
  const hub = await startTestHub();
  for (const context of [[study()], [study(), encounter(), patient()]]) {
    expect(await broadcastOf(hub, 'ImagingStudy-open', context)).toMatchObject({ context });
    expect((await hub.current())['context.type']).toBe('ImagingStudy');
    expect(await broadcastOf(hub, 'ImagingStudy-close', context)).toMatchObject({ context });
  }
});

test.each([
  ['urn:oid:1.2.840.113619.2.5', 202],
  ['1.2.840.113619.2.5', 400],
  ['urn:oid:1.02.840', 400],
  ['urn:oid:', 400],
])('row 42: the study instance UID %s under urn:dicom:uid is answered with %i', async (value, status) => {
  const hub = await startTestHub();
  const { resource } = study();
  const context = [{ key: 'study', resource: { ...resource, identifier: [{ system: 'urn:dicom:uid', value }] } }];
  expect((await hub.post(hub.message('ImagingStudy-open', context))).status).toBe(status);
});

test('row 42: an accession number alone identifies a study, as identifier or by its order', async () => {
  const hub = await startTestHub();
  const { resource } = study();
  const accession = (resource?.['identifier'] as object[]).slice(1);
  const basedOn = [{ type: 'ServiceRequest', identifier: accession[0] }];
  for (const known of [{ identifier: accession }, { identifier: undefined, basedOn }]) {
    const context = [{ key: 'study', resource: { ...resource, ...known } }];
    expect((await hub.post(hub.message('ImagingStudy-open', context))).status).toBe(202);
  }
  const unknown = [{ key: 'study', resource: { ...resource, identifier: [] } }];
  expect((await hub.post(hub.message('ImagingStudy-open', unknown))).status).toBe(400);
});

test('row 43: DiagnosticReport-open and -close carry report, patient, any number of studies, and an encounter', async () => {
  const hub = await startTestHub();
  for (const context of [
    [report(), patient()],
    [report(), patient(), study('s1'), study('s2'), encounter()],
  ]) {
    expect(await broadcastOf(hub, 'DiagnosticReport-open', context)).toMatchObject({ context });
    expect((await hub.current())['context.type']).toBe('DiagnosticReport');
    expect(await broadcastOf(hub, 'DiagnosticReport-close', context)).toMatchObject({ context });
  }
  expect((await hub.refused(hub.message('DiagnosticReport-open', [report(), study()]))).status).toBe(400);
});

test('row 44: DiagnosticReport-update takes the report as reference or resource, and one Bundle', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const byReference = updates('r1', [put(observation('o1'))]);
  const first = await broadcastOf(hub, 'DiagnosticReport-update', byReference, await versionOf(hub));
  expect(first.context).toEqual(byReference);
  const byResource = [
    { key: 'report', resource: { resourceType: 'DiagnosticReport', id: 'r1' } },
    ...byReference.slice(1),
  ];
  const second = await broadcastOf(hub, 'DiagnosticReport-update', byResource, await versionOf(hub));
  expect(second.context).toEqual(byResource);
  for (const wrong of [byReference.slice(0, 1), [...byReference, ...byReference.slice(1)], byReference.slice(1)]) {
    const message = hub.message('DiagnosticReport-update', wrong, { versionId: await versionOf(hub) });
    expect((await hub.refused(message)).status).toBe(400);
  }
});

test('row 44: an update about another patient than the report is open for is refused', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const context = [
    ...updates('r1', [put(observation('o1'))]),
    { key: 'patient', reference: { reference: 'Patient/p2' } },
  ];
  const message = hub.message('DiagnosticReport-update', context, { versionId: await versionOf(hub) });
  expect((await hub.refused(message)).status).toBe(400);
});

test('row 45: DiagnosticReport-select carries the report and none, one or many selected resources', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const anchor = { key: 'report', reference: [{ reference: 'DiagnosticReport/r1' }] };
  const [one, two] = ['o1', 'o2'].map((id) => ({ key: 'select', reference: [{ reference: `Observation/${id}` }] }));
  for (const context of [[anchor], [anchor, { key: 'select', reference: [] }], [anchor, one, two]]) {
    expect(await broadcastOf(hub, 'DiagnosticReport-select', context as Entry[])).toMatchObject({ context });
  }
  expect((await hub.refused(hub.message('DiagnosticReport-select', [one as Entry]))).status).toBe(400);
});

test('row 46: Home-open has an empty context, and nothing is current then', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  const before = await versionOf(hub);
  expect(await broadcastOf(hub, 'Home-open', [])).toMatchObject({ 'hub.event': 'Home-open', context: [] });
  expect(await hub.current()).toMatchObject({ 'context.type': '', context: [] });
  expect(await versionOf(hub)).not.toBe(before);
  expect((await hub.refused(hub.message('Home-open', [patient()]))).status).toBe(400);
});

test('row 46: a late subscriber is told that the user is at home, after what is still open', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  await hub.publish('Home-open', []);
  const subscriber = await hub.subscriber('Patient-open,Home-open');
  expect((await subscriber.nextEvent()).event['hub.event']).toBe('Patient-open');
  expect((await subscriber.nextEvent()).event['hub.event']).toBe('Home-open');
});

function reason(code: string, more: object[] = []): Entry[] {
  const coding = { name: 'code', valueCoding: { system: 'http://hl7.org/fhir/uv/fhircast/CodeSystem/fhircast', code } };
  return [{ key: 'parameters', resource: { resourceType: 'Parameters', parameter: [coding, ...more] } }];
}

test.each(['user-initiated', 'system-timeout', 'system-initiated'])(
  'row 47: UserLogout and UserHibernate carry the code %s',
  async (code) => {
    const hub = await startTestHub();
    expect(await broadcastOf(hub, 'UserHibernate', reason(code, [{ name: 'hub', valueBoolean: true }]))).toMatchObject({
      context: reason(code, [{ name: 'hub', valueBoolean: true }]),
    });
    expect(await broadcastOf(hub, 'UserLogout', reason(code))).toMatchObject({ context: reason(code) });
  },
);

test.each([
  ['another code', reason('bored')],
  ['no code', [{ key: 'parameters', resource: { resourceType: 'Parameters', parameter: [] } }]],
  ['two codes', reason('user-initiated', [{ name: 'code', valueCoding: { code: 'system-timeout' } }])],
  ['no Parameters', [patient()]],
  ['a hub that is no boolean', reason('user-initiated', [{ name: 'hub', valueString: 'yes' }])],
])('row 47: %s is refused', async (_what, context) => {
  const hub = await startTestHub();
  expect((await hub.refused(hub.message('UserHibernate', context))).status).toBe(400);
});

test('row 47: after UserLogout nothing is open any more; after UserHibernate everything is as it was', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  await hub.publish('UserHibernate', reason('user-initiated'));
  expect((await hub.current())['context.type']).toBe('Patient');
  await hub.publish('UserLogout', reason('user-initiated'));
  expect((await hub.current())['context.type']).toBe('');
  const late = await hub.subscriber('Patient-open');
  await hub.expectNothingFor(late);
});

test('row 48: heartbeats go only to who asks for them by name, need no answer, and nobody may send one', async () => {
  const hub = await startTestHub();
  const asking = await hub.subscriber('Heartbeat');
  const all = await hub.subscriber('*', { marker: false });
  const listener = await hub.subscriber('SyncError');
  for (let beat = 0; beat < 3; beat++) {
    hub.clock.advance(defaultLimits.heartbeat);
    expect((await asking.nextEvent(false)).event).toMatchObject({ 'hub.event': 'Heartbeat' });
  }
  await hub.expectNothingFor(asking, all, listener);
  expect((await hub.refused(hub.message('Heartbeat', []))).status).toBe(400);
});

test('row 48: without one, a quiet subscriber stays', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  hub.clock.advance(3_600_000);
  await hub.expectNothingFor(subscriber);
});

async function versionOf(hub: TestHub): Promise<string> {
  return (await hub.current())['context.versionId'];
}
