/** Checklist row 69, and what an ill-behaved or unlucky peer may otherwise do to the hub. */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { expect, test } from 'vitest';
import { ANY_TOPIC } from '../../main/context/hub/tokenRegistry.js';
import { codings, MARKER, observation, patient, put, report, startTestHub, Subscriber, updates } from './hubPeers.js';

test('row 69: garbage frames disturb nobody, not even their sender', async () => {
  const hub = await startTestHub();
  const rude = await hub.subscriber('Patient-open');
  const listener = await hub.subscriber('Patient-open,SyncError');
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '7',
    '"id"',
    '{"id":7}',
    '{"id":"x","status":"soon"}',
    '{"id":"x","status":1e9}',
  ];
  for (const frame of [...garbage, '['.repeat(50_000), randomBytes(64), Buffer.alloc(1024 * 1024, 'a')]) {
    rude.socket.send(frame);
  }
  rude.socket.ping();
  const { id } = await hub.publish('Patient-open', [patient()]);
  expect((await rude.nextEvent()).id).toBe(id);
  expect((await listener.nextEvent()).id).toBe(id);
  await hub.expectNothingFor(rude, listener);
});

test('row 69: garbage without end is cut off with a SyncError to the others', async () => {
  const hub = await startTestHub({ limits: { garbageFrames: { perSecond: 1, atOnce: 20 } } });
  const rude = await hub.subscriber('Patient-open', { name: 'Rude' });
  const listener = await hub.subscriber('SyncError');
  for (let count = 0; count < 21; count++) rude.socket.send('garbage');
  expect((await rude.closed).code).toBe(1008);
  expect(codings(await listener.nextEvent())['subscriber']).toBe('Rude');
});

test('row 69: a frame beyond every limit, or that is no UTF-8, ends only its own connection', async () => {
  const hub = await startTestHub({ limits: { eventBytes: 10_000 } });
  const listener = await hub.subscriber('SyncError');
  for (const [frame, code] of [
    [Buffer.alloc(20_000, 'a'), 1009],
    [Buffer.from([0xc3, 0x28]), 1007],
  ] as const) {
    const rude = await hub.subscriber('Patient-open', { name: 'Rude' });
    rude.socket.send(frame, { binary: false });
    expect((await rude.closed).code).toBe(code);
    expect(codings(await listener.nextEvent())['subscriber']).toBe('Rude');
  }
  await hub.expectNothingFor(listener);
});

test('row 69: an event of one megabyte arrives whole', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  const large = patient('p1', { text: { div: '\u{1F9EA}ä"\\'.repeat(110_000) } });
  const message = hub.message('Patient-open', [large]);
  expect(Buffer.byteLength(JSON.stringify(message))).toBeGreaterThan(1024 * 1024);
  expect((await hub.post(message)).status).toBe(202);
  expect((await subscriber.nextEvent()).event.context).toEqual([large]);
  await hub.expectNothingFor(subscriber);
});

test('row 69: a paused reader is cut when its queue is full, with a SyncError; the others miss nothing', async () => {
  const hub = await startTestHub({ limits: { queuedBytes: 1_000_000 } });
  const paused = await hub.subscriber(MARKER, { marker: false, name: 'Sleeper' });
  const others = [await hub.subscriber('SyncError'), await hub.subscriber('SyncError')];
  paused.socket.pause();
  const sent: string[] = [];
  const troubles: string[] = [];
  hub.hub.onEvent(({ kind }) => {
    if (kind === 'sync-error') troubles.push(kind);
  });
  while (troubles.length === 0 && sent.length < 500) {
    sent.push((await hub.publish(MARKER, [{ key: 'load', data: 'x'.repeat(100_000) }])).id);
  }
  expect(troubles).toHaveLength(1);
  for (const other of others) {
    const heard = [];
    for (let count = 0; count <= sent.length; count++) heard.push(await other.nextEvent());
    expect(heard.filter(({ event }) => event['hub.event'] === MARKER).map(({ id }) => id)).toEqual(sent);
    const [trouble] = heard.filter(({ event }) => event['hub.event'] === 'SyncError');
    expect(trouble && codings(trouble)).toMatchObject({ eventid: sent.at(-1), subscribername: 'Sleeper' });
  }
  paused.socket.resume();
  expect((await paused.closed).code).toBe(1006);
});

test('row 69: so is one that reads but never answers, after so many events', async () => {
  const hub = await startTestHub({ limits: { unansweredEvents: 10 } });
  const mute = await hub.subscriber(MARKER, { marker: false });
  const trouble = hub.heard(({ kind }) => kind === 'sync-error');
  for (let count = 0; count < 11; count++) await hub.publish(MARKER, []);
  await trouble;
  await mute.closed;
});

