/**
 * Judges one chain as an investigator would, line by line: a verdict for every line, and every gap by its numbers.
 *
 * What the hashes cannot see (a chain whose hashes were all computed anew) the MACs can, given the auditor's key.
 */
import type { PreviousChain } from '../../domain/audit.js';
import type { AuditorKey } from '../auditorSeal.js';
import { MacKey } from '../macKey.js';
import { type AuditRecord, type ChainId, noHash, recordHash } from '../record.js';
import { readRecordLine } from '../recordLine.js';

export type LineVerdict =
  | 'good'
  /** Not a record at all, or not in its one canonical form. */
  | 'unreadable'
  /** Its hash does not fit its content and the record before it: one of the two was changed. */
  | 'altered'
  /** Its MAC is wrong or missing: the recorder did not write it, however well its hash fits. */
  | 'forged'
  /** Comes after a gap: nothing before it can vouch for it. */
  | 'unlinked'
  /** A number that was there before: swapped or replayed. */
  | 'out-of-order';

export interface VerifiedLine {
  /** From 1. */
  readonly line: number;
  readonly verdict: LineVerdict;
  /** Null where it is unreadable. */
  readonly record: AuditRecord | null;
}

export interface ChainVerdict {
  /** Null where neither the file's name nor chain.open names it. */
  readonly chain: ChainId | null;
  /** How many lines were judged what. */
  readonly counts: Readonly<Record<LineVerdict, number>>;
  /** How many records are missing in gaps that have an end. */
  readonly missing: number;
  /** Whether every MAC was compared; 'none': the chain says it has none. */
  readonly macs: 'checked' | 'not-checked' | 'none';
  /** Plain words for everything that proves a change. Empty: none was found. */
  readonly faults: readonly string[];
  /** Plain words for everything that can be neither proven nor ruled out. */
  readonly doubts: readonly string[];
  readonly isClosed: boolean;
  /** Of the last readable record. */
  readonly head: string;
  readonly lastSequence: number;
  /** ISO 8601 of the first and the last readable record. */
  readonly from: string | null;
  readonly to: string | null;
  /** The chain before it; undefined where chain.open cannot be read. */
  readonly previous: PreviousChain | null | undefined;
}

/** Said of a chain without chain.close; spoolSet.ts takes it back where the next chain vouches for the end. */
export const openEnd = 'no chain.close: Lanyard crashed, still runs, or the tail was cut';

/** More are counted, not kept: a file of rubbish must not fill the memory. */
const mostFaults = 1000;
/** A gap wider than this is not crossed with the key: whoever invented its number would keep us busy for ever. */
const widestGap = 1_000_000;

export class ChainVerifier {
  readonly #counts = { good: 0, unreadable: 0, altered: 0, forged: 0, unlinked: 0, 'out-of-order': 0 };
  readonly #faults: string[] = [];
  #moreFaults = 0;
  readonly #doubts: string[] = [];
  #line = 0;
  #expected = 1;
  #head = noHash;
  #missing = 0;
  #isClosed = false;
  #from: string | null = null;
  #to: string | null = null;
  #previous: PreviousChain | null | undefined = undefined;
  #claimsMacs: boolean | null = null;
  #macs: ChainVerdict['macs'] = 'not-checked';
  #key: MacKey | null = null;
  /** Number of the record #key belongs to. */
  #keySequence = 1;
  #forgedFrom: number | null = null;
  #forgedTo = 0;

  /**
   * @param chain its id as in the file's name: needed where the first record was cut off
   * @param auditor opens the chain's first key, so that the MACs can be checked; null: they are not
   */
  constructor(
    private chain: ChainId | null,
    private readonly auditor: AuditorKey | null,
  ) {}

