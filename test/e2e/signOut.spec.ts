/**
 * SECURITY(S11, S19, S22): after a sign-out nothing of the session is left: not in a page, not at a server, not on the
 * disk. Every page here keeps as much as a page can, and every file and process is searched for it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { population } from '../demo/population.js';
import {
  auditLines,
  configurationFor,
  expect,
  LAB_IDENTITY,
  type Running,
  type Surroundings,
  test,
} from './lanyard.js';
import { filesBelow, findWords, killAtOnce, shownByProcesses, wordsIn } from './leftovers.js';
import { page as html, type Site, startSite } from './site.js';

const [amara, brian] = population;
if (!amara?.nhsNumber || !brian?.nhsNumber) throw new Error('the population is empty');
/** Everything of the patient that a page, a file or a process could give away. */
const OF_THE_PATIENT = [
  amara.nhsNumber,
  amara.nhsNumber.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3'),
  amara.localNumber,
  `${amara.family}, ${amara.given[0] ?? ''}`,
];
const NOTE = 'note-canary-chest-pain';
const MISTYPED = 'Wr0ng-Canary-7731!';

/** A record system that keeps everything a page can keep, and one connection open for as long as it may. */
async function startRecord(): Promise<Site> {
  const site = await startSite();
  site.serve('/worker.js', {
    headers: { 'content-type': 'text/javascript' },
    body: "addEventListener('fetch', (event) => { if (event.request.url.endsWith('/from-worker')) event.respondWith(new Response('worker')); }); addEventListener('activate', (event) => event.waitUntil(clients.claim()));",
  });
  site.serve('/stream', () => null); // never a word: the connection stays open
  site.serve('/kept', { headers: { 'cache-control': 'max-age=86400' }, body: OF_THE_PATIENT.join() });
  site.serveRest(({ address }) => {
    const patient = population.find(({ nhsNumber }) => nhsNumber !== null && address.endsWith(nhsNumber));
    const banner = patient
      ? `<h1>${patient.family}, ${patient.given[0] ?? ''}</h1><p data-nhs-number>${patient.nhsNumber ?? ''}</p><p class="dob">${patient.birthDate.split('-').reverse().join('-').replace('-04-', '-Apr-').replace('-08-', '-Aug-')}</p>`
      : '<h1>Worklist</h1>';
    return {
      headers: { 'set-cookie': 'session=a-clinicians-session; Max-Age=86400' },
      body: html(
        `${banner}<textarea aria-label="Note"></textarea>`,
        patient ? `Record of ${patient.family}` : 'Record',
      ),
    };
  });
  return site;
}

const configurationOf = (surroundings: Surroundings, record: Site): Record<string, unknown> =>
  configurationFor(surroundings, [
    {
      id: 'record',
      title: 'Record',
      kind: 'web',
      url: `${record.url}/home`,
      roles: ['clinician', 'support'],
      context: { launch: { kind: 'url-template', template: `${record.url}/patient/{nhsNumber}` } },
      identity: LAB_IDENTITY,
    },
  ]);

/** Signs in, chooses a patient, and lets the page keep them in every way there is. */
async function work(lanyard: Running, record: Site): Promise<Page> {
  await lanyard.signIn();
  if (amara) await lanyard.choose(amara);
  await expect(lanyard.tab('Record')).toHaveAccessibleDescription('In step');
  const page = await lanyard.page(`${record.url}/patient/`);
  await page.getByLabel('Note').pressSequentially(NOTE);
  await page.evaluate(async (words) => {
    const text = words.join();
    document.cookie = `patient=${encodeURIComponent(text)}; max-age=86400`;
    localStorage.setItem('patient', text);
    sessionStorage.setItem('patient', text);
    await (await caches.open('patients')).put('/patient', new Response(text));
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.open('patients', 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('patients').put(text, 'patient');
      };
      request.onsuccess = () => {
        resolve();
      };
      request.onerror = () => {
        reject(new Error('no database'));
      };
    });
    await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
    await (await fetch('/kept')).text();
    void fetch('/stream'); // open for as long as it may
  }, OF_THE_PATIENT);
  return page;
}

