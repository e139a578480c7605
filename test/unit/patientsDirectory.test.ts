/** The patient search against a real HTTP server that answers as real and as bad servers do. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { mostPatients } from '../../main/patients/fhirClient.js';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { PatientDirectory } from '../../main/patients/patientDirectory.js';
import { HandClock } from './handClock.js';

type Handler = (request: { url: URL; message: IncomingMessage }, response: ServerResponse) => void;

const mrn = 'https://rm3.test/mrn';
let handler: Handler;
let asked: URL[];
let base = '';
let clock: HandClock;
/** Answers that are never finished; ended after each test. */
let hanging: ServerResponse[];
const server = createServer((message, response) => {
  const url = new URL(message.url ?? '/', base);
  asked.push(url);
  handler({ url, message }, response);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  asked = [];
  hanging = [];
  clock = new HandClock();
  return () => {
    for (const response of hanging) response.destroy();
  };
});

function directory(more: { fhirBaseUrl?: string } = {}): PatientDirectory {
  return new PatientDirectory(
    {
      fhirBaseUrl: `${base}/fhir/R4`,
      timeoutSeconds: 10,
      identifiers: [{ authority: 'rm3', title: 'Hospital number', system: mrn, pattern: 'RM\\d+', padTo: undefined }],
      ...more,
    },
    fetch,
    clock,
  );
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
}
const person = (id: string, more: object = {}): object => ({
  resourceType: 'Patient',
  id,
  identifier: [
    { system: nhsNumberSystem, value: '9990000018' },
    { system: mrn, value: 'RM1000017' },
  ],
  name: [{ family: 'TESTPATIENT', given: ['Amara'] }],
  birthDate: '1961-04-12',
  ...more,
});
const bundle = (resources: readonly object[], more: object = {}): object => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  ...more,
});
const answerWith =
  (body: unknown, status?: number): Handler =>
  (_request, response) => {
    json(response, body, status);
  };
const hang: Handler = (_request, response) => {
  hanging.push(response);
};
const ids = (result: { found: readonly { patient: { id: string } }[] }): string[] =>
  result.found.map(({ patient }) => patient.id);

async function failure(work: Promise<unknown>): Promise<LanyardError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LanyardError);
  return error as LanyardError;
}

/** Waits until the server was asked so many times: by its answers, not by time. */
async function askedTimes(count: number): Promise<void> {
  await expect.poll(() => asked.length, { interval: 5 }).toBe(count);
}

describe('the question', () => {
  test.each([
    ['999 000 0018', [`identifier=${encodeURIComponent(`${nhsNumberSystem}|9990000018`)}`]],
    ['RM1000017', [`identifier=${encodeURIComponent(`${mrn}|RM1000017`)}`]],
    ['TESTPATIENT 12-Apr-1961', ['family=TESTPATIENT&birthdate=1961-04-12']],
    ['TESTPATIENT, Amara Jane 12-Apr-1961', ['family=TESTPATIENT&given=Amara&birthdate=1961-04-12']],
    [
      'Amara Testpatient 12-Apr-1961',
      [
        'family=Amara+Testpatient&birthdate=1961-04-12',
        'family=Amara&given=Testpatient&birthdate=1961-04-12',
        'family=Testpatient&given=Amara&birthdate=1961-04-12',
      ],
    ],
  ])('%s', async (text, queries) => {
    handler = answerWith(bundle([]));
    await directory().search(text);
    expect(asked.map(({ pathname }) => pathname)).toEqual(queries.map(() => '/fhir/R4/Patient'));
    expect(asked.map(({ search }) => search.slice(1).replace('&_count=50', '')).sort()).toEqual([...queries].sort());
  });

  test('nothing is asked that cannot be read', async () => {
    expect(await failure(directory().search('999 000 0019'))).toMatchObject({ code: 'search-unreadable' });
    expect(asked).toEqual([]);
  });

  test('asks for FHIR JSON, without cookies, and a base address may end with a slash', async () => {
    let headers: IncomingMessage['headers'] = {};
    handler = ({ message }, response) => {
      headers = message.headers;
      json(response, bundle([]));
    };
    await directory({ fhirBaseUrl: `${base}/fhir/R4/` }).search('RM1000017');
    expect(headers).toMatchObject({ accept: 'application/fhir+json' });
    expect(headers.cookie).toBeUndefined();
    expect(asked[0]?.pathname).toBe('/fhir/R4/Patient');
  });
});

