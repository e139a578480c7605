/**
 * Which systems' pages are on the screen, exactly: told by the window itself, at the moment it is told to show or hide
 * a view, and by each page at the moment another document takes its place.
 */
import type { ElectronApplication } from '@playwright/test';

/** One moment, in the order things happened. */
export interface ViewMoment {
  /** Milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly what: 'shown' | 'hidden' | 'committed';
  /** The page's webContents. */
  readonly page: number;
  readonly address: string;
  /** Whether it is on the screen after this. */
  readonly visible: boolean;
}

interface Watched {
  readonly moments: ViewMoment[];
  /** The webContents on the screen. */
  readonly visible: Set<number>;
}

/** From now on every show, hide and commit of every system's view is noted. Before anybody has signed in. */
export async function watchViews(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ WebContentsView, app: program }) => {
    const watched: Watched = { moments: [], visible: new Set() };
    Reflect.set(globalThis, 'watchedViews', watched);
    const note = (what: ViewMoment['what'], page: number, address: string): void => {
      const at = performance.timeOrigin + performance.now();
      watched.moments.push({ at, what, page, address, visible: watched.visible.has(page) });
    };
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own view below
    const { setVisible } = WebContentsView.prototype;
    WebContentsView.prototype.setVisible = function (visible) {
      const { id } = this.webContents;
      const address = this.webContents.mainFrame.url; // getURL() may be one that is still loading
      if (visible) watched.visible.add(id);
      setVisible.call(this, visible);
      if (!visible) watched.visible.delete(id);
      note(visible ? 'shown' : 'hidden', id, address);
    };
    program.on('web-contents-created', (_event, contents) => {
      contents.on('did-navigate', (_navigation, address) => {
        note('committed', contents.id, address);
      });
      contents.once('destroyed', () => watched.visible.delete(contents.id));
    });
  });
}

/** Everything since the last time this was asked. */
export function viewMoments(app: ElectronApplication): Promise<ViewMoment[]> {
  return app.evaluate(() => (Reflect.get(globalThis, 'watchedViews') as Watched).moments.splice(0));
}

/** Addresses of the pages on the screen now. */
export function visiblePages(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ webContents }) =>
    [...(Reflect.get(globalThis, 'watchedViews') as Watched).visible.keys()].map(
      (id) => webContents.fromId(id)?.mainFrame.url ?? '',
    ),
  );
}
