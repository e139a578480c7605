/** Memory of the whole process tree with no, three and six systems: Lanyard, a bare window, and Chromium with the same pages. */
import { setTimeout as pause } from 'node:timers/promises';
import { Bare } from './bare.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import { chromiumVersion, startChromium } from './chromium.js';
import { Lanyard } from './lanyard.js';
import { patients, type Weight } from './pages.js';
import { type Memory, memoryOf } from './processTree.js';
import { median } from './statistics.js';
import { XScreen } from './xScreen.js';

/** Programs put things away for a while after they have opened: this is measured after so many milliseconds of rest … */
const REST = 4_000;
/** … so many times, this far apart. */
const SAMPLES = 3;
const APART = 500;

export const memory: Part = {
  name: 'memory',
  about: 'PSS of all processes; the floors are a bare window and Chromium with the same pages in tabs',
  run: measure,
};

async function measure(surroundings: Surroundings): Promise<void> {
  const { report } = surroundings;
  await withEndings(async (keep) => {
    const screen = await XScreen.open();
    keep(screen, () => screen.close());
    const bare = await ofBare(surroundings, screen, 0, 'small');
    const nothing = await ofLanyard(surroundings, screen, 0, 'small');
    const three = await ofLanyard(surroundings, screen, 3, 'small');
    const six = await ofLanyard(surroundings, screen, 6, 'small');
    const threeHeavy = await ofLanyard(surroundings, screen, 3, 'heavy');
    const threeHeavyBare = await ofBare(surroundings, screen, 3, 'heavy');
    const add = (name: string, value: Memory, floor?: Memory, ratio?: number): void => {
      report.add({
        name: `${name} (${value.processes} processes${floor ? `, floor ${floor.processes}` : ''})`,
        unit: 'MB',
        value: value.pss,
        ...(floor && { floor: floor.pss }),
        ...(ratio !== undefined && { goal: { ratio } }),
      });
    };
    add('sign-in page, against a bare window', nothing, bare, 1.15);
    add('3 small systems, against the bare window without any', three, bare);
    add('3 heavy systems, against the same pages in bare views', threeHeavy, threeHeavyBare);
    const further = (six.pss - three.pss) / 3;
    report.add({ name: 'a further small system', unit: 'MB', value: further, goal: { value: 60 } });

    const version = chromiumVersion();
    if (version === null) {
      report.note('Chromium is not installed, so nothing was compared with it: install the package "chromium".');
      add('6 small systems', six);
      add('3 heavy systems', threeHeavy);
      return;
    }
    report.note(
      `Chromium ${version} from Debian; Electron's own is older: the ratio is between products, not engines.`,
    );
    add(
      'sign-in page, against Chromium with one empty tab',
      nothing,
      await ofChromium(surroundings, screen, 0, 'small'),
    );
    add('3 small systems, against Chromium', three, await ofChromium(surroundings, screen, 3, 'small'), 0.75);
    add('6 small systems, against Chromium', six, await ofChromium(surroundings, screen, 6, 'small'));
    add('3 heavy systems, against Chromium', threeHeavy, await ofChromium(surroundings, screen, 3, 'heavy'), 0.75);
  });
}

async function ofBare(
  { runtime, ward }: Surroundings,
  screen: XScreen,
  systems: number,
  weight: Weight,
): Promise<Memory> {
  const bare = await Bare.start(runtime, screen);
  const work = async (): Promise<void> => {
    await bare.openViews(systems);
    const pages = ward.pages[weight].slice(0, systems);
    await bare.load(pages.map((page) => page.startAddress)); // as after a sign-in
    await bare.load(pages.map((page) => page.patientAddress(somebody())));
  };
  return measured(bare.program.pid, () => bare.end(), work);
}

/** @param systems none: the sign-in page */
async function ofLanyard(
  { runtime, ward }: Surroundings,
  screen: XScreen,
  systems: number,
  weight: Weight,
): Promise<Memory> {
  return withEndings(async (keep) => {
    const folder = ward.configure(Math.max(systems, 1), weight);
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, screen);
    const work = async (): Promise<void> => {
      if (systems === 0) return;
      await lanyard.signIn();
      await lanyard.choose(somebody());
    };
    return measured(lanyard.program.pid, () => lanyard.end(), work);
  });
}

async function ofChromium({ ward }: Surroundings, screen: XScreen, systems: number, weight: Weight): Promise<Memory> {
  const pages = ward.pages[weight].slice(0, systems);
  const chromium = await startChromium(
    screen,
    pages.map((page) => page.startAddress),
  );
  return measured(
    chromium.pid,
    () => chromium.end(),
    () => chromium.go(pages.map((page) => page.patientAddress(somebody()))),
  );
}

async function measured(
  pid: number,
  end: () => Promise<void>,
  work: () => Promise<void> = async () => undefined,
): Promise<Memory> {
  try {
    await work();
    await pause(REST);
    return await settledMemoryOf(pid);
  } finally {
    await end();
  }
}

/** The median of a few looks. */
async function settledMemoryOf(pid: number): Promise<Memory> {
  const samples: Memory[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    samples.push(memoryOf(pid));
    await pause(APART);
  }
  return {
    pss: median(samples.map(({ pss }) => pss)),
    processes: Math.max(...samples.map(({ processes }) => processes)),
  };
}

function somebody(): (typeof patients)[number] {
  const [patient] = patients;
  if (!patient) throw new Error('there is no patient');
  return patient;
}
