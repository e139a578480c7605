/** The lock: how soon nothing of a patient is on the screen, how soon the clinician is back, how soon a colleague works. */
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import { lock, takeOver, unlock, untilTabsShow } from './insideShell.js';
import { Lanyard } from './lanyard.js';
import { BLOCK, colourOfPatient, colourOfSystem, patients } from './pages.js';
import { quantile } from './statistics.js';
import { XScreen } from './xScreen.js';

const SYSTEMS = 4;
const LOCKS = 40;
const TAKE_OVERS = 10;
/** Each colleague twice; not counted. */
const WARM_UP = 4;
const DEADLINE = 30_000;
/** Of the shell's header, left of its words. */
const HEADER = '005eb8';

export const session: Part = {
  name: 'session',
  about: 'locking, coming back, and a colleague who takes over, as seen on the screen',
  run: measure,
};

async function measure({ runtime, ward, report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const screen = await XScreen.open();
    keep(screen, () => screen.close());
    const folder = ward.configure(SYSTEMS, 'small');
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, screen);
    keep(lanyard, () => lanyard.end());
    const [someone] = patients;
    if (!someone) throw new Error('there are no patients');
    await lanyard.signIn();
    await lanyard.choose(someone);
    const page = await lanyard.cornerOfPages();
    const window = await lanyard.place();
    const patient = { x: page.x + BLOCK.width * 1.5, y: page.y + BLOCK.height / 2 };
    const system = { x: page.x + BLOCK.width / 2, y: page.y + BLOCK.height / 2 };
    const header = { x: window.x + 3, y: window.y + 3 };
    const isPatient = (colour: string): boolean => colour === colourOfPatient(someone);

    const times = { page: [] as number[], shell: [] as number[], back: [] as number[], colleague: [] as number[] };
    for (let round = 0; round < LOCKS; round += 1) {
      await screen.until('the patient’s page', patient, isPatient, DEADLINE);
      const off = screen.until('no page', patient, (colour) => !isPatient(colour), DEADLINE);
      const bare = screen.until('the lock', header, (colour) => colour !== HEADER, DEADLINE);
      const locked = await lanyard.inShell(lock, undefined);
      times.page.push((await off).at - locked);
      times.shell.push((await bare).at - locked);
      const back = screen.until('the page again', patient, isPatient, DEADLINE);
      const unlocked = await lanyard.inShell(unlock, { password: DEMO_PASSWORD });
      times.back.push((await back).at - unlocked);
    }
    const isSystem = (colour: string): boolean => colour === colourOfSystem(0);
    const isHeader = (colour: string): boolean => colour === HEADER;
    /** Where the first system's page is: people's headers differ in height. */
    const places = new Map<string, { x: number; y: number }>();
    let place = system;
    for (let round = 0; round < WARM_UP + TAKE_OVERS; round += 1) {
      await screen.until('the page', place, isSystem, DEADLINE);
      await lanyard.inShell(lock, undefined);
      await screen.until('the lock', header, (colour) => !isHeader(colour), DEADLINE);
      const userName = round % 2 === 0 ? 'remy.test' : 'amara.test';
      const known = places.get(userName);
      const usable = known && screen.until('the colleague’s page', known, isSystem, DEADLINE);
      const asked = await lanyard.inShell(takeOver, { userName, password: DEMO_PASSWORD });
      if (usable) times.colleague.push((await usable).at - asked);
      else {
        await screen.until('the workspace', header, isHeader, DEADLINE);
        await lanyard.inShell(untilTabsShow, { deadline: DEADLINE });
        const corner = await lanyard.cornerOfPages();
        place = { x: corner.x + BLOCK.width / 2, y: corner.y + BLOCK.height / 2 };
        // Who has never been here is told of their password's end, once: that moves the page.
        if (round >= 2) places.set(userName, place);
      }
      place = known ?? place;
    }
    for (const [name, values, goal] of [
      ['lock → page off the screen', times.page, 100],
      ['lock → banner off the screen', times.shell, 100],
      ['unlock (directory asked) → page verified and back on the screen', times.back, 1_000],
      ['take-over → first system of the colleague on the screen', times.colleague, 5_000],
    ] as const)
      for (const share of [0.5, 0.99])
        report.add({
          name: `${name}, p${share * 100}`,
          unit: 'ms',
          value: quantile(values, share),
          ...(share === 0.99 && { goal: { value: goal } }),
          count: values.length,
        });
  });
}
