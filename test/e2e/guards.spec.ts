/**
 * SECURITY(S1, S2, S4, S5, S9, S11, S13, S14, S24): what a page of an embedded system cannot do, tried by a hostile one.
 * Popups are in outsideLinks.spec.ts; permissions, downloads and dialogs in refusals.spec.ts.
 */
import { existsSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { createCertificateAuthority } from '../demo/certificates.js';
import { addFrame, clickLink, visit } from './hostilePages.js';
import { processStatus } from './leftovers.js';
import { configurationFor, expect, sharedLanyard, test } from './lanyard.js';
import { page as html, type Site, startSite } from './site.js';

let own: Site;
/** May stand in frames of `own`. */
let framed: Site;
/** On nobody's list. */
let elsewhere: Site;
/** Its certificate is signed by nobody Chromium trusts. */
let selfSigned: Site;

const lanyard = sharedLanyard(async (launch, surroundings) => {
  const authority = await createCertificateAuthority('Nobody trusts me', new Date());
  [own, framed, elsewhere, selfSigned] = await Promise.all([
    startSite(),
    startSite(),
    startSite(),
    startSite(await authority.issue(['127.0.0.1'])),
  ]);
  for (const path of ['/home', '/second'])
    own.serve(path, html(`<h1>${path}</h1><a id="link">link</a><form id="form"><input name="q" value="1"></form>`));
  own.serve('/frame', html('<p>frame</p><a id="link">link</a>'));
  framed.serve('/frame', html('<p>frame</p><a id="link">link</a>'));
  const system = (id: string, url: string) => ({
    id,
    title: id,
    kind: 'web',
    url,
    roles: ['clinician'],
    origins: [new URL(url).origin, ...(id === 'self-signed' ? [] : [framed.url])],
  });
  const running = await launch(
    configurationFor(surroundings, [
      system('home', `${own.url}/home`),
      system('second', `${own.url}/second`),
      system('self-signed', `${selfSigned.url}/`),
    ]),
  );
  await running.signIn();
  await running.page(`${own.url}/home`);
  await running.page(`${own.url}/second`);
  return running;
});

test.afterAll(async () => {
  await Promise.all([own.close(), framed.close(), elsewhere.close(), selfSigned.close()]);
});

const home = (): Promise<Page> => lanyard().page(`${own.url}/home`);

test('S1: every page in the program runs with the sandbox, without Node', async () => {
  const preferences = await lanyard().app.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .map((contents) =>
        (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences(),
      ),
  );
  expect(preferences.length).toBeGreaterThanOrEqual(4);
  for (const one of preferences)
    expect(one).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
    });
});

test('S1: the kernel confines every page: seccomp filter, no new privileges', async () => {
  const pids = await lanyard().app.evaluate(({ app, webContents }) => ({
    metrics: app
      .getAppMetrics()
      .filter(({ type }) => type === 'Tab')
      .map(({ pid }) => pid),
    pages: webContents
      .getAllWebContents()
      .filter((contents) => contents.getURL() !== '')
      .map((contents) => contents.getOSProcessId()),
  }));
  expect(pids.pages.length).toBeGreaterThanOrEqual(3);
  expect(pids.metrics).toEqual(expect.arrayContaining(pids.pages));
  const confined = { Seccomp: '2', NoNewPrivs: '1' };
  for (const pid of pids.pages) expect(processStatus(pid)).toMatchObject(confined);
  // One that is just being started, and has no page yet, may still be on its way into the sandbox; or gone again.
  for (const pid of pids.metrics)
    await expect.poll(() => (existsSync(`/proc/${pid}`) ? processStatus(pid) : confined)).toMatchObject(confined);
});