describe('the answer', () => {
  test('is a list with how it was read and when it was fetched', async () => {
    handler = answerWith(bundle([person('p1')]));
    expect(await directory().search('999 000 0018')).toMatchObject({
      found: [
        { patient: { id: 'p1', nhsNumber: '9990000018', birthDate: '1961-04-12' }, lookAlikes: [], replacedBy: null },
      ],
      readAs: 'nhs-number',
      refreshedAt: '2026-11-22T09:00:00.000Z',
      truncated: false,
    });
  });

  test.each<[string, string, object, boolean]>([
    ['carries the number', '999 000 0018', {}, true],
    [
      'carries it with spaces',
      '999 000 0018',
      { identifier: [{ system: nhsNumberSystem, value: '999 000 0018' }] },
      true,
    ],
    [
      'carries it as a former number',
      'RM1000017',
      { identifier: [{ use: 'old', system: mrn, value: 'RM1000017' }] },
      true,
    ],
    ['carries it in other letters', 'rm1000017', { identifier: [{ system: mrn, value: 'rm1000017' }] }, true],
    ['only begins like it', 'RM100001', {}, false],
    ['has it of another authority', 'RM1000017', { identifier: [{ system: 'urn:other', value: 'RM1000017' }] }, false],
    ['has another number', '999 000 0123', {}, false],
    ['has no number at all', '999 000 0018', { identifier: [] }, false],
    ['has the name and the birth date', 'TESTPATIENT 12-Apr-1961', {}, true],
    ['has a name that goes on', 'TESTPAT 12-Apr-1961', {}, true],
    [
      'had the name once',
      'TESTMAIDEN 12-Apr-1961',
      { name: [{ use: 'old', family: 'TESTMAIDEN' }, { family: 'TESTPATIENT' }] },
      true,
    ],
    ['has the name with an accent', 'TESTSIAN 12-Apr-1961', { name: [{ family: 'TÉSTSIÂN' }] }, true],
    ['has another birth date', 'TESTPATIENT 13-Apr-1961', {}, false],
    ['has only a birth year', 'TESTPATIENT 12-Apr-1961', { birthDate: '1961' }, false],
    ['sounds like it', 'TESTPATEINT 12-Apr-1961', {}, false],
    ['has another given name', 'TESTPATIENT, Brian 12-Apr-1961', {}, false],
    ['is meant the other way round', 'Amara Testpatient 12-Apr-1961', {}, true],
  ])('is checked: a patient who %s', async (_what, text, resource, isFound) => {
    handler = answerWith(bundle([person('p1', resource)]));
    expect(ids(await directory().search(text))).toEqual(isFound ? ['p1'] : []);
  });

  test('each patient stands there once, in the order of the names, with look-alike warnings', async () => {
    const double = person('p3');
    handler = answerWith(
      bundle([double, person('p2', { name: [{ family: 'TESTPATIENT', given: ['Aaron'] }] }), person('p1'), double]),
    );
    const { found } = await directory().search('TESTPATIENT 12-Apr-1961');
    expect(found.map(({ patient, lookAlikes }) => [patient.id, lookAlikes])).toEqual([
      ['p2', ['same-birth-date-and-similar-name']],
      ['p1', ['same-birth-date-and-similar-name', 'same-name-and-birth-date']],
      ['p3', ['same-birth-date-and-similar-name', 'same-name-and-birth-date']],
    ]);
  });

  test('a merged record is said to be one, and nobody is warned of it', async () => {
    handler = answerWith(
      bundle([person('p1'), person('p2', { link: [{ type: 'replaced-by', other: { reference: 'Patient/p1' } }] })]),
    );
    const { found } = await directory().search('TESTPATIENT 12-Apr-1961');
    expect(found.map(({ patient, lookAlikes, replacedBy }) => [patient.id, lookAlikes, replacedBy])).toEqual([
      ['p1', [], null],
      ['p2', [], 'p1'],
    ]);
  });

  test('foreign extras are ignored: other resources, included records, notes of the server, unknown elements', async () => {
    handler = answerWith(
      bundle([], {
        total: 1,
        meta: { security: [] },
        'x-vendor': { deep: [1] },
        entry: [
          { resource: person('p1', { extension: [{ url: 'u', valueString: 'v' }], maritalStatus: {} }), fullUrl: 'x' },
          { resource: person('p2'), search: { mode: 'include' } },
          { resource: { resourceType: 'Organization', id: 'o' } },
          { resource: { resourceType: 'OperationOutcome', issue: [] }, search: { mode: 'outcome' } },
          {},
        ],
      }),
    );
    expect(ids(await directory().search('999 000 0018'))).toEqual(['p1']);
  });

  test('goes on to the next pages, up to the limit, and says that there are more', async () => {
    const page = (start: number, size: number): object[] =>
      Array.from({ length: size }, (_, index) => person(`p${start + index}`));
    handler = ({ url }, response) => {
      const start = Number(url.searchParams.get('_offset') ?? 0);
      const next = start + 20 < 70 ? [{ relation: 'next', url: `${base}/fhir/R4/Patient?_offset=${start + 20}` }] : [];
      json(response, bundle(page(start, Math.min(20, 70 - start)), { total: 70, link: next }));
    };
    const result = await directory().search('999 000 0018');
    expect([result.found.length, result.truncated, asked.length]).toEqual([mostPatients, true, 3]);
  });

  test('three whole pages are a whole list', async () => {
    handler = ({ url }, response) => {
      const start = Number(url.searchParams.get('_offset') ?? 0);
      const next = start < 2 ? [{ relation: 'next', url: `Patient?_offset=${start + 1}` }] : [];
      json(response, bundle([person(`p${start}`)], { total: 3, link: next }));
    };
    const result = await directory().search('999 000 0018');
    expect([ids(result), result.truncated]).toEqual([['p0', 'p1', 'p2'], false]);
  });

  test.each([
    ['another server', 'https://elsewhere.test/Patient?page=2'],
    ['nowhere', 'http://'],
    ['a sign-on', 'http://user:pass@127.0.0.1/'],
  ])('never follows a next page to %s; the list is then said to be incomplete', async (_what, url) => {
    handler = answerWith(bundle([person('p1')], { link: [{ relation: 'next', url }] }));
    const result = await directory().search('999 000 0018');
    expect([ids(result), result.truncated, asked.length]).toEqual([['p1'], true, 1]);
  });

  test('a server that links its pages in a circle is left after five', async () => {
    handler = answerWith(bundle([person('p1')], { link: [{ relation: 'next', url: 'Patient?again' }] }));
    const result = await directory().search('999 000 0018');
    expect([ids(result), result.truncated, asked.length]).toEqual([['p1'], true, 5]);
  });
});

