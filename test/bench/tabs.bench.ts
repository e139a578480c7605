/** A click on another tab → the other page on the screen: by the screen's own pixels, from the press of the button. */
import { setTimeout as pause } from 'node:timers/promises';
import { BOUNDS } from './bare.js';
import type { Part, Surroundings } from './bench.js';
import { sideBySide } from './open.js';
import type { Lanyard } from './lanyard.js';
import { BLOCK, colourOfPatient, colourOfSystem, patients } from './pages.js';
import { quantile } from './statistics.js';
import type { XScreen } from './xScreen.js';

const SWITCHES = 60;
const SYSTEMS = 4;
const DEADLINE = 10_000;
const CHOICES = 10;

export const tabs: Part = {
  name: 'tabs',
  about:
    'mouse button pressed on a tab → first pixels of the other page; the floor is a bare page that shows another view',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    const [someone] = patients;
    if (!someone) throw new Error('there is no patient');
    const addresses = pages.map((page) => page.patientAddress(someone));
    await lanyard.signIn();
    await lanyard.choose(someone);
    const page = await lanyard.cornerOfPages();
    const place = { x: page.x + BLOCK.width / 2, y: page.y + BLOCK.height / 2 };
    await bare.openViews(SYSTEMS);
    await bare.load(addresses);
    await bare.inWindow(drawButtons, SYSTEMS);
    const window = await bare.place();
    const barePlace = { x: window.x + BOUNDS.x + BLOCK.width / 2, y: window.y + BOUNDS.y + BLOCK.height / 2 };
    const lanyardTabs = await lanyard.tabs();
    const bareTabs = Array.from({ length: SYSTEMS }, (_, index) => ({
      x: window.x + 50 + 100 * index,
      y: window.y + 20,
    }));

    const times = { lanyard: [] as number[], ours: [] as number[], bare: [] as number[] };
    await lanyard.takeShows();
    for (let index = 1; index <= SWITCHES + SYSTEMS; index += 1) {
      const wanted = index % SYSTEMS;
      const lanyardTab = lanyardTabs[wanted];
      const bareTab = bareTabs[wanted];
      if (!lanyardTab || !bareTab) throw new Error('there is no such tab');
      const own = await clickUntil(lanyard.program.screen, lanyardTab, place, wanted);
      const floor = await clickUntil(bare.program.screen, bareTab, barePlace, wanted);
      const shown = (await lanyard.takeShows()).filter((show) => show.shown).at(-1);
      if (index <= SYSTEMS) continue; // every tab once to warm up
      times.lanyard.push(own.at - own.pressedAt);
      times.bare.push(floor.at - floor.pressedAt);
      if (shown) times.ours.push(shown.at - own.pressedAt);
    }
    const { report } = surroundings;
    const figure = (name: string, share: number, goal?: number) => ({
      name: `${name}, p${share * 100}`,
      unit: 'ms' as const,
      count: SWITCHES,
      value: quantile(times.lanyard, share),
      floor: quantile(times.bare, share),
      ...(goal !== undefined && { goal: { value: goal } }),
    });
    report.add(figure('press → first pixels of the other page', 0.5));
    report.add(figure('press → first pixels of the other page', 0.95, 33));
    report.add({
      name: 'press → Lanyard shows the view, p50',
      unit: 'ms',
      value: quantile(times.ours, 0.5),
      count: SWITCHES,
    });
    report.add({
      name: 'looks that found another patient after a choice, of all tabs',
      unit: 'looks',
      ...(await lookForOthers(lanyard, lanyardTabs, place)),
      goal: { value: 0 },
    });
    report.note('The rest, from showing the view to its pixels on the screen, is Chromium’s and the screen’s.');
  });
}

/** Chooses patients and goes through every tab as fast as it can, looking at the screen all the time. */
async function lookForOthers(
  lanyard: Lanyard,
  tabsOnScreen: readonly { x: number; y: number }[],
  place: { x: number; y: number },
): Promise<{ value: number; count: number }> {
  const { screen } = lanyard.program;
  const looks = { all: 0, others: 0 };
  for (const chosen of patients.slice(1, 1 + CHOICES)) {
    await lanyard.choose(chosen);
    const others = new Set(patients.filter((patient) => patient !== chosen).map(colourOfPatient));
    const done = new AbortController();
    const watching = watch(done.signal);
    for (const [wanted, tab] of [...tabsOnScreen.entries(), ...tabsOnScreen.entries()])
      await clickUntil(screen, tab, place, wanted);
    done.abort();
    await watching;
    async function watch(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const { colour } = await screen.pixel(place.x + BLOCK.width, place.y);
        looks.all += 1;
        looks.others += Number(others.has(colour));
        await pause(1);
      }
    }
  }
  return { value: looks.others, count: looks.all };
}

async function clickUntil(
  screen: XScreen,
  tab: { x: number; y: number },
  place: { x: number; y: number },
  wanted: number,
): Promise<{ pressedAt: number; at: number }> {
  await screen.point(tab.x, tab.y);
  const pressedAt = screen.press();
  const isWanted = (colour: string): boolean => colour === colourOfSystem(wanted);
  const { at } = await screen.until(`the page of system ${wanted}`, place, isWanted, DEADLINE);
  screen.release();
  return { pressedAt, at };
}

/** In the bare window's page: a row of buttons of 100 by 40 pixels that each ask for one view. */
function drawButtons(count: number): void {
  const { bare } = window as unknown as { bare: { switch(index: number): void } };
  for (let index = 0; index < count; index += 1) {
    const button = document.createElement('button');
    button.style.cssText = `position:fixed;top:0;left:${100 * index}px;width:100px;height:40px`;
    button.addEventListener('pointerdown', () => {
      bare.switch(index);
    });
    document.body.append(button);
  }
}
