/**
 * The events one subscriber has not answered yet, oldest first. Pure: the time is a parameter.
 *
 *   sent ──200──▶ answered        sent ──409, 4xx, 5xx──▶ refused
 *    │──202──▶ received ──200 or 10 s──▶ answered,  ──409, 4xx, 5xx──▶ refused
 *    └── 10 s ──▶ overdue
 */

export interface SentEvent {
  /** Id and name of the event as its publisher sent it (an implied open has another id of its own). */
  readonly eventId: string;
  readonly eventName: string;
  /** Whether silence or refusal matters: not for updates, selects and SyncErrors (FHIRcast §2.5, §3.2.1). */
  readonly matters: boolean;
  /** A question before a change: nobody hears of it, nor of what becomes of it. */
  readonly isQuestion?: true;
}

interface Pending {
  readonly sent: SentEvent;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  isReceived: boolean;
}

export interface Answer {
  readonly answer: 'refused' | 'followed' | 'received';
  readonly sent: SentEvent;
}

export class PendingAnswers {
  readonly #patience: number;
  readonly #pending = new Map<string, Pending>();

  /** @param patience milliseconds a subscriber has to answer */
  constructor(patience: number) {
    this.#patience = patience;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** @param id the id under which the subscriber received it */
  add(id: string, sent: SentEvent, now: number): void {
    if (this.#pending.has(id)) this.#pending.delete(id); // sent once more: its ten seconds start again, at the end
    this.#pending.set(id, { sent, deadline: now + this.#patience, isReceived: false });
  }

  /** Null when that id is not awaited: never sent, already answered, or too late. */
  settle(id: string, status: number): Answer | null {
    const pending = this.#pending.get(id);
    if (!pending) return null;
    const { sent } = pending;
    if (status === 202) {
      pending.isReceived = true;
      return { answer: 'received', sent };
    }
    this.#pending.delete(id);
    return { answer: status >= 400 ? 'refused' : 'followed', sent };
  }

  /**
   * Forgets what was received in time and never refused, and returns the oldest event that should have been answered
   * by now.
   */
  overdue(now: number): SentEvent | null {
    for (const [id, { deadline, isReceived, sent }] of this.#pending) {
      if (deadline > now) return null;
      this.#pending.delete(id);
      if (!isReceived && sent.matters) return sent;
    }
    return null;
  }

  /** The event that waits longest; null when nothing is awaited. */
  get oldest(): { readonly eventName: string; readonly sentAt: number } | null {
    for (const { deadline, sent } of this.#pending.values())
      return { eventName: sent.eventName, sentAt: deadline - this.#patience };
    return null;
  }

  /** Milliseconds since 1970 of the next deadline; undefined when nothing is awaited. */
  get nextDeadline(): number | undefined {
    for (const { deadline } of this.#pending.values()) return deadline;
    return undefined;
  }
}
