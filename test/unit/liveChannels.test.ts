import { beforeEach, describe, expect, test } from 'vitest';
import { isMeant, patientContext, readContext } from '../../main/context/live/contexts.js';
import { Fdc3Channel } from '../../main/context/live/fdc3.js';
import { MessagingChannel } from '../../main/context/live/smartWebMessaging.js';
import { originsAtHub, SubscriberChannel } from '../../main/context/live/fhircast.js';
import type { HubGrant, HubGrantRequest } from '../../main/context/hubHost/hubHost.js';
import type { PageLineEvent, TabOfPage } from '../../main/context/live/liveChannel.js';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { PageMessages } from '../../main/workspace/pageMessages.js';
import { HandClock } from './handClock.js';
import { amara, brian } from './people.js';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const LOCAL = 'https://rm3.test/mrn';
const systems = new Map([['rm3', LOCAL]]);
const ORIGIN = 'https://epr.test';
const contextOf = ({ nhsNumber, birthDate }: typeof amara): Record<string, unknown> => ({
  type: 'lanyard.patient',
  id: { [NHS]: nhsNumber },
  birthDate,
});

let clock: HandClock;
let tab: { -readonly [Key in keyof TabOfPage]: TabOfPage[Key] };
let sent: unknown[];
let recorded: RecordableEvent[];
let led: unknown[];
let raised: unknown[];
let raise: () => Promise<void>;
let emit: (event: PageLineEvent) => void;
let channel: Fdc3Channel;

beforeEach(() => {
  clock = new HandClock();
  tab = { sharedPatient: amara, seenPatient: amara, mayLeadNow: true };
  [sent, recorded, led, raised] = [[], [], [], []];
  raise = () => Promise.resolve();
  channel = new Fdc3Channel({
    systemId: 'epr',
    line: {
      send: (message) => sent.push(message),
      listen: (listener) => {
        emit = listener;
      },
    },
    audit: { record: (event) => recorded.push(event) },
    clock,
    report: (error) => {
      throw error;
    },
    tab: () => tab,
    systems,
    lead: (meant) => led.push(meant),
    raise: (intent, context) => {
      raised.push([intent, context]);
      return raise();
    },
  });
});

const says = (message: unknown): void => {
  emit({ type: 'said', text: JSON.stringify(message), origin: ORIGIN });
};
const refused = (): unknown[] => recorded.map((event) => (event.type === 'live.refused' ? event.reason : event.type));
const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe('contexts', () => {
  test('a patient is said by numbers and birth date, without a name, and read back the same', () => {
    const context = patientContext(amara, systems);
    expect(context).toEqual({
      type: 'lanyard.patient',
      id: { [NHS]: '9990000018', [LOCAL]: 'RM1000017' },
      birthDate: '1961-04-12',
    });
    const read = readContext(context);
    expect(read && isMeant(amara, read.patient, systems)).toBe(true);
    expect(read && isMeant(brian, read.patient, systems)).toBe(false);
  });

  test.each([
    ['nothing', null],
    ['a text', 'lanyard.patient'],
    ['another type', { ...contextOf(amara), type: 'fdc3.contact' }],
    ['no number', { ...contextOf(amara), id: {} }],
    ['no birth date', { type: 'lanyard.patient', id: { [NHS]: '1' } }],
    ['a birth date in other words', { ...contextOf(amara), birthDate: '12/04/1961' }],
    ['a number that is none', { ...contextOf(amara), id: { [NHS]: 9990000018 } }],
    ['a very long number', { ...contextOf(amara), id: { [NHS]: '9'.repeat(101) } }],
    [
      'too many numbers',
      { ...contextOf(amara), id: Object.fromEntries(Array.from({ length: 11 }, (__, x) => [x, 'x'])) },
    ],
    ['a study of nobody', { type: 'lanyard.imagingStudy', id: { 'urn:dicom:uid': '1.2.3' } }],
    [
      'a study that is no UID',
      { type: 'lanyard.imagingStudy', id: { 'urn:dicom:uid': '../x' }, patient: contextOf(amara) },
    ],
  ])('%s is nobody', (_, context) => {
    expect(readContext(context)).toBeNull();
  });

  test('one number that differs, or the birth date, means somebody else', () => {
    const meant = (id: Record<string, string>, birthDate = '1961-04-12') =>
      readContext({ type: 'lanyard.patient', id, birthDate })?.patient;
    const is = (one: ReturnType<typeof meant>) => one && isMeant(amara, one, systems);
    expect(is(meant({ [NHS]: '999 000 0018' }))).toBe(true);
    expect(is(meant({ [NHS]: '9990000018', [LOCAL]: 'RM1000025' }))).toBe(false);
    expect(is(meant({ [NHS]: '9990000018' }, '1961-04-13'))).toBe(false);
    expect(is(meant({ 'urn:elsewhere': '9990000018' }))).toBe(false);
  });
});