test('S2: no page, frame or worker finds Node, a preload or a bridge', async () => {
  const page = await home();
  const frames = [
    page.mainFrame(),
    await addFrame(page, `${own.url}/frame`),
    await addFrame(page, `${framed.url}/frame`),
  ];
  const names = ['require', 'process', 'module', 'Buffer', 'global', 'lanyard', 'electron', 'ipcRenderer'];
  for (const frame of frames) {
    expect(await frame.evaluate((wanted) => wanted.filter((name) => name in globalThis), names)).toEqual([]);
    const inWorker = await frame.evaluate((wanted) => {
      const code = `postMessage(${JSON.stringify(wanted)}.filter((name) => name in globalThis))`;
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      return new Promise((resolve) => {
        worker.addEventListener('message', ({ data }) => {
          resolve(data);
        });
      });
    }, names);
    expect(inWorker).toEqual([]);
  }
});

test('S2: not even the isolated worlds of a page hold a way to the main process', async () => {
  const found = await lanyard().app.evaluate(async ({ webContents }, address) => {
    const contents = webContents.getAllWebContents().find((one) => one.getURL().startsWith(address));
    const code = `['require', 'process', 'lanyard', 'electron', 'ipcRenderer'].filter((name) => name in globalThis)`;
    if (!contents) throw new Error('the page is gone');
    return Promise.all([999, 1888].map((world) => contents.executeJavaScriptInIsolatedWorld(world, [{ code }])));
  }, `${own.url}/home`);
  expect(found).toEqual([[], []]);
});

/** Ways out of a page; each is told an address that is not on the list, with a patient's number in it. */
const waysOut: readonly {
  readonly how: string;
  readonly context: 'top' | 'frame' | 'redirect';
  readonly leave: (page: Page, address: string) => Promise<unknown>;
}[] = [
  { how: 'a link', context: 'top', leave: (page, to) => clickLink(page, to) },
  { how: 'location.href', context: 'top', leave: (page, to) => page.evaluate((a) => void (location.href = a), to) },
  {
    how: 'location.replace',
    context: 'top',
    leave: (page, to) =>
      page.evaluate((a) => {
        location.replace(a);
      }, to),
  },
  {
    how: 'window.open into itself',
    context: 'top',
    leave: (page, to) => page.evaluate((a) => void open(a, '_self'), to),
  },
  { how: 'a form that asks', context: 'top', leave: (page, to) => submit(page, to, 'get') },
  { how: 'a form that posts', context: 'top', leave: (page, to) => submit(page, to, 'post') },
  {
    how: 'a meta refresh',
    context: 'top',
    leave: (page, to) => {
      own.serve('/home/refresh', html(`<meta http-equiv="refresh" content="0;url=${to}">`));
      return visit(page, `${own.url}/home/refresh`);
    },
  },
  {
    how: 'a refresh header',
    context: 'top',
    leave: (page, to) => {
      own.serve('/home/refresh-header', { headers: { refresh: `0;url=${to}` }, body: html('refresh') });
      return visit(page, `${own.url}/home/refresh-header`);
    },
  },
  {
    how: 'a redirect of the server',
    context: 'redirect',
    leave: (page, to) => {
      own.serve('/home/redirect', { status: 302, headers: { location: to } });
      return clickLink(page, `${own.url}/home/redirect`);
    },
  },
  {
    how: 'a redirect that keeps the posted form',
    context: 'redirect',
    leave: (page, to) => {
      own.serve('/home/redirect-307', { status: 307, headers: { location: to } });
      return submit(page, `${own.url}/home/redirect-307`, 'post');
    },
  },
  {
    how: 'a frame that takes the whole page along',
    context: 'top',
    leave: async (page, to) => {
      const frame = await addFrame(page, `${own.url}/frame`);
      await frame.evaluate((a) => {
        if (window.top) window.top.location.href = a;
      }, to);
    },
  },
  {
    how: 'a frame from the beginning',
    context: 'frame',
    leave: (page, to) =>
      page.evaluate((a) => {
        const frame = document.createElement('iframe');
        frame.src = a;
        document.body.append(frame);
      }, to),
  },
  {
    how: 'a frame that goes there later',
    context: 'frame',
    leave: async (page, to) => {
      const frame = await addFrame(page, `${framed.url}/frame`);
      await frame.evaluate((a) => void (location.href = a), to);
    },
  },
  {
    how: 'a frame whose server redirects',
    context: 'redirect',
    leave: (page, to) => {
      framed.serve('/redirect', { status: 301, headers: { location: to } });
      return page.evaluate((a) => {
        const frame = document.createElement('iframe');
        frame.src = a;
        document.body.append(frame);
      }, `${framed.url}/redirect`);
    },
  },
];

