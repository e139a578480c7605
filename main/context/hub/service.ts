/**
 * The hub without its transport: who is subscribed, what may be published, and what follows when a subscriber
 * refuses, falls silent or goes.
 */
import type { WebSocket } from 'ws';
import { checkContext } from './checkContext.js';
import { checkTimestamp } from './checkTimestamp.js';
import type { Clock } from './clock.js';
import { HubUnavailable, MalformedRequest, NotFound, ScopeMissing, TooManyRequests, TopicRefused } from './errors.js';
import { type EventName, parseEventName } from './eventNames.js';
import type { Approve, HubContext, HubEvent } from './hubContext.js';
import type { HubLimits } from './limits.js';
import { type EventRequest, type Notification, parseEventRequest } from './message.js';
import type { Answer, SentEvent } from './pendingAnswers.js';
import type { Randomness } from './randomness.js';
import { RateLimit } from './rateLimit.js';
import { SecretMap } from './secretMap.js';
import type { SubscribeRequest } from './subscribeRequest.js';
import type { SubscriberReport } from './subscriberReport.js';
import { CloseCode, Subscription, type SubscriptionOwner } from './subscription.js';
import { type SurveyObjection, SurveyQuestions, type SurveyQuestion } from './survey.js';
import { isContextChange, type Publisher, Topic } from './topic.js';
import { type Grant, isFor, type TokenRegistry } from './tokenRegistry.js';
import type { CheckedEvent, CurrentContext } from './topicState.js';

export interface ServiceOptions {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly limits: HubLimits;
  readonly tokens: TokenRegistry;
  readonly approve: Approve | undefined;
  readonly report: (error: unknown) => void;
}

/** RFC 6455 §7.4.1: normal closure, going away, and a close without any code, which is how most clients close. */
const normalCloses = new Set([1000, 1001, 1005]);
const UNNAMED = 'an unnamed subscriber';
/** Under this name the shell itself is known. */
const SHELL = 'Lanyard';

export class HubService implements HubContext, SubscriptionOwner {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly limits: HubLimits;
  readonly approve: Approve | undefined;
  readonly report: (error: unknown) => void;
  readonly #tokens: TokenRegistry;
  readonly #topics = new Map<string, Topic>();
  readonly #endpoints = new SecretMap<Subscription>();
  readonly #rates = new WeakMap<Grant, RateLimit>();
  readonly #listeners = new Set<(event: HubEvent) => void>();
  readonly #survey: SurveyQuestions;

  constructor({ clock, randomness, limits, tokens, approve, report }: ServiceOptions) {
    this.clock = clock;
    this.randomness = randomness;
    this.limits = limits;
    this.approve = approve;
    this.report = report;
    this.#tokens = tokens;
    this.#survey = new SurveyQuestions(clock, randomness, limits.survey);
    tokens.onEnded(({ grants, topic }) => {
      this.#endSubscriptions(grants, topic);
    });
  }

  /** One request of this token. Throws TooManyRequests. */
  countRequest(grant: Grant): void {
    let rate = this.#rates.get(grant);
    if (!rate) this.#rates.set(grant, (rate = new RateLimit(this.limits.requests, this.clock)));
    if (!rate.take()) throw new TooManyRequests('too many requests with this access token', rate.retryAfter);
  }

  /** @returns the endpoint's secret: a new one, or that of the subscription that was changed */
  subscribe(grant: Grant, request: SubscribeRequest & { mode: 'subscribe' }, endpoint: string | null): string {
    const now = this.clock.now();
    if (!isFor(grant, request.topic)) throw new TopicRefused();
    if (!request.events.some((pattern) => grant.scopes.readable(pattern).length > 0)) {
      throw new ScopeMissing(request.events[0]?.text ?? '*', 'read');
    }
    const asked = request.leaseSeconds === null ? this.limits.defaultLease : request.leaseSeconds * 1000;
    const lease = Math.min(asked, this.limits.longestLease, grant.expiresAt - now);
    if (endpoint !== null) {
      this.#change(this.#subscriptionAt(endpoint, request.topic), grant, request, lease);
      return endpoint;
    }
    if (this.#endpoints.size >= this.limits.subscriptions) {
      throw new TooManyRequests('the hub has as many subscriptions as it takes', 10);
    }
    const secret = this.randomness.secret();
    const name = grant.subscriberName ?? request.subscriberName ?? UNNAMED;
    const subscription = new Subscription(
      { topic: request.topic, grant, name, endpoint: secret },
      this,
      this.clock,
      this.limits,
    );
    subscription.grantEvents(request.events, lease);
    this.#endpoints.set(secret, subscription);
    this.#topic(request.topic).join(subscription);
    return secret;
  }