describe('FDC3', () => {
  test('tells only a page that listens for patients, and no other document after it', () => {
    expect(channel.tell(brian)).toBe(false);
    says({ op: 'listening', types: ['fdc3.instrument'] });
    expect(channel.tell(brian)).toBe(false);
    says({ op: 'listening', types: ['lanyard.patient'] });
    expect(channel.tell(brian)).toBe(true);
    expect(sent).toEqual([{ op: 'context', context: patientContext(brian, systems) }]);
    emit({ type: 'opened' });
    expect(channel.tell(brian)).toBe(false);
    says({ op: 'listening', types: [null] });
    expect(channel.tell({ ...brian, nhsNumber: null, identifiers: [] })).toBe(false);
  });

  test('says who is chosen to a linked page that asks, and nobody to an unlinked one', () => {
    says({ op: 'current', id: 1, type: null });
    says({ op: 'current', id: 2, type: 'fdc3.contact' });
    tab.sharedPatient = null;
    says({ op: 'current', id: 3, type: null });
    expect(sent).toEqual([
      { op: 'reply', id: 1, value: patientContext(amara, systems) },
      { op: 'reply', id: 2, value: null },
      { op: 'reply', id: 3, value: null },
    ]);
  });

  test('a patient named by a page that may lead is a proposal; what was said to it is none', () => {
    says({ op: 'broadcast', id: 1, context: contextOf(amara) });
    expect(led).toEqual([]);
    says({ op: 'broadcast', id: 2, context: contextOf(brian) });
    expect(led).toEqual([{ id: null, numbers: [{ system: NHS, value: '9990000123' }], birthDate: '1948-08-30' }]);
    expect(sent).toEqual([
      { op: 'reply', id: 1, value: null },
      { op: 'reply', id: 2, value: null },
    ]);
    expect(recorded).toEqual([]);
  });

  test.each([
    ['covered', { seenPatient: null }, 'not-verified'],
    ['seen, but may not lead', {}, 'may-not-lead'],
  ])('a page that is %s changes nobody’s patient', (_, facts, reason) => {
    Object.assign(tab, { mayLeadNow: false, ...facts });
    says({ op: 'broadcast', id: 1, context: contextOf(brian) });
    expect([led, refused(), sent]).toMatchObject([[], [reason], [{ op: 'reply', id: 1, error: 'AccessDenied' }]]);
  });

  test('something is opened only for the patient whom people see on the page', async () => {
    says({ op: 'raise', id: 1, intent: 'ViewImages', context: contextOf(amara) });
    says({ op: 'raise', id: 2, intent: 'ViewImages', context: contextOf(brian) });
    tab.seenPatient = null;
    says({ op: 'raise', id: 3, intent: 'ViewImages', context: contextOf(amara) });
    await settle();
    expect([raised.length, refused()]).toEqual([1, ['not-verified']]); // the second of a kind has no line of its own
    expect(
      sent.toSorted((one, other) => Number(one && other && (one as { id: number }).id) - (other as { id: number }).id),
    ).toMatchObject([
      { id: 1, value: null },
      { id: 2, error: 'AccessDenied' },
      { id: 3, error: 'AccessDenied' },
    ]);
  });

  test('what cannot be opened is said with its sentence', async () => {
    raise = () => Promise.reject(new LanyardError('bad-request', 'Nothing here shows images'));
    says({ op: 'raise', id: 1, intent: 'ViewImages', context: contextOf(amara) });
    await settle();
    expect(sent).toEqual([{ op: 'reply', id: 1, error: 'NoAppsFound', why: 'Nothing here shows images' }]);
  });

  test.each([
    ['no JSON', '{'],
    ['no message', '[]'],
    ['an unknown word', '{"op":"open","id":1}'],
    ['more than was asked for', '{"op":"current","id":1,"type":null,"extra":1}'],
    ['a question without a number', '{"op":"broadcast","context":{}}'],
    ['an endless list', JSON.stringify({ op: 'listening', types: Array.from({ length: 51 }, () => 'x') })],
    ['a prototype', '{"__proto__":{"op":"current"}}'],
  ])('%s is refused on record, and nothing happens', (_, text) => {
    emit({ type: 'said', text, origin: ORIGIN });
    expect([refused(), sent, led, raised]).toEqual([['malformed'], [], [], []]);
  });

  test('a flood is not heard, has one line a minute, and the rest is counted when the session ends', () => {
    for (let count = 0; count < 500; count += 1) says({ op: 'broadcast', id: 1, context: contextOf(brian) });
    expect([led.length, refused()]).toEqual([30, ['too-often']]);
    channel.end();
    expect(recorded.at(-1)).toMatchObject({ type: 'live.refused', reason: 'too-often', leftOut: 468 });
    says({ op: 'broadcast', id: 1, context: contextOf(brian) });
    expect(led.length).toBe(30);
  });

  test('the document after a flood is heard', () => {
    for (let count = 0; count < 500; count += 1) says({ op: 'broadcast', id: 1, context: contextOf(brian) });
    emit({ type: 'opened' });
    says({ op: 'broadcast', id: 1, context: contextOf(brian) });
    expect(led.length).toBe(31);
  });
});

