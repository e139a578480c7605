/** Checklist rows 1 to 13: discovery, session, transport security, scopes. */
import 'reflect-metadata';
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import https from 'node:https';
import { webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventCatalogue } from '../../main/context/hub/eventNames.js';
import { Scopes } from '../../main/context/hub/scopes.js';
import { MARKER, patient, encounter, report, startTestHub, study, Subscriber } from './hubPeers.js';

const WELL_KNOWN = '/.well-known/fhircast-configuration';

async function configuration() {
  const hub = await startTestHub();
  const response = await hub.fetch(WELL_KNOWN, {}, null);
  return { response, body: (await response.json()) as Record<string, unknown> };
}

test('row 1: the configuration is JSON below hub.url, which has a path of its own, and needs no token', async () => {
  const { response } = await configuration();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(new URL(response.url).pathname).toBe(`/hub${WELL_KNOWN}`);
});

test('row 2: eventsSupported lists the whole catalogue', async () => {
  const { body } = await configuration();
  expect(body['eventsSupported']).toEqual([...eventCatalogue]);
  expect(body['eventsSupported']).toContain('DiagnosticReport-update');
});

test('row 3: websocketSupport is true', async () => {
  expect((await configuration()).body['websocketSupport']).toBe(true);
});

test('row 4: fhircastVersion is the version of the guide', async () => {
  expect((await configuration()).body['fhircastVersion']).toBe('3.0.0');
});

test('row 5: says in the new and in the old way that the current context can be had, and the hub keeps its word', async () => {
  const { body } = await configuration();
  expect(body['capabilities']).toEqual({ supportsGetCurrentContext: true, supportsNonCurrentContextUpdates: true });
  expect(body['getCurrentSupport']).toBe(true);
  const hub = await startTestHub();
  expect((await hub.current())['context.type']).toBe('');
});

test('row 6: fhirVersion is R4', async () => {
  expect((await configuration()).body['fhirVersion']).toBe('R4');
});

test('row 7: a CapabilityStatement points at hub.url in rest.extension', async () => {
  const hub = await startTestHub();
  const statement = (await (await hub.fetch('/metadata', {}, null)).json()) as {
    resourceType: string;
    rest: { extension: { url: string; extension: { url: string; valueUrl: string }[] }[] }[];
  };
  expect(statement.resourceType).toBe('CapabilityStatement');
  const [extension] = statement.rest[0]?.extension ?? [];
  expect(extension?.url).toMatch(/fhircast-configuration/);
  expect(extension?.extension).toEqual([{ url: 'hub.url', valueUrl: hub.url }]);
});

test('row 8: each session has an unguessable topic of its own, and the SMART answer carries it with hub.url', async () => {
  const { hub, clock, topic } = await startTestHub();
  const other = hub.tokens.openTopic();
  expect(topic).toMatch(/^[\w-]{43}$/);
  expect(other).not.toBe(topic);
  const launch = hub.tokens.launch({
    topic: other,
    scopes: 'fhircast/Patient-open.read',
    expiresAt: clock.now() + 3_600_000,
    subscriberName: null,
  });
  expect(launch).toMatchObject({
    'hub.url': hub.url,
    'hub.topic': other,
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'fhircast/Patient-open.read',
  });
  const answer = await fetch(`${hub.url}/${other}`, { headers: { authorization: `Bearer ${launch.access_token}` } });
  expect(answer.status).toBe(200);
});

test('row 9: with a key and a certificate everything is https and wss, and plain http is not answered', async () => {
  const tls = await makeCertificate();
  const { hub, topic, token } = await startTestHub({ tls });
  expect(hub.url).toMatch(/^https:/);
  const endpoint = await new Promise<string>((resolve, reject) => {
    const body = new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': topic,
      'hub.events': MARKER,
    }).toString();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' };
    const request = https.request(hub.url, { method: 'POST', ca: tls.cert, headers, agent: false }, (response) => {
      response.on('data', (data: Buffer) => {
        resolve((JSON.parse(data.toString()) as Record<string, string>)['hub.channel.endpoint'] ?? '');
      });
    });
    request.on('error', reject);
    request.end(body);
  });
  expect(endpoint).toMatch(/^wss:/);
  const subscriber = new Subscriber(endpoint, { ca: tls.cert });
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'subscribe' });
  subscriber.socket.terminate();
  await expect(fetch(`${hub.url.replace('https', 'http')}${WELL_KNOWN}`)).rejects.toThrow();
});

test('row 9: without them it listens on loopback only, where nobody can overhear', async () => {
  const { hub } = await startTestHub();
  expect(new URL(hub.url).hostname).toBe('127.0.0.1');
  await expect(startTestHub({ host: '0.0.0.0' })).rejects.toThrow('loopback only');
});

test.each([
  ['fhircast/Patient-open.read', true, false],
  ['fhircast/patient-OPEN.write', false, true],
  ['fhircast/Patient-open.*', true, true],
  ['fhircast/*.read', true, false],
  ['fhircast/*.*', true, true],
  ['openid launch fhircast/Patient-close.*', false, false],
])('row 10: the scope %s allows to read: %s, to write: %s', (text, read, write) => {
  const scopes = new Scopes(text);
  const event = { name: 'Patient-open', key: 'patient-open', kind: 'open', anchor: 'patient' } as const;
  expect([scopes.allow('read', event), scopes.allow('write', event)]).toEqual([read, write]);
});

