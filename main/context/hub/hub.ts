/**
 * The FHIRcast hub: `startHub` makes it listen on loopback and hands the shell what it needs to lead a session.
 *
 * Plain Node, no Electron: it is hosted in a process of its own.
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { LanyardError } from '../../domain/errors.js';
import { checkHost, allowedHosts } from './checkHost.js';
import { type Clock, systemClock } from './clock.js';
import { HostRefused, HubUnavailable } from './errors.js';
import type { Approve, HubEvent } from './hubContext.js';
import { defaultLimits, type HubLimits } from './limits.js';
import type { Notification } from './message.js';
import { type Randomness, systemRandomness } from './randomness.js';
import { RequestHandler } from './requestHandler.js';
import { HubService } from './service.js';
import type { SubscriberReport } from './subscriberReport.js';
import type { SurveyObjection, SurveyQuestion } from './survey.js';
import { TokenRegistry } from './tokenRegistry.js';

export interface HubOptions {
  /** An address of 127.0.0.0/8; nothing else is listened on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 (default): a free one. */
  readonly port?: number;
  /** PEM. Given: https and wss, with this certificate. Absent: http and ws, which on loopback nobody can overhear. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Origins whose pages may be clients; `*` for any. Default none: programs, which send no Origin, always may. */
  readonly origins?: readonly string[];
  /** Asked before a subscriber's context change is committed. Absent: every well-formed change is. */
  readonly approve?: Approve;
  /** For what was not foreseen; must redact before it writes. */
  readonly report: (error: unknown) => void;
  readonly limits?: Partial<HubLimits>;
  readonly clock?: Clock;
  readonly randomness?: Randomness;
}

/** A change of the shell's own, already surveyed and decided. */
export interface ShellEvent {
  readonly topic: string;
  /** `Patient-open`, `UserLogout` … */
  readonly event: string;
  /** The event's context as FHIRcast §3 has it. */
  readonly context: readonly unknown[];
  /** Only for updates: the version it changes. */
  readonly versionId?: string;
}

export interface Hub {
  /** hub.url */
  readonly url: string;
  /** The shell opens sessions and grants tokens here. */
  readonly tokens: TokenRegistry;
  /** Commits at once and broadcasts; returns what was broadcast. Throws HubError, a LanyardError. */
  publishFromShell(event: ShellEvent): Notification;
  /**
   * Asks those who subscribed to SURVEY whether the patient may change, for at most `limits.survey`. Nothing of it is
   * kept: neither the current context nor its version knows of it, and nobody who comes later hears of it.
   * @returns those who object
   */
  survey(question: SurveyQuestion): Promise<readonly SurveyObjection[]>;
  /** The names of those who want to be asked. */
  surveyed(topic: string): readonly string[];
  /** Who is subscribed to a topic, in the order of subscribing. */
  reportSubscribers(topic: string): SubscriberReport[];
  /** @returns how to stop listening */
  onEvent(listener: (event: HubEvent) => void): () => void;
  /** Denies every subscription, closes every connection, frees the port. */
  close(): Promise<void>;
}

const BASE_PATH = '/hub';
const LOOPBACK = /^127(?:\.\d{1,3}){3}$/;

/** Throws LanyardError when it cannot listen: the port is in use, the address is not this machine's, the key is not one. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, randomness = systemRandomness } = options;
  if (!LOOPBACK.test(host)) throw new LanyardError('configuration', 'the context hub listens on loopback only');
  const limits = { ...defaultLimits, ...options.limits };
  const tokens = new TokenRegistry(clock, randomness);
  const service = new HubService({
    clock,
    randomness,
    limits,
    tokens,
    approve: options.approve,
    report: options.report,
  });
  const server = makeServer(options.tls);
  const boundPort = await listen(server, host, port);
  const scheme = options.tls ? 's' : '';
  const url = `http${scheme}://${host}:${boundPort}${BASE_PATH}`;
  const hosts = allowedHosts(host, boundPort, options.tls !== undefined);
  tokens.announce(url);
  const handler = new RequestHandler({
    service,
    tokens,
    limits,
    clock,
    url,
    endpointPrefix: `ws${scheme}://${host}:${boundPort}${BASE_PATH}/ws/`,
    hosts,
    origins: new Set(options.origins),
    report: options.report,
  });
  server.on('request', (request, response) => {
    void handler.handle(request, response);
  });
  acceptWebSockets({ server, handler, service, hosts, limits, report: options.report });
  return {
    url,
    tokens,
    publishFromShell: ({ topic, event, context, versionId }) =>
      service.publishFromShell(topic, event, context, versionId),
    survey: (question) => service.survey(question),
    surveyed: (topic) => service.surveyed(topic),
    reportSubscribers: (topic) => service.reportSubscribers(topic),
    onEvent: (listener) => service.onEvent(listener),
    close: () => close(server, service, clock, limits.closing),
  };
}

function makeServer(tls: HubOptions['tls']): Server {
  const options = { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 30_000, noDelay: true };
  if (!tls) return createHttpServer(options);
  try {
    return createHttpsServer({ ...options, ...tls, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new LanyardError('configuration', "the context hub's key and certificate cannot be used", { cause: error });
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.maxConnections = 2048;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code ?? 'unknown'})`;
      reject(new HubUnavailable(`port ${port} of ${host} ${reason}`, { cause: error }));
    };
    server.once('error', refuse);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

interface Acceptance {
  readonly server: Server;
  readonly handler: RequestHandler;
  readonly service: HubService;
  readonly hosts: ReadonlySet<string>;
  readonly limits: HubLimits;
  readonly report: (error: unknown) => void;
}

/** Takes a WebSocket only at an endpoint that waits for one; every other address answers 404 and is never confirmed. */
function acceptWebSockets({ server, handler, service, hosts, limits, report }: Acceptance): void {
  const accept = new WebSocketServer({
    server,
    clientTracking: false,
    maxPayload: limits.eventBytes,
    perMessageDeflate: false,
    verifyClient: ({ req }, answer) => {
      try {
        checkHost(req.headers.host, hosts);
      } catch (error) {
        answer(false, error instanceof HostRefused ? error.status : 500);
        return;
      }
      const endpoint = handler.endpointOf(req.url ?? '');
      if (endpoint !== null && service.awaits(endpoint)) answer(true);
      else answer(false, 404);
    },
  });
  accept.on('error', report); // also the server's own, which ws passes on
  accept.on('connection', (socket, request) => {
    service.connect(handler.endpointOf(request.url ?? '') ?? '', socket);
  });
}

/** WebSockets are closed by their subscriptions, which cut those that do not close in time. */
async function close(server: Server, service: HubService, clock: Clock, patience: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  service.close();
  server.closeIdleConnections();
  const stop = clock.after(patience, () => {
    server.closeAllConnections();
  });
  await closed;
  stop();
}