test('row 69: a paused reader that wakes in time has missed nothing', async () => {
  const hub = await startTestHub();
  const paused = await hub.subscriber(MARKER, { marker: false });
  paused.socket.pause();
  const sent = [];
  for (let count = 0; count < 50; count++) sent.push((await hub.publish(MARKER, [{ key: 'n', data: count }])).id);
  paused.socket.resume();
  for (const id of sent) expect((await paused.nextEvent()).id).toBe(id);
});

test('row 69: every subscriber hears the events in the order in which they were accepted', async () => {
  const hub = await startTestHub();
  const subscribers = await Promise.all(Array.from({ length: 10 }, () => hub.subscriber('Patient-open')));
  const accepted: string[] = [];
  hub.hub.onEvent((event) => {
    if (event.kind === 'published') accepted.push(event.notification.id);
  });
  const publishers = Array.from({ length: 5 }, async (_, publisher) => {
    for (let count = 0; count < 40; count++) {
      await hub.publish('Patient-open', [patient(`p${publisher}-${count}`)]);
    }
  });
  await Promise.all(publishers);
  expect(accepted).toHaveLength(200);
  for (const subscriber of subscribers) {
    const heard = [];
    while (heard.length < accepted.length) heard.push((await subscriber.nextEvent()).id);
    expect(heard).toEqual(accepted);
  }
});

test.each([
  ['no JSON', '{"timestamp":', 400],
  ['nothing', '', 400],
  ['null', 'null', 400],
  ['a list', '[]', 400],
  ['a name that poisons', '{"__proto__":{"timestamp":"2026-03-02T09:00:00Z"},"id":"x"}', 400],
])('bad input: a body of %s is refused, and does not come back in the answer', async (_what, body, status) => {
  const hub = await startTestHub();
  const response = await hub.post(body);
  expect(response.status).toBe(status);
  expect((await response.text()).length).toBeLessThan(200);
});

test('bad input: a body that is no UTF-8, or compressed, is refused; a byte order mark is not minded', async () => {
  const hub = await startTestHub();
  const text = JSON.stringify(hub.message('Patient-open', [patient()]));
  const post = (body: Buffer, headers: object = {}) =>
    hub.fetch('', {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const [before = '', after = ''] = text.split('1970');
  expect((await post(Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]))).status).toBe(400);
  expect((await post(Buffer.from(text), { 'content-encoding': 'gzip' })).status).toBe(415);
  expect((await post(Buffer.from(`\u{FEFF}${text}`))).status).toBe(202);
});

test('bad input: nesting without end is refused before it is committed', async () => {
  const hub = await startTestHub();
  const message = JSON.stringify(hub.message('Patient-open', [patient()]));
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const response = await hub.post(`${message.slice(0, -1)},"extension":${deep}}`);
  expect([response.status, await response.text()]).toEqual([400, 'the body is nested too deeply']);
  expect((await hub.current())['context.type']).toBe('');
});

