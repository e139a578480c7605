/** Process start → sign-in painted, against a bare window with the same picture as a static page. */
import { Bare } from './bare.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import { asStaticPage, firstPaint, pointOnButton } from './insideShell.js';
import { Lanyard } from './lanyard.js';
import { median, quantile } from './statistics.js';
import { XScreen } from './xScreen.js';

const RUNS = 10;
const DEADLINE = 30_000;
/** No window; a window without anything, without a page; the page and the card the button stands on. */
const BACKGROUNDS = new Set(['000000', 'f6f5f4', 'f0f4f5', 'ffffff']);

/** Milliseconds from the start of the process. */
interface Times {
  /** The page's own record of its first paint with content. */
  readonly painted: number[];
  /** Until the colour of the sign-in button stood on the screen. */
  readonly onScreen: number[];
}

export const start: Part = {
  name: 'start',
  about: 'process start → sign-in painted; the floor is a bare window with the same picture as a static page',
  run: measure,
};

async function measure({ runtime, ward, report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const screen = await XScreen.open();
    keep(screen, () => screen.close());
    const folder = ward.configure(3, 'small');
    keep(folder, folder.remove);

    // one start of each to warm the page cache and to learn what the page looks like; not counted
    const first = await Lanyard.start(runtime, folder, screen);
    keep(first, () => first.end());
    await first.inShell(firstPaint, undefined);
    const page = await first.inShell(asStaticPage, undefined);
    const { x, y } = await first.place();
    const button = await first.inShell(pointOnButton, undefined);
    const place = { x: x + button.x, y: y + button.y };
    const { colour: look } = await screen.until('the button', place, (colour) => !BACKGROUNDS.has(colour), DEADLINE);
    await first.end();

    const untilPainted = async (): Promise<number> =>
      (await screen.until('the sign-in button', place, (colour) => colour === look, DEADLINE)).at;
    const times: Record<'lanyard' | 'bare', Times> = {
      lanyard: { painted: [], onScreen: [] },
      bare: { painted: [], onScreen: [] },
    };
    const runLanyard = async (): Promise<void> => {
      let seen = 0;
      const lanyard = await Lanyard.start(runtime, folder, screen, async () => {
        seen = await untilPainted();
      });
      await withEndings(async (keepRun) => {
        keepRun(lanyard, () => lanyard.end());
        const { startedAt } = lanyard.program;
        times.lanyard.onScreen.push(seen - startedAt);
        times.lanyard.painted.push((await lanyard.inShell(firstPaint, undefined)) - startedAt);
      });
    };
    const runBare = async (counts: boolean): Promise<void> => {
      let seen = 0;
      const bare = await Bare.start(runtime, screen, page, async () => {
        seen = await untilPainted();
      });
      await withEndings(async (keepRun) => {
        keepRun(bare, () => bare.end());
        const { startedAt } = bare.program;
        const painted = (await bare.inWindow(firstPaint, undefined)) - startedAt;
        if (!counts) return;
        times.bare.onScreen.push(seen - startedAt);
        times.bare.painted.push(painted);
      });
    };
    await runBare(false);
    for (let run = 0; run < RUNS; run += 1) {
      // whoever goes second finds the machine as the other left it: take turns
      if (run % 2 === 0) await runLanyard();
      await runBare(true);
      if (run % 2 === 1) await runLanyard();
    }
    const { lanyard, bare } = times;
    const figure = { unit: 'ms', count: RUNS } as const;
    report.add({
      ...figure,
      name: 'start → first contentful paint, p50',
      value: median(lanyard.painted),
      floor: median(bare.painted),
      goal: { ratio: 1.15 },
    });
    report.add({
      ...figure,
      name: 'start → sign-in button on the screen, p50',
      value: median(lanyard.onScreen),
      floor: median(bare.onScreen),
    });
    report.add({
      ...figure,
      name: 'start → sign-in button on the screen, p90',
      value: quantile(lanyard.onScreen, 0.9),
      floor: quantile(bare.onScreen, 0.9),
    });
  });
}
