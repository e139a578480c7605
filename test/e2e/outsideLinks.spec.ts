/**
 * SECURITY(S6, S7): no page opens a window; nothing is handed to the operating system unless a person said so, and then
 * only Lanyard's own re-serialisation of an address on the list.
 */
import type { Page } from '@playwright/test';
import { addFrame, clickLink } from './hostilePages.js';
import { configurationFor, expect, sharedLanyard, test } from './lanyard.js';
import { page as html, type Site, startSite } from './site.js';
import { visiblePages, watchViews } from './visibleViews.js';

const GUIDANCE = 'https://guidance.example';

let own: Site;

const lanyard = sharedLanyard(async (launch, surroundings) => {
  own = await startSite();
  own.serve('/home', html('<h1>Home</h1>'));
  own.serve('/frame', html('<p>frame</p>'));
  const running = await launch(
    configurationFor(surroundings, [
      {
        id: 'home',
        title: 'Home',
        kind: 'web',
        url: `${own.url}/home`,
        roles: ['clinician'],
        external: [GUIDANCE],
      },
    ]),
  );
  // What the operating system would have been asked to open, instead of asking it.
  await running.app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Reflect.set(globalThis, 'opened', opened);
    Reflect.set(shell, 'openExternal', async (address: string) => void opened.push(address));
    Reflect.set(shell, 'openPath', async (path: string) => void opened.push(path));
  });
  await watchViews(running.app);
  await running.signIn();
  await running.page(`${own.url}/home`);
  return running;
});

test.afterAll(() => own.close());

const home = (): Promise<Page> => lanyard().page(`${own.url}/home`);
const question = () => lanyard().shell.getByRole('alertdialog');
const opened = (): Promise<string[]> => lanyard().app.evaluate(() => Reflect.get(globalThis, 'opened') as string[]);
const windowsAndPages = () =>
  lanyard().app.evaluate(({ BaseWindow, webContents }) => [
    BaseWindow.getAllWindows().length,
    webContents.getAllWebContents().length,
  ]);
const openFrom = (page: { evaluate: Page['evaluate'] }, address: string): Promise<boolean> =>
  page.evaluate((to) => window.open(to === 'blob:' ? URL.createObjectURL(new Blob(['x'])) : to) !== null, address);

const popups: readonly { readonly address: string; readonly origin: (() => string) | null }[] = [
  { address: 'https://elsewhere.example/9990000018', origin: () => 'https://elsewhere.example' },
  { address: 'http://guidance.example/', origin: () => 'http://guidance.example' },
  { address: 'https://somebody:secret@guidance.example/', origin: () => GUIDANCE },
  { address: 'https://guidance.example:444/', origin: () => `${GUIDANCE}:444` },
  { address: 'https://guidance.example.evil.example/', origin: () => `${GUIDANCE}.evil.example` },
  { address: 'javascript:document.write(1)', origin: () => 'null' },
  { address: 'about:blank', origin: () => 'null' },
  { address: '', origin: () => 'null' },
  { address: 'data:text/html,<h1>x</h1>', origin: () => 'null' },
  { address: 'blob:', origin: () => own.url },
  { address: 'ms-word:ofe|u|https://files.example/a.docx', origin: () => 'null' },
  { address: 'search-ms:query=x&crumb=location:\\\\host\\share', origin: () => 'null' },
  { address: 'lanyard://shell/index.html', origin: () => 'null' },
  // Chromium itself refuses these before anybody is asked
  { address: 'file:///etc/passwd', origin: null },
  { address: '\\\\host\\share', origin: null },
];

for (const { address, origin } of popups) {
  test(`window.open('${address}') opens nothing and asks nothing`, async () => {
    const page = await home();
    const before = { windows: await windowsAndPages(), events: lanyard().audit().length };
    expect(await openFrom(page, address)).toBe(false);
    if (origin !== null) {
      expect(lanyard().audit().slice(before.events)).toContainEqual({
        type: 'navigation.blocked',
        systemId: 'home',
        origin: origin(),
        context: 'popup',
      });
    }
    await expect(question()).toHaveCount(0);
    expect(await windowsAndPages()).toEqual(before.windows);
    expect(await opened()).toEqual([]);
  });
}

test('a link into a new window opens none', async () => {
  const page = await home();
  const before = lanyard().audit().length;
  await clickLink(page, 'https://elsewhere.example/record/9990000018', { target: '_blank' });
  await expect
    .poll(() => lanyard().audit().slice(before))
    .toContainEqual({
      type: 'navigation.blocked',
      systemId: 'home',
      origin: 'https://elsewhere.example',
      context: 'popup',
    });
  expect(JSON.stringify(lanyard().audit())).not.toContain('9990000018');
  expect(await windowsAndPages()).toEqual([1, 2]);
});

test('a hundred windows at once are a hundred refusals, and the shell goes on', async () => {
  const page = await home();
  const before = lanyard().audit().length;
  const handles = await page.evaluate(() =>
    Array.from({ length: 100 }, (_, index) => window.open(`https://elsewhere.example/${index}`)).filter(Boolean),
  );
  expect(handles).toEqual([]);
  const refusals = lanyard()
    .audit()
    .slice(before)
    .filter(({ type }) => type === 'navigation.blocked');
  expect(refusals).toHaveLength(100);
  expect(await windowsAndPages()).toEqual([1, 2]);
  const search = lanyard().shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill('still here');
  await expect(search).toHaveValue('still here');
  await search.fill('');
});

