/** Checklist rows 49 to 55: acknowledgements and SyncError. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../main/context/hub/limits.js';
import {
  codings,
  issueOf,
  observation,
  patient,
  put,
  report,
  startTestHub,
  syncError,
  type TestHub,
  updates,
} from './hubPeers.js';

const EVENTS = 'Patient-open,SyncError';
const PATIENCE = defaultLimits.acknowledgement;

/** A refuser and a listener, who both have heard a Patient-open; the listener has answered it. */
async function opened(hub: TestHub) {
  const refuser = await hub.subscriber(EVENTS, { name: 'Acme Viewer' });
  const listener = await hub.subscriber(EVENTS, { name: 'Listener' });
  const { id } = await hub.publish('Patient-open', [patient()]);
  await refuser.nextEvent(false);
  await listener.next();
  await hub.answer(listener, id, 200);
  return { refuser, listener, id };
}

test.each([200, '200', 202, '202', 204])(
  'row 49: the status %j follows, and no SyncError comes of it',
  async (status) => {
    const hub = await startTestHub();
    const { refuser, listener, id } = await opened(hub);
    await hub.answer(refuser, id, status);
    hub.clock.advance(PATIENCE * 2);
    await hub.expectNothingFor(refuser, listener);
  },
);

test.each([409, '409', 400, 500, '503'])('row 49: the status %j, number or string, refuses', async (status) => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  await hub.answer(refuser, id, status);
  expect(codings(await listener.nextEvent())).toMatchObject({ eventid: id });
});

test('row 49: 202 may become a refusal within ten seconds, and not after', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  await hub.answer(refuser, id, 202);
  hub.clock.advance(PATIENCE - 1);
  await hub.answer(refuser, id, 409);
  expect(codings(await listener.nextEvent())).toMatchObject({ eventid: id });
  const second = await hub.publish('Patient-open', [patient('p2')]);
  await listener.nextEvent();
  await refuser.nextEvent(false);
  await hub.answer(refuser, second.id, 202);
  hub.clock.advance(PATIENCE);
  refuser.send({ id: second.id, status: 409 });
  await hub.expectNothingFor(refuser, listener);
});

test('row 49: an answer without a status is a 200, as @medplum/core sends it', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  const taken = hub.heard((event) => event.kind === 'answered' && event.status === 200);
  refuser.send({ id, timestamp: '2026-03-02T09:00:00Z' });
  await taken;
  hub.clock.advance(PATIENCE);
  await hub.expectNothingFor(refuser, listener);
});

test('row 49: an answer to nothing, or a second one, changes nothing', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  refuser.send({ id: 'never-sent', status: 409 });
  await hub.answer(refuser, id, 200);
  refuser.send({ id, status: 409 });
  await hub.expectNothingFor(refuser, listener);
});

test('row 50: a refusal is a SyncError to the others, not to who refused', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  await hub.answer(refuser, id, 409);
  expect((await listener.nextEvent()).event['hub.event']).toBe('SyncError');
  await hub.expectNothingFor(refuser, listener);
});

test('row 51: a SyncError is a warning with a text, and names event, id and subscriber in both spellings', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  await hub.answer(refuser, id, 409);
  const message = await listener.nextEvent();
  expect(message.event['hub.topic']).toBe(hub.topic);
  expect(message.event.context).toHaveLength(1);
  expect(message.event.context[0]?.key).toBe('operationoutcome');
  expect(message.event.context[0]?.resource).toMatchObject({ resourceType: 'OperationOutcome' });
  const issue = issueOf(message);
  expect(issue).toMatchObject({ severity: 'warning', code: 'processing' });
  expect(issue.diagnostics).toContain('Acme Viewer');
  expect(codings(message)).toEqual({
    eventid: id,
    eventname: 'Patient-open',
    subscriber: 'Acme Viewer',
    subscribername: 'Acme Viewer',
  });
});

test('row 51: the name that the shell gave goes before the one a subscriber gives itself', async () => {
  const hub = await startTestHub();
  const token = hub.grant('fhircast/*.*', { name: 'Results' });
  const impostor = await hub.subscriber('Patient-open', { token, name: 'Patient record' });
  const listener = await hub.subscriber('SyncError');
  await hub.publish('Patient-open', [patient()]);
  impostor.send({ id: (await impostor.nextEvent(false)).id, status: 409 });
  expect(codings(await listener.nextEvent())['subscribername']).toBe('Results');
});

