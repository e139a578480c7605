/** Chrome DevTools Protocol, as little of it as the bench needs: an expression is evaluated somewhere, and answers. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';

const DEADLINE = 60_000;

/** The answer to Runtime.evaluate; messages without an id are events. */
const Answer = z.object({
  id: z.number().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z
    .object({
      result: z.object({ value: z.unknown().optional() }).optional(),
      exceptionDetails: z.object({ exception: z.object({ description: z.string().optional() }).optional() }).optional(),
    })
    .optional(),
});

export class DevTools {
  #asked = 0;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.#take(Answer.parse(JSON.parse(data.toString('utf8'))));
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
    const id = ++this.#asked;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
    const late = setTimeout(() => {
      this.#waiting.get(id)?.reject(new Error(`no answer within ${DEADLINE / 1000} s`));
    }, DEADLINE);
    const params = { expression, awaitPromise: true, returnByValue: true };
    this.socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    try {
      return await answer;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(id);
    }
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

  #take({ id, error, result }: z.infer<typeof Answer>): void {
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    if (error) waiting?.reject(new Error(error.message));
    else if (result?.exceptionDetails)
      waiting?.reject(new Error(result.exceptionDetails.exception?.description ?? 'it threw something strange'));
    else waiting?.resolve(result?.result?.value);
  }
}

/** The text of a call of a page's function. */
export function codeOf<I>(inside: (input: I) => unknown, input: I): string {
  return `${NAMES} (${inside.toString()})(${literal(input)})`;
}

function callOf<I>(inside: (electron: never, input: I) => unknown, first: string, input: I): string {
  return `${NAMES} (${inside.toString()})(${first}, ${literal(input)})`;
}

/** esbuild leaves calls of this helper in functions, to keep their names; there is none where they run. */
const NAMES = 'globalThis.__name ??= (made) => made;';

function literal(input: unknown): string {
  return input === undefined ? 'undefined' : JSON.stringify(input);
}