  /** @param text one line without its line feed; null: bytes that are no UTF-8, or a line without end */
  push(text: string | null): VerifiedLine {
    this.#line++;
    const read = text === null ? null : readRecordLine(text);
    if (read === null) {
      this.#fault(`line ${this.#line} is not a record`);
      return this.#judged('unreadable', null);
    }
    const { hash, mac, record, canonical } = read;
    const { sequence } = record;
    if (sequence < this.#expected) {
      this.#fault(`record ${sequence} is out of order`);
      return this.#judged('out-of-order', record);
    }
    if (this.#expected === 1) this.#begin(record);
    const isLinked = sequence === this.#expected;
    if (!isLinked) {
      this.#missing += sequence - this.#expected;
      this.#fault(
        this.#expected === 1 ? `does not start at 1 but at ${sequence}` : `missing ${this.#expected}..${sequence - 1}`,
      );
    }
    const fits = isLinked && this.chain !== null && hash === recordHash(this.chain, this.#head, sequence, canonical);
    if (isLinked && !fits) this.#fault(`record ${sequence} was altered, or the one before it`);
    const isAuthentic = this.#checkMac(sequence, hash, mac);
    this.#expected = sequence + 1;
    this.#head = hash;
    this.#from ??= record.at;
    this.#to = record.at;
    this.#isClosed = record.event.type === 'chain.close';
    return this.#judged(!isAuthentic ? 'forged' : fits ? 'good' : isLinked ? 'altered' : 'unlinked', record);
  }

  /** @param rest bytes after the last line feed */
  end(rest: number): ChainVerdict {
    this.#endForgery();
    this.#key?.forget();
    if (rest > 0) this.#doubts.push(`torn: ${rest} bytes after the last record`);
    if (!this.#isClosed) this.#doubts.push(openEnd);
    if (this.#moreFaults > 0) this.#faults.push(`and ${this.#moreFaults} more faults`);
    return {
      chain: this.chain,
      counts: this.#counts,
      missing: this.#missing,
      macs: this.#macs,
      faults: this.#faults,
      doubts: this.#doubts,
      isClosed: this.#isClosed,
      head: this.#head,
      lastSequence: this.#expected - 1,
      from: this.#from,
      to: this.#to,
      previous: this.#previous,
    };
  }

  /** The first readable record: chain.open, unless the head was cut off. */
  #begin({ event, sequence }: AuditRecord): void {
    if (event.type !== 'chain.open') {
      if (sequence === 1) this.#fault('does not begin with chain.open');
      if (this.auditor) this.#doubts.push('the MACs cannot be checked: chain.open holds their key');
      return;
    }
    this.chain ??= event.chain;
    if (event.chain !== this.chain) this.#fault('chain.open names another chain');
    this.#previous = event.previous;
    // Chains of the first form have no such member.
    const mac = (event as { mac?: typeof event.mac }).mac ?? null;
    this.#claimsMacs = mac !== null;
    if (mac === null) {
      this.#macs = 'none';
      if (this.auditor)
        this.#doubts.push('chain.open says that there are no MACs: none was configured, or they were taken away');
    } else if (this.auditor && mac.auditor !== this.auditor.auditor) {
      this.#doubts.push(`the MACs are for the auditor’s key ${mac.auditor}, not for ${this.auditor.auditor}`);
    } else if (this.auditor) {
      const first = this.auditor.open(mac.sealedKey);
      if (first === null) this.#fault('the sealed key in chain.open was changed: it cannot be opened');
      else {
        this.#key = new MacKey(first);
        this.#macs = 'checked';
        first.fill(0);
      }
    }
  }

  /** Whether the MAC says nothing against the record. */
  #checkMac(sequence: number, hash: string, mac: string | undefined): boolean {
    const isAsClaimed = this.#claimsMacs === null || this.#claimsMacs === (mac !== undefined);
    const key = this.#key;
    let isRight = isAsClaimed;
    if (key) {
      if (sequence - this.#keySequence > widestGap) {
        this.#doubts.push(`MACs from record ${sequence} on cannot be checked: the gap before it is too wide`);
        key.forget();
        this.#key = null;
        this.#macs = 'not-checked';
        return isAsClaimed;
      }
      for (; this.#keySequence < sequence; this.#keySequence++) key.evolve();
      isRight = mac !== undefined && key.fits(hash, mac);
      key.evolve();
      this.#keySequence++;
    }
    if (isRight) this.#endForgery();
    else {
      this.#forgedFrom ??= sequence;
      this.#forgedTo = sequence;
    }
    return isRight;
  }

  /** One fault for a whole run of records: after one that was changed with all hashes, every MAC is wrong. */
  #endForgery(): void {
    const from = this.#forgedFrom;
    if (from === null) return;
    this.#forgedFrom = null;
    const to = this.#forgedTo;
    this.#fault(
      from === to
        ? `record ${from} was not written by the recorder: its MAC is wrong`
        : `records ${from}..${to} were not written by the recorder: their MACs are wrong`,
    );
  }

  #fault(text: string): void {
    if (this.#faults.length < mostFaults) this.#faults.push(text);
    else this.#moreFaults++;
  }

  #judged(verdict: LineVerdict, record: AuditRecord | null): VerifiedLine {
    this.#counts[verdict]++;
    return { line: this.#line, verdict, record };
  }
}
