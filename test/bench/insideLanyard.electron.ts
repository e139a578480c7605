/** Functions that run inside Lanyard's main process while it is measured (mainProcess.ts): each stands for itself. */
import type * as Electron from 'electron';

type ElectronModule = typeof Electron;

/** One change of a view from hidden to shown or back, by the address it had loaded. */
export interface Show {
  readonly address: string;
  readonly shown: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Runs code in the shell's page, once that has loaded, and answers with what it returns. */
export function runInShell({ BrowserWindow }: ElectronModule, code: string): Promise<unknown> {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  return window.webContents.executeJavaScript(code) as Promise<unknown>;
}

/** @returns once the shell's page has been thrown away and stands anew */
export async function signOut({ BrowserWindow }: ElectronModule): Promise<void> {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const { webContents } = window;
  const anew = new Promise<void>((resolve) => {
    webContents.once('did-finish-load', () => {
      resolve();
    });
  });
  // the page that asks is thrown away, perhaps before it could say that it has asked
  void webContents.executeJavaScript("void window.lanyard.call('session.signOut')").catch(() => undefined);
  await anew;
}

/** Of the window's content, in pixels of the screen. */
export function placeOfWindow({ BrowserWindow }: ElectronModule): { x: number; y: number } {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const { x, y } = window.getContentBounds();
  return { x, y };
}

/** From now on every view's setVisible leaves a line; `takeShows` takes them. */
export function noteShows({ View }: ElectronModule): void {
  const noted: Show[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the view it belongs to
  const original = View.prototype.setVisible;
  View.prototype.setVisible = function (shown: boolean) {
    original.call(this, shown);
    const { webContents } = this as Partial<Electron.WebContentsView>;
    const address = webContents && !webContents.isDestroyed() ? webContents.getURL() : '';
    noted.push({ address, shown, at: performance.timeOrigin + performance.now() });
  };
  Object.assign(globalThis, { benchShows: noted });
}

export function takeShows(): readonly Show[] {
  const { benchShows } = globalThis as unknown as { benchShows: Show[] };
  return benchShows.splice(0);
}

/** Runs code in the page of one system, in the page's own world. */
export function runInPage({ webContents }: ElectronModule, asked: { origin: string; code: string }): Promise<unknown> {
  const page = webContents.getAllWebContents().find((contents) => contents.getURL().startsWith(asked.origin));
  if (!page) throw new Error('this page is not open');
  return page.executeJavaScript(asked.code) as Promise<unknown>;
}

export interface ReadBackTimes {
  /** Milliseconds, one for each round. */
  readonly readBack: number[];
  /** The same way to the page and back with nothing to do there. */
  readonly empty: number[];
}

/** Reads pages anew, as the watcher does, so many times; all of them at once in every round. */
export async function timeReadBack(
  { webContents }: ElectronModule,
  { origins, rounds }: { origins: readonly string[]; rounds: number },
): Promise<ReadBackTimes> {
  const readingWorld = 1_888;
  const pages = origins.map((origin) => {
    const page = webContents.getAllWebContents().find((contents) => contents.getURL().startsWith(origin));
    if (!page) throw new Error('this page is not open');
    return page;
  });
  const timed = async (code: string): Promise<number> => {
    const start = performance.now();
    const answers = await Promise.all(
      pages.map((page) => page.executeJavaScriptInIsolatedWorld(readingWorld, [{ code }])),
    );
    const took = performance.now() - start;
    if (!answers.every(Boolean)) throw new Error('a page has no reader');
    return took;
  };
  const times: ReadBackTimes = { readBack: [], empty: [] };
  for (let round = 0; round < rounds; round += 1) {
    times.empty.push(await timed('1'));
    times.readBack.push(await timed('globalThis.lanyardReadBack.now()'));
  }
  return times;
}

/** Asks pages about unsaved work, as the survey before a change does; all of them at once in every round. */
export async function timeSurvey(
  { webContents }: ElectronModule,
  { origins, rounds, probe }: { origins: readonly string[]; rounds: number; probe: string },
): Promise<number[]> {
  const pages = origins.map((origin) => {
    const page = webContents.getAllWebContents().find((contents) => contents.getURL().startsWith(origin));
    if (!page) throw new Error('this page is not open');
    return page;
  });
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await Promise.all(
      pages.flatMap(({ mainFrame }) => mainFrame.framesInSubtree.map((frame) => frame.executeJavaScript(probe))),
    );
    times.push(performance.now() - start);
  }
  return times;
}
