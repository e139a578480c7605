/** The form method on real pages that are hard to fill, and on pages that must get nothing; nobody else is attached. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import type { SignOnRecipe } from '../../main/policy/configuration.js';
import type { Ran } from './formHarness.electron.js';
import { type FormHarness, startFormHarness } from './formHarness.js';
import { goodSignIn, type SignInPages, startSignInPages } from './signInPages.js';

let pages: SignInPages;
let harness: FormHarness;
test.beforeAll(async () => {
  pages = await startSignInPages();
  harness = await startFormHarness([]);
});
test.afterAll(async () => {
  await harness.end();
  await pages.close();
});

const field = (selector: string) => ({ selector });
const user = field('[name=user]');
const pass = field('[name=pass]');
const button = field('button');

function recipeOf(page: string, more: Partial<SignOnRecipe> = {}): SignOnRecipe {
  return {
    origin: pages.url,
    path: `/${page}/login`,
    steps: [{ userName: user, password: pass, submit: button }],
    ...more,
  };
}

/** How each page that can be signed in to differs from the plain one. */
const hard: Record<string, () => Partial<SignOnRecipe>> = {
  plain: () => ({}),
  decoys: () => ({
    steps: [{ userName: field('input:not([type])'), password: field('[type=password]'), submit: 'enter' }],
  }),
  react: () => ({}),
  open: () => ({}),
  closed: () => ({}),
  steps: () => ({
    steps: [
      { userName: user, submit: field('#next') },
      { password: pass, submit: field('#go') },
    ],
  }),
  navigations: () => ({
    steps: [
      { userName: user, submit: button },
      { password: pass, submit: 'enter', path: '/navigations/name' },
    ],
  }),
  frame: () => ({ frame: { origin: pages.url, path: '/frame/inner' } }),
  delayed: () => ({}),
  nextframe: () => ({}),
  hydrated: () => ({}),
  discarded: () => ({}),
  csp: () => ({}),
  trusted: () => ({}),
  keys: () => ({}),
  div: () => ({ steps: [{ userName: user, password: pass, submit: field('.go') }] }),
  autocomplete: () => ({}),
};

async function signOn(
  page: string,
  recipe: SignOnRecipe,
  more: { password?: string; kept?: Ran['kept']; stopAtKey?: number } = {},
): Promise<Ran> {
  pages.sent.length = 0;
  pages.addresses.length = 0;
  return harness.run({ url: `${pages.url}/${page}/login`, recipe, ...goodSignIn, ...more });
}

function expectNoTrace(ran: Ran): void {
  expect(ran.isAttached).toBe(false);
  for (const text of [ran.left, ran.sent, JSON.stringify([ran.audit, ran.kept, ran.outcome]), pages.addresses.join()])
    expect(text).not.toContain('Canary');
}

for (const [name, more] of Object.entries(hard))
  test(`signs in on the page "${name}", once`, async () => {
    const ran = await signOn(name, recipeOf(name, more()));
    expect(ran.outcome).toEqual({ outcome: 'signed-on' });
    expect(pages.sent.map(({ userName, password }) => ({ userName, password }))).toEqual([goodSignIn]);
    expect(ran.calls).toEqual(['take', 'confirm']);
    expectNoTrace(ran);
    const again = await signOn(name, recipeOf(name, more()), { kept: ran.kept });
    expect(again.outcome).toEqual({ outcome: 'signed-on' });
  });

for (const name of ['plain', 'react', 'closed', 'frame', 'keys'])
  test(`a wrong password costs exactly one try on the page "${name}"`, async () => {
    const ran = await signOn(name, recipeOf(name, hard[name]?.()), { password: 'Canary-wrong' });
    expect(ran.outcome).toEqual({ outcome: 'refused' });
    expect(pages.sent).toHaveLength(1);
    expect(ran.calls).toEqual(['take', 'refuse']);
    expectNoTrace(ran);
  });

/** What the plain page of the same fields looks like; each page here lies about it. */
const lies: readonly (readonly [string, string, string, string])[] = [
  ['drifted', 'plain', 'page-changed', 'one-time code'],
  ['elsewhere', 'plain', 'page-changed', 'the form now goes to http://127.0.0.2/collect'],
  ['relabelled', 'plain', 'page-changed', 'was of type “password”'],
  ['framed', 'plain', 'page-changed', 'a frame from http://localhost'],
  ['crossframe', '', 'other-frame', 'in a frame from http://localhost'],
  ['redirected', '', 'other-page', 'the page is'],
  ['sentaway', '', 'not-encrypted', 'the page is http://localhost'],
  ['inframe', '', 'other-frame', 'in a frame from'],
  ['empty', '', 'page-changed', 'nothing that can be used'],
];
for (const [name, before, reason, said] of lies)
  test(`types nothing on the page "${name}", and says what is wrong`, async () => {
    const known = before === '' ? null : (await signOn(before, recipeOf(before))).kept;
    const kept = known && {
      ...known,
      declared: null,
      recipe: recipeOf(name),
      shapes: known.shapes.map((shape) => shape && { ...shape, actions: [`${pages.url}/${name}/session`] }),
    };
    pages.sent.length = 0;
    const ran = await harness.run({
      url: `${pages.url}/${name}/login`,
      recipe: kept ? null : recipeOf(name),
      kept,
      ...goodSignIn,
    });
    expect(ran.outcome).toMatchObject({ outcome: 'page-changed' });
    expect(JSON.stringify(ran.outcome)).toContain(said);
    expect(ran.audit).toEqual([expect.objectContaining({ type: 'signOn.blocked', reason })]);
    expect(ran.calls).toEqual([]);
    expect(pages.sent).toEqual([]);
    expectNoTrace(ran);
  });

