/**
 * One subscriber: what it may and wants to hear, its WebSocket, and what it still has to answer.
 *
 *   requested ──WebSocket──▶ live ──unsubscribe, lease, revoked token, silence, slow reading, close──▶ ended
 *       └── endpoint's life over ──▶ ended
 *
 * It reports what happens to its owner and decides nothing about others.
 */
import { WebSocket } from 'ws';
import { parseAcknowledgement } from './acknowledgement.js';
import type { Cancel, Clock } from './clock.js';
import { type EventName, type EventPattern, HEARTBEAT, parseEventPattern } from './eventNames.js';
import type { HubLimits } from './limits.js';
import { type Answer, PendingAnswers, type SentEvent } from './pendingAnswers.js';
import { RateLimit } from './rateLimit.js';
import { SILENT, type SubscriberReport } from './subscriberReport.js';
import type { Grant } from './tokenRegistry.js';

/** Close codes of RFC 6455 §7.4.1 that the hub sends. */
export const CloseCode = { normal: 1000, goingAway: 1001, policy: 1008 } as const;

export interface SubscriptionOwner {
  /** The subscriber answered an event. */
  answered(subscription: Subscription, answer: Answer, status: number, reason: string | null): void;
  /** The subscriber is to be cut: it was silent, slow, or sent garbage without end. */
  failed(subscription: Subscription, failure: { readonly reason: string; readonly sent: SentEvent | null }): void;
  /** The WebSocket closed by itself. */
  closed(subscription: Subscription, code: number): void;
  /** The lease, or the time to connect, is over. */
  expired(subscription: Subscription): void;
}

export interface SubscriptionRequest {
  readonly topic: string;
  readonly grant: Grant;
  /** As others know it. */
  readonly name: string;
  readonly endpoint: string;
}

/** Subscribed names are few; a publisher that invents names must not make this grow. */
const MOST_REMEMBERED_NAMES = 512;

export class Subscription {
  readonly topic: string;
  readonly endpoint: string;
  grant: Grant;
  name: string;
  readonly #owner: SubscriptionOwner;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #answers: PendingAnswers;
  readonly #garbage: RateLimit;
  readonly #wanted = new Map<string, boolean>();
  #patterns: readonly EventPattern[] = [];
  #granted = '';
  #leaseEndsAt = 0;
  #socket: WebSocket | null = null;
  #stopLease: Cancel | null = null;
  #stopWatch: Cancel | null = null;
  #stopHeartbeat: Cancel | null = null;
  #lastSent: SentEvent | null = null;
  #since: number | null = null;
  #lastAnswer: SubscriberReport['lastAnswer'] = null;
  #hasEnded = false;

  constructor(request: SubscriptionRequest, owner: SubscriptionOwner, clock: Clock, limits: HubLimits) {
    this.topic = request.topic;
    this.grant = request.grant;
    this.endpoint = request.endpoint;
    this.name = request.name;
    this.#owner = owner;
    this.#clock = clock;
    this.#limits = limits;
    this.#answers = new PendingAnswers(limits.acknowledgement);
    this.#garbage = new RateLimit(limits.garbageFrames, clock);
  }

  get isLive(): boolean {
    return this.#socket !== null && !this.#hasEnded;
  }

  /** The granted events in the spelling of the request, divided by commas. */
  get granted(): string {
    return this.#granted;
  }

  /** The last event it was told and should answer. */
  get lastSent(): SentEvent | null {
    return this.#lastSent;
  }

  /** For support: nothing of what was sent, only its name and when. */
  get report(): SubscriberReport {
    const { name, granted: events } = this;
    return {
      name,
      events,
      since: this.#since,
      lastAnswer: this.#lastAnswer,
      awaited: this.#hasEnded ? null : this.#answers.oldest,
      left: null,
    };
  }

