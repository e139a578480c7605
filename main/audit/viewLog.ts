/**
 * Puts on record who looks at the trail, before any row is shown. Pages of one answer, and a view that refreshes itself,
 * are one look for a minute.
 */
import type { AuditFilter } from '../../preload/auditContract.js';
import type { AuditPort } from '../domain/audit.js';
import { canonicalJson } from './canonicalJson.js';

/** Milliseconds. */
const ONE_LOOK = 60_000;
/** Looks remembered. */
const MOST_LOOKS = 1_000;

export interface Look {
  readonly user: string;
  /** A question, or what else is looked at. */
  readonly question: string;
  readonly filter: AuditFilter;
  readonly reason: string | null;
}

export class ViewLog {
  readonly #looks = new Map<string, number>();

  constructor(
    private readonly audit: AuditPort,
    private readonly place: 'server' | 'spool',
    private readonly now: () => number,
  ) {}

  /** @throws LanyardError('audit-unavailable'): nothing may be shown */
  looked({ user, question, filter, reason }: Look): void {
    const at = this.now();
    const key = canonicalJson([user, question, filter]);
    const withReason = canonicalJson([user, question, filter, reason]);
    const isKnown = (which: string): boolean => at - (this.#looks.get(which) ?? -Infinity) < ONE_LOOK;
    // Whoever was told more may be told less.
    if (isKnown(reason === null ? key : withReason)) return;
    this.audit.record({ type: 'audit.viewed', user, question, filter, reason, place: this.place });
    if (this.#looks.size >= MOST_LOOKS) this.#looks.clear();
    this.#looks.set(key, at);
    this.#looks.set(withReason, at);
  }
}
