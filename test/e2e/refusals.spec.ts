/** SECURITY(S8, S15): every permission, device, download and dialog a page may ask for, and what it gets. */
import { existsSync, watch } from 'node:fs';
import type { Frame, Page } from '@playwright/test';
import { addFrame, clickLink } from './hostilePages.js';
import { findWords } from './leftovers.js';
import { configurationFor, expect, sharedLanyard, test } from './lanyard.js';
import { page as html, type Site, startSite } from './site.js';

let own: Site;
/** Another origin that may stand in frames of `own`. */
let framed: Site;

const lanyard = sharedLanyard(async (launch, surroundings) => {
  [own, framed] = await Promise.all([startSite(), startSite()]);
  for (const path of ['/plain', '/permitted']) own.serve(path, html('<button id="button">button</button>'));
  framed.serve('/frame', html('<p>frame</p>'));
  const system = (id: string, permissions: string[]) => ({
    id,
    title: id,
    kind: 'web',
    url: `${own.url}/${id}`,
    roles: ['clinician'],
    origins: [own.url, framed.url],
    permissions,
  });
  const running = await launch(
    configurationFor(surroundings, [
      system('plain', []),
      system('permitted', ['clipboard-sanitized-write', 'fullscreen']),
    ]),
    // a camera, a microphone: so that a refusal is a refusal, and not a missing device
    { args: ['--use-fake-device-for-media-stream'] },
  );
  await running.signIn();
  await running.page(`${own.url}/plain`);
  await running.page(`${own.url}/permitted`);
  return running;
});

test.afterAll(async () => {
  await Promise.all([own.close(), framed.close()]);
});

const plain = (): Promise<Page> => lanyard().page(`${own.url}/plain`);
const permitted = (): Promise<Page> => lanyard().page(`${own.url}/permitted`);

/** Everything a frame may be given by the page around it. */
const DELEGATED = {
  allow:
    'camera *; microphone *; geolocation *; midi *; display-capture *; fullscreen *; clipboard-read *; clipboard-write *; idle-detection *; window-management *; screen-wake-lock *; local-fonts *; storage-access *; usb *; serial *; hid *; bluetooth *',
};

/** Names that navigator.permissions.query knows in this Chromium. */
const QUERIED = [
  'geolocation',
  'notifications',
  'midi',
  'camera',
  'microphone',
  'background-sync',
  'background-fetch',
  'persistent-storage',
  'accelerometer',
  'gyroscope',
  'magnetometer',
  'clipboard-read',
  'clipboard-write',
  'payment-handler',
  'idle-detection',
  'periodic-background-sync',
  'screen-wake-lock',
  'display-capture',
  'window-management',
  'local-fonts',
  'keyboard-lock',
  'pointer-lock',
];

const granted = (frame: Page | Frame): Promise<string[]> =>
  frame.evaluate(async (names) => {
    const states = await Promise.all(
      names.map(
        async (name) => [name, (await navigator.permissions.query({ name: name as PermissionName })).state] as const,
      ),
    );
    return states.filter(([, state]) => state !== 'denied').map(([name]) => name);
  }, QUERIED);

test('S8: no permission is granted to a page, a frame of another origin or a sandboxed frame', async () => {
  const page = await plain();
  const foreign = await addFrame(page, `${framed.url}/frame`, DELEGATED);
  const sandboxed = await addFrame(page, `${own.url}/plain`, { ...DELEGATED, sandbox: 'allow-scripts' });
  expect(await granted(page)).toEqual([]);
  expect(await granted(foreign)).toEqual([]);
  expect(await granted(sandboxed)).toEqual([]);
});

test('S8: a permission that the configuration names is granted, and no other', async () => {
  const page = await permitted();
  const sandboxed = await addFrame(page, `${own.url}/permitted`, { ...DELEGATED, sandbox: 'allow-scripts' });
  expect(await granted(page)).toEqual(['clipboard-write']);
  expect(await granted(sandboxed)).toEqual([]);
});

