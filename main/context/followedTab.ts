/**
 * One system's tab following the shared patient: cover → launch → read back → judge → uncover, and on guard from then on.
 *
 * Facts arrive as events; `judgeTab` (domain) turns them into a link state and a cover; `#apply` makes the screen obey.
 * The order inside `#apply` is the promise: a page is taken off the screen before anything else happens, and it is put
 * on the screen only after the audit line saying so is on disk.
 */
import type { Patient, TabState } from '../../preload/contract.js';
import type { ConnectedSystem, Connector, ConnectorTools, Launch, LaunchTools } from '../connectors/connector.js';
import type { AuditPort, CoverReason, ShownIdentity } from '../domain/audit.js';
import type { Beside } from '../domain/beside.js';
import { LanyardError } from '../domain/errors.js';
import { judgeTab, type SignOnFact, type TabFailure, type TabJudgement } from '../domain/linkState.js';
import type { NumberAuthority } from '../domain/localNumber.js';
import { showsSomebody, type ShownSubject, type Verdict, verifyShownSubjects } from '../domain/shownIdentity.js';
import { type Clock, Deadline } from './clock.js';
import { auditedShown } from './auditedPatient.js';
import type { FollowsLive } from './live/liveChannel.js';
import { LoadedKeys } from './loadedKeys.js';
import type { SurveyAnswer } from './survey.js';
import type { PageReading, SystemView, SystemViewEvent } from './systemView.js';
import { chosenLaunch, type Errand, isOtherLaunch, NOTHING_WANTED, type Wanted } from './wantedLaunch.js';

/** After this many milliseconds without a page people are told that it is slow. */
const SLOW_AFTER = 3_000;
/** How long a page may still show the patient before, once it has loaded, until it counts as showing another one. */
const STALE_FOR = 1_500;
/** After so many milliseconds without a drawn frame, drawing is asked for again; the page stays covered. */
const DRAW_DEADLINE = 1_000;
/** A page that showed somebody else again and again has to stay with its patient so many milliseconds longer each time … */
const RESTLESS_FOR = 1_000;
/** … but at most so many. */
const LONGEST_RESTLESS = 10_000;
/** A system that falls back to its sign-in page is signed on by itself at most this often, in milliseconds. */
const SIGN_ON_AGAIN_AFTER = 30_000;
/** A page that has not said within so many milliseconds whether it has unsaved work is busy. */
const SURVEY_DEADLINE = 1_000;
/** A page that nobody has seen for so many milliseconds is believed nothing that was read from it before. */
const HIDDEN_LONG = 10 * 60_000;
/** A page draws a patient piece by piece: it leads only once it has shown the same for so many milliseconds. */
const LEAD_AFTER = 300;
/** Between two patients a page may load for so many milliseconds; what it shows later, it shows by itself. */
const LEAD_WITHIN = 10_000;
/** A page that was told of its patient over its live channel and does not show them within so many milliseconds is launched. */
const FOLLOW_WITHIN = 3_000;

export interface FollowedSystem extends ConnectedSystem {
  /** Present: the configuration says where the page shows its patient. */
  readonly canBeReadBack: boolean;
  /** Present for pages whose identity comes from the data they loaded. */
  readonly readsLoadedIdentity: boolean;
  /** Somebody who opens another patient on this page takes every tab there. */
  readonly mayLead: boolean;
  /** Milliseconds an address may take to answer. */
  readonly loadTimeout: number;
  /** Milliseconds a loaded page may take to show the chosen patient. */
  readonly verifyTimeout: number;
}

/** Signing a system on; signon/coordinator.ts is the real one. */
export interface TabSignOn {
  /** Signs the page that stands there on, once. Never rejects but for defects; after `signal` nothing more is sent. */
  signOn(signal: AbortSignal): Promise<SignOnFact>;
  /** An answer of 401 is this system's way to ask for a sign-in. */
  readonly asksByStatus: boolean;
  /** This address is a page of the identity provider that signs this system on. */
  isProviderPage(address: string): boolean;
  /** A SMART launch of this patient. Throws LanyardError('unavailable') where none is configured. */
  smartLaunch(launchUrl: URL, patient: Patient, epoch: number): Promise<URL>;
}

export interface FollowedTabPorts {
  /** null: this system is signed in to by hand. */
  readonly signOn: TabSignOn | null;
  /** This person may teach Lanyard a sign-in page that changed. */
  readonly mayTeach: boolean;
  /** What launching it may need besides its page. */
  readonly launching?: LaunchTools;
  /** Present: its page can be told of a patient, and need not be loaded anew. */
  readonly live?: FollowsLive;
  readonly clock: Clock;
  readonly audit: AuditPort;
  readonly isAuditHealthy: () => boolean;
  readonly authorities: readonly (NumberAuthority & { readonly dicomIssuer?: string | undefined })[];
  /**
   * Resolves with true when the banner above the pages has drawn the patient that was announced last, with false when
   * it has not within `deadline` milliseconds.
   */
  readonly bannerDrawn: (deadline: number) => Promise<boolean>;
  /** The page was compared anew with its patient; null: it was not read yet. For support. */
  readonly judged: (verdict: Verdict | null, epoch: number) => void;
  /** The state of this tab is another one now. */
  readonly changed: () => void;
  /** The page that is on the screen has turned to this patient by itself, and may lead. */
  readonly lead: (shown: ShownIdentity) => void;
  /** A failure nobody foresaw: logged, redacted, with a correlation id. */
  readonly report: (error: unknown) => void;
}