describe('SMART Web Messaging', () => {
  const HANDLE = 'handle-of-this-launch';
  let scopes: string[];
  let hasTabBefore: boolean;
  let launched: unknown[];
  let launch: () => Promise<void>;

  beforeEach(() => {
    scopes = ['messaging/ui'];
    hasTabBefore = true;
    launched = [];
    launch = () => Promise.resolve();
    new MessagingChannel({
      systemId: 'epr',
      line: {
        send: (message) => sent.push(message),
        listen: (listener) => {
          emit = listener;
        },
      },
      audit: { record: (event) => recorded.push(event) },
      clock,
      report: (error) => {
        throw error;
      },
      tab: () => tab,
      scopesOf: (handle) => (handle === HANDLE ? scopes : null),
      newId: () => 'answer-1',
      goBack: () => hasTabBefore,
      launchActivity: (activity, parameters) => {
        launched.push([activity, parameters]);
        return launch();
      },
    });
  });

  const asks = async (messageType: string, payload: object = {}, more: object = {}): Promise<void> => {
    says({ op: 'message', message: { messagingHandle: HANDLE, messageId: 'q', messageType, payload, ...more } });
    await settle();
  };
  const payloads = (): unknown[] => sent.map((answer) => (answer as { payload: unknown }).payload);
  const activity = { activityType: 'order-review', activityParameters: { order: 'ServiceRequest/1' } };

  test('answers a handshake, by the id of its question', async () => {
    await asks('status.handshake');
    expect(sent).toEqual([{ messageId: 'answer-1', responseToMessageId: 'q', payload: {} }]);
  });

  test('goes back when the application is done, and says where it cannot', async () => {
    await asks('ui.done');
    hasTabBefore = false;
    await asks('ui.done');
    expect(payloads()).toMatchObject([{ status: 'success' }, { status: 'error' }]);
  });

  test('hands an activity on, and says why it was not opened', async () => {
    await asks('ui.launchActivity', activity);
    launch = () => Promise.reject(new LanyardError('bad-request', 'Nothing here shows orders'));
    await asks('ui.launchActivity', activity);
    expect(launched).toEqual(Array.from({ length: 2 }, () => ['order-review', { order: 'ServiceRequest/1' }]));
    expect(payloads()).toEqual([
      { status: 'success' },
      { status: 'error', statusDetail: { text: 'Nothing here shows orders.' } },
    ]);
  });

  test.each([
    ['messaging/ui.done', 'ui.done', 'ui.launchActivity'],
    ['messaging/ui.launchActivity', 'ui.launchActivity', 'ui.done'],
  ])('the scope %s allows %s and not %s', async (scope, allowed, refusedType) => {
    scopes = [scope];
    await asks(allowed, activity);
    await asks(refusedType, activity);
    expect(payloads()).toMatchObject([{ status: 'success' }, { status: 'error' }]);
    expect(refused()).toEqual(['no-scope']);
  });

  test('an application that is covered or not in step moves nothing', async () => {
    tab.seenPatient = null;
    await asks('ui.done');
    await asks('ui.launchActivity', activity);
    expect([launched, refused()]).toEqual([[], ['not-verified']]);
    expect(payloads()).toMatchObject([{ status: 'error' }, { status: 'error' }]);
  });

  test('a wrong handle is not answered, whatever it asks', async () => {
    for (const type of ['status.handshake', 'ui.done', 'ui.levitate'])
      await asks(type, {}, { messagingHandle: 'guessed' });
    expect([sent, refused()]).toEqual([[], ['wrong-handle']]);
  });

  test.each([
    ['a message without an id', { messageId: undefined }],
    ['a handle that is no text', { messagingHandle: { toString: 'x' } }],
    ['a payload that is no object', { payload: 'now' }],
    ['a very long type', { messageType: 'x'.repeat(101) }],
  ])('%s is refused on record', async (_, more) => {
    await asks('ui.done', {}, more);
    expect([sent, refused()]).toEqual([[], ['malformed']]);
  });

  test('what a frame posted, and what is too large, is on record only', async () => {
    says({ op: 'stranger' });
    says({ op: 'too-large' });
    await settle();
    expect([sent, refused()]).toEqual([[], ['other-frame', 'too-large']]);
  });

  test('an activity without its parameters is refused; a scratchpad there is not', async () => {
    await asks('ui.launchActivity', { activityType: 'order-review' });
    await asks('scratchpad.create', { resource: {} });
    expect(payloads()).toMatchObject([{ status: 'error' }, { status: '501 Not Implemented' }]);
    expect(launched).toEqual([]);
  });
});