/** What asking really gets; `refusal` is the name of the error, or the answer that means no. */
const requests: readonly {
  readonly what: string;
  readonly ask: string;
  readonly refusal: string;
  readonly recorded: string | null;
}[] = [
  { what: 'notifications', ask: 'Notification.requestPermission()', refusal: 'denied', recorded: 'notifications' },
  {
    what: 'geolocation',
    ask: 'new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, ({ code }) => no({ name: "code " + code })))',
    refusal: 'code 1',
    recorded: 'geolocation',
  },
  {
    what: 'the camera',
    ask: 'navigator.mediaDevices.getUserMedia({ video: true })',
    refusal: 'NotAllowedError',
    recorded: 'media',
  },
  {
    what: 'the microphone',
    ask: 'navigator.mediaDevices.getUserMedia({ audio: true })',
    refusal: 'NotAllowedError',
    recorded: 'media',
  },
  { what: 'the screen', ask: 'navigator.mediaDevices.getDisplayMedia()', refusal: 'NotAllowedError', recorded: null },
  {
    what: 'MIDI',
    ask: 'navigator.requestMIDIAccess({ sysex: true })',
    refusal: 'NotAllowedError',
    recorded: 'midiSysex',
  },
  {
    what: 'reading the clipboard',
    ask: 'navigator.clipboard.readText()',
    refusal: 'NotAllowedError',
    recorded: 'clipboard-read',
  },
  {
    what: 'writing the clipboard',
    ask: 'navigator.clipboard.writeText("x")',
    refusal: 'NotAllowedError',
    recorded: 'clipboard-sanitized-write',
  },
  {
    what: 'knowing who is idle',
    ask: 'IdleDetector.requestPermission()',
    refusal: 'denied',
    recorded: 'idle-detection',
  },
  { what: 'the screens', ask: 'getScreenDetails()', refusal: 'NotAllowedError', recorded: 'window-management' },
  {
    what: 'a screen that never sleeps',
    ask: 'navigator.wakeLock.request("screen")',
    refusal: 'NotAllowedError',
    recorded: 'screen-wake-lock',
  },
  {
    what: 'the pointer',
    ask: 'document.body.requestPointerLock()',
    refusal: 'WrongDocumentError', // Chromium's own: it asks nobody
    recorded: null,
  },
  { what: 'the fonts', ask: 'queryLocalFonts().then(({ length }) => length)', refusal: '0', recorded: null },
  { what: 'storage for ever', ask: 'navigator.storage.persist()', refusal: 'false', recorded: 'persistent-storage' },
  {
    what: 'a USB device',
    ask: 'navigator.usb.requestDevice({ filters: [] })',
    refusal: 'NotFoundError',
    recorded: null,
  },
  {
    what: 'an input device',
    ask: 'navigator.hid.requestDevice({ filters: [] }).then(({ length }) => length)',
    refusal: '0',
    recorded: null,
  },
  { what: 'a serial port', ask: 'navigator.serial.requestPort()', refusal: 'NotFoundError', recorded: null },
];

for (const { what, ask, refusal, recorded } of requests) {
  test(`S8: a page that asks for ${what} is refused`, async () => {
    const page = await plain();
    const before = lanyard().audit().length;
    // a click, because some are refused without a gesture before anybody is asked
    await page.evaluate(`document.querySelector('button').onclick = () => {
      globalThis.answer = Promise.resolve().then(() => ${ask}).then(String, ({ name }) => name);
    }`);
    await lanyard().tab('plain').click();
    await page.getByRole('button').click();
    expect(await page.evaluate(() => Reflect.get(globalThis, 'answer') as Promise<string>)).toBe(refusal);
    if (recorded !== null)
      expect(lanyard().audit().slice(before)).toContainEqual({
        type: 'permission.refused',
        systemId: 'plain',
        permission: recorded,
        origin: own.url,
      });
  });
}

test('S8: a page that asks for the whole screen does not get it', async () => {
  const page = await plain();
  await page.evaluate(() => {
    const button = document.querySelector('button');
    if (button) button.onclick = () => void document.body.requestFullscreen(); // refused, its promise stays open
  });
  const before = lanyard().audit().length;
  await page.getByRole('button').click();
  await expect
    .poll(() => lanyard().audit().slice(before))
    .toContainEqual({ type: 'permission.refused', systemId: 'plain', permission: 'fullscreen', origin: own.url });
  expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();
  expect(await lanyard().app.evaluate(({ BaseWindow }) => BaseWindow.getAllWindows()[0]?.isFullScreen())).toBe(false);
});