function submit(page: Page, address: string, method: 'get' | 'post'): Promise<void> {
  return page.evaluate(
    ([action, how]) => {
      const form = document.createElement('form');
      Object.assign(form, { action, method: how });
      form.innerHTML = '<input name="number" value="9990000018">';
      document.body.append(form);
      form.submit();
    },
    [address, method] as const,
  );
}

for (const { how, context, leave } of waysOut) {
  test(`S4: a page cannot leave by ${how}, and the trail keeps the origin alone`, async () => {
    const page = await home();
    const before = lanyard().audit().length;
    elsewhere.asked.length = 0;
    await leave(page, `${elsewhere.url}/record/9990000018?name=TESTPATIENT`);
    const blocked = { type: 'navigation.blocked', systemId: 'home', origin: elsewhere.url, context };
    await expect.poll(() => lanyard().audit().slice(before)).toContainEqual(blocked);
    expect(elsewhere.asked).toEqual([]);
    expect(page.frames().filter((frame) => frame.url().startsWith(elsewhere.url))).toEqual([]);
    expect(JSON.stringify(lanyard().audit())).not.toMatch(/9990000018|TESTPATIENT/);
    await visit(page, `${own.url}/home`);
  });
}

const strangeAddresses: readonly {
  readonly what: string;
  readonly address: () => string;
  readonly origin: string | null;
}[] = [
  { what: 'a name and password before an allowed host', address: () => own.url.replace('//', '//u:p@'), origin: 'own' },
  {
    what: 'another name of the same machine',
    address: () => own.url.replace('127.0.0.1', 'localhost'),
    origin: 'localhost',
  },
  { what: 'another port', address: () => elsewhere.url, origin: 'elsewhere' },
  { what: 'a program of the machine', address: () => 'ms-word:ofe|u|https://files.example/a.docx', origin: 'null' },
  { what: 'a mail program', address: () => 'mailto:somebody@example.org?subject=9990000018', origin: 'null' },
  { what: "the shell's own pages", address: () => 'lanyard://shell/index.html', origin: 'null' },
  // Chromium itself refuses these before anybody is asked: there is nothing to record
  { what: 'a file', address: () => 'file:///etc/passwd', origin: null },
  { what: 'a page inside its address', address: () => 'data:text/html,<h1>9990000018</h1>', origin: null },
  { what: 'a source view', address: () => `view-source:${own.url}/home`, origin: null },
];

for (const { what, address, origin } of strangeAddresses) {
  test(`S4: a page cannot go to ${what}`, async () => {
    const page = await home();
    const before = lanyard().audit().length;
    await page.evaluate(() => void Reflect.set(globalThis, 'stillHere', true));
    await clickLink(page, address());
    if (origin !== null) {
      const wanted =
        { own: own.url, localhost: own.url.replace('127.0.0.1', 'localhost'), elsewhere: elsewhere.url }[origin] ??
        'null';
      await expect
        .poll(() => lanyard().audit().slice(before))
        .toContainEqual({ type: 'navigation.blocked', systemId: 'home', origin: wanted, context: 'top' });
    }
    // a round trip through the page and its server comes after whatever the click began
    await page.evaluate((to) => fetch(to).then((answer) => answer.text()), `${own.url}/frame`);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'stillHere') as unknown)).toBe(true);
    expect(page.url()).toBe(`${own.url}/home`);
  });
}

