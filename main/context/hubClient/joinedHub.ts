/**
 * The context hub of one session where the hub is somebody else's: what context/hubHost is for Lanyard's own. The rules
 * for following and leading are the bridge's, for both.
 */
import type { Patient } from '../../../preload/contract.js';
import { Deadline } from '../clock.js';
import type { Subject } from '../deeperContext.js';
import { type BridgePorts, HubBridge } from '../hubHost/hubBridge.js';
import type { ProgramObjection } from '../survey.js';
import type { LeavingReason } from '../hubHost/fhirContext.js';
import type { HubGrant, HubReport } from '../hubHost/hubHost.js';
import { HubClient, type HubClientParts } from './hubClient.js';

export interface JoinedHubParts extends Omit<BridgePorts, 'post'>, Omit<HubClientParts, 'ears'> {
  /** Another program ended the session: it ends here too. */
  readonly signOut: () => void;
  /** Another program locked its screen, so this session is locked too. Absent: Lanyard does not lock with others. */
  readonly lock?: () => void;
  /** Whether it has been joined; said to fail only when the clinician should know. */
  readonly standing?: (isJoined: boolean) => void;
}

/** Milliseconds after which the clinician should know that the other programs do not follow. */
const OUTAGE = 10_000;
const OUTAGE_NOTICE =
  'Lanyard cannot reach the context hub, so other programs do not follow the patient chosen here. Check the patient in each program.';
const LONGEST_NAME = 60;

export class JoinedHub {
  readonly #bridge: HubBridge;
  readonly #client: HubClient;
  readonly #outage: Deadline;
  #saidOutage = false;
  #joinedAt: number | null = null;
  #joins = 0;
  #ended = false;

  constructor(private readonly parts: JoinedHubParts) {
    const { clock, notice, report } = parts;
    this.#bridge = new HubBridge({
      ...parts,
      post: (message) => {
        if (message.type === 'publish') this.#client.publish(message.event, message.context);
        else if (message.type === 'decide') this.#client.decide(message.proposal, message.refusal);
      },
    });
    this.#outage = new Deadline(clock, () => {
      this.#saidOutage = true;
      parts.standing?.(false);
      notice(OUTAGE_NOTICE);
    });
    this.#client = new HubClient({
      ...parts,
      ears: {
        report,
        proposed: (change) => {
          this.#bridge.hear(change);
        },
        told: (open) => {
          if (open) return this.#bridge.resumed(open.anchor, open.context);
          this.#bridge.started();
          return true;
        },
        connected: (isConnected) => {
          this.#connected(isConnected);
        },
        notFollowed: (name) => {
          notice(`${plain(name)} could not follow the patient chosen here. Check the patient there before you use it.`);
        },
        notTold: () => {
          notice(
            'The context hub did not accept what was chosen here, so other programs may show another patient. Check the patient in each program.',
          );
        },
        loggedOut: parts.signOut,
        hibernated: () => {
          parts.lock?.();
          return parts.lock !== undefined;
        },
      },
    });
  }

  /** Returns at once: nobody waits for a hub. */
  start(): void {
    this.#outage.set(OUTAGE);
    this.#client.start();
  }

  /** What is open beside the patient has changed, by somebody here. */
  followBeside(change: 'open' | 'close', subject: Subject): void {
    this.#bridge.followBeside(change, subject);
  }

  /** The chosen patient has changed. */
  follow(patient: Patient | null): void {
    this.#bridge.follow(patient);
    if (this.#saidOutage) this.parts.notice(OUTAGE_NOTICE); // it is still so
  }

  /** Who else subscribes is not told to a subscriber, nor can it ask them. */
  survey(): Promise<readonly ProgramObjection[]> {
    return Promise.resolve([]);
  }

  /** Whoever runs that hub gives its tokens out. */
  grant(): Promise<HubGrant | null> {
    return Promise.resolve(null);
  }

  /** Who else subscribes is not told to a subscriber. */
  report(): Promise<HubReport> {
    const { isJoined, topic } = this.#client;
    return Promise.resolve({
      state: this.#ended ? 'ended' : isJoined ? 'running' : 'starting',
      port: null,
      joined: this.parts.url.host,
      topic: isJoined ? topic : null,
      startedAt: isJoined ? this.#joinedAt : null,
      restarts: Math.max(0, this.#joins - 1),
      subscribers: isJoined ? null : [],
    });
  }

  /** The session is locked: other programs should lock too. */
  hibernate(reason: LeavingReason): void {
    this.#client.hibernate(reason);
  }

  /** From here on nothing is followed: the clinician leaves. */
  leave(): void {
    this.#outage.clear();
    this.#bridge.end();
  }

  /** Within two seconds. */
  async end(): Promise<void> {
    this.leave();
    this.#ended = true;
    const wasJoined = this.#joinedAt !== null;
    this.#joinedAt = null;
    await this.#client.end();
    if (wasJoined) this.#record({ type: 'contextHub.left', reason: 'session-ended' });
  }

  #record(event: Parameters<BridgePorts['audit']['record']>[0]): void {
    try {
      this.parts.audit.record(event);
    } catch (error) {
      this.parts.report(error);
    }
  }

  #connected(isConnected: boolean): void {
    if (!isConnected) {
      if (!this.#saidOutage && this.#joinedAt !== null) this.#outage.set(OUTAGE);
      if (this.#joinedAt !== null) this.#record({ type: 'contextHub.left', reason: 'lost' });
      this.#joinedAt = null;
      return;
    }
    this.#joinedAt = this.parts.clock.now();
    this.#record({ type: 'contextHub.joined', host: this.parts.url.host });
    this.#joins += 1;
    this.parts.standing?.(true);
    this.#outage.clear();
    if (this.#saidOutage) this.parts.notice(null);
    this.#saidOutage = false;
  }
}

/** What a program calls itself, fit to be shown. */
function plain(name: string): string {
  const shown = name
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  return shown === '' ? 'Another program' : shown;
}
