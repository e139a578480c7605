/** One topic at work: its state, its subscribers, and the way of an event from one to the others. */
import type { Cancel } from './clock.js';
import type { HubContext } from './hubContext.js';
import { chooseImplied, impliedNotifications } from './impliedOpens.js';
import type { ContextEntry, Notification } from './message.js';
import { type EventName, SYNC_ERROR } from './eventNames.js';
import type { SentEvent } from './pendingAnswers.js';
import type { Subscription } from './subscription.js';
import { type SyncFailure, syncErrorNotification } from './syncError.js';
import type { Grant } from './tokenRegistry.js';
import { type CheckedEvent, TopicState } from './topicState.js';

/** Who sent an event. Null grant: the shell itself. */
export interface Publisher {
  readonly grant: Grant | null;
  readonly name: string;
}

interface Proposal {
  readonly abort: AbortController;
  readonly stop: Cancel;
}

export class Topic {
  readonly name: string;
  readonly state: TopicState;
  readonly #hub: HubContext;
  readonly #subscriptions = new Set<Subscription>();
  #proposal: Proposal | null = null;

  constructor(name: string, hub: HubContext) {
    this.name = name;
    this.#hub = hub;
    this.state = new TopicState(() => hub.randomness.id(), hub.limits);
  }

  get isIdle(): boolean {
    return this.#subscriptions.size === 0 && this.state.isEmpty;
  }

  get subscriptions(): ReadonlySet<Subscription> {
    return this.#subscriptions;
  }

  join(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
  }

  leave(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** Commits an event and tells everybody. Throws when it cannot be. */
  publish(checked: CheckedEvent, publisher: Publisher): Notification {
    const notification = this.state.commit(checked);
    if (isContextChange(checked.event)) this.#abandonProposal('a newer change was made');
    this.#distribute(checked.event, notification);
    this.#hub.tell({ kind: 'published', topic: this.name, notification, publisher: publisher.name });
    return notification;
  }

  /**
   * Asks the shell first. The newest proposal wins: an undecided one is given up. A refusal that comes after the
   * publisher was told "accepted" is a SyncError to that publisher alone (FHIRcast §2.6).
   */
  propose(checked: CheckedEvent, publisher: Publisher): void {
    const { approve, limits, clock } = this.#hub;
    if (!approve) throw new Error('nobody to ask'); // a mistake of ours, not of a caller
    this.state.check(checked);
    this.#abandonProposal('a newer change was proposed');
    const abort = new AbortController();
    const proposal: Proposal = {
      abort,
      stop: clock.after(limits.approval, () => {
        abort.abort('was not decided about in time');
      }),
    };
    this.#proposal = proposal;
    const refuse = (reason: string) => {
      this.#settle(proposal);
      this.#refuse(checked, publisher, reason);
    };
    abort.signal.addEventListener('abort', () => {
      refuse(`proposed a change that was refused: ${String(abort.signal.reason)}`);
    });
    const question = {
      topic: this.name,
      notification: checked.request,
      publisher: publisher.name,
      grant: publisher.grant,
      signal: abort.signal,
    };
    approve(question).then(
      (decision) => {
        if (abort.signal.aborted) return;
        this.#settle(proposal);
        if (decision.accept) this.#commitLate(checked, publisher);
        else this.#refuse(checked, publisher, `proposed a change that was refused: ${decision.reason}`);
      },
      (error: unknown) => {
        this.#hub.report(error);
        if (!abort.signal.aborted) refuse('proposed a change that could not be decided about');
      },
    );
  }

  /** Tells those who asked for SyncErrors. `except`: the one it is about; `only`: nobody but these. */
  raise(failure: SyncFailure, to: { except?: Subscription; only?: (subscription: Subscription) => boolean }): void {
    const { clock, randomness } = this.#hub;
    const notification = syncErrorNotification(failure, {
      topic: this.name,
      id: randomness.id(),
      timestamp: new Date(clock.now()).toISOString(),
    });
    const listens = (subscription: Subscription) => subscription !== to.except && (to.only?.(subscription) ?? true);
    this.#distribute(SYNC_ERROR, notification, listens);
    this.#hub.tell({ kind: 'sync-error', topic: this.name, notification, failure });
  }

  /** What was opened before the subscriber came, as far as it had not asked for it before. */
  catchUp(subscription: Subscription, knew: (event: EventName) => boolean): void {
    for (const open of this.state.opensFor((event) => subscription.wants(event) && !knew(event))) {
      const { notification, openedId, openedBy } = open;
      const sent = { eventId: openedId, eventName: openedBy, matters: true };
      if (!subscription.send(encode(notification), notification.id, sent)) this.#hub.cutSlow(subscription, sent);
    }
  }

  /** Nothing more is decided here. */
  dispose(): void {
    this.#abandonProposal('the session ended');
  }

  #distribute(event: EventName, notification: Notification, listens?: (subscription: Subscription) => boolean): void {
    const matters = event.kind !== 'update' && event.kind !== 'select';
    const sent: SentEvent = { eventId: notification.id, eventName: event.name, matters };
    const awaited = event.kind === 'sync-error' ? null : sent;
    const frame = encode(notification); // once, for everybody
    let implied: { event: EventName; context: readonly ContextEntry[]; id: string; frame: Buffer }[] | undefined;
    const slow: Subscription[] = [];
    for (const subscription of this.#subscriptions) {
      if (listens?.(subscription) === false || !subscription.isLive) continue;
      if (subscription.wants(event)) {
        if (!subscription.send(frame, notification.id, awaited)) slow.push(subscription);
      } else if (event.kind === 'open') {
        implied ??= impliedNotifications(event, notification, () => this.#hub.randomness.id()).map((one) => ({
          event: one.event,
          context: one.context,
          id: one.notification.id,
          frame: encode(one.notification),
        }));
        for (const one of chooseImplied(implied, (other) => subscription.wants(other))) {
          if (!subscription.send(one.frame, one.id, awaited)) slow.push(subscription);
        }
      }
    }
    // Only now, so that nobody hears of the trouble before the event itself.
    for (const subscription of new Set(slow)) this.#hub.cutSlow(subscription, sent);
  }

  #commitLate(checked: CheckedEvent, publisher: Publisher): void {
    try {
      this.publish(checked, publisher);
    } catch (error) {
      this.#hub.report(error);
      this.#refuse(checked, publisher, 'proposed a change that came too late');
    }
  }

  #refuse({ request, event }: CheckedEvent, publisher: Publisher, reason: string): void {
    const failure = { eventId: request.id, eventName: event.name, subscriberName: publisher.name, reason };
    this.raise(failure, { only: ({ grant }) => grant === publisher.grant });
  }

  #abandonProposal(reason: string): void {
    this.#proposal?.abort.abort(reason);
  }

  #settle(proposal: Proposal): void {
    proposal.stop();
    if (this.#proposal === proposal) this.#proposal = null;
  }
}

export function isContextChange({ kind }: EventName): boolean {
  return kind === 'open' || kind === 'close' || kind === 'home';
}

function encode(notification: Notification): Buffer {
  return Buffer.from(JSON.stringify(notification));
}
