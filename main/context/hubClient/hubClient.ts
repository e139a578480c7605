/**
 * Lanyard as a client of a context hub that somebody else runs (FHIRcast 3.0.0): subscribes, answers every event, renews
 * its lease, comes back after an outage, and publishes what is chosen here.
 *
 *   waiting ──▶ joining: file, discovery, subscription, WebSocket, confirmation, current context ──▶ joined
 *      ▲───────────────────────── anything fails, at any time ─────────────────────────────────────────┘
 *
 * The order in which the hub delivers is the order of changes: clocks of other programs may be wrong by hours. What looks
 * older than what was heard before is acted on only if the hub says that it is current.
 */
import { leavingContext, type LeavingReason } from '../hubHost/fhirContext.js';
import { LanyardError } from '../../domain/errors.js';
import { type Clock, Deadline } from '../clock.js';
import { contextKey, type EventName, parseEventName } from '../hub/eventNames.js';
import { type ContextEntry, resourceOf } from '../hub/message.js';
import { RateLimit } from '../hub/rateLimit.js';
import { syncErrorNotification } from '../hub/syncError.js';
import type { Proposed } from '../hubHost/messages.js';
import { type ForeignEvent, readCurrent, readFrame, readJson } from './frame.js';
import type { JoinFile } from './joinFile.js';
import { type HubSocket, type HubTransport, isSafeAddress } from './transport.js';

/** What a hub has open. */
export interface OpenContext {
  /** In small letters: patient, encounter, imagingstudy … */
  readonly anchor: string;
  readonly context: readonly ContextEntry[];
}

/** Who listens to the client; joinedHub.ts is the real one. */
export interface HubClientEars {
  /** A change the hub has made: to be followed or refused, by `decide`. */
  readonly proposed: (change: Proposed) => void;
  /**
   * The hub has nothing newer than what is chosen here.
   * @param open what it has open; null: nothing
   * @returns false: it has, after all, and it is to be followed
   */
  readonly told: (open: OpenContext | null) => boolean;
  /** Joined, or not any more. */
  readonly connected: (isConnected: boolean) => void;
  /** Another program did not follow what was published here. */
  readonly notFollowed: (subscriberName: string) => void;
  /** The hub refused what was chosen here. */
  readonly notTold: () => void;
  /** Another program ended the session. */
  readonly loggedOut: () => void;
  /** Another program locked its screen. @returns false: nothing is locked here */
  readonly hibernated: () => boolean;
  readonly report: (error: unknown) => void;
}

export interface HubClientParts {
  /** hub.url */
  readonly url: URL;
  /** By which others know Lanyard. */
  readonly subscriberName: string;
  /** @throws LanyardError: not possible yet */
  readonly readJoin: () => Promise<JoinFile>;
  readonly transport: HubTransport;
  readonly clock: Clock;
  /** Ids of events: unique. */
  readonly newId: () => string;
  /** 0 to 1: so that the programs of a ward do not come back all at once. */
  readonly random: () => number;
  readonly ears: HubClientEars;
}

const EVENTS = [
  'Patient-open',
  'Patient-close',
  'Encounter-open',
  'Encounter-close',
  'ImagingStudy-open',
  'ImagingStudy-close',
  'DiagnosticReport-open',
  'DiagnosticReport-close',
  'Home-open',
  'SyncError',
  'UserLogout',
  'UserHibernate',
];
/** Milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
const CONFIRMATION_TIMEOUT = 10_000;
/** A hub gives ten seconds to answer (FHIRcast, section 2.5). */
const DECISION_TIMEOUT = 8_000;
const END_TIMEOUT = 2_000;
const PING_EVERY = 15_000;
const QUIET_TIMEOUT = 45_000;
const SHORTEST_LEASE = 2_000;
const DEFAULT_LEASE = 3_600_000;
const LONGEST_LEASE = 86_400_000;
/** As far as another program's clock may be ahead and Lanyard's own events still come after its. */
const MOST_AHEAD = 5 * 60_000;
/** The current context is asked for anew while events come in, so often. */
const SYNC_ROUNDS = 5;
const REMEMBERED = 1_000;
const GARBAGE = { perSecond: 20, atOnce: 200 };
const OK = 200;
const REFUSED = 409;

