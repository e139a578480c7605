// Proves the SMART launcher over real HTTP on loopback: a whole launch, every refusal, and what ends it.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { createSmartLauncher, type SmartLauncher } from '../../main/signon/smart/launcher.js';
import { createSmartSignOn } from '../../main/signon/smart/smartSignOn.js';
import type { SignOnPage } from '../../main/signon/signOn.js';
import { type RunningServer, sendJson, startServer } from '../demo/http.js';
import { HandClock } from './handClock.js';
import { launchedSystems } from './launchedSystems.js';
import { amara, brian } from './people.js';

const APP = 'https://growth.ward.example.nhs';
const REDIRECT = `${APP}/callback`;
const LAUNCH_URL = new URL(`${APP}/launch`);
const SCOPES = [
  'messaging/ui',
  'launch',
  'openid',
  'fhirUser',
  'patient/Patient.rs',
  'patient/Observation.rs',
  'patient/Condition.r',
];
const STATE = '1b6f0d0e-8c3a-4f5e-9d2b-7a6c5e4f3d21';

let clock: HandClock;
let audited: RecordableEvent[];
let auditFails: boolean;
let banner: boolean;
let fhir: RunningServer;
let asked: { path: string; method: string }[];
/** What the FHIR server answers, by path and query. */
let answers: Map<string, unknown>;
let hold: Promise<void> | null;
let launcher: SmartLauncher;

beforeEach(async () => {
  clock = new HandClock();
  audited = [];
  auditFails = false;
  banner = true;
  asked = [];
  answers = new Map();
  hold = null;
  fhir = await startServer(async ({ request: { method = '' }, response, url }) => {
    asked.push({ path: url.pathname + url.search, method });
    await hold;
    const known = answers.get(url.pathname + url.search);
    sendJson(response, known ?? { resourceType: 'OperationOutcome' }, { status: known === undefined ? 404 : 200 });
  });
  launcher = createSmartLauncher({
    systems: launchedSystems(APP, REDIRECT, SCOPES),
    fhirBaseUrl: `${fhir.url}/fhir`,
    fetch: (address, init) => fetch(address, init),
    clinician: { subject: 'amara@ward.example.nhs', fhirUser: 'https://fhir.example.nhs/Practitioner/7' },
    ports: { showsBanner: () => banner, grantHub: () => Promise.reject(new Error('nobody asked for it')) },
    audit: {
      record: (event) => {
        if (auditFails) throw new LanyardError('audit-unavailable', 'the trail cannot be written');
        audited.push(event);
      },
    },
    clock,
    report: (error) => {
      throw error;
    },
  });
  await launcher.start();
});
afterEach(async () => {
  await launcher.dispose();
  await fhir.close();
});

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

function launch(epoch = 1, patient = amara, systemId = 'growth') {
  const address = launcher.launchAddress(systemId, LAUNCH_URL, patient, epoch);
  return { iss: address.searchParams.get('iss') ?? '', launch: address.searchParams.get('launch') ?? '' };
}

type Changes = Readonly<Record<string, string | null>>;