async function signOut({ shell }: Running): Promise<void> {
  await shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
}

test('sign-out ends every system’s session, and the next clinician begins with nothing of the first', async ({
  launch,
  surroundings,
}) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  const { shell } = lanyard;
  await work(lanyard, record);
  await shell.getByRole('button', { name: 'Copy NHS number' }).click();
  await expect.poll(() => record.count('/stream')).toBe(1);
  expect(record.openConnections).toBeGreaterThan(0);
  expect(record.asked.some(({ headers }) => headers.cookie?.includes('a-clinicians-session'))).toBe(true);

  await signOut(lanyard);
  await expect.poll(() => record.openConnections).toBe(0); // the server itself sees them close
  expect(await lanyard.app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
  await expect(shell.getByLabel('User name')).toHaveValue('');
  await expect(shell.getByLabel('User name')).toBeFocused();
  await expect(shell.getByLabel('Password')).toHaveValue('');
  expect(
    wordsIn(Buffer.from(await shell.content()), [...OF_THE_PATIENT, 'amara.test', 'Amara', DEMO_PASSWORD]),
  ).toEqual([]);
  expect(await shell.evaluate(() => [localStorage.length, sessionStorage.length, history.length])).toEqual([0, 0, 1]);
  expect(await lanyard.app.evaluate(({ clipboard }) => clipboard.readText())).not.toContain(amara.nhsNumber);

  const before = record.asked.length;
  await lanyard.signIn('remy.test');
  const page = await lanyard.page(`${record.url}/home`);
  const seen = await page.evaluate(async () => ({
    worker: (await fetch('/from-worker')).headers.get('content-type'),
    cookie: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    caches: await caches.keys(),
    databases: await indexedDB.databases(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    controlled: navigator.serviceWorker.controller !== null,
    kept: (await fetch('/kept')).status,
  }));
  expect(seen).toMatchObject({ local: 0, session: 0, caches: [], databases: [], workers: 0, controlled: false });
  expect(seen.cookie).toBe('session=a-clinicians-session'); // the new one, from this page's own answer
  expect(seen.worker).toContain('text/html'); // from the server, not from a worker that outlived its session
  expect(record.asked.slice(before)[0]?.headers.cookie).toBeUndefined();
  expect(record.asked.slice(before).some(({ address }) => address === '/kept')).toBe(true);
  await expect(shell.getByRole('region', { name: 'Patient' })).toContainText('No patient chosen');
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toHaveValue('');
  // A list of the session before is no list of this one.
  const answer = await shell.evaluate((patientId) => window.lanyard.call('patient.select', { patientId }), amara.id);
  expect(answer).toMatchObject({ ok: false, code: 'unknown-patient' });
  await record.close();
});

test('a session that cannot be cleared is said so, and nobody signs in over it until it is', async ({
  launch,
  surroundings,
}) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  const { shell } = lanyard;
  await work(lanyard, record);
  await lanyard.app.evaluate(({ session }) => {
    const sessions = Object.getPrototypeOf(session.defaultSession) as Record<string, unknown>;
    Reflect.set(globalThis, 'clearStorageData', sessions['clearStorageData']);
    sessions['clearStorageData'] = () => Promise.reject(new Error('made to fail'));
  });
  const before = await shell.evaluate(() => performance.timeOrigin);
  await signOut(lanyard);
  await expect(shell.getByText(/Not everything could be signed out.*Close Lanyard/)).toBeVisible();
  // The page that showed the patient is thrown away all the same.
  expect(await shell.evaluate(() => performance.timeOrigin)).toBeGreaterThan(before);
  expect(wordsIn(Buffer.from(await shell.content()), OF_THE_PATIENT)).toEqual([]);

  await shell.getByLabel('User name').fill('remy.test');
  await shell.getByLabel('Password').fill(DEMO_PASSWORD);
  await shell.getByRole('button', { name: 'Sign in' }).click();
  await expect(shell.getByRole('alert')).toContainText('previous person could not be signed out completely');
  await lanyard.app.evaluate(({ session }) => {
    const sessions = Object.getPrototypeOf(session.defaultSession) as Record<string, unknown>;
    sessions['clearStorageData'] = Reflect.get(globalThis, 'clearStorageData');
  });
  await lanyard.signIn('remy.test');
  await record.close();
});

