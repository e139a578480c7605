/** Checklist rows 14 to 29: subscribing, confirming, denying, unsubscribing. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../main/context/hub/limits.js';
import {
  encounter,
  MARKER,
  observation,
  patient,
  put,
  report,
  startTestHub,
  study,
  Subscriber,
  type TestHub,
  updates,
} from './hubPeers.js';

/** What a WebSocket at the endpoint is answered instead of being opened. */
async function refusalAt(endpoint: string): Promise<string> {
  return new Subscriber(endpoint).opened.then(
    () => 'opened',
    (error: unknown) => String(error),
  );
}

async function statusOf(hub: TestHub, fields: Record<string, string | undefined>): Promise<number> {
  const response = await hub.form(fields);
  await response.text();
  return response.status;
}

test('row 14: a form with every field is taken, lease and name included', async () => {
  const hub = await startTestHub();
  const subscribed = hub.heard(({ kind }) => kind === 'subscribed');
  const endpoint = await hub.endpoint('Patient-open', { 'hub.lease_seconds': '60', 'subscriber.name': 'Acme Viewer' });
  const subscriber = await hub.connect(endpoint);
  expect(await subscriber.next()).toMatchObject({ 'hub.lease_seconds': 60 });
  expect(await subscribed).toMatchObject({ subscriberName: 'Acme Viewer', topic: hub.topic, events: 'Patient-open' });
});

test('row 14: a subscription that is no form is refused with 415', async () => {
  const hub = await startTestHub();
  const body = new URLSearchParams(hub.subscription('Patient-open') as Record<string, string>).toString();
  const headers = { 'content-type': 'text/plain' };
  expect((await hub.fetch('', { method: 'POST', body, headers })).status).toBe(415);
});

test('row 15: the answer is 202 and JSON with a WebSocket address of this hub', async () => {
  const hub = await startTestHub();
  const response = await hub.form(hub.subscription('Patient-open'));
  expect(response.status).toBe(202);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const body = (await response.json()) as Record<string, string>;
  expect(Object.keys(body)).toEqual(['hub.channel.endpoint']);
  expect(new URL(body['hub.channel.endpoint'] ?? '').host).toBe(new URL(hub.url).host);
  expect(body['hub.channel.endpoint']).toMatch(/^ws:/);
});

test('row 16: endpoints carry 256 random bits, differ, serve one WebSocket and wait for it a minute', async () => {
  const hub = await startTestHub();
  const endpoints = await Promise.all(Array.from({ length: 20 }, () => hub.endpoint('Patient-open')));
  expect(new Set(endpoints).size).toBe(20);
  for (const endpoint of endpoints) expect(endpoint.split('/').at(-1)).toMatch(/^[\w-]{43}$/);
  const [used = '', late = ''] = endpoints;
  await hub.connect(used);
  expect(await refusalAt(used)).toContain('404');
  hub.clock.advance(defaultLimits.endpointLife);
  expect(await refusalAt(late)).toContain('404');
});

test('row 17: without a channel type, or with another one, it is refused', async () => {
  const hub = await startTestHub();
  expect(await statusOf(hub, hub.subscription('Patient-open', { 'hub.channel.type': undefined }))).toBe(400);
  expect(await statusOf(hub, hub.subscription('Patient-open', { 'hub.channel.type': 'webhook' }))).toBe(400);
});

test.each([
  ['no topic', { 'hub.topic': undefined }],
  ['no mode', { 'hub.mode': undefined }],
  ['another mode', { 'hub.mode': 'listen' }],
  ['no events', { 'hub.events': undefined }],
  ['something that is no event', { 'hub.events': 'Patient-open,Patient-transmogrify' }],
  ['a lease of nothing', { 'hub.lease_seconds': '0' }],
  ['a lease that is no number', { 'hub.lease_seconds': 'forever' }],
  ['an endpoint that is none', { 'hub.channel.endpoint': 'ws://127.0.0.1/hub/ws/none' }],
])('row 18: %s is refused with 4xx and a plain sentence for developers', async (_what, fields) => {
  const hub = await startTestHub();
  const response = await hub.form(hub.subscription('Patient-open', fields));
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  expect((await response.text()).length).toBeGreaterThan(10);
});

test('row 18: a field that is given twice is refused', async () => {
  const hub = await startTestHub();
  const body = new URLSearchParams(hub.subscription('Patient-open') as Record<string, string>);
  body.append('hub.topic', hub.topic);
  const response = await hub.fetch('', { method: 'POST', body });
  expect([response.status, await response.text()]).toEqual([400, 'hub.topic appears twice']);
});