/** @param changes null: left out */
async function authorize(
  { iss, launch: key }: { iss: string; launch: string },
  changes: Changes = {},
  init?: RequestInit,
) {
  const wanted: Changes = {
    response_type: 'code',
    client_id: 'growth-app',
    redirect_uri: REDIRECT,
    aud: iss,
    launch: key,
    scope: 'launch patient/Patient.read patient/Observation.rs',
    state: STATE,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  const address = new URL(iss.replace(/\/fhir$/, '/authorize'));
  for (const [name, value] of Object.entries(wanted)) if (value !== null) address.searchParams.append(name, value);
  const response = await fetch(address, { redirect: 'manual', ...init });
  const location = response.headers.get('location');
  const target = location === null ? null : new URL(location);
  return { response, target, code: target?.searchParams.get('code') ?? '', error: target?.searchParams.get('error') };
}

async function exchange(iss: string, code: string, changes: Changes = {}, headers: Record<string, string> = {}) {
  const wanted: Changes = {
    grant_type: 'authorization_code',
    code,
    client_id: 'growth-app',
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    ...changes,
  };
  const body = new URLSearchParams(
    Object.entries(wanted).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  const response = await fetch(iss.replace(/\/fhir$/, '/token'), { method: 'POST', body, headers });
  return { response, body: (await response.json()) as Record<string, unknown> };
}

async function token(epoch = 1, scope?: string) {
  const started = launch(epoch);
  const { code } = await authorize(started, scope === undefined ? {} : { scope });
  const { body } = await exchange(started.iss, code);
  return { iss: started.iss, code, body, bearer: String(body['access_token']) };
}

async function get(iss: string, path: string, bearer: string | null, init: RequestInit = {}) {
  const response = await fetch(iss + path, {
    ...init,
    headers: { ...(bearer !== null && { authorization: `Bearer ${bearer}` }), ...(init.headers as object) },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

const reasons = () => audited.flatMap((event) => (event.type === 'signOn.blocked' ? [event.reason] : []));
const observation = (id: string, patient: string) => ({
  resourceType: 'Observation',
  id,
  subject: { reference: `Patient/${patient}` },
});
const bundle = (...resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ fullUrl: 'http://elsewhere.example/x', resource, search: { mode: 'match' } })),
});

describe('a launch', () => {
  test('gives a token for the chosen patient, after its audit line', async () => {
    const started = launch();
    const { response, target, code } = await authorize(started, {
      nonce: 'n-1',
      scope: `${SCOPES.join(' ')} offline_access`,
    });
    expect(response.status).toBe(302);
    expect(target?.origin).toBe(APP);
    expect(target?.searchParams.get('state')).toBe(STATE);
    const { response: answer, body } = await exchange(started.iss, code, {}, { origin: APP });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 300,
      patient: amara.id,
      need_patient_banner: false,
      scope: SCOPES.join(' '),
    });
    expect(body).not.toHaveProperty('refresh_token');
    expect(body).not.toHaveProperty(['hub.topic']);
    expect(Buffer.from(String(body['access_token']), 'base64url')).toHaveLength(32);
    const keys = await get(started.iss, '/.well-known/jwks.json', null);
    const { payload } = await jwtVerify(
      String(body['id_token']),
      createLocalJWKSet(keys.body as unknown as JSONWebKeySet),
      {
        issuer: started.iss,
        audience: 'growth-app',
        currentDate: new Date(clock.now()),
      },
    );
    expect(payload).toMatchObject({ nonce: 'n-1', fhirUser: 'https://fhir.example.nhs/Practitioner/7' });
    expect(audited).toMatchObject([{ type: 'signOn.tokenIssued', systemId: 'growth' }]);
    expect(JSON.stringify(audited)).not.toContain(String(body['access_token']));
  });

  test('says what the launcher can do', async () => {
    const { iss } = launch();
    const { body } = await get(iss, '/.well-known/smart-configuration', null, { headers: { origin: APP } });
    expect(body).toMatchObject({
      issuer: iss,
      authorization_endpoint: iss.replace(/fhir$/, 'authorize'),
      token_endpoint: iss.replace(/fhir$/, 'token'),
      code_challenge_methods_supported: ['S256'],
      grant_types_supported: ['authorization_code'],
    });
    expect(body['capabilities']).toEqual(expect.arrayContaining(['launch-ehr', 'client-public', 'context-banner']));
    expect(body['capabilities']).not.toContain('context-ehr-encounter');
    expect((await get(iss, '/metadata', null)).body['fhirVersion']).toBe('4.0.1');
  });

  test('no id_token without openid; the banner is asked for while the shell’s does not show', async () => {
    banner = false;
    const { body } = await token();
    expect(body).not.toHaveProperty('id_token');
    expect(body['need_patient_banner']).toBe(true);
  });

  test('the address is inside the system’s origins, or there is none', () => {
    expect(() => launcher.launchAddress('growth', new URL('https://evil.example/launch'), amara, 1)).toThrow(
      LanyardError,
    );
    expect(() => launcher.launchAddress('nobody', LAUNCH_URL, amara, 1)).toThrow(LanyardError);
  });
});

