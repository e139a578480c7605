import { deflateRawSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { createIdentityProviderSession, type IdentityProviderOptions } from '../../main/signon/identityProvider.js';
import { createOidcSignOn } from '../../main/signon/oidc.js';
import { createSamlSignOn } from '../../main/signon/saml.js';
import type { SignOnMethod, SignOnOutcome } from '../../main/signon/signOn.js';
import { HandClock } from './handClock.js';
import { type ScriptedLoad, ScriptedPage } from './signOnPage.js';

const PROVIDER = 'https://idp.example.nhs.uk';
const SYSTEM = 'https://pacs.example.nhs.uk';
const SIGN_IN: ScriptedLoad = { asksForPassword: true };
const SIGNED_IN: ScriptedLoad = { shows: ['#sign-out'] };
const never = new AbortController().signal;

let clock: HandClock;
let pages: ScriptedPage[];
let recorded: RecordableEvent[];
let reported: unknown[];
/** What the provider's page shows when it is opened. */
let answer: (address: string) => ScriptedLoad;
let attempts: number;
let outcome: SignOnOutcome;
/** Runs while the provider is being signed in to. */
let during: () => Promise<void>;

beforeEach(() => {
  clock = new HandClock();
  pages = [];
  recorded = [];
  reported = [];
  answer = () => SIGN_IN;
  attempts = 0;
  outcome = { outcome: 'signed-on' };
  during = () => Promise.resolve();
});

const method = (): SignOnMethod => ({
  name: 'form',
  signOn: async () => {
    attempts += 1;
    await during();
    return outcome;
  },
});
const audit = { record: (event: RecordableEvent) => void recorded.push(event) };
const report = (error: unknown) => void reported.push(error);

function provider(more: Partial<IdentityProviderOptions> = {}) {
  return createIdentityProviderSession({
    id: 'trust',
    title: 'Hospital sign-on',
    url: new URL(`${PROVIDER}/`),
    origins: [PROVIDER],
    signedIn: { selector: '#sign-out' },
    signOutUrl: new URL(`${PROVIDER}/?logout=1`),
    method: method(),
    openPage: () => {
      const page = new ScriptedPage((address) => answer(address));
      pages.push(page);
      return page;
    },
    ask: () => Promise.resolve({ status: 200, text: '' }),
    clock,
    audit,
    report,
    ...more,
  });
}

/** Winds the clock until it is done. */
async function wound<T>(work: Promise<T>): Promise<T> {
  const done = { yes: false };
  void work.catch(() => undefined).finally(() => (done.yes = true));
  for (let turn = 0; turn < 2_000 && !done.yes; turn += 1) {
    await Promise.resolve();
    if (turn % 20 === 19) clock.advance(50);
  }
  return work;
}

describe('the identity provider', () => {
  test('is signed in to once for all systems that ask at the same time', async () => {
    const session = provider();
    let letIn = (): void => undefined;
    during = () => new Promise((resolve) => (letIn = resolve));
    const asking = [1, 2, 3].map(() => session.ensureSignedIn(never));
    await expect.poll(() => attempts).toBe(1);
    letIn();
    expect(await Promise.all(asking)).toEqual([1, 2, 3].map(() => ({ outcome: 'signed-on' })));
    expect([attempts, pages.length, pages[0]?.held, pages[0]?.attached]).toEqual([1, 1, 0, 0]);
  });

  test('is not looked at again for a system that asks right after that, and is later', async () => {
    const session = provider();
    await session.ensureSignedIn(never);
    answer = () => SIGNED_IN;
    const loads = pages[0]?.loads.length ?? 0;
    expect(await session.ensureSignedIn(never)).toEqual({ outcome: 'signed-on' });
    expect(pages[0]?.loads).toHaveLength(loads);
    clock.advance(6_000);
    expect(await session.ensureSignedIn(never)).toEqual({ outcome: 'signed-on' });
    expect(pages[0]?.loads).toHaveLength(loads + 1);
    expect(attempts).toBe(1);
  });

  test('is signed in to anew when its session has ended underneath', async () => {
    const session = provider();
    await session.ensureSignedIn(never);
    clock.advance(6_000);
    await session.ensureSignedIn(never);
    expect(attempts).toBe(2);
  });

  test('asks for nothing where somebody is signed in already', async () => {
    answer = () => SIGNED_IN;
    expect(await provider().ensureSignedIn(never)).toEqual({ outcome: 'signed-on' });
    expect(attempts).toBe(0);
  });

  test('without a sign, counts as signed in when no password box shows for a second', async () => {
    answer = () => ({});
    const session = provider({ signedIn: undefined });
    expect(await wound(session.ensureSignedIn(never))).toEqual({ outcome: 'signed-on' });
    expect(attempts).toBe(0);
    answer = () => ({ status: 401 });
    clock.advance(6_000);
    await wound(session.ensureSignedIn(never));
    expect(attempts).toBe(1);
  });

  test('a cookie that a system’s page left there does not lead the sign-in away', async () => {
    const session = provider();
    during = async () => {
      expect([...(pages[0]?.cookies ?? ['none'])]).toEqual([]);
    };
    answer = () => {
      if (pages[0]?.loads.length === 1) pages[0].cookies.set('pending', 'pacs');
      return SIGN_IN;
    };
    await session.ensureSignedIn(never);
    expect(pages[0]?.loads).toHaveLength(2);
    expect(attempts).toBe(1);
  });

  test.each<[SignOnOutcome, SignOnOutcome]>([
    [{ outcome: 'refused' }, { outcome: 'credentials-needed', reason: 'refused', of: 'trust' }],
    [
      { outcome: 'credentials-needed', reason: 'unconfirmed', of: 'x' },
      { outcome: 'credentials-needed', reason: 'unconfirmed', of: 'trust' },
    ],
    [
      { outcome: 'page-changed', changes: ['a field was added'] },
      { outcome: 'page-changed', changes: ['a field was added'] },
    ],
  ])('tells a system what became of it: %o', async (made, told) => {
    outcome = made;
    expect(await provider().ensureSignedIn(never)).toEqual(told);
    expect(recorded).toEqual([{ type: 'signOn.ended', systemId: 'trust', method: 'form', outcome: made.outcome }]);
  });

  test('that let somebody in and led on to a system has not refused them', async () => {
    let confirmed = 0;
    outcome = { outcome: 'refused' };
    during = async () => {
      answer = () => {
        answer = () => SIGNED_IN;
        return { failure: 'wanted to go on to a system' };
      };
    };
    const credentials = { confirm: async () => void (confirmed += 1) };
    expect(await provider({ credentials }).ensureSignedIn(never)).toEqual({ outcome: 'signed-on' });
    expect([attempts, confirmed]).toEqual([1, 1]);
    expect(recorded).toMatchObject([{ type: 'signOn.ended', outcome: 'signed-on' }]);
  });

  test('with a bad certificate gets nothing, and the reason is told', async () => {
    answer = () => ({ failure: 'Hospital sign-on showed a certificate that cannot be trusted.' });
    expect(await provider().ensureSignedIn(never)).toEqual({
      outcome: 'unavailable',
      explanation: 'Hospital sign-on showed a certificate that cannot be trusted.',
    });
    expect(attempts).toBe(0);
  });

  test.each([`${PROVIDER}.evil.test/`, 'http://idp.example.nhs.uk/', 'https://idp.example.nhs.uk:8443/'])(
    'that leads to %s gets nothing',
    async (address) => {
      answer = () => ({ address, asksForPassword: true });
      expect(await provider().ensureSignedIn(never)).toMatchObject({ outcome: 'unavailable' });
      expect(attempts).toBe(0);
      expect(recorded).toEqual([
        { type: 'signOn.blocked', systemId: 'trust', origin: new URL(address).origin, reason: 'other-page' },
      ]);
    },
  );

  test('that answers with an error is not signed in to', async () => {
    answer = () => ({ status: 503, asksForPassword: true });
    expect(await provider().ensureSignedIn(never)).toMatchObject({ outcome: 'unavailable' });
    expect(attempts).toBe(0);
  });

  test('goes on for the others when one system leaves, and ends with the last', async () => {
    const session = provider();
    let signal: AbortSignal | undefined;
    let letIn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (letIn = resolve));
    const slow = provider({
      method: {
        name: 'form',
        signOn: async (_page, given) => {
          signal = given;
          await waiting;
          return { outcome: 'signed-on' };
        },
      },
    });
    const first = new AbortController();
    const second = new AbortController();
    const asked = [slow.ensureSignedIn(first.signal), slow.ensureSignedIn(second.signal)];
    await expect.poll(() => signal !== undefined).toBe(true);
    first.abort();
    expect(await asked[0]).toMatchObject({ outcome: 'unavailable' });
    expect(signal?.aborted).toBe(false);
    second.abort();
    await asked[1];
    expect(signal?.aborted).toBe(true);
    letIn();
    session.dispose();
  });

  test('that never answers is left when the signal says so', async () => {
    answer = () => 'never';
    const abort = new AbortController();
    const asked = provider().ensureSignedIn(abort.signal);
    abort.abort();
    expect(await asked).toMatchObject({ outcome: 'unavailable' });
  });

  test('a failure nobody foresaw is reported and told calmly', async () => {
    during = () => Promise.reject(new TypeError('broken'));
    expect(await provider().ensureSignedIn(never)).toMatchObject({ outcome: 'unavailable' });
    expect(reported).toEqual([expect.any(TypeError)]);
    during = () => Promise.reject(new LanyardError('vault-unavailable', 'Your stored sign-ins cannot be opened'));
    clock.advance(6_000);
    expect(await provider().ensureSignedIn(never)).toEqual({
      outcome: 'unavailable',
      explanation: 'Your stored sign-ins cannot be opened.',
    });
  });

  test('is signed out of once, whoever asks, and nobody is signed in afterwards', async () => {
    const session = provider();
    await session.ensureSignedIn(never);
    await Promise.all([session.signOut(never), session.signOut(never)]);
    expect(pages[0]?.loads.filter((address) => address.endsWith('?logout=1'))).toHaveLength(1);
    expect(await session.ensureSignedIn(never)).toMatchObject({ outcome: 'unavailable' });
    expect(attempts).toBe(1);
    session.dispose();
    expect(pages[0]?.disposed).toBe(true);
  });

  test('that nobody used is not bothered at the end; one that does not answer holds nobody up', async () => {
    await provider().signOut(never);
    expect(pages).toEqual([]);
    const session = provider();
    await session.ensureSignedIn(never);
    answer = () => 'never';
    const deadline = new AbortController();
    const leaving = session.signOut(deadline.signal);
    deadline.abort();
    await leaving;
    expect(reported).toEqual([expect.any(LanyardError)]);
  });
});

