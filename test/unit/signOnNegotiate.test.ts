import { describe, expect, it } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { createNegotiateSignOn, type NegotiateOptions } from '../../main/signon/negotiate.js';
import type { SignOnFinding, SignOnMethod } from '../../main/signon/signOn.js';
import { ticketHostList } from '../../main/signon/ticketHosts.js';
import type { TicketSource, TicketState } from '../../main/signon/tickets/ticketSource.js';
import { type Answer, SignOnPageOfTest } from './signOnPageOfTest.js';

const EPR = 'https://epr.ward.example.nhs';
const never = new AbortController().signal;
const skewed: SignOnFinding = { check: 'ticket', status: 'bad', message: 'The clock is wrong.', remedy: 'Set it.' };

function tickets(state: TicketState, findings: readonly SignOnFinding[] = []): TicketSource & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    state: () => state,
    obtain: async () => state,
    discard: async () => undefined,
    check: async (host) => {
      asked.push(host);
      return findings;
    },
  };
}
const own = (...findings: SignOnFinding[]) => tickets({ status: 'own' }, findings);
const none = () => tickets({ status: 'none', explanation: 'You have no ticket.' });

function method(more: Partial<NegotiateOptions> = {}): { signOn: SignOnMethod; events: RecordableEvent[] } {
  const events: RecordableEvent[] = [];
  const signOn = createNegotiateSignOn({
    id: 'epr',
    title: 'Patient record',
    startAddress: new URL(`${EPR}/start`),
    origins: [EPR],
    signInPaths: ['/login'],
    tickets: own(),
    audit: { record: (event) => events.push(event) },
    loadTimeout: 1000,
    ...more,
  });
  return { signOn, events };
}

function page(answer: Answer, address = `${EPR}/home`, status = 401): SignOnPageOfTest {
  return new SignOnPageOfTest(address, status, async () => answer);
}

describe('Signing on by ticket', () => {
  it('asks the page that answered 401 once more, after its audit line', async () => {
    const { signOn, events } = method();
    const shown = new SignOnPageOfTest(`${EPR}/home`, 401, async () => {
      expect(events).toEqual([{ type: 'signOn.attempted', systemId: 'epr', method: 'negotiate', origin: EPR }]);
      return { status: 200 };
    });
    expect(await signOn.signOn(shown, never)).toEqual({ outcome: 'signed-on' });
    expect(shown.loaded).toEqual([`${EPR}/home`]);
  });

  it('goes to the start of a system that shows its own sign-in page', async () => {
    const shown = page({ status: 200 }, `${EPR}/login`, 200);
    expect(await method().signOn.signOn(shown, never)).toEqual({ outcome: 'signed-on' });
    expect(shown.loaded).toEqual([`${EPR}/start`]);
  });

  it('is not signed on by another sign-in page, or a page from elsewhere', async () => {
    for (const address of [`${EPR}/login`, 'https://evil.test/'])
      expect(await method().signOn.signOn(page({ status: 200, address }), never)).toMatchObject({
        outcome: 'unavailable',
      });
  });

  it('says why there was no ticket', async () => {
    expect(await method({ tickets: own(skewed) }).signOn.signOn(page({ status: 401 }), never)).toEqual({
      outcome: 'unavailable',
      explanation: 'The clock is wrong.',
    });
    expect(await method().signOn.signOn(page({ status: 401 }), never)).toEqual({
      outcome: 'unavailable',
      explanation: 'Patient record does not accept your ticket. Call IT support.',
    });
  });

  it.each([{ outcome: 'failed' }, { status: 500 }, { outcome: 'kept' }] as const)(
    'does not blame the ticket for %o',
    async (answer) => {
      const source = own(skewed);
      expect(await method({ tickets: source }).signOn.signOn(page(answer), never)).toEqual({
        outcome: 'unavailable',
        explanation: 'Patient record does not answer. Try again in a moment.',
      });
      expect(source.asked).toEqual([]);
    },
  );

  it('loads nothing without a ticket of the clinician’s own', async () => {
    const shown = page({ status: 200 });
    const { signOn, events } = method({ tickets: none() });
    expect(await signOn.signOn(shown, never)).toEqual({ outcome: 'unavailable', explanation: 'You have no ticket.' });
    expect([shown.loaded, events]).toEqual([[], []]);
  });

  it('loads nothing from a host that is not listed, and records it once', async () => {
    const { signOn, events } = method({ hosts: ['other.ward.example.nhs'] });
    const shown = page({ status: 200 });
    for (let time = 0; time < 2; time += 1)
      expect(await signOn.signOn(shown, never)).toMatchObject({ outcome: 'unavailable' });
    expect(shown.loaded).toEqual([]);
    expect(events).toEqual([{ type: 'signOn.blocked', systemId: 'epr', origin: EPR, reason: 'unlisted-host' }]);
  });

  it('loads nothing that cannot be recorded', async () => {
    const audit = {
      record: () => {
        throw new LanyardError('audit-unavailable', 'no space');
      },
    };
    const shown = page({ status: 200 });
    expect(await method({ audit }).signOn.signOn(shown, never)).toMatchObject({ outcome: 'unavailable' });
    expect(shown.loaded).toEqual([]);
  });

  it('falls through to the other way, but not after it was ended', async () => {
    const asked: string[] = [];
    const otherwise: SignOnMethod = {
      name: 'form',
      signOn: async () => {
        asked.push('form');
        return { outcome: 'signed-on' };
      },
      check: async () => [{ check: 'recipe', status: 'good', message: 'It matches.', remedy: null }],
    };
    const { signOn } = method({ tickets: none(), otherwise });
    expect(await signOn.signOn(page({}), never)).toEqual({ outcome: 'signed-on' });
    expect(await signOn.check?.(never)).toEqual([
      { check: 'recipe', status: 'good', message: 'It matches.', remedy: null },
    ]);
    expect(await method({ otherwise }).signOn.signOn(page({ status: 200 }), never)).toEqual({ outcome: 'signed-on' });
    expect(asked).toEqual(['form']);
    const ended = AbortSignal.abort();
    expect(await signOn.signOn(page({}), ended)).toMatchObject({ outcome: 'unavailable' });
    expect(asked).toEqual(['form']);
  });

  it('checks the ticket of each host', async () => {
    const source = own(skewed);
    const { signOn } = method({ tickets: source, hosts: ['A.ward.example.nhs', 'b.ward.example.nhs'] });
    expect(await signOn.check?.(never)).toEqual([skewed, skewed]);
    expect(source.asked).toEqual(['a.ward.example.nhs', 'b.ward.example.nhs']);
  });
});

describe('Whom the browser may answer with a ticket', () => {
  it('is exactly the configured hosts, and only with a ticket of the clinician’s own', () => {
    expect(ticketHostList([method().signOn, method({ hosts: ['B.example', 'a.example'] }).signOn])).toBe(
      'a.example,b.example,epr.ward.example.nhs',
    );
    expect(ticketHostList([method({ tickets: none() }).signOn])).toBe('nobody.invalid');
  });

  it('is never an empty list, which Windows would take for its whole intranet', () => {
    expect(ticketHostList([])).toBe('nobody.invalid');
  });

  it.each([
    '*',
    '*.ward.example.nhs',
    '.ward.example.nhs',
    'epr,*',
    '<local>',
    '10.0.0.0/8',
    'https://epr',
    'epr:443',
    '',
  ])('has no room for %j', (host) => {
    expect(ticketHostList([{ negotiateHosts: [host] }])).toBe('nobody.invalid');
  });
});
