/**
 * Signing on to one system: the interface every method implements (one file a method), and what a method may use.
 *
 * Three rules hold for all of them: a page that is not exactly the expected one gets nothing; credentials are taken
 * from their source for one attempt each, and a refused one is never tried again; the audit line comes before the act.
 */
import type { Credentials } from '../vault/vault.js';

export const signOnMethodNames = ['negotiate', 'http', 'form', 'oidc', 'saml', 'smart', 'none'] as const;
export type SignOnMethodName = (typeof signOnMethodNames)[number];

export type SignOnOutcome =
  /** By the method's own sign. The tab then brings the system to the patient anew; read-back alone proves who shows. */
  | { readonly outcome: 'signed-on' }
  /** The credentials were refused and will not be tried again: others have to be asked for. */
  | { readonly outcome: 'refused' }
  /** none: nothing is stored · refused, unconfirmed: what is stored must not be tried again · vault: cannot be opened. */
  | {
      readonly outcome: 'credentials-needed';
      readonly reason: 'none' | 'refused' | 'unconfirmed' | 'vault';
      /** Whose: the system's own, or its identity provider's id. */
      readonly of: string;
    }
  /** The sign-in page is not the one that was declared or learnt: nothing was typed. `changes`: for support, no values. */
  | { readonly outcome: 'page-changed'; readonly changes: readonly string[] }
  /** No recipe is declared or learnt yet. */
  | { readonly outcome: 'not-learnt' }
  /** `explanation`: one or two plain sentences: what happened, what to do next. */
  | { readonly outcome: 'unavailable'; readonly explanation: string }
  /** This system is signed in to by hand. */
  | { readonly outcome: 'by-hand' };

/** One finding of a health check; nothing is typed and nothing is sent but the request itself. */
export interface SignOnFinding {
  /** Stable name of the check: 'ticket', 'provider', 'recipe' … */
  readonly check: string;
  readonly status: 'good' | 'warning' | 'bad' | 'not-applicable';
  /** What was found. */
  readonly message: string;
  /** What to do about it; null where nothing is to be done. */
  readonly remedy: string | null;
}

/** Where a method gets one system's credentials from; it never learns whether that is the vault or the directory. */
export interface CredentialSource {
  /** `systems[].id` or `identityProviders[].id`. */
  readonly id: string;
  readonly state: 'usable' | 'none' | 'refused' | 'unconfirmed' | 'vault';
  /**
   * For one attempt, after its audit line; null: there is nothing that may be tried (`state` says why).
   * The taker wipes the password. @throws LanyardError: then nothing may be tried
   */
  take(): Promise<Credentials | null>;
  confirm(): Promise<void>;
  refuse(): Promise<void>;
  /** Taken, and then not a single key of the password was pressed: as usable as before. Absent: it stays unconfirmed. */
  untouched?(): Promise<void>;
}

/** A message of the Chrome DevTools protocol from the page. Source: chromedevtools.github.io/devtools-protocol. */
export interface DevToolsEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Of an attached child target (a frame of another origin, in a process of its own); absent: the page itself. */
  readonly sessionId?: string | undefined;
}

/** The DevTools protocol of one page, attached for the seconds of a sign-in only. */
export interface DevTools {
  send(method: string, params?: Readonly<Record<string, unknown>>, sessionId?: string): Promise<unknown>;
  subscribe(listener: (event: DevToolsEvent) => void): void;
  /** Aborts when the page closed it, or the renderer ended. */
  readonly gone: AbortSignal;
  detach(): void;
}

/** The page of a system, or of an identity provider, while it is being signed on. It stays covered. */
export interface SignOnPage {
  /** Address of the document in the main frame. */
  readonly address: string;
  /** HTTP status of that document; 0 where there is none. */
  readonly status: number;
  /** Resolves with the address after the next document has come to stand in the main frame, or aborts. */
  nextDocument(signal: AbortSignal): Promise<string>;
  /** Goes to an address within the page's own origins (its start page, its sign-out page) and waits until it has loaded. */
  load(
    address: URL,
    timeout: number,
  ): Promise<{
    readonly outcome: 'loaded' | 'failed' | 'superseded' | 'kept';
    /** Of a failure: what happened and what to do next, in plain sentences. */
    readonly explanation?: string;
  }>;
  /** Lets the page draw, unseen, until released: a page that never draws does not finish some forms. */
  holdDrawing(): () => void;
  /** One at a time. @throws LanyardError('unavailable') when something else is attached */
  attach(): Promise<DevTools>;
}

/** A server (never a proxy) asks for a password: Basic, NTLM, Digest. Source: Electron's 'login' event. */
export interface HttpChallenge {
  readonly url: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly realm: string;
  readonly isProxy: boolean;
  /** The server has not been answered in this attempt. */
  readonly isFirst: boolean;
}

export interface SignOnMethod {
  readonly name: SignOnMethodName;
  /** Signs the page on, once. Never rejects but for defects. After `signal` nothing more is typed or sent. */
  signOn(page: SignOnPage, signal: AbortSignal): Promise<SignOnOutcome>;
  /** Exact hosts that may be answered with the Kerberos ticket of this session; absent: none. */
  readonly negotiateHosts?: readonly string[];
  /** Credentials for one HTTP answer, wiped by the caller; null: no answer. */
  answerChallenge?(challenge: HttpChallenge): Promise<Credentials | null>;
  /** The system's main frame is about to go there, by itself or by a redirect; false: nothing may be sent there. */
  mayGoTo?(address: string): boolean;
  /** Front-channel sign-out, where the protocol has one; before the session is cleared. */
  signOut?(page: SignOnPage, signal: AbortSignal): Promise<void>;
  check?(signal: AbortSignal): Promise<readonly SignOnFinding[]>;
}