describe('the health of the identity provider', () => {
  const discovery = (document: object) => (address: URL) =>
    Promise.resolve(
      address.pathname === '/.well-known/openid-configuration'
        ? { status: 200, text: JSON.stringify(document) }
        : { status: 200, text: '<html>' },
    );

  test('is good when it answers and its discovery document fits', async () => {
    const ask = discovery({ issuer: `${PROVIDER}/`, authorization_endpoint: `${PROVIDER}/authorize` });
    expect(await provider({ ask }).check(never)).toMatchObject([
      { check: 'provider', status: 'good' },
      { check: 'discovery', status: 'good' },
    ]);
  });

  test('is bad when the document sends people elsewhere', async () => {
    const ask = discovery({ issuer: `${PROVIDER}/`, authorization_endpoint: 'https://other.example.nhs.uk/authorize' });
    expect((await provider({ ask }).check(never))[1]).toMatchObject({ check: 'discovery', status: 'bad' });
  });

  test('says why when it cannot be reached, and asks no more', async () => {
    const ask = () => Promise.reject(new LanyardError('unavailable', 'its certificate cannot be trusted'));
    expect(await provider({ ask }).check(never)).toEqual([
      expect.objectContaining({ check: 'provider', status: 'bad', message: 'its certificate cannot be trusted.' }),
    ]);
  });

  test('of a provider of SAML alone is good without a discovery document', async () => {
    expect(await provider().check(never)).toMatchObject([{ status: 'good' }, { status: 'not-applicable' }]);
  });
});

