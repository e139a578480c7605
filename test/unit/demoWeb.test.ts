// Proves the demo's web systems over real HTTP: who a page shows and where, unknown patients, launches, notes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../demo/http.js';
import { patientByLocalNumber, population } from '../demo/population.js';
import { startEpr } from '../demo/web/epr.js';
import { html } from '../demo/web/html.js';
import { displayAge, displayDate, displayName } from '../demo/web/presentation.js';
import { startResults } from '../demo/web/results.js';
import { startSharedCareRecord } from '../demo/web/sharedCareRecord.js';

let clock = new Date('2026-11-22T12:00:00Z');
const now = () => clock;
let servers: RunningServer[] = [];
let epr = '';
let results = '';
let shared = '';

beforeAll(async () => {
  servers = await Promise.all([startEpr({ now }), startResults(), startSharedCareRecord({ now })]);
  [epr = '', results = '', shared = ''] = servers.map(({ url }) => url);
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** The page as a browser would read it, with its status. */
async function open(address: string, init?: RequestInit) {
  const response = await fetch(address, init);
  const markup = await response.text();
  const find = (pattern: RegExp) => pattern.exec(markup)?.[1]?.trim() ?? null;
  return {
    status: response.status,
    address: response.url,
    markup,
    name: find(/<h1>(.*?)<\/h1>/s),
    born: find(/class="dob">(.*?)</s),
    nhsNumber: find(/data-nhs-number="[^"]*">(.*?)</s),
    localNumber: find(/data-local-number="[^"]*">(.*?)</s),
  };
}

describe('the patient record', () => {
  it('shows the patient by NHS number and by hospital number', async () => {
    const amara = { status: 200, name: 'TESTPATIENT, Amara (Mrs)', born: '12-Apr-1961', nhsNumber: '999 000 0018' };
    expect(await open(`${epr}/patient/9990000018`)).toMatchObject(amara);
    expect(await open(`${epr}/patient/local/RM1000017/encounters`)).toMatchObject(amara);
  });

  it('shows a patient without an NHS number in words', async () => {
    expect(await open(`${epr}/patient/local/RM1000113`)).toMatchObject({
      nhsNumber: 'Not known',
      localNumber: 'RM1000113',
    });
  });

  it('says that a patient died, when, and at what age', async () => {
    const { markup } = await open(`${epr}/patient/9990000123`);
    expect(markup).toMatch(/class="banner deceased"/);
    expect(markup).toMatch(/Died <b>03-Feb-2026<\/b>/);
    expect(markup).toMatch(/Age at death <b>88y<\/b>/);
  });

  it.each([
    ['/', 200],
    ['/patients', 200],
    ['/patient/9990000009', 404],
    ['/patient/local/rm1000017', 404],
    ['/patient/local/RM1000121', 410],
    ['/patient/9990000018/nothing', 404],
    ['/elsewhere', 404],
  ])('shows no single patient at %s', async (address, status) => {
    expect(await open(epr + address)).toMatchObject({ status, name: null, born: null, nhsNumber: null });
  });

  it('labels every page as a demo', async () => {
    for (const address of ['/', '/patients', '/patient/9990000018', '/nowhere'])
      expect((await open(epr + address)).markup).toContain('DEMO – not real patients');
  });

  it('keeps a note for its patient only, as text', async () => {
    const saved = await open(`${epr}/patient/9990000018/notes`, {
      method: 'POST',
      body: new URLSearchParams({ note: '<b>seen</b> on the ward' }),
    });
    expect(saved.address).toBe(`${epr}/patient/9990000018/notes`);
    expect(saved.markup).toContain('22-Nov-2026 &#60;b&#62;seen&#60;/b&#62; on the ward');
    expect((await open(`${epr}/patient/9990000026/notes`)).markup).not.toContain('on the ward');
  });

  it('refuses a note that is empty, too long, or sent by another site', async () => {
    const post = (note: string, headers = {}) =>
      open(`${epr}/patient/9990000034/notes`, { method: 'POST', body: new URLSearchParams({ note }), headers });
    expect((await post(' ')).status).toBe(400);
    expect((await post('x'.repeat(200_000))).status).toBe(400);
    expect((await post('spam', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await open(`${epr}/patient/9990000034/notes`)).markup).not.toContain('<li>');
  });
});

describe('the results', () => {
  it('arrive as a page that knows nobody and data that says whom', async () => {
    const page = await open(`${results}/results?nhs=9990000018`);
    expect(page).toMatchObject({ status: 200, born: '', nhsNumber: null });
    expect(page.markup).not.toContain('Amara');
    const data = (await (await fetch(`${results}/api/results?nhs=9990000018`)).json()) as unknown;
    expect(data).toMatchObject({
      patient: { name: 'TESTPATIENT, Amara (Mrs)', born: '12-Apr-1961', nhsNumberShown: '999 000 0018' },
    });
  });

  it('are found by hospital number too, and not at all for others', async () => {
    expect((await open(`${results}/results?mrn=RM1000113`)).status).toBe(200);
    for (const query of ['', '?nhs=', '?mrn=', '?nhs=9990000009', '?mrn=RM1000121']) {
      expect((await open(`${results}/results${query}`)).status).toBe(404);
      expect((await fetch(`${results}/api/results${query}`)).status).toBe(404);
    }
  });
});

describe('the shared care record', () => {
  const launch = (nhsNumber: string, birthDate: string) =>
    open(
      `${shared}/launch?patient=${encodeURIComponent(`https://fhir.nhs.uk/Id/nhs-number|${nhsNumber}`)}&birthdate=${birthDate}`,
    );

  it('opens at an address that does not name the patient and shows the identity in a frame', async () => {
    const record = await launch('9990000018', '1961-04-12');
    expect(record).toMatchObject({ status: 200, name: null });
    expect(record.address).toMatch(/\/record\/[0-9a-f-]{36}$/);
    expect(record.markup).toMatch(/<iframe id="demographics"[^>]* src="\/record\/[0-9a-f-]{36}\/demographics"/);
    expect(await open(`${record.address}/demographics`)).toMatchObject({
      name: 'TESTPATIENT, Amara (Mrs)',
      born: '12-Apr-1961',
      nhsNumber: '999 000 0018',
    });
    expect((await open(`${record.address}/document/0`)).status).toBe(200);
  });

  it.each([
    ['9990000018', '1961-04-13', 404],
    ['9990000009', '1961-04-12', 404],
    ['9990000018', '', 400],
    ['999', '1961-04-12', 400],
  ])('refuses to launch %s born %s', async (nhsNumber, birthDate, status) => {
    expect(await launch(nhsNumber, birthDate)).toMatchObject({ status, name: null });
  });

  it('closes a record after an hour', async () => {
    const { address } = await launch('9990000026', '1948-08-30');
    clock = new Date(clock.getTime() + 3_600_000);
    expect((await open(address)).status).toBe(410);
    expect((await open(`${address}/demographics`)).status).toBe(410);
  });
});

describe('presentation', () => {
  it('writes names and dates the NHS way', () => {
    expect(population.map(displayName)).toContain('TESTPATIENT-ÅNGSTRÖM, Zoë Élodie (Dr)');
    expect(displayName(patientByLocalNumber('RM1000161') ?? fail())).toBe('TESTPATIENT, Sam');
    expect(displayDate('1924-02-29')).toBe('29-Feb-1924');
  });

  it.each([
    ['1961-04-12', '2026-11-22', '65y'],
    ['1961-11-23', '2026-11-22', '64y'],
    ['2024-11-22', '2026-11-22', '2y'],
    ['2024-11-23', '2026-11-22', '23m'],
    ['2026-11-20', '2026-11-22', '2d'],
  ])('says how old somebody born %s is on %s: %s', (born, on, age) => {
    expect(displayAge(born, on)).toBe(age);
  });

  it('escapes every value of a page', () => {
    const value = `<img src=x onerror="alert('1')">&`;
    expect(html`<p title="${value}">${[value]}</p>`.text).not.toMatch(/<img|="alert|'1'|>&</);
  });
});

function fail(): never {
  throw new Error('the population has changed');
}
