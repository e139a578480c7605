/** Chrome DevTools Protocol, as little of it as the bench needs: an expression is evaluated somewhere, and answers. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';

const DEADLINE = 60_000;

/** An answer, or (without an id) an event. */
const Message = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z.unknown().optional(),
});
/** Of Runtime.evaluate. */
const Evaluation = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z.object({ exception: z.object({ description: z.string().optional() }).optional() }).optional(),
});

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class DevTools {
  #asked = 0;
  /** By the number of what was asked, or by the name of an event. */
  readonly #waiting = new Map<number | string, Waiting>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.#take(Message.parse(JSON.parse(data.toString('utf8'))));
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the program ended before it answered'));
      this.#waiting.clear();
    });
  }

  /** @param address ws://… as the program said it */
  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address, { perMessageDeflate: false });
    await once(socket, 'open', { signal: AbortSignal.timeout(DEADLINE) });
    return new DevTools(socket);
  }

  /**
   * @returns what the expression, or its promise, comes to (plain data)
   * @throws Error with what was thrown there, or after 60 s
   */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression: held(expression), awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = Evaluation.parse(await this.#send('Runtime.evaluate', params));
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? 'it threw something strange');
    return result.value;
  }

  /** A page only. @returns once the other page has loaded */
  async navigate(address: string): Promise<void> {
    await this.#send('Page.enable', {});
    const loaded = this.#answer('Page.loadEventFired');
    await Promise.all([this.#send('Page.navigate', { url: address }), loaded]);
  }

  /**
   * Runs a function in a main process of Electron. It sees only its two parameters: Electron, and `input` (plain data).
   * Electron's own start has to be over.
   */
  async runInMain<I, O>(inside: (electron: never, input: I) => O | Promise<O>, input: I): Promise<O> {
    const electron = "process.getBuiltinModule('module').createRequire(process.execPath)('electron')";
    return (await this.evaluate(callOf(inside, electron, input))) as O;
  }

  close(): void {
    this.socket.terminate();
  }

  async #send(method: string, params: object): Promise<unknown> {
    const id = ++this.#asked;
    const answer = this.#answer(id);
    this.socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  async #answer(to: number | string): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(to, { resolve, reject });
    });
    const late = setTimeout(() => {
      this.#waiting.get(to)?.reject(new Error(`no answer within ${DEADLINE / 1000} s`));
    }, DEADLINE);
    try {
      return await answer;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(to);
    }
  }

  #take({ id, method, error, result }: z.infer<typeof Message>): void {
    const waiting = this.#waiting.get(id ?? method ?? '');
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}

/** The text of a call of a page's function. */
export function codeOf<I>(inside: (input: I) => unknown, input: I): string {
  return `(${NAMES}, (${inside.toString()})(${literal(input)}))`;
}

function callOf<I>(inside: (electron: never, input: I) => unknown, first: string, input: I): string {
  return `(${NAMES}, (${inside.toString()})(${first}, ${literal(input)}))`;
}

/** esbuild leaves calls of this helper in functions, to keep their names; there is none where they run. */
const NAMES = 'globalThis.__name ??= (made) => made';

/** The inspector itself does not keep a promise from being collected as garbage while it waits for it. */
function held(expression: string): string {
  return `(() => {
    const promises = (globalThis.benchPromises ??= new Set());
    const promise = Promise.resolve(${expression});
    promises.add(promise);
    const forget = () => promises.delete(promise);
    promise.then(forget, forget);
    return promise;
  })()`;
}

function literal(input: unknown): string {
  return input === undefined ? 'undefined' : JSON.stringify(input);
}
