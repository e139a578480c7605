/**
 * `node --import tsx test/bench/hub.bench.ts`: what an event costs the hub, against the least a WebSocket hub can do,
 * in the same run.
 *
 * One publisher posts a Patient-open and waits until all N subscribers have it and have answered; the server runs in
 * a process of its own. Rounds of the two servers alternate, so that a busy machine is busy for both; only the ratio
 * means anything.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import type { Ready, Usage } from './hubBenchServer.js';

interface Figures {
  /** Milliseconds of the server's processor time per event. */
  readonly cpu: number[];
  /** Milliseconds from posting to each subscriber. */
  readonly latency: number[];
  /** Milliseconds from posting to the last subscriber. */
  readonly last: number[];
}

const ROUNDS = 5;
const goals: Readonly<Record<number, { readonly cpu: number; readonly p50: number }>> = {
  10: { cpu: 0.8, p50: 1.5 },
  100: { cpu: 5, p50: 7 },
};

class Bench {
  readonly figures: Figures = { cpu: [], latency: [], last: [] };
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #sockets: WebSocket[] = [];
  #waiting: { id: string; left: number; start: number; done: () => void } | null = null;
  #count = 0;

  private constructor(
    readonly server: ChildProcess,
    readonly ready: Ready,
  ) {}

  static async start(kind: 'floor' | 'lanyard', subscribers: number): Promise<Bench> {
    const file = new URL('./hubBenchServer.ts', import.meta.url);
    const server = fork(file, [kind], { execArgv: ['--import', 'tsx'] });
    const [ready] = (await once(server, 'message')) as [Ready];
    const bench = new Bench(server, ready);
    for (let count = 0; count < subscribers; count++) await bench.#subscribe();
    return bench;
  }

  /** Publishes so many events, one after the other; adds to the figures unless it is only to warm up. */
  async run(events: number, counts: boolean): Promise<void> {
    const before = await this.#usage();
    for (let event = 0; event < events; event++) await this.#publish(counts);
    const after = await this.#usage();
    if (counts) this.figures.cpu.push((after.cpu - before.cpu) / 1000 / events);
  }

  async memory(): Promise<number> {
    return (await this.#usage()).memory / 1024 / 1024;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#agent.destroy();
    this.server.disconnect();
  }

  async #usage(): Promise<Usage> {
    const answer = once(this.server, 'message') as Promise<[Usage]>;
    this.server.send('usage');
    return (await answer)[0];
  }