test('bad input: more requests than a token may make are answered 429, those of others are not', async () => {
  const hub = await startTestHub({ limits: { requests: { perSecond: 2, atOnce: 3 } } });
  const eager = hub.grant('fhircast/*.*');
  const statuses = [];
  for (let count = 0; count < 4; count++) statuses.push((await hub.fetch(`/${hub.topic}`, {}, eager)).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  expect((await hub.fetch(`/${hub.topic}`)).status).toBe(200);
  const refused = await hub.fetch(`/${hub.topic}`, {}, eager);
  expect(refused.headers.get('retry-after')).toBe('1');
  hub.clock.advance(500);
  expect((await hub.fetch(`/${hub.topic}`, {}, eager)).status).toBe(200);
});

test('bad input: guessing tokens is slowed down, and who has one is not', async () => {
  const hub = await startTestHub({ limits: { refusals: { perSecond: 1, atOnce: 2 } } });
  const statuses = [];
  for (let guess = 0; guess < 3; guess++) statuses.push((await hub.fetch(`/${hub.topic}`, {}, `guess${guess}`)).status);
  expect(statuses).toEqual([401, 401, 429]);
  expect((await hub.fetch(`/${hub.topic}`)).status).toBe(200);
});

test('bad input: a hub that is full takes no more subscriptions, and again when one has gone', async () => {
  const hub = await startTestHub({ limits: { subscriptions: 2 } });
  const first = await hub.subscriber('Patient-open');
  await hub.subscriber('Patient-open');
  expect((await hub.form(hub.subscription('Patient-open'))).status).toBe(429);
  const left = hub.heard(({ kind }) => kind === 'unsubscribed');
  first.socket.close(1000);
  await left;
  expect((await hub.form(hub.subscription('Patient-open'))).status).toBe(202);
});

test('bad input: topics nobody needs any more make room for others; those in use stay', async () => {
  const hub = await startTestHub({ limits: { topics: 3 } });
  const token = hub.grant('fhircast/*.*', { topic: ANY_TOPIC });
  await hub.publish('Patient-open', [patient()]);
  for (let count = 0; count < 10; count++) expect((await hub.fetch(`/topic-${count}`, {}, token)).status).toBe(200);
  expect((await hub.current())['context.type']).toBe('Patient');
});

test('bad input: of endlessly many open contexts the oldest are forgotten, never the current one', async () => {
  const hub = await startTestHub({ limits: { openContexts: 3 } });
  const updateOf = async (id: string, versionId: string) =>
    hub.post(hub.message('DiagnosticReport-update', updates(id, [put(observation('o1'))]), { versionId }));
  const versions = [];
  for (const id of ['r0', 'r1', 'r2', 'r3']) {
    await hub.publish('DiagnosticReport-open', [report(id), patient()]);
    versions.push((await hub.current())['context.versionId']);
  }
  expect((await hub.current()).context).toContainEqual(report('r3'));
  expect((await updateOf('r0', versions[0] ?? '')).status).toBe(409);
  expect((await updateOf('r1', versions[1] ?? '')).status).toBe(202);
});

test('bad input: a request that names another host is refused, on HTTP and WebSocket', async () => {
  const hub = await startTestHub();
  const { port } = new URL(hub.url);
  for (const [path, extra] of [
    ['/hub/.well-known/fhircast-configuration', ''],
    [new URL(await hub.endpoint('Patient-open')).pathname, 'Upgrade: websocket\r\nConnection: Upgrade\r\n'],
  ]) {
    const answer = await raw(
      Number(port),
      `GET ${path ?? ''} HTTP/1.1\r\nHost: evil.example:${port}\r\n${extra ?? ''}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 421/);
  }
});

test('bad input: wrong methods and addresses are said to be so', async () => {
  const hub = await startTestHub();
  const wrong = await hub.fetch('', { method: 'GET' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  expect((await hub.fetch(`/${hub.topic}`, { method: 'DELETE' })).status).toBe(405);
  expect((await hub.fetch('/%ff')).status).toBe(400);
  expect((await fetch(hub.url.replace('/hub', '/elsewhere'))).status).toBe(404);
});

test('bad input: only the pages of named origins may be clients', async () => {
  const hub = await startTestHub({ origins: ['https://epr.example.nhs.uk'] });
  const ask = (origin: string) => hub.fetch('', { method: 'OPTIONS', headers: { origin } }, null);
  const allowed = await ask('https://epr.example.nhs.uk');
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://epr.example.nhs.uk');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test('bad input: a client that hangs up in the middle of its body disturbs nobody', async () => {
  const hub = await startTestHub();
  const { port } = new URL(hub.url);
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.write(
    `POST /hub HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${hub.token}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"timestamp"',
    () => socket.destroy(),
  );
  await new Promise((resolve) => socket.once('close', resolve));
  await hub.publish('Patient-open', [patient()]);
  expect((await hub.current())['context.type']).toBe('Patient');
});

test('closing denies every subscriber, tells none of an error, and frees the port', async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open,SyncError');
  const endpoint = await hub.endpoint('Patient-open');
  const closing = hub.hub.close();
  expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'denied', 'hub.reason': 'the hub is closing' });
  expect((await subscriber.closed).code).toBe(1001);
  await closing;
  await expect(new Subscriber(endpoint).opened).rejects.toThrow();
  await expect(hub.fetch(`/${hub.topic}`)).rejects.toThrow();
});

test('closing does not wait longer than two seconds for a reader that sleeps', async () => {
  const hub = await startTestHub();
  const sleeper = await hub.subscriber('Patient-open');
  sleeper.socket.pause();
  const closing = hub.hub.close();
  hub.clock.advance(2000);
  await closing;
});

test("what the shell publishes is heard like everybody's, and a listener's mistake stops nothing", async () => {
  const hub = await startTestHub();
  const subscriber = await hub.subscriber('Patient-open');
  hub.hub.onEvent(() => {
    throw new Error('a mistake of the shell');
  });
  const shown = hub.hub.publishFromShell({ topic: hub.topic, event: 'Patient-open', context: [patient()] });
  expect(await subscriber.nextEvent()).toEqual(shown);
  expect(hub.surprises.splice(0)).not.toEqual([]);
  expect(() => hub.hub.publishFromShell({ topic: 'unknown', event: 'Patient-open', context: [] })).toThrow('topic');
  expect(() => hub.hub.publishFromShell({ topic: hub.topic, event: 'Patient-open', context: [] })).toThrow('patient');
});

/** Sends a request as it is and returns the beginning of the answer. */
async function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write(`${request}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`),
    );
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
