/**
 * Writes the audit trail: record() returns when the line is on the disk, or throws. What it describes may be shown
 * only after it returned.
 *
 *   no file ──start──▶ writing ──append fails──▶ broken ──repair──▶ writing
 *      ▲                  │ close()                 │ file gone for good
 *      └──────────────────┼─────────────────────────┘  (a new chain, which names the lost one)
 *                         ▼
 *                       closed
 *
 * A failed append does not advance the chain: whatever part of the line got onto the disk is cut before the next one.
 */
import type { AuditEvent, AuditPort, PreviousChain, RecordableEvent, SealedFirstKey } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import type { AuditFile, AuditFolder } from './auditFile.js';
import type { AuditorSeal } from './auditorSeal.js';
import { MacKey, macKeyBytes, macScheme } from './macKey.js';
import { fileName, lastLine, lookBack, parseLine } from './previousChain.js';
import { type AuditRecord, type ChainId, lineBytes, noHash } from './record.js';

export interface RecorderParts {
  readonly folder: AuditFolder;
  /** Lanyard's version, for chain.open. */
  readonly version: string;
  /** This workstation's name, for chain.open. */
  readonly node: string;
  /** The computer's own name, where that is another one. */
  readonly host?: string;
  readonly now: () => Date;
  /** Milliseconds of a clock nobody can set; its zero does not matter. */
  readonly monotonic: () => number;
  /** Seals each chain's first MAC key to the auditor; null: none is configured, the chain has hashes only. */
  readonly auditor: AuditorSeal | null;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Runs something again and again until the function it returns is called; see everyInterval. */
  readonly every: (milliseconds: number, run: () => void) => () => void;
}

type HealthListener = (healthy: boolean) => void;

interface Chain {
  readonly id: ChainId;
  readonly name: string;
  /** Of the next record; null: no MACs. */
  readonly key: MacKey | null;
  file: AuditFile;
  /** Of the last record that is certainly on disk. */
  sequence: number;
  head: string;
  /** Bytes of all records that are certainly on disk. */
  size: number;
  /** chain.open and what was found at the start: must be on disk before anything else. */
  readonly opening: AuditEvent[];
}

interface SignedIn {
  readonly user: string;
  readonly session: string;
}

interface Outage {
  readonly since: string;
  readonly error: string;
  refused: number;
  readonly stopRetrying: () => void;
}

/** Both clocks at one moment, in milliseconds. */
interface Clocks {
  readonly wall: number;
  readonly monotonic: number;
}

const retryMilliseconds = 2000;
const heartbeatMilliseconds = 60_000;
/** Source: the table "What is recorded" of the audit specification, event 20. */
const clockJumpMilliseconds = 2000;
/** NTP slews a clock by at most 500 parts in a million; twice that is still no jump. */
const clockDrift = 0.001;

export class AuditRecorder implements AuditPort {
  #chain: Chain | null = null;
  /** The last append failed: nobody knows what stands at the end of the file. */
  #broken = false;
  /** The chain whose file vanished while we wrote it. */
  #lost: PreviousChain | null = null;
  #outage: Outage | null = null;
  #toldHealthy = true;
  #signedIn: SignedIn | null = null;
  #closed = false;
  #clocks: Clocks;
  #stopHeartbeat: (() => void) | null = null;
  readonly #listeners = new Set<HealthListener>();
  #recorded: () => void = () => undefined;

  constructor(private readonly parts: RecorderParts) {
    this.#clocks = this.#readClocks();
  }

  /** False from the first record that could not be written until one could be written again. */
  get healthy(): boolean {
    return this.#outage === null;
  }

  /** The file that is being written, and how many of its bytes are certainly on disk; null: none is. */
  get written(): { readonly file: string; readonly size: number } | null {
    return this.#chain && { file: this.#chain.name, size: this.#chain.size };
  }

  /** Called after something was recorded; must not throw; the latest listener only. */
  onRecorded(listener: () => void): void {
    this.#recorded = listener;
  }