export class FollowedTab {
  /** Whom the page has to show: the shared patient, or its own where its link is broken. */
  #patient: Patient | null = null;
  #epoch = 0;
  /** What everybody else is at. */
  #shared: { readonly patient: Patient | null; readonly epoch: number; readonly beside: Beside } = {
    patient: null,
    epoch: 0,
    beside: NOTHING_WANTED.beside,
  };
  /** What its page was asked for besides its patient; of this patient only. */
  #wanted: Wanted = NOTHING_WANTED;
  /** What it is to go to next, while its page is asked whether it may leave. */
  #goingTo: Wanted | null = null;
  /** It did not go there, because of unsaved work. */
  #stays = false;
  /** The studies that the page was asked for, where it was asked for some. */
  #wantedKeys: readonly string[] | null = null;
  /** It stays with its patient, whoever is chosen. */
  #unlinked = false;
  /** Grows with every launch: whatever belongs to an older one is ignored after each await. */
  #launch = 0;
  #phase: 'launching' | 'loaded' = 'launching';
  /** While launching: the page that stands there was told, and is given its time. Nothing is loaded. */
  #wasTold = false;
  /** What the page itself shows; null before the first reading of this document. */
  #reading: PageReading | null = null;
  /** Who the data belongs to that the page loaded, one subject for each; null while that is not known. */
  #loadedSubjects: readonly ShownSubject[] | null = null;
  /** The launch ended without a page of its own: whatever stands there is the page before, whatever it does. */
  #launchFailure: TabFailure | null = null;
  /** Of the document that stands there. */
  #pageFailure: TabFailure | null = null;
  #hung = false;
  #slow = false;
  #signInPageWanted = false;
  #learning = false;
  /** Set while Lanyard signs the system on. */
  #signingOn: AbortController | null = null;
  /** How that ended last; null again once the system has shown that it is signed in. */
  #signOnOutcome: SignOnFact | null = null;
  /** When it was last tried; null: never, or the clinician asked for another try. */
  #signedOnAt: number | null = null;
  /** The system has shown something else than its sign-in page since. */
  #signOnHeld = false;
  /** What was asked for while the system was being signed on, and begins after that. */
  #startAfterSignOn: { readonly reason: CoverReason; readonly discard: boolean } | null = null;
  #status = 0;
  /** The identity provider's page stands in the tab. */
  #isAtProvider = false;
  /** The page before would not close because of unsaved work, and stands behind the cover. */
  #unsavedWork = false;
  /** Set once the page has shown the chosen patient: from then on another one is no leftover. */
  #hasMatched = false;
  /** It turned from the shared patient before people's eyes: until then it takes the others along to whom it turned to. */
  #leadUntil = 0;
  /** How often the page turned from the chosen patient to another one since the launch. */
  #betrayals = 0;
  /** It has to stay with the chosen patient for a while before it is shown again. */
  #restless = false;
  #staleOver = false;
  #verifyOver = false;
  #onScreen = false;
  #onScreenReason: CoverReason = 'tab-in-background';
  /** When it went off the screen, or was made. */
  #hiddenSince: number;
  #shownSince: number | null = null;
  /** Grows whenever something speaks against showing the page: a drawing that began before is worth nothing. */
  #attempt = 0;
  #drawing = false;
  /** What support was told last. */
  #told = '';
  #since: number;
  #judgement: TabJudgement;
  /** going: its page is being left · asleep: it has none, and opens one when somebody goes to it. */
  #repose: 'awake' | 'going' | 'asleep' = 'awake';
  /** What was asked for while its page was being left, and begins after that. */
  #startAfterRepose: { readonly reason: CoverReason; readonly discard: boolean } | null = null;
  /** At which choice of a patient it went to sleep. */
  #sleptAt = -1;
  /** It slept, and nobody has seen the page that it opened since for the same patient. */
  #woken = false;
  /** When people saw that page first; null: this page stands there because it was gone to. */
  #refreshedAt: number | null = null;
  /** It is tried again without anybody asking: until that has an end people see how it failed before. */
  #triedAgainUnder: TabJudgement | null = null;
  #disposed = false;
  readonly #abort = new Set<AbortController>();
  readonly #loaded = new LoadedKeys();
  readonly #slowDeadline: Deadline;
  readonly #staleDeadline: Deadline;
  readonly #verifyDeadline: Deadline;
  readonly #restDeadline: Deadline;
  readonly #leadDeadline: Deadline;
  readonly #followDeadline: Deadline;

  constructor(
    readonly system: FollowedSystem,
    private readonly connector: Connector,
    private readonly view: SystemView,
    private readonly ports: FollowedTabPorts,
  ) {
    const { clock } = ports;
    this.#slowDeadline = new Deadline(clock, () => {
      this.#slow = true;
      this.#apply();
    });
    this.#staleDeadline = new Deadline(clock, () => {
      this.#staleOver = true;
      this.#apply();
    });
    this.#verifyDeadline = new Deadline(clock, () => {
      this.#verifyOver = true;
      this.#apply();
    });
    this.#restDeadline = new Deadline(clock, () => {
      this.#restless = false;
      this.#apply();
    });
    this.#leadDeadline = new Deadline(clock, () => {
      this.#lead();
    });
    this.#followDeadline = new Deadline(clock, () => {
      if (this.#wasTold || this.#wentAstray()) this.#start('patient-changed', false);
    });
    this.#since = clock.now();
    this.#hiddenSince = this.#since;
    this.#judgement = this.#judge();
    view.subscribe((event) => {
      this.#on(event);
    });
  }

  get state(): Omit<TabState, 'active'> {
    const { link, cover, notice } = this.#triedAgainUnder ?? this.#judgement;
    return {
      id: this.system.id,
      title: this.system.title,
      link,
      cover,
      notice,
      since: new Date(this.#since).toISOString(),
      ...(this.#triedAgainUnder && { isTriedAgain: true }),
      ...(this.#unlinked && { unlinked: true }),
      ...(this.#refreshedAt !== null && { refreshedAt: new Date(this.#refreshedAt).toISOString() }),
    };
  }

  /**
   * Brings the tab to the chosen patient, or to its start page. Covers before it returns. A tab whose link is broken
   * stays where it is. `discard`: unsaved work of the page before is given up.
   */
  follow(patient: Patient | null, epoch: number, discard = false): void {
    this.#shared = { patient, epoch, beside: NOTHING_WANTED.beside };
    if (this.#unlinked) return;
    this.#want(NOTHING_WANTED);
    const before = this.#patient;
    this.#patient = patient;
    this.#epoch = epoch;
    if (this.#repose === 'asleep') {
      this.#apply(); // it goes there when somebody goes to it
      return;
    }
    this.#woken = false;
    if (patient !== null && !discard && this.#tellPage(patient, before)) return;
    this.#start(patient === null ? 'patient-closed' : 'patient-changed', discard);
  }

  /** The page shows this patient already and leads the others there: it is not brought anywhere, only checked anew. */
  adopt(patient: Patient, epoch: number): void {
    this.#shared = { patient, epoch, beside: NOTHING_WANTED.beside };
    this.#unlinked = false;
    this.#want(NOTHING_WANTED);
    this.#patient = patient;
    this.#hide('patient-changed'); // shown again, and recorded, as the page of this choice
    this.#epoch = epoch;
    this.#betrayals = 0;
    this.#restless = false;
    this.#restDeadline.clear();
    this.#startVerifying();
    if (this.ports.live) this.#followDeadline.set(FOLLOW_WITHIN); // it may have said so before it shows it
    this.#apply('patient-changed');
  }

  /** From now on this tab stays with its patient. */
  breakLink(): void {
    if (this.#unlinked) return;
    this.#unlinked = true;
    if (!this.#wasTold) this.#followDeadline.clear();
    this.#apply();
  }

  /** Follows the shared patient again, and goes there. */
  rejoin(): void {
    if (!this.#unlinked) return;
    this.#unlinked = false;
    const { patient, epoch, beside } = this.#shared;
    this.follow(patient, epoch);
    this.followBeside(beside);
  }

  /**
   * Another study or encounter of the shared patient is open, or none. Only a system that says how it is brought there
   * goes there; a page with unsaved work stays where it is, and says so.
   */
  followBeside(beside: Beside): void {
    this.#shared = { ...this.#shared, beside };
    const { study, encounter } = this.system.context;
    if (this.#unlinked || (study === undefined && encounter === undefined)) return;
    const wanted: Wanted = { beside, errand: null };
    if (this.#repose !== 'asleep' && isOtherLaunch(this.system.context, this.#wanted, wanted))
      this.#goTo(wanted).catch((error: unknown) => {
        this.ports.report(error);
      });
    else this.#want({ beside, errand: this.#wanted.errand });
  }

  /** Opens something of its patient in this tab. @returns why it did not: a sentence without a full stop; null: it does */
  async runErrand(errand: Errand, beside: Beside): Promise<string | null> {
    const { title } = this.system;
    if (this.#unlinked || this.#patient === null) return `${title} is not linked to the shared patient`;
    const wanted: Wanted = { beside, errand };
    const stands = this.#judgement.link === 'In step' && !isOtherLaunch(this.system.context, this.#wanted, wanted);
    if (stands && errand.launch === null) return null;
    return (await this.#goTo(wanted)) ? null : `${title} stays where it is, because something there is not saved`;
  }

  /** @returns false: it stays where it is. True, too, where something newer came meanwhile */
  async #goTo(wanted: Wanted): Promise<boolean> {
    const epoch = this.#epoch;
    this.#goingTo = wanted;
    const answer = await this.survey();
    // SECURITY(S12): what was wanted for the patient before, or before something newer, is not done any more.
    if (this.#goingTo !== wanted || epoch !== this.#epoch || this.#unlinked || this.#disposed) return true;
    if (answer !== 'ready') {
      this.#goingTo = null;
      this.#stays = true;
      this.#apply();
      return false;
    }
    this.#want(wanted);
    this.#start('beside-changed', false);
    return true;
  }

  #want(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#goingTo = null;
    this.#stays = false;
  }

  /** Whom it stays with; null: it is linked, or has nobody. */
  get ownPatient(): Patient | null {
    return this.#unlinked ? this.#patient : null;
  }

  get isLinked(): boolean {
    return !this.#unlinked;
  }

  /** Whom it has to show, where that is everybody's patient; null: nobody, or it stays with its own. */
  get sharedPatient(): Patient | null {
    return this.#unlinked ? null : this.#patient;
  }

  /** Whom people see on it now, read back and in step; null: nobody who is verified. */
  get seenPatient(): Patient | null {
    return this.#shownSince !== null && this.#judgement.link === 'In step' ? this.#patient : null;
  }

  /** What its page asks for now may become everybody's patient. */
  get mayLeadNow(): boolean {
    return this.#mayLeadFromHere() || this.#isLeadingInSight();
  }

  /** May the page be led away? Asked before every change of patient; a page that is on its way has nothing to lose. */
  survey(): Promise<SurveyAnswer> {
    if (this.#repose !== 'awake') return Promise.resolve('ready');
    const isOnItsWay = this.#phase === 'launching' && !this.#wasTold;
    const hasNothing = this.#disposed || isOnItsWay || this.#signingOn !== null;
    if (hasNothing || this.#pageFailure?.kind === 'crashed') return Promise.resolve('ready');
    return this.view.survey(SURVEY_DEADLINE);
  }

  /** Milliseconds of the clock since when nobody has seen this tab; null: it has the screen, or has no page. */
  get hiddenSince(): number | null {
    return this.#onScreen || this.#repose !== 'awake' ? null : this.#hiddenSince;
  }

  /**
   * Closes the page where nothing on it can be lost; the tab keeps its place and its patient. It goes there anew as soon
   * as somebody goes to it. @returns false: it stays awake
   */
  async sleep(because: 'hidden' | 'memory'): Promise<boolean> {
    const launch = this.#launch;
    const before = this.#patient;
    if (!this.#isIdle() || !(await this.view.maySleep(SURVEY_DEADLINE))) return false;
    // Asked again after the wait: whoever goes to this tab meanwhile has it.
    if (!this.#isIdle() || launch !== this.#launch || before !== this.#patient) return false;
    this.#repose = 'going';
    this.#clearDeadlines();
    this.#apply();
    const sleeps = await this.view.sleep();
    if (this.#disposed) return sleeps;
    this.#repose = sleeps ? 'asleep' : 'awake';
    if (sleeps) {
      this.#forgetPage();
      this.#sleptAt = this.#epoch;
      this.#refreshedAt = null;
      this.#record({ type: 'system.slept', systemId: this.system.id, because });
    }
    const wanted = this.#startAfterRepose;
    this.#startAfterRepose = null;
    if (wanted) this.#start(wanted.reason, wanted.discard);
    else if (sleeps && this.#onScreen) this.#start('loading', false);
    else if (!sleeps) {
      this.#startVerifying();
      this.view.readAnew();
    }
    this.#apply();
    return sleeps && this.#isAsleep;
  }

  get #isAsleep(): boolean {
    return this.#repose === 'asleep';
  }

  /** Nobody sees it, nothing is under way, and its launch opens nothing but its page. */
  #isIdle(): boolean {
    const isStill = !this.#onScreen && this.#repose === 'awake' && this.#phase === 'loaded' && this.#goingTo === null;
    const isWell = !this.#launchFailure && !this.#pageFailure && !this.#hung && !this.#unsavedWork && !this.#stays;
    const isSignedIn = !this.#signingOn && !this.#signInPageWanted && !this.#learning && !this.#asksToSignIn();
    const opensProgram = chosenLaunch(this.system.context, this.#wanted).rule.kind === 'custom-protocol';
    return isStill && isWell && isSignedIn && !opensProgram && !this.#disposed;
  }

  /** Tries the current patient again from the beginning. A page that was kept for its unsaved work is given up. */
  retry(): void {
    this.#signedOnAt = null;
    this.#start('loading', this.#unsavedWork);
  }

  /**
   * What nobody asked for: only where the page could not be had, nothing can be lost, and no other program would open.
   * @returns whether it is tried
   */
  retryByItself(): boolean {
    if (
      this.#disposed ||
      this.#repose !== 'awake' ||
      this.#phase !== 'loaded' ||
      this.#judgement.cover?.kind !== 'failed'
    )
      return false;
    if (this.#unsavedWork || this.#signingOn || this.#signInPageWanted || this.#learning) return false;
    if (chosenLaunch(this.system.context, this.#wanted).rule.kind === 'custom-protocol') return false;
    const failed = this.#judgement;
    this.#start('loading', false);
    this.#triedAgainUnder = failed;
    return true;
  }

  /** The clinician wants to sign in to this system by hand: its sign-in page shows, and nothing of a patient. */
  showSignInPage(learning = false): void {
    this.#signInPageWanted = true;
    this.#learning = learning;
    this.#apply();
  }

  /** The workspace gives this tab the screen or takes it away. */
  setOnScreen(onScreen: boolean, reason: CoverReason): void {
    const now = this.ports.clock.now();
    const comesBack = onScreen && !this.#onScreen;
    const wasLong = comesBack && now - this.#hiddenSince >= HIDDEN_LONG;
    if (!onScreen && this.#onScreen) this.#hiddenSince = now;
    this.#onScreen = onScreen;
    this.#onScreenReason = reason;
    if (comesBack && this.#repose === 'asleep') this.#start('loading', false);
    else if (wasLong) this.verifyAnew();
    this.#apply();
  }

  /** The computer slept, or nobody was at it: covered until the page has said anew whom it shows. */
  verifyAnew(): void {
    if (this.#disposed || this.#repose !== 'awake' || (this.#phase === 'launching' && !this.#wasTold)) return;
    this.view.readAnew();
    this.#leadUntil = 0; // whoever stands there afterwards was opened by nobody
  }

  /** The audit trail became writable or stopped being so. */
  auditChanged(): void {
    this.#apply();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#launch += 1;
    this.#signingOn?.abort();
    this.#cancelPending();
    this.#clearDeadlines();
    this.#attempt += 1;
    this.#hide('session-ended');
    await this.view.dispose();
  }

  #clearDeadlines(): void {
    for (const deadline of [
      this.#slowDeadline,
      this.#staleDeadline,
      this.#verifyDeadline,
      this.#restDeadline,
      this.#leadDeadline,
      this.#followDeadline,
    ])
      deadline.clear();
  }

  #start(reason: CoverReason, discard: boolean): void {
    if (this.#disposed) return;
    this.#triedAgainUnder = null;
    if (this.#repose === 'going') {
      this.#startAfterRepose = { reason, discard };
      this.#apply(reason);
      return;
    }
    if (this.#repose === 'asleep') {
      this.#repose = 'awake';
      this.#woken = this.#sleptAt === this.#epoch;
      this.#record({ type: 'system.woken', systemId: this.system.id });
    }
    if (this.#signingOn) {
      this.#startAfterSignOn = { reason, discard };
      this.#apply(reason);
      return;
    }
    const launch = this.#begin();
    this.#pageFailure = null;
    this.#hung = false;
    this.#slowDeadline.set(SLOW_AFTER);
    this.#apply(reason);
    this.#bring(launch, discard).catch((error: unknown) => {
      this.#fail(launch, error);
    });
  }

  /** From here on only what belongs to this launch counts. */
  #begin(): number {
    this.#cancelPending();
    this.#phase = 'launching';
    this.#wasTold = false;
    this.#followDeadline.clear();
    this.#launchFailure = null;
    this.#slow = false;
    this.#signInPageWanted = false;
    this.#learning = false;
    this.#unsavedWork = false;
    this.#betrayals = 0;
    this.#leadUntil = 0;
    this.#leadDeadline.clear();
    this.#wantedKeys = null;
    this.#refreshedAt = null;
    this.#forgetPage();
    this.#launch += 1;
    return this.#launch;
  }

  /**
   * A page with a live channel is told, covered, and has to show the patient within seconds; else it is launched. One that
   * has not followed yet is never told of the next patient: nobody could say which of the two it shows last.
   */
  #tellPage(patient: Patient, before: Patient | null): boolean {
    const { live } = this.ports;
    const stands =
      this.#repose === 'awake' && this.#phase === 'loaded' && this.#reading !== null && !this.#hung && !this.#signingOn;
    const isWell = !this.#launchFailure && !this.#pageFailure && !this.#unsavedWork && !this.#asksToSignIn();
    if (!live || this.#disposed || !stands || !isWell) return false;
    this.#hide('patient-changed'); // before the page hears of it
    if (!live.tell(patient, before)) return false;
    this.#begin();
    this.#wasTold = true;
    this.#followDeadline.set(FOLLOW_WITHIN);
    this.#apply('patient-changed');
    this.view.readAnew(); // what was read before it was told proves nothing
    return true;
  }

  /** It followed, or led, and shows somebody else or nobody since. */
  #wentAstray(): boolean {
    const isStanding = this.#phase === 'loaded' && !this.#asksToSignIn() && !this.#isLeading;
    return isStanding && this.#verdict()?.kind !== 'match';
  }

  async #bring(launch: number, discard: boolean): Promise<void> {
    const { system, connector } = this;
    const { rule, beside } = chosenLaunch(system.context, this.#wanted);
    const launched = { ...system, context: { ...system.context, launch: rule } };
    const address: Launch =
      this.#patient === null
        ? { kind: 'address', address: connector.startAddress(system) }
        : await this.#withDeadline((signal) =>
            connector.launch(launched, this.#patientOrThrow(), { ...this.#tools(), beside }, signal),
          );
    if (launch !== this.#launch) return;
    if (address.kind === 'no-record') {
      this.#settle({ kind: 'no-record', explanation: address.explanation });
      return;
    }
    const { post, wanted } = address;
    this.#wantedKeys = wanted ?? null;
    const outcome = await this.view.load(address.address, { timeout: system.loadTimeout, discard, post });
    if (launch !== this.#launch || outcome.outcome === 'superseded') return;
    this.#unsavedWork = outcome.outcome === 'kept';
    this.#settle(outcome.outcome === 'failed' ? { kind: 'failed', explanation: outcome.explanation } : null);
  }

  #fail(launch: number, error: unknown): void {
    if (launch !== this.#launch) return;
    if (!(error instanceof LanyardError)) this.ports.report(error);
    const explanation =
      error instanceof LanyardError && error.code !== 'internal'
        ? `${this.system.title} could not be asked for this patient. ${error.message}.`
        : `${this.system.title} could not be opened.`;
    this.#settle({ kind: 'failed', explanation });
  }

  /** The launch is over: from now on the page has to show who it is about. `failure`: it brought no page of its own. */
  #settle(failure: TabFailure | null): void {
    this.#phase = 'loaded';
    this.#wasTold = false;
    this.#launchFailure = failure;
    this.#slowDeadline.clear();
    this.#startVerifying();
    this.view.readAgain();
    this.#apply();
  }

  #startVerifying(): void {
    this.#staleOver = false;
    this.#verifyOver = false;
    this.#staleDeadline.set(STALE_FOR);
    this.#verifyDeadline.set(this.system.verifyTimeout);
  }

  #on(event: SystemViewEvent): void {
    if (this.#disposed || this.#repose !== 'awake') return;
    switch (event.type) {
      case 'committed':
        this.#status = event.status;
        this.#isAtProvider = this.ports.signOn?.isProviderPage(event.address) ?? false;
        this.#pageFailure = this.#asksByStatus() ? null : failureOfStatus(this.system.title, event.status);
        this.#hung = false;
        if (this.#mayLeadFromHere()) this.#leadUntil = this.ports.clock.now() + LEAD_WITHIN;
        this.#forgetPage();
        this.#loaded.moved(this.#keysOf(event.address));
        if (this.#phase === 'loaded') this.#startVerifying();
        this.#apply('page-changed');
        break;
      case 'moved':
        this.#loaded.moved(this.#keysOf(event.address));
        this.#readLoaded();
        break;
      case 'answered':
        if (this.#loaded.answered(this.#keyOf(event.address))) this.#readLoaded();
        break;
      case 'reading':
        this.#learn(() => {
          this.#reading = event.reading;
        });
        break;
      case 'failed':
        this.#pageFailure = { kind: 'failed', explanation: event.explanation };
        this.#apply();
        break;
      case 'crashed':
        this.#pageFailure = { kind: 'crashed' };
        this.#forgetPage();
        this.#apply();
        break;
      case 'hung':
        this.#hung = true;
        this.#apply();
        break;
      case 'responsive':
        this.#hung = false;
        this.#apply();
        break;
    }
  }

  /** Something new is known of what the page shows. */
  #learn(take: () => void): void {
    const before = this.#verdict()?.kind;
    const mayLead = this.#mayLeadFromHere();
    take();
    const after = this.#verdict()?.kind;
    // A page that showed the patient and now shows nothing gets its time anew: it may be drawing itself again.
    if (before === 'match' && after !== 'match') this.#startVerifying();
    if (after !== 'match') this.#restDeadline.clear();
    if (before === 'match' && after === 'different') this.#betrayals += 1;
    // Only a page that somebody looks at: two pages that lead can so never chase each other.
    if (mayLead && after !== 'match') this.#leadUntil = this.ports.clock.now() + LEAD_WITHIN;
    this.#leadDeadline.clear();
    if (after === 'different' && this.#isLeading) this.#leadDeadline.set(LEAD_AFTER);
    if (after === 'match') this.#leadUntil = 0;
    if (before !== 'match' && after === 'match') this.#rest();
    if (this.#showsSomebody()) {
      this.#signInPageWanted = false; // whoever signs in there has signed in
      this.#learning = false;
    }
    if (this.#wasTold && after === 'match') {
      this.#settle(null);
      return;
    }
    const isIn = this.#showsSomebody() || (this.#patient === null && this.#reading !== null && !this.#asksToSignIn());
    if (isIn && this.#phase === 'loaded' && !this.#signingOn) {
      this.#signOnHeld = true;
      this.#signOnOutcome = null;
    }
    this.#apply('page-changed');
  }

  /** Somebody looks at the page, and it shows the shared patient: where it turns to from here, it may lead. */
  #mayLeadFromHere(): boolean {
    const isSeen = this.#shownSince !== null && this.#phase === 'loaded';
    return this.system.mayLead && isSeen && !this.#unlinked && this.#verdict()?.kind === 'match';
  }

  get #isLeading(): boolean {
    return this.ports.clock.now() < this.#leadUntil;
  }

  /** It turned to somebody else a moment ago, before people's eyes. */
  #isLeadingInSight(): boolean {
    return this.#isLeading && this.#onScreen && !this.#unlinked && this.#phase === 'loaded';
  }

  #lead(): void {
    const subjects = this.#subjects() ?? [];
    const isLeading = this.#isLeadingInSight();
    this.#leadUntil = 0;
    if (isLeading && subjects.length === 1) this.ports.lead(auditedShown(subjects.flat(), this.ports.authorities));
  }

  #rest(): void {
    const time = Math.min(LONGEST_RESTLESS, (this.#betrayals - 1) * RESTLESS_FOR);
    this.#restless = time > 0;
    if (this.#restless) this.#restDeadline.set(time);
  }

  /** Asks whose the data is that the page has loaded; until the answer nobody is verified. */
  #readLoaded(): void {
    const { loadedIdentity } = this.connector;
    if (!loadedIdentity || !this.system.readsLoadedIdentity) return;
    this.#learn(() => {
      this.#loadedSubjects = null;
    });
    const keys = this.#loaded.shown();
    if (keys.length === 0) return;
    const launch = this.#launch;
    const wanted = keys.join();
    this.#withDeadline((signal) => loadedIdentity.identify(this.system, keys, this.#tools(), signal))
      .then((subjects) => {
        if (launch !== this.#launch || wanted !== this.#loaded.shown().join()) return;
        this.#learn(() => {
          this.#loadedSubjects = subjects;
        });
      })
      .catch((error: unknown) => {
        // Not knowing is not matching: the page stays covered, and its time runs out with the reason on the cover.
        if (!(error instanceof LanyardError)) this.ports.report(error);
      });
  }

  #keyOf(address: string): string | null {
    const { loadedIdentity } = this.connector;
    if (!loadedIdentity || !this.system.readsLoadedIdentity || !URL.canParse(address)) return null;
    return loadedIdentity.keyOfRequest(this.system, new URL(address));
  }

  #keysOf(address: string): readonly string[] {
    const { loadedIdentity } = this.connector;
    if (!loadedIdentity || !this.system.readsLoadedIdentity || !URL.canParse(address)) return [];
    return loadedIdentity.keysOfAddress(this.system, new URL(address));
  }

  #forgetPage(): void {
    this.#reading = null;
    this.#loadedSubjects = null;
    this.#hasMatched = false;
    this.#loaded.clear();
  }

  /** Everybody the page is known to show; null: not known yet. A page is judged by its data where it has such rules. */
  #subjects(): readonly ShownSubject[] | null {
    if (this.#reading === null) return null;
    if (!this.system.readsLoadedIdentity) return [this.#reading.places];
    return this.#loaded.isEmpty ? [] : this.#loadedSubjects;
  }

  #showsSomebody(): boolean {
    return showsSomebody((this.#subjects() ?? []).flat(), this.ports.authorities);
  }

  #verdict(): Verdict | null {
    const subjects = this.#subjects();
    if (subjects === null || this.#patient === null) return null;
    return verifyShownSubjects(this.#patient, subjects, this.ports.authorities);
  }

  /** The page asks for a sign-in, and Lanyard has not just tried one. */
  #maySignOn(): boolean {
    if (!this.ports.signOn || this.#signingOn || this.#signInPageWanted || this.#phase !== 'loaded') return false;
    if (this.#launchFailure || !this.#asksToSignIn() || this.#showsSomebody()) return false;
    if (this.#signedOnAt === null) return true;
    // Back at its sign-in page so soon: whatever it showed in between, the sign-on did not hold.
    const isOver = this.ports.clock.now() - this.#signedOnAt >= SIGN_ON_AGAIN_AFTER;
    if (!isOver) this.#signOnHeld = false;
    return isOver && (this.#signOnHeld || this.#signOnOutcome?.outcome === 'unavailable');
  }

  #asksToSignIn(): boolean {
    // A provider that only leads on, by a script or a form that sends itself, has gone on by then.
    const staysAtProvider = this.#isAtProvider && this.#staleOver;
    return (this.#reading?.asksToSignIn ?? false) || this.#asksByStatus() || staysAtProvider;
  }

  #asksByStatus(): boolean {
    return this.#status === 401 && (this.ports.signOn?.asksByStatus ?? false);
  }

  async #signOn(signOn: TabSignOn): Promise<void> {
    const abort = new AbortController();
    this.#signingOn = abort;
    this.#signedOnAt = this.ports.clock.now();
    this.#signOnHeld = false;
    let outcome: SignOnFact;
    try {
      outcome = await signOn.signOn(abort.signal);
    } catch (error) {
      this.ports.report(error);
      outcome = { outcome: 'unavailable', explanation: `${this.system.title} could not be signed in to. Try again.` };
    }
    this.#signingOn = null;
    if (this.#disposed) return;
    this.#signOnOutcome = outcome;
    const wanted = this.#startAfterSignOn;
    this.#startAfterSignOn = null;
    if (wanted) this.#start(wanted.reason, wanted.discard);
    else if (outcome.outcome === 'signed-on') this.#start('loading', false);
    else this.#apply();
  }

  #judge(): TabJudgement {
    const verdict = this.#verdict();
    this.#tellSupport(verdict);
    if (verdict?.kind === 'match' && this.#phase === 'loaded') this.#hasMatched = true;
    const judged = judgeTab({
      title: this.system.title,
      patientChosen: this.#patient !== null,
      phase: this.#phase,
      slow: this.#slow,
      canBeReadBack: this.system.canBeReadBack,
      verdict,
      wasRead: this.#subjects() !== null,
      restless: this.#restless,
      showsSomebody: this.#showsSomebody(),
      asksToSignIn: this.#asksToSignIn(),
      signInPageWanted: this.#signInPageWanted,
      signOn: this.#signingOn ? 'running' : this.#signOnOutcome,
      mayTeach: this.ports.mayTeach,
      learning: this.#learning,
      overdue: verdict?.kind === 'different' ? this.#hasMatched || this.#staleOver : this.#verifyOver,
      unsavedWork: this.#unsavedWork,
      unlinked: this.#unlinked,
      asleep: this.#repose !== 'awake',
      failure: this.#launchFailure ?? this.#pageFailure ?? (this.#hung ? { kind: 'hung' } : null),
      auditHealthy: this.ports.isAuditHealthy(),
    });
    return judged.cover === null && judged.notice === null ? { ...judged, notice: this.#noticeBeside() } : judged;
  }

  /** What a page that is the right patient's does not show. */
  #noticeBeside(): string | null {
    const { title } = this.system;
    if (this.#stays && this.#phase === 'loaded')
      return `${title} stays where it is, because something there is not saved. Save it, then ask again.`;
    const shown = this.#loaded.shown();
    const isOther = this.#wantedKeys?.some((key) => !shown.includes(key)) ?? false;
    return isOther && this.#phase === 'loaded' ? `${title} shows other images of this patient.` : null;
  }

  #tellSupport(verdict: Verdict | null): void {
    const told = JSON.stringify([verdict, this.#epoch]);
    if (told === this.#told) return;
    this.#told = told;
    this.ports.judged(verdict, this.#epoch);
  }

  /** Makes the screen obey the facts. Off first, then everything else; on last, after the audit line. */
  #apply(why?: CoverReason): void {
    if (this.#disposed) return;
    if (this.ports.signOn && this.#maySignOn()) void this.#signOn(this.ports.signOn);
    const before = this.#judgement;
    this.#judgement = this.#judge();
    if (!isOnItsWay(this.#judgement)) this.#triedAgainUnder = null;
    const mayShow = this.#onScreen && this.#judgement.cover === null;
    if (!mayShow) {
      this.#attempt += 1;
      if (this.#drawing) this.view.setShown(false);
      this.#drawing = false;
      this.#hide(this.#onScreen ? (why ?? this.#judgement.cover?.kind ?? 'page-changed') : this.#onScreenReason);
    } else if (this.#shownSince === null && !this.#drawing) this.#uncover().catch(this.ports.report);
    if (JSON.stringify(before) !== JSON.stringify(this.#judgement)) {
      this.#since = this.ports.clock.now();
      this.ports.changed();
    }
  }

  #hide(reason: CoverReason): void {
    if (this.#shownSince === null) return;
    this.view.setShown(false);
    const displayedMs = Math.round(this.ports.clock.now() - this.#shownSince);
    this.#shownSince = null;
    this.#record({
      type: 'system.covered',
      systemId: this.system.id,
      link: this.#judgement.link,
      reason,
      epoch: this.#epoch,
      displayedMs,
    });
  }

  /** Shows the page once it and the banner above it have drawn what was read, and nothing spoke against it meanwhile. */
  async #uncover(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#drawing = true;
    const drawn = await Promise.all([this.view.drawn(DRAW_DEADLINE), this.ports.bannerDrawn(DRAW_DEADLINE)]);
    if (attempt !== this.#attempt) return;
    this.#drawing = false;
    if (drawn.every(Boolean)) this.#show();
    else this.#apply(); // what was drawn before may be another patient's: wait again
  }

  #show(): void {
    const shownSince = this.ports.clock.now();
    const recorded = this.#record({
      type: 'system.displayed',
      systemId: this.system.id,
      shown: auditedShown((this.#subjects() ?? []).flat(), this.ports.authorities),
      verified: this.#judgement.link === 'In step',
      epoch: this.#epoch,
      at: new Date(shownSince).toISOString(),
    });
    if (!recorded) return;
    this.#shownSince = shownSince;
    this.view.setShown(true);
    if (!this.#woken) return;
    this.#woken = false;
    this.#refreshedAt = shownSince;
    this.ports.changed();
  }

  #record(event: Parameters<AuditPort['record']>[0]): boolean {
    try {
      this.ports.audit.record(event);
      return true;
    } catch (error) {
      if (!(error instanceof LanyardError)) this.ports.report(error);
      return false; // the recorder is unhealthy now and says so: auditChanged() covers every tab
    }
  }

  #tools(): ConnectorTools {
    return {
      authorities: this.ports.authorities,
      getJson: (address, signal) => this.view.getJson(address, signal),
      smartLaunch: async (system, launchUrl, patient) => {
        if (!this.ports.signOn)
          throw new LanyardError('unavailable', `${system.title} is not configured for SMART App Launch`);
        return this.ports.signOn.smartLaunch(launchUrl, patient, this.#epoch);
      },
      launching: this.ports.launching,
    };
  }

  #patientOrThrow(): Patient {
    if (this.#patient === null) throw new LanyardError('internal', 'no patient is chosen');
    return this.#patient;
  }

  async #withDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#abort.add(controller);
    const stop = this.ports.clock.after(this.system.loadTimeout, () => {
      controller.abort();
    });
    try {
      return await work(controller.signal);
    } finally {
      stop();
      this.#abort.delete(controller);
    }
  }

  #cancelPending(): void {
    for (const controller of this.#abort) controller.abort();
    this.#abort.clear();
  }
}

function failureOfStatus(title: string, status: number): TabFailure | null {
  if (status === 401 || status === 403) return { kind: 'no-access' };
  if (status === 404)
    return { kind: 'no-record', explanation: `${title} knows no such patient or page (it answered 404).` };
  if (status >= 400)
    return { kind: 'failed', explanation: `${title} answered with an error (${status}). Try again in a moment.` };
  return null;
}

function isOnItsWay({ cover }: TabJudgement): boolean {
  return cover?.kind === 'loading' || cover?.kind === 'slow';
}
