/** Checklist rows 61 to 68: content sharing. */
import { expect, test } from 'vitest';
import {
  type Entry,
  observation,
  patient,
  put,
  remove,
  report,
  startTestHub,
  study,
  type TestHub,
  updates,
} from './hubPeers.js';

const UPDATE = 'DiagnosticReport-update';
const OPEN = [report(), patient(), study()];

async function openReport(): Promise<TestHub> {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', OPEN);
  return hub;
}

async function versionOf(hub: TestHub): Promise<string> {
  return (await hub.current())['context.versionId'];
}

async function update(hub: TestHub, entry: object[], bundleId?: string) {
  return hub.publish(UPDATE, updates('r1', entry, bundleId), { versionId: await versionOf(hub) });
}

/** The shared resources by id. */
async function contentOf(hub: TestHub): Promise<Record<string, unknown>> {
  const { context } = await hub.current();
  const bundle = context.find(({ key }) => key === 'content')?.resource as { entry: { resource: { id: string } }[] };
  return Object.fromEntries(bundle.entry.map(({ resource }) => [resource.id, resource]));
}

test('row 61: each open is given a version of its own, in the broadcast and in the answer', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open,DiagnosticReport-open');
  const versions = new Set<unknown>();
  for (const [event, context] of [
    ['Patient-open', [patient()]],
    ['DiagnosticReport-open', OPEN],
  ] as [string, Entry[]][]) {
    const message = hub.message(event, context);
    const answer = (await (await hub.post(message)).json()) as Record<string, string>;
    const { 'context.versionId': version } = (await subscriber.nextEvent()).event;
    expect(version).toMatch(/\S/);
    expect(answer['context.versionId']).toBe(version);
    expect(await versionOf(hub)).toBe(version);
    versions.add(version);
  }
  expect(versions.size).toBe(2);
});

test('row 62: an update to another version than the current one is refused, and nothing is broadcast', async () => {
  const hub = await openReport();
  const subscriber = await hub.subscriber(UPDATE);
  const old = await versionOf(hub);
  await update(hub, [put(observation('o1'))]);
  await subscriber.nextEvent();
  for (const versionId of [old, 'made-up', undefined]) {
    const more = versionId === undefined ? {} : { versionId };
    const refusal = await hub.refused(hub.message(UPDATE, updates('r1', [put(observation('o2'))]), more));
    expect(refusal.status).toBe(versionId === undefined ? 400 : 409);
  }
  await hub.expectNothingFor(subscriber);
  expect(Object.keys(await contentOf(hub))).toEqual(['o1']);
});

test('row 62: the version may be named versionId, as the table of §2.3 has it', async () => {
  const hub = await openReport();
  const message = hub.message(UPDATE, updates('r1', [put(observation('o1'))]));
  const event = { ...message.event, versionId: await versionOf(hub) };
  expect((await hub.post({ ...message, event })).status).toBe(202);
});

test('row 63: an accepted update is broadcast with the new and the prior version, its Bundle unchanged', async () => {
  const hub = await openReport();
  const subscriber = await hub.subscriber(UPDATE);
  const prior = await versionOf(hub);
  const { id, event } = await update(hub, [put(observation('o1'))], 'bundle-7');
  const heard = await subscriber.nextEvent();
  expect(heard.id).toBe(id);
  expect(heard.event.context).toEqual(event.context);
  expect(heard.event['context.priorVersionId']).toBe(prior);
  expect(heard.event['context.versionId']).toBe(await versionOf(hub));
  expect(heard.event['context.versionId']).not.toBe(prior);
});

test.each([
  ['a POST', { resource: observation('o2'), request: { method: 'POST', url: 'Observation' } }],
  ['no method', { resource: observation('o2') }],
  ['a PUT without id', { resource: { resourceType: 'Observation' }, request: { method: 'PUT' } }],
  ['the deletion of what is not there', remove('Observation/never')],
  ['one resource twice', put(observation('o1', 'again'))],
])('row 64: a Bundle with %s is refused whole', async (_what, wrong) => {
  const hub = await openReport();
  const subscriber = await hub.subscriber(UPDATE);
  const versionId = await versionOf(hub);
  const message = hub.message(UPDATE, updates('r1', [put(observation('o1')), wrong]), { versionId });
  expect((await hub.refused(message)).status).toBe(400);
  await hub.expectNothingFor(subscriber);
  expect(await versionOf(hub)).toBe(versionId);
  expect(await contentOf(hub)).toEqual({});
});

test('row 64: only one of two updates to the same version is taken', async () => {
  const hub = await openReport();
  const versionId = await versionOf(hub);
  const statuses = await Promise.all(
    ['o1', 'o2'].map(async (id) => {
      const message = hub.message(UPDATE, updates('r1', [put(observation(id))]), { versionId });
      return (await hub.post(message)).status;
    }),
  );
  expect(statuses.toSorted()).toEqual([202, 409]);
  expect(Object.keys(await contentOf(hub))).toHaveLength(1);
});

