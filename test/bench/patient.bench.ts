/** Patient chosen → all four tabs verified, minus what the pages themselves take: loaded bare, four at once, in turn. */
import type { Part, Surroundings } from './bench.js';
import { sideBySide } from './open.js';
import { BOUNDS } from './bare.js';
import { BLOCK, colourOfPatient, patients } from './pages.js';
import { median, quantile } from './statistics.js';
import { now } from './xScreen.js';

const CHANGES = 60;
const SYSTEMS = 4;
const DEADLINE = 30_000;

export const patient: Part = {
  name: 'patient',
  about: 'patient chosen → four tabs verified; the floor is the same four pages loaded in four bare views at once',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    await lanyard.signIn();
    await bare.openViews(SYSTEMS);
    const [someone] = patients;
    if (!someone) throw new Error('there is no patient');
    await lanyard.choose(someone); // the banner of a patient moves the pages down
    const page = await lanyard.cornerOfPages();
    const place = { x: page.x + BLOCK.width * 1.5, y: page.y + BLOCK.height / 2 };
    const window = await bare.place();
    const barePlace = { x: window.x + BOUNDS.x + BLOCK.width * 1.5, y: window.y + BOUNDS.y + BLOCK.height / 2 };
    const times = {
      covered: [] as number[],
      verified: [] as number[],
      onScreen: [] as number[],
      bare: [] as number[],
      bareOnScreen: [] as number[],
      own: [] as number[],
    };
    for (let change = -2; change < CHANGES; change += 1) {
      const next = patients[(change + 3) % patients.length];
      if (!next) throw new Error('there is no patient');
      const isNext = (colour: string): boolean => colour === colourOfPatient(next);
      const load = async (): Promise<{ loaded: number; onScreen: number }> => {
        const begun = now();
        const [loaded, { at }] = await Promise.all([
          bare.load(pages.map((system) => system.patientAddress(next))),
          bare.program.screen.until('the bare page', barePlace, isNext, DEADLINE),
        ]);
        return { loaded, onScreen: at - begun };
      };
      // whoever goes second finds the machine as the other left it: take turns
      const before = change % 2 === 0 ? await load() : null;
      const [{ asked, covered, verified }, seen] = await Promise.all([
        lanyard.choose(next),
        lanyard.program.screen.until('the chosen patient’s page', place, isNext, DEADLINE),
      ]);
      const { loaded, onScreen } = before ?? (await load());
      if (change < 0) continue; // the first two warm up
      times.covered.push(covered - asked);
      times.verified.push(verified - asked);
      times.onScreen.push(seen.at - asked);
      times.bare.push(loaded);
      times.bareOnScreen.push(onScreen);
      times.own.push(verified - asked - loaded);
    }
    const { report } = surroundings;
    const figure = { unit: 'ms', count: CHANGES } as const;
    report.add({ ...figure, name: 'chosen → every tab covered, p50', value: median(times.covered) });
    report.add({
      ...figure,
      name: 'chosen → four tabs verified, p50',
      value: median(times.verified),
      floor: median(times.bare),
    });
    report.add({
      ...figure,
      name: 'chosen → four tabs verified, p95',
      value: quantile(times.verified, 0.95),
      floor: quantile(times.bare, 0.95),
    });
    report.add({
      ...figure,
      name: 'of that Lanyard’s own (each minus its bare load), p50',
      value: median(times.own),
      goal: { value: 30 },
    });
    report.add({
      ...figure,
      name: 'of that Lanyard’s own (each minus its bare load), p95',
      value: quantile(times.own, 0.95),
    });
    report.add({
      ...figure,
      name: 'chosen → the visible page on the screen, p50',
      value: median(times.onScreen),
      floor: median(times.bareOnScreen),
    });
  });
}
