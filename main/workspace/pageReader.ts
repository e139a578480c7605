/**
 * Keeps reading one page: runs the isolated script in the main frame and in the frames of other origins that the rules
 * name, puts their readings together, and notices a page that does not answer. Knows nothing of Electron.
 */
import type { PageReading } from '../context/systemView.js';
import type { Clock } from '../context/clock.js';
import type { ShownPlace } from '../domain/shownIdentity.js';
import type { PlaceRule, Reading } from './isolated/readBack.js';

/** One rule of the configuration and what it is for. */
export interface ReadingRule extends PlaceRule {
  readonly field: ShownPlace['field'];
  readonly authority?: string | undefined;
  readonly format?: ShownPlace['format'];
  /** Regular expression source with one group: the part of the text that counts. */
  readonly pattern?: string | undefined;
}

/** Runs code in the page; `frame`: null for the main frame, else the index of one of its child frames. */
export interface ScriptRunner {
  /** In the isolated world of the main frame, or in a child frame of another origin. Waits for the page to load. */
  run(code: string, frame: number | null): Promise<unknown>;
  /** Resolves as soon as the main frame's event loop turns. */
  ping(): Promise<void>;
}

export interface PageReaderEvents {
  reading(reading: PageReading): void;
  hung(): void;
  responsive(): void;
}

/** A page is asked whether it still answers this often, in milliseconds … */
const PING_EVERY = 4_000;
/** … and counts as hung after so long without an answer. */
const PING_DEADLINE = 6_000;

export class PageReader {
  /** Grows with every document: answers for an older one are ignored. */
  #document = 0;
  /** Grows whenever a child frame gets another document. */
  #frameDocuments = 0;
  #readings = new Map<number | null, Reading>();
  #followedFrames = new Set<number>();
  #hung = false;
  #cancelPing: (() => void) | undefined;

  constructor(
    private readonly runner: ScriptRunner,
    private readonly script: string,
    private readonly rules: readonly ReadingRule[],
    private readonly signInSelector: string | null,
    private readonly isSignInAddress: () => boolean,
    private readonly clock: Clock,
    private readonly events: PageReaderEvents,
  ) {}

  /** A new document stands in the main frame: begin again. */
  restart(): void {
    this.stop();
    this.#hung = false;
    const document = this.#document;
    this.#follow(document, null, this.rules);
    this.#ping(document);
  }

  /** A child frame got another document: look at it at once, not only when it has finished loading. */
  frameChanged(): void {
    this.#frameDocuments += 1;
    for (const frame of this.#followedFrames) this.#readings.delete(frame);
    this.#followedFrames = new Set();
    const document = this.#document;
    void this.runner
      .run('globalThis.lanyardReadBack?.now()', null)
      .then((answer) => {
        if (document === this.#document && answer) this.#take(document, null, answer as Reading);
      })
      .catch(() => undefined); // the page itself went away: its next document starts anew
  }

  stop(): void {
    this.#document += 1;
    this.#readings = new Map();
    this.#followedFrames = new Set();
    this.#cancelPing?.();
    this.#cancelPing = undefined;
  }

  #follow(document: number, frame: number | null, rules: readonly ReadingRule[]): void {
    void this.#readOn(document, frame, rules).catch(() => {
      // The frame went away (navigation, crash): the next document starts anew, and until then nothing is known of it.
      if (document !== this.#document) return;
      this.#readings.delete(frame);
      if (frame !== null) this.#followedFrames.delete(frame);
    });
  }

  async #readOn(document: number, frame: number | null, rules: readonly ReadingRule[]): Promise<void> {
    const places: PlaceRule[] = rules.map(({ selector, attribute, frame: inFrame }) =>
      frame === null ? { selector, attribute, frame: inFrame } : { selector, attribute },
    );
    const start = `globalThis.lanyardReadBack ??= (() => { ${this.script}; return lanyardCreateReadBack(${JSON.stringify(places)}, ${JSON.stringify(this.signInSelector)}); })();`;
    const frameDocuments = this.#frameDocuments;
    const isCurrent = () => document === this.#document && (frame === null || frameDocuments === this.#frameDocuments);
    let after = 0;
    while (isCurrent()) {
      const answer = (await this.runner.run(`${start} lanyardReadBack.next(${after})`, frame)) as Reading;
      if (!isCurrent()) return;
      after = answer.version;
      this.#take(document, frame, answer);
    }
  }

  #take(document: number, frame: number | null, answer: Reading): void {
    this.#readings.set(frame, answer);
    if (frame === null) this.#followForeignFrames(document, answer);
    this.events.reading(this.#together());
  }

  #followForeignFrames(document: number, reading: Reading): void {
    for (const frame of reading.foreignFrames) {
      if (frame === null || this.#followedFrames.has(frame)) continue;
      this.#followedFrames.add(frame);
      this.#follow(document, frame, this.rules);
    }
  }

  #together(): PageReading {
    const main = this.#readings.get(null);
    const places = this.rules.map((rule, index): ShownPlace => {
      const frame = main?.foreignFrames[index] ?? null;
      const texts = (frame === null ? main : this.#readings.get(frame))?.texts[index] ?? [];
      return { field: rule.field, authority: rule.authority, format: rule.format, texts: cutOut(texts, rule.pattern) };
    });
    const asksToSignIn = (main?.asksForPassword ?? false) || (main?.showsSignInSign ?? false) || this.isSignInAddress();
    return { places, asksToSignIn };
  }

  #ping(document: number): void {
    let answered = false;
    const overdue = this.clock.after(PING_DEADLINE, () => {
      if (answered || document !== this.#document) return;
      this.#hung = true;
      this.events.hung();
    });
    this.#cancelPing = overdue;
    void this.runner
      .ping()
      .catch(() => undefined) // a frame that is gone cannot hang; the next document is asked anew
      .then(() => {
        answered = true;
        overdue();
        if (document !== this.#document) return;
        if (this.#hung) {
          this.#hung = false;
          this.events.responsive();
        }
        this.#cancelPing = this.clock.after(PING_EVERY, () => {
          this.#ping(document);
        });
      });
  }
}

function cutOut(texts: readonly string[], pattern: string | undefined): readonly string[] {
  if (pattern === undefined) return texts;
  const expression = new RegExp(pattern, 'u');
  return texts.flatMap((text) => expression.exec(text)?.[1] ?? []);
}
