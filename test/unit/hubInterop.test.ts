/** The hub and the FHIRcast client of @medplum/core, as it is published: it hears us and we hear it. */
import { MedplumClient, type FhircastConnection, type FhircastMessagePayload } from '@medplum/core';
import type { DiagnosticReport, Patient } from '@medplum/fhirtypes';
import { WebSocket } from 'ws';
import { beforeAll, expect, test } from 'vitest';
import { codings, observation, patient, put, report, startTestHub, type TestHub, withPatience } from './hubPeers.js';

// The client expects the browser's WebSocket, which Node 20 does not have.
beforeAll(() => {
  if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket });
});

function medplum(hub: TestHub): MedplumClient {
  return new MedplumClient({
    baseUrl: 'https://medplum.example/',
    fhircastHubUrl: hub.url,
    accessToken: hub.token,
    fetch,
    cacheTime: 0,
  });
}

function nextMessage(connection: FhircastConnection): Promise<FhircastMessagePayload> {
  return withPatience('the client heard nothing', (resolve) => {
    const listen = ({ payload }: { payload: FhircastMessagePayload }) => {
      connection.removeEventListener('message', listen);
      resolve(payload);
    };
    connection.addEventListener('message', listen);
  });
}

async function connected(hub: TestHub, events: Parameters<MedplumClient['fhircastSubscribe']>[1]) {
  const client = medplum(hub);
  const request = await client.fhircastSubscribe(hub.topic, events);
  const connection = client.fhircastConnect(request);
  await withPatience('not connected', (resolve) => {
    connection.addEventListener('connect', resolve);
  });
  return { client, request, connection };
}

test('the client subscribes, and hears what others publish', async () => {
  const hub = await startTestHub({}, Date.now());
  const { connection } = await connected(hub, ['Patient-open', 'Patient-close']);
  const heard = nextMessage(connection);
  const taken = hub.heard(({ kind }) => kind === 'answered');
  const { id } = await hub.publish('Patient-open', [patient()]);
  expect(await heard).toMatchObject({ id, event: { 'hub.event': 'Patient-open', context: [patient()] } });
  expect(await taken).toMatchObject({ eventId: id, status: 200 });
  connection.disconnect();
});

test('the client publishes, and others hear it; it gets the current context', async () => {
  const hub = await startTestHub({}, Date.now());
  const subscriber = await hub.subscriber('Patient-open,DiagnosticReport-update');
  const client = medplum(hub);
  await client.fhircastPublish(hub.topic, 'Patient-open', {
    key: 'patient',
    resource: patient().resource as unknown as Patient,
  });
  expect((await subscriber.nextEvent()).event).toMatchObject({ 'hub.event': 'Patient-open', context: [patient()] });
  expect(await client.fhircastGetContext(hub.topic)).toMatchObject({ 'context.type': 'Patient', context: [patient()] });
});

test('the client shares content', async () => {
  const hub = await startTestHub({}, Date.now());
  const subscriber = await hub.subscriber('DiagnosticReport-update');
  const client = medplum(hub);
  await client.fhircastPublish(hub.topic, 'DiagnosticReport-open', [
    { key: 'report', resource: report().resource as unknown as DiagnosticReport },
    { key: 'patient', resource: patient().resource as unknown as Patient },
  ]);
  const open = (await client.fhircastGetContext(hub.topic)) as { 'context.versionId': string };
  const bundle = { resourceType: 'Bundle', id: 'b1', type: 'transaction', entry: [put(observation('o1'))] } as const;
  await client.fhircastPublish(
    hub.topic,
    'DiagnosticReport-update',
    [
      { key: 'report', reference: { reference: 'DiagnosticReport/r1' } },
      { key: 'updates', resource: bundle as never },
    ],
    open['context.versionId'],
  );
  expect((await subscriber.nextEvent()).event['context.priorVersionId']).toBe(open['context.versionId']);
  const after = await client.fhircastGetContext(hub.topic);
  expect(JSON.stringify(after)).toContain('simple cyst');
});

test('the client hears of others who refuse, and itself stays after ten seconds: its answers have no status', async () => {
  const hub = await startTestHub({}, Date.now());
  const { connection } = await connected(hub, ['Patient-open', 'syncerror']);
  const refuser = await hub.subscriber('Patient-open', { name: 'Acme Viewer' });
  const opened = nextMessage(connection);
  const taken = hub.heard(({ kind }) => kind === 'answered');
  await hub.publish('Patient-open', [patient()]);
  await opened;
  await taken;
  const trouble = nextMessage(connection);
  refuser.send({ id: (await refuser.nextEvent(false)).id, status: 409 });
  expect(codings((await trouble) as never)['subscriber']).toBe('Acme Viewer');
  hub.clock.advance(20_000);
  const again = nextMessage(connection);
  await hub.publish('Patient-open', [patient('p2')]);
  expect((await again).event.context).toEqual([patient('p2')]);
  connection.disconnect();
});

test('the client disconnects without raising an error, and unsubscribes', async () => {
  const hub = await startTestHub({}, Date.now());
  const listener = await hub.subscriber('SyncError');
  const one = await connected(hub, ['Patient-open']);
  const left = hub.heard(({ kind }) => kind === 'unsubscribed');
  one.connection.disconnect();
  await left;
  const two = await connected(hub, ['Patient-open']);
  const disconnected = withPatience('still connected', (resolve) => {
    two.connection.addEventListener('disconnect', resolve);
  });
  await two.client.fhircastUnsubscribe(two.request);
  await disconnected;
  await hub.expectNothingFor(listener);
});

test('the client is told why it is refused', async () => {
  const hub = await startTestHub({}, Date.now());
  const client = new MedplumClient({
    baseUrl: 'https://medplum.example/',
    fhircastHubUrl: hub.url,
    accessToken: hub.grant('fhircast/Patient-open.read'),
    fetch,
  });
  await expect(
    client.fhircastPublish(hub.topic, 'Patient-open', {
      key: 'patient',
      resource: patient().resource as unknown as Patient,
    }),
  ).rejects.toThrow('no scope fhircast/Patient-open.write');
});