interface Own {
  readonly number: number;
  readonly name: EventName | null;
  readonly context: readonly ContextEntry[];
  /** How many changes of others had been handed on when it was sent. */
  readonly changes: number;
}

/** The hub does not want this token: it is not sent again. */
class TokenRefused extends LanyardError {
  constructor() {
    super('forbidden', 'The context hub refuses the token or the topic it was given');
  }
}

export class HubClient {
  #state: 'waiting' | 'joining' | 'joined' | 'ended' = 'waiting';
  /** Whatever was begun for an earlier turn is of no use any more. */
  #turn = 0;
  #join: JoinFile | null = null;
  #refused: JoinFile | null = null;
  #socket: HubSocket | null = null;
  #endpoint = '';
  #pause = FIRST_PAUSE;
  #joinedAt = 0;
  #isReported = false;
  #wasLoggedOut = false;

  /** Events that came before the current context is known; null: it is. */
  #queue: ForeignEvent[] | null = [];
  /** The newest change, by its own timestamp but never in the future of this clock. */
  #newest = 0;
  #newestStamp = 0;
  #epoch = 0;
  #changes = 0;
  #proposals = 0;
  readonly #waiting = new Map<number, (refusal: string | null) => void>();
  /** What was answered to an event; null: not yet. */
  readonly #answered = new Map<string, number | null>();
  #garbage: RateLimit;

  #publishes = 0;
  /** Being sent. */
  #sending = 0;
  #isUnsent = false;
  #hasCrossed = false;
  #sent: Promise<void> = Promise.resolve();
  readonly #own = new Map<string, Own>();

  readonly #again: Deadline;
  readonly #confirmation: Deadline;
  readonly #renewal: Deadline;
  readonly #ping: Deadline;
  readonly #quiet: Deadline;

