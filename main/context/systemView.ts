/** What following a patient needs from a system's page; workspace/webView.electron.ts is the real one. */
import type { ShownPlace } from '../domain/shownIdentity.js';
import type { SurveyAnswer } from './survey.js';

/** What a page showed at one moment, read in an isolated world. */
export interface PageReading {
  readonly places: readonly ShownPlace[];
  /** A sign-in page, by the configured sign or by a visible password box. */
  readonly asksToSignIn: boolean;
}

export type LoadOutcome =
  | { readonly outcome: 'loaded' }
  /** A newer load took its place; nobody needs to know. */
  | { readonly outcome: 'superseded' }
  /** The page before has unsaved work and was kept; it stands where it stood. */
  | { readonly outcome: 'kept' }
  | { readonly outcome: 'failed'; readonly explanation: string };

export interface LoadOptions {
  readonly timeout: number;
  readonly discard: boolean;
  readonly post?: { readonly contentType: string; readonly body: string } | undefined;
}

export type SystemViewEvent =
  /** A new document stands in the main frame. `status` is the HTTP status, 0 where there is none. */
  | { readonly type: 'committed'; readonly address: string; readonly status: number }
  /** The page changed its own address without a new document. */
  | { readonly type: 'moved'; readonly address: string }
  /** A navigation the page began itself failed, or was stopped by the guards. */
  | { readonly type: 'failed'; readonly explanation: string }
  /** What the page shows, at first and whenever it changes; null: not known, or not any more. */
  | { readonly type: 'reading'; readonly reading: PageReading | null }
  /** An answer arrived for something the page asked for. */
  | { readonly type: 'answered'; readonly address: string }
  | { readonly type: 'crashed' }
  | { readonly type: 'hung' }
  | { readonly type: 'responsive' };

export interface SystemView {
  /**
   * Resolves once the page has loaded, whatever it shows. Never rejects. Ends a load that is under way.
   * `timeout`: milliseconds until loading is stopped. `discard`: unsaved work of the page before is given up.
   * `post`: the page is asked for by POST.
   */
  load(address: URL, options: LoadOptions): Promise<LoadOutcome>;
  /** Announces the present reading once more, where there is one. */
  readAgain(): void;
  /** Believes nothing that was read before: the reading is null at once, and then a new one. */
  readAnew(): void;
  /** Puts the page on the screen or takes it off, at once. Off: no pixels, no input, no screen reader. */
  setShown(shown: boolean): void;
  /**
   * Lets the page draw where nobody sees it, until setShown(). Resolves with true when two frames were drawn after this
   * call, with false when they were not within `deadline` milliseconds: what would be seen then may be the patient before.
   */
  drawn(deadline: number): Promise<boolean>;
  /**
   * Would leaving this page lose work? Asks every frame of it, without leaving. `busy`: it did not answer within
   * `deadline` milliseconds, or is on its way somewhere by itself (saving, say). Never rejects.
   */
  survey(deadline: number): Promise<SurveyAnswer>;
  /**
   * May this page be closed without anybody's asking for it? Stricter than `survey`: nothing was typed into it since it
   * arrived, no field holds anything else than it came with, nothing is heard of it. No answer within `deadline`
   * milliseconds is a no. Never rejects.
   */
  maySleep(deadline: number): Promise<boolean>;
  /**
   * Leaves the page and ends it; its session (cookies, sign-ins) stays, and the next load() brings a new one. False: the
   * page would not be left, and stands as it stood. Never rejects.
   */
  sleep(): Promise<boolean>;
  /** GET, JSON, in the session of this page. */
  getJson(address: URL, signal: AbortSignal): Promise<unknown>;
  subscribe(listener: (event: SystemViewEvent) => void): void;
  /** Ends the page and its session: cookies, storage, sign-ins, connections. */
  dispose(): Promise<void>;
}
