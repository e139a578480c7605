/**
 * What Lanyard works with and whether it answers: one list for the page, trying again with growing pauses. Facts come
 * from the work itself wherever there is any; only what fails, or what nobody would notice, is asked for its own sake.
 */
import type { ServiceState } from '../../preload/contract.js';
import { type Clock, Deadline } from '../context/clock.js';

export interface Service {
  readonly id: string;
  readonly title: string;
  /** What does not work while it fails, and what does: whole sentences. */
  readonly meaning: string;
  /**
   * Tries it once. true: it answers · false: it does not · null: begun, and `saw` will tell. Never asked twice at once.
   * Absent: it is tried again by whoever uses it.
   */
  readonly probe?: (signal: AbortSignal) => Promise<boolean | null>;
  /** Asking disturbs nobody, so it may be asked while nothing is known to be wrong. */
  readonly mayAlwaysBeAsked?: boolean;
  /** Milliseconds between two questions while nothing is wrong. Absent: its work shows it. */
  readonly every?: number;
  /** For those without a probe of ours that can be told to try now. */
  readonly hurry?: () => void;
}

export interface ServiceBoardParts {
  readonly clock: Clock;
  /** From 0 up to, not including, 1: a hospital's workstations must not all ask in the same second. */
  readonly random: () => number;
  readonly changed: () => void;
  /** A failure nobody foresaw: logged, redacted. */
  readonly report: (error: unknown) => void;
}

/** Milliseconds. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 120_000;
/** What has no answer by then has not answered. */
const PROBE_DEADLINE = 60_000;
/** A pause is this much shorter or longer, by chance. */
const SPREAD = 0.2;

/** Of the network of this computer: while it fails nothing else is tried. */
export const NETWORK = 'network';

interface Entry {
  readonly service: Service;
  readonly timer: Deadline;
  status: ServiceState['status'];
  since: number;
  pause: number;
  nextTry: number | null;
  running: AbortController | null;
}

export class ServiceBoard {
  readonly #entries = new Map<string, Entry>();
  #over = false;

  constructor(private readonly parts: ServiceBoardParts) {}

  /** In the order in which they are shown. */
  add(service: Service): void {
    const timer = new Deadline(this.parts.clock, () => {
      this.#due(entry);
    });
    const since = this.parts.clock.now();
    const entry: Entry = {
      service,
      timer,
      status: 'unknown',
      since,
      pause: FIRST_PAUSE,
      nextTry: null,
      running: null,
    };
    this.#entries.set(service.id, entry);
    if (service.every !== undefined) timer.set(this.#spread(service.every));
  }

  get state(): ServiceState[] {
    return [...this.#entries.values()].map(({ service, status, since, nextTry, running }) => ({
      id: service.id,
      title: service.title,
      status,
      since: new Date(since).toISOString(),
      meaning: service.meaning,
      nextTry: nextTry === null ? null : new Date(nextTry).toISOString(),
      isTrying: running !== null,
      canTry: status === 'fails' && (service.probe !== undefined || service.hurry !== undefined),
    }));
  }

  /**
   * What the work with it has shown. Unknown ids are nobody's.
   * @param nextTry when whoever uses it tries again (milliseconds since 1970); for those without a probe
   */
  saw(id: string, answers: boolean, nextTry: number | null = null): void {
    const entry = this.#entries.get(id);
    if (!entry || this.#over) return;
    const status = answers ? 'answers' : 'fails';
    const isNews = entry.status !== status;
    if (isNews) Object.assign(entry, { status, since: this.parts.clock.now(), pause: FIRST_PAUSE });
    const wasTrying = entry.running !== null;
    entry.running = null;
    if (answers) {
      entry.nextTry = null;
      if (entry.service.every === undefined) entry.timer.clear();
      else entry.timer.set(this.#spread(entry.service.every));
      if (id === NETWORK && isNews) this.tryFailing();
    } else if (!entry.service.probe) entry.nextTry = nextTry;
    else if (isNews || wasTrying || entry.nextTry === null) {
      const pause = this.#spread(entry.pause);
      entry.pause = Math.min(entry.pause * 2, LONGEST_PAUSE);
      entry.nextTry = this.parts.clock.now() + pause;
      entry.timer.set(pause);
    }
    if (isNews || wasTrying || !answers) this.parts.changed();
  }

  /** Somebody asks for it: the pauses begin anew. null: everything that fails, or may always be asked. */
  tryNow(id: string | null): void {
    for (const entry of this.#entries.values()) {
      const { service, status } = entry;
      if (id !== null && service.id !== id) continue;
      if (status !== 'fails' && service.mayAlwaysBeAsked !== true) continue;
      entry.pause = FIRST_PAUSE;
      if (service.probe) this.#try(entry);
      else if (status === 'fails') service.hurry?.();
    }
  }

  /** What was in the way is gone. */
  tryFailing(): void {
    for (const { service, status } of this.#entries.values()) if (status === 'fails') this.tryNow(service.id);
  }

  dispose(): void {
    this.#over = true;
    for (const { timer, running } of this.#entries.values()) {
      timer.clear();
      running?.abort();
    }
  }

  #due(entry: Entry): void {
    const isLate = entry.running !== null;
    if (!isLate) this.#try(entry);
    else {
      entry.running?.abort();
      this.saw(entry.service.id, false);
    }
  }

  #try(entry: Entry): void {
    const { service } = entry;
    if (!service.probe || entry.running || this.#over) return;
    entry.nextTry = null;
    if (this.#entries.get(NETWORK)?.status === 'fails') return; // the network's return tries it
    const running = new AbortController();
    entry.running = running;
    entry.timer.set(PROBE_DEADLINE);
    this.parts.changed();
    const told = (answers: boolean | null): void => {
      if (answers !== null && entry.running === running) this.saw(service.id, answers);
    };
    service.probe(running.signal).then(told, (error: unknown) => {
      this.parts.report(error);
      told(false);
    });
  }

  #spread(milliseconds: number): number {
    return Math.round(milliseconds * (1 - SPREAD + 2 * SPREAD * this.parts.random()));
  }
}