describe('when it goes wrong: one clear error, without the patient in it', () => {
  const outcome = (code: string): object => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, diagnostics: 'QUOKKA 9990000018 not found' }],
  });
  const raw =
    (body: string, type: string, status = 200): Handler =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
  test.each<[string, Handler, RegExp]>([
    ['an OperationOutcome', answerWith(outcome('invalid'), 400), /refused the question \(400, invalid\)/],
    [
      'an OperationOutcome with status 200',
      answerWith(outcome('exception')),
      /refused the question \(200, exception\)/,
    ],
    [
      'an OperationOutcome with a lying code',
      answerWith(outcome('QUOKKA 9990000018'), 400),
      /refused the question \(400\)/,
    ],
    ['401', answerWith(outcome('login'), 401), /does not let Lanyard in \(401, login\)/],
    ['403 in HTML', raw('<h1>QUOKKA</h1>', 'text/html', 403), /does not let Lanyard in \(403\)/],
    ['404', raw('QUOKKA', 'text/plain', 404), /not at the configured address \(404\)/],
    ['429', raw('', 'text/plain', 429), /busy \(429\)/],
    ['500', answerWith(outcome('exception'), 500), /has failed \(500, exception\)/],
    ['503', raw('', 'text/plain', 503), /busy \(503\)/],
    ['a sign-in page', raw('<html>QUOKKA 9990000018</html>', 'text/html'), /not FHIR JSON/],
    ['half a JSON', raw('{"resourceType":"Bundle","entry":[{"QUOKKA', 'application/fhir+json'), /not FHIR JSON/],
    ['nothing', raw('', 'application/fhir+json'), /not FHIR JSON/],
    ['a list', answerWith(['QUOKKA']), /wrong the answer/],
    ['another resource', answerWith(person('QUOKKA')), /wrong Patient\.resourceType/],
    ['a bundle of another type', answerWith(bundle([], { type: 'QUOKKA' })), /wrong Bundle\.type/],
    [
      'a patient with a wrong birth date',
      answerWith(bundle([person('p1', { birthDate: 'QUOKKA' })])),
      /wrong Patient\.birthDate/,
    ],
    [
      'a patient with a wrong name',
      answerWith(bundle([person('p1', { name: [{ family: ['QUOKKA'] }] })])),
      /wrong Patient\.name\[0\]\.family/,
    ],
    [
      'a redirect',
      (_request, response) => {
        response.writeHead(302, { location: 'https://elsewhere.test/?QUOKKA' }).end();
      },
      /another address/,
    ],
    [
      'a broken connection',
      (_request, response) => {
        response.destroy();
      },
      /cannot be reached/,
    ],
    [
      'a connection that breaks in the middle',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '5000' });
        response.write('{"QUOKKA');
        setImmediate(() => response.destroy());
      },
      /broke off/,
    ],
    [
      'far too much',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/fhir+json' });
        response.end(`"${'QUOKKA'.repeat(1_000_000)}"`);
      },
      /far too much/,
    ],
  ])('%s', async (_what, answer, message) => {
    handler = answer;
    const error = await failure(directory().search('999 000 0018'));
    expect(error.code).toBe('search-unavailable');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^The patient search .*(Call IT|call IT|Try again)/);
    // Everything a log could write of it, causes and hidden fields included.
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/QUOKKA|9990000018|identifier=|elsewhere/);
  });

  test('nobody listening there', async () => {
    const error = await failure(directory({ fhirBaseUrl: 'http://127.0.0.1:9/fhir' }).search('999 000 0018'));
    expect(error).toMatchObject({
      code: 'search-unavailable',
      message: expect.stringMatching(/cannot be reached/) as string,
    });
    expect(inspect(error, { depth: 20 })).not.toMatch(/9990000018/);
  });

  test('silence ends at the deadline', async () => {
    handler = hang;
    const search = failure(directory().search('999 000 0018'));
    await askedTimes(1);
    clock.advance(9_999);
    clock.advance(1);
    expect(await search).toMatchObject({
      code: 'search-timeout',
      message: expect.stringMatching(/10 seconds/) as string,
    });
  });

  test('an answer that trickles ends at the same deadline', async () => {
    handler = (_request, response) => {
      hanging.push(response);
      response.writeHead(200, { 'content-type': 'application/fhir+json' });
      response.write('{"resourceType":');
    };
    const search = failure(directory().search('999 000 0018'));
    await askedTimes(1);
    clock.advance(10_000);
    expect(await search).toMatchObject({ code: 'search-timeout' });
  });

  test('so do many pages together', async () => {
    handler = (_request, response) => {
      if (asked.length === 3) hanging.push(response);
      else json(response, bundle([person(`p${asked.length}`)], { link: [{ relation: 'next', url: 'Patient?more' }] }));
    };
    const search = failure(directory().search('999 000 0018'));
    await askedTimes(3);
    clock.advance(10_000);
    expect(await search).toMatchObject({ code: 'search-timeout' });
  });

  test('a fetch that never hears of the deadline is left behind all the same', async () => {
    const deaf = new PatientDirectory(
      { fhirBaseUrl: base, timeoutSeconds: 10, identifiers: [] },
      () => new Promise(() => undefined),
      clock,
    );
    const search = failure(deaf.search('999 000 0018'));
    clock.advance(10_000);
    expect(await search).toMatchObject({ code: 'search-timeout' });
  });
});