for (const name of ['swapped', 'leaves'])
  test(`the page "${name}" changes after the user name: no key of the password is pressed`, async () => {
    const ran = await signOn(name, recipeOf(name));
    expect(ran.outcome).toMatchObject({ outcome: 'page-changed' });
    expect(ran.calls).toEqual(['take', 'untouched']);
    expect(pages.sent).toEqual([]);
    expectNoTrace(ran);
  });

const NAME = goodSignIn.userName.length;
for (const [where, stopAtKey, calls] of [
  ['the user name', 4, ['take', 'untouched']],
  ['the last key of the user name', NAME, ['take', 'untouched']],
  ['the first key of the password', NAME + 1, ['take']],
  ['the password', NAME + 6, ['take']],
  ['the last key of the password', NAME + goodSignIn.password.length, ['take']],
] as const)
  test(`an attempt that is stopped at ${where} presses no further key, and sends nothing`, async () => {
    const ran = await signOn('plain', recipeOf('plain'), { stopAtKey });
    expect(ran.outcome).toEqual({ outcome: 'unavailable', explanation: 'Signing in to Lab was stopped.' });
    expect(ran.keys).toBe(stopAtKey);
    expect(ran.calls).toEqual(calls);
    expect(pages.sent).toEqual([]);
    expectNoTrace(ran);
  });

/** How each page says how it ended, for the right password and for a wrong one. */
const signs: readonly (readonly [string, string, Partial<SignOnRecipe>, string, string])[] = [
  ['a cookie that the sign-in sets', 'plain', { success: { cookie: 'signed' } }, 'signed-on', 'refused'],
  ['a cookie that was there before', 'preset', { success: { cookie: 'signed' } }, 'signed-on', 'refused'],
  ['a cookie that never comes', 'plain', { success: { cookie: 'never' } }, 'unavailable', 'refused'],
  ['a path', 'plain', { success: { path: '/plain/home' } }, 'signed-on', 'refused'],
  ['a path that is never reached', 'plain', { success: { path: '/plain/hom' } }, 'unavailable', 'refused'],
  ['a selector', 'plain', { success: { selector: 'h1' } }, 'signed-on', 'refused'],
  [
    'all three, of which one is missing',
    'plain',
    { success: { selector: 'h2', path: '/plain/home', cookie: 'signed' } },
    'unavailable',
    'refused',
  ],
  ['a sentence of refusal', 'says', { failure: { selector: '.error' } }, 'signed-on', 'refused'],
  ['a page of refusal without a form', 'locks', { failure: { path: '/locks/closed' } }, 'signed-on', 'refused'],
  ['a cookie of refusal', 'locks', { failure: { cookie: 'tries' } }, 'signed-on', 'refused'],
  // nobody knows: asked again by a person, never tried again
  ['an older cookie of refusal', 'locksagain', { failure: { cookie: 'tries' } }, 'unavailable', 'unavailable'],
];
for (const [sign, page, more, right, wrong] of signs)
  test(`is told by ${sign} how the sign-in ended`, async () => {
    const called = { 'signed-on': ['take', 'confirm'], refused: ['take', 'refuse'], unavailable: ['take'] };
    const good = await signOn(page, recipeOf(page, more));
    expect(good.outcome).toMatchObject({ outcome: right });
    expect(good.calls).toEqual(called[right as keyof typeof called]);
    const bad = await signOn(page, recipeOf(page, more), { password: 'Canary-wrong' });
    expect(bad.outcome).toMatchObject({ outcome: wrong });
    expect(bad.calls).toEqual(called[wrong as keyof typeof called]);
    expect(pages.sent).toHaveLength(1);
    for (const ran of [good, bad]) expectNoTrace(ran);
  });

test('a page that moves the keyboard away from the password gets no more than the first key', async () => {
  const ran = await signOn('steals', recipeOf('steals'));
  expect(ran.outcome).toMatchObject({ outcome: 'unavailable' });
  expect(pages.sent).toEqual([]);
  expectNoTrace(ran);
});

test('a form that would put the password into its address is not sent', async () => {
  const ran = await signOn('byaddress', recipeOf('byaddress'));
  expect(ran.outcome).toMatchObject({ outcome: 'unavailable' });
  expectNoTrace(ran);
});

test('a dry run says whether the page matches, and types nothing', async () => {
  const wanted = { url: `${pages.url}/plain/login`, recipe: recipeOf('plain'), ...goodSignIn, dryRun: true };
  const good = await harness.run(wanted);
  expect(good.outcome).toMatchObject({ check: 'recipe', status: 'good' });
  const bad = await harness.run({ ...wanted, url: `${pages.url}/empty/login` });
  expect(bad.outcome).toMatchObject({ check: 'recipe', status: 'bad' });
  expect([...good.calls, ...bad.calls, ...good.audit]).toEqual([]);
});

test('the password is in no file of the user-data folder', () => {
  // grep ends with 1 when nothing was found
  expect(() => execFileSync('grep', ['-rla', 'Canary', harness.userData])).toThrow();
});
