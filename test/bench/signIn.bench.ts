/** Sign-in submitted → the first system's page on the screen, and all three ready, against that page alone in a bare view. */
import { BOUNDS } from './bare.js';
import type { Part, Surroundings } from './bench.js';
import { sideBySide } from './open.js';
import { BLOCK, colourOfSystem } from './pages.js';
import { median } from './statistics.js';

const RUNS = 10;
const DEADLINE = 30_000;
const SYSTEMS = 3;

export const signIn: Part = {
  name: 'sign-in',
  about: 'sign-in accepted → pages usable; the floor is the first page alone in a bare view with a session of its own',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    const [first] = pages;
    if (!first) throw new Error('there is no system');
    // signing in once shows where the pages will be; not counted
    await lanyard.signIn();
    const page = await lanyard.cornerOfPages();
    const place = { x: page.x + BLOCK.width / 2, y: page.y + BLOCK.height / 2 };
    await lanyard.signOut();
    const window = await bare.place();
    const barePlace = { x: window.x + BOUNDS.x + BLOCK.width / 2, y: window.y + BOUNDS.y + BLOCK.height / 2 };
    const isFirst = (colour: string): boolean => colour === colourOfSystem(0);

    const times = { directory: [] as number[], first: [] as number[], all: [] as number[], alone: [] as number[] };
    const runLanyard = async (counts: boolean): Promise<void> => {
      const [{ submitted, accepted, opened }, seen] = await Promise.all([
        lanyard.signIn(),
        lanyard.program.screen.until('the first page', place, isFirst, DEADLINE),
      ]);
      await lanyard.signOut();
      await lanyard.program.screen.until('the sign-in page', place, (colour) => !isFirst(colour), DEADLINE);
      if (!counts) return;
      times.directory.push(accepted - submitted);
      times.first.push(seen.at - accepted);
      times.all.push(Math.max(seen.at, opened) - accepted);
    };
    const runBare = async (counts: boolean): Promise<void> => {
      const [begun, seen] = await Promise.all([
        bare.openAndLoad(first.startAddress),
        bare.program.screen.until('the page alone', barePlace, isFirst, DEADLINE),
      ]);
      await bare.closeViews();
      await bare.program.screen.until('the empty window', barePlace, (colour) => !isFirst(colour), DEADLINE);
      if (counts) times.alone.push(seen.at - begun);
    };
    await runBare(false);
    for (let run = 0; run < RUNS; run += 1) {
      if (run % 2 === 0) await runLanyard(true);
      await runBare(true);
      if (run % 2 === 1) await runLanyard(true);
    }
    const { report } = surroundings;
    const figure = { unit: 'ms', count: RUNS } as const;
    const floor = median(times.alone);
    report.add({
      ...figure,
      name: 'submitted → accepted (directory and audit line), p50',
      value: median(times.directory),
    });
    const visible = { value: median(times.first), floor, goal: { ratio: 1.3 } };
    report.add({ ...figure, name: 'accepted → first page on the screen, p50', ...visible });
    report.add({
      ...figure,
      name: 'accepted → all three ready, p50',
      value: median(times.all),
      floor,
      goal: { ratio: 1.6 },
    });
  });
}