describe('the newest search wins', () => {
  test('an older one is cancelled at once, and its late answer is dropped', async () => {
    handler = hang;
    const patients = directory();
    const first = failure(patients.search('999 000 0018'));
    await askedTimes(1);
    handler = answerWith(bundle([person('p2', { identifier: [{ system: mrn, value: 'RM2' }] })]));
    const second = patients.search('RM2');
    expect(await first).toMatchObject({ code: 'search-cancelled' });
    expect(ids(await second)).toEqual(['p2']);
    expect((await patients.get('p2')).id).toBe('p2');
  });

  test('the server sees the older connection end', async () => {
    handler = hang;
    const patients = directory();
    const first = failure(patients.search('999 000 0018'));
    await askedTimes(1);
    const ended = new Promise((resolve) => hanging[0]?.once('close', resolve));
    patients.cancelSearch();
    await ended;
    expect(await first).toMatchObject({ code: 'search-cancelled' });
  });

  test('even one that cannot be read cancels the one before', async () => {
    handler = hang;
    const patients = directory();
    const first = failure(patients.search('999 000 0018'));
    await askedTimes(1);
    expect(await failure(patients.search('nonsense'))).toMatchObject({ code: 'search-unreadable' });
    expect(await first).toMatchObject({ code: 'search-cancelled' });
  });

  test('cancelling keeps the list that is on the screen', async () => {
    handler = answerWith(bundle([person('p1')]));
    const patients = directory();
    await patients.search('999 000 0018');
    handler = hang;
    const second = failure(patients.search('999 000 0018'));
    patients.cancelSearch();
    await second;
    expect((await patients.get('p1')).id).toBe('p1');
  });

  test('the end of the session cancels and forgets everything', async () => {
    handler = answerWith(bundle([person('p1')]));
    const patients = directory();
    await patients.search('999 000 0018');
    handler = hang;
    const second = failure(patients.search('999 000 0018'));
    patients.dispose();
    expect(await second).toMatchObject({ code: 'search-cancelled' });
    expect(await failure(patients.get('p1'))).toMatchObject({ code: 'unknown-patient' });
    expect(await failure(patients.search('999 000 0018'))).toMatchObject({ code: 'search-cancelled' });
  });
});