test('row 19: an event that is named twice is granted once and heard once', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.connect(await hub.endpoint(`Patient-open,patient-open,Patient-open,${MARKER}`));
  expect(await subscriber.next()).toMatchObject({ 'hub.events': `Patient-open,${MARKER}` });
  const { id } = await hub.publish('Patient-open', [patient()]);
  expect((await subscriber.nextEvent()).id).toBe(id);
  await hub.expectNothingFor(subscriber);
});

test('row 20: event names know no case: in subscriptions, in events, in scopes', async () => {
  const hub = await startTestHub();
  const token = hub.grant(`fhircast/PATIENT-open.read fhircast/${MARKER}.read`);
  const subscriber = await hub.subscriber('pAtIeNt-OpEn', { token });
  const { id } = await hub.publish('PATIENT-OPEN', [patient()]);
  expect(await subscriber.nextEvent()).toMatchObject({ id, event: { 'hub.event': 'Patient-open' } });
  expect((await hub.current())['context.type']).toBe('Patient');
});

test('row 21: the confirmation names mode, topic, granted events and a numeric lease', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.connect(await hub.endpoint('Patient-open,Patient-close'));
  expect(await subscriber.next()).toEqual({
    'hub.mode': 'subscribe',
    'hub.topic': hub.topic,
    'hub.events': 'Patient-open,Patient-close',
    'hub.lease_seconds': 7200,
  });
});

test('row 22: subscribing again at an endpoint replaces the events on the live socket', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint(`Patient-open,${MARKER}`);
  const subscriber = await hub.connect(endpoint);
  await subscriber.next();
  expect(await hub.endpoint(`Encounter-open,${MARKER}`, { 'hub.channel.endpoint': endpoint })).toBe(endpoint);
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'subscribe', 'hub.events': `Encounter-open,${MARKER}` });
  await hub.publish('Patient-open', [patient()]);
  const { id } = await hub.publish('Encounter-open', [encounter(), patient()]);
  expect((await subscriber.nextEvent()).id).toBe(id);
  await hub.expectNothingFor(subscriber);
});

test('row 22: what was heard before is not told again, what is new is', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint(`Patient-open,${MARKER}`);
  const subscriber = await hub.connect(endpoint);
  await subscriber.next();
  await hub.publish('Encounter-open', [encounter('e9'), patient()]);
  await subscriber.nextEvent(); // its patient, implied
  await hub.publish('Patient-open', [patient('p2')]);
  await subscriber.nextEvent();
  await hub.endpoint(`Patient-open,Encounter-open,${MARKER}`, { 'hub.channel.endpoint': endpoint });
  await subscriber.next();
  expect((await subscriber.nextEvent()).event.context).toContainEqual(encounter('e9'));
  await hub.expectNothingFor(subscriber);
});

test('row 22: a subscription is carried on by a renewed token', async () => {
  const hub = await startTestHub();
  const [old, renewed] = [hub.grant('fhircast/*.*', { life: 10_000 }), hub.grant('fhircast/*.*')];
  const endpoint = await hub.endpoint('Patient-open', {}, old);
  const subscriber = await hub.connect(endpoint);
  await subscriber.next();
  await hub.endpoint('Patient-open', { 'hub.channel.endpoint': endpoint }, renewed);
  expect(await subscriber.next()).toMatchObject({ 'hub.lease_seconds': 7200 });
  hub.hub.tokens.revoke(old);
  hub.clock.advance(10_000);
  await hub.publish('Patient-open', [patient()]);
  expect((await subscriber.nextEvent()).event['hub.event']).toBe('Patient-open');
});

test('row 23: at the end of the lease the subscriber is denied and its WebSocket closed', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open', { more: { 'hub.lease_seconds': '30' } });
  const other = await hub.subscriber('Patient-open');
  hub.clock.advance(29_999);
  await hub.expectNothingFor(subscriber, other);
  hub.clock.advance(1);
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'denied' });
  expect((await subscriber.closed).code).toBe(1000);
  await hub.expectNothingFor(other);
});

test('row 24: an unknown endpoint is never confirmed', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint('Patient-open');
  const guess = endpoint.slice(0, -1) + (endpoint.endsWith('A') ? 'B' : 'A');
  for (const wrong of [guess, endpoint.slice(0, endpoint.lastIndexOf('/')), hub.url.replace('http', 'ws')]) {
    expect(await refusalAt(wrong)).toContain('404');
  }
});

test('row 25: a late subscriber is told what is open, each anchor type once, with the original time', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient('gone')]);
  hub.clock.advance(1000);
  const first = await hub.publish('Patient-open', [patient('p1')]);
  hub.clock.advance(60_000);
  const second = await hub.publish('ImagingStudy-open', [study(), patient()]);
  hub.clock.advance(60_000);
  const subscriber = await hub.subscriber('Patient-open,ImagingStudy-open,Encounter-open');
  for (const expected of [first, second]) {
    const { id, timestamp, event } = await subscriber.nextEvent();
    expect({ id, timestamp }).toEqual({ id: expected.id, timestamp: expected.timestamp });
    expect(event.context).toEqual(expected.event.context);
  }
  await hub.expectNothingFor(subscriber);
});