  /**
   * Takes the list of events and the lease; on a live socket they count from now on.
   * @param lease milliseconds
   */
  grantEvents(patterns: readonly EventPattern[], lease: number): void {
    this.#granted = [...new Set(patterns.flatMap((pattern) => this.grant.scopes.readable(pattern)))].join(',');
    this.#patterns = this.#granted.split(',').flatMap((text) => parseEventPattern(text) ?? []);
    this.#wanted.clear();
    this.#leaseEndsAt = this.#clock.now() + lease;
    if (this.#socket) this.#begin();
    else this.#expireAfter(Math.min(lease, this.#limits.endpointLife));
  }

  /** Whether it asked for the event and may read it: only what may be read is ever granted. */
  wants(event: EventName): boolean {
    const known = this.#wanted.get(event.key);
    if (known !== undefined) return known;
    const wanted = this.knownEvents()(event);
    if (this.#wanted.size < MOST_REMEMBERED_NAMES) this.#wanted.set(event.key, wanted);
    return wanted;
  }

  /** Whether an event is one it hears now; stays as it is when the subscription changes. */
  knownEvents(): (event: EventName) => boolean {
    const patterns = this.#patterns;
    return (event) => patterns.some((pattern) => pattern.matches(event));
  }

  /** The WebSocket has come: confirms the subscription over it. */
  attach(socket: WebSocket): void {
    this.#socket = socket;
    this.#since = this.#clock.now();
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#receive(data, isBinary);
    });
    socket.on('error', () => undefined); // ws tells the reason by the close code that follows
    socket.on('close', (code: number) => {
      if (!this.#hasEnded) this.#owner.closed(this, code);
    });
    this.#begin();
  }

  /**
   * Sends one event. `sent` is awaited an answer for; null: none is expected.
   * @returns whether it is still reading fast enough
   */
  send(frame: Buffer, id: string, sent: SentEvent | null): boolean {
    const socket = this.#socket;
    if (!socket || this.#hasEnded) return true;
    const isSlow =
      socket.bufferedAmount + frame.length > this.#limits.queuedBytes ||
      this.#answers.size >= this.#limits.unansweredEvents;
    if (isSlow) return false;
    socket.send(frame, { binary: false });
    if (sent) {
      this.#answers.add(id, sent, this.#clock.now());
      if (!sent.isQuestion) this.#lastSent = sent;
      this.#stopWatch ??= this.#clock.after(this.#limits.acknowledgement, this.#watch);
    }
    return true;
  }

  /** Ends it with a denial (FHIRcast §2.4) and closes the WebSocket; a peer that does not close in time is cut. */
  end(reason: string, code: number): void {
    if (this.#hasEnded) return;
    this.forget();
    const socket = this.#socket;
    if (!socket) return;
    this.#say({ 'hub.mode': 'denied', 'hub.topic': this.topic, 'hub.events': this.#granted, 'hub.reason': reason });
    socket.close(code, reason);
    const stop = this.#clock.after(this.#limits.closing, () => {
      socket.terminate();
    });
    socket.on('close', stop);
  }

  /** Ends it at once: its queue is full, a denial would only wait in it. */
  cut(): void {
    this.forget();
    this.#socket?.terminate();
  }

  /** Stops everything that waits. Idempotent. */
  forget(): void {
    this.#hasEnded = true;
    this.#stopLease?.();
    this.#stopWatch?.();
    this.#stopHeartbeat?.();
  }

  #begin(): void {
    const left = this.#leaseEndsAt - this.#clock.now();
    this.#expireAfter(left);
    this.#say({
      'hub.mode': 'subscribe',
      'hub.topic': this.topic,
      'hub.events': this.#granted,
      'hub.lease_seconds': Math.max(0, Math.floor(left / 1000)),
    });
    this.#stopHeartbeat?.();
    this.#stopHeartbeat = null;
    if (this.wants(HEARTBEAT)) this.#beat();
  }

  #expireAfter(delay: number): void {
    this.#stopLease?.();
    this.#stopLease = this.#clock.after(delay, () => {
      this.#owner.expired(this);
    });
  }

  /** Not in FHIRcast 3: only for a subscriber that asked for `Heartbeat` by name, as STU2 had it. Never answered. */
  #beat = (): void => {
    const period = String(this.#limits.heartbeat / 1000);
    this.#stopHeartbeat = this.#clock.after(this.#limits.heartbeat, () => {
      const now = this.#clock.now();
      this.#say({
        timestamp: new Date(now).toISOString(),
        id: `heartbeat-${now}`,
        event: { 'hub.topic': this.topic, 'hub.event': 'Heartbeat', context: [{ key: 'period', decimal: period }] },
      });
      this.#beat();
    });
  };

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#hasEnded) return;
    const acknowledgement = isBinary ? null : parseAcknowledgement(data.toString());
    if (!acknowledgement) {
      if (!this.#garbage.take()) this.#owner.failed(this, { reason: 'sent too much that is no answer', sent: null });
      return;
    }
    const answer = this.#answers.settle(acknowledgement.id, acknowledgement.status);
    if (!answer) return;
    const { status, reason = null } = acknowledgement;
    this.#lastAnswer = { eventName: answer.sent.eventName, status, at: this.#clock.now() };
    this.#owner.answered(this, answer, status, reason);
  }

  /** One timer for all unanswered events: it goes to the oldest, and stops when there is none. */
  #watch = (): void => {
    this.#stopWatch = null;
    const overdue = this.#answers.overdue(this.#clock.now());
    if (overdue) {
      this.#owner.failed(this, { reason: SILENT, sent: overdue });
      return;
    }
    const next = this.#answers.nextDeadline;
    if (next !== undefined) {
      this.#stopWatch = this.#clock.after(Math.max(1, next - this.#clock.now()), this.#watch);
    }
  };

  #say(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
