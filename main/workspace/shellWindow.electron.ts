/**
 * The one window: a standard frame, the shell's own page over all of it, and the systems' views above a rectangle of it.
 * A system's view is only ever shown or hidden; while it is hidden the shell's page is what people see there.
 */
import path from 'node:path';
import { BrowserWindow, type WebContentsView } from 'electron';
import type { Placement } from '../../preload/contract.js';
import { SHELL_ORIGIN } from '../ipc/router.js';

export interface ShellWindow {
  readonly window: BrowserWindow;
  /** Where systems' pages lie, in CSS pixels of the shell's page. */
  place(placement: Placement): void;
  attach(view: WebContentsView): void;
  detach(view: WebContentsView): void;
  /** Puts a system's view on the screen or takes it off, at once. */
  show(view: WebContentsView, shown: boolean): void;
  /** Gives the keyboard back to the shell's page. */
  focusShell(): void;
  send(event: string, payload: unknown): void;
  /** Throws the shell's page away and opens it anew: nothing typed or shown there survives. */
  reload(): Promise<void>;
}

export function createShellWindow(title: string): ShellWindow {
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

  /** Every system's view, and whether it is on the screen. */
  const views = new Map<WebContentsView, boolean>();
  let placement: Placement = { x: 0, y: 0, width: 0, height: 0 };
  const layOut = (view: WebContentsView): void => {
    const zoom = webContents.getZoomFactor();
    view.setBounds({
      x: Math.round(placement.x * zoom),
      y: Math.round(placement.y * zoom),
      width: Math.round(placement.width * zoom),
      height: Math.round(placement.height * zoom),
    });
    if (views.get(view) === true) return;
    // A hidden view is not told its size, and a page of no size shows nothing to read. Shown and hidden within one
    // turn it takes its size and no frame of it is drawn.
    view.setVisible(true);
    view.setVisible(false);
  };

  return {
    window,
    place: (wanted) => {
      placement = wanted;
      for (const view of views.keys()) layOut(view);
    },
    attach: (view) => {
      views.set(view, false);
      view.setVisible(false);
      window.contentView.addChildView(view);
      layOut(view);
    },
    show: (view, shown) => {
      views.set(view, shown);
      view.setVisible(shown);
    },
    detach: (view) => {
      views.delete(view);
      if (!window.isDestroyed()) window.contentView.removeChildView(view);
    },
    focusShell: () => {
      if (!window.isDestroyed()) webContents.focus();
    },
    send: (event, payload) => {
      if (!window.isDestroyed() && !webContents.isDestroyed()) webContents.send(event, payload);
    },
    reload: async () => {
      if (!window.isDestroyed()) await window.loadURL(`${SHELL_ORIGIN}/index.html`);
    },
  };
}
