// Signed in to Lanyard once, against a real Active Directory: systems behind a real identity provider open signed in.
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DemoPatient, LOCAL_NUMBER_SYSTEM, population } from '../demo/population.js';
import type { RunningDomainController } from '../real/ad/domainController.js';
import { IDENTITY_PROVIDER_URL, type IdentityProvider, startIdentityProvider } from '../real/idp/identityProvider.js';
import { startOidcSystem } from '../real/idp/oidcSystem.js';
import type { RelyingSystem } from '../real/idp/relyingSystem.js';
import { samlParty } from '../real/idp/samlSystem.js';
import { type RealPacs, startRealPacs } from '../real/pacs/pacs.js';
import { homeThatTrusts, type TrustingHome } from '../real/trustAuthority.js';
import { expect, LAB_IDENTITY, type Running } from './lanyard.js';
import { test as wardTest, wardDirectory } from './ward.js';
import { removeFolder } from '../../build/removeFolder.js';

interface Federation {
  readonly provider: IdentityProvider;
  /** OpenID Connect. */
  readonly results: RelyingSystem;
  /** SAML. */
  readonly letters: RelyingSystem;
}

interface Fixed {
  readonly home: TrustingHome;
  readonly ports: { readonly results: number; readonly letters: number; readonly images: number };
}

const [amara] = population as [DemoPatient];
const ORIGIN = new URL(IDENTITY_PROVIDER_URL).origin;
const CACHE = path.resolve(import.meta.dirname, '../../.cache/registry');
const FIRST_START_MS = 15 * 60_000;

const test = wardTest.extend<
  { certificate: 'good' | 'other-authority'; federation: Federation; begin: () => Promise<Running> },
  { fixed: Fixed; images: RealPacs }
