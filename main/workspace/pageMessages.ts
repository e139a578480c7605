/**
 * Carries the words of a live channel between a page and main: puts the script into each document of the system's own
 * origins as soon as it stands there, and keeps asking it what the page says. Knows nothing of Electron.
 *
 * SECURITY(S29): the script runs in the page's own world, where the page may change it. So what is asked is itself a
 * piece of code that gives back nothing but a text of limited length, at a limited pace; it is data from a stranger.
 */
import type { Clock } from '../context/clock.js';
import type { PageLine, PageLineEvent } from '../context/live/liveChannel.js';

/** Runs code in the main frame's own world, at once. */
export interface PageRunner {
  run(code: string): Promise<unknown>;
  /** Origin of the document that stands there; "null" where it has none. */
  origin(): string;
}

/** Kinds of systems[].context.live that put something into the page. */
export type PageChannelKind = 'fdc3' | 'smart-web-messaging';

/** Characters of one message. */
const LONGEST = 65_536;
/** Milliseconds between two questions … */
const BETWEEN = 20;
/** … and where the page did not answer as it should. */
const AFTER_NONSENSE = 1_000;

const ASK = `(async () => {
  const said = await globalThis.lanyardPage?.next();
  if (typeof said !== 'string') return null;
  return said.length > ${LONGEST} ? 1 : said;
})()`;

export class PageMessages implements PageLine {
  /** Grows with every document: answers for an older one are ignored. */
  #document = 0;
  #isOpen = false;
  #listener: (event: PageLineEvent) => void = () => undefined;

  constructor(
    private readonly runner: PageRunner,
    private readonly kind: PageChannelKind,
    /** The built script (dist/pageWorld). */
    private readonly script: string,
    private readonly origins: readonly string[],
    private readonly clock: Clock,
  ) {}

  /** A new document stands in the main frame. */
  restart(): void {
    this.stop();
    const origin = this.runner.origin();
    // A page of somebody else's (an identity provider, say) is not spoken to.
    if (!this.origins.includes(origin)) return;
    const document = this.#document;
    this.#isOpen = true;
    this.#listener({ type: 'opened' });
    void this.#readOn(document, origin).catch(() => undefined); // the frame went away: its next document begins anew
  }

  stop(): void {
    this.#document += 1;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#listener({ type: 'closed' });
  }

  send(message: object): void {
    if (!this.#isOpen) return;
    const text = JSON.stringify(JSON.stringify(message));
    void this.runner.run(`void globalThis.lanyardPage?.deliver(${text})`).catch(() => undefined); // it went away
  }

  listen(listener: (event: PageLineEvent) => void): void {
    this.#listener = listener;
  }

  async #readOn(document: number, origin: string): Promise<void> {
    const kind = JSON.stringify(this.kind);
    await this.runner.run(
      `{ ${this.script}; globalThis.lanyardOpenChannel(${kind}); delete globalThis.lanyardOpenChannel; } 0`,
    );
    while (document === this.#document) {
      const answer = await this.runner.run(ASK);
      if (document !== this.#document) return;
      if (typeof answer === 'string') {
        if (answer !== '') this.#listener({ type: 'said', text: answer, origin });
      } else if (answer === 1) this.#listener({ type: 'too-large', origin });
      await this.#pause(typeof answer === 'string' ? BETWEEN : AFTER_NONSENSE);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(milliseconds, resolve);
    });
  }
}
