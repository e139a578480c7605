/**
 * A launched application at the context hub: a real launcher and a real hub, over loopback. It gets the hub's topic with
 * its token, may do there what its scopes say and nothing else, and loses it with its launch.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../main/context/clock.js';
import { HubHost, type HubHostParts, type HubProcess } from '../../main/context/hubHost/hubHost.js';
import type { FromHub, ToHub } from '../../main/context/hubHost/messages.js';
import { serveHub } from '../../main/context/hubHost/serveHub.js';
import { createSmartLauncher, type SmartLauncher } from '../../main/signon/smart/launcher.js';
import type { Patient } from '../../preload/contract.js';
import { Subscriber } from './hubPeers.js';
import { launchedSystems } from './launchedSystems.js';
import { amara, brian } from './people.js';

const APP = 'https://chart.example.nhs';
const REDIRECT = `${APP}/back`;
const SCOPES = ['launch', 'patient/*.rs', 'fhircast/Patient-open.read', 'fhircast/Encounter-open.*'];

let folder: string;
let host: HubHost;
let launcher: SmartLauncher;
let chosen: Patient | null;
let fork: () => HubProcess;
let fromHub: FromHub[];
const subscribers: Subscriber[] = [];

function forkHere(): HubProcess {
  let toHub: (message: ToHub) => void = () => undefined;
  let toHost: (message: FromHub) => void = () => undefined;
  let exit: () => void = () => undefined;
  serveHub(
    {
      post: (message) => {
        fromHub.push(message);
        toHost(structuredClone(message));
      },
      onMessage: (listener) => (toHub = listener),
    },
    () => {
      exit();
    },
  );
  return {
    post: (message) => {
      toHub(structuredClone(message));
    },
    onMessage: (listener) => (toHost = listener),
    onExit: (listener) => (exit = listener),
    kill: () => {
      exit();
    },
  };
}

beforeEach(async () => {
  folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'lanyard-smart-hub-')), 'session');
  chosen = amara;
  fork = forkHere;
  fromHub = [];
  host = new HubHost({
    fork: () => fork(),
    port: 0,
    folder,
    clock: systemClock,
    chosen: {
      get current() {
        return { patient: chosen };
      },
    } as unknown as HubHostParts['chosen'], // other programs lead nowhere here
    identify: () => Promise.reject(new Error('nobody is identified here')),
    systems: new Map(),
    audit: { record: () => undefined },
    notice: () => undefined,
    report: (error) => {
      throw error;
    },
  });
  launcher = createSmartLauncher({
    systems: launchedSystems(APP, REDIRECT, SCOPES),
    fhirBaseUrl: 'https://fhir.example.nhs',
    fetch: () => Promise.reject(new Error('nothing is read here')),
    clinician: { subject: 'amara@ward.example.nhs', fhirUser: null },
    ports: { showsBanner: () => true, grantHub: (request) => host.grant(request) },
    audit: { record: () => undefined },
    clock: systemClock,
    report: (error) => {
      throw error;
    },
  });
  await launcher.start();
});
afterEach(async () => {
  for (const subscriber of subscribers.splice(0)) subscriber.socket.terminate();
  await launcher.dispose();
  await host.end();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

async function running(): Promise<void> {
  host.start();
  await expect.poll(() => fromHub.map(({ type }) => type)).toContain('started');
}

interface Token {
  readonly access_token: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly 'hub.url'?: string;
  readonly 'hub.topic'?: string;
}
interface Launched {
  readonly token: Token;
  /** Exchanges its code once more. */
  readonly again: () => Promise<number>;
}

async function launched(scope: string, { patient = amara, epoch = 1, systemId = 'growth' } = {}): Promise<Launched> {
  const address = launcher.launchAddress(systemId, new URL(`${APP}/launch`), patient, epoch);
  const iss = address.searchParams.get('iss') ?? '';
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URL(iss.replace(/\/fhir$/, '/authorize'));
  asked.search = new URLSearchParams({
    response_type: 'code',
    client_id: `${systemId}-app`,
    redirect_uri: REDIRECT,
    aud: iss,
    launch: address.searchParams.get('launch') ?? '',
    scope,
    state: '1b6f0d0e-8c3a-4f5e-9d2b-7a6c5e4f3d21',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const back = new URL((await fetch(asked, { redirect: 'manual' })).headers.get('location') ?? '');
  const exchange = (): Promise<Response> =>
    fetch(iss.replace(/\/fhir$/, '/token'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        client_id: `${systemId}-app`,
        redirect_uri: REDIRECT,
        code_verifier: verifier,
      }),
    });
  const answer = await exchange();
  expect(answer.status).toBe(200);
  return {
    token: (await answer.json()) as Token,
    again: async () => {
      const { status, body } = await exchange();
      await body?.cancel();
      return status;
    },
  };
}

function ask(token: Token, events: string, topic = token['hub.topic'] ?? '', lease = '86400'): Promise<Response> {
  return fetch(token['hub.url'] ?? '', {
    method: 'POST',
    headers: { authorization: `Bearer ${token.access_token}` },
    body: new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': topic,
      'hub.events': events,
      'hub.lease_seconds': lease,
    }),
  });
}