test('unsaved work is asked about once, and does not hold up a sign-out that was confirmed', async ({
  launch,
  surroundings,
}) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  const { shell } = lanyard;
  const page = await work(lanyard, record);
  await page.evaluate(() => {
    addEventListener('beforeunload', (event) => {
      event.preventDefault();
    });
  });
  await shell.getByRole('button', { name: 'Sign out' }).click();
  const asked = shell.getByRole('alertdialog', { name: 'Sign out and lose what is not saved?' });
  await asked.getByRole('button', { name: 'Sign out without saving' }).click();
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect.poll(() => record.openConnections).toBe(0);
  expect(lanyard.audit().at(-1)).toMatchObject({ type: 'session.signedOut', reason: 'user' });
  await record.close();
});

test('the password is nowhere: no file, no argument, no environment, no output, during the session and after', async ({
  launch,
  surroundings,
}) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  const { shell } = lanyard;
  const secrets = [DEMO_PASSWORD, MISTYPED];
  const expectNowhere = (when: string): void => {
    expect(findWords(lanyard.userData, secrets), when).toEqual([]);
    expect(wordsIn(shownByProcesses(lanyard.pid), secrets), when).toEqual([]);
    expect(wordsIn(Buffer.from(lanyard.output()), secrets), when).toEqual([]);
  };
  // A password typed where the user name belongs, and a wrong one: both are refused, and neither may be kept.
  for (const [userName, password] of [
    [MISTYPED, 'whatever'],
    ['amara.test', MISTYPED],
  ] as const) {
    await shell.getByLabel('User name').fill(userName);
    await shell.getByLabel('Password').fill(password);
    await shell.getByRole('button', { name: 'Sign in' }).click();
    await expect(shell.getByRole('alert')).toContainText('wrong');
    expectNowhere(`refused ${password === MISTYPED ? 'password' : 'user name'}`);
    await expect(shell.getByLabel('Password')).toHaveValue('');
  }
  await work(lanyard, record);
  expectNowhere('signed in');
  expect(wordsIn(Buffer.from(await shell.content()), secrets)).toEqual([]);
  expect(await lanyard.app.evaluate(() => JSON.stringify(process.env) + process.argv.join())).not.toContain(
    DEMO_PASSWORD,
  );
  await signOut(lanyard);
  expectNowhere('signed out');
  await lanyard.close();
  expect(findWords(lanyard.userData, secrets)).toEqual([]);
  await record.close();
});

/** No file but the audit trail knows the patient; the trail knows numbers, and of names only what a page was read to show. */
function expectOnlyTheTrailKnows(userData: string): void {
  const found = findWords(userData, [...OF_THE_PATIENT, NOTE, amara?.family ?? '']);
  expect(found.filter((one) => !one.startsWith(`audit${path.sep}`))).toEqual([]);
  expect(found).not.toEqual([]); // the search itself works: the trail does hold the number
  for (const { event } of auditLines(path.join(userData, 'audit'))) {
    const { shown, ...rest } = event as { shown?: { name?: string } };
    if (shown?.name !== undefined) expect(event.type).toBe('system.displayed');
    expect(wordsIn(Buffer.from(JSON.stringify(rest)), [amara?.family ?? '', NOTE])).toEqual([]);
  }
}

