/**
 * The one window: a standard frame, the shell's own page over all of it, and the systems' views above a rectangle of it.
 * A system's view is only ever shown or hidden; while it is hidden the shell's page is what people see there.
 */
import path from 'node:path';
import { BrowserWindow, type WebContents, type WebContentsView } from 'electron';
import type { Placement } from '../../preload/contract.js';
import { systemClock } from '../context/clock.js';
import { SHELL_ORIGIN } from '../ipc/router.js';
import { EMPTY_PAGE } from '../ipc/shellPages.electron.js';
import { drawTwoFrames } from './drawTwoFrames.js';
import { shortcutOf } from './shortcuts.js';

/** Any number but 0 (the page), 999 (Electron's own) and the one in which systems are read. */
const ISOLATED_WORLD = 1_889;

export interface ShellWindow {
  readonly window: BrowserWindow;
  /** Where systems' pages lie, in CSS pixels of the shell's page. */
  place(placement: Placement): void;
  attach(view: WebContentsView): void;
  detach(view: WebContentsView): void;
  /** Puts a system's view on the screen or takes it off, at once. */
  show(view: WebContentsView, shown: boolean): void;
  /**
   * Lets a system's view draw before it is shown. Chromium slows down what nobody sees to a frame a second, or lets it
   * draw nothing at all: so the view lies outside the window, but for one pixel in its corner.
   */
  letDraw(view: WebContentsView): void;
  /** When a system's view was taken off the screen last, by the system clock; null: none was. */
  readonly takenOffAt: number | null;
  /** Whether the shell's own page has drawn what it was sent, before `deadline` milliseconds were over. */
  drawn(deadline: number): Promise<boolean>;
  /** Called with true when the shell's own page ended unexpectedly, with false when it is back; the latest listener only. */
  onGone(listener: (gone: boolean) => void): void;
  /** As if the clinician had pressed the shortcut. */
  lock(): void;
  /** Called when somebody presses the shortcut of the lock, in any page; the latest listener only. */
  onLock(listener: () => void): void;
  /** Called with every key, click and turn of the wheel in the window, the systems' pages included; the latest listener only. */
  onInput(listener: () => void): void;
  /** Nothing is heard while true: the session is locked. */
  silence(isSilent: boolean): void;
  /** Gives the keyboard to the shell's page. */
  focusShell(): void;
  /** The keyboard is in this system's page because somebody put it there. */
  keyboardIn(view: WebContentsView): void;
  /** Gives the keyboard back to whoever had it, after a page took it: that page, or the shell's where that one is gone. */
  giveKeyboardBack(): void;
  send(event: string, payload: unknown): void;
  /** Throws the shell's page away and opens it anew: nothing typed or shown there survives. */
  reload(): Promise<void>;
}

/** Of people. Not mouseMove: Chromium makes some itself, when something moves below a mouse that rests. */
const INPUT: ReadonlySet<string> = new Set(['mouseDown', 'mouseWheel', 'rawKeyDown', 'keyDown', 'touchStart']);