describe('FHIRcast', () => {
  let asked: HubGrantRequest[];
  let ended: string[];
  let answer: (request: HubGrantRequest) => Promise<HubGrant | null>;
  const granted = ({ token }: HubGrantRequest): HubGrant => ({
    url: 'http://127.0.0.1:1/',
    topic: 'topic',
    end: () => ended.push(token),
  });
  const subscriber = (mayLead: boolean): SubscriberChannel => {
    let tokens = 0;
    return new SubscriberChannel({
      title: 'Record',
      mayLead,
      clock,
      newToken: () => `token ${(tokens += 1)}`,
      grant: (request) => {
        asked.push(request);
        return answer(request);
      },
    });
  };
  beforeEach(() => {
    asked = [];
    ended = [];
    answer = (request) => Promise.resolve(granted(request));
  });

  test('a launch lets its page in, to hear; and to name patients where it may lead', async () => {
    expect(await subscriber(false).access()).toEqual({
      hubUrl: 'http://127.0.0.1:1/',
      hubTopic: 'topic',
      hubToken: 'token 1',
    });
    await subscriber(true).access();
    expect(asked.map(({ scopes }) => scopes)).toEqual([
      'fhircast/*.read',
      'fhircast/*.read fhircast/Patient-open.write fhircast/Patient-close.write',
    ]);
    expect(asked[0]).toMatchObject({ subscriberName: 'Record', expiresAt: clock.now() + 86_400_000 });
  });

  test('the next launch, and the session’s end, take the one before back', async () => {
    const channel = subscriber(false);
    await channel.access();
    await channel.access();
    expect(ended).toEqual(['token 1']);
    channel.end();
    expect([ended, channel.tell(amara, brian)]).toEqual([['token 1', 'token 2'], false]);
  });

  test('what an overtaken launch is granted late ends at once', async () => {
    const channel = subscriber(false);
    let late: (grant: HubGrant | null) => void = () => undefined;
    answer = () => new Promise((resolve) => (late = resolve));
    const first = channel.access();
    answer = (request) => Promise.resolve(granted(request));
    await channel.access();
    const [request] = asked;
    if (request) late(granted(request));
    await expect(first).rejects.toThrow('The context hub is not running yet');
    expect([ended, channel.tell(amara, brian)]).toEqual([['token 1'], true]);
  });

  test('without a hub nobody is let in, and nobody counts as told', async () => {
    answer = () => Promise.resolve(null);
    const channel = subscriber(false);
    await expect(channel.access()).rejects.toThrow(LanyardError);
    expect(channel.tell(amara, brian)).toBe(false);
  });

  test('a page at its start has not been let in', async () => {
    const channel = subscriber(false);
    await channel.access();
    expect([channel.tell(amara, null), channel.tell(amara, brian)]).toEqual([false, true]);
  });

  test('only pages of subscribers may speak to the hub', () => {
    const of = (origin: string, live: string, scopes?: string[]) => ({
      origins: [origin, 'https://shared.test'],
      context: { live },
      signOn: { method: 'smart', ...(scopes && { scopes }) },
    });
    expect(
      originsAtHub([
        of('https://a.test', 'fhircast'),
        of('https://b.test', 'fdc3'),
        of('https://c.test', 'none', ['launch', 'fhircast/Patient-open.read']),
        of('https://d.test', 'none', ['launch']),
      ]),
    ).toEqual(['https://a.test', 'https://shared.test', 'https://c.test']);
  });
});