test('S5: a page that was never shown is guarded from its first moment', async ({ launch, surroundings }) => {
  const hasty = await startSite();
  hasty.serve('/', {
    status: 302,
    headers: { location: `${elsewhere.url}/first` },
  });
  elsewhere.asked.length = 0;
  const system = { id: 'hasty', title: 'hasty', kind: 'web', url: `${hasty.url}/`, roles: ['clinician'] };
  const other = await launch(configurationFor(surroundings, [system]));
  await other.signIn();
  await expect(other.shell.getByRole('region', { name: 'Covered' })).toContainText(elsewhere.url);
  expect(elsewhere.asked).toEqual([]);
  await hasty.close();
});

test('S9: a certificate that nobody vouches for shows a card, and the page is never asked for', async () => {
  const running = lanyard();
  await running.tab('self-signed').click();
  const cover = running.shell.getByRole('region', { name: 'Covered' });
  await expect(cover).toContainText('certificate that cannot be trusted');
  await expect(cover.getByRole('button')).toHaveText(['Try again']); // and no way around it
  expect(running.audit()).toContainEqual({
    type: 'certificate.refused',
    systemId: null,
    host: new URL(selfSigned.url).host,
    error: 'net::ERR_CERT_AUTHORITY_INVALID',
  });
  const page = await home();
  const answer = await page.evaluate(
    (to) => fetch(to, { mode: 'no-cors' }).then(() => 'answered', String),
    selfSigned.url,
  );
  expect(answer).toContain('Failed to fetch');
  expect(selfSigned.asked).toEqual([]);
  await running.tab('home').click();
});

