/**
 * What the hub's tests share: a real hub on loopback with a clock that the test moves, real HTTP and WebSocket
 * clients, and patients nobody has.
 *
 * "Nothing more came" is proven without waiting: a WebSocket keeps its order, so the test publishes a marker and
 * expects it next.
 */
import { randomUUID } from 'node:crypto';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { Clock } from '../../main/context/hub/clock.js';
import { type Hub, type HubOptions, startHub } from '../../main/context/hub/hub.js';
import type { HubEvent } from '../../main/context/hub/hubContext.js';
import { ANY_TOPIC } from '../../main/context/hub/tokenRegistry.js';

const EVERYTHING = 'fhircast/*.*';
export const MARKER = 'org.example.marker';
/** Real milliseconds after which a peer that heard nothing gives up: a failing test, never a passing one. */
const PATIENCE = 8000;

export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, run: () => void): () => void {
    const timer = { at: this.#now + delay, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs what falls due on the way, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}

export interface Message {
  timestamp: string;
  id: string;
  extension?: Record<string, unknown>;
  event: {
    'hub.topic': string;
    'hub.event': string;
    'context.versionId'?: string;
    'context.priorVersionId'?: string;
    context: Entry[];
  };
}
export interface Entry {
  key: string;
  resource?: Record<string, unknown>;
  reference?: unknown;
  data?: unknown;
}
type Frame = Record<string, unknown>;

const disposers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposers.splice(0).reverse()) await dispose();
});

const START = Date.parse('2026-03-02T09:00:00.000Z');

/** @param start what the hub's clock says: for clients that have a clock of their own, the real time */
export async function startTestHub(options: Partial<HubOptions> = {}, start = START): Promise<TestHub> {
  const clock = new ManualClock(start);
  const surprises: unknown[] = [];
  const hub = await startHub({ clock, report: (error) => surprises.push(error), ...options });
  const test = new TestHub(hub, clock, surprises);
  disposers.push(() => test.close());
  return test;
}

export class TestHub {
  readonly topic: string;
  /** A token that may do everything on the topic. */
  readonly token: string;
  readonly #subscribers = new Set<Subscriber>();

  constructor(
    readonly hub: Hub,
    readonly clock: ManualClock,
    /** What the hub did not foresee. */
    readonly surprises: unknown[],
  ) {
    this.topic = hub.tokens.openTopic();
    this.token = this.grant(EVERYTHING);
  }

  get url(): string {
    return this.hub.url;
  }

  grant(scopes: string, more: { topic?: string | typeof ANY_TOPIC; name?: string; life?: number } = {}): string {
    return this.hub.tokens.grant({
      topic: more.topic ?? this.topic,
      scopes,
      expiresAt: this.clock.now() + (more.life ?? 12 * 3_600_000),
      subscriberName: more.name ?? null,
    });
  }