test.each([
  'fhircast/Patient-open',
  'fhircast/.read',
  'fhircast/Patient-open.delete',
  'fhircast/Patient-*.read',
  'fhircast/x y.read',
])('row 10: the scope %s is no scope', (text) => {
  expect(() => new Scopes(text)).toThrow('a scope must read');
});

test('row 10: reverse-domain events have scopes too', async () => {
  const hub = await startTestHub();
  const token = hub.grant(`fhircast/${MARKER}.write`);
  expect((await hub.post(hub.message(MARKER, []), token)).status).toBe(202);
  expect((await hub.post(hub.message('org.example.other', []), token)).status).toBe(403);
});

test.each(['no token', 'a wrong token', 'another scheme', 'an expired token', 'a revoked token'])(
  'row 11: %s is refused with 401 on subscribing, publishing and asking',
  async (which) => {
    const hub = await startTestHub();
    const token = hub.grant('fhircast/*.*', { life: 1000 });
    if (which === 'an expired token') hub.clock.advance(1000);
    if (which === 'a revoked token') hub.hub.tokens.revoke(token);
    const authorization = {
      'no token': undefined,
      'a wrong token': `Bearer ${token.slice(1)}x`,
      'another scheme': `Basic ${token}`,
    }[which];
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (which.includes('expired') || which.includes('revoked')) headers['authorization'] = `Bearer ${token}`;
    else if (authorization !== undefined) headers['authorization'] = authorization;
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const subscription = new URLSearchParams(hub.subscription('Patient-open') as Record<string, string>).toString();
    for (const answer of [
      await hub.fetch('', { method: 'POST', headers: form, body: subscription }, null),
      await hub.fetch('', { method: 'POST', headers, body: JSON.stringify(hub.message(MARKER, [])) }, null),
      await hub.fetch(`/${hub.topic}`, { headers }, null),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  },
);

test('row 11: a token of another topic gets the same answer whether the topic exists or not', async () => {
  const hub = await startTestHub();
  const stranger = hub.grant('fhircast/*.*', { topic: hub.hub.tokens.openTopic() });
  const answers = [];
  for (const topic of [hub.topic, 'there-is-no-such-topic']) {
    const message = hub.message(MARKER, []);
    message.event['hub.topic'] = topic;
    for (const response of [
      await hub.fetch(`/${topic}`, {}, stranger),
      await hub.post(message, stranger),
      await hub.form(hub.subscription('Patient-open', { 'hub.topic': topic }), stranger),
    ]) {
      answers.push(`${response.status} ${await response.text()}`);
    }
  }
  expect(new Set(answers)).toEqual(new Set(['403 the access token is not for this topic']));
});

test('row 12: .read lets hear and not say, .write lets say and not hear', async () => {
  const hub = await startTestHub();
  const reader = hub.grant('fhircast/Patient-open.read');
  const writer = hub.grant('fhircast/Patient-open.write');
  const open = hub.message('Patient-open', [patient()]);
  expect(await hub.refused(open, reader)).toMatchObject({ status: 403 });
  expect((await hub.form(hub.subscription('Patient-open'), writer)).status).toBe(403);
  expect((await hub.form(hub.subscription('Patient-open'), reader)).status).toBe(202);
  expect((await hub.post(open, writer)).status).toBe(202);
});

test('row 12: a subscriber is granted, confirmed and sent only what its scopes allow', async () => {
  const hub = await startTestHub();
  const token = hub.grant(`fhircast/Patient-open.read fhircast/${MARKER}.read`);
  const subscriber = await hub.connect(await hub.endpoint(`Patient-open,Patient-close,${MARKER}`, {}, token));
  expect(await subscriber.next()).toMatchObject({ 'hub.events': `Patient-open,${MARKER}` });
  const all = await hub.connect(await hub.endpoint('*', {}, token));
  expect(await all.next()).toMatchObject({ 'hub.events': `Patient-open,${MARKER}` });
  await hub.publish('Patient-open', [patient()]);
  await hub.publish('Patient-close', [patient()]);
  for (const one of [subscriber, all]) {
    expect((await one.nextEvent()).event['hub.event']).toBe('Patient-open');
  }
  await hub.expectNothingFor(subscriber, all);
});

test('row 12: who may read only patients is shown only the patient of an open report', async () => {
  const hub = await startTestHub();
  await hub.publish('DiagnosticReport-open', [report(), patient(), study(), encounter()]);
  const current = await hub.current(hub.grant('fhircast/Patient-open.read'));
  expect(current['context.type']).toBe('Patient');
  expect(current.context).toEqual([patient()]);
  const nothing = await hub.fetch(`/${hub.topic}`, {}, hub.grant('fhircast/UserLogout.read'));
  expect(nothing.status).toBe(403);
});

test('row 13: a lease is never longer than the token lives', async () => {
  const hub = await startTestHub();
  const token = hub.grant('fhircast/*.*', { life: 90_000 });
  const more = { 'hub.lease_seconds': '7200' };
  const subscriber = await hub.connect(await hub.endpoint('Patient-open', more, token));
  expect(await subscriber.next()).toMatchObject({ 'hub.lease_seconds': 90 });
  hub.clock.advance(90_000);
  expect((await subscriber.closed).code).toBe(1000);
});

async function makeCertificate(): Promise<{ key: string; cert: string }> {
  cryptoProvider.set(webcrypto as Crypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=127.0.0.1',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${key.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END PRIVATE KEY-----\n`,
  };
}
