/** The pure parts of the hub: names, answers, rates, secrets, and a topic walked over every edge. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAcknowledgement } from '../../main/context/hub/acknowledgement.js';
import { allowedHosts, checkHost } from '../../main/context/hub/checkHost.js';
import { eventCatalogue, parseEventName, parseEventPattern } from '../../main/context/hub/eventNames.js';
import { impliedOpens } from '../../main/context/hub/impliedOpens.js';
import { defaultLimits } from '../../main/context/hub/limits.js';
import { EPOCH, type EventRequest, relativeReference } from '../../main/context/hub/message.js';
import { PendingAnswers } from '../../main/context/hub/pendingAnswers.js';
import { RateLimit } from '../../main/context/hub/rateLimit.js';
import { equalSecrets, SecretMap } from '../../main/context/hub/secretMap.js';
import { type CheckedEvent, TopicState } from '../../main/context/hub/topicState.js';
import { TokenRegistry } from '../../main/context/hub/tokenRegistry.js';
import { systemRandomness } from '../../main/context/hub/randomness.js';
import { encounter, type Entry, ManualClock, patient, report, study } from './hubPeers.js';

describe('event names', () => {
  test.each(eventCatalogue)('%s keeps its spelling, however it is written', (name) => {
    expect(parseEventName(name.toUpperCase())?.name).toBe(name);
  });

  test.each([
    'Patient',
    'Patient-',
    '-open',
    'Patient-open-close',
    'org',
    'org.example-thing',
    'a b.c',
    '',
    'x'.repeat(300),
  ])('"%s" names no event', (text) => {
    expect(parseEventName(text)).toBeUndefined();
  });

  test.each([
    ['*', 'Patient-open', true],
    ['*', 'org.example.thing', true],
    ['*', 'Heartbeat', false],
    ['*-*', 'Patient-close', true],
    ['*-*', 'SyncError', false],
    ['Patient-*', 'patient-close', true],
    ['Patient-*', 'Encounter-close', false],
    ['*-open', 'Home-open', true],
    ['*-open', 'Patient-close', false],
    ['heartbeat', 'Heartbeat', true],
  ])('the pattern %s means %s: %s', (pattern, name, means) => {
    const event = parseEventName(name);
    expect(event && parseEventPattern(pattern)?.matches(event)).toBe(means);
  });
});

test('an open implies what it names, most specific first; not itself, and a close implies nothing', () => {
  const context = [report(), study(), encounter(), patient()] as never;
  const implied = (name: string) => {
    const event = parseEventName(name);
    return event && impliedOpens(event, context).map((one) => one.event.name);
  };
  expect(implied('DiagnosticReport-open')).toEqual(['ImagingStudy-open', 'Encounter-open', 'Patient-open']);
  expect(implied('ImagingStudy-open')).toEqual(['Encounter-open', 'Patient-open']);
  expect(implied('DiagnosticReport-close')).toEqual([]);
});

describe('answers', () => {
  test.each([
    ['{"id":"a","status":200}', { id: 'a', status: 200 }],
    ['{"id":"a","status":"409"}', { id: 'a', status: 409 }],
    ['{"id":"a"}', { id: 'a', status: 200 }],
    ['{"id":"a","status":null}', null],
    ['{"id":"a","status":99}', null],
    ['{"id":"a","status":200.5}', null],
    ['{"id":"a","status":"2000"}', null],
    ['{"status":200}', null],
    ['[{"id":"a"}]', null],
    ['', null],
  ])('%s is %j', (frame, answer) => {
    expect(parseAcknowledgement(frame)).toEqual(answer);
  });

  const sent = (eventId: string, matters = true) => ({ eventId, eventName: 'Patient-open', matters });

  test('the oldest that matters is overdue first; what was received, or does not matter, never is', () => {
    const pending = new PendingAnswers(10);
    pending.add('update', sent('update', false), 0);
    pending.add('received', sent('received'), 0);
    pending.add('silent', sent('silent'), 5);
    pending.settle('received', 202);
    expect(pending.overdue(14)).toBeNull();
    expect(pending.nextDeadline).toBe(15);
    expect(pending.overdue(15)).toEqual(sent('silent'));
    expect(pending.size).toBe(0);
  });

  test('an event sent once more is awaited anew', () => {
    const pending = new PendingAnswers(10);
    pending.add('a', sent('a'), 0);
    pending.add('b', sent('b'), 1);
    pending.add('a', sent('a'), 5);
    expect(pending.overdue(11)).toEqual(sent('b'));
    expect(pending.overdue(14)).toBeNull();
    expect(pending.overdue(15)).toEqual(sent('a'));
  });
});

test('a rate refills with time, not beyond its most, and not when the clock goes back', () => {
  const clock = new ManualClock(1_000_000);
  const rate = new RateLimit({ perSecond: 10, atOnce: 2 }, clock);
  const takeAll = () => [rate.take(), rate.take(), rate.take()];
  expect(takeAll()).toEqual([true, true, false]);
  clock.advance(100);
  expect(takeAll()).toEqual([true, false, false]);
  clock.advance(60_000);
  expect(takeAll()).toEqual([true, true, false]);
  clock.advance(-30_000);
  expect(rate.take()).toBe(false);
  clock.advance(100);
  expect(rate.take()).toBe(true);
});

test('a map of secrets finds the very secret only, and forgets', () => {
  const map = new SecretMap<number>();
  map.set('secret', 1);
  map.set('Secret', 2);
  expect([map.get('secret'), map.get('Secret'), map.get('secret '), map.size]).toEqual([1, 2, undefined, 2]);
  expect(map.deleteWhere((value) => value === 1)).toEqual([1]);
  expect([map.delete('Secret'), map.delete('Secret'), map.size]).toEqual([true, false, 0]);
  expect([equalSecrets('abc', 'abc'), equalSecrets('abc', 'abd'), equalSecrets('abc', 'ab')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a registry makes room for new tokens by forgetting expired ones, and refuses tokens that cannot be sent', () => {
  const clock = new ManualClock(1_000_000);
  const tokens = new TokenRegistry(clock, systemRandomness);
  const grant = { topic: tokens.openTopic(), scopes: 'fhircast/*.*', subscriberName: null };
  const token = tokens.grant({ ...grant, expiresAt: clock.now() + 10 });
  expect(tokens.find(token)?.topic).toBe(grant.topic);
  clock.advance(10);
  expect(tokens.find(token)).toBeUndefined();
  expect(() => {
    tokens.add('two words', { ...grant, expiresAt: clock.now() + 10 });
  }).toThrow('access token');
});

test.each([
  ['Patient/1', 'Patient/1'],
  ['https://fhir.example.org/R4/Patient/1', 'Patient/1'],
  ['Patient/1/_history/2', 'Patient/1'],
  ['urn:uuid:7f2e', undefined],
  ['patient/1', undefined],
])('the reference %s means %s', (reference, means) => {
  expect(relativeReference(reference)).toBe(means);
});

test.each([
  ['127.0.0.1:4000', true],
  ['LOCALHOST:4000', true],
  ['127.0.0.1', false],
  ['evil.example:4000', false],
  [undefined, false],
])('a hub on port 4000 answers to the Host %s: %s', (header, answers) => {
  const check = () => {
    checkHost(header, allowedHosts('127.0.0.1', 4000, false));
  };
  if (answers) expect(check).not.toThrow();
  else expect(check).toThrow('Host header');
});

describe('a topic', () => {
  let ids = 0;
  const newTopic = () => new TopicState(() => `v${(ids += 1)}`, defaultLimits);
  const event = (name: string, context: Entry[], time: number): CheckedEvent => {
    const parsed = parseEventName(name);
    if (!parsed) throw new Error(`no event: ${name}`);
    const request: EventRequest = {
      timestamp: new Date(time).toISOString(),
      id: `e${(ids += 1)}`,
      event: { 'hub.topic': 't', 'hub.event': name, context: context as never },
    };
    return { event: parsed, request, time };
  };
  const openA = (time: number) => event('Patient-open', [patient('a')], time);
  const openB = (time: number) => event('ImagingStudy-open', [study('b')], time);
  const closeA = (time: number) => event('Patient-close', [patient('a')], time);
  const closeB = (time: number) => event('ImagingStudy-close', [study('b')], time);
  const home = (time: number) => event('Home-open', [], time);
  const logout = (time: number) => event('UserLogout', [], time);
  const currentOf = (topic: TopicState) => topic.current(() => true)?.['context.type'];
  const openOf = (topic: TopicState) =>
    topic.opensFor(() => true).map(({ notification }) => notification.event['hub.event']);

  // From each state: how it is reached, then each event, what is current, and what is still open.
  const states: Record<string, ((time: number) => CheckedEvent)[]> = {
    nothing: [],
    'A current': [openA],
    'B current, A open': [openA, openB],
    'A open, nothing current': [openA, openB, closeB],
    'B current': [openA, openB, closeA],
    'at home, A open': [openA, home],
  };
  test.each<[keyof typeof states, string, (time: number) => CheckedEvent, string, string[]]>([
    ['nothing', 'open A', openA, 'Patient', ['Patient-open']],
    ['nothing', 'close A', closeA, '', []],
    ['nothing', 'home', home, '', ['Home-open']],
    ['nothing', 'logout', logout, '', []],
    ['A current', 'open A again', openA, 'Patient', ['Patient-open']],
    ['A current', 'open B', openB, 'ImagingStudy', ['Patient-open', 'ImagingStudy-open']],
    ['A current', 'close A', closeA, '', []],
    ['A current', 'close B', closeB, 'Patient', ['Patient-open']],
    ['A current', 'home', home, '', ['Patient-open', 'Home-open']],
    ['A current', 'logout', logout, '', []],
    ['B current, A open', 'open A', openA, 'Patient', ['ImagingStudy-open', 'Patient-open']],
    ['B current, A open', 'close A', closeA, 'ImagingStudy', ['ImagingStudy-open']],
    ['B current, A open', 'close B', closeB, '', ['Patient-open']],
    ['B current, A open', 'home', home, '', ['Patient-open', 'ImagingStudy-open', 'Home-open']],
    ['B current, A open', 'logout', logout, '', []],
    ['A open, nothing current', 'open A', openA, 'Patient', ['Patient-open']],
    ['A open, nothing current', 'open B', openB, 'ImagingStudy', ['Patient-open', 'ImagingStudy-open']],
    ['A open, nothing current', 'close A', closeA, '', []],
    ['B current', 'open A', openA, 'Patient', ['ImagingStudy-open', 'Patient-open']],
    ['B current', 'close B', closeB, '', []],
    ['at home, A open', 'open B', openB, 'ImagingStudy', ['Patient-open', 'ImagingStudy-open']],
    ['at home, A open', 'open A', openA, 'Patient', ['Patient-open']],
    ['at home, A open', 'close A', closeA, '', ['Home-open']],
    ['at home, A open', 'logout', logout, '', []],
  ])('%s, then %s', (state, _what, next, current, open) => {
    const topic = newTopic();
    let time = 1000;
    for (const step of [...(states[state] ?? []), next]) {
      const { extension } = topic.commit(step((time += 1)));
      expect(extension?.[EPOCH]).toBe(topic.epoch);
    }
    expect(currentOf(topic)).toBe(current);
    expect(openOf(topic)).toEqual(open);
    expect(topic.epoch).toBe((states[state]?.length ?? 0) + 1);
  });

  test('checking changes nothing', () => {
    const topic = newTopic();
    const opening = openA(1000);
    expect(topic.check(opening)).toBeNull();
    expect([topic.epoch, currentOf(topic), topic.isEmpty]).toEqual([0, '', true]);
    topic.commit(opening);
    expect(() => topic.check(openB(999))).toThrow('older');
  });

  test('ids differ by case, resource types do not', () => {
    const topic = newTopic();
    topic.commit(event('Patient-open', [patient('abc')], 1000));
    topic.commit(event('patient-close', [patient('ABC')], 1001));
    expect(currentOf(topic)).toBe('Patient');
    topic.commit(event('PATIENT-close', [patient('abc')], 1002));
    expect(currentOf(topic)).toBe('');
  });

  test('a close that is older than the open it would close is refused', () => {
    const topic = newTopic();
    topic.commit(openA(1000));
    expect(() => topic.commit(closeA(999))).toThrow('opened after');
    expect(currentOf(topic)).toBe('Patient');
  });

  test('only so many ids are remembered', () => {
    const topic = new TopicState(() => `v${(ids += 1)}`, { ...defaultLimits, rememberedIds: 2 });
    const first = event('org.example.note', [], 1000);
    topic.commit(first);
    expect(() => topic.commit(first)).toThrow('id was used');
    topic.commit(event('org.example.note', [], 1000));
    topic.commit(event('org.example.note', [], 1000));
    expect(() => topic.commit(first)).not.toThrow();
  });

  // Seeded: a failure names its seed and replays.
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    '500 random changes with clocks that differ, seed %i: the last commit wins',
    (seed) => {
      const random = generator(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const topic = newTopic();
      const versions = new Set<string>();
      let now = 1_000_000;
      let [committedAt, expected]: [number, string | null] = [Number.NEGATIVE_INFINITY, null];
      for (let step = 0; step < 500; step++) {
        now += Math.floor(random() * 10);
        const id = pick(['p1', 'p2', 'p3']);
        const kind = pick(['Patient-open', 'Patient-close', 'Encounter-open', 'Home-open']);
        const context =
          {
            'Patient-open': [patient(id)],
            'Patient-close': [patient(id)],
            'Encounter-open': [encounter(`e-${id}`, id), patient(id)],
            'Home-open': [],
          }[kind] ?? [];
        const time = now - pick([0, 0, 0, 5, 3_600_000]) + pick([0, 0, 200_000]);
        const { epoch } = topic;
        const refused = attempt(() => topic.commit(event(kind, context, time)));
        if (refused) {
          expect(topic.epoch).toBe(epoch);
          if (kind.endsWith('open')) expect(time).toBeLessThan(committedAt);
        } else {
          expect(topic.epoch).toBe(epoch + 1);
          if (kind.endsWith('open')) {
            expect(time).toBeGreaterThanOrEqual(committedAt);
            expected = kind === 'Home-open' ? null : `${kind}/${id}`;
          } else if (expected === `Patient-open/${id}`) expected = null;
          committedAt = Math.max(committedAt, time);
        }
        const current = topic.current(() => true);
        const shown = current?.context.find(({ key }) => key === 'patient')?.resource?.id;
        expect(shown === undefined ? null : `${String(current?.['context.type'])}-open/${shown}`).toBe(expected);
        if (!refused && kind.endsWith('open')) versions.add(current?.['context.versionId'] ?? '');
      }
      expect(versions.size).toBeGreaterThan(20);
    },
  );
});

function attempt(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

/** Mulberry32: small, seeded, good enough to shuffle steps. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('the README says in which file the tests of each row are, and they are there', async () => {
  const readme = await readFile(new URL('../../main/context/hub/README.md', import.meta.url), 'utf8');
  const rows = readme.matchAll(/^\| (\d+)(?:–(\d+))?\s*\|.*\| (hubRows\w+)\s*\|$/gm);
  const told: number[] = [];
  for (const [, first, last, file] of rows) {
    const tests = await readFile(new URL(`./${file ?? ''}.test.ts`, import.meta.url), 'utf8');
    for (let row = Number(first); row <= Number(last ?? first); row++) {
      expect(tests).toMatch(new RegExp(`['"]row ${row}: `));
      told.push(row);
    }
  }
  expect(told).toEqual(Array.from({ length: 69 }, (_, index) => index + 1));
});
