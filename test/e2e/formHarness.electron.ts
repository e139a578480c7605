/**
 * The least Electron program in which the form method meets real pages: a window that keeps the keyboard, and a page in
 * a view of its own in the window's corner, as Lanyard draws what nobody may see. Everything is asked of it from outside.
 */
import { app, BrowserWindow, session, type WebContents, WebContentsView } from 'electron';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import type { SignOnRecipe } from '../../main/policy/configuration.js';
import { attachDevTools } from '../../main/signon/devTools.electron.js';
import { createFormSignOn } from '../../main/signon/form/formSignOn.js';
import { watchSignIn } from '../../main/signon/form/watch.js';
import type { KeptRecipe } from '../../main/signon/form/recipeStore.js';
import type { DevTools, SignOnPage } from '../../main/signon/signOn.js';

export interface Run {
  readonly url: string;
  readonly recipe: SignOnRecipe | null;
  readonly kept?: KeptRecipe | null;
  readonly userName: string;
  readonly password: string;
  readonly dryRun?: boolean;
  /** The attempt is stopped while this key goes down: 1 is the first. */
  readonly stopAtKey?: number;
  /** With the product's own deadlines; else with shorter ones. */
  readonly isAsShipped?: boolean;
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
  /** That went down. */
  readonly keys: number;
  readonly address: string;
  readonly isAttached: boolean;
  readonly tookMs: number;
}

export interface Watch {
  readonly url: string;
  /** Origins whose sign-ins may be watched. */
  readonly origins: readonly string[];
}

export interface Watched {
  /** null: nothing was learnt. */
  readonly learnt: { readonly userName: string; readonly password: string; readonly origin: string } | null;
  readonly kept: KeptRecipe | null;
  readonly audit: readonly unknown[];
  readonly reported: readonly string[];
  readonly isAttached: boolean;
}

function addView(window: BrowserWindow, isSeen: boolean): { view: WebContentsView; webContents: WebContents } {
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
  const corner = isSeen ? { x: 0, y: 0 } : { x: width - 1, y: height - 1 };
  view.setBounds({ ...corner, width: 1200, height: 700 });
  return { view, webContents: view.webContents };
}

function pageOf(webContents: WebContents, wrap: (tools: DevTools) => DevTools): SignOnPage {
  return {
    get address() {
      return webContents.getURL();
    },
    status: 200,
    nextDocument: () => Promise.reject(new Error('not needed')),
    load: () => Promise.resolve({ outcome: 'loaded' }),
    holdDrawing: () => () => undefined,
    attach: () => Promise.resolve(wrap(attachDevTools(webContents))),
  };
}

/** Shows a page to a person, and watches them; the person is the test, at the page's own keyboard. */
async function watch(
  window: BrowserWindow,
  wanted: Watch,
  signal: AbortSignal,
  said: { readonly begun: () => void; readonly waits: () => void },
): Promise<Watched> {
  const { view, webContents } = addView(window, true);
  const audit: unknown[] = [];
  const reported: string[] = [];
  let kept: KeptRecipe | null = null;
  try {
    await webContents.loadURL(wanted.url);
    webContents.focus();
    const page = pageOf(webContents, (tools) => ({
      ...tools,
      send: async (method, params, sessionId) => {
        const answer = await tools.send(method, params, sessionId);
        if (method === 'Page.addScriptToEvaluateOnNewDocument') said.begun();
        return answer;
      },
    }));
    const watched = await watchSignIn(
      page,
      {
        id: 'lab',
        title: 'Lab',
        origins: wanted.origins,
        recipes: {
          get: () => kept,
          keep: (_id, next) => {
            kept = next;
          },
          forget: () => undefined,
        },
        audit: { record: (event) => audit.push(event) },
        clock: {
          ...systemClock,
          after: (milliseconds, work) => {
            said.waits();
            return systemClock.after(milliseconds, work);
          },
        },
        report: (error) => reported.push(String(error)),
      },
      signal,
    );
    const isAttached = webContents.debugger.isAttached();
    await watched?.keep();
    const learnt = watched && {
      userName: watched.userName,
      password: watched.credentials.password.use((text) => text),
      origin: watched.origin,
    };
    return { learnt, kept, audit, reported, isAttached };
  } finally {
    window.contentView.removeChildView(view);
    webContents.close();
  }
}

async function run(window: BrowserWindow, wanted: Run): Promise<Ran> {
  const { view, webContents } = addView(window, false);
  const said: string[] = [];
  webContents.on('console-message', (_event, _level, message) => said.push(message));
  window.webContents.focus();
  const audit: unknown[] = [];
  const calls: string[] = [];
  const sent: string[] = [];
  let kept = wanted.kept ?? null;
  let keys = 0;
  const stop = new AbortController();
  const page = pageOf(webContents, (tools) => ({
    ...tools,
    send: (method, params, sessionId) => {
      if (method !== 'Input.dispatchKeyEvent') sent.push(JSON.stringify([method, params]));
      else if (params?.['type'] === 'keyDown') {
        keys += 1;
        if (keys === wanted.stopAtKey) stop.abort();
      }
      return tools.send(method, params, sessionId);
    },
  }));
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
      deadlines: wanted.isAsShipped ? {} : { form: 3000, settle: 600, result: 5000 },
    });
    const outcome = await (wanted.dryRun ? method.dryRun(page, stop.signal) : method.signOn(page, stop.signal));
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
      keys,
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
    let stop = new AbortController();
    let waited = 0;
    let watching: Promise<Watched> | null = null;
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
      // begun here and asked for below: meanwhile somebody signs in
      beginWatch: async (wanted: Watch) => {
        await loaded;
        stop = new AbortController();
        const { signal } = stop;
        await new Promise<void>((resolve, reject) => {
          const waits = (): void => {
            waited += 1;
          };
          watching = watch(window, wanted, signal, { begun: resolve, waits });
          watching.catch(reject);
        });
      },
      waitsOfWatch: () => waited,
      stopWatch: () => {
        stop.abort();
      },
      endOfWatch: () => watching,
    });
    await loaded;
  })
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    app.exit(1);
  });