describe('the line to a page', () => {
  /** Answers of the page, in order; then it waits. */
  function lineTo(answers: unknown[], origin = ORIGIN) {
    const ran: string[] = [];
    const heard: PageLineEvent[] = [];
    const line = new PageMessages(
      {
        run: (code) => {
          ran.push(code);
          return answers.length > 0 ? Promise.resolve(answers.shift()) : new Promise(() => undefined);
        },
        origin: () => origin,
      },
      'fdc3',
      'SCRIPT',
      [ORIGIN],
      clock,
    );
    line.listen((event) => heard.push(event));
    return { line, ran, heard };
  }

  test('hands on texts one at a time, and nothing that is no text', async () => {
    const { line, heard } = lineTo([0, 'one', '', 1, { op: 'listening' }, 'two']);
    line.restart();
    for (let turn = 0; turn < 8; turn += 1) {
      await settle();
      clock.advance(1_000);
    }
    expect(heard).toEqual([
      { type: 'opened' },
      { type: 'said', text: 'one', origin: ORIGIN },
      { type: 'too-large', origin: ORIGIN },
      { type: 'said', text: 'two', origin: ORIGIN },
    ]);
  });

  test('keeps a pace, whatever the page does', async () => {
    const { line, heard } = lineTo([0, ...Array.from({ length: 100 }, () => 'x')]);
    line.restart();
    await settle();
    expect(heard.length).toBe(2);
    clock.advance(20);
    await settle();
    expect(heard.length).toBe(3);
  });

  test('a page of another origin gets no script, and hears nothing', async () => {
    const { line, ran, heard } = lineTo([], 'https://login.test');
    line.restart();
    line.send({ op: 'context' });
    await settle();
    expect([ran, heard]).toEqual([[], []]);
  });

  test('what an older document says is not heard', async () => {
    const { line, heard } = lineTo([0, 'old']);
    line.restart();
    line.stop();
    await settle();
    expect(heard).toEqual([{ type: 'opened' }, { type: 'closed' }]);
  });

  test('what is said to a page is a text in the code, never code', () => {
    const { line, ran } = lineTo([]);
    line.restart();
    line.send({ op: 'context', context: '"); alert(1); ("' });
    expect(ran.at(-1)).toBe(
      String.raw`void globalThis.lanyardPage?.deliver("{\"op\":\"context\",\"context\":\"\\\"); alert(1); (\\\"\"}")`,
    );
  });
});