describe('a system that follows the identity provider', () => {
  const system = () => ({ id: 'pacs', title: 'Images', origins: [SYSTEM], provider: provider(), audit, report });
  const request = (parameters: Record<string, string>) =>
    `${PROVIDER}/authorize?${new URLSearchParams({ client_id: 'pacs', ...parameters }).toString()}`;
  const asks = request({ redirect_uri: `${SYSTEM}/callback`, state: 'one' });
  const at = (address: string) => {
    const page = new ScriptedPage(() => ({}));
    page.show(address);
    return page;
  };

  test('is signed on by the provider, after the audit line', async () => {
    during = async () => {
      expect(recorded).toEqual([{ type: 'signOn.attempted', systemId: 'pacs', method: 'oidc', origin: PROVIDER }]);
    };
    const page = at(asks);
    expect(await createOidcSignOn(system()).signOn(page, never)).toEqual({ outcome: 'signed-on' });
    expect(page.sent).toEqual([]); // its own page is not touched
  });

  test('gets nothing while the audit trail cannot be written', async () => {
    const broken = {
      record: () => {
        throw new LanyardError('audit-unavailable', 'no');
      },
    };
    await expect(createOidcSignOn({ ...system(), audit: broken }).signOn(at(asks), never)).rejects.toThrow(
      LanyardError,
    );
    expect(attempts).toBe(0);
  });

  test.each(['https://evil.test/callback', 'https://pacs.example.nhs.uk.evil.test/callback', 'no address'])(
    'that asks for an answer to %s gets none',
    async (redirect) => {
      const oidc = createOidcSignOn(system());
      expect(await oidc.signOn(at(request({ redirect_uri: redirect })), never)).toMatchObject({
        outcome: 'unavailable',
      });
      expect(oidc.mayGoTo?.(request({ redirect_uri: redirect, state: 's' }))).toBe(false);
      expect(attempts).toBe(0);
      expect(recorded.map(({ type }) => type)).toEqual(['signOn.blocked', 'signOn.blocked']);
      expect(recorded[0]).toMatchObject({ reason: 'client-mismatch' });
    },
  );

  test.each(['?', '#'])('that was told login_required is helped once (%s)', async (separator) => {
    const oidc = createOidcSignOn(system());
    const refused = at(`${SYSTEM}/callback${separator}error=login_required&state=one`);
    expect(await oidc.signOn(refused, never)).toEqual({ outcome: 'signed-on' });
    expect(await oidc.signOn(refused, never)).toMatchObject({ outcome: 'unavailable' });
    expect(await oidc.signOn(at(asks), never)).toEqual({ outcome: 'signed-on' });
    expect(await oidc.signOn(refused, never)).toEqual({ outcome: 'signed-on' });
  });

  test('that was refused says so in the protocol’s word, never in the page’s', async () => {
    const oidc = createOidcSignOn(system());
    const told = await oidc.signOn(at(`${SYSTEM}/callback?error=access_denied&error_description=Call+0900`), never);
    expect(told).toEqual({
      outcome: 'unavailable',
      explanation:
        'Hospital sign-on did not let you in to Images (access_denied). It is not tried again by itself. Call IT support.',
    });
    expect(attempts).toBe(0);
    expect(await oidc.signOn(at(`${SYSTEM}/?error=made-up`), never)).toEqual({ outcome: 'signed-on' });
  });

  test('takes only answers that it asked for', () => {
    const oidc = createOidcSignOn(system());
    const mayGoTo = (address: string) => oidc.mayGoTo?.(address);
    expect(mayGoTo(`${SYSTEM}/callback?code=1&state=forged`)).toBe(true); // nobody knows yet what an answer is here
    expect(mayGoTo(asks)).toBe(true);
    expect(mayGoTo(`${SYSTEM}/callback?code=1&state=one`)).toBe(true);
    expect(mayGoTo(`${SYSTEM}/callback?code=1&state=forged`)).toBe(false);
    expect(mayGoTo(`${SYSTEM}/callback?code=1`)).toBe(false);
    expect(mayGoTo(`${SYSTEM}/callback#error=access_denied&state=forged`)).toBe(false);
    expect(mayGoTo(`${SYSTEM}/viewer?code=1&state=other`)).toBe(true);
    expect(mayGoTo('not an address')).toBe(true);
    expect(recorded).toEqual(
      [1, 2, 3].map(() => ({ type: 'signOn.blocked', systemId: 'pacs', origin: SYSTEM, reason: 'state-mismatch' })),
    );
  });

  test('SAML: an assertion for somebody else is not asked for', async () => {
    const samlRequest = (consumer: string) =>
      deflateRawSync(`<samlp:AuthnRequest ID="_1" AssertionConsumerServiceURL="${consumer}"/>`).toString('base64');
    const saml = createSamlSignOn(system());
    const to = (consumer: string) =>
      `${PROVIDER}/saml/singleSignOn?${new URLSearchParams({ SAMLRequest: samlRequest(consumer) }).toString()}`;
    expect(await saml.signOn(at(to(`${SYSTEM}/acs`)), never)).toEqual({ outcome: 'signed-on' });
    expect(saml.mayGoTo?.(to('https://evil.test/acs'))).toBe(false);
    expect(await saml.signOn(at(to('https://evil.test/acs')), never)).toMatchObject({ outcome: 'unavailable' });
    expect(await saml.signOn(at(`${PROVIDER}/saml?SAMLRequest=rubbish`), never)).toEqual({ outcome: 'signed-on' });
    expect(saml.mayGoTo?.(to(`x${'y'.repeat(200_000)}`))).toBe(true); // too long to be unpacked: the provider judges it
  });

  test('is signed out with the provider', async () => {
    const oidc = createOidcSignOn(system());
    const page = at(asks);
    await oidc.signOn(page, never);
    await oidc.signOut?.(page, never);
    expect(pages[0]?.loads.at(-1)).toBe(`${PROVIDER}/?logout=1`);
  });
});
