/**
 * Three Lanyards at one hub, with clocks that differ by minutes, choose and close as they like, lose their connections, and
 * cross each other. Seeded. Whatever happened: once it is quiet all of them, and the hub, are at the same patient.
 */
import { afterEach, expect, test } from 'vitest';
import { JoinedHub } from '../../main/context/hubClient/joinedHub.js';
import { type HubSocket, networkTransport } from '../../main/context/hubClient/transport.js';
import { PatientContext } from '../../main/context/patientContext.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { MARKER, startTestHub, type TestHub } from './hubPeers.js';
import { amara, brian } from './people.js';
import { surveyOfTest } from './surveyOfTest.js';
import { nothingRestricted } from './restrictedRecords.js';

const chidi: Patient = { ...brian, id: 'chidi', nhsNumber: '9990000034', identifiers: [] };
const people = [amara, brian, chidi];

interface Desk {
  readonly context: PatientContext;
  readonly joined: JoinedHub;
  readonly clock: HandClock;
  readonly cut: () => void;
}

const desks: Desk[] = [];
const surprises: unknown[] = [];
afterEach(async () => {
  await Promise.all(desks.splice(0).map(({ joined }) => joined.end()));
});

/** Mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function desk(hub: TestHub, name: string, skew: number, pick: (below: number) => number): Desk {
  const clock = new HandClock();
  clock.advance(skew);
  const audit = { record: () => undefined };
  const network = networkTransport();
  let socket: HubSocket | null = null;
  const token = hub.grant('fhircast/*.*', { name });
  const context: PatientContext = new PatientContext(
    { get: (id) => Promise.resolve(people.find((person) => person.id === id) ?? amara) },
    audit,
    {
      follow: (patient) => {
        joined.follow(patient);
      },
    },
    surveyOfTest(audit).survey,
    nothingRestricted(),
    (error) => surprises.push(error),
  );
  const joined = new JoinedHub({
    url: new URL(hub.url),
    subscriberName: name,
    readJoin: () => Promise.resolve({ topic: hub.topic, token }),
    transport: {
      request: (address, request) => network.request(address, request),
      open: (endpoint, ears) => (socket = network.open(endpoint, ears)),
    },
    clock,
    newId: () => crypto.randomUUID(),
    random: () => 0,
    chosen: context,
    identify: async ({ numbers }) => {
      for (let turns = pick(30); turns > 0; turns -= 1) await new Promise(setImmediate);
      const found = people.find(({ nhsNumber }) => numbers.some(({ value }) => value === nhsNumber));
      if (!found) throw new LanyardError('unknown-patient', 'Nobody here has this number');
      return found;
    },
    audit,
    systems: new Map(),
    notice: () => undefined,
    report: (error) => {
      if (!(error instanceof LanyardError)) surprises.push(error);
    },
    signOut: () => surprises.push('signed out'),
  });
  joined.start();
  const made = { context, joined, clock, cut: () => socket?.cut() };
  desks.push(made);
  return made;
}

const isRunning = async ({ joined }: Desk): Promise<boolean> => (await joined.report()).state === 'running';

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  'seed %i: all end with the same patient',
  async (seed) => {
    const pick = random(seed);
    const hub = await startTestHub({}, new HandClock().now() + 4 * 60_000);
    const one = desk(hub, 'Desk 0', 0, pick);
    const all = [one, ...[-240_000, 240_000].map((skew, index) => desk(hub, `Desk ${index + 1}`, skew, pick))];
    const tick = (): void => {
      hub.clock.advance(1 + pick(50));
      for (const { clock } of all) clock.advance(1 + pick(50));
    };
    await expect.poll(() => Promise.all(all.map(isRunning))).toEqual([true, true, true]);
    const who = (): (string | null)[] => all.map(({ context }) => context.current.patient?.id ?? null);
    for (let step = 0; step < 60; step += 1) {
      const { context, cut } = all[pick(all.length)] ?? one;
      const what = pick(12);
      if (what < 8) await context.select(people[pick(people.length)]?.id ?? '');
      else if (what < 10) {
        // Closing nothing while somebody is on their way refuses them, like "Cancel": that desk then stays apart, on purpose.
        if (context.current.patient) await context.close();
      } else if (what < 11) cut();
      for (let turns = pick(20); turns > 0; turns -= 1) await new Promise(setImmediate);
      tick();
    }
    const current = async (): Promise<string | null> => {
      const { context } = await hub.current();
      const value = (context[0]?.resource?.['identifier'] as { value: string }[] | undefined)?.[0]?.value;
      return people.find(({ nhsNumber }) => nhsNumber === value)?.id ?? null;
    };
    const agree = async (): Promise<void> => {
      await expect
        .poll(
          async () => {
            tick();
            const running = (await Promise.all(all.map(isRunning))).every(Boolean);
            return running && new Set([await current(), ...who()]).size === 1;
          },
          { timeout: 20_000, message: `they do not agree: ${who().join()}` },
        )
        .toBe(true);
    };
    await agree();
    // Whatever was on its way has arrived when a marker has, and they agree still.
    const witness = await hub.subscriber(MARKER, { marker: false });
    await hub.publish(MARKER, []);
    await witness.nextEvent();
    await agree();
    expect(surprises).toEqual([]);
  },
  60_000,
);