describe('authorisation is refused', () => {
  test.each<[what: string, changes: Changes]>([
    ['another client', { client_id: 'other-app' }],
    ['no client', { client_id: null }],
    ['another address of the same origin', { redirect_uri: `${REDIRECT}/more` }],
    ['an address that differs in case', { redirect_uri: REDIRECT.toUpperCase() }],
    ['no address', { redirect_uri: null }],
  ])('on a page of Lanyard’s, without a redirect: %s', async (_what, changes) => {
    const { response, target } = await authorize(launch(), changes);
    expect(response.status).toBe(400);
    expect(target).toBeNull();
    expect(await response.text()).toContain('Growth chart was not started');
    expect(reasons()).toEqual(['client-mismatch']);
  });

  test.each<[what: string, changes: Changes, error: string, reason: string]>([
    ['state missing', { state: null }, 'invalid_request', 'state-mismatch'],
    ['state short', { state: 'abc123' }, 'invalid_request', 'state-mismatch'],
    ['state of one letter', { state: 'a'.repeat(40) }, 'invalid_request', 'state-mismatch'],
    ['no PKCE', { code_challenge: null }, 'invalid_request', 'client-mismatch'],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request', 'client-mismatch'],
    ['another aud', { aud: 'https://fhir.example' }, 'invalid_request', 'client-mismatch'],
    ['implicit flow', { response_type: 'token' }, 'unsupported_response_type', 'client-mismatch'],
    ['no launch scope', { scope: 'patient/Observation.rs' }, 'invalid_scope', 'client-mismatch'],
    ['no launch', { launch: null }, 'invalid_request', 'launch-expired'],
    ['an invented launch', { launch: 'x'.repeat(43) }, 'invalid_request', 'launch-expired'],
  ])('by redirect: %s', async (_what, changes, error, reason) => {
    const result = await authorize(launch(), changes);
    expect(result.error).toBe(error);
    expect(result.code).toBe('');
    expect(result.target?.searchParams.get('state')).toBe('state' in changes ? changes['state'] : STATE);
    expect(reasons()).toEqual([reason]);
  });

  test('a launch that comes again, expired, of another system or of an earlier patient', async () => {
    const first = launch();
    expect((await authorize(first)).code).not.toBe('');
    expect((await authorize(first)).error).toBe('invalid_request');
    expect(reasons()).toEqual(['launch-replayed']);

    const late = launch();
    clock.advance(60_000);
    expect((await authorize(late)).error).toBe('invalid_request');
    const others = launch(1, amara, 'risk');
    expect((await authorize({ iss: launch().iss, launch: others.launch })).error).toBe('invalid_request');
    const earlier = launch();
    launcher.patientChanged(2);
    expect((await authorize(earlier)).error).toBe('invalid_request');
    expect(reasons()).toEqual(['launch-replayed', 'launch-expired', 'launch-expired', 'launch-expired']);
  });

  test('a parameter that is there twice, and a frame', async () => {
    const started = launch();
    const twice = new URL(started.iss.replace(/fhir$/, 'authorize'));
    twice.search = `client_id=growth-app&client_id=growth-app&redirect_uri=${encodeURIComponent(REDIRECT)}`;
    expect((await fetch(twice, { redirect: 'manual' })).status).toBe(400);
    const framed = await rawGet(started.iss.replace(/fhir$/, 'authorize'), { 'sec-fetch-dest': 'iframe' });
    expect(framed.status).toBe(400);
  });
});

