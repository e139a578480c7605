/** How soon Lanyard knows what a page shows, and how soon a page that shows somebody else is off the screen. */
import { unsavedWorkProbe } from '../../main/workspace/unsavedWork.js';
import type { Part, Surroundings } from './bench.js';
import { timeReadBack, timeSurvey } from './insideLanyard.electron.js';
import { untilOutOfStep } from './insideShell.js';
import type { Lanyard } from './lanyard.js';
import { sideBySide } from './open.js';
import { BLOCK, colourOfPatient, type PageServer, patients } from './pages.js';
import { quantile } from './statistics.js';

const ROUNDS = 300;
const LIES = 60;
const SYSTEMS = 5;
const READ = 4;
const DEADLINE = 10_000;
const VISIBLE = 0;
const HIDDEN = 2;
const LYING = 'ff00ff';

export const readBack: Part = {
  name: 'read-back',
  about:
    'reading pages back, and a page that changes patient by itself; the floor is an empty script in the same pages',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, pages }) => {
    const { report } = surroundings;
    const [someone, other] = patients;
    if (!someone || !other) throw new Error('there are no patients');
    await lanyard.signIn();
    await lanyard.choose(someone);

    for (const [what, chosen] of [
      ['one tab', pages.slice(0, 1)],
      ['four tabs at once', pages.slice(0, READ)],
    ] as const) {
      const origins = chosen.map(({ url }) => url);
      const { readBack: read, empty } = await lanyard.program.main.runInMain(timeReadBack, { origins, rounds: ROUNDS });
      for (const share of [0.5, 0.99])
        report.add({
          name: `read back ${what}, p${share * 100}`,
          unit: 'ms',
          value: quantile(read, share),
          floor: quantile(empty, share),
          count: ROUNDS,
        });
    }

    const survey = await lanyard.program.main.runInMain(timeSurvey, {
      origins: pages.map(({ url }) => url),
      rounds: ROUNDS,
      probe: unsavedWorkProbe(null),
    });
    for (const share of [0.5, 0.99])
      report.add({
        name: `survey of ${SYSTEMS} tabs before a change, p${share * 100}`,
        unit: 'ms',
        value: quantile(survey, share),
        ...(share === 0.99 && { goal: { value: 50 } }),
        count: ROUNDS,
      });

    const hidden = await lieInHidden(lanyard, pages, other.nhsNumber, someone);
    const goals = { 0.5: 50, 0.99: 100 };
    for (const share of [0.5, 0.99] as const)
      report.add({
        name: `hidden tab shows another patient → shell knows, p${share * 100}`,
        unit: 'ms',
        value: quantile(hidden, share),
        goal: { value: goals[share] },
        count: LIES,
      });
    const { covered, gone } = await lieInVisible(lanyard, pages, other.nhsNumber, someone);
    for (const share of [0.5, 0.99] as const)
      report.add({
        name: `page shows another patient → view hidden, p${share * 100}`,
        unit: 'ms',
        value: quantile(covered, share),
        goal: { value: goals[share] },
        count: LIES,
      });
    for (const share of [0.5, 0.99] as const)
      report.add({
        name: `page shows another patient → off the screen, p${share * 100}`,
        unit: 'ms',
        value: quantile(gone, share),
        count: LIES,
      });
  });
}

async function lieInHidden(
  lanyard: Lanyard,
  pages: readonly PageServer[],
  lie: string,
  truth: (typeof patients)[number],
): Promise<number[]> {
  const { url, tabId } = tabOf(pages, HIDDEN);
  const times: number[] = [];
  for (let round = 0; round < LIES; round += 1) {
    const noticed = lanyard.inShell(untilOutOfStep, { tabId, deadline: DEADLINE });
    const lied = await lanyard.inPage(url, showNumber, { number: lie, colour: LYING });
    times.push((await noticed) - lied);
    await startAnew(lanyard, truth);
  }
  return times;
}

async function lieInVisible(
  lanyard: Lanyard,
  pages: readonly PageServer[],
  lie: string,
  truth: (typeof patients)[number],
): Promise<{ covered: number[]; gone: number[] }> {
  const { url, tabId } = tabOf(pages, VISIBLE);
  const page = await lanyard.cornerOfPages();
  const place = { x: page.x + BLOCK.width * 1.5, y: page.y + BLOCK.height / 2 };
  const { screen } = lanyard.program;
  const isTruth = (colour: string): boolean => colour === colourOfPatient(truth);
  const covered: number[] = [];
  const gone: number[] = [];
  for (let round = 0; round < LIES; round += 1) {
    await screen.until('the patient’s page', place, isTruth, DEADLINE);
    await lanyard.takeShows();
    const noticed = lanyard.inShell(untilOutOfStep, { tabId, deadline: DEADLINE });
    const off = screen.until('a cover', place, (colour) => !isTruth(colour) && colour !== LYING, DEADLINE);
    const [lied, { at }] = await Promise.all([
      lanyard.inPage(url, showNumber, { number: lie, colour: LYING }),
      off,
      noticed,
    ]);
    const hidden = (await lanyard.takeShows()).find((show) => !show.shown && show.address.startsWith(url));
    if (!hidden) throw new Error('the view was not hidden');
    covered.push(hidden.at - lied);
    gone.push(at - lied);
    await startAnew(lanyard, truth);
  }
  return { covered, gone };
}

function tabOf(pages: readonly PageServer[], index: number): { url: string; tabId: string } {
  const page = pages[index];
  if (!page) throw new Error('there is no such system');
  return { url: page.url, tabId: `system-${index}` };
}

/** A page that lied is watched more closely from then on: for every round it begins anew, as after any other choice. */
async function startAnew(lanyard: Lanyard, truth: (typeof patients)[number]): Promise<void> {
  const another = patients.at(-1);
  if (!another) throw new Error('there are no patients');
  await lanyard.choose(another);
  await lanyard.choose(truth);
}

/** In the page: another number in the banner, as a page does that changes patient by itself. @returns when */
function showNumber({ number, colour }: { number: string; colour: string }): number {
  const place = document.querySelector('[data-nhs-number]');
  const block = document.querySelector<HTMLElement>('#patient-colour');
  if (!place || !block) throw new Error('this page shows no patient');
  place.textContent = number;
  block.style.background = `#${colour}`;
  return performance.timeOrigin + performance.now();
}
