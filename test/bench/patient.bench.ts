/** Patient chosen → all four tabs verified, minus what the pages themselves take: loaded bare, four at once, in turn. */
import type { Part, Surroundings } from './bench.js';
import { sideBySide } from './open.js';
import { patients } from './pages.js';
import { median, quantile } from './statistics.js';

const CHANGES = 60;
const SYSTEMS = 4;

export const patient: Part = {
  name: 'patient',
  about: 'patient chosen → four tabs verified; the floor is the same four pages loaded in four bare views at once',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    await lanyard.signIn();
    await bare.openViews(SYSTEMS);
    const times = { covered: [] as number[], verified: [] as number[], bare: [] as number[], own: [] as number[] };
    for (let change = -2; change < CHANGES; change += 1) {
      const next = patients[(change + 2) % patients.length];
      if (!next) throw new Error('there is no patient');
      const load = () => bare.load(pages.map((page) => page.patientAddress(next)));
      // whoever goes second finds the machine as the other left it: take turns
      const before = change % 2 === 0 ? await load() : null;
      const { asked, covered, verified } = await lanyard.choose(next);
      const loaded = before ?? (await load());
      if (change < 0) continue; // the first two warm up
      times.covered.push(covered - asked);
      times.verified.push(verified - asked);
      times.bare.push(loaded);
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
  });
}
