/** What six quiet tabs cost while nobody does anything: processor time of the whole tree, against the same pages bare. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Part, Surroundings } from './bench.js';
import { sideBySide } from './open.js';
import { patients } from './pages.js';
import { processorTimeOf } from './processTree.js';

const SYSTEMS = 6;
/** Milliseconds before measuring begins: what a load leaves to do is done by then. */
const REST = 5_000;
/** Milliseconds. */
const LONG = 20_000;

export const idle: Part = {
  name: 'idle',
  about: 'processor time with 6 quiet tabs over 20 s; the floor is a bare window with the same pages at the same time',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    const [someone] = patients;
    if (!someone) throw new Error('there is no patient');
    await lanyard.signIn();
    await lanyard.choose(someone);
    await bare.openViews(SYSTEMS);
    await bare.load(pages.map((page) => page.patientAddress(someone)));
    await pause(REST);
    const used = (): { lanyard: number; bare: number } => ({
      lanyard: processorTimeOf(lanyard.program.pid),
      bare: processorTimeOf(bare.program.pid),
    });
    const before = used();
    const begun = performance.now();
    await pause(LONG);
    const after = used();
    const share = (own: 'lanyard' | 'bare'): number => ((after[own] - before[own]) / (performance.now() - begun)) * 100;
    surroundings.report.add({
      name: 'processor time with 6 quiet tabs, of one core',
      unit: '%',
      value: share('lanyard'),
      floor: share('bare'),
      goal: { ratio: 1.2 },
    });
  });
}