  async #subscribe(): Promise<void> {
    const socket = new WebSocket(this.ready.token === '' ? this.ready.url : await this.#endpoint(), {
      perMessageDeflate: false,
    });
    this.#sockets.push(socket);
    const first = this.ready.token === '' ? once(socket, 'open') : once(socket, 'message');
    await first;
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString()) as { id: string };
      const waiting = this.#waiting;
      if (waiting?.id !== id) throw new Error('an event came twice or in the wrong place');
      const elapsed = performance.now() - waiting.start;
      this.figures.latency.push(elapsed);
      socket.send(JSON.stringify({ id, status: 200 }));
      waiting.left -= 1;
      if (waiting.left > 0) return;
      this.figures.last.push(elapsed);
      waiting.done();
    });
  }

  async #endpoint(): Promise<string> {
    const body = new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': this.ready.topic,
      'hub.events': 'Patient-open,Patient-close,SyncError',
    });
    const answer = await fetch(this.ready.url, { method: 'POST', body, headers: this.#authorization() });
    return ((await answer.json()) as Record<string, string>)['hub.channel.endpoint'] ?? '';
  }

  #authorization(): Record<string, string> {
    return this.ready.token === '' ? {} : { authorization: `Bearer ${this.ready.token}` };
  }

  async #publish(counts: boolean): Promise<void> {
    const id = `event-${(this.#count += 1)}`;
    const body = JSON.stringify(eventOf(id, this.ready.topic));
    const { latency, last } = this.figures;
    const [latencies, lasts] = [latency.length, last.length];
    const heard = new Promise<void>((done) => {
      this.#waiting = { id, left: this.#sockets.length, start: performance.now(), done };
    });
    await Promise.all([this.#post(body), heard]);
    if (counts) return;
    latency.length = latencies;
    last.length = lasts;
  }

  #post(body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...this.#authorization(),
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const request = http.request(this.ready.url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 202) resolve();
          else reject(new Error(`answered ${response.statusCode ?? 0}`));
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

/** A Patient-open as a record system sends it: about 1 kB. */
function eventOf(id: string, topic: string): object {
  const identifier = ['nhs-number', 'hospital-number'].map((kind, index) => ({
    use: 'official',
    system: `https://fhir.example.org/Id/${kind}`,
    value: `999000000${index}`,
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
  }));
  const resource = {
    resourceType: 'Patient',
    id: `patient-${id}`,
    identifier,
    name: [{ use: 'official', family: 'Testpatient', given: ['Ada', 'Benchmark'], prefix: ['Ms'] }],
    gender: 'female',
    birthDate: '1961-04-12',
    address: [{ line: ['1 Example Street'], city: 'Exampleton', postalCode: 'ZZ99 3AA' }],
  };
  return {
    timestamp: new Date().toISOString(),
    id,
    event: { 'hub.topic': topic, 'hub.event': 'Patient-open', context: [{ key: 'patient', resource }] },
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function summary({ cpu, latency, last }: Figures) {
  return {
    'CPU per event': quantile(cpu, 0.5),
    'latency p50': quantile(latency, 0.5),
    'latency p99': quantile(latency, 0.99),
    'last subscriber p50': quantile(last, 0.5),
  };
}

/** All figures in milliseconds but memory, which is resident MB. */
export interface HubResult {
  readonly subscribers: number;
  readonly events: number;
  readonly floor: ReturnType<typeof summary>;
  readonly lanyard: ReturnType<typeof summary>;
  readonly memory: { readonly floor: number; readonly lanyard: number };
}

export const name = 'hub';

/** Prints as it goes; @returns what was printed */
export async function run(report: (line: string) => void): Promise<HubResult[]> {
  const results = [];
  for (const subscribers of [10, 100]) results.push(await measure(subscribers, report));
  return results;
}

async function measure(subscribers: number, report: (line: string) => void): Promise<HubResult> {
  const events = subscribers === 10 ? 1000 : 200;
  const floor = await Bench.start('floor', subscribers);
  const lanyard = await Bench.start('lanyard', subscribers);
  try {
    for (const bench of [floor, lanyard]) await bench.run(events, false);
    for (let round = 0; round < ROUNDS; round++) {
      await floor.run(events, true);
      await lanyard.run(events, true);
    }
    const result = {
      subscribers,
      events: ROUNDS * events,
      floor: summary(floor.figures),
      lanyard: summary(lanyard.figures),
      memory: { floor: await floor.memory(), lanyard: await lanyard.memory() },
    };
    tell(result, report);
    return result;
  } finally {
    floor.stop();
    lanyard.stop();
  }
}

function tell({ subscribers, events, floor, lanyard, memory }: HubResult, report: (line: string) => void): void {
  const goal = goals[subscribers];
  const wanted = new Map([
    ['CPU per event', goal?.cpu],
    ['latency p50', goal?.p50],
  ]);
  const line = (title: string, least: number, ours: number, digits: number) => {
    const aim = wanted.get(title);
    const figures = [least, ours].map((value) => value.toFixed(digits).padStart(7));
    report(
      `  ${title.padEnd(20)} floor ${figures[0] ?? ''}   Lanyard ${figures[1] ?? ''}   ` +
        `ratio ${(ours / least).toFixed(2)}${aim === undefined ? '' : `   goal ${aim}`}`,
    );
  };
  report(`hub, ${subscribers} subscribers, ${events} events, milliseconds:`);
  for (const title of Object.keys(lanyard) as (keyof typeof lanyard)[]) line(title, floor[title], lanyard[title], 2);
  line('resident memory, MB', memory.floor, memory.lanyard, 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await run((line) => process.stdout.write(`${line}\n`));
}