>({
  certificate: ['good', { option: true }],
  fixed: [
    async ({ domainController }, use) => {
      const home = homeThatTrusts(readFileSync(domainController.caFile, 'utf8'));
      await use({ home, ports: { results: await freePort(), letters: await freePort(), images: await freePort() } });
      home.remove();
    },
    { scope: 'worker', timeout: FIRST_START_MS },
  ],
  images: [
    async ({ fixed }, use) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-images-'));
      const signOn = { provider: IDENTITY_PROVIDER_URL, clientId: 'images' };
      const images = await startRealPacs({ folder, cacheFolder: CACHE, port: fixed.ports.images, signOn });
      await use(images);
      await images.close();
      removeFolder(folder);
    },
    { scope: 'worker', timeout: FIRST_START_MS },
  ],
  federation: async ({ domainController, fixed, certificate }, use) => {
    const { ports } = fixed;
    const saml = samlParty(ports.letters);
    const provider = await startIdentityProvider({
      controller: domainController,
      certificate,
      clients: [
        {
          id: 'results',
          redirectUris: [`http://127.0.0.1:${ports.results}/callback`],
          frontChannelLogoutUri: `http://127.0.0.1:${ports.results}/signed-out`,
        },
        { id: 'images', redirectUris: [`http://127.0.0.1:${ports.images}/callback`] },
      ],
      serviceProviders: [{ id: 'letters', metadata: saml.metadata }],
    });
    const authority = readFileSync(domainController.caFile, 'utf8');
    const about = { port: ports.results, clientId: 'results', provider: provider.url, authority };
    const results = await startOidcSystem(about);
    const letters = await saml.start(provider);
    await use({ provider, results, letters });
    await letters.close();
    await results.close();
    await provider.close();
  },
  begin: async ({ launch, surroundings, domainController, fixed, federation }, use) => {
    await use(async () => {
      const systems = [
        relying('results', 'Results', 'oidc', federation.results),
        relying('letters', 'Letters', 'saml', federation.letters),
      ];
      const { fhirBaseUrl } = surroundings.fhir;
      return launch(configuration(domainController, systems, fhirBaseUrl), { home: fixed.home.home });
    });
  },
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const provider = {
  id: 'trust',
  title: 'Hospital sign-on',
  url: IDENTITY_PROVIDER_URL,
  signOn: {
    method: 'form',
    account: 'directory',
    recipe: {
      origin: ORIGIN,
      path: '/',
      steps: [
        {
          userName: { selector: '#userfield' },
          password: { selector: '#passwordfield' },
          submit: { selector: 'button[type=submit]' },
        },
      ],
    },
  },
  signedIn: { selector: '#menucontent' },
  signOutUrl: `${IDENTITY_PROVIDER_URL}?logout=1`,
};

function relying(id: string, title: string, method: 'oidc' | 'saml', { url }: { readonly url: string }) {
  return {
    id,
    title,
    kind: 'web',
    url: `${url}/`,
    roles: ['clinician'],
    signOn: { method, provider: provider.id },
    context: { launch: { kind: 'url-template', template: `${url}/patient/{nhsNumber}` } },
    identity: LAB_IDENTITY,
  };
}

function configuration(controller: RunningDomainController, systems: readonly object[], fhirBaseUrl: string) {
  const identifiers = [
    {
      authority: 'rm3',
      title: 'Hospital number',
      system: LOCAL_NUMBER_SYSTEM,
      dicomIssuer: 'RM3',
      pattern: 'RM\\d{7}',
    },
  ];
  return {
    ...wardDirectory(controller),
    patients: { fhirBaseUrl, identifiers },
    systems,
    identityProviders: [provider],
  };
}

const inStep = async (lanyard: Running, title: string) =>
  expect(lanyard.tab(title)).toHaveAccessibleDescription('In step', { timeout: 20_000 });

test('one sign-in opens systems of OpenID Connect and of SAML, and nobody is asked', async ({
  begin,
  domainController,
  federation,
}) => {
  const lanyard = await begin();
  await lanyard.signIn('a.ward', domainController.password);
  await lanyard.choose(amara);
  await inStep(lanyard, 'Results');
  await lanyard.tab('Letters').click();
  await inStep(lanyard, 'Letters');
  expect(federation.results.signedIn()).toContain('a.ward');
  expect(federation.letters.signedIn()).toContain('a.ward');
  const typed = lanyard.audit().filter(({ type, method }) => type === 'signOn.attempted' && method === 'form');
  expect(typed).toEqual([expect.objectContaining({ systemId: 'trust', origin: ORIGIN })]);
  expect(lanyard.audit().filter(({ type }) => type === 'signOn.blocked')).toEqual([]);
  const [letters = Infinity] = federation.letters.followedIn;
  process.stdout.write(`the second system followed in ${letters.toFixed(0)} ms, the provider's own time included\n`);
  expect(letters).toBeLessThan(1_000);
});

test('two clinicians, one after the other: each is signed on as themselves, and nothing of the first is left', async ({
  begin,
  domainController,
  federation,
}) => {
  const { provider, results, letters } = federation;
  // One after the other: this provider would forget to tell the first of two that come in at the same moment.
  letters.askAfter(expect.poll(() => results.signedIn(), { timeout: 20_000 }).toEqual(['a.ward']));
  const lanyard = await begin();
  await lanyard.signIn('a.ward', domainController.password);
  await lanyard.choose(amara);
  await inStep(lanyard, 'Results');
  await inStep(lanyard, 'Letters');
  await lanyard.shell.getByRole('button', { name: 'Sign out' }).click();
  await lanyard.shell.getByLabel('User name').waitFor();
  // ended where it was kept, not only forgotten here; and the systems were told
  await expect.poll(() => provider.log()).toContain('User a.ward has been disconnected');
  await expect.poll(() => results.signedIn()).toEqual([]);

  await lanyard.signIn('b.rad', domainController.password);
  await lanyard.choose(amara);
  await inStep(lanyard, 'Results');
  await inStep(lanyard, 'Letters');
  expect([...new Set(results.arrivals)]).toEqual(['a.ward', 'b.rad']);
  expect([...new Set(letters.arrivals)]).toEqual(['a.ward', 'b.rad']);
  expect(results.signedIn()).toEqual(['b.rad']);
  expect(letters.signedIn()).toContain('b.rad');
});

test('the images of a real viewer open behind OpenID Connect', async ({
  launch,
  surroundings,
  domainController,
  fixed,
  images,
  federation,
}) => {
  const systems = [
    {
      ...relying('images', 'Images', 'oidc', images),
      kind: 'pacs',
      context: {
        launch: {
          kind: 'study-lookup',
          dicomWebRoot: images.dicomWebRoot,
          viewer: `${images.url}/viewer?StudyInstanceUIDs={studyInstanceUids}`,
          authority: 'rm3',
        },
      },
      identity: { source: 'dicomweb' },
    },
    relying('results', 'Results', 'oidc', federation.results),
  ];
  const lanyard = await launch(configuration(domainController, systems, surroundings.fhir.fhirBaseUrl), {
    home: fixed.home.home,
  });
  await lanyard.signIn('a.ward', domainController.password);
  await lanyard.choose(amara);
  await inStep(lanyard, 'Images');
  await inStep(lanyard, 'Results');
  expect(await federation.provider.log()).toContain('User a.ward is authorized to access to images');
  const page = await lanyard.page(`${images.url}/viewer`);
  await expect(page.locator('canvas').first()).toBeVisible();
});

/** Covered, with these words, and no password was typed or sent anywhere. */
async function coveredWithoutTrying(lanyard: Running, title: string, words: RegExp): Promise<void> {
  await lanyard.tab(title).click();
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toContainText(words, { timeout: 20_000 });
  expect(lanyard.audit().filter(({ type, method }) => type === 'signOn.attempted' && method === 'form')).toEqual([]);
}

test('a provider that is down costs no password and says so', async ({ begin, domainController, federation }) => {
  await federation.provider.close();
  const lanyard = await begin();
  await lanyard.signIn('a.ward', domainController.password);
  await coveredWithoutTrying(lanyard, 'Results', /is not running: it refused the connection/);
  await coveredWithoutTrying(lanyard, 'Letters', /is not running: it refused the connection/);
});

test.describe('a provider with a certificate nobody vouches for', () => {
  test.use({ certificate: 'other-authority' });

  test('gets nothing', async ({ begin, domainController, federation }) => {
    const lanyard = await begin();
    await lanyard.signIn('a.ward', domainController.password);
    await coveredWithoutTrying(lanyard, 'Results', /certificate that cannot be trusted/);
    expect(await federation.provider.log()).not.toContain('authenticated');
  });
});
