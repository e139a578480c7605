import { describe, expect, it } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { createHttpSignOn, type HttpSignOnOptions } from '../../main/signon/httpAuth.js';
import type { HttpChallenge, SignOnMethod } from '../../main/signon/signOn.js';
import { type Answer, SignOnPageOfTest } from './signOnPageOfTest.js';
import { CredentialsOfTest } from './signOnCredentials.js';

const EPR = 'https://epr.ward.example.nhs';
const basic: HttpChallenge = {
  url: `${EPR}/home`,
  scheme: 'basic',
  host: 'epr.ward.example.nhs',
  port: 443,
  realm: 'EPR',
  isProxy: false,
  isFirst: true,
};
const at = (address: string, more: Partial<HttpChallenge> = {}): HttpChallenge => {
  const url = new URL(address);
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  return { ...basic, url: address, host: url.hostname, port, ...more };
};
const never = new AbortController().signal;

interface Bench {
  readonly method: SignOnMethod;
  readonly credentials: CredentialsOfTest;
  readonly events: RecordableEvent[];
  /** Signs on; the system puts these challenges, one after the other, and then answers so. @returns what each was told */
  readonly attempt: (
    challenges: readonly HttpChallenge[],
    then: Answer,
    signal?: AbortSignal,
  ) => Promise<readonly [unknown, (string | null)[]]>;
}

function bench(more: Partial<HttpSignOnOptions> = {}): Bench {
  const credentials = new CredentialsOfTest();
  const events: RecordableEvent[] = [];
  const method = createHttpSignOn({
    id: 'epr',
    title: 'Patient record',
    origins: [EPR],
    schemes: ['basic', 'ntlm'],
    credentials,
    audit: { record: (event) => events.push(event) },
    loadTimeout: 1000,
    ...more,
  });
  return {
    method,
    credentials,
    events,
    attempt: async (challenges, then, signal = never) => {
      const told: (string | null)[] = [];
      const page = new SignOnPageOfTest(`${EPR}/home`, 401, async () => {
        for (const challenge of challenges) {
          const answer = await method.answerChallenge?.(challenge);
          told.push(answer ? answer.userName : null);
          answer?.password.wipe();
        }
        return then;
      });
      return [await method.signOn(page, signal), told];
    },
  };
}