describe('choosing', () => {
  async function listed(more: object = {}): Promise<PatientDirectory> {
    handler = answerWith(bundle([person('p1', more)]));
    const patients = directory();
    await patients.search('999 000 0018');
    asked = [];
    return patients;
  }

  test('only a patient of the latest search', async () => {
    const patients = await listed();
    expect(await failure(patients.get('p2'))).toMatchObject({ code: 'unknown-patient' });
    expect(await failure(patients.get('__proto__'))).toMatchObject({ code: 'unknown-patient' });
    expect(await failure(directory().get('p1'))).toMatchObject({ code: 'unknown-patient' });
    expect(asked).toEqual([]);
  });

  test('a search that found nobody leaves nobody to choose', async () => {
    const patients = await listed();
    handler = answerWith(bundle([]));
    await patients.search('999 000 0123');
    expect(await failure(patients.get('p1'))).toMatchObject({ code: 'unknown-patient' });
  });

  test('a fresh entry needs no second question; after 30 seconds it is fetched again', async () => {
    const patients = await listed();
    clock.advance(30_000);
    expect((await patients.get('p1')).lastUpdated).toBeNull();
    expect(asked).toEqual([]);
    clock.advance(1);
    handler = answerWith(person('p1', { meta: { lastUpdated: '2026-11-22T09:00:29Z' }, deceasedBoolean: true }));
    expect(await patients.get('p1')).toMatchObject({ lastUpdated: '2026-11-22T09:00:29Z', deceased: { date: null } });
    expect(asked.map(({ pathname }) => pathname)).toEqual(['/fhir/R4/Patient/p1']);
  });

  test.each<[string, Handler, string]>([
    ['became another birth date', answerWith(person('p1', { birthDate: '1961-04-13' })), 'unknown-patient'],
    [
      'became another name',
      answerWith(person('p1', { name: [{ family: 'TESTOTHER', given: ['Amara'] }] })),
      'unknown-patient',
    ],
    [
      'became another number',
      answerWith(person('p1', { identifier: [{ system: nhsNumberSystem, value: '9990000123' }] })),
      'unknown-patient',
    ],
    ['is answered with another record', answerWith(person('p2')), 'unknown-patient'],
    [
      'was merged',
      answerWith(person('p1', { link: [{ type: 'replaced-by', other: { reference: 'Patient/p9' } }] })),
      'unknown-patient',
    ],
    ['is gone', answerWith({ resourceType: 'OperationOutcome', issue: [{ code: 'deleted' }] }, 410), 'unknown-patient'],
    ['cannot be fetched', answerWith({}, 500), 'search-unavailable'],
    ['is no patient', answerWith({ resourceType: 'Practitioner', id: 'p1' }), 'search-unavailable'],
  ])('a record that meanwhile %s is not chosen', async (_what, answer, code) => {
    const patients = await listed();
    clock.advance(60_000);
    handler = answer;
    expect(await failure(patients.get('p1'))).toMatchObject({ code });
  });

  test('an id cannot leave the folder of patients', async () => {
    handler = answerWith(bundle([person('../Practitioner/x')]));
    const patients = directory();
    await patients.search('999 000 0018');
    clock.advance(60_000);
    asked = [];
    handler = answerWith({}, 404);
    await failure(patients.get('../Practitioner/x'));
    expect(asked.map(({ pathname }) => pathname)).toEqual(['/fhir/R4/Patient/..%2FPractitioner%2Fx']);
  });
});