/** @param report a failure nobody foresaw */
export function createShellWindow(title: string, report: (error: unknown) => void): ShellWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    minWidth: 640,
    minHeight: 480,
    title,
    backgroundColor: '#f0f4f5',
    webPreferences: {
      preload: path.join(import.meta.dirname, '../preload/shell.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const { webContents } = window;
  window.on('page-title-updated', (event) => {
    event.preventDefault(); // S22: nothing a page says may stand in the task bar
  });
  // SECURITY(S4): the shell's page never goes anywhere; its only address is loaded from here.
  webContents.on('will-frame-navigate', (event) => {
    event.preventDefault();
  });
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));

  let lockListener: () => void = () => undefined;
  webContents.on('before-input-event', (event, input) => {
    if (shortcutOf(input) !== 'lock') return;
    event.preventDefault();
    lockListener();
  });
  let inputListener: () => void = () => undefined;
  const hearInput = (contents: WebContents): void => {
    contents.on('input-event', (_event, { type }) => {
      if (INPUT.has(type)) inputListener();
    });
  };
  hearInput(webContents);

  const load = async (): Promise<void> => {
    if (!window.isDestroyed()) await window.loadURL(`${SHELL_ORIGIN}/index.html`);
  };
  let goneListener: (gone: boolean) => void = () => undefined;
  webContents.on('render-process-gone', () => {
    goneListener(true);
    void load().then(() => {
      goneListener(false);
    }, report);
  });

  /** Every system's view, and where it is. */
  const views = new Map<WebContentsView, 'off' | 'drawing' | 'on'>();
  let takenOffAt: number | null = null;
  let placement: Placement = { x: 0, y: 0, width: 0, height: 0 };
  /** Outside the window, but for one pixel in its corner, or where systems' pages lie. */
  const setBounds = (view: WebContentsView, where: 'corner' | 'place'): void => {
    const zoom = webContents.getZoomFactor();
    const [x, y, width, height] = [placement.x, placement.y, placement.width, placement.height].map((length) =>
      Math.round(length * zoom),
    ) as [number, number, number, number];
    const content = window.getContentBounds();
    view.setBounds(
      where === 'place' ? { x, y, width, height } : { x: content.width - 1, y: content.height - 1, width, height },
    );
  };
  const layOut = (view: WebContentsView): void => {
    const before = view.getBounds();
    const state = views.get(view);
    setBounds(view, state === 'on' ? 'place' : 'corner');
    const { width, height } = view.getBounds();
    if (state !== 'off' || (width === before.width && height === before.height)) return;
    // A hidden view is not told its size, and a page of no size shows nothing to read. Shown and hidden within one
    // turn it takes its size and no frame of it is drawn.
    view.setVisible(true);
    view.setVisible(false);
  };
  const move = (view: WebContentsView, state: 'off' | 'drawing' | 'on'): void => {
    if (views.get(view) === state) return;
    if (views.get(view) === 'on') takenOffAt = systemClock.now();
    if (state === 'off') view.setVisible(false); // first: it must not be seen on its way
    views.set(view, state);
    setBounds(view, state === 'on' ? 'place' : 'corner');
    if (state !== 'off') view.setVisible(true);
  };

  let isSilent = false;
  /** The system's page with the keyboard; null: the shell's. */
  let holder: WebContentsView | null = null;
  webContents.on('focus', () => {
    holder = null;
  });

  return {
    window,
    place: (wanted) => {
      placement = wanted;
      for (const view of views.keys()) layOut(view);
    },
    attach: (view) => {
      views.set(view, 'off');
      view.setVisible(false);
      hearInput(view.webContents);
      view.webContents.setAudioMuted(isSilent);
      window.contentView.addChildView(view);
      layOut(view);
    },
    show: (view, shown) => {
      move(view, shown ? 'on' : 'off');
    },
    letDraw: (view) => {
      move(view, 'drawing');
    },
    get takenOffAt() {
      return takenOffAt;
    },
    drawn: (deadline) => drawTwoFrames(webContents, ISOLATED_WORLD, systemClock, deadline),
    detach: (view) => {
      views.delete(view);
      if (holder === view) holder = null;
      if (!window.isDestroyed()) window.contentView.removeChildView(view);
    },
    lock: () => {
      lockListener();
    },
    onLock: (listener) => {
      lockListener = listener;
    },
    onInput: (listener) => {
      inputListener = listener;
    },
    silence: (wanted) => {
      isSilent = wanted;
      for (const { webContents: page } of views.keys()) if (!page.isDestroyed()) page.setAudioMuted(wanted);
    },
    focusShell: () => {
      if (!window.isDestroyed()) webContents.focus();
    },
    keyboardIn: (view) => {
      holder = view;
    },
    giveKeyboardBack: () => {
      if (window.isDestroyed()) return;
      if (holder && views.get(holder) === 'on' && !holder.webContents.isDestroyed()) holder.webContents.focus();
      else webContents.focus();
    },
    send: (event, payload) => {
      if (!window.isDestroyed() && !webContents.isDestroyed()) webContents.send(event, payload);
    },
    onGone: (listener) => {
      goneListener = listener;
    },
    reload: async () => {
      // Another site has another process: that of the page before ends, and its memory with it.
      if (!window.isDestroyed()) await window.loadURL(EMPTY_PAGE);
      await load();
      if (!window.isDestroyed()) webContents.navigationHistory.clear();
    },
  };
}