test('S10: no challenge for a name and a password is answered by itself', async () => {
  const page = await home();
  own.serve('/home/challenge', {
    status: 401,
    headers: { 'www-authenticate': ['Negotiate', 'NTLM', 'Basic realm="record"'] },
    body: html('<p>no</p>'),
  });
  expect(await page.evaluate(() => fetch('/home/challenge').then(({ status }) => status))).toBe(401);
  await visit(page, `${own.url}/home/challenge`);
  await expect(lanyard().tab('home')).toHaveAccessibleDescription('No access');
  const asked = own.asked.filter(({ address }) => address === '/home/challenge');
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(asked.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
  await visit(page, `${own.url}/home`);
});

test('S11: two systems on one host share no cookie, storage, cache, database or channel', async () => {
  const first = await home();
  const second = await lanyard().page(`${own.url}/second`);
  own.serve('/cached', { headers: { 'cache-control': 'max-age=3600' }, body: 'cached' });
  own.serve('/cookie', { headers: { 'set-cookie': 'server=9990000018; HttpOnly' }, body: '' });
  await first.evaluate(async () => {
    document.cookie = 'page=9990000018';
    localStorage.setItem('patient', '9990000018');
    sessionStorage.setItem('patient', '9990000018');
    await (await caches.open('patients')).put('/patient', new Response('9990000018'));
    await new Promise((resolve, reject) => {
      const request = indexedDB.open('patients');
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    await fetch('/cookie');
    for (let time = 0; time < 2; time += 1) await (await fetch('/cached')).text();
  });
  expect(own.count('/cached')).toBe(1); // the first system has a cache …
  const seen = await second.evaluate(async () => {
    await (await fetch('/cached')).text();
    return {
      cookie: document.cookie,
      local: localStorage.length,
      session: sessionStorage.length,
      caches: await caches.keys(),
      databases: await indexedDB.databases(),
    };
  });
  expect(seen).toEqual({ cookie: '', local: 0, session: 0, caches: [], databases: [] });
  expect(own.count('/cached')).toBe(2); // … and the second does not use it
  expect(own.asked.at(-1)?.headers.cookie).toBeUndefined();

  await second.evaluate(() => {
    const channel = new BroadcastChannel('patients');
    channel.onmessage = () => Reflect.set(globalThis, 'heard', true);
  });
  await first.evaluate(
    () =>
      new Promise((resolve) => {
        new BroadcastChannel('patients').onmessage = resolve; // proof that it was sent
        new BroadcastChannel('patients').postMessage('9990000018');
      }),
  );
  await second.evaluate(() => fetch('/frame'));
  expect(await second.evaluate(() => Reflect.has(globalThis, 'heard'))).toBe(false);
});

test('S13: the shell has a strict content security policy', async () => {
  const answer = await lanyard().app.evaluate(async ({ session }) => {
    const { status, headers } = await session.defaultSession.fetch('lanyard://shell/index.html');
    return { status, csp: headers.get('content-security-policy'), sniffing: headers.get('x-content-type-options') };
  });
  expect(answer.status).toBe(200);
  expect(answer.sniffing).toBe('nosniff');
  expect(answer.csp?.split('; ')).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
  );
  expect(answer.csp).not.toMatch(/unsafe|\*|https?:/);
});

test('S13: a script inside the shell’s page does not run', async () => {
  const { shell } = lanyard();
  const result = await shell.evaluate(async () => {
    const violated = new Promise<string>((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => {
        resolve(event.effectiveDirective);
      });
    });
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
    return { directive: await violated, ran: Reflect.has(globalThis, 'ran') };
  });
  expect(result).toEqual({ directive: 'script-src-elem', ran: false });
  // From a timer: what Playwright itself evaluates is above the policy.
  const evaluated = await shell.evaluate(`new Promise((resolve) => {
    setTimeout(() => {
      try {
        resolve(new Function('return "evaluated"')());
      } catch ({ name }) {
        resolve(name);
      }
    });
  })`);
  expect(evaluated).toBe('EvalError');
});

test('S13: no address of the shell reaches a file outside its folder', async () => {
  const paths = [
    '..%2fmain/index.js',
    '..%2f..%2fpackage.json',
    '%2e%2e/%2e%2e/package.json',
    '..%5c..%5cpackage.json',
    'assets/..%2f..%2fmain/index.js',
    '%2fetc%2fpasswd',
    'nothing.js',
    'index.html%00.js',
    '%zz',
  ];
  const statuses = await lanyard().app.evaluate(
    ({ session }, wanted) =>
      Promise.all(wanted.map(async (one) => (await session.defaultSession.fetch(`lanyard://shell/${one}`)).status)),
    paths,
  );
  expect(statuses).toEqual(paths.map(() => 404));
  expect(
    await lanyard().app.evaluate(
      async ({ session }) => (await session.defaultSession.fetch('lanyard://other/index.html')).status,
    ),
  ).toBe(404);
});

test('S14: no page can read the shell’s pages, in any way a page can load something', async () => {
  const page = await home();
  const scripts = await lanyard().shell.evaluate(() => [...document.scripts].map(({ src }) => src).filter(Boolean));
  const [script = ''] = scripts;
  expect(script).toMatch(/^lanyard:\/\/shell\/.+\.js$/);
  const results = await page.evaluate(async (address) => {
    const element = (name: string, attribute: string): Promise<string> =>
      new Promise((resolve) => {
        const made = document.createElement(name);
        made.addEventListener('load', () => {
          resolve('read');
        });
        made.addEventListener('error', () => {
          resolve('refused');
        });
        if (name === 'link') made.setAttribute('rel', 'stylesheet');
        made.setAttribute(attribute, address);
        document.head.append(made);
      });
    const refusal = (asked: Promise<unknown>): Promise<string> =>
      asked.then(
        () => 'read',
        () => 'refused',
      );
    const xhr = new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.onload = resolve;
      request.onerror = reject;
      request.open('GET', address);
      request.send();
    });
    const worker = new Promise((resolve, reject) => {
      const made = new Worker(address);
      made.onmessage = resolve;
      made.onerror = reject;
    });
    return {
      fetch: await refusal(fetch(address)),
      blindFetch: await refusal(fetch(address, { mode: 'no-cors' })),
      xhr: await refusal(xhr),
      script: await element('script', 'src'),
      image: await element('img', 'src'),
      style: await element('link', 'href'),
      module: await refusal(import(address)),
      worker: await refusal(worker),
    };
  }, script);
  expect(new Set(Object.values(results)), JSON.stringify(results)).toEqual(new Set(['refused']));

  const before = lanyard().audit().length;
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.src = 'lanyard://shell/index.html';
    document.body.append(frame);
  });
  await expect
    .poll(() => lanyard().audit().slice(before))
    .toContainEqual({ type: 'navigation.blocked', systemId: 'home', origin: 'null', context: 'frame' });
});