describe('a token is refused', () => {
  test.each<[what: string, changes: Changes, error: string]>([
    ['wrong verifier', { code_verifier: 'x'.repeat(43) }, 'invalid_grant'],
    ['no verifier', { code_verifier: null }, 'invalid_request'],
    ['another redirect_uri', { redirect_uri: `${REDIRECT}2` }, 'invalid_grant'],
    ['another client', { client_id: 'risk-app' }, 'invalid_grant'],
    ['a secret of a public client', { client_secret: 's' }, 'invalid_client'],
    ['a refresh', { grant_type: 'refresh_token' }, 'unsupported_grant_type'],
    ['an invented code', { code: 'x'.repeat(43) }, 'invalid_grant'],
  ])('%s', async (_what, changes, error) => {
    const started = launch();
    const { code } = await authorize(started);
    const { response, body } = await exchange(started.iss, code, changes);
    expect(response.status).toBe(400);
    expect(body['error']).toBe(error);
    expect(body).not.toHaveProperty('access_token');
    expect(audited.filter(({ type }) => type === 'signOn.tokenIssued')).toEqual([]);
  });

  test('a code that failed once is used up', async () => {
    const started = launch();
    const { code } = await authorize(started);
    await exchange(started.iss, code, { code_verifier: 'x'.repeat(43) });
    expect((await exchange(started.iss, code)).body['error']).toBe('invalid_grant');
  });

  test('a code that comes again takes back the token issued from it', async () => {
    answers.set(`/fhir/Patient/${amara.id}`, { resourceType: 'Patient', id: amara.id });
    const { iss, code, bearer } = await token();
    expect((await get(iss, `/Patient/${amara.id}`, bearer)).status).toBe(200);
    expect((await exchange(iss, code)).body['error']).toBe('invalid_grant');
    expect((await get(iss, `/Patient/${amara.id}`, bearer)).status).toBe(401);
    expect(reasons()).toContain('launch-replayed');
  });

  test('a code of an earlier patient, an expired one, and one whose audit line cannot be written', async () => {
    const started = launch();
    const { code } = await authorize(started);
    launcher.patientChanged(2);
    expect((await exchange(started.iss, code)).body['error']).toBe('invalid_grant');
    const second = launch(2);
    const late = await authorize(second);
    clock.advance(60_000);
    expect((await exchange(second.iss, late.code)).body['error']).toBe('invalid_grant');
    const third = launch(2);
    const unwritten = await authorize(third);
    auditFails = true;
    const { response, body } = await exchange(third.iss, unwritten.code);
    expect([response.status, body['error'], body['access_token']]).toEqual([503, 'temporarily_unavailable', undefined]);
  });
});

