/** Lanyard and the floor, side by side, each on a screen of its own. */
import { withEndings, type Surroundings } from './bench.js';
import { Bare } from './bare.js';
import { Lanyard } from './lanyard.js';
import type { PageServer, Weight } from './pages.js';
import { XScreen } from './xScreen.js';

export interface SideBySide {
  readonly lanyard: Lanyard;
  readonly bare: Bare;
  readonly pages: readonly PageServer[];
}

/** Opens both, runs the work, and ends both. */
export async function sideBySide(
  { runtime, ward }: Surroundings,
  { systems, weight }: { systems: number; weight: Weight },
  work: (both: SideBySide) => Promise<void>,
): Promise<void> {
  await withEndings(async (keep) => {
    const [lanyardScreen, bareScreen] = [await open(), await open()];
    async function open(): Promise<XScreen> {
      const screen = await XScreen.open();
      return keep(screen, () => screen.close());
    }
    const folder = ward.configure(systems, weight);
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, lanyardScreen);
    keep(lanyard, () => lanyard.end());
    const bare = await Bare.start(runtime, bareScreen);
    keep(bare, () => bare.end());
    await work({ lanyard, bare, pages: ward.pages[weight].slice(0, systems) });
  });
}
