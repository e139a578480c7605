/** Somebody else's context hub, which says exactly what a test tells it to, right or wrong, and notes what it hears. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly form: URLSearchParams;
  readonly json: { id: string; timestamp: string; event: { 'hub.event': string; context: Entry[] } } | null;
}
interface Entry {
  readonly key: string;
  readonly resource: Record<string, unknown>;
}

export class ScriptedHub {
  readonly topic = 'topic-of-the-ward';
  readonly asked: Asked[] = [];
  readonly answers: { id: string; status: number }[] = [];
  /** What is current; null: it does not say. */
  current: { type: string; context: object[] } | null = { type: '', context: [] };
  subscribeStatus = 202;
  publishStatus = 202;
  leaseSeconds = 3600;
  /** Confirms as soon as the WebSocket opens. */
  confirms = true;
  endpoint: string | null = null;
  wellKnown: object | null = { websocketSupport: true };
  /** Held back until it resolves. */
  hold: Promise<void> = Promise.resolve();
  socket: WebSocket | null = null;
  readonly #sockets: WebSocket[] = [];
  #closedSockets = 0;

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {
    const sockets = new WebSocketServer({ server });
    server.on('request', (request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:9/' }).end(body);
      });
    });
    sockets.on('connection', (socket) => {
      this.socket = socket;
      this.#sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (this.#closedSockets += 1));
      socket.on('message', (data: Buffer) => {
        this.answers.push(JSON.parse(data.toString('utf8')) as { id: string; status: number });
      });
      if (this.confirms) this.confirm();
    });
  }

  static async start(tls?: { key: string; cert: string }): Promise<ScriptedHub> {
    const server = tls ? createSecureServer(tls) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedHub(server, tls ? 's' : '');
  }

  get url(): string {
    return `http${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/hub`;
  }

  get closedSockets(): number {
    return this.#closedSockets;
  }

  confirm(): void {
    this.send({
      'hub.mode': 'subscribe',
      'hub.topic': this.topic,
      'hub.events': 'Patient-open',
      'hub.lease_seconds': this.leaseSeconds,
    });
  }

  send(frame: unknown): void {
    this.socket?.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** An event of somebody else. */
  say(id: string, event: string, context: object[], timestamp: number, more: object = {}): void {
    this.send({
      timestamp: new Date(timestamp).toISOString(),
      id,
      event: { 'hub.topic': this.topic, 'hub.event': event, context, ...more },
    });
  }

  /** What was published, oldest first. */
  get published(): NonNullable<Asked['json']>[] {
    return this.asked.flatMap(({ json }) => (json ? [json] : []));
  }

  subscriptions(): Asked[] {
    return this.asked.filter(({ form }) => form.get('hub.mode') === 'subscribe');
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const isJson = request.headers['content-type'] === 'application/json';
    this.asked.push({
      method: request.method ?? '',
      path: pathname,
      token: request.headers.authorization?.replace('Bearer ', '') ?? '',
      form: new URLSearchParams(isJson ? '' : text),
      json: isJson ? (JSON.parse(text) as NonNullable<Asked['json']>) : null,
    });
    await this.hold;
    if (pathname.endsWith('/fhircast-configuration'))
      return this.wellKnown
        ? { status: 200, body: JSON.stringify(this.wellKnown) }
        : { status: 404, body: 'there is no such page' };
    if (request.method === 'GET')
      return this.current
        ? {
            status: 200,
            body: JSON.stringify({
              'context.type': this.current.type,
              'context.versionId': '1',
              context: this.current.context,
            }),
          }
        : { status: 404, body: '' };
    if (isJson) return { status: this.publishStatus, body: '' };
    const endpoint = this.endpoint ?? `${this.url.replace('http', 'ws')}/ws/secret-endpoint`;
    return { status: this.subscribeStatus, body: JSON.stringify({ 'hub.channel.endpoint': endpoint }) };
  }
}
