/**
 * The least Electron program in which the form method meets real pages: a window that keeps the keyboard, and a page in
 * a view of its own in the window's corner, as Lanyard draws what nobody may see. Everything is asked of it from outside.
 */
import { app, BrowserWindow, session, WebContentsView } from 'electron';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import type { SignOnRecipe } from '../../main/policy/configuration.js';
import { attachDevTools } from '../../main/signon/devTools.electron.js';
import { createFormSignOn } from '../../main/signon/form/formSignOn.js';
import type { KeptRecipe } from '../../main/signon/form/recipeStore.js';
import type { SignOnPage } from '../../main/signon/signOn.js';

export interface Run {
  readonly url: string;
  readonly recipe: SignOnRecipe | null;
  readonly kept?: KeptRecipe | null;
  readonly userName: string;
  readonly password: string;
  readonly dryRun?: boolean;
}

export interface Ran {
  readonly outcome: unknown;
  readonly audit: readonly unknown[];
  readonly calls: readonly string[];
  readonly kept: KeptRecipe | null;
  /** Of the page afterwards: console and storage. */
  readonly left: string;
  /** Everything sent over the protocol that is not a single key. */
  readonly sent: string;
  readonly address: string;
  readonly isAttached: boolean;
  readonly tookMs: number;
}

async function run(window: BrowserWindow, wanted: Run): Promise<Ran> {
  const view = new WebContentsView({
    webPreferences: {
      session: session.fromPartition(`${Math.random()}`),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      backgroundThrottling: false,
    },
  });
  window.contentView.addChildView(view);
  const { width, height } = window.getContentBounds();
  view.setBounds({ x: width - 1, y: height - 1, width: 1200, height: 700 });
  const { webContents } = view;
  const said: string[] = [];
  webContents.on('console-message', (_event, _level, message) => said.push(message));
  window.webContents.focus();
  const audit: unknown[] = [];
  const calls: string[] = [];
  const sent: string[] = [];
  let kept = wanted.kept ?? null;
  const page: SignOnPage = {
    get address() {
      return webContents.getURL();
    },
    status: 200,
    nextDocument: () => Promise.reject(new Error('not needed')),
    load: () => Promise.resolve({ outcome: 'loaded' }),
    holdDrawing: () => () => undefined,
    attach: () => {
      const tools = attachDevTools(webContents);
      return Promise.resolve({
        ...tools,
        send: (method, params, sessionId) => {
          if (method !== 'Input.dispatchKeyEvent') sent.push(JSON.stringify([method, params]));
          return tools.send(method, params, sessionId);
        },
      });
    },
  };
  try {
    // not awaited: what is late on the page is part of what is tried
    const loading = webContents.loadURL(wanted.url).catch(() => undefined);
    await new Promise((resolve) => webContents.once('did-navigate', resolve));
    const began = performance.now();
    const method = createFormSignOn({
      systemId: 'lab',
      title: 'Lab',
      recipe: wanted.recipe ?? undefined,
      credentials: {
        id: 'lab',
        state: 'usable',
        take: () => {
          calls.push('take');
          return Promise.resolve({ userName: wanted.userName, password: Secret.of(wanted.password) });
        },
        confirm: () => Promise.resolve(void calls.push('confirm')),
        refuse: () => Promise.resolve(void calls.push('refuse')),
        untouched: () => Promise.resolve(void calls.push('untouched')),
      },
      recipes: {
        get: () => kept,
        keep: (_id, next) => {
          kept = next;
        },
        forget: () => undefined,
      },
      audit: { record: (event) => audit.push(event) },
      clock: systemClock,
      deadlines: { form: 3000, settle: 600, result: 5000 },
    });
    const signal = new AbortController().signal;
    const outcome = await (wanted.dryRun ? method.dryRun(page, signal) : method.signOn(page, signal));
    const tookMs = performance.now() - began;
    await loading;
    const stored: unknown = await webContents
      .executeJavaScript('JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])')
      .catch(() => null);
    return {
      outcome,
      audit,
      calls,
      kept,
      left: [...said, String(stored)].join('\n'),
      sent: sent.join('\n'),
      address: webContents.getURL(),
      isAttached: webContents.debugger.isAttached(),
      tookMs,
    };
  } finally {
    window.contentView.removeChildView(view);
    webContents.close();
  }
}

app.enableSandbox();
app
  .whenReady()
  .then(async () => {
    const window = new BrowserWindow({ width: 1280, height: 860, backgroundColor: '#f0f4f5' });
    const loaded = window.loadURL('data:text/html,<body style="background:#f0f4f5"><input autofocus>');
    Object.assign(globalThis, {
      signOnForm: async (wanted: Run) => {
        await loaded;
        // the window's own page has drawn: as in Lanyard, where nobody signs on before
        await window.webContents.executeJavaScript(
          'new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))',
        );
        return run(window, wanted);
      },
    });
    await loaded;
  })
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    app.exit(1);
  });