describe('Signing on by HTTP', () => {
  it('answers one challenge of a listed host, after its audit line, and keeps what worked', async () => {
    const { attempt, credentials, events } = bench();
    credentials.onTake = () => events.push({ type: 'application.stopped' }); // stands where the password was taken
    expect(await attempt([basic], { status: 200 })).toEqual([{ outcome: 'signed-on' }, ['WARD\\a.ward']]);
    expect(events).toEqual([
      { type: 'signOn.attempted', systemId: 'epr', method: 'http', origin: EPR },
      { type: 'application.stopped' },
    ]);
    expect(credentials.calls).toEqual(['take', 'confirm']);
  });

  it('answers NTLM as well', async () => {
    expect(await bench().attempt([at(`${EPR}/home`, { scheme: 'ntlm' })], { status: 200 })).toEqual([
      { outcome: 'signed-on' },
      ['WARD\\a.ward'],
    ]);
  });

  it('answers nothing outside an attempt', async () => {
    const { method, credentials, events } = bench();
    expect(await method.answerChallenge?.(basic)).toBeNull();
    expect([credentials.calls, events]).toEqual([[], []]);
  });

  it('takes a second challenge for a refusal, and never tries again', async () => {
    const { attempt, credentials, events } = bench();
    const again = { ...basic, isFirst: false };
    expect(await attempt([basic, again, again], { status: 401 })).toEqual([
      { outcome: 'refused' },
      ['WARD\\a.ward', null, null],
    ]);
    expect(credentials.calls).toEqual(['take', 'refuse']);
    expect(events.at(-1)).toEqual({ type: 'signOn.blocked', systemId: 'epr', origin: EPR, reason: 'asked-again' });
    expect(await attempt([basic], { status: 200 })).toEqual([
      { outcome: 'credentials-needed', reason: 'refused', of: 'epr' },
      [],
    ]);
    expect(credentials.calls).toEqual(['take', 'refuse']);
  });

  it('answers one request of a page that begins many', async () => {
    const { attempt, credentials } = bench();
    expect(await attempt([basic, at(`${EPR}/picture`), at(`${EPR}/style`)], { status: 200 })).toEqual([
      { outcome: 'signed-on' },
      ['WARD\\a.ward', null, null],
    ]);
    expect(credentials.calls).toEqual(['take', 'confirm']);
  });

  it('takes a 401 after its answer for a refusal, although nobody asked again', async () => {
    const { attempt, credentials } = bench();
    expect((await attempt([basic], { status: 401 }))[0]).toEqual({ outcome: 'refused' });
    expect(credentials.calls).toEqual(['take', 'refuse']);
  });

  it.each([
    ['403', { status: 403 }],
    ['500', { status: 500 }],
    ['no page', { outcome: 'failed' }],
    ['a newer load', { outcome: 'superseded' }],
    ['a page of another origin', { status: 200, address: 'https://elsewhere.example.nhs/' }],
  ] as const)('neither keeps nor refuses a password when it is followed by %s', async (_name, answer) => {
    const { attempt, credentials } = bench();
    expect((await attempt([basic], answer))[0]).toMatchObject({ outcome: 'unavailable' });
    expect(credentials.calls).toEqual(['take']);
    expect(credentials.state).toBe('unconfirmed');
  });

  it.each([
    ['a proxy', at(`${EPR}/home`, { isProxy: true }), 'proxy'],
    ['a look-alike host', at('https://epr.ward.example.nhs.evil.test/'), 'unlisted-host'],
    ['a host that ends alike', at('https://x-epr.ward.example.nhs/'), 'unlisted-host'],
    ['a host below it', at('https://a.epr.ward.example.nhs/'), 'unlisted-host'],
    ['a trailing dot', at('https://epr.ward.example.nhs./'), 'unlisted-host'],
    ['another port', at(`${EPR}:8443/`), 'unlisted-host'],
    ['a host that is not the one that was asked', at(`${EPR}/`, { host: 'evil.test' }), 'unlisted-host'],
    ['a port that is not the one that was asked', at(`${EPR}/`, { port: 80 }), 'unlisted-host'],
    ['a name in front of the host', at('https://epr.ward.example.nhs@evil.test/'), 'unlisted-host'],
    ['Basic over http', at('http://epr.ward.example.nhs/'), 'not-encrypted'],
    ['digest', at(`${EPR}/`, { scheme: 'digest' }), 'scheme'],
    ['negotiate', at(`${EPR}/`, { scheme: 'negotiate' }), 'scheme'],
    ['no scheme', at(`${EPR}/`, { scheme: '' }), 'scheme'],
    ['an address that is none', { ...basic, url: 'epr' }, 'unlisted-host'],
  ] as const)('gives %s nothing, says why, and records it once', async (_name, challenge, reason) => {
    const { attempt, credentials, events } = bench();
    const [outcome, told] = await attempt([challenge, challenge], { status: 401 });
    expect(told).toEqual([null, null]);
    expect(outcome).toMatchObject({ outcome: 'unavailable' });
    expect(credentials.calls).toEqual([]);
    const origin = URL.canParse(challenge.url) ? new URL(challenge.url).origin : 'unparseable';
    expect(events).toEqual([{ type: 'signOn.blocked', systemId: 'epr', origin, reason }]);
  });

  it('records what must not be answered also outside an attempt', async () => {
    const { method, events } = bench();
    expect(await method.answerChallenge?.({ ...basic, isProxy: true })).toBeNull();
    expect(events).toEqual([{ type: 'signOn.blocked', systemId: 'epr', origin: EPR, reason: 'proxy' }]);
  });

  it('answers only the schemes that are configured', async () => {
    const { attempt, events } = bench({ schemes: ['ntlm'] });
    expect((await attempt([basic], { status: 401 }))[1]).toEqual([null]);
    expect(events).toMatchObject([{ reason: 'scheme' }]);
  });

  it('answers Basic on 127.0.0.1, which never leaves the machine, at the port of the system only', async () => {
    const told = async (url: string) =>
      (await bench({ origins: [EPR, 'http://127.0.0.1:8080'] }).attempt([at(url)], { status: 200 }))[1];
    expect(await told('http://127.0.0.1:8080/')).toEqual(['WARD\\a.ward']);
    expect(await told('http://127.0.0.1:8081/')).toEqual([null]);
  });

  it('does not call a password good because the page came, when only something in the page asked for it', async () => {
    const { attempt, credentials } = bench({ origins: [EPR, 'http://127.0.0.1:8080'] });
    await attempt([at('http://127.0.0.1:8080/picture')], { status: 200 });
    expect([credentials.calls, credentials.state]).toEqual([['take'], 'unconfirmed']);
  });

  it('answers a listed host that is no origin at its usual port, NTLM over http too', async () => {
    const more = { hosts: ['images.ward.example.nhs'] };
    const told = async (challenge: HttpChallenge) => (await bench(more).attempt([challenge], { status: 200 }))[1];
    expect(await told(at('https://images.ward.example.nhs/'))).toEqual(['WARD\\a.ward']);
    expect(await told(at('http://images.ward.example.nhs/', { scheme: 'NTLM' }))).toEqual(['WARD\\a.ward']);
    expect(await told(at('http://images.ward.example.nhs/'))).toEqual([null]);
    expect(await told(at('https://images.ward.example.nhs:444/'))).toEqual([null]);
    expect(await told(basic)).toEqual([null]);
  });

  it.each(['none', 'refused', 'unconfirmed', 'vault'] as const)(
    'asks for credentials where there are none (%s)',
    async (state) => {
      const { attempt, credentials, events } = bench();
      credentials.state = state;
      expect(await attempt([basic], { status: 200 })).toEqual([
        { outcome: 'credentials-needed', reason: state, of: 'epr' },
        [],
      ]);
      expect([credentials.calls, events]).toEqual([[], []]);
    },
  );

  it('sends nothing that cannot be recorded', async () => {
    const unwell = {
      record: () => {
        throw new LanyardError('audit-unavailable', 'no space');
      },
    };
    const { attempt, credentials } = bench({ audit: unwell });
    expect((await attempt([basic], { status: 401 }))[1]).toEqual([null]);
    expect(credentials.calls).toEqual([]);
  });

  it('sends nothing when the vault closes at that moment', async () => {
    const { attempt, credentials } = bench();
    credentials.onTake = () => {
      throw new LanyardError('vault-unavailable', 'gone');
    };
    expect((await attempt([basic], { status: 401 }))[1]).toEqual([null]);
  });

  it('sends nothing after the attempt was ended, and wipes what was on its way', async () => {
    const { attempt, credentials } = bench();
    const ended = new AbortController();
    credentials.onTake = () => {
      ended.abort();
    };
    const [outcome, told] = await attempt([basic], { status: 401 }, ended.signal);
    expect([outcome, told]).toMatchObject([{ outcome: 'unavailable' }, [null]]);
    expect(() => credentials.taken?.copy()).toThrow('wiped');
    expect(credentials.calls).toEqual(['take', 'untouched']);
  });

  it('keeps what worked although the attempt was ended after it was sent', async () => {
    const { attempt, credentials } = bench();
    const ended = new AbortController();
    const page = attempt(
      [basic],
      {
        status: 200,
        before: () => {
          ended.abort();
        },
      },
      ended.signal,
    );
    expect((await page)[0]).toMatchObject({ outcome: 'unavailable' });
    expect(credentials.calls).toEqual(['take', 'confirm']);
  });

  it('does not load a page of another origin', async () => {
    const { method, events } = bench();
    const page = new SignOnPageOfTest('https://evil.test/login', 401, async () => ({ status: 200 }));
    expect(await method.signOn(page, never)).toMatchObject({ outcome: 'unavailable' });
    expect(page.loaded).toEqual([]);
    expect(events).toEqual([
      { type: 'signOn.blocked', systemId: 'epr', origin: 'https://evil.test', reason: 'unlisted-host' },
    ]);
  });
});