test('after a sign-out no file knows the patient but the audit trail', async ({ launch, surroundings }) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  await work(lanyard, record);
  expect(
    await lanyard.app.evaluate(({ BaseWindow }) => BaseWindow.getAllWindows().map((one) => one.getTitle())),
  ).toEqual(['Lanyard']);
  await signOut(lanyard);
  expectOnlyTheTrailKnows(lanyard.userData);
  await lanyard.close();
  expectOnlyTheTrailKnows(lanyard.userData);
  await record.close();
});

test('closing the window signs out first, and the trail shows it', async ({ launch, surroundings }) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  await work(lanyard, record);
  const exited = new Promise<number | null>((resolve) => lanyard.app.process().once('exit', resolve));
  await lanyard.close();
  expect(await exited).toBe(0);
  expect(record.openConnections).toBe(0);
  const types = lanyard.audit().map(({ type }) => type);
  expect(types.slice(-3)).toEqual(['session.signedOut', 'application.stopped', 'chain.close']);
  expect(lanyard.audit().at(-3)).toMatchObject({ reason: 'application-stopped' });
  expectOnlyTheTrailKnows(lanyard.userData);
  await record.close();
});

test('a program that is killed leaves nothing of the patient but the trail, and the next start says so', async ({
  launch,
  surroundings,
}) => {
  const record = await startRecord();
  record.serve('/letter', {
    headers: { 'content-disposition': 'attachment' },
    body: OF_THE_PATIENT.join().repeat(200_000),
  });
  const lanyard = await launch(configurationOf(surroundings, record));
  const page = await work(lanyard, record);
  // In the middle of everything: a download that is being refused, and a page that keeps writing.
  await page.evaluate(() => {
    setInterval(() => {
      localStorage.setItem('patient', `${localStorage.getItem('patient') ?? ''} again`);
    }, 5);
    setInterval(() => {
      const link = document.createElement('a');
      link.href = '/letter';
      link.click();
    }, 250);
  });
  await expect.poll(() => lanyard.audit().filter(({ type }) => type === 'download.refused').length).toBeGreaterThan(2);
  const ended = new Promise((resolve) => lanyard.app.process().once('exit', resolve));
  killAtOnce(lanyard.pid);
  await ended;
  const last = auditLines(path.join(lanyard.userData, 'audit')).length;
  expect(filesBelow(lanyard.userData).length).toBeGreaterThan(1);

  const next = await launch(configurationOf(surroundings, record), { userData: lanyard.userData });
  await expect(next.shell.getByLabel('User name')).toHaveValue('');
  expect(wordsIn(Buffer.from(await next.shell.content()), OF_THE_PATIENT)).toEqual([]);
  const [opened] = auditLines(path.join(lanyard.userData, 'audit')).slice(last);
  expect(opened?.event).toMatchObject({ type: 'chain.open', previous: { closed: false } });
  expectOnlyTheTrailKnows(lanyard.userData);
  await next.close();
  await record.close();
});

test('the problem log, where there is one, holds neither names nor numbers', async ({ launch, surroundings }) => {
  const record = await startRecord();
  const lanyard = await launch(configurationOf(surroundings, record));
  await work(lanyard, record);
  // An error nobody foresaw, with everything in it that must not be written.
  await lanyard.app.evaluate(
    (_electron, words) => {
      process.emit('uncaughtException', new Error(`unexpected: ${words.join(' · ')}`));
    },
    [...OF_THE_PATIENT, 'amara.test@demo.hospital.example', 'Dr Amara Testclinician'],
  );
  const log = path.join(lanyard.userData, 'logs', 'problems.jsonl');
  await expect.poll(() => existsSync(log)).toBe(true);
  const written = readFileSync(log);
  expect(written.toString('utf8')).toContain('unexpected');
  expect(wordsIn(written, [...OF_THE_PATIENT, 'amara.test', 'Testclinician'])).toEqual([]);
  await lanyard.close();
  await record.close();
});