  /** POST of a form; undefined fields are left out. */
  form(fields: Record<string, string | undefined>, token: string | null = this.token): Promise<Response> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.append(name, value);
    return this.fetch('', { method: 'POST', body }, token);
  }

  fetch(path: string, init: RequestInit = {}, token: string | null = this.token): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    return fetch(this.url + path, { ...init, headers });
  }

  subscription(events: string, more: Record<string, string | undefined> = {}): Record<string, string | undefined> {
    return {
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': this.topic,
      'hub.events': events,
      ...more,
    };
  }

  /** The endpoint of a new subscription. */
  async endpoint(events: string, more: Record<string, string | undefined> = {}, token = this.token): Promise<string> {
    const response = await this.form(this.subscription(events, more), token);
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    return ((await response.json()) as Record<string, string>)['hub.channel.endpoint'] ?? '';
  }

  /** A live, confirmed subscriber; it also hears markers unless its events say nothing of the kind. */
  async subscriber(
    events: string,
    options: { name?: string; token?: string; marker?: boolean; more?: Record<string, string> } = {},
  ): Promise<Subscriber> {
    const list = options.marker === false ? events : `${events},${MARKER}`;
    const more = { ...options.more, ...(options.name === undefined ? {} : { 'subscriber.name': options.name }) };
    const subscriber = await this.connect(await this.endpoint(list, more, options.token));
    const confirmation = await subscriber.next();
    if (confirmation['hub.mode'] !== 'subscribe') throw new Error('not confirmed');
    return subscriber;
  }

  async connect(endpoint: string): Promise<Subscriber> {
    const subscriber = new Subscriber(endpoint);
    this.#subscribers.add(subscriber);
    await subscriber.opened;
    return subscriber;
  }

  message(
    event: string,
    context: Entry[],
    more: { id?: string; timestamp?: string; versionId?: string } = {},
  ): Message {
    return {
      timestamp: more.timestamp ?? new Date(this.clock.now()).toISOString(),
      id: more.id ?? randomUUID(),
      event: {
        'hub.topic': this.topic,
        'hub.event': event,
        ...(more.versionId === undefined ? {} : { 'context.versionId': more.versionId }),
        context,
      },
    };
  }

  post(message: unknown, token: string | null = this.token, path = '', type = 'application/json'): Promise<Response> {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    return this.fetch(path, { method: 'POST', body, headers: { 'content-type': type } }, token);
  }

  /** Publishes and expects to be accepted. */
  async publish(event: string, context: Entry[], more: Parameters<TestHub['message']>[2] = {}): Promise<Message> {
    const message = this.message(event, context, more);
    const response = await this.post(message);
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    await response.arrayBuffer();
    return message;
  }

  /** Publishes and expects a refusal: its status and text. */
  async refused(message: unknown, token: string | null = this.token): Promise<{ status: number; text: string }> {
    const response = await this.post(message, token);
    return { status: response.status, text: await response.text() };
  }

  /** The marker reaches the subscriber next: nothing else was on its way. */
  async expectNothingFor(...subscribers: Subscriber[]): Promise<void> {
    const { id } = await this.publish(MARKER, []);
    for (const subscriber of subscribers) {
      const next = await subscriber.next();
      if (next['id'] !== id) throw new Error(`unexpected: ${JSON.stringify(next)}`);
      await this.answer(subscriber, id);
    }
  }

  /** Answers, and waits until the hub has taken the answer. */
  async answer(subscriber: Subscriber, id: string, status: number | string = 200): Promise<void> {
    const taken = this.heard((event) => event.kind === 'answered' && event.status === Number(status));
    subscriber.send({ id, status });
    await taken;
  }

  /** The next event of that sort which the shell hears from the hub. */
  heard(fits: (event: HubEvent) => boolean): Promise<HubEvent> {
    return withPatience('the shell heard nothing of the kind', (resolve) => {
      const stop = this.hub.onEvent((event) => {
        if (!fits(event)) return;
        stop();
        resolve(event);
      });
    });
  }

  async current(
    token = this.token,
  ): Promise<{ 'context.type': string; 'context.versionId': string; context: Entry[] }> {
    const response = await this.fetch(`/${encodeURIComponent(this.topic)}`, {}, token);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  }

  async close(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.socket.terminate();
    await this.hub.close();
    if (this.surprises.length > 0) throw new Error('the hub met something unforeseen', { cause: this.surprises });
  }
}