  /** Denies and closes at once (FHIRcast §2.4); the endpoint is gone. */
  unsubscribe(grant: Grant, topic: string, endpoint: string): void {
    if (!isFor(grant, topic)) throw new TopicRefused();
    this.#end(this.#subscriptionAt(endpoint, topic), 'unsubscribed', CloseCode.normal);
  }

  /** Whether a WebSocket may come to this endpoint now: it is known, alive, and nobody has come before. */
  awaits(endpoint: string): boolean {
    return this.#endpoints.get(endpoint)?.isLive === false;
  }

  connect(endpoint: string, socket: WebSocket): void {
    const subscription = this.#endpoints.get(endpoint);
    if (!subscription || subscription.isLive) {
      socket.close(CloseCode.policy);
      return;
    }
    subscription.attach(socket);
    this.#tellSubscribed(subscription);
    this.#topic(subscription.topic).catchUp(subscription, () => false);
  }

  /**
   * @param body parsed JSON
   * @param path the topic of the address, where an older client posts to `{hub.url}/{topic}`
   */
  publish(grant: Grant, body: unknown, path: string | null): { id: string; versionId: string | undefined } {
    const request = parseEventRequest(body);
    const topic = request.event['hub.topic'];
    if (!isFor(grant, topic)) throw new TopicRefused();
    if (path !== null && path !== topic)
      throw new MalformedRequest('event › hub.topic is not the topic of the address');
    const event = eventNameOf(request);
    if (!grant.scopes.allow('write', event)) throw new ScopeMissing(event.name, 'write');
    const checked = this.#check(event, request);
    const publisher = { grant, name: this.#nameOf(grant, topic) };
    if (this.approve && isContextChange(checked.event)) {
      this.#topic(topic).propose(checked, publisher);
      return { id: request.id, versionId: undefined };
    }
    return { id: request.id, versionId: this.#publish(checked, publisher).event['context.versionId'] };
  }

  /** The shell's own event; it was decided about already. Throws HubError as for everybody. */
  publishFromShell(topic: string, event: string, context: unknown, versionId: string | undefined): Notification {
    if (!this.#tokens.hasTopic(topic)) throw new TopicRefused();
    const request: unknown = {
      timestamp: new Date(this.#topic(topic).state.nextTime(this.clock.now())).toISOString(),
      id: this.randomness.id(),
      event: {
        'hub.topic': topic,
        'hub.event': event,
        context,
        ...(versionId === undefined ? {} : { 'context.versionId': versionId }),
      },
    };
    const parsed = parseEventRequest(request);
    return this.#publish(this.#check(eventNameOf(parsed), parsed), { grant: null, name: SHELL });
  }

  current(grant: Grant, topic: string): CurrentContext {
    if (!isFor(grant, topic)) throw new TopicRefused();
    const mayRead = (name: string) => {
      const event = parseEventName(name);
      return event !== undefined && grant.scopes.allow('read', event);
    };
    const current = this.#topic(topic).state.current(mayRead);
    if (!current) throw new ScopeMissing('…-open', 'read');
    return current;
  }

  survey(question: SurveyQuestion): Promise<readonly SurveyObjection[]> {
    const topic = this.#topics.get(question.topic);
    if (!topic) return Promise.resolve([]);
    const time = topic.state.nextTime(this.clock.now());
    return this.#survey.ask(question, topic.subscriptions, time);
  }

  surveyed(topic: string): readonly string[] {
    return this.#survey.asked(this.#topics.get(topic)?.subscriptions ?? []).map(({ name }) => name);
  }

  /** Who is subscribed, in the order of subscribing. */
  reportSubscribers(topic: string): SubscriberReport[] {
    return [...(this.#topics.get(topic)?.subscriptions ?? [])].map(({ report }) => report);
  }

  onEvent(listener: (event: HubEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Denies every subscription. */
  close(): void {
    for (const topic of this.#topics.values()) {
      topic.dispose();
      for (const subscription of topic.subscriptions) subscription.end('the hub is closing', CloseCode.goingAway);
    }
    this.#survey.dispose();
    this.#endpoints.deleteWhere(() => true);
    this.#topics.clear();
    this.#listeners.clear();
  }

  tell(event: HubEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.report(error); // a listener's mistake must not stop the event for the others
      }
    }
  }

  cutSlow(subscription: Subscription, sent: SentEvent): void {
    const reason = 'reads too slowly and was disconnected';
    subscription.cut();
    this.#leave(subscription, reason);
    this.#raise(subscription, sent, reason);
  }

  answered(subscription: Subscription, { answer, sent }: Answer, status: number, reason: string | null): void {
    if (this.#listeners.size > 0) {
      const { topic, name } = subscription;
      this.tell({ kind: 'answered', topic, subscriberName: name, ...eventOf(sent), status });
    }
    if (sent.isQuestion) this.#survey.answered(sent, answer, reason);
    if (answer !== 'refused' || !sent.matters) return;
    const failed = status < 500 ? `refused to follow (${status})` : `could not follow (${status})`;
    this.#raise(subscription, sent, failed);
  }

  failed(subscription: Subscription, { reason, sent }: { reason: string; sent: SentEvent | null }): void {
    this.#end(subscription, reason, CloseCode.policy);
    this.#raise(subscription, sent ?? subscription.lastSent, reason);
  }

  closed(subscription: Subscription, code: number): void {
    const isNormal = normalCloses.has(code);
    const reason = isNormal ? 'closed its connection' : `lost its connection (${code})`;
    subscription.forget();
    this.#leave(subscription, reason);
    if (!isNormal) this.#raise(subscription, subscription.lastSent, reason);
  }

  expired(subscription: Subscription): void {
    this.#end(subscription, 'the lease is over', CloseCode.normal);
  }

  #check(event: EventName, request: EventRequest): CheckedEvent {
    const time = checkTimestamp(request.timestamp, this.clock.now(), this.limits.futureTimestamp);
    checkContext(event, request.event.context);
    return { event, request, time };
  }

  #publish(checked: CheckedEvent, publisher: Publisher): Notification {
    return this.#topic(checked.request.event['hub.topic']).publish(checked, publisher);
  }

  #change(
    subscription: Subscription,
    grant: Grant,
    request: SubscribeRequest & { mode: 'subscribe' },
    lease: number,
  ): void {
    const knew = subscription.knownEvents();
    subscription.grant = grant; // a renewed token carries the subscription on
    subscription.name = grant.subscriberName ?? request.subscriberName ?? subscription.name;
    subscription.grantEvents(request.events, lease);
    if (!subscription.isLive) return;
    this.#tellSubscribed(subscription);
    this.#topic(subscription.topic).catchUp(subscription, knew);
  }

  /** One answer for an endpoint of somebody else's topic and for one that never was. */
  #subscriptionAt(endpoint: string, topic: string): Subscription {
    const subscription = this.#endpoints.get(endpoint);
    if (subscription?.topic !== topic) throw new NotFound('hub.channel.endpoint is not a subscription of this topic');
    return subscription;
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known) return known;
    if (this.#topics.size >= this.limits.topics) this.#forgetIdleTopics();
    if (this.#topics.size >= this.limits.topics) throw new HubUnavailable('the hub has as many topics as it takes');
    const topic = new Topic(name, this);
    this.#topics.set(name, topic);
    return topic;
  }

  #forgetIdleTopics(): void {
    for (const [name, topic] of this.#topics) {
      if (topic.isIdle) this.#topics.delete(name);
    }
  }

  #nameOf(grant: Grant, topic: string): string {
    if (grant.subscriberName !== null) return grant.subscriberName;
    for (const subscription of this.#topics.get(topic)?.subscriptions ?? []) {
      if (subscription.grant === grant) return subscription.name;
    }
    return UNNAMED;
  }

  #tellSubscribed({ topic, name, granted }: Subscription): void {
    this.tell({ kind: 'subscribed', topic, subscriberName: name, events: granted });
  }

