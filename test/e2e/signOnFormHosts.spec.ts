/**
 * The form method among hosts with names: over https, in a frame of another site, and at addresses that only look like
 * the declared one. The names are known to this browser alone, and so is the authority behind the certificate.
 */
import { expect, test } from '@playwright/test';
import type { SignOnRecipe } from '../../main/policy/configuration.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { homeThatTrusts, type TrustingHome } from '../real/trustAuthority.js';
import type { Ran } from './formHarness.electron.js';
import { type FormHarness, startFormHarness } from './formHarness.js';
import { goodSignIn, type SignInPages, startSignInPages } from './signInPages.js';

const HOST = 'results.test';
const SIGN_IN_HOST = 'sso.example';
/** Read quickly, each is the host above. */
const LOOK_ALIKES = ['results.test.example', 'resu1ts.test', 'www.results.test', 'xn--rsults-6of.test'] as const;

let home: TrustingHome;
let pages: SignInPages;
let plain: SignInPages;
let harness: FormHarness;
test.beforeAll(async () => {
  const authority = await createCertificateAuthority('Sign-in pages of the tests', new Date());
  const certificate = await authority.issue([HOST, SIGN_IN_HOST, ...LOOK_ALIKES]);
  home = homeThatTrusts(authority.caPem);
  pages = await startSignInPages({ ...certificate, host: HOST, otherHost: SIGN_IN_HOST });
  plain = await startSignInPages();
  harness = await startFormHarness(['--host-resolver-rules=MAP *.test 127.0.0.1,MAP *.example 127.0.0.1'], home.home);
});
test.afterAll(async () => {
  await harness.end();
  await pages.close();
  await plain.close();
  home.remove();
});

const steps: SignOnRecipe['steps'] = [
  { userName: { selector: '[name=user]' }, password: { selector: '[name=pass]' }, submit: { selector: 'button' } },
];

async function signOn(url: string, recipe: Partial<SignOnRecipe>, password = goodSignIn.password): Promise<Ran> {
  for (const { sent, addresses } of [pages, plain]) {
    sent.length = 0;
    addresses.length = 0;
  }
  const { userName } = goodSignIn;
  return harness.run({
    url,
    recipe: { origin: pages.url, path: '/plain/login', steps, ...recipe },
    userName,
    password,
  });
}

function expectNoTrace(ran: Ran): void {
  expect(ran.isAttached).toBe(false);
  const addresses = [...pages.addresses, ...plain.addresses].join();
  for (const text of [ran.left, ran.sent, JSON.stringify([ran.audit, ran.kept, ran.outcome]), addresses])
    expect(text).not.toContain('Canary');
}

function expectNothingTyped(ran: Ran, reason: string): void {
  expect(JSON.stringify(ran.outcome)).toContain('page-changed');
  expect(ran.audit).toEqual([expect.objectContaining({ type: 'signOn.blocked', systemId: 'lab', reason })]);
  expect([ran.keys, ran.calls]).toEqual([0, []]);
  expect([...pages.sent, ...plain.sent]).toEqual([]);
  expectNoTrace(ran);
}

const inFrame = (more: Partial<SignOnRecipe['frame']> = {}): Partial<SignOnRecipe> => ({
  path: '/crossframe/login',
  frame: { origin: pages.other, path: '/crossframe/inner', ...more },
});

for (const [what, page, recipe] of [
  ['over https', 'plain', () => ({})],
  ['in a declared frame of another site', 'crossframe', () => inFrame()],
] as const)
  test(`signs in ${what}, once; a wrong password costs one try`, async () => {
    const url = `${pages.url}/${page}/login`;
    const right = await signOn(url, recipe());
    expect(right.outcome).toEqual({ outcome: 'signed-on' });
    expect(right.audit).toEqual([
      expect.objectContaining({
        type: 'signOn.attempted',
        origin: page === 'crossframe' ? pages.other : pages.url,
      }),
    ]);
    expect(pages.sent.map(({ userName, password }) => ({ userName, password }))).toEqual([goodSignIn]);
    expect(right.calls).toEqual(['take', 'confirm']);
    expectNoTrace(right);
    const wrong = await signOn(url, recipe(), 'Canary-wrong');
    expect(wrong.outcome).toEqual({ outcome: 'refused' });
    expect([pages.sent.length, wrong.calls]).toEqual([1, ['take', 'refuse']]);
    expectNoTrace(wrong);
  });

for (const [what, page, recipe, reason] of [
  ['that is not declared', 'crossframe', () => ({ path: '/crossframe/login' }), 'other-frame'],
  ['of another origin than declared', 'crossframe', () => inFrame({ origin: 'https://login.example' }), 'other-frame'],
  ['with another path than declared', 'crossframe', () => inFrame({ path: '/crossframe/in' }), 'other-frame'],
  [
    'that is sandboxed, and so of no origin',
    'sandboxed',
    () => ({ ...inFrame(), path: '/sandboxed/login' }),
    'other-frame',
  ],
  ['that nobody can see', 'hiddenframe', () => ({ ...inFrame(), path: '/hiddenframe/login' }), 'page-changed'],
] as const)
  test(`types nothing into a frame ${what}`, async () => {
    expectNothingTyped(await signOn(`${pages.url}/${page}/login`, recipe()), reason);
  });

for (const host of LOOK_ALIKES)
  test(`types nothing at ${host}`, async () => {
    const elsewhere = pages.url.replace(HOST, host);
    const ran = await signOn(`${elsewhere}/plain/login`, {});
    expectNothingTyped(ran, 'other-page');
    expect(ran.outcome).toMatchObject({
      changes: [`the page is ${elsewhere}/plain/login instead of ${pages.url}/plain/login`],
    });
    expect(ran.audit).toEqual([expect.objectContaining({ origin: elsewhere })]);
  });

for (const [what, path] of [
  ['at another path', '/plain/login/again'],
  ['at the same path in capitals', '/plain/Login'],
  ['where a redirect leads away from the form', '/sentaway/login'],
] as const)
  test(`types nothing ${what}`, async () => {
    const recipe = path === '/sentaway/login' ? { path } : {};
    expectNothingTyped(await signOn(pages.url + path, recipe), 'other-page');
  });

test('types nothing without encryption, even where a recipe says so', async () => {
  const address = plain.url.replace('127.0.0.1', HOST);
  expectNothingTyped(await signOn(`${address}/plain/login`, { origin: address }), 'not-encrypted');
});

test('types nothing where the page lost its encryption', async () => {
  const address = plain.url.replace('127.0.0.1', HOST);
  expectNothingTyped(await signOn(`${address}/plain/login`, {}), 'not-encrypted');
});

test('types nothing into a frame without encryption, even where a recipe says so', async () => {
  const recipe = { origin: plain.url, path: '/crossframe/login', frame: { origin: plain.other } };
  expectNothingTyped(await signOn(`${plain.url}/crossframe/login`, recipe), 'not-encrypted');
});