  constructor(private readonly parts: HubClientParts) {
    const { clock } = parts;
    const fail = (message: string) => () => {
      this.#lost(new LanyardError('unavailable', message));
    };
    this.#garbage = new RateLimit(GARBAGE, clock);
    this.#again = new Deadline(clock, () => void this.#begin());
    this.#confirmation = new Deadline(clock, fail('The context hub did not confirm in time'));
    this.#quiet = new Deadline(clock, fail('The context hub fell silent'));
    this.#renewal = new Deadline(clock, () => void this.#renew(this.#turn));
    this.#ping = new Deadline(clock, () => {
      this.#socket?.ping();
      this.#ping.set(PING_EVERY);
    });
  }

  /** And what is current there is known. */
  get isJoined(): boolean {
    return this.#state === 'joined' && this.#queue === null;
  }

  /** A ticket: whoever shows it masks it first. */
  get topic(): string | null {
    return this.#join?.topic ?? null;
  }

  /** Returns at once: nobody waits for a hub. */
  start(): void {
    if (this.#state === 'waiting') void this.#begin();
  }

  /** Tells the hub of a change made here; what cannot be told now is told, as it stands then, after joining again. */
  publish(event: string, context: readonly unknown[]): void {
    this.#publishes += 1;
    if (!this.isJoined) {
      this.#isUnsent = true;
      return;
    }
    const [turn, number] = [this.#turn, this.#publishes];
    this.#sending += 1;
    this.#sent = this.#sent.then(async () => {
      if (turn !== this.#turn) return;
      try {
        await this.#send(event, context as readonly ContextEntry[], number);
        if (turn !== this.#turn) return;
        this.#sending -= 1;
        void this.#reconcile(turn);
      } catch (error) {
        if (turn === this.#turn) this.#lost(error);
      }
    });
  }

  /** Said once, to whoever is there to hear it: a lock that comes later would surprise. */
  hibernate(reason: LeavingReason): void {
    const [join, id] = [this.#join, this.parts.newId()];
    if (!this.isJoined || !join) return;
    remember(this.#answered, id, OK); // when it comes back, it is acknowledged and nothing else
    this.#sayOfUser('UserHibernate', id, reason, join).catch((error: unknown) => {
      this.parts.ears.report(error);
    });
  }

  /** The answer to `proposed`: followed, or why not. */
  decide(proposal: number, refusal: string | null): void {
    const settle = this.#waiting.get(proposal);
    this.#waiting.delete(proposal);
    settle?.(refusal);
  }

  /** Leaves: says that the session ends, unless another program said so first. Within two seconds. */
  async end(): Promise<void> {
    if (this.#state === 'ended') return;
    const wasJoined = this.#state === 'joined';
    this.#state = 'ended';
    const [join, socket] = [this.#join, this.#socket];
    this.#clear();
    if (wasJoined && join) {
      const patience = new Promise<void>((resolve) => this.parts.clock.after(END_TIMEOUT, resolve));
      await Promise.race([this.#leave(join), patience]);
    }
    socket?.close(1000);
    this.parts.clock.after(END_TIMEOUT, () => socket?.cut());
  }

  // ── Joining ──

  async #begin(): Promise<void> {
    const turn = ++this.#turn;
    this.#state = 'joining';
    try {
      const join = await this.parts.readJoin();
      if (turn !== this.#turn) return;
      // SECURITY: a token that was refused is never sent again; another one may be there by the next look
      if (this.#refused?.token === join.token && this.#refused.topic === join.topic) throw new TokenRefused();
      this.#join = join;
      await this.#discover();
      if (turn !== this.#turn) return;
      this.#endpoint = await this.#subscribe(join, null);
      if (turn !== this.#turn) return;
      this.#open(turn);
    } catch (error) {
      if (turn === this.#turn) this.#lost(error);
    }
  }

  /** Older hubs have no such page; one that says it has no WebSockets cannot be joined. */
  async #discover(): Promise<void> {
    const { status, body } = await this.#request('/.well-known/fhircast-configuration', {});
    const said = status === OK ? (readJson(body) as { websocketSupport?: unknown } | null) : null;
    if (said?.websocketSupport === false)
      throw new LanyardError('unavailable', 'The context hub does not speak over WebSockets');
  }

  /** @returns the endpoint, which is a secret */
  async #subscribe({ topic, token }: JoinFile, endpoint: string | null): Promise<string> {
    const { status, body } = await this.#request('', {
      token,
      form: {
        'hub.channel.type': 'websocket',
        'hub.mode': 'subscribe',
        'hub.topic': topic,
        'hub.events': EVENTS.join(','),
        'subscriber.name': this.parts.subscriberName,
        ...(endpoint !== null && { 'hub.channel.endpoint': endpoint }),
      },
    });
    if (status === 401 || status === 403) throw new TokenRefused();
    const given = (readJson(body) as { 'hub.channel.endpoint'?: unknown } | null)?.['hub.channel.endpoint'];
    const isAddress = typeof given === 'string' && URL.canParse(given) && /^wss?:/i.test(given);
    if (status < 200 || status > 299 || !isAddress || !isSafeAddress(new URL(given)))
      throw new LanyardError('unavailable', `The context hub did not accept the subscription (${status})`);
    return given;
  }

  #open(turn: number): void {
    this.#confirmation.set(CONFIRMATION_TIMEOUT);
    this.#queue = [];
    this.#epoch = 0;
    this.#answered.clear();
    this.#garbage = new RateLimit(GARBAGE, this.parts.clock);
    const current = (): boolean => turn === this.#turn;
    const heard = (): void => {
      if (current() && this.#state === 'joined') this.#quiet.set(QUIET_TIMEOUT);
    };
    this.#socket = this.parts.transport.open(new URL(this.#endpoint), {
      frame: (text) => {
        heard();
        if (current()) this.#hear(text);
      },
      heard,
      closed: (why) => {
        if (current()) this.#lost(new LanyardError('unavailable', `The context hub closed the connection: ${why}`));
      },
    });
  }

  #confirmed(leaseSeconds: number | null): void {
    const lease = leaseSeconds === null ? DEFAULT_LEASE : Math.max(SHORTEST_LEASE, leaseSeconds * 1000);
    this.#renewal.set(Math.min(lease * 0.8, LONGEST_LEASE));
    if (this.#state === 'joined') return; // the lease was renewed
    this.#confirmation.clear();
    this.#state = 'joined';
    this.#joinedAt = this.parts.clock.now();
    this.#newest = this.#joinedAt;
    this.#isReported = false;
    this.#ping.set(PING_EVERY);
    this.#quiet.set(QUIET_TIMEOUT);
    this.parts.ears.connected(true);
    void this.#synchronise(this.#turn);
  }

  /** What is current at the hub, and nothing older, is followed; a choice made here meanwhile is newer still. */
  async #synchronise(turn: number): Promise<void> {
    let current: OpenContext | null | undefined;
    try {
      for (let round = 0; round < SYNC_ROUNDS; round += 1) {
        const before = this.#queue?.length ?? 0;
        current = await this.#current();
        if (turn !== this.#turn) return;
        if (current === undefined || this.#queue?.length === before) break;
      }
    } catch (error) {
      if (turn === this.#turn) this.#lost(error);
      return;
    }
    const queue = this.#queue ?? [];
    this.#queue = null;
    for (const event of queue) this.#note(event);
    const last = queue.at(-1);
    // A hub that does not say what is current: what it told last is.
    if (current === undefined)
      current = last?.name.kind === 'open' ? { anchor: last.name.anchor, context: last.context } : null;
    const ids = queue.map(({ id }) => id);
    const isNewer = this.#isUnsent || current === null;
    this.#isUnsent = false;
    if (isNewer && this.parts.ears.told(current)) for (const id of ids) this.#answer(id, OK);
    else this.#follow(current, ids);
  }

  /** What the hub has open; null: nothing, so nobody is to be chosen here either. */
  #follow(current: OpenContext | null, ids: readonly string[]): void {
    const name = parseEventName(current ? `${current.anchor}-open` : 'Home-open');
    if (name) void this.#handOn({ name, context: current?.context ?? [] }, ids);
  }

  /** Changes crossed: once nothing is under way any more, what the hub ended with counts. */
  async #reconcile(turn: number): Promise<void> {
    if (!this.#hasCrossed || turn !== this.#turn || !this.isJoined) return;
    if (this.#sending > 0 || this.#waiting.size > 0) return; // comes here again
    this.#hasCrossed = false;
    const [changes, publishes] = [this.#changes, this.#publishes];
    let current: OpenContext | null | undefined;
    try {
      current = await this.#current();
    } catch (error) {
      if (turn === this.#turn) this.#lost(error);
      return;
    }
    if (turn !== this.#turn || current === undefined) return;
    if (changes === this.#changes && publishes === this.#publishes) {
      this.#follow(current, []);
      return;
    }
    this.#hasCrossed = true;
    void this.#reconcile(turn);
  }

  /** Undefined: the hub does not say. @throws LanyardError when it cannot be asked */
  async #current(): Promise<OpenContext | null | undefined> {
    if (!this.#join) return undefined;
    const { topic, token } = this.#join;
    const { status, body } = await this.#request(`/${encodeURIComponent(topic)}`, { token });
    if (status === 401) throw new TokenRefused();
    const current = status === OK ? readCurrent(body) : null;
    if (!current) return undefined;
    return current.type === '' ? null : { anchor: current.type, context: current.context };
  }

  async #renew(turn: number): Promise<void> {
    try {
      const join = await this.parts.readJoin();
      if (turn !== this.#turn) return;
      if (join.topic !== this.#join?.topic) throw new LanyardError('unavailable', 'Another session is to be joined');
      this.#join = join;
      const endpoint = await this.#subscribe(join, this.#endpoint);
      if (turn === this.#turn && endpoint !== this.#endpoint)
        throw new LanyardError('unavailable', 'The context hub did not renew the subscription');
    } catch (error) {
      if (turn === this.#turn) this.#lost(error);
    }
  }

  /** Begins again later, each time after a longer pause. */
  #lost(error: unknown): void {
    if (this.#state === 'ended') return;
    const { clock, ears, random } = this.parts;
    const wasJoined = this.#state === 'joined';
    const socket = this.#socket;
    this.#clear();
    socket?.cut();
    this.#state = 'waiting';
    if (this.#sending > 0) this.#isUnsent = true;
    this.#sending = 0;
    if (wasJoined && clock.now() - this.#joinedAt >= LONGEST_PAUSE) this.#pause = FIRST_PAUSE;
    if (error instanceof TokenRefused) {
      this.#refused = this.#join;
      this.#pause = LONGEST_PAUSE;
    }
    this.#again.set(this.#pause * (0.5 + random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    // Once for each outage; what was not foreseen always.
    if (!this.#isReported || !(error instanceof LanyardError)) ears.report(error);
    this.#isReported = true;
    ears.connected(false);
  }

  #clear(): void {
    this.#turn += 1;
    this.#socket = null;
    this.#queue = [];
    this.#hasCrossed = false; // joining asks anyway
    for (const deadline of [this.#again, this.#confirmation, this.#renewal, this.#ping, this.#quiet]) deadline.clear();
  }

  async #leave(join: JoinFile): Promise<void> {
    const { topic, token } = join;
    const { transport, url, clock, newId } = this.parts;
    const form = {
      'hub.channel.type': 'websocket',
      'hub.mode': 'unsubscribe',
      'hub.topic': topic,
      'hub.channel.endpoint': this.#endpoint,
    };
    const stop = clock.now() + END_TIMEOUT;
    try {
      if (!this.#wasLoggedOut) await this.#sayOfUser('UserLogout', newId(), 'user-initiated', join);
      if (clock.now() < stop) await transport.request(url, { token, form });
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.ears.report(error); // a hub that is gone need not be left
    }
  }

  async #sayOfUser(name: string, id: string, reason: LeavingReason, { topic, token }: JoinFile): Promise<void> {
    const event = { 'hub.topic': topic, 'hub.event': name, context: leavingContext(reason) };
    await this.parts.transport.request(this.parts.url, { token, json: { timestamp: this.#timestamp(), id, event } });
  }

  #request(path: string, request: Parameters<HubTransport['request']>[1]): ReturnType<HubTransport['request']> {
    const { url, transport } = this.parts;
    const address = new URL(url);
    address.pathname = address.pathname.replace(/\/$/, '') + path;
    return transport.request(address, request);
  }

  // ── Hearing ──

  #hear(text: string): void {
    const frame = readFrame(text);
    switch (frame.kind) {
      case 'confirmed':
        if (frame.topic === this.#join?.topic) this.#confirmed(frame.leaseSeconds);
        return;
      case 'denied':
        this.#lost(new LanyardError('unavailable', 'The context hub ended the subscription'));
        return;
      case 'event':
        if (this.#state === 'joined') this.#event(frame.event);
        return;
      case 'malformed':
        this.#answer(frame.id, 400);
        break;
      case 'garbage':
    }
    if (!this.#garbage.take())
      this.#lost(new LanyardError('unavailable', 'The context hub says what cannot be understood'));
  }

  #event(event: ForeignEvent): void {
    const { id, topic, name } = event;
    if (topic !== this.#join?.topic) {
      this.#answer(id, 403);
      return;
    }
    const before = this.#answered.get(id);
    if (before !== undefined) {
      if (before !== null) this.#answer(id, before); // sent twice: the same answer, and nothing else
      return;
    }
    const own = this.#own.get(id);
    if (own) {
      this.#answer(id, OK);
      this.#ownReturned(own);
    } else if (name.kind === 'open' || name.kind === 'close' || name.kind === 'home') {
      remember(this.#answered, id, null);
      if (this.#queue) this.#queue.push(event);
      else this.#change(event);
    } else if (name.kind === 'hibernate') {
      const isLocked = this.parts.ears.hibernated();
      this.#answer(id, isLocked ? OK : 501); // the others are told where it did not
    } else {
      this.#answer(id, OK);
      if (name.kind === 'sync-error') this.#syncError(event.context);
      if (name.kind === 'logout') {
        this.#wasLoggedOut = true;
        this.parts.ears.loggedOut();
      }
    }
  }

  #change(event: ForeignEvent): void {
    const { id, epoch, time } = event;
    const isNumbered = epoch !== null;
    if (isNumbered && epoch <= this.#epoch) {
      this.#answer(id, OK);
      return;
    }
    const isLate = !isNumbered && time < this.#newest;
    this.#note(event);
    if (isLate) void this.#confirmWithHub(event, this.#turn);
    else void this.#handOn(event, [id]);
  }

  #note({ epoch, time }: ForeignEvent): void {
    if (epoch !== null) this.#epoch = Math.max(this.#epoch, epoch);
    this.#newestStamp = Math.max(this.#newestStamp, time);
    // A clock that is ahead makes nothing that comes after it look old.
    this.#newest = Math.max(this.#newest, Math.min(time, this.parts.clock.now()));
  }

  /** By its timestamp it is older than what was heard before: a wrong clock, or really old. The hub knows. */
  async #confirmWithHub(event: ForeignEvent, turn: number): Promise<void> {
    const changes = ++this.#changes;
    let current: OpenContext | null | undefined;
    try {
      current = await this.#current();
    } catch (error) {
      if (turn === this.#turn) this.#lost(error);
      return;
    }
    if (turn !== this.#turn) return;
    const isCurrent = current === undefined || isOf(current, event);
    if (isCurrent && changes === this.#changes) void this.#handOn(event, [event.id]);
    else this.#answer(event.id, OK);
  }

  /** @param ids events that are answered as this is decided; none: nobody waits for an answer */
  async #handOn(change: Pick<ForeignEvent, 'name' | 'context'>, ids: readonly string[]): Promise<void> {
    const { name, context } = change;
    const [turn, changes, publishes] = [this.#turn, ++this.#changes, this.#publishes];
    let isOver = false;
    const settle = (refusal: string | null): void => {
      patience.clear();
      if (isOver || turn !== this.#turn) return;
      isOver = true;
      // What something newer has overtaken is not shown by anybody: nobody has to be warned.
      const isOvertaken = changes !== this.#changes || publishes !== this.#publishes;
      if (publishes !== this.#publishes) this.#hasCrossed = true;
      const status = refusal === null || isOvertaken ? OK : REFUSED;
      for (const id of ids) this.#answer(id, status);
      if (status === REFUSED && ids.length === 0) void this.#sayRefused(name, turn);
    };
    const patience = new Deadline(this.parts.clock, () => {
      settle('It was not decided in time');
    });
    patience.set(DECISION_TIMEOUT);
    // An encounter, a study or a report opens its patient as well (FHIRcast, section 2.5).
    const isDeeper = name.kind === 'open' && name.anchor !== 'patient';
    if (isDeeper && resourceOf(context, 'patient')) {
      const refusal = await this.#propose({ name, context, anchor: 'patient' });
      if (refusal !== null || turn !== this.#turn || changes !== this.#changes) {
        settle(refusal);
        void this.#reconcile(this.#turn);
        return;
      }
    }
    settle(await this.#propose({ name, context, anchor: name.anchor }));
    void this.#reconcile(this.#turn);
  }

  #propose(change: { name: EventName; context: readonly ContextEntry[]; anchor: string }): Promise<string | null> {
    const { name, context, anchor } = change;
    const proposal = ++this.#proposals;
    return new Promise((resolve) => {
      this.#waiting.set(proposal, resolve);
      const kind = name.kind as Proposed['kind'];
      this.parts.ears.proposed({
        type: 'proposed',
        proposal,
        publisher: '',
        kind,
        anchor,
        event: name.name,
        context,
      });
    });
  }

  /** Nothing can be answered to what was current already: it is said as an event of its own. */
  async #sayRefused(name: EventName, turn: number): Promise<void> {
    if (!this.#join) return;
    const { topic, token } = this.#join;
    const { subscriberName, newId, ears } = this.parts;
    const failure = { eventId: newId(), eventName: name.name, subscriberName, reason: 'did not follow' };
    const id = newId();
    remember(this.#own, id, { number: 0, name: null, context: [], changes: 0 });
    try {
      const json = syncErrorNotification(failure, { topic, id, timestamp: this.#timestamp() });
      await this.#request('', { token, json });
    } catch (error) {
      if (turn === this.#turn && !(error instanceof LanyardError)) ears.report(error);
    }
  }

  #syncError(context: readonly ContextEntry[]): void {
    const codes = codingsOf(resourceOf(context, 'operationoutcome'));
    if (!this.#own.has(codes.get('eventid') ?? '')) return;
    this.parts.ears.notFollowed(codes.get('subscribername') ?? codes.get('subscriber') ?? '');
  }

  #answer(id: string, status: number): void {
    remember(this.#answered, id, status);
    this.#socket?.send(JSON.stringify({ id, status }));
  }

  // ── Publishing ──

  async #send(event: string, context: readonly ContextEntry[], number: number): Promise<void> {
    if (!this.#join) return;
    const { topic, token } = this.#join;
    const id = this.parts.newId();
    const changes = this.#changes;
    remember(this.#own, id, { number, name: parseEventName(event) ?? null, context, changes });
    const json = {
      timestamp: this.#timestamp(),
      id,
      event: { 'hub.topic': topic, 'hub.event': event, context },
    };
    const { status } = await this.#request('', { token, json });
    if (status === 401) throw new TokenRefused();
    if (status >= 500 || status === 429)
      throw new LanyardError('unavailable', `The context hub did not take an event (${status})`);
    // What others changed meanwhile is newer, and was followed or refused with a word of its own.
    if (status >= 400 && changes === this.#changes) this.parts.ears.notTold();
    if (status === REFUSED) this.#hasCrossed = true;
  }

  /**
   * The hub put what others said before this one: if that was followed here in between, this is taken up again, so that
   * all end with what the hub ended with.
   */
  #ownReturned({ number, name, context, changes }: Own): void {
    if (name === null || number !== this.#publishes || changes === this.#changes) return;
    void this.#handOn({ name, context }, []);
  }

  /** After everything heard before, for a hub that orders by timestamps; never far ahead of the clock. */
  #timestamp(): string {
    const now = this.parts.clock.now();
    return new Date(Math.max(now, Math.min(this.#newestStamp + 1, now + MOST_AHEAD - 1_000))).toISOString();
  }
}

/** The oldest is forgotten first. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/** Whether the hub's current context is what the event made of it. */
function isOf(current: OpenContext | null, { name, context }: ForeignEvent): boolean {
  if (name.kind === 'home') return current === null;
  const key = contextKey(name.anchor);
  const idOf = (entries: readonly ContextEntry[]): string | undefined => resourceOf(entries, key)?.id;
  const isThat = current?.anchor === name.anchor && idOf(current.context) === idOf(context);
  return name.kind === 'open' ? isThat : current === null;
}

/** Code by the last part of its system, of the first issue. */
function codingsOf(outcome: Record<string, unknown> | undefined): Map<string, string> {
  const issue = (outcome?.['issue'] as { details?: { coding?: unknown } }[] | undefined)?.[0];
  const coding = issue?.details?.coding;
  const codes = new Map<string, string>();
  if (!Array.isArray(coding)) return codes;
  for (const { system, code } of coding as { system?: unknown; code?: unknown }[])
    if (typeof system === 'string' && typeof code === 'string')
      codes.set(system.slice(system.lastIndexOf('/') + 1).toLowerCase(), code);
  return codes;
}