  #raise(subscription: Subscription, sent: SentEvent | null, reason: string): void {
    const about = sent ? eventOf(sent) : { eventId: this.randomness.id(), eventName: 'SyncError' };
    const failure = { ...about, subscriberName: subscription.name, reason };
    this.#topics.get(subscription.topic)?.raise(failure, { except: subscription });
  }

  #end(subscription: Subscription, reason: string, code: number): void {
    subscription.end(reason, code);
    this.#leave(subscription, reason);
  }

  #leave(subscription: Subscription, reason: string): void {
    if (!this.#endpoints.delete(subscription.endpoint)) return;
    this.#topics.get(subscription.topic)?.leave(subscription);
    this.#survey.left(subscription);
    this.tell({
      kind: 'unsubscribed',
      topic: subscription.topic,
      subscriberName: subscription.name,
      events: subscription.granted,
      report: { ...subscription.report, left: { at: this.clock.now(), reason } },
    });
  }

  #endSubscriptions(grants: readonly Grant[], ended: string | null): void {
    for (const topic of [...this.#topics.values()]) {
      for (const subscription of [...topic.subscriptions]) {
        if (topic.name === ended || grants.includes(subscription.grant)) {
          this.#end(subscription, 'the session has ended', CloseCode.normal);
        }
      }
      if (topic.name !== ended) continue;
      topic.dispose();
      this.#topics.delete(topic.name);
    }
  }
}

function eventNameOf(request: EventRequest): EventName {
  const event = parseEventName(request.event['hub.event']);
  if (!event) throw new MalformedRequest('event › hub.event is not the name of an event');
  return event;
}

function eventOf({ eventId, eventName }: SentEvent): { eventId: string; eventName: string } {
  return { eventId, eventName };
}