describe('whom another program means', () => {
  const nhs = { system: nhsNumberSystem, value: '999 000 0018' };
  const local = { system: mrn, value: 'RM1000017' };

  test('is the one patient with all the numbers it gave; numbers of unknown systems say nothing', async () => {
    handler = answerWith(bundle([person('p1')]));
    const numbers = [nhs, local, { system: 'urn:elsewhere', value: '7' }];
    expect(await directory().identify({ numbers, birthDate: '1961-04-12' })).toMatchObject({ id: 'p1' });
    expect(asked).toHaveLength(2);
  });

  test('can be nobody of the latest search, which stays', async () => {
    handler = answerWith(bundle([person('p1')]));
    const patients = directory();
    await patients.search('999 000 0018');
    handler = answerWith(bundle([person('p2')]));
    expect(await patients.identify({ numbers: [nhs], birthDate: null })).toMatchObject({ id: 'p2' });
    expect(await patients.get('p1')).toMatchObject({ id: 'p1' });
    expect(await failure(patients.get('p2'))).toMatchObject({ code: 'unknown-patient' });
  });

  test('two numbers that belong to different patients are refused', async () => {
    handler = ({ url }, response) => {
      json(response, bundle([person(url.search.includes('RM1000017') ? 'p2' : 'p1')]));
    };
    const answer = directory().identify({ numbers: [nhs, local], birthDate: null });
    expect((await failure(answer)).message).toMatch(/belong to different patients/);
  });

  test.each<[string, object[], { system: string; value: string }[], string | null, RegExp]>([
    ['nobody', [], [nhs], null, /No patient was found/],
    ['several patients', [person('p1'), person('p2')], [nhs], null, /Several patients/],
    ['another birth date', [person('p1')], [nhs], '1961-04-13', /birth date/],
    ['a former number', [person('p1', { identifier: [{ ...nhs, use: 'old' }] })], [nhs], null, /No patient was found/],
  ])('%s: refused', async (_what, people, numbers, birthDate, says) => {
    handler = answerWith(bundle(people));
    const error = await failure(directory().identify({ numbers, birthDate }));
    expect([error.code, error.message]).toEqual(['unknown-patient', expect.stringMatching(says)]);
  });

  test.each<[string, { system: string; value: string }[], RegExp]>([
    ['no number', [], /no number that Lanyard knows/],
    ['only an unknown system', [{ system: 'urn:elsewhere', value: '7' }], /no number that Lanyard knows/],
    ['a wrong check digit', [{ system: nhsNumberSystem, value: '9990000019' }], /cannot be one/],
    ['a local number without a digit', [{ system: mrn, value: 'x' }], /cannot be read/],
  ])('%s: refused without a question', async (_what, numbers, says) => {
    const error = await failure(directory().identify({ numbers, birthDate: null }));
    expect([error.message, asked]).toEqual([expect.stringMatching(says), []]);
  });
});
