/**
 * Walks a state machine over every edge: from each state it has found, by the shortest way there, every event that can
 * happen, and every two events after each other. What a state is called is the machine's own word; how it gets from one
 * to the next comes out as a table.
 */

export interface Walked<Machine> {
  /** A new one, as it begins. */
  readonly start: () => Promise<Machine> | Machine;
  /** Everything that can happen to it, by name. */
  readonly events: Readonly<Record<string, (machine: Machine) => Promise<void> | void>>;
  readonly state: (machine: Machine) => string;
  /** What the table calls it, where that is coarser than what has to be told apart to reach everything. */
  readonly named?: (machine: Machine) => string;
  /** What must hold after every event. Throws where it does not. */
  readonly check: (machine: Machine, way: readonly string[]) => void;
}

/** State → event → the states it was seen to lead to; more than one where what went before matters. */
export type Edges = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

export async function walk<Machine>({ start, events, state, named = state, check }: Walked<Machine>): Promise<Edges> {
  const edges = new Map<string, Map<string, Set<string>>>();
  const ways = new Map<string, readonly string[]>();
  const names = Object.keys(events);
  /** Goes this way from the beginning, and notes every edge. */
  const go = async (way: readonly string[]): Promise<void> => {
    const machine = await start();
    let before = named(machine);
    const gone: string[] = [];
    for (const name of way) {
      await events[name]?.(machine);
      gone.push(name);
      check(machine, gone);
      const after = named(machine);
      note(before, name, after);
      before = after;
      const place = state(machine);
      if (!ways.has(place)) found(place, [...gone]);
    }
  };
  const waiting: string[] = [];
  const found = (name: string, way: readonly string[]): void => {
    ways.set(name, way);
    waiting.push(name);
  };
  const note = (before: string, event: string, after: string): void => {
    const from = edges.get(before) ?? new Map<string, Set<string>>();
    edges.set(before, from);
    from.set(event, (from.get(event) ?? new Set<string>()).add(after));
  };
  found(state(await start()), []);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const way = ways.get(next) ?? [];
    for (const first of names) for (const second of names) await go([...way, first, second]);
  }
  return edges;
}

/** As a Markdown table: one row for each state, one column for what it leads to by which event. */
export function asTable(edges: Edges): string {
  const rows = [...edges].sort(([one], [other]) => one.localeCompare(other));
  return rows
    .map(([state, events]) => {
      const stays = [...events].filter(([, to]) => to.size === 1 && to.has(state)).map(([event]) => event);
      const goes = [...events].filter(([event]) => !stays.includes(event));
      const lines = goes.map(([event, to]) => `- ${event} → ${[...to].sort().join(' · or ')}`);
      if (stays.length > 0) lines.push(`- stays: ${stays.join(', ')}`);
      return `### ${state}\n\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