async function subscribed(token: Token, events: string): Promise<Subscriber> {
  const answer = await ask(token, events);
  expect(answer.status).toBe(202);
  const { 'hub.channel.endpoint': endpoint } = (await answer.json()) as { 'hub.channel.endpoint': string };
  const subscriber = new Subscriber(endpoint);
  subscribers.push(subscriber);
  await subscriber.opened;
  return subscriber;
}

const WANTED = 'launch patient/*.rs fhircast/Patient-open.* fhircast/Encounter-open.read';

test('it hears who is chosen and who is chosen next, for as long as its token lives', async () => {
  await running();
  const { token } = await launched(WANTED);
  expect(token.scope).toBe('launch patient/*.rs fhircast/Patient-open.read fhircast/Encounter-open.read');
  const subscriber = await subscribed(token, 'Patient-open,Patient-close');
  const confirmation = await subscriber.next();
  expect(confirmation).toMatchObject({ 'hub.mode': 'subscribe', 'hub.events': 'Patient-open' });
  expect(confirmation['hub.lease_seconds']).toBeLessThanOrEqual(token.expires_in);
  expect(confirmation['hub.lease_seconds']).toBeGreaterThan(0);
  expect((await subscriber.nextEvent()).event.context[0]?.resource?.['id']).toBe('amara');
  launcher.patientChanged(2); // ends its view of the record, as ever
  host.follow(brian);
  expect((await subscriber.nextEvent()).event.context[0]?.resource?.['id']).toBe('brian');
});

test('it may not say what it may only hear, and another topic is answered like one that never was', async () => {
  await running();
  const { token } = await launched(WANTED);
  const publish = (event: string): Promise<Response> =>
    fetch(token['hub.url'] ?? '', {
      method: 'POST',
      headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        timestamp: new Date().toISOString(),
        id: 'theirs',
        event: { 'hub.topic': token['hub.topic'], 'hub.event': event, context: [] },
      }),
    });
  expect((await publish('Patient-open')).status).toBe(403);
  expect((await publish('UserLogout')).status).toBe(403);
  expect((await ask(token, 'Encounter-close')).status).toBe(403);
  const other = await ask(token, 'Patient-open', 'somebody-elses');
  expect([other.status, await other.text()]).toEqual([403, 'the access token is not for this topic']);
});

test('an application that asked for nothing there, or where no hub runs, is told of none', async () => {
  const { token: early } = await launched(WANTED);
  await running();
  const { token: simple } = await launched('launch patient/*.rs');
  for (const token of [early, simple]) {
    expect(token).not.toHaveProperty(['hub.url']);
    expect(token).not.toHaveProperty(['hub.topic']);
  }
});

test('a new launch of the same system ends it; another system keeps its own', async () => {
  await running();
  const { token: first } = await launched(WANTED);
  const { token: other } = await launched(WANTED, { systemId: 'risk' });
  const kept = await subscribed(other, 'Patient-open');
  const lost = await subscribed(first, 'Patient-open');
  await launched(WANTED, { epoch: 2, patient: brian });
  expect((await lost.closed).code).toBe(1000);
  expect((await ask(first, 'Patient-open')).status).toBe(401);
  expect(kept.socket.readyState).toBe(kept.socket.OPEN);
});

test('a code that comes twice ends it, and so does the end of the session', async () => {
  await running();
  const stolen = await launched(WANTED);
  const one = await subscribed(stolen.token, 'Patient-open');
  expect(await stolen.again()).toBe(400);
  await one.closed;
  expect((await ask(stolen.token, 'Patient-open')).status).toBe(401);

  const { token } = await launched(WANTED, { epoch: 2 });
  const two = await subscribed(token, 'Patient-open');
  await launcher.dispose();
  await two.closed;
  expect((await ask(token, 'Patient-open')).status).toBe(401);
});

test('a hub that does not answer in time is not told of, and neither is one that ends meanwhile', async () => {
  let exit: () => void = () => undefined;
  const said: ToHub[] = [];
  fork = () => ({
    post: (message) => {
      said.push(message);
      if (message.type === 'end') exit();
    },
    onMessage: (listener) => {
      setImmediate(() => {
        const handOff = { 'hub.url': 'http://127.0.0.1:9/hub', 'hub.topic': 'topic', access_token: 'token' };
        fromHub.push({ type: 'started', handOffs: [{ program: null, handOff }] });
        listener({ type: 'started', handOffs: [{ program: null, handOff }] });
      });
    },
    onExit: (listener) => (exit = listener),
    kill: () => {
      exit();
    },
  });
  await running();
  const { token } = await launched(WANTED);
  expect(token).not.toHaveProperty(['hub.url']);
  const [grant, revoke] = said.filter(({ type }) => type === 'grant' || type === 'revoke');
  expect(grant).toMatchObject({ type: 'grant', token: token.access_token, subscriberName: 'Growth chart' });
  expect(revoke).toEqual({ type: 'revoke', grant: 1 });
  const asking = host.grant({ token: 't', scopes: 's', expiresAt: 0, subscriberName: 'Growth chart' });
  await host.end();
  expect(await asking).toBeNull();
  expect(await host.grant({ token: 't', scopes: 's', expiresAt: 0, subscriberName: 'Growth chart' })).toBeNull();
});
