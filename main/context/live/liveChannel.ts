/**
 * What a live channel (systems[].context.live) and the tab of its page ask of each other, and what carries words between
 * the page and Lanyard. A page is a stranger: its word moves nothing but what the tab's own rules let through, and
 * whether it has followed is read off the page like everything else.
 */
import type { Patient } from '../../../preload/contract.js';

/** A page that may follow its patient without being launched anew. */
export interface FollowsLive {
  /**
   * Tells the page of its patient.
   * @param before whom it was to show until now; null: nobody, so it stands at its start page
   * @returns false: it cannot be told, so it has to be launched
   */
  tell(patient: Patient, before: Patient | null): boolean;
}

/** What a channel may know of the tab that its page fills; context/followedTab.ts is the real one. */
export interface TabOfPage {
  /** Whom it has to show, where it is linked to the others; null: nobody, or it stays with its own patient. */
  readonly sharedPatient: Patient | null;
  /** Whom people see on it now: read back, in step, on the screen. Null: nobody who is verified. */
  readonly seenPatient: Patient | null;
  /** Its page may take everybody along to another patient now. */
  readonly mayLeadNow: boolean;
}

/** Words between Lanyard and the script it put into a page; workspace/pageMessages.ts is the real one. */
export interface PageLine {
  /** Nothing is said where no such page stands. */
  send(message: object): void;
  /** One listener; the last one counts. */
  listen(listener: (event: PageLineEvent) => void): void;
}

export type PageLineEvent =
  /** Another document stands there, with nothing said yet, or none that Lanyard talks to. */
  | { readonly type: 'opened' | 'closed' }
  /** Text of the page's, at most 64 kB; nobody has looked at it yet. `origin`: of the document that said it. */
  | { readonly type: 'said'; readonly text: string; readonly origin: string }
  /** It said more at once than anybody reads. */
  | { readonly type: 'too-large'; readonly origin: string };