test('row 25: not what it did not ask for, and not what was closed', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  const stranger = await hub.subscriber('Patient-close');
  await hub.expectNothingFor(stranger);
  await hub.publish('Patient-close', [patient()]);
  const late = await hub.subscriber('Patient-open');
  await hub.expectNothingFor(late);
});

test('row 25: with the version to which it must refer when it updates', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient(), study()]);
  const { 'context.versionId': opened } = await hub.current();
  await hub.publish('DiagnosticReport-update', updates('r1', [put(observation('o1'))]), { versionId: opened });
  const { 'context.versionId': versionId } = await hub.current();
  const subscriber = await hub.subscriber('DiagnosticReport-open');
  expect((await subscriber.nextEvent()).event['context.versionId']).toBe(versionId);
});

test('row 26: a revoked token denies at any time, with topic, events and reason', async () => {
  const hub = await startTestHub();
  const token = hub.grant('fhircast/*.*');
  const subscriber = await hub.subscriber('Patient-open,Patient-close', { token, marker: false });
  const other = await hub.subscriber('Patient-open');
  hub.hub.tokens.revoke(token);
  expect(await subscriber.next()).toEqual({
    'hub.mode': 'denied',
    'hub.topic': hub.topic,
    'hub.events': 'Patient-open,Patient-close',
    'hub.reason': 'the session has ended',
  });
  await subscriber.closed;
  await hub.expectNothingFor(other);
});

test('row 26: the end of a session denies all its subscribers and forgets what was open', async () => {
  const hub = await startTestHub();
  await hub.publish('Patient-open', [patient()]);
  const subscriber = await hub.subscriber('Patient-close');
  hub.hub.tokens.endTopic(hub.topic);
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'denied' });
  await subscriber.closed;
  expect((await hub.fetch(`/${hub.topic}`)).status).toBe(401);
  const again = hub.grant('fhircast/*.*');
  expect((await hub.current(again)).context).toEqual([]);
});

test('row 27: unsubscribing is a form without events, answered by 202 and the endpoint', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint('Patient-open');
  const fields = hub.subscription('', { 'hub.mode': 'unsubscribe', 'hub.channel.endpoint': endpoint });
  const response = await hub.form({ ...fields, 'hub.events': undefined });
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ 'hub.channel.endpoint': endpoint });
  expect(await refusalAt(endpoint)).toContain('404');
});

test('row 27: a partial unsubscribe is a full one; without an endpoint, or with another topic, it is none', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint('Patient-open,Patient-close');
  const subscriber = await hub.connect(endpoint);
  const off = { 'hub.mode': 'unsubscribe' };
  expect(await statusOf(hub, hub.subscription('Patient-open', off))).toBe(400);
  const otherTopic = hub.hub.tokens.openTopic();
  const other = hub.grant('fhircast/*.*', { topic: otherTopic });
  const stolen = hub.subscription('Patient-open', {
    ...off,
    'hub.topic': otherTopic,
    'hub.channel.endpoint': endpoint,
  });
  expect((await hub.form(stolen, other)).status).toBe(404);
  expect(subscriber.socket.readyState).toBe(subscriber.socket.OPEN);
  expect(await statusOf(hub, hub.subscription('Patient-open', { ...off, 'hub.channel.endpoint': endpoint }))).toBe(202);
  await subscriber.closed;
});

test('row 28: the denial comes over the WebSocket, which is closed, and the endpoint does not come back', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint('Patient-open');
  const subscriber = await hub.connect(endpoint);
  await subscriber.next();
  await statusOf(hub, hub.subscription('', { 'hub.mode': 'unsubscribe', 'hub.channel.endpoint': endpoint }));
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'denied', 'hub.topic': hub.topic });
  expect((await subscriber.closed).code).toBe(1000);
  expect(await refusalAt(endpoint)).toContain('404');
  const again = hub.subscription('Patient-open', { 'hub.channel.endpoint': endpoint });
  expect(await statusOf(hub, again)).toBe(404);
});

test('row 29: the others on the topic are untouched, and hear of no error', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint('Patient-open');
  const leaving = await hub.connect(endpoint);
  const staying = await hub.subscriber('Patient-open,SyncError');
  await statusOf(hub, hub.subscription('', { 'hub.mode': 'unsubscribe', 'hub.channel.endpoint': endpoint }));
  await leaving.closed;
  await hub.expectNothingFor(staying);
  const { id } = await hub.publish('Patient-open', [patient()]);
  expect((await staying.nextEvent()).id).toBe(id);
});