describe('the record', () => {
  test('gives the launched patient and their resources, with this server’s addresses', async () => {
    const search = `/fhir/Observation?patient=Patient%2F${amara.id}&code=8302-2`;
    answers.set(`/fhir/Patient/${amara.id}`, { resourceType: 'Patient', id: amara.id });
    answers.set('/fhir/Observation/1', {
      ...observation('1', ''),
      subject: { reference: `${fhir.url}/fhir/Patient/${amara.id}` },
    });
    answers.set(search, {
      ...bundle(observation('1', amara.id)),
      link: [
        { relation: 'next', url: `${fhir.url}/fhir?_getpages=7` },
        { relation: 'previous', url: 'http://evil.example/fhir?x' },
      ],
    });
    answers.set('/fhir?_getpages=7', bundle(observation('2', amara.id)));
    const { iss, bearer } = await token();
    expect((await get(iss, `/Patient/${amara.id}`, bearer)).body).toEqual({ resourceType: 'Patient', id: amara.id });
    expect((await get(iss, '/Observation/1', bearer)).body['subject']).toEqual({ reference: `Patient/${amara.id}` });
    const found = await get(iss, `/Observation?patient=${amara.id}&code=8302-2`, bearer);
    expect(found.status).toBe(200);
    expect(found.text).not.toContain(fhir.url);
    expect(found.text).not.toContain('elsewhere');
    const links = found.body['link'] as { relation: string; url: string }[];
    expect(links.map(({ relation }) => relation)).toEqual(['self', 'next']);
    const next = links[1]?.url ?? '';
    expect(next.startsWith(`${iss}/_page/`)).toBe(true);
    expect((await get(iss, next.slice(iss.length), bearer)).text).toContain('"id":"2"');
    const other = await token(1, 'launch patient/Observation.rs');
    expect((await get(iss, next.slice(iss.length), other.bearer)).status).toBe(403);
  });

  test('never gives anything of another patient, whatever the server answers', async () => {
    answers.set(`/fhir/Patient/${brian.id}`, { resourceType: 'Patient', id: brian.id });
    answers.set('/fhir/Observation/9', observation('9', brian.id));
    answers.set('/fhir/Observation/8', observation('another-id', amara.id));
    answers.set(
      `/fhir/Observation?patient=Patient%2F${amara.id}`,
      bundle(observation('1', amara.id), observation('9', brian.id)),
    );
    const { iss, bearer } = await token();
    for (const path of [
      `/Patient/${brian.id}`,
      '/Observation/9',
      `/Observation?patient=${brian.id}`,
      `/Observation?patient=${amara.id}`,
      `/Observation?patient=${amara.id}&patient=${brian.id}`,
      `/Observation?patient=${amara.id},${brian.id}`,
      `/Observation?subject=${amara.id}`,
      `/Observation?patient:Patient=${brian.id}`,
      `/Observation?patient=${amara.id}&_include=Observation:subject`,
      `/Observation?patient=${amara.id}&_has:Provenance:target:agent=1`,
      `/Observation?patient=${amara.id}&encounter.patient=${brian.id}`,
      '/Observation',
      '/Observation?code=8302-2',
      '/Patient?family=TEST',
      `/Patient?_id=${brian.id}`,
    ]) {
      const { status, text, body } = await get(iss, path, bearer);
      expect([path, status, body['resourceType']]).toEqual([path, 403, 'OperationOutcome']);
      expect(text).not.toContain(brian.id);
    }
    expect((await get(iss, '/Observation/8', bearer)).status).toBe(502);
    expect(reasons().every((reason) => reason === 'token-refused')).toBe(true);
  });

  test('is read only, within the scopes, below iss', async () => {
    const { iss, bearer } = await token();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await get(iss, `/Patient/${amara.id}`, bearer, { method })).status).toBe(403);
    for (const path of [
      `/Condition?patient=${amara.id}`,
      '/Condition/1',
      '/Practitioner/1',
      '/Binary/1',
      `/Patient/${amara.id}/$everything`,
      `/Patient/${amara.id}/_history/1`,
      '/Observation/_search',
      '/Observation/..%2f..%2fadmin',
      '//evil.example/Observation/1',
      '/_page/aaaaaaaaaaaaaaaaaaaaaaaa',
    ])
      expect([path, (await get(iss, path, bearer)).status]).toEqual([path, 403]);
    expect(asked).toEqual([]);
  });

  test('needs the token of this system, not expired, not of an earlier patient', async () => {
    answers.set(`/fhir/Patient/${amara.id}`, { resourceType: 'Patient', id: amara.id });
    const path = `/Patient/${amara.id}`;
    const { iss, bearer } = await token();
    expect((await get(iss, path, null)).status).toBe(401);
    expect((await get(iss, path, 'x'.repeat(43))).status).toBe(401);
    expect((await get(iss.replace('growth', 'risk'), path, bearer)).status).toBe(401);
    expect((await get(iss, path, bearer)).status).toBe(200);
    clock.advance(300_000);
    expect((await get(iss, path, bearer)).status).toBe(401);
    const second = await token();
    launcher.patientChanged(2);
    expect((await get(iss, path, second.bearer)).status).toBe(401);
  });

  test('gives nothing that was under way when the patient changed', async () => {
    answers.set(`/fhir/Patient/${amara.id}`, { resourceType: 'Patient', id: amara.id });
    const { iss, bearer } = await token();
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const answer = get(iss, `/Patient/${amara.id}`, bearer);
    await expect.poll(() => asked.length).toBe(1);
    launcher.patientChanged(2);
    expect((await answer).status).toBe(401);
    release();
  });

  test('tells a slow, broken or overlong server apart from an answer', async () => {
    const { iss, bearer } = await token();
    expect((await get(iss, '/Observation/404', bearer)).status).toBe(404);
    answers.set('/fhir/Observation/5', { resourceType: 'Observation', id: '5', note: 'x'.repeat(6 * 1024 * 1024) });
    expect((await get(iss, '/Observation/5', bearer)).status).toBe(502);
    hold = new Promise(() => undefined);
    const late = get(iss, '/Observation/6', bearer);
    await expect.poll(() => asked.length).toBe(3);
    clock.advance(10_000);
    expect((await late).status).toBe(504);
  });
});

