/**
 * Audit lines of refusals that a page can cause as often as it likes: one a minute for each system, origin and reason;
 * the next line says how many were left out. A page must not be able to flood the audit trail, nor to hide in it.
 */
import type { Clock } from '../context/clock.js';
import type { AuditEvent } from '../domain/audit.js';

export type BlockedSignOn = Extract<AuditEvent, { type: 'signOn.blocked' }>;
type Blocked = BlockedSignOn | Extract<AuditEvent, { type: 'live.refused' }>;

/** Milliseconds. */
const ONE_LINE_IN = 60_000;
/** Of one system and reason at a time. A page may ask for a thousand hosts: those beyond are counted together. */
const MOST_ORIGINS = 20;
const FURTHER_ORIGINS = 'further origins';

interface Counted<Event> {
  readonly event: Event;
  readonly kind: string;
  /** When its last line was written. */
  since: number;
  leftOut: number;
}

export class BlockedLines<Event extends Blocked = BlockedSignOn> {
  readonly #counted = new Map<string, Counted<Event>>();

  /** @param write false: the line could not be written */
  constructor(
    private readonly clock: Clock,
    private readonly write: (event: Event) => boolean,
  ) {}

  note(event: Event): void {
    const now = this.clock.now();
    const counted = this.#countedFor(event, now);
    if (now - counted.since < ONE_LINE_IN && now >= counted.since) {
      counted.leftOut += 1;
      return;
    }
    this.#line(counted, counted.leftOut, now);
  }

  /** The session ends: what was left out since the last lines is said now. */
  end(): void {
    for (const counted of this.#counted.values())
      if (counted.leftOut > 0) this.#line(counted, counted.leftOut - 1, this.clock.now());
    this.#counted.clear();
  }

  #line(counted: Counted<Event>, leftOut: number, now: number): void {
    const isWritten = this.write(leftOut > 0 ? { ...counted.event, leftOut } : counted.event);
    if (isWritten) {
      counted.since = now;
      counted.leftOut = 0;
    } else counted.leftOut = leftOut + 1;
  }

  #countedFor(event: Event, now: number): Counted<Event> {
    const kind = `${event.systemId} ${event.reason}`;
    const known = this.#counted.get(`${kind} ${event.origin}`);
    if (known) return known;
    for (const [key, { since, leftOut }] of this.#counted)
      if (leftOut === 0 && now - since >= ONE_LINE_IN) this.#counted.delete(key);
    const alike = [...this.#counted.values()].filter((counted) => counted.kind === kind).length;
    const origin = alike < MOST_ORIGINS ? event.origin : FURTHER_ORIGINS;
    const key = `${kind} ${origin}`;
    const counted = this.#counted.get(key) ?? { event: { ...event, origin }, kind, since: -Infinity, leftOut: 0 };
    this.#counted.set(key, counted);
    return counted;
  }
}
