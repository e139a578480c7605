/**
 * The context hub of one session: started after sign-in, started again after a crash with a new topic, ended at
 * sign-out. Other programs of the same user find it by context-hub.json.
 */
import type { Patient } from '../../../preload/contract.js';
import type { AuditPort } from '../../domain/audit.js';
import { type Clock, Deadline } from '../clock.js';
import { forgetHandOffs, type HandOff, writeHandOff } from '../hub/handOff.js';
import type { SurveyObjection } from '../hub/survey.js';
import type { SubscriberReport } from '../hub/subscriberReport.js';
import type { Subject } from '../deeperContext.js';
import { type BridgePorts, fitToShow, HubBridge, nameOf } from './hubBridge.js';
import type { ProgramObjection } from '../survey.js';
import { leavingContext, type LeavingReason, numbersOf, patientResource } from './fhirContext.js';
import type { FromHub, HubProgram, ToHub } from './messages.js';

/** The hub's process; forkHub.electron.ts makes the real one. */
export interface HubProcess {
  post(message: ToHub): void;
  onMessage(listener: (message: FromHub) => void): void;
  /** However it ends. */
  onExit(listener: () => void): void;
  kill(): void;
}

export interface HubHostParts extends Omit<BridgePorts, 'post'> {
  readonly fork: () => HubProcess;
  /** 0: a free one. */
  readonly port: number;
  /** Of the systems whose pages are subscribers themselves. */
  readonly origins?: readonly string[];
  /** Each gets a token and a file of its own; absent or none: one for any program. */
  readonly programs?: readonly HubProgram[];
  /** The session's private folder. */
  readonly folder: string;
  readonly clock: Clock;
  /** It runs, or it does not and is started again then (milliseconds since 1970). */
  readonly standing?: (isRunning: boolean, nextTry: number | null) => void;
}

/** Milliseconds. */
const START_TIMEOUT = 10_000;
const END_TIMEOUT = 2_000;
const REPORT_TIMEOUT = 1_000;
const GRANT_TIMEOUT = 2_000;
/** The hub itself gives each program a second. */
const SURVEY_TIMEOUT = 1_500;
/** Characters of a program's own words that are shown. */
const LONGEST_REASON = 120;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** What an application that Lanyard launched may do on the hub. */
export interface HubGrantRequest {
  readonly token: string;
  /** FHIRcast scopes, divided by spaces. */
  readonly scopes: string;
  /** Milliseconds since 1970; its subscriptions end then too. */
  readonly expiresAt: number;
  /** By which others know it. */
  readonly subscriberName: string;
}

export interface HubGrant {
  /** hub.url and hub.topic */
  readonly url: string;
  readonly topic: string;
  /** Its subscriptions are denied at once. Repeatable. */
  end(): void;
}

/** The hub as support sees it. Times are milliseconds since 1970. */
export interface HubReport {
  readonly state: 'running' | 'starting' | 'ended';
  readonly port: number | null;
  /** Whole: it is a ticket, so whoever shows it masks it first. */
  readonly topic: string | null;
  readonly startedAt: number | null;
  /** How often it has started again since sign-in. */
  readonly restarts: number;
  /** Host of a hub of somebody else's that Lanyard has joined. */
  readonly joined?: string;
  /** null: the hub did not say within a second; of a joined one nobody knows. */
  readonly subscribers: readonly SubscriberReport[] | null;
}

export class HubHost {
  readonly #bridge: HubBridge;
  #process: HubProcess | null = null;
  #handOff: HandOff | null = null;
  /** Everything that is written or removed, one after the other. */
  #file: Promise<void> = Promise.resolve();
  #ended = false;
  #exited: () => void = () => undefined;
  #pause = FIRST_PAUSE;
  #startedAt: number | null = null;
  #starts = 0;
  #questions = 0;
  #grants = 0;
  readonly #granting = new Map<number, (isGranted: boolean) => void>();
  readonly #asked = new Map<number, (subscribers: readonly SubscriberReport[] | null) => void>();
  /** Programs that want to be asked before the patient changes. */
  #surveyed: readonly string[] = [];
  #surveys = 0;
  readonly #surveying = new Map<number, (objections: readonly SurveyObjection[]) => void>();
  readonly #deadline: Deadline;
  readonly #again: Deadline;