test('row 64: a Bundle that is no transaction is refused', async () => {
  const hub = await openReport();
  const context = updates('r1', [put(observation('o1'))]);
  const batch = context.map((entry) =>
    entry.key === 'updates' ? { ...entry, resource: { ...entry.resource, type: 'batch' } } : entry,
  );
  expect((await hub.refused(hub.message(UPDATE, batch, { versionId: await versionOf(hub) }))).status).toBe(400);
});

test('row 65: getting the context adds one collection Bundle; the opened resources stay as they were opened', async () => {
  const hub = await openReport();
  await update(hub, [put(observation('o1')), put(observation('o2'))]);
  await update(hub, [put(observation('o2', 'changed')), put({ ...report().resource, status: 'final' })]);
  await update(hub, [remove('Observation/o1')]);
  const { context } = await hub.current();
  expect(context.filter(({ key }) => key !== 'content')).toEqual(OPEN);
  const contents = context.filter(({ key }) => key === 'content');
  expect(contents).toHaveLength(1);
  const bundle = contents[0]?.resource as { type: string; entry: object[] };
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
  expect(bundle.entry.every((entry) => !('request' in entry))).toBe(true);
  expect(await contentOf(hub)).toEqual({
    o2: observation('o2', 'changed'),
    r1: { ...report().resource, status: 'final' },
  });
});

test('row 65: before any update the Bundle is empty', async () => {
  const hub = await openReport();
  expect(await contentOf(hub)).toEqual({});
});

test('row 66: content stays while other contexts are open, also to be updated, and goes with the close', async () => {
  const hub = await openReport();
  await update(hub, [put(observation('o1'))]);
  const versionId = await versionOf(hub);
  await hub.publish('Patient-open', [patient('p2')]);
  await hub.publish(UPDATE, updates('r1', [put(observation('o2'))]), { versionId }); // outside the current context
  expect((await hub.current())['context.type']).toBe('Patient');
  await hub.publish('DiagnosticReport-open', OPEN);
  expect(Object.keys(await contentOf(hub))).toEqual(['o1', 'o2']);
  await hub.publish('DiagnosticReport-close', OPEN);
  const late = hub.message(UPDATE, updates('r1', [put(observation('o3'))]), { versionId });
  expect((await hub.refused(late)).status).toBe(409);
  await hub.publish('DiagnosticReport-open', OPEN);
  expect(await contentOf(hub)).toEqual({});
});

test.each(['DiagnosticReport/r1', 'Patient/p1', 'ImagingStudy/s1'])(
  'row 67: %s of the open event cannot be deleted, however it is addressed',
  async (reference) => {
    const hub = await openReport();
    const [resourceType, id] = reference.split('/');
    await update(hub, [put({ resourceType, id, note: 'changed since' })]);
    for (const entry of [
      remove(reference),
      remove(`https://fhir.example.org/R4/${reference}`),
      { request: { method: 'DELETE', url: reference } },
      { resource: { resourceType, id }, request: { method: 'DELETE' } },
    ]) {
      const message = hub.message(UPDATE, updates('r1', [entry]), { versionId: await versionOf(hub) });
      expect((await hub.refused(message)).status).toBe(400);
    }
  },
);

test('row 68: an event that is too large is refused with 413, declared or not, and the hub lives on', async () => {
  const hub = await startTestHub({ limits: { eventBytes: 100_000 } });
  const subscriber = await hub.subscriber('Patient-open');
  const large = JSON.stringify(hub.message('Patient-open', [patient('p1', { note: 'x'.repeat(100_000) })]));
  expect((await hub.post(large)).status).toBe(413);
  const body = new ReadableStream({
    start(stream) {
      for (let at = 0; at < large.length; at += 10_000) stream.enqueue(Buffer.from(large.slice(at, at + 10_000)));
      stream.close();
    },
  });
  const headers = { 'content-type': 'application/json' };
  const chunked = await hub.fetch('', { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
  expect([chunked.status, await chunked.text()]).toEqual([413, 'the body is larger than 100000 bytes']);
  await hub.publish('Patient-open', [patient()]);
  expect((await subscriber.nextEvent()).event.context).toEqual([patient()]);
});

test('row 68: content that grows too large is refused with 413, and stays as it was', async () => {
  const hub = await startTestHub({ limits: { contentBytes: 5000 } });
  await hub.publish('DiagnosticReport-open', OPEN);
  await update(hub, [put(observation('o1', 'x'.repeat(3000)))]);
  const versionId = await versionOf(hub);
  const more = hub.message(UPDATE, updates('r1', [put(observation('o2', 'x'.repeat(3000)))]), { versionId });
  expect((await hub.refused(more)).status).toBe(413);
  expect(Object.keys(await contentOf(hub))).toEqual(['o1']);
  await update(hub, [put(observation('o1', 'x'.repeat(4000)))]); // replaced, not added
});
