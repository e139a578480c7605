/** What a bench has to say: figures with their floor, ratio and goal, for people and (JSON) for comparing runs. */

/** What a figure should not exceed: its ratio to the floor, or its own value; or what it should reach. */
export type Goal = { readonly ratio: number } | { readonly value: number } | { readonly atLeast: number };

export interface Figure {
  /** What was measured, with what of it: "start → sign-in painted, p50". */
  readonly name: string;
  readonly unit: 'ms' | 'MB' | '%' | 'looks' | 'MB per 100 changes' | 'per second';
  readonly value: number;
  /** The same of the floor, measured in the same run. */
  readonly floor?: number;
  /** What the floor is. */
  readonly floorIs?: string;
  readonly goal?: Goal;
  /** How many measurements stand behind it. */
  readonly count?: number;
}

interface Judged extends Figure {
  readonly part: string;
  readonly ratio: number | null;
  readonly met: boolean | null;
}

export class Report {
  readonly figures: Judged[] = [];
  readonly notes: { part: string; text: string }[] = [];
  #part = '';

  constructor(private readonly write: (line: string) => void) {}

  begin(part: string, about: string): void {
    this.#part = part;
    this.write(`\n${part}: ${about}`);
  }

  add(figure: Figure): void {
    const { name, unit, value, floor, goal, count } = figure;
    const ratio = floor === undefined ? null : value / floor;
    const judged: Judged = { part: this.#part, ...figure, ratio, met: meets(goal, value, ratio) };
    this.figures.push(judged);
    const columns = [
      `  ${name}`.padEnd(62),
      `${number(value)} ${unit}`.padStart(14),
      floor === undefined ? ''.padEnd(17) : `floor ${number(floor)}`.padStart(17),
      ratio === null ? ''.padEnd(9) : `${ratio.toFixed(2)} ×`.padStart(9),
      goal === undefined ? '' : `   goal ${limit(goal, unit)}: ${judged.met === true ? 'met' : 'MISSED'}`,
      count === undefined ? '' : `  (n = ${count})`,
    ];
    this.write(columns.join('').trimEnd());
  }

  /** Something a reader of the figures has to know. */
  note(text: string): void {
    this.notes.push({ part: this.#part, text });
    this.write(`  – ${text}`);
  }
}

function limit(goal: Goal, unit: Figure['unit']): string {
  if ('ratio' in goal) return `≤ ${goal.ratio} ×`;
  return 'atLeast' in goal ? `≥ ${goal.atLeast} ${unit}` : `≤ ${goal.value} ${unit}`;
}

function meets(goal: Goal | undefined, value: number, ratio: number | null): boolean | null {
  if (goal === undefined) return null;
  if ('value' in goal) return value <= goal.value;
  if ('atLeast' in goal) return value >= goal.atLeast;
  if (ratio === null) throw new Error('a ratio needs a floor');
  return ratio <= goal.ratio;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
