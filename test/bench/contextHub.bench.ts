/** The context hub's own bench (hub.bench.ts), as a part of this one. */
import type { Part, Surroundings } from './bench.js';
import { run } from './hub.bench.js';

/** Milliseconds, by the number of subscribers. */
const goals: Readonly<Record<number, Readonly<Partial<Record<string, number>>>>> = {
  10: { 'CPU per event': 0.8, 'latency p50': 1.5 },
  100: { 'CPU per event': 5, 'latency p50': 7 },
};

export const contextHub: Part = {
  name: 'hub',
  about: 'an event through the context hub to every subscriber; the floor is the least a WebSocket hub can do',
  run: measure,
};

async function measure({ report }: Surroundings): Promise<void> {
  for (const { subscribers, events, floor, lanyard, memory } of await run(() => undefined)) {
    for (const title of Object.keys(lanyard) as (keyof typeof lanyard)[]) {
      const goal = goals[subscribers]?.[title];
      report.add({
        name: `${subscribers} subscribers: ${title}`,
        unit: 'ms',
        value: lanyard[title],
        floor: floor[title],
        count: events,
        ...(goal !== undefined && { goal: { value: goal } }),
      });
    }
    const name = `${subscribers} subscribers: resident memory of the hub’s process`;
    report.add({ name, unit: 'MB', value: memory.lanyard, floor: memory.floor });
  }
}
