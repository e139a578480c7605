/**
 * Asks subscribers before the patient changes. FHIRcast has no such question, so it is an event of Lanyard's own: who
 * subscribes to it by its name answers as to any event, 200 for "ready", 4xx or 5xx for "not now", within a second.
 */
import type { Cancel, Clock } from './clock.js';
import { SURVEY } from './eventNames.js';
import type { Answer, SentEvent } from './pendingAnswers.js';
import type { Randomness } from './randomness.js';
import type { Subscription } from './subscription.js';
import type { Grant } from './tokenRegistry.js';

export interface SurveyQuestion {
  readonly topic: string;
  /** The patient who is wanted; empty: the patient is to be closed. */
  readonly context: readonly unknown[];
  /** Whoever proposed the change with this token agrees with it. */
  readonly except: Grant | null;
}

export interface SurveyObjection {
  readonly subscriberName: string;
  /** silent: no answer in time, so nobody knows. */
  readonly kind: 'refused' | 'silent';
  /** The subscriber's own words, for people. */
  readonly reason: string | null;
}

interface Asked {
  readonly subscription: Subscription;
  readonly settle: (objection: SurveyObjection | null) => void;
}

export class SurveyQuestions {
  readonly #asked = new Map<SentEvent, Asked>();

  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    /** Milliseconds. */
    private readonly patience: number,
  ) {}

  /** Who wants to be asked, and may read what is asked. */
  asked(subscriptions: Iterable<Subscription>): Subscription[] {
    return [...subscriptions].filter((one) => one.isLive && one.wants(SURVEY));
  }

  /** @param time milliseconds since 1970 */
  async ask(question: SurveyQuestion, subscriptions: Iterable<Subscription>, time: number): Promise<SurveyObjection[]> {
    const { topic, context, except } = question;
    const asked = this.asked(subscriptions).filter(({ grant }) => grant !== except);
    if (asked.length === 0) return [];
    const id = this.randomness.id();
    const event = { 'hub.topic': topic, 'hub.event': SURVEY.name, context };
    const frame = Buffer.from(JSON.stringify({ timestamp: new Date(time).toISOString(), id, event }));
    const answers = await Promise.all(asked.map((subscription) => this.#askOne(subscription, id, frame)));
    return answers.filter((answer) => answer !== null);
  }

  /** 202 is no answer yet. */
  answered(sent: SentEvent, answer: Answer['answer'], reason: string | null): void {
    const asked = this.#asked.get(sent);
    if (!asked || answer === 'received') return;
    const subscriberName = asked.subscription.name;
    asked.settle(answer === 'followed' ? null : { subscriberName, kind: 'refused', reason });
  }

  /** Who has gone has nothing to say any more. */
  left(subscription: Subscription): void {
    for (const asked of [...this.#asked.values()]) if (asked.subscription === subscription) asked.settle(null);
  }

  dispose(): void {
    for (const { settle } of [...this.#asked.values()]) settle(null);
  }

  #askOne(subscription: Subscription, id: string, frame: Buffer): Promise<SurveyObjection | null> {
    const sent: SentEvent = { eventId: id, eventName: SURVEY.name, matters: false, isQuestion: true };
    const silent: SurveyObjection = { subscriberName: subscription.name, kind: 'silent', reason: null };
    if (!subscription.send(frame, id, sent)) return Promise.resolve(silent);
    return new Promise((resolve) => {
      let stop: Cancel = () => undefined;
      const settle = (objection: SurveyObjection | null): void => {
        stop();
        this.#asked.delete(sent);
        resolve(objection);
      };
      this.#asked.set(sent, { subscription, settle });
      stop = this.clock.after(this.patience, () => {
        settle(silent);
      });
    });
  }
}