describe('who may ask', () => {
  test('a page of another origin gets nothing, with a line in the trail', async () => {
    const { iss } = launch();
    for (const origin of ['https://evil.example', 'null', `${APP}.evil.example`, `${APP}:8443`]) {
      const answer = await get(iss, '/.well-known/smart-configuration', null, { headers: { origin } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
    expect(reasons()).toHaveLength(4);
    const preflight = await fetch(`${iss}/Patient/1`, { method: 'OPTIONS', headers: { origin: APP } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-private-network')).toBe('true');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('a page of another origin can neither fill the trail nor use up what the application may ask', async () => {
    const { iss } = launch();
    for (let count = 0; count < 80; count += 1) {
      const { status } = await get(iss, '/Patient/1', null, { headers: { origin: 'https://evil.example' } });
      expect(status).toBe(403);
    }
    expect(reasons()).toHaveLength(60);
    expect((await get(iss, '/metadata', null)).status).toBe(200);
  });

  test('another Host gets nothing: its name was made to resolve to this machine', async () => {
    const { iss } = launch();
    for (const host of ['evil.example', 'localhost', new URL(iss).hostname, `evil.example:${new URL(iss).port}`]) {
      const { status } = await rawGet(`${iss}/.well-known/smart-configuration`, { host });
      expect([host, status]).toEqual([host, 421]);
    }
  });

  test('too many requests without a token are turned away', async () => {
    const { iss } = launch();
    const statuses: number[] = [];
    for (let count = 0; count < 62; count += 1) statuses.push((await get(iss, '/Patient/1', null)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(60);
    expect(statuses.slice(-2)).toEqual([429, 429]);
  });

  test('after the end nobody is answered and nothing is launched', async () => {
    const { iss } = launch();
    await launcher.dispose();
    await expect(fetch(`${iss}/metadata`)).rejects.toThrow('fetch failed');
    expect(() => launch()).toThrow(LanyardError);
  });
});

describe('the handle of SMART Web Messaging', () => {
  const handleOf = ({ body }: { body: Record<string, unknown> }) => String(body['smart_web_messaging_handle']);

  test('comes with a token that has its scope, and with no other', async () => {
    const spoken = await token(1, 'launch messaging/ui.done');
    expect(spoken.body).toMatchObject({ scope: 'launch messaging/ui.done', smart_web_messaging_origin: APP });
    expect(launcher.messagingScopes('growth', handleOf(spoken))).toEqual(['messaging/ui.done']);
    expect(launcher.messagingScopes('risk', handleOf(spoken))).toBeNull();
    expect(launcher.messagingScopes('growth', 'guessed')).toBeNull();
    expect(spoken.bearer).not.toBe(handleOf(spoken));
    expect((await token(1, 'launch')).body).not.toHaveProperty('smart_web_messaging_handle');
  });

  test('outlives its token, and ends with its launch, its patient, a replay and the session', async () => {
    const scope = 'launch messaging/ui';
    const known = (one: { body: Record<string, unknown> }) =>
      launcher.messagingScopes('growth', handleOf(one)) !== null;
    const first = await token(1, scope);
    clock.advance(20 * 60_000);
    expect(known(first)).toBe(true);
    launch(1);
    expect(known(first)).toBe(false);
    const second = await token(1, scope);
    launcher.patientChanged(2);
    expect(known(second)).toBe(false);
    const third = await token(2, scope);
    await exchange(third.iss, third.code);
    expect(known(third)).toBe(false);
    const fourth = await token(2, scope);
    expect(known(fourth)).toBe(true);
    await launcher.dispose();
    expect(known(fourth)).toBe(false);
  });
});

test('an application that asks for a sign-in is launched again once, then left alone for a minute', async () => {
  const method = createSmartSignOn({
    systemId: 'growth',
    title: 'Growth chart',
    launchUrl: LAUNCH_URL,
    launcher,
    audit: { record: (event) => void audited.push(event) },
    clock,
  });
  const page = null as unknown as SignOnPage; // it never looks at the page
  const signal = new AbortController().signal;
  expect(await method.signOn(page, signal)).toEqual({ outcome: 'signed-on' });
  expect(audited).toEqual([{ type: 'signOn.attempted', systemId: 'growth', method: 'smart', origin: APP }]);
  expect(await method.signOn(page, signal)).toMatchObject({ outcome: 'unavailable' });
  clock.advance(60_000);
  expect(await method.signOn(page, signal)).toEqual({ outcome: 'signed-on' });
  expect(await method.check?.(signal)).toMatchObject([{ check: 'launcher', status: 'good' }]);
  await launcher.dispose();
  expect(await method.check?.(signal)).toMatchObject([{ status: 'bad' }]);
});

function rawGet(address: string, headers: Record<string, string>): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    request(address, { headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    })
      .on('error', reject)
      .end();
  });
}