  constructor(private readonly parts: HubHostParts) {
    const { clock, report } = parts;
    this.#bridge = new HubBridge({
      ...parts,
      post: (message) => {
        if (this.#handOff) this.#process?.post(message);
      },
    });
    this.#deadline = new Deadline(clock, () => {
      report(new Error('The context hub did not start in time'));
      this.#process?.kill();
    });
    this.#again = new Deadline(clock, () => {
      this.start();
    });
  }

  /** Returns at once: nobody waits for a hub. */
  start(): void {
    if (this.#ended) return;
    let hub: HubProcess;
    try {
      hub = this.parts.fork();
    } catch (error) {
      this.parts.report(error);
      this.#startLater();
      return;
    }
    this.#process = hub;
    hub.onMessage((message) => {
      if (hub === this.#process) this.#hear(message, hub);
    });
    hub.onExit(() => {
      if (hub === this.#process) this.#gone();
    });
    this.#deadline.set(START_TIMEOUT);
    hub.post({
      type: 'start',
      port: this.parts.port,
      origins: this.parts.origins ?? [],
      programs: this.parts.programs ?? [],
    });
  }

  /** Somebody does not want to wait for the next start. Nothing where one runs or is being started. */
  startNow(): void {
    if (this.#process || this.#ended) return;
    this.#again.clear();
    this.start();
  }

  /** What is open beside the patient has changed, by somebody here. */
  followBeside(change: 'open' | 'close', subject: Subject): void {
    this.#bridge.followBeside(change, subject);
  }

  /** The chosen patient has changed. */
  follow(patient: Patient | null): void {
    this.#bridge.follow(patient);
  }

  /**
   * Asks the programs that want to be asked. Never rejects; within 1.5 seconds, and at once where nobody does.
   * @param patient null: the patient is to be closed
   * @param proposal of a program, which is not asked itself
   */
  async survey(patient: Patient | null, proposal: number | null): Promise<readonly ProgramObjection[]> {
    const hub = this.#process;
    const asked = this.#surveyed;
    if (!hub || !this.#handOff || asked.length === 0) return [];
    const { systems, clock } = this.parts;
    const isNamed = patient !== null && numbersOf(patient, systems).length > 0;
    const context = isNamed ? [{ key: 'patient', resource: patientResource(patient, systems) }] : [];
    const survey = ++this.#surveys;
    const objections = await new Promise<readonly SurveyObjection[]>((resolve) => {
      const settle = (answer: readonly SurveyObjection[]): void => {
        this.#surveying.delete(survey);
        patience.clear();
        resolve(answer);
      };
      const patience = new Deadline(clock, () => {
        settle(asked.map((subscriberName) => ({ subscriberName, kind: 'silent', reason: null })));
      });
      patience.set(SURVEY_TIMEOUT);
      this.#surveying.set(survey, settle);
      hub.post({ type: 'survey', survey, context, proposal });
    });
    return eachOnce(objections);
  }

  /** Resolves when the hub knows the token; with null when none runs, or it does not answer within two seconds. */
  async grant(asked: HubGrantRequest): Promise<HubGrant | null> {
    const handOff = this.#handOff;
    const hub = this.#process;
    if (!handOff || !hub || this.#ended) return null;
    const grant = ++this.#grants;
    const end = (): void => {
      if (hub === this.#process) hub.post({ type: 'revoke', grant });
    };
    const isGranted = await new Promise<boolean>((resolve) => {
      const settle = (answer: boolean): void => {
        this.#granting.delete(grant);
        patience.clear();
        resolve(answer);
      };
      const patience = new Deadline(this.parts.clock, () => {
        settle(false);
      });
      patience.set(GRANT_TIMEOUT);
      this.#granting.set(grant, settle);
      hub.post({ type: 'grant', grant, ...asked });
    });
    if (isGranted) return { url: handOff['hub.url'], topic: handOff['hub.topic'], end };
    end();
    return null;
  }

  /** Never rejects; within a second. */
  async report(): Promise<HubReport> {
    const subscribers = this.#handOff ? await this.#askForSubscribers() : [];
    const handOff = this.#handOff;
    return {
      state: this.#ended ? 'ended' : handOff ? 'running' : 'starting',
      port: handOff && portOf(handOff),
      topic: handOff?.['hub.topic'] ?? null,
      startedAt: handOff && this.#startedAt,
      restarts: Math.max(0, this.#starts - 1),
      subscribers: handOff ? subscribers : [],
    };
  }

  /** The session is locked, and stays what it is: other programs of the same user should lock too (UserHibernate). */
  hibernate(reason: LeavingReason): void {
    if (this.#handOff)
      this.#process?.post({ type: 'publish', event: 'UserHibernate', context: leavingContext(reason) });
  }

  /** From here on nothing is followed: the clinician leaves. */
  leave(): void {
    this.#bridge.end();
  }

  /** Ends the right of one configured program for this session; its subscriptions are denied at once. Repeatable. */
  revokeProgram(id: string): void {
    if (this.#handOff) this.#process?.post({ type: 'revoke', grant: id });
  }

  /** Ends the hub and removes context-hub.json. */
  async end(): Promise<void> {
    this.leave();
    this.#ended = true;
    this.#again.clear();
    this.#deadline.clear();
    const wasRunning = this.#handOff !== null;
    this.#handOff = null;
    const hub = this.#process;
    if (hub) {
      const gone = new Promise<void>((resolve) => (this.#exited = resolve));
      const patience = new Deadline(this.parts.clock, () => {
        hub.kill();
        this.#exited();
      });
      patience.set(END_TIMEOUT);
      hub.post({ type: 'end' });
      await gone;
      patience.clear();
      this.#process = null;
    }
    await this.#removeFile();
    if (wasRunning) this.#record({ type: 'contextHub.stopped', reason: 'session-ended' });
  }

  #hear(message: FromHub, hub: HubProcess): void {
    if (this.#ended) return;
    if (message.type === 'started') this.#started(message.handOffs);
    else if (message.type === 'report') this.#asked.get(message.question)?.(message.subscribers);
    else if (message.type === 'surveyed') this.#surveyed = message.programs;
    else if (message.type === 'survey-answered') this.#surveying.get(message.survey)?.(message.objections);
    else if (message.type === 'granted') this.#granting.get(message.grant)?.(true);
    else if (message.type === 'problem') this.parts.report(new Error(message.message));
    else if (message.type === 'not-started') {
      this.parts.report(new Error(message.message));
      hub.kill();
    } else this.#bridge.hear(message);
  }

  #started(handOffs: Extract<FromHub, { type: 'started' }>['handOffs']): void {
    const [{ handOff }] = handOffs;
    this.#deadline.clear();
    this.#handOff = handOff;
    this.#startedAt = this.parts.clock.now();
    this.#starts += 1;
    this.#record({ type: 'contextHub.started', port: portOf(handOff) });
    this.#bridge.started();
    this.parts.standing?.(true, null);
    this.#file = this.#file.then(async () => {
      if (this.#handOff !== handOff) return;
      const { folder } = this.parts;
      await Promise.all(handOffs.map(({ program, handOff: own }) => writeHandOff(folder, own, program)));
    });
    this.#file = this.#file.catch(this.parts.report);
  }

  #gone(): void {
    this.#process = null;
    this.#deadline.clear();
    this.#exited();
    for (const answer of [...this.#asked.values()]) answer(null);
    for (const settle of [...this.#granting.values()]) settle(false);
    this.#surveyed = [];
    for (const settle of [...this.#surveying.values()]) settle([]);
    if (this.#ended) return;
    if (this.#handOff) {
      this.#handOff = null;
      this.#pause = FIRST_PAUSE;
      this.#record({ type: 'contextHub.stopped', reason: 'crashed' });
      this.parts.report(new Error('The context hub ended unexpectedly'));
    }
    void this.#removeFile();
    this.#startLater();
  }

  #startLater(): void {
    this.#again.set(this.#pause);
    this.parts.standing?.(false, this.parts.clock.now() + this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #askForSubscribers(): Promise<readonly SubscriberReport[] | null> {
    const question = ++this.#questions;
    return new Promise((resolve) => {
      const answer = (subscribers: readonly SubscriberReport[] | null): void => {
        this.#asked.delete(question);
        patience.clear();
        resolve(subscribers);
      };
      const patience = new Deadline(this.parts.clock, () => {
        answer(null);
      });
      patience.set(REPORT_TIMEOUT);
      this.#asked.set(question, answer);
      this.#process?.post({ type: 'report', question });
    });
  }

  #removeFile(): Promise<void> {
    this.#file = this.#file.then(() => forgetHandOffs(this.parts.folder)).catch(this.parts.report);
    return this.#file;
  }

  #record(event: Parameters<AuditPort['record']>[0]): void {
    try {
      this.parts.audit.record(event);
    } catch (error) {
      this.parts.report(error);
    }
  }
}

/** Programs of the same name are one to the clinician. */
function eachOnce(objections: readonly SurveyObjection[]): ProgramObjection[] {
  const byName = new Map<string, ProgramObjection>();
  for (const { subscriberName, kind, reason } of objections) {
    const title = nameOf(subscriberName);
    const words = reason === null ? '' : fitToShow(reason, LONGEST_REASON);
    const said = { systemId: `program ${title}`, title, kind, ...(words !== '' && { reason: words }) };
    if (!byName.has(title) || kind === 'refused') byName.set(title, said);
  }
  return [...byName.values()];
}

function portOf(handOff: HandOff): number {
  return Number(new URL(handOff['hub.url']).port);
}