  /** Random id of the current sign-in, as in the records; null while nobody is signed in. */
  get sessionId(): string | null {
    return this.#signedIn?.session ?? null;
  }

  /** Called at every change of `healthy`, before record() throws or returns. Returns how to stop listening. */
  onChange(listener: HealthListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the chain before anything is to be recorded. Does not throw: `healthy` says how it went. */
  start(): void {
    this.#attempt(() => undefined);
  }

  /**
   * Durable when this returns. Follows session.signedIn and session.signedOut: who is signed in, and a random id of
   * the sign-in, stand in every record between them, both included.
   * @throws LanyardError('audit-unavailable'): nothing was recorded, so nothing may be shown.
   */
  record(event: RecordableEvent): void {
    const error = this.#attempt((chain) => {
      const who =
        event.type === 'session.signedIn' ? { user: event.user, session: this.#randomHex(16) } : this.#signedIn;
      this.#append(chain, event, who);
      this.#signedIn = event.type === 'session.signedOut' ? null : who;
      this.#beat();
    });
    if (error) throw error;
  }

  /**
   * Ends the chain and lets go of the file.
   * @throws LanyardError('audit-unavailable') where the end could not be written: the chain stays open on disk.
   */
  close(): void {
    if (this.#closed) return;
    const error = this.#attempt((chain) => {
      this.#append(chain, { type: 'chain.close' }, this.#signedIn);
    });
    this.#closed = true;
    this.#stopHeartbeat?.();
    this.#outage?.stopRetrying();
    this.#chain?.key?.forget();
    if (this.#chain) letGo(this.#chain.file);
    this.#chain = null;
    if (error) throw error;
  }

  /** Runs one piece of writing with everything around it: opening, repair, health. */
  #attempt(write: (chain: Chain) => void): LanyardError | null {
    let failure: LanyardError | null = null;
    try {
      if (this.#closed) throw new Error('the audit trail was closed');
      const chain = this.#openChain();
      this.#compareClocks(chain);
      if (this.#outage) {
        const { since, refused, error, stopRetrying } = this.#outage;
        this.#append(chain, { type: 'chain.resumed', since, refused, error }, this.#signedIn);
        stopRetrying();
        this.#outage = null;
      }
      write(chain);
    } catch (cause) {
      this.#noteFailure(cause);
      failure = new LanyardError(
        'audit-unavailable',
        'The audit trail cannot be written, so no patient can be shown. Call IT support',
        { cause },
      );
    }
    this.#tell();
    if (failure === null) this.#recorded();
    return failure;
  }

  #openChain(): Chain {
    if (this.#chain && this.#broken) this.#chain = this.#repair(this.#chain);
    const chain = (this.#chain ??= this.#createChain());
    for (let [next] = chain.opening; next; [next] = chain.opening) {
      this.#append(chain, next, this.#signedIn);
      chain.opening.shift();
    }
    return chain;
  }

  #createChain(): Chain {
    const { folder, version, node, host, auditor, randomBytes } = this.parts;
    folder.prepare();
    const { previous, torn, nextNumber } = lookBack(folder);
    const id = this.#randomHex(16);
    const name = fileName(nextNumber, id);
    let key: MacKey | null = null;
    let mac: SealedFirstKey | null = null;
    if (auditor !== null) {
      const first = randomBytes(macKeyBytes);
      key = new MacKey(first);
      mac = { scheme: macScheme, auditor: auditor.auditor, sealedKey: auditor.seal(first) };
      first.fill(0);
    }
    const opening: AuditEvent[] = [
      {
        type: 'chain.open',
        chain: id,
        version,
        node,
        ...(host !== undefined && { host }),
        previous: this.#lost ?? previous,
        mac,
      },
      ...torn,
    ];
    if (this.#lost === null && previous?.closed === false)
      opening.push({ type: 'chain.crashFound', chain: previous.chain, sequence: previous.sequence });
    const file = folder.create(name);
    this.#lost = null;
    return { id, name, key, file, sequence: 0, head: noHash, size: 0, opening };
  }

  /** Finds the file again under its name and cuts it back to its last promised record; null: it is lost. */
  #repair(chain: Chain): Chain | null {
    const { folder } = this.parts;
    folder.prepare();
    const file = folder.open(chain.name);
    if (file !== null) {
      if (file.size() > chain.size) file.cutTo(chain.size);
      const last = lastLine(file);
      const isOurs = last === null ? chain.sequence === 0 : parseLine(last)?.hash === chain.head;
      if (isOurs && file.size() === chain.size) {
        letGo(chain.file);
        this.#broken = false;
        return { ...chain, file };
      }
      letGo(file);
    }
    letGo(chain.file);
    chain.key?.forget();
    if (chain.sequence > 0) this.#lost = { chain: chain.id, head: chain.head, sequence: chain.sequence, closed: false };
    this.#broken = false;
    return null;
  }

