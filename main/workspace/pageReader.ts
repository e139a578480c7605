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
  readonly nameFormat?: ShownPlace['nameFormat'];
  /** Regular expression source with one group: the part of the text that counts. */
  readonly pattern?: string | undefined;
}

/** Runs code in the page; `frame`: null for the main frame, else the index of one of its child frames. */
export interface ScriptRunner {
  /** In the isolated world of the main frame, or in a child frame of another origin. Waits while the page loads. */
  run(code: string, frame: number | null): Promise<unknown>;
  /** The main frame is going somewhere: it still stands there and may change, and what is run has to wait. */
  mustWait(): boolean;
  /** Resolves as soon as the main frame's event loop turns. */
  ping(): Promise<void>;
}

export interface PageReaderEvents {
  /** null: what the page shows is not known, or not any more. */
  reading(reading: PageReading | null): void;
  /** The page cannot be read; once for each document. `reason`: of the page's engine, without anything of a patient. */
  unreadable(reason: string): void;
  hung(): void;
  responsive(): void;
}

/** A page is asked whether it still answers this often, in milliseconds … */
const PING_EVERY = 4_000;
/** … and counts as hung after so long without an answer. */
const PING_DEADLINE = 6_000;
/** A script that ended without an answer is started again after so many milliseconds. */
const START_AGAIN = 500;
/** A frame of another origin runs the script in its own world and is not trusted to keep any pace: milliseconds. */
const BETWEEN_FRAME_READINGS = 16;

export class PageReader {
  /** Grows with every document: answers for an older one are ignored. */
  #document = 0;
  #readings = new Map<number | null, Reading>();
  /** The frames of another origin that are being read; each time anew is another object. */
  readonly #followedFrames = new Map<number, object>();
  #saidUnreadable = false;
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
    this.#saidUnreadable = false;
    const document = this.#document;
    this.#follow(document, null);
    this.#ping(document);
  }

  /**
   * A child frame got another document: look at it at once, not only when it has finished loading.
   * @param frame its index among the frames of the main frame; null: it lies deeper
   */
  frameChanged(frame: number | null): void {
    const document = this.#document;
    if (frame !== null && this.#followedFrames.has(frame)) {
      this.#forgetFrame(frame);
      this.#announce();
    }
    void this.runner
      .run('globalThis.lanyardReadBack?.now()', null)
      .then((answer) => {
        if (document === this.#document && isReading(answer)) this.#take(null, answer);
      })
      .catch(() => undefined); // the page itself went away: its next document starts anew
  }

  stop(): void {
    this.#document += 1;
    this.#readings = new Map();
    this.#followedFrames.clear();
    this.#cancelPing?.();
    this.#cancelPing = undefined;
  }

  #follow(document: number, frame: number | null): void {
    const following = {};
    if (frame !== null) this.#followedFrames.set(frame, following);
    const isCurrent = () =>
      document === this.#document && (frame === null || this.#followedFrames.get(frame) === following);
    void this.#readOn(frame, isCurrent)
      .catch(() => undefined) // the frame went away (navigation, crash): its next document starts anew
      .then(() => {
        if (!isCurrent()) return;
        // It still stands there, and nobody reads it any more: from here on nothing is known of it.
        this.#readings.delete(frame);
        this.#announce();
        this.clock.after(START_AGAIN, () => {
          if (isCurrent()) this.#follow(document, frame);
        });
      });
  }

  async #readOn(frame: number | null, isCurrent: () => boolean): Promise<void> {
    const places: PlaceRule[] = this.rules.map(({ selector, attribute, frame: inFrame }) =>
      frame === null ? { selector, attribute, frame: inFrame } : { selector, attribute },
    );
    const start = `globalThis.lanyardReadBack ??= (() => { ${this.script}; return lanyardCreateReadBack(${JSON.stringify(places)}, ${JSON.stringify(this.signInSelector)}); })();`;
    let after = 0;
    while (isCurrent()) {
      const answer = await this.runner.run(`${start} lanyardReadBack.next(${after})`, frame);
      if (!isCurrent()) return;
      if (answer === null) return; // the document took its leave: the next one is read anew
      if (!isReading(answer)) throw new TypeError('a frame answered with something else than a reading');
      after = answer.version;
      this.#take(frame, answer);
      if (frame !== null) await this.#pause(BETWEEN_FRAME_READINGS);
      else if (this.runner.mustWait()) {
        // Until the next question gets through the page may change unseen: then it has to say everything again.
        after = 0;
        this.#readings.delete(null);
        this.#announce();
      }
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(milliseconds, resolve);
    });
  }

  #take(frame: number | null, answer: Reading): void {
    this.#readings.set(frame, answer);
    if (frame === null) this.#followForeignFrames(answer);
    this.#announce();
  }

  #followForeignFrames(reading: Reading): void {
    const wanted = new Set(reading.foreignFrames.flat());
    for (const frame of this.#followedFrames.keys()) if (!wanted.has(frame)) this.#forgetFrame(frame);
    for (const frame of wanted) if (!this.#followedFrames.has(frame)) this.#follow(this.#document, frame);
  }

  #forgetFrame(frame: number): void {
    this.#followedFrames.delete(frame);
    this.#readings.delete(frame);
  }

  #announce(): void {
    const failed = [...this.#readings].find(([, reading]) => reading.failure !== null);
    if (failed && !this.#saidUnreadable) {
      this.#saidUnreadable = true;
      const [frame, { failure }] = failed;
      // Only the isolated world's own words: a frame of another origin may say anything.
      this.events.unreadable(frame === null && failure !== null ? failure : 'one of its frames cannot be read');
    }
    this.events.reading(failed ? null : this.#together());
  }

  /** Everything that the page and its frames show; null while one of them was not read. */
  #together(): PageReading | null {
    const main = this.#readings.get(null);
    if (!main) return null;
    const frames = new Set(main.foreignFrames.flat());
    if ([...frames].some((frame) => !this.#readings.has(frame))) return null;
    const places = this.rules.map((rule, index): ShownPlace => {
      const read = [main, ...(main.foreignFrames[index] ?? []).map((frame) => this.#readings.get(frame))];
      const texts = read.flatMap((reading) => reading?.texts[index] ?? []);
      const { field, authority, format, nameFormat, pattern } = rule;
      return { field, authority, format, nameFormat, texts: cutOut(texts, pattern) };
    });
    const asksForPassword = [...this.#readings.values()].some((reading) => reading.asksForPassword);
    return { places, asksToSignIn: asksForPassword || main.showsSignInSign || this.isSignInAddress() };
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

/** Everything in these texts that the group of the pattern finds. */
function cutOut(texts: readonly string[], pattern: string | undefined): readonly string[] {
  if (pattern === undefined) return texts;
  const expression = new RegExp(pattern, 'gu');
  return texts
    .flatMap((text) => [...text.matchAll(expression)].map(([, found]) => found ?? ''))
    .filter((text) => text !== '');
}

/** A frame of another origin answers from its own world: what it says is data from a stranger. */
function isReading(answer: unknown): answer is Reading {
  if (typeof answer !== 'object' || answer === null) return false;
  const { version, texts, foreignFrames, asksForPassword, failure } = answer as Record<keyof Reading, unknown>;
  return (
    typeof version === 'number' &&
    isListOf(texts, (inner) => isListOf(inner, (text) => typeof text === 'string')) &&
    isListOf(foreignFrames, (inner) => isListOf(inner, (index) => typeof index === 'number')) &&
    typeof asksForPassword === 'boolean' &&
    (failure === null || typeof failure === 'string')
  );
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}
