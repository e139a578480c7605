/** What Lanyard and the process of its context hub say to each other. Plain data: it is copied between processes. */
import type { HandOff } from '../hub/handOff.js';
import type { ContextEntry } from '../hub/message.js';
import type { SurveyObjection } from '../hub/survey.js';
import type { SubscriberReport } from '../hub/subscriberReport.js';

/** A program of the configuration, which gets a token of its own. */
export interface HubProgram {
  /** Small letters, digits and "-": its file is context-hub.ID.json. */
  readonly id: string;
  /** By which others and the clinician know it. */
  readonly name: string;
  /** FHIRcast scopes. */
  readonly scopes: readonly string[];
}

export type ToHub =
  /** `origins`: whose pages may be clients. */
  | {
      readonly type: 'start';
      readonly port: number;
      readonly origins?: readonly string[];
      /** Empty: one token for any program. */
      readonly programs?: readonly HubProgram[];
    }
  /** A change of the shell's own: commit and tell everybody. */
  | { readonly type: 'publish'; readonly event: string; readonly context: readonly unknown[] }
  /** The answer to `proposed`. A reason, where it is refused, is for people. */
  | { readonly type: 'decide'; readonly proposal: number; readonly refusal: string | null }
  /**
   * Ask those programs who want to be asked whether the patient may change, but for whoever proposed it.
   * `context`: empty when the patient is to be closed.
   */
  | {
      readonly type: 'survey';
      readonly survey: number;
      readonly context: readonly unknown[];
      readonly proposal: number | null;
    }
  /** For support: who is subscribed? */
  | { readonly type: 'report'; readonly question: number }
  /** An application that Lanyard launched may come with this token until then (milliseconds since 1970). */
  | {
      readonly type: 'grant';
      readonly grant: number;
      readonly token: string;
      /** FHIRcast scopes, divided by spaces. */
      readonly scopes: string;
      readonly expiresAt: number;
      readonly subscriberName: string;
    }
  /** The token of a launched application by its number, or that of a program by its id. */
  | { readonly type: 'revoke'; readonly grant: number | string }
  /** The session is over: tell the subscribers, close everything, end the process. */
  | { readonly type: 'end' };

/** A change another program asks for. */
export interface Proposed {
  readonly type: 'proposed';
  readonly proposal: number;
  /** The name the program gives itself. */
  readonly publisher: string;
  readonly kind: 'open' | 'close' | 'home';
  /** What is opened or closed, in small letters: patient, encounter, imagingstudy … */
  readonly anchor: string;
  readonly event: string;
  readonly context: readonly ContextEntry[];
}

export interface ProgramHandOff {
  /** null: for any program. */
  readonly program: string | null;
  readonly handOff: HandOff;
}

export type FromHub =
  /** One for each program that is configured, or one for all. */
  | { readonly type: 'started'; readonly handOffs: readonly [ProgramHandOff, ...ProgramHandOff[]] }
  | { readonly type: 'not-started'; readonly message: string }
  | Proposed
  /** It was accepted, but the hub could not commit it any more: the shell and the hub differ. */
  | { readonly type: 'lost'; readonly proposal: number }
  /** A program refused the latest change, could not follow it, did not answer, or is lost. `reason`: a predicate. */
  | { readonly type: 'not-followed'; readonly subscriber: string; readonly reason: string }
  /** The names of the programs that want to be asked before the patient changes; sent with every change of them. */
  | { readonly type: 'surveyed'; readonly programs: readonly string[] }
  /** Who objects. */
  | { readonly type: 'survey-answered'; readonly survey: number; readonly objections: readonly SurveyObjection[] }
  /** The hub knows the token from now on. */
  | { readonly type: 'granted'; readonly grant: number }
  /** Those who are subscribed, then those who left last, newest first. */
  | { readonly type: 'report'; readonly question: number; readonly subscribers: readonly SubscriberReport[] }
  | { readonly type: 'problem'; readonly message: string };
