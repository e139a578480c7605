/** Lanyard as it is measured: started, signed in, and asked to go from patient to patient. */
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { codeOf } from './devTools.js';
import {
  noteShows,
  placeOfWindow,
  runInPage,
  runInShell,
  type Show,
  signOut,
  takeShows,
} from './insideLanyard.electron.js';
import {
  choose,
  chooseEach,
  type ChoiceTimes,
  cornerOfPages,
  middlesOfTabs,
  signIn,
  type SignInTimes,
} from './insideShell.js';
import { type Program, startProgram, untilWindow } from './program.js';
import type { Runtime } from './runtime.js';
import type { Folder } from './ward.js';
import type { XScreen } from './xScreen.js';

const DEADLINE = 30_000;

export class Lanyard {
  private constructor(readonly program: Program) {}

  /** @param until what the screen has to show before Lanyard is asked anything */
  static async start(runtime: Runtime, folder: Folder, screen: XScreen, until = untilWindow): Promise<Lanyard> {
    const lanyard = new Lanyard(await startProgram(runtime.command('lanyard'), folder.args, screen, until));
    await lanyard.program.main.runInMain(noteShows, undefined);
    return lanyard;
  }

  async inShell<I, O>(inside: (input: I) => O | Promise<O>, input: I): Promise<O> {
    return (await this.program.main.runInMain(runInShell, codeOf(inside, input))) as O;
  }

  /** In the page of one system, in the page's own world. */
  async inPage<I, O>(origin: string, inside: (input: I) => O | Promise<O>, input: I): Promise<O> {
    return (await this.program.main.runInMain(runInPage, { origin, code: codeOf(inside, input) })) as O;
  }

  async signIn(): Promise<SignInTimes> {
    return this.inShell(signIn, { userName: 'amara.test', password: DEMO_PASSWORD });
  }

  /** @returns once the shell has a new, empty page */
  async signOut(): Promise<void> {
    await this.program.main.runInMain(signOut, undefined);
  }

  /** What became visible or invisible since the last call. */
  async takeShows(): Promise<readonly Show[]> {
    return this.program.main.runInMain(takeShows, undefined);
  }

  async choose({ nhsNumber }: { nhsNumber: string }): Promise<ChoiceTimes> {
    return this.inShell(choose, { nhsNumber, deadline: DEADLINE });
  }

  /** Like `choose`, one after the other, without telling the times. */
  async chooseEach(nhsNumbers: readonly string[]): Promise<void> {
    await this.inShell(chooseEach, { nhsNumbers, deadline: DEADLINE });
  }

  /** Of the window's content, in pixels of the screen. */
  async place(): Promise<{ x: number; y: number }> {
    return this.program.main.runInMain(placeOfWindow, undefined);
  }

  /** The upper left corner of the systems' pages, in pixels of the screen. */
  async cornerOfPages(): Promise<{ x: number; y: number }> {
    const { x, y } = await this.place();
    const corner = await this.inShell(cornerOfPages, undefined);
    return { x: x + corner.x, y: y + corner.y };
  }

  /** Where to click for each tab, in pixels of the screen. */
  async tabs(): Promise<{ x: number; y: number }[]> {
    const { x, y } = await this.place();
    return (await this.inShell(middlesOfTabs, undefined)).map((tab) => ({ x: x + tab.x, y: y + tab.y }));
  }

  async end(): Promise<void> {
    await this.program.end();
  }
}
