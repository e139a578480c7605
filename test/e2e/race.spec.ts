/**
 * SECURITY(S12): three patients chosen within 50 milliseconds, again and again, while every page answers late and out of
 * order: it always ends with the last one in every tab, and no page of another one is ever on the screen.
 *
 * Set RACE_SEED to repeat a run, RACE_ROUNDS for more or fewer than 300 rounds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { CallOutput } from '../../preload/contract.js';
import { patientResource } from '../demo/fhir/patientResource.js';
import type { DemoPatient } from '../demo/population.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';
import { page as html, startSite, type Site } from './site.js';
import { viewMoments, type ViewMoment, watchViews } from './visibleViews.js';

test.use({ trace: 'off' });

const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 300);
const BATCH = 20;
const SEED = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000_000);
/** Milliseconds that a frame may need from the window to the picture of the screen. */
const FRAME_ON_ITS_WAY = 400;

/** Triplets: one family name, one birth date. */
const triplets: readonly (DemoPatient & { readonly colour: string })[] = [
  triplet('1', '9990001014', 'Ada', 'ff00ff'),
  triplet('2', '9990001022', 'Ada May', '00ffff'),
  triplet('3', '9990001030', 'Adam', 'ffff00'),
];

function triplet(last: string, nhsNumber: string, given: string, colour: string) {
  return {
    id: `triplet-${last}`,
    localNumber: `RM200000${last}`,
    formerLocalNumbers: [],
    nhsNumber,
    family: 'TESTTRIPLET',
    given: [given],
    prefix: null,
    preferred: null,
    formerFamily: null,
    gender: 'unknown' as const,
    birthDate: '2015-05-05',
    deceased: null,
    replacedBy: null,
    isRestricted: false,
    colour,
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NUMBER = /(\d{10})$/;
const numberIn = (address: string): string | null => NUMBER.exec(address)?.[1] ?? null;

function serveRecords(site: Site, random: () => number): void {
  site.serveRest(async ({ address }) => {
    const patient = triplets.find(({ nhsNumber }) => nhsNumber === numberIn(address));
    if (!patient) return html('<h1>Worklist</h1>');
    await delay(60 + random() * 100);
    return html(
      `<div style="background:#${patient.colour};padding:40vh 0"><h1>${patient.family}, ${patient.given.join(' ')}</h1>
      <p data-nhs-number>${patient.nhsNumber ?? ''}</p><p class="dob">05-May-2015</p></div>`,
    );
  });
}

/** A patient index that is late too, and not always equally late. */
function servePatients(site: Site, random: () => number): void {
  const resources = triplets.map(patientResource);
  site.serveRest(async ({ address }) => {
    await delay(random() * 30);
    const { pathname } = new URL(address, site.url);
    const one = resources.find(({ id }) => pathname === `/fhir/Patient/${id ?? ''}`);
    const body = one ?? {
      resourceType: 'Bundle',
      type: 'searchset',
      total: resources.length,
      entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
    };
    return { headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(body) };
  });
}

interface Round {
  /** Ids of A, B and C. */
  readonly patients: readonly string[];
  /** The tab that gets the screen meanwhile, and after how many milliseconds. */
  readonly tab: string;
  readonly tabAfter: number;
  /** How long (ms) nobody does anything after it: sometimes long enough for the page to be on the screen. */
  readonly rest: number;
}

type Workspace = CallOutput<'workspace.get'>;

interface RoundResult {
  readonly wanted: string;
  readonly chosen: string | null;
  readonly links: readonly string[];
  /** Milliseconds from the last choice until every tab was in step. */
  readonly settled: number;
}

/** Runs in the shell's page: the same calls as its buttons make, at exact moments. */
function playRounds(shell: Page, rounds: readonly Round[]): Promise<RoundResult[]> {
  return shell.evaluate(async (wanted) => {
    const { lanyard } = window;
    const until = (moment: number): Promise<void> =>
      new Promise((resolve) => {
        setTimeout(resolve, Math.max(0, moment - performance.now()));
      });
    const results: RoundResult[] = [];
    for (const { patients, tab, tabAfter, rest } of wanted) {
      const last = patients.at(-1) ?? '';
      const state = { chosen: null as string | null, links: [] as string[] };
      // News of the round before may still be on its way: only what comes after the last choice counts.
      let oldest = Number.POSITIVE_INFINITY;
      let settle: () => void = () => undefined;
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const look = ({ patient, epoch, tabs }: Workspace): void => {
        if (epoch < oldest) return;
        state.chosen = patient?.id ?? null;
        state.links = tabs.map(({ link }) => link);
        if (state.chosen === last && state.links.every((link) => link === 'In step')) settle();
      };
      const stop = lanyard.on('workspace.changed', look);
      const start = performance.now();
      const choices = patients.map(async (patientId, index) => {
        await until(start + index * 25);
        return lanyard.call('patient.select', { patientId });
      });
      const activation = until(start + tabAfter).then(() => lanyard.call('workspace.activate', { tabId: tab }));
      const replies = await Promise.all([...choices, activation]);
      const refused = replies.find(({ ok }) => !ok);
      if (refused) throw new Error(JSON.stringify(refused));
      const now = await lanyard.call('workspace.get', undefined);
      if (!now.ok) throw new Error(now.message);
      oldest = now.value.epoch;
      look(now.value);
      const lastChoice = start + (patients.length - 1) * 25;
      await Promise.race([settled, until(lastChoice + 10_000)]);
      stop();
      results.push({ wanted: last, ...state, settled: performance.now() - lastChoice });
      await until(performance.now() + rest);
    }
    return results;
  }, rounds);
}

interface Watched {
  chosen: string | null;
  readonly violations: string[];
  /** How often the rule was looked at while a page was on the screen. */
  looks: number;
}

/**
 * The rule, checked inside the main process at every moment that could break it: after each choice (as soon as the
 * program has nothing more to do at once), at every show, and whenever a page gets another document.
 */
async function watchRule(running: Running): Promise<void> {
  await running.app.evaluate(({ WebContentsView, app }) => {
    const watched: Watched = { chosen: null, violations: [], looks: 0 };
    Reflect.set(globalThis, 'watchedRule', watched);
    const visible = new Set<Electron.WebContents>();
    const look = (when: string): void => {
      for (const contents of visible) {
        if (contents.isDestroyed()) continue;
        watched.looks += 1;
        const shown = /(\d{10})$/.exec(contents.mainFrame.url)?.[1] ?? null;
        if (shown !== null && shown !== watched.chosen)
          watched.violations.push(`${when}: ${shown} is on the screen, ${watched.chosen ?? 'nobody'} is chosen`);
      }
    };
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own view below
    const { setVisible } = WebContentsView.prototype;
    WebContentsView.prototype.setVisible = function (shown) {
      if (shown) visible.add(this.webContents);
      setVisible.call(this, shown);
      if (!shown) visible.delete(this.webContents);
      look(shown ? 'shown' : 'hidden');
    };
    app.on('web-contents-created', (_event, contents) => {
      contents.on('did-navigate', () => {
        look('another document');
      });
    });
    const fs = process.getBuiltinModule('fs');
    const { writeSync } = fs;
    const watchedWrite = (handle: number, bytes: Uint8Array, ...rest: never[]): number => {
      const written = writeSync(handle, bytes, ...rest);
      const line = Buffer.from(bytes).toString('utf8');
      if (line.includes('"type":"patient.chosen"')) {
        const { record } = JSON.parse(line) as { record: { event: { patient: { nhsNumber: string } } } };
        watched.chosen = record.event.patient.nhsNumber;
        queueMicrotask(() => {
          look('chosen');
        });
      }
      return written;
    };
    Reflect.set(fs, 'writeSync', watchedWrite);
  });
}

const rule = (running: Running): Promise<Watched> =>
  running.app.evaluate(() => Reflect.get(globalThis, 'watchedRule') as Watched);

/** Which patients' pages were on the screen at some moment between the two, as the window itself was told. */
function shownBetween(moments: readonly ViewMoment[], from: number, to: number): Set<string> {
  const shown = new Set<string>();
  const visible = new Map<number, string>();
  for (const { at, page, address, visible: isVisible } of moments) {
    if (at > to) break;
    if (at >= from) for (const number of visible.values()) shown.add(number);
    const number = numberIn(address);
    if (isVisible && number !== null) visible.set(page, number);
    else visible.delete(page);
  }
  for (const number of visible.values()) shown.add(number);
  return shown;
}

test(`${String(ROUNDS)} races of three patients always end with the last one, and never show another`, async ({
  launch,
  surroundings,
}, testInfo) => {
  test.setTimeout(10 * 60_000);
  testInfo.annotations.push({ type: 'seed', description: String(SEED) });
  process.stdout.write(`race: RACE_SEED=${SEED}\n`);
  const random = randomNumbers(SEED);
  const [records, index] = await Promise.all([startSite(), startSite()]);
  serveRecords(records, random);
  servePatients(index, random);
  const tabs = ['one', 'two', 'three'];
  const configuration = configurationFor(
    surroundings,
    tabs.map((id) => ({
      id,
      title: id,
      kind: 'web',
      url: `${records.url}/${id}`,
      roles: ['clinician'],
      context: { launch: { kind: 'url-template', template: `${records.url}/${id}/patient/{nhsNumber}` } },
      identity: LAB_IDENTITY,
    })),
  );
  const patients = { ...(configuration['patients'] as object), fhirBaseUrl: `${index.url}/fhir` };
  const lanyard = await launch({ ...configuration, patients });
  await watchViews(lanyard.app);
  await watchRule(lanyard);
  await lanyard.signIn();
  const found = await lanyard.shell.evaluate(() =>
    window.lanyard.call('patient.search', { text: 'TESTTRIPLET 05-May-2015' }),
  );
  expect(found.ok && found.value.found).toHaveLength(3);

  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const ids = triplets.map(({ id }) => id);
  const settled: number[] = [];
  const moments: ViewMoment[] = [];
  let pictures = 0;
  for (let played = 0; played < ROUNDS; played += BATCH) {
    const rounds = Array.from({ length: BATCH }, (): Round => {
      const [a, b] = [pick(ids), pick(ids)];
      return {
        patients: [a, b, pick(ids.filter((id) => id !== b))],
        tab: pick(tabs),
        tabAfter: random() * 200,
        rest: random() * 250,
      };
    });
    const picture = delay(random() * 5000).then(async () => {
      const from = performance.timeOrigin + performance.now();
      const colours = await coloursOnScreen();
      return { from, colours, to: performance.timeOrigin + performance.now() };
    });
    const [results, { from, colours, to }] = await Promise.all([playRounds(lanyard.shell, rounds), picture]);
    for (const { wanted, chosen, links, settled: time } of results) {
      expect({ chosen, links }, `seed ${SEED}, round ${settled.length}`).toEqual({
        chosen: wanted,
        links: tabs.map(() => 'In step'),
      });
      settled.push(time);
    }
    const { violations } = await rule(lanyard);
    expect(violations, `seed ${SEED}`).toEqual([]);

    moments.push(...(await viewMoments(lanyard.app)));
    const pictured = triplets.filter(({ colour }) => colours.includes(colour)).map(({ nhsNumber }) => nhsNumber);
    expect(pictured.length, `two patients in one picture, seed ${SEED}`).toBeLessThanOrEqual(1);
    const shown = shownBetween(moments, from - FRAME_ON_ITS_WAY, to);
    for (const number of pictured) expect([...shown], `seed ${SEED}`).toContain(number);
    pictures += pictured.length;
    const last = triplets.find(({ id }) => id === results.at(-1)?.chosen)?.colour;
    await expect.poll(coloursOnScreen).toContain(last); // and when nobody does anything, the last one is to be seen
  }
  const { looks } = await rule(lanyard);
  expect(looks).toBeGreaterThan(ROUNDS / 3); // the rule was looked at while pages were on the screen
  const sorted = settled.toSorted((one, other) => one - other);
  process.stdout.write(
    `race: ${ROUNDS} rounds; last choice → all in step: p50 ${Math.round(sorted[Math.floor(ROUNDS / 2)] ?? 0)} ms, ` +
      `p99 ${Math.round(sorted[Math.floor(ROUNDS * 0.99)] ?? 0)} ms; ${looks} looks, ${pictures} of ${ROUNDS / BATCH} pictures with a page\n`,
  );
  await Promise.all([records.close(), index.close()]);
});