/** Whose key it would be, by what Electron says: Playwright makes every document believe that it has the keyboard. */
const keyboardAt = (): Promise<string[]> =>
  lanyard().app.evaluate(({ webContents }) =>
    webContents
      .getAllWebContents()
      .filter((one) => one.isFocused())
      .map((one) => one.getURL()),
  );
const SHELL = 'lanyard://shell/index.html';

/** As a person would: what Playwright presses goes past the window. */
const pressF6InHome = (): Promise<void> =>
  lanyard().app.evaluate(({ webContents }, address) => {
    const page = webContents.getAllWebContents().find((one) => one.getURL() === address);
    for (const type of ['keyDown', 'keyUp'] as const) page?.sendInputEvent({ type, keyCode: 'F6' });
  }, `${own.url}/home`);

/** @returns the page of the tab "home", with the keyboard in it */
async function inHome(): Promise<Page> {
  const page = await home();
  await lanyard().tab('home').click();
  await lanyard().shell.keyboard.press('F6');
  await expect.poll(keyboardAt).toEqual([`${own.url}/home`]);
  return page;
}

test('S24: F6 leaves a page only when a person pressed it', async () => {
  const page = await inHome();
  await page.evaluate(() => {
    for (const type of ['keydown', 'keyup'])
      document.body.dispatchEvent(new KeyboardEvent(type, { key: 'F6', bubbles: true }));
  });
  expect(await keyboardAt()).toEqual([`${own.url}/home`]);
  await pressF6InHome();
  await expect.poll(keyboardAt).toEqual([SHELL]);
});

/** Wherever it leads: each arrival is done when this resolves. */
async function arriveBehind(): Promise<void> {
  for (const address of [`${own.url}/second`, `${framed.url}/frame`, `${selfSigned.url}/`, `${own.url}/second`])
    await lanyard().app.evaluate(
      async ({ webContents }, [kept, to]) => {
        for (const one of webContents.getAllWebContents())
          if (!one.getURL().startsWith('lanyard:') && one.getURL() !== kept)
            await one.loadURL(to).catch(() => undefined);
      },
      [`${own.url}/home`, address] as const,
    );
}

test('what arrives behind another tab, an error too, leaves the keyboard to the page that has it', async () => {
  await inHome();
  await arriveBehind();
  await expect.poll(keyboardAt).toEqual([`${own.url}/home`]);
  await pressF6InHome();
  await expect.poll(keyboardAt).toEqual([SHELL]);
  await arriveBehind();
  await expect.poll(keyboardAt).toEqual([SHELL]);
});

test('S24: while a page never comes back, the shell answers within a second', async () => {
  const { shell } = lanyard();
  const page = await home();
  await page.evaluate(
    () =>
      void setTimeout(() => {
        for (;;);
      }),
  );
  const started = Date.now();
  await lanyard().tab('second').click();
  await expect(lanyard().tab('second')).toHaveAttribute('aria-selected', 'true');
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill('9990000018');
  await search.press('Enter');
  await shell.getByRole('option').waitFor();
  await search.press('Escape');
  const facts = await shell.evaluate(() => window.lanyard.call('app.get', undefined));
  expect(facts.ok).toBe(true);
  expect(Date.now() - started).toBeLessThan(1000);
  await lanyard().tab('home').click();
  await expect(shell.getByRole('region', { name: 'Covered' })).toContainText('does not answer', { timeout: 30_000 });
});
