/** Subscribers are asked before the patient changes: Lanyard's own event, against a real hub over loopback sockets. */
import { describe, expect, test } from 'vitest';
import type { Approve } from '../../main/context/hub/hubContext.js';
import { patient, type Message, startTestHub, type Subscriber, type TestHub } from './hubPeers.js';

const SURVEY = 'uk.lanyard.patientchange';
const OPEN = 'Patient-open';

const ask = (hub: TestHub, context: unknown[] = [patient('p2')]) =>
  hub.hub.survey({ topic: hub.topic, context, except: null });

async function question(subscriber: Subscriber): Promise<Message> {
  const asked = await subscriber.nextEvent(false);
  expect(asked.event['hub.event']).toBe(SURVEY);
  return asked;
}

test('asks who subscribed by the name of the event, with the patient who is wanted, and takes 200 as "ready"', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber(`${SURVEY.toUpperCase()},${OPEN}`, { name: 'Dictation' });
  expect(hub.hub.surveyed(hub.topic)).toEqual(['Dictation']);
  const objections = ask(hub);
  const { id, event, timestamp } = await question(subscriber);
  expect(event).toEqual({ 'hub.topic': hub.topic, 'hub.event': SURVEY, context: [patient('p2')] });
  expect(Date.parse(timestamp)).toBe(hub.clock.now());
  subscriber.send({ id, status: 200 });
  expect(await objections).toEqual([]);
});

test.each(['*', '*-*', `${OPEN},SyncError`])('a subscription to %s is not asked', async (events) => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber(events);
  expect(await ask(hub)).toEqual([]);
  expect(hub.hub.surveyed(hub.topic)).toEqual([]);
  await hub.expectNothingFor(subscriber);
});

test('nor is one without the scope to read it, who learns of no patient', async () => {
  const hub = await startTestHub();
  const scopes = (more: string) => hub.grant(`fhircast/${OPEN}.read fhircast/org.example.marker.read ${more}`);
  const without = await hub.subscriber(`${SURVEY},${OPEN}`, { token: scopes('') });
  const saying = await hub.subscriber(`${SURVEY},${OPEN}`, { token: scopes(`fhircast/${SURVEY}.write`) });
  const reading = await hub.subscriber(`${SURVEY},${OPEN}`, { token: scopes(`fhircast/${SURVEY}.read`) });
  const objections = ask(hub);
  reading.send({ id: (await question(reading)).id, status: 200 });
  expect(await objections).toEqual([]);
  await hub.expectNothingFor(without, saying);
});

describe('who objects', () => {
  test.each([
    ['409', { status: 409, reason: 'A letter is being dictated' }, 'refused', 'A letter is being dictated'],
    ['409 without words', { status: '409' }, 'refused', null],
    ['a failure', { status: 503, reason: 7 }, 'refused', null],
    ['far too many words', { status: 409, reason: 'x'.repeat(5000) }, 'refused', 'x'.repeat(200)],
  ])('%s', async (_name, answer, kind, reason) => {
    const hub = await startTestHub();
    const subscriber = await hub.subscriber(SURVEY, { name: 'Dictation' });
    const objections = ask(hub);
    subscriber.send({ id: (await question(subscriber)).id, ...answer });
    expect(await objections).toEqual([{ subscriberName: 'Dictation', kind, reason }]);
  });

  test('silence for a second, also after 202; nobody is cut for it, and a late answer changes nothing', async () => {
    const hub = await startTestHub();
    const silent = await hub.subscriber(SURVEY, { name: 'Dictation' });
    const slow = await hub.subscriber(`${SURVEY},SyncError`, { name: 'Reports' });
    const objections = ask(hub);
    const { id } = await question(silent);
    await hub.answer(slow, (await question(slow)).id, 202);
    hub.clock.advance(999);
    hub.clock.advance(1);
    expect((await objections).map(({ subscriberName, kind }) => `${subscriberName} ${kind}`)).toEqual([
      'Dictation silent',
      'Reports silent',
    ]);
    await hub.answer(silent, id, 409);
    hub.clock.advance(30_000);
    await hub.expectNothingFor(silent, slow);
  });

  test('who has gone is not waited for, and nobody hears that it was asked', async () => {
    const hub = await startTestHub();
    const going = await hub.subscriber(SURVEY, { name: 'Dictation' });
    const other = await hub.subscriber('SyncError', { name: 'Reports' });
    const objections = ask(hub);
    await question(going);
    going.socket.terminate();
    expect(await objections).toEqual([]);
    const { event } = await other.nextEvent();
    expect(event['hub.event']).toBe('SyncError'); // that the connection was lost
    expect(JSON.stringify(event)).not.toContain(SURVEY);
    expect(JSON.stringify(event)).not.toContain('MRN-p2');
  });

  test('who proposed the change with this token is not asked; others are', async () => {
    let propose: Parameters<Approve>[0] | null = null;
    const hub = await startTestHub({
      approve: (proposal) => {
        propose = proposal;
        return new Promise(() => undefined);
      },
    });
    const token = hub.grant('fhircast/*.*', { name: 'Dictation' });
    const proposing = await hub.subscriber(SURVEY, { token });
    const other = await hub.subscriber(SURVEY, { name: 'Reports' });
    expect((await hub.post(hub.message(OPEN, [patient('p2')]), token)).status).toBe(202);
    await expect.poll(() => propose).not.toBeNull();
    const { grant } = propose as unknown as Parameters<Approve>[0];
    const objections = hub.hub.survey({ topic: hub.topic, context: [patient('p2')], except: grant });
    other.send({ id: (await question(other)).id, status: 409 });
    expect((await objections).map(({ subscriberName }) => subscriberName)).toEqual(['Reports']);
    await hub.expectNothingFor(proposing);
  });
});

test('nothing of it is in the current context, its version, or what a late subscriber hears', async () => {
  const hub = await startTestHub();
  await hub.publish(OPEN, [patient('p1')]);
  const before = await hub.current();
  const subscriber = await hub.subscriber(SURVEY);
  const objections = ask(hub);
  const { id } = await question(subscriber);
  expect(await hub.current()).toEqual(before);
  const late = await hub.subscriber(`${SURVEY},${OPEN}`);
  expect((await late.nextEvent()).event.context).toEqual([patient('p1')]);
  await hub.expectNothingFor(late);
  subscriber.send({ id, status: 409 });
  expect(await objections).toHaveLength(1);
  expect(await hub.current()).toEqual(before);
});

test('no program can ask in its place', async () => {
  const hub = await startTestHub();
  expect(await hub.refused(hub.message(SURVEY, [patient('p2')]))).toMatchObject({ status: 400 });
  expect(() => {
    hub.hub.publishFromShell({ topic: hub.topic, event: SURVEY, context: [] });
  }).toThrow('hub only');
});

test('a subscription that is changed is asked from then on, and the shell hears of it', async () => {
  const hub = await startTestHub();
  const endpoint = await hub.endpoint(OPEN);
  const subscriber = await hub.connect(endpoint);
  await subscriber.next();
  const changed = hub.heard((event) => event.kind === 'subscribed');
  await hub.form(hub.subscription(SURVEY, { 'hub.channel.endpoint': endpoint }));
  await subscriber.next();
  expect(await changed).toMatchObject({ events: SURVEY });
  expect(hub.hub.surveyed(hub.topic)).toHaveLength(1);
});
