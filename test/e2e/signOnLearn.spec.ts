/**
 * A sign-in is watched once on each hard page, typed as a person types, and done again from what was learnt alone; pages
 * that play a person, or want to talk to whoever watches, teach nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, expect, type FrameLocator, type Page, test } from '@playwright/test';
import type { Watched } from './formHarness.electron.js';
import { type FormHarness, startFormHarness } from './formHarness.js';
import { goodSignIn, type SignInPages, startSignInPages } from './signInPages.js';

let pages: SignInPages;
let harness: FormHarness;
let browser: Browser;
test.beforeAll(async () => {
  pages = await startSignInPages();
  harness = await startFormHarness(['--remote-debugging-port=0']);
  const [port = ''] = readFileSync(path.join(harness.userData, 'DevToolsActivePort'), 'utf8').split('\n');
  browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
});
test.afterAll(async () => {
  await browser.close();
  await harness.end();
  await pages.close();
});

/** Shows the page, watched. */
async function show(name: string, origins: readonly string[] = [pages.url]): Promise<Page> {
  const url = `${pages.url}/${name}/login`;
  pages.sent.length = 0;
  await harness.beginWatch({ url, origins });
  let page: Page | undefined;
  await expect
    .poll(
      () =>
        (page = browser
          .contexts()
          .flatMap((context) => context.pages())
          .find((one) => one.url() === url)),
    )
    .toBeDefined();
  if (!page) throw new Error(`no page at ${url}`);
  return page;
}

/** Key after key into whatever has the keyboard, the letters that no British keyboard has as well. */
async function type(page: Page, text: string): Promise<void> {
  const keyboard = await page.context().newCDPSession(page);
  for (const key of text) {
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key });
    await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }
  await keyboard.detach();
}

type Person = (page: Page) => Promise<void>;

async function fill(page: Page, place: Page | FrameLocator, userName = true): Promise<void> {
  if (userName) {
    await place.getByLabel('User name').click();
    await type(page, goodSignIn.userName);
  }
  await place.getByLabel('Password').click();
  await type(page, goodSignIn.password);
}

