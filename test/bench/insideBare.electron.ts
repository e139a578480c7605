/** Functions that run inside the floor's main process (bareApp.electron.ts): each stands for itself. */
import type * as Electron from 'electron';

type ElectronModule = typeof Electron;

interface Bare {
  readonly benchViews: Electron.WebContentsView[];
}

/** Pixels of the window's content. */
export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** So many views of one place, each with a session in memory of its own; the first is shown. */
export function openViews(
  { BrowserWindow, WebContentsView, session, ipcMain }: ElectronModule,
  { count, bounds }: { count: number; bounds: Bounds },
): void {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const views = Array.from({ length: count }, (_, index) => {
    const view = new WebContentsView({
      webPreferences: {
        session: session.fromPartition(`${Math.random()}`),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
        backgroundThrottling: false,
      },
    });
    window.contentView.addChildView(view);
    view.setBounds(bounds);
    view.setVisible(index === 0);
    return view;
  });
  Object.assign(globalThis, { benchViews: views });
  ipcMain.removeAllListeners('switch');
  ipcMain.on('switch', (_event, wanted: number) => {
    for (const [index, view] of views.entries()) if (index !== wanted) view.setVisible(false);
    views[wanted]?.setVisible(true);
  });
}

/** Loads one address in each view, all at once. @returns how long the slowest took, in milliseconds */
export async function loadViews(_electron: ElectronModule, addresses: readonly string[]): Promise<number> {
  const { benchViews } = globalThis as unknown as Bare;
  const pages = benchViews.map(({ webContents }) => webContents);
  const start = performance.now();
  await Promise.all(pages.map((page, index) => page.loadURL(addresses[index] ?? 'about:blank')));
  const took = performance.now() - start;
  // A load that begins before the last one has said that it stopped takes that for its own failure.
  for (const page of pages)
    if (page.isLoading())
      await new Promise<void>((resolve) => {
        page.once('did-stop-loading', () => {
          resolve();
        });
      });
  return took;
}

/** Like `loadViews`, one list of addresses after another. */
export async function loadViewsEach(_electron: ElectronModule, lists: readonly (readonly string[])[]): Promise<void> {
  const { benchViews } = globalThis as unknown as Bare;
  const pages = benchViews.map(({ webContents }) => webContents);
  for (const addresses of lists) {
    await Promise.all(pages.map((page, index) => page.loadURL(addresses[index] ?? 'about:blank')));
    for (const page of pages)
      if (page.isLoading())
        await new Promise<void>((resolve) => {
          page.once('did-stop-loading', () => {
            resolve();
          });
        });
  }
}

/** @returns when it was asked for, in milliseconds since 1970 */
export async function openAndLoad(
  { BrowserWindow, WebContentsView, session }: ElectronModule,
  { address, bounds }: { address: string; bounds: Bounds },
): Promise<number> {
  const begun = performance.timeOrigin + performance.now();
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const view = new WebContentsView({
    webPreferences: {
      session: session.fromPartition(`${Math.random()}`),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      spellcheck: false,
    },
  });
  window.contentView.addChildView(view);
  view.setBounds(bounds);
  await view.webContents.loadURL(address);
  Object.assign(globalThis, { benchViews: [view] });
  return begun;
}

/** One system to be signed in to, by its form or by HTTP Basic. */
export interface BareSignIn {
  readonly address: string;
  readonly by: 'form' | 'basic' | 'provider';
  readonly userName: string;
  readonly password: string;
}

/**
 * A view for each system, all at once, each in a session of its own (one for all that follow a provider); forms are
 * filled by a script in the page, the least there is.
 * @returns how long until the last system shows its first page to somebody signed in, in milliseconds
 */
export async function openAndSignIn(
  { BrowserWindow, WebContentsView, session }: ElectronModule,
  { systems, bounds }: { systems: readonly BareSignIn[]; bounds: Bounds },
): Promise<number> {
  const begun = performance.now();
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const shared = `${Math.random()}`;
  const views = systems.map(({ by }) => {
    const view = new WebContentsView({
      webPreferences: {
        session: session.fromPartition(by === 'provider' ? shared : `${Math.random()}`),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
        backgroundThrottling: false,
      },
    });
    window.contentView.addChildView(view);
    view.setBounds(bounds);
    return view;
  });
  Object.assign(globalThis, { benchViews: views });
  const signIn = async ({ address, by, userName, password }: BareSignIn, page: Electron.WebContents): Promise<void> => {
    page.on('login', (event, _details, _challenge, answer) => {
      event.preventDefault();
      answer(userName, password);
    });
    await page.loadURL(address);
    if (by === 'basic' || !(await page.executeJavaScript("document.querySelector('[type=password]') !== null"))) return;
    const arrived = new Promise<void>((resolve) => {
      page.once('did-finish-load', () => {
        resolve();
      });
    });
    await page.executeJavaScript(`{ const [user, password] = document.querySelectorAll('input');
      user.value = ${JSON.stringify(userName)}; password.value = ${JSON.stringify(password)};
      document.querySelector('button').click(); }`);
    await arrived;
  };
  // whoever signs in to the provider goes first; the others follow it
  const [first, ...followers] = systems.flatMap((system, index) => (system.by === 'provider' ? [index] : []));
  const at = async (index: number): Promise<void> => {
    const [system, view] = [systems[index], views[index]];
    if (system && view) await signIn(system, view.webContents);
  };
  const others = systems.flatMap(({ by }, index) => (by === 'provider' ? [] : [at(index)]));
  const provided = async (): Promise<void> => {
    if (first !== undefined) await at(first);
    await Promise.all(followers.map(at));
  };
  await Promise.all([...others, provided()]);
  return performance.now() - begun;
}

export function closeViews({ BrowserWindow }: ElectronModule): void {
  const { benchViews } = globalThis as unknown as Bare;
  for (const view of benchViews.splice(0)) {
    BrowserWindow.getAllWindows()[0]?.contentView.removeChildView(view);
    view.webContents.close();
  }
}

/** Runs code in the window's own page. */
export function runInWindow({ BrowserWindow }: ElectronModule, code: string): Promise<unknown> {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  return window.webContents.executeJavaScript(code) as Promise<unknown>;
}

export function placeOfWindow({ BrowserWindow }: ElectronModule): { x: number; y: number } {
  const [window] = BrowserWindow.getAllWindows();
  if (!window) throw new Error('there is no window');
  const { x, y } = window.getContentBounds();
  return { x, y };
}