test('a frame opens no window, and a sandboxed one is asked about like any other', async () => {
  const page = await home();
  const plain = await addFrame(page, `${own.url}/frame`);
  const sandboxed = await addFrame(page, `${own.url}/frame`, { sandbox: 'allow-scripts allow-popups' });
  const mute = await addFrame(page, `${own.url}/frame`, { sandbox: 'allow-scripts' });
  for (const frame of [plain, sandboxed, mute]) expect(await openFrom(frame, 'https://elsewhere.example/')).toBe(false);
  expect(await openFrom(mute, `${GUIDANCE}/`)).toBe(false);
  await expect(question()).toHaveCount(0);
  expect(await openFrom(sandboxed, `${GUIDANCE}/from-a-frame`)).toBe(false);
  await expect(question()).toContainText('guidance.example/from-a-frame');
  expect(await opened()).toEqual([]);
  await question().getByRole('button', { name: 'Stay here' }).click();
  await expect(question()).toHaveCount(0);
  expect(await opened()).toEqual([]);
});

test('"Stay here" opens nothing, and is recorded', async () => {
  const before = lanyard().audit().length;
  const page = await home();
  // After the "no" of the test before, this system may not ask again for a while.
  await expect(async () => {
    await openFrom(page, `${GUIDANCE}/ng28`);
    await expect(question()).toContainText('Open guidance.example in your browser?', { timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await question().getByRole('button', { name: 'Stay here' }).click();
  await expect(question()).toHaveCount(0);
  expect(await opened()).toEqual([]);
  const events = lanyard().audit().slice(before);
  expect(events).toContainEqual({ type: 'outside.asked', systemId: 'home', host: 'guidance.example' });
  expect(events).toContainEqual({ type: 'outside.declined', systemId: 'home', host: 'guidance.example' });
  expect(JSON.stringify(events)).not.toContain('ng28'); // the host alone: an address may name a patient
});

test('a page that asks again and again cannot keep anybody in the question', async () => {
  const page = await home();
  await page.evaluate((to) => {
    const asking = setInterval(() => {
      window.open(to);
      Reflect.set(globalThis, 'asked', Number(Reflect.get(globalThis, 'asked') ?? 0) + 1);
    }, 20);
    Reflect.set(globalThis, 'asking', asking);
  }, `${GUIDANCE}/again`);
  await expect(question()).toBeVisible({ timeout: 10_000 });
  await lanyard().shell.keyboard.press('Escape');
  await expect(question()).toHaveCount(0);
  const questions = () =>
    lanyard()
      .audit()
      .filter(({ type }) => type === 'outside.asked').length;
  const before = questions();
  await page.evaluate(() => void Reflect.set(globalThis, 'asked', 0));
  await expect.poll(() => page.evaluate(() => Number(Reflect.get(globalThis, 'asked')))).toBeGreaterThan(20);
  expect(questions()).toBe(before); // it goes on asking, and nobody is disturbed …
  await lanyard().tab('Home').click(); // … for long enough to do something else
  await expect(question()).toHaveCount(0);
  await page.evaluate(() => {
    clearInterval(Reflect.get(globalThis, 'asking') as number);
  });
});

test('a hundred wishes at once are one question, and no page shows beneath it', async () => {
  const page = await home();
  const before = lanyard().audit().length;
  await expect
    .poll(
      async () => {
        await page.evaluate((to) => {
          for (let time = 0; time < 100; time += 1) window.open(`${to}/${time}`);
        }, GUIDANCE);
        return question().count();
      },
      { timeout: 10_000 },
    )
    .toBe(1);
  const asked = lanyard()
    .audit()
    .slice(before)
    .filter(({ type }) => type === 'outside.asked');
  expect(asked).toHaveLength(1);
  expect(await visiblePages(lanyard().app)).toEqual([]);
  expect(await opened()).toEqual([]);
  await question().getByRole('button', { name: 'Stay here' }).click();
  await expect(question()).toHaveCount(0);
});

test('"Open in browser" opens once, the address re-serialised', async () => {
  const page = await home();
  const before = lanyard().audit().length;
  await expect
    .poll(
      async () => {
        await openFrom(page, 'HTTPS://Guidance.Example:443/a/../ng 28?q="x" y#part');
        return question().count();
      },
      { timeout: 10_000 },
    )
    .toBe(1);
  await question().getByRole('button', { name: 'Open in browser' }).click();
  await expect.poll(opened).toEqual([`${GUIDANCE}/ng%2028?q=%22x%22%20y#part`]);
  expect(lanyard().audit().slice(before)).toContainEqual({
    type: 'outside.opened',
    systemId: 'home',
    host: 'guidance.example',
  });
});

test('no page can answer the question by itself, whatever it knows', async () => {
  const page = await home();
  expect(await page.evaluate(() => 'lanyard' in globalThis)).toBe(false);
  const answered = await lanyard().shell.evaluate(() =>
    window.lanyard.call('workspace.answerOutsideLink', { id: 'a guess', open: true }),
  );
  expect(answered.ok).toBe(true); // nothing was asked, so nothing happens
  expect(await opened()).toHaveLength(1);
});