const withButton: Person = async (page) => {
  await fill(page, page);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

const withEnter: Person = async (page) => {
  await fill(page, page);
  await page.keyboard.press('Enter');
};

const inTwoSteps: Person = async (page) => {
  await page.getByLabel('User name').click();
  await type(page, goodSignIn.userName);
  await page.getByRole('button', { name: 'Next' }).click();
  await fill(page, page, false);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

/** How a person signs in on each page. */
const hard: Record<string, Person> = {
  plain: withEnter,
  decoys: withButton,
  react: withButton,
  open: withButton,
  steps: inTwoSteps,
  navigations: inTwoSteps,
  frame: async (page) => {
    const inner = page.frameLocator('iframe');
    await fill(page, inner);
    await inner.getByRole('button', { name: 'Sign in' }).click();
  },
  delayed: withButton,
  nextframe: withEnter,
  hydrated: async (page) => {
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
    await withButton(page);
  },
  csp: withButton,
  trusted: withButton,
  div: async (page) => {
    await fill(page, page);
    await page.locator('.go').click();
  },
  autocomplete: withButton,
};

async function expectDoneAgain(name: string, { learnt, kept, audit, isAttached }: Watched): Promise<void> {
  expect(isAttached).toBe(false);
  expect(learnt).toEqual({ ...goodSignIn, origin: pages.url });
  expect(audit).toEqual([expect.objectContaining({ type: 'signOn.learnt', systemId: 'lab', origin: pages.url })]);
  for (const word of ['Canary', goodSignIn.userName]) expect(JSON.stringify([kept, audit])).not.toContain(word);
  pages.sent.length = 0;
  const ran = await harness.run({ url: `${pages.url}/${name}/login`, recipe: null, kept, ...goodSignIn });
  expect(ran.outcome).toEqual({ outcome: 'signed-on' });
  expect(pages.sent.map(({ userName, password }) => ({ userName, password }))).toEqual([goodSignIn]);
}

for (const [name, person] of Object.entries(hard))
  test(`what was seen once on the page "${name}" signs in again, with one submission`, async () => {
    const page = await show(name);
    await person(page);
    const watched = await harness.endOfWatch();
    expect(watched.reported).toEqual([]);
    expect(pages.sent).toHaveLength(1);
    await expectDoneAgain(name, watched);
  });

for (const key of ['Enter', 'Space'])
  test(`a button that is pressed with ${key} teaches as much as a click`, async () => {
    const page = await show('plain');
    await fill(page, page);
    await page.keyboard.press('Tab');
    await page.keyboard.press(key);
    await expectDoneAgain('plain', await harness.endOfWatch());
  });

/** Goes on looking for longer than any sign-in takes to be known as one, then stops. */
async function expectNothing(): Promise<void> {
  const before = await harness.waitsOfWatch();
  // two waits each time it looks: 15 looks are three times as many as it needs when there is something to learn
  await expect
    .poll(() => harness.waitsOfWatch(), { message: 'watching goes on', timeout: 15_000 })
    .toBeGreaterThan(before + 30);
  await stopped();
}

async function stopped(): Promise<void> {
  await harness.stopWatch();
  expect(await harness.endOfWatch()).toEqual({ learnt: null, kept: null, audit: [], reported: [], isAttached: false });
}

const hidden: Record<string, Person> = {
  // whoever tests cannot find anything in there either
  closed: async (page) => {
    await page.keyboard.press('Tab');
    await type(page, goodSignIn.userName);
    await page.keyboard.press('Tab');
    await type(page, goodSignIn.password);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
  },
  keys: withButton,
};
for (const [name, person] of Object.entries(hidden))
  test(`the page "${name}" hides what is typed: a person can sign in, and nothing wrong is learnt`, async () => {
    const page = await show(name);
    await person(page);
    await page.waitForURL('**/home');
    expect(pages.sent).toMatchObject([goodSignIn]);
    await expectNothing();
  });

test('a sign-in in a frame without encryption is not learnt', async () => {
  const page = await show('crossframe', [pages.url, pages.url.replace('127.0.0.1', 'localhost')]);
  const inner = page.frameLocator('iframe');
  await fill(page, inner);
  await inner.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => pages.sent.length).toBe(1);
  await expectNothing();
});

test('a page that plays a person teaches nothing', async () => {
  const page = await show('plays');
  await page.evaluate(({ userName, password }) => {
    (globalThis as unknown as { play: (userName: string, password: string) => void }).play(userName, password);
  }, goodSignIn);
  await page.waitForURL('**/home');
  expect(pages.sent).toMatchObject([goodSignIn]);
  await expectNothing();
});

test('a sign-in to an origin that is not listed is not learnt', async () => {
  const page = await show('plain', ['https://elsewhere.test']);
  await withEnter(page);
  await page.waitForURL('**/home');
  await expectNothing();
});

test('the page can neither see nor call what watches it', async () => {
  const page = await show('plain');
  await page.getByLabel('User name').click();
  await type(page, goodSignIn.userName);
  const said = await page.evaluate(() => {
    const userName = { selector: '[name=user]', value: 'planted.test' };
    const password = { selector: '[name=pass]', value: 'planted' };
    const report = JSON.stringify({ kind: 'sent', userName, password, showsPassword: true, submit: 'enter' });
    const world = globalThis as unknown as Record<string, ((text: string) => void) | undefined>;
    const isThere = Reflect.ownKeys(globalThis).some((name) => String(name).startsWith('lanyard'));
    world['lanyardSaw']?.(report);
    location.href = '/plain/home';
    return [isThere, typeof world['lanyardSaw']];
  });
  expect(said).toEqual([false, 'undefined']);
  await page.waitForURL('**/home');
  await expectNothing();
});

test('watching ends at once when it is stopped, with the page let go', async () => {
  const page = await show('plain');
  await fill(page, page);
  await stopped();
  expect(pages.sent).toEqual([]);
});