  #append(chain: Chain, event: AuditEvent, who: SignedIn | null): void {
    const sequence = chain.sequence + 1;
    const record: AuditRecord = {
      version: 1,
      sequence,
      at: this.parts.now().toISOString(),
      user: who?.user ?? null,
      session: who?.session ?? null,
      event,
    };
    const { hash, bytes } = lineBytes(chain.id, chain.head, record, chain.key);
    this.#broken = true;
    chain.file.append(bytes);
    this.#broken = false;
    chain.key?.evolve();
    chain.sequence = sequence;
    chain.head = hash;
    chain.size += bytes.length;
  }

  /** Starts or stops the heartbeat as somebody is signed in or not. */
  #beat(): void {
    if (this.#signedIn === null) {
      this.#stopHeartbeat?.();
      this.#stopHeartbeat = null;
      return;
    }
    this.#stopHeartbeat ??= this.parts.every(heartbeatMilliseconds, () => {
      this.#attempt((chain) => {
        this.#append(chain, { type: 'chain.heartbeat' }, this.#signedIn);
      });
    });
  }

  /** Records how far the wall clock moved against the monotonic one since the last record, where that is a jump. */
  #compareClocks(chain: Chain): void {
    const before = this.#clocks;
    const now = this.#readClocks();
    const passed = now.monotonic - before.monotonic;
    const byMs = Math.round(now.wall - before.wall - passed);
    if (Math.abs(byMs) > clockJumpMilliseconds + passed * clockDrift)
      this.#append(chain, { type: 'chain.clockJumped', byMs }, this.#signedIn);
    this.#clocks = now;
  }

  #readClocks(): Clocks {
    return { wall: this.parts.now().getTime(), monotonic: this.parts.monotonic() };
  }

  #noteFailure(cause: unknown): void {
    if (this.#outage) {
      this.#outage.refused++;
      return;
    }
    const retry = (): void => {
      this.#attempt(() => undefined);
    };
    this.#outage = {
      since: this.parts.now().toISOString(),
      error: cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown',
      refused: 1,
      stopRetrying: this.#closed ? () => undefined : this.parts.every(retryMilliseconds, retry),
    };
  }

  #tell(): void {
    const { healthy } = this;
    if (healthy === this.#toldHealthy) return;
    this.#toldHealthy = healthy;
    for (const listener of [...this.#listeners]) listener(healthy);
  }

  #randomHex(bytes: number): string {
    return Buffer.from(this.parts.randomBytes(bytes)).toString('hex');
  }
}

/** Closes a handle that is of no use any more. What counts was durable before; a failure here changes nothing. */
function letGo(file: AuditFile): void {
  try {
    file.close();
  } catch {
    // A handle of a share that went away cannot even be closed; the system drops it with the process.
  }
}

/** `every` for the program: does not keep it alive. */
export function everyInterval(milliseconds: number, run: () => void): () => void {
  const timer = setInterval(run, milliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