test('S8: a frame of another origin is refused under its own name, not its page’s', async () => {
  const page = await plain();
  const foreign = await addFrame(page, `${framed.url}/frame`, DELEGATED);
  const before = lanyard().audit().length;
  expect(
    await foreign.evaluate(() =>
      navigator.mediaDevices
        .getUserMedia({ video: true })
        .then(String, (error: unknown) => (error instanceof Error ? error.name : 'unknown')),
    ),
  ).toBe('NotAllowedError');
  expect(lanyard().audit().slice(before)).toContainEqual({
    type: 'permission.refused',
    systemId: 'plain',
    permission: 'media',
    origin: framed.url,
  });
});

test('S8: what is granted works', async () => {
  await lanyard().tab('permitted').click();
  const page = await permitted();
  await page.evaluate(() => {
    const button = document.querySelector('button');
    if (button)
      button.onclick = () => {
        Reflect.set(globalThis, 'answer', navigator.clipboard.writeText('a copied result').then(String, String));
      };
  });
  await page.getByRole('button').click();
  expect(await page.evaluate(() => Reflect.get(globalThis, 'answer') as Promise<string>)).toBe('undefined');
  expect(await lanyard().app.evaluate(({ clipboard }) => clipboard.readText())).toBe('a copied result');
});

const CANARY = 'download-canary-9990000018';

test('S15: a download leaves no file anywhere and is recorded', async () => {
  own.serve('/plain/letter', {
    headers: { 'content-disposition': 'attachment; filename="letter.txt"', 'content-type': 'text/plain' },
    body: CANARY,
  });
  own.serve('/plain/archive', { headers: { 'content-type': 'application/zip' }, body: CANARY });
  const page = await plain();
  const folders = await lanyard().app.evaluate(({ app }) =>
    (['home', 'desktop', 'documents'] as const).map((name) => app.getPath(name)),
  );
  const existing = [...new Set(folders)].filter((folder) => existsSync(folder));
  const touched: string[] = [];
  const watchers = existing.map((folder) => watch(folder, (_event, name) => touched.push(name ?? '')));
  const before = lanyard().audit().length;
  const refusals = () =>
    lanyard()
      .audit()
      .slice(before)
      .flatMap((event) => (event.type === 'download.refused' ? [event['origin']] : []));
  await clickLink(page, `${own.url}/plain/letter`);
  await expect.poll(refusals).toEqual([own.url]);
  await clickLink(page, `${own.url}/plain/archive`);
  await expect.poll(refusals).toEqual([own.url, own.url]);
  await page.evaluate((text) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text]));
    link.download = 'letter.txt';
    link.click();
  }, CANARY);
  await expect.poll(refusals).toHaveLength(3);
  await clickLink(page, `data:text/plain,${CANARY}`, { download: 'letter.txt' });
  await expect.poll(refusals).toHaveLength(4);
  expect(refusals().sort()).toEqual([own.url, own.url, own.url, 'null'].sort());
  for (const folder of [...existing, lanyard().userData])
    await expect.poll(() => findWords(folder, [CANARY])).toEqual([]);
  for (const watcher of watchers) watcher.close();
  // Not even for a moment: Chromium begins a download under a name of its own.
  expect(touched.filter((name) => /chromium|letter|archive/i.test(name))).toEqual([]);
  expect(page.url()).toBe(`${own.url}/plain`);
});

test('S15: a thousand dialogs hold up neither the page nor the shell', async () => {
  await lanyard().tab('plain').click();
  const page = await plain();
  await page.evaluate(() => {
    Reflect.set(
      globalThis,
      'done',
      new Promise((resolve) => {
        setTimeout(() => {
          let refused = 0;
          for (let time = 0; time < 1000; time += 1) {
            alert('!');
            if (!confirm('?')) refused += 1;
            try {
              prompt('?');
            } catch {
              refused += 1; // Electron has no prompt
            }
            print();
          }
          resolve(refused);
        });
      }),
    );
  });
  const search = lanyard().shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill('still here');
  await expect(search).toHaveValue('still here');
  await search.fill('');
  // The dialog of print() would hold its page until somebody closed it.
  expect(await page.evaluate(() => Reflect.get(globalThis, 'done') as Promise<number>)).toBeGreaterThanOrEqual(1000);
});
