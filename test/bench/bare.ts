/** The floor as it is measured (bareApp.electron.ts): the same pages, in the same places, with nothing around them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { codeOf } from './devTools.js';
import {
  type BareSignIn,
  type Bounds,
  closeViews,
  loadViews,
  loadViewsEach,
  openAndLoad,
  openAndSignIn,
  openViews,
  placeOfWindow,
  runInWindow,
} from './insideBare.electron.js';
import { type Program, startProgram, untilWindow } from './program.js';
import type { Runtime } from './runtime.js';
import { newFolder } from './ward.js';
import type { XScreen } from './xScreen.js';

const EMPTY_PAGE = '<!doctype html><meta charset="utf-8"><title>Bare</title><body style="background:#f0f4f5">';

/** Where the systems' pages lie in the floor's window: as large as Lanyard has them. */
export const BOUNDS: Bounds = { x: 3, y: 169, width: 1274, height: 688 };

export class Bare {
  private constructor(
    readonly program: Program,
    private readonly removeFolder: () => void,
  ) {}

  static async start(runtime: Runtime, screen: XScreen, page = EMPTY_PAGE, until = untilWindow): Promise<Bare> {
    const folder = newFolder();
    const file = path.join(folder.path, 'page.html');
    writeFileSync(file, page);
    giveToOrdinaryUser(folder.path);
    const args = [...folder.args, `--page=${file}`];
    try {
      return new Bare(await startProgram(runtime.command('bare'), args, screen, until), folder.remove);
    } catch (error) {
      folder.remove();
      throw error;
    }
  }

  async openViews(count: number): Promise<void> {
    await this.program.main.runInMain(openViews, { count, bounds: BOUNDS });
  }

  /** One address in each view, all at once. @returns how long the slowest took, in milliseconds */
  async load(addresses: readonly string[]): Promise<number> {
    return this.program.main.runInMain(loadViews, addresses);
  }

  /** Like `load`, one list of addresses after another. */
  async loadEach(lists: readonly (readonly string[])[]): Promise<void> {
    await this.program.main.runInMain(loadViewsEach, lists);
  }

  /** A new session, a view in it, and a page in that. @returns when it was begun, in milliseconds since 1970 */
  async openAndLoad(address: string): Promise<number> {
    return this.program.main.runInMain(openAndLoad, { address, bounds: BOUNDS });
  }

  /** A view for each system, signed in to by the least means. @returns how long that took, in milliseconds */
  async openAndSignIn(systems: readonly BareSignIn[]): Promise<number> {
    return this.program.main.runInMain(openAndSignIn, { systems, bounds: BOUNDS });
  }

  async closeViews(): Promise<void> {
    await this.program.main.runInMain(closeViews, undefined);
  }

  async inWindow<I, O>(inside: (input: I) => O | Promise<O>, input: I): Promise<O> {
    return (await this.program.main.runInMain(runInWindow, codeOf(inside, input))) as O;
  }

  /** Of the window's content, in pixels of the screen. */
  async place(): Promise<{ x: number; y: number }> {
    return this.program.main.runInMain(placeOfWindow, undefined);
  }

  async end(): Promise<void> {
    await this.program.end();
    this.removeFolder();
  }
}