test('row 52: a SyncError that a subscriber posts is distributed under its id', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('syncerror');
  const { id } = await hub.publish('SyncError', syncError('Acme Viewer cannot find the patient'));
  expect(await subscriber.nextEvent()).toMatchObject({ id, event: { 'hub.event': 'SyncError' } });
  expect((await hub.refused(hub.message('SyncError', []))).status).toBe(400);
});

test('row 53: who did not ask for SyncErrors gets none', async () => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  const silent = await hub.subscriber('Patient-close');
  await hub.answer(refuser, id, 500);
  await listener.nextEvent();
  await hub.expectNothingFor(silent);
});

test('row 53: refusing an update, a select or a SyncError raises none, nor does not answering them', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient()]);
  const events = 'DiagnosticReport-update,DiagnosticReport-select,SyncError';
  const refuser = await hub.subscriber(events);
  const silent = await hub.subscriber(events);
  const listener = await hub.subscriber('SyncError');
  const versionId = (await hub.current())['context.versionId'];
  await hub.publish('DiagnosticReport-update', updates('r1', [put(observation('o1'))]), { versionId });
  await hub.publish('DiagnosticReport-select', [{ key: 'report', reference: { reference: 'DiagnosticReport/r1' } }]);
  for (let count = 0; count < 2; count++) {
    await hub.answer(refuser, (await refuser.nextEvent(false)).id, 409);
    await silent.nextEvent(false);
  }
  await hub.publish('SyncError', syncError('somebody is lost'));
  for (const subscriber of [refuser, silent, listener]) {
    subscriber.send({ id: (await subscriber.nextEvent(false)).id, status: 500 });
  }
  hub.clock.advance(PATIENCE * 2);
  await hub.expectNothingFor(refuser, silent, listener);
});

test('row 54: ten seconds of silence are a SyncError to the others, and the end of that subscription', async () => {
  const hub = await startTestHub();
  const { refuser: silent, listener, id } = await opened(hub);
  hub.clock.advance(PATIENCE - 1);
  await hub.expectNothingFor(listener); // also for the silent one, who leaves it unanswered
  hub.clock.advance(1);
  const message = await listener.nextEvent();
  expect(codings(message)).toMatchObject({ eventid: id, subscribername: 'Acme Viewer' });
  expect(issueOf(message).diagnostics).toContain('did not answer');
  expect((await silent.closed).code).toBe(1008);
  await hub.expectNothingFor(listener);
});

test('row 54: each event has its own ten seconds', async () => {
  const hub = await startTestHub();
  const late = await hub.subscriber(EVENTS);
  const listener = await hub.subscriber(EVENTS);
  const first = await hub.publish('Patient-open', [patient('p1')]);
  hub.clock.advance(6000);
  const second = await hub.publish('Patient-open', [patient('p2')]);
  for (const { id } of [first, second]) {
    await listener.next();
    await hub.answer(listener, id);
  }
  await late.nextEvent(false);
  await late.nextEvent(false);
  await hub.answer(late, first.id);
  hub.clock.advance(6000);
  await hub.expectNothingFor(late, listener);
  hub.clock.advance(4000);
  expect(codings(await listener.nextEvent())).toMatchObject({ eventid: second.id });
});

test.each([4000, 1011])('row 55: a WebSocket closed with %i is a SyncError to the others', async (code) => {
  const hub = await startTestHub();
  const { refuser, listener, id } = await opened(hub);
  refuser.socket.close(code);
  const message = await listener.nextEvent();
  expect(codings(message)).toMatchObject({ eventid: id, subscribername: 'Acme Viewer' });
  expect(issueOf(message).diagnostics).toContain(String(code));
});

test('row 55: so is one that breaks without a word', async () => {
  const hub = await startTestHub();
  const { refuser, listener } = await opened(hub);
  refuser.socket.terminate();
  expect(issueOf(await listener.nextEvent()).diagnostics).toContain('1006');
});

test.each([1000, 1001, undefined])('row 55: closing with %s is none', async (code) => {
  const hub = await startTestHub();
  const { refuser, listener } = await opened(hub);
  const left = hub.heard(({ kind }) => kind === 'unsubscribed');
  refuser.socket.close(code);
  await left;
  hub.clock.advance(PATIENCE * 2);
  await hub.expectNothingFor(listener);
});