export class Subscriber {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame) => void)[] = [];

  constructor(endpoint: string, options: object = {}) {
    this.socket = new WebSocket(endpoint, options);
    this.socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      const waiting = this.#waiting.shift();
      if (waiting) waiting(frame);
      else this.#frames.push(frame);
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => undefined); // seen by whoever awaits it
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** The next frame, in order. */
  next(): Promise<Frame> {
    const frame = this.#frames.shift();
    if (frame) return Promise.resolve(frame);
    return withPatience('nothing came', (resolve) => this.#waiting.push(resolve));
  }

  /** The next frame, which must be an event; it is answered with 200 unless told otherwise. */
  async nextEvent(answer = true): Promise<Message> {
    const frame = (await this.next()) as unknown as Message;
    if (!('event' in (frame as object))) throw new Error(`not an event: ${JSON.stringify(frame)}`);
    if (answer) this.send({ id: frame.id, status: 200 });
    return frame;
  }

  send(value: unknown): void {
    this.socket.send(JSON.stringify(value));
  }
}

/** Settles as `start` says, or fails after real patience. */
export function withPatience<T>(complaint: string, start: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(complaint));
    }, PATIENCE);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

const IDENTIFIER = 'https://fhir.example.org/id';

export function patient(id = 'p1', more: object = {}): Entry {
  const identifier = [{ system: IDENTIFIER, value: `MRN-${id}` }];
  return { key: 'patient', resource: { resourceType: 'Patient', id, identifier, birthDate: '1970-01-01', ...more } };
}

export function encounter(id = 'e1', patientId = 'p1'): Entry {
  const identifier = [{ system: IDENTIFIER, value: `VISIT-${id}` }];
  const subject = { reference: `Patient/${patientId}` };
  return { key: 'encounter', resource: { resourceType: 'Encounter', id, identifier, status: 'unknown', subject } };
}

export function study(id = 's1', patientId = 'p1'): Entry {
  const identifier = [
    { system: 'urn:dicom:uid', value: 'urn:oid:1.2.840.99999.1.5' },
    {
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN' }] },
      system: IDENTIFIER,
      value: `ACC-${id}`,
    },
  ];
  const subject = { reference: `Patient/${patientId}` };
  return { key: 'study', resource: { resourceType: 'ImagingStudy', id, identifier, status: 'unknown', subject } };
}

export function report(id = 'r1', patientId = 'p1', studyId = 's1'): Entry {
  return {
    key: 'report',
    resource: {
      resourceType: 'DiagnosticReport',
      id,
      identifier: [{ system: IDENTIFIER, value: `REPORT-${id}` }],
      status: 'unknown',
      subject: { reference: `Patient/${patientId}` },
      imagingStudy: [{ reference: `ImagingStudy/${studyId}` }],
    },
  };
}

export function observation(id: string, text = 'simple cyst'): Record<string, unknown> {
  return { resourceType: 'Observation', id, status: 'preliminary', code: { text } };
}

export function put(resource: Record<string, unknown>): object {
  return { resource, request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` } };
}

export function remove(reference: string): object {
  return { fullUrl: reference, request: { method: 'DELETE', url: reference } };
}

/** The context of a DiagnosticReport-update. */
export function updates(reportId: string, entry: object[], bundleId = 'b1'): Entry[] {
  return [
    { key: 'report', reference: { reference: `DiagnosticReport/${reportId}` } },
    { key: 'updates', resource: { resourceType: 'Bundle', id: bundleId, type: 'transaction', entry } },
  ];
}

export function syncError(text: string): Entry[] {
  const issue = [{ severity: 'warning', code: 'processing', diagnostics: text }];
  return [{ key: 'operationoutcome', resource: { resourceType: 'OperationOutcome', issue } }];
}

/** Code by the last part of the coding system, of a SyncError. */
export function codings(message: Message): Record<string, string> {
  const outcome = message.event.context[0]?.resource as
    { issue: { details: { coding: { system: string; code: string }[] } }[] } | undefined;
  const coding = outcome?.issue[0]?.details.coding ?? [];
  return Object.fromEntries(coding.map(({ system, code }) => [system.slice(system.lastIndexOf('/') + 1), code]));
}

export function issueOf(message: Message): { severity: string; code: string; diagnostics: string } {
  const outcome = message.event.context[0]?.resource as { issue: [never] };
  return outcome.issue[0];
}
