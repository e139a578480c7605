/**
 * Whether memory grows with the number of patients seen: Lanyard, and the same pages loaded bare just as often. Pages
 * collect their garbage when they please, so everything is collected before each look: what is left is held by somebody.
 */
import type { Part, Surroundings } from './bench.js';
import { collectGarbage } from './insideAny.electron.js';
import { sideBySide } from './open.js';
import { patients } from './pages.js';
import { memoryOf } from './processTree.js';
import type { Program } from './program.js';
import { slope } from './statistics.js';

const SYSTEMS = 3;
/** Not counted: until caches are full. */
const WARM_UP = 40;
/** So many looks at the memory on the way, besides the first; more when there is more to do than is asked for at once. */
const LOOKS = 10;
const MOST_AT_ONCE = 40;

export const growth: Part = {
  name: 'growth',
  about: 'what is left in memory after many patient changes; the floor loads the same pages bare just as often',
  run: measure,
};

/** Against how many changes had been made. */
interface Points {
  /** Megabytes of PSS of all processes. */
  readonly tree: [changes: number, megabytes: number][];
  /** Megabytes of JavaScript objects in the main process. */
  readonly main: [changes: number, megabytes: number][];
}

async function measure(surroundings: Surroundings): Promise<void> {
  const { report, changes } = surroundings;
  await sideBySide(surroundings, { systems: SYSTEMS, weight: 'small' }, async ({ lanyard, bare, pages }) => {
    await lanyard.signIn();
    await bare.openViews(SYSTEMS);
    /** In one go: what is asked from outside leaves something behind in the programs, too. */
    const change = async (from: number, count: number): Promise<void> => {
      const chosen = Array.from({ length: count }, (_, index) => patients[(from + index) % patients.length]).filter(
        (patient) => patient !== undefined,
      );
      await Promise.all([
        lanyard.chooseEach(chosen.map(({ nhsNumber }) => nhsNumber)),
        bare.loadEach(chosen.map((patient) => pages.map((page) => page.patientAddress(patient)))),
      ]);
    };
    const points: Record<'lanyard' | 'bare', Points> = {
      lanyard: { tree: [], main: [] },
      bare: { tree: [], main: [] },
    };
    const look = async (done: number): Promise<void> => {
      await lookAt(lanyard.program, done, points.lanyard);
      await lookAt(bare.program, done, points.bare);
    };
    await change(0, WARM_UP);
    await look(0);
    for (let done = 0; done < changes;) {
      const count = Math.min(Math.ceil(changes / LOOKS), MOST_AT_ONCE, changes - done);
      await change(WARM_UP + done, count);
      done += count;
      await look(done);
    }
    const per100 = (of: 'tree' | 'main', whose: 'lanyard' | 'bare'): number => slope(points[whose][of]) * 100;
    const unit = 'MB per 100 changes';
    const count = points.lanyard.tree.length;
    report.add({ name: `all processes, bare, over ${changes} changes`, unit, value: per100('tree', 'bare'), count });
    report.add({
      name: `all processes, Lanyard, over ${changes} changes`,
      unit,
      value: per100('tree', 'lanyard'),
      count,
    });
    const more = (of: 'tree' | 'main'): number => per100(of, 'lanyard') - per100(of, 'bare');
    report.add({ name: 'all processes, Lanyard more than bare', unit, value: more('tree'), goal: { value: 1 } });
    // measuring leaves a little in both: only the difference is Lanyard's
    report.add({
      name: 'JavaScript objects in main, Lanyard more than bare',
      unit,
      value: more('main'),
      goal: { value: 0.1 },
    });
    const onTheWay = (whose: 'lanyard' | 'bare'): string =>
      points[whose].tree.map(([, megabytes]) => Math.round(megabytes)).join(' ');
    report.note(`On the way, MB: Lanyard ${onTheWay('lanyard')}; bare ${onTheWay('bare')}.`);
  });
}

async function lookAt({ main, pid }: Program, done: number, points: Points): Promise<void> {
  const heap = await main.runInMain(collectGarbage, undefined);
  points.main.push([done, heap / 1e6]);
  points.tree.push([done, memoryOf(pid).pss]);
}
