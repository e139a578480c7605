/**
 * The last changes of the chosen patient, for support: who asked, what stood in the way, where each tab came to, and how
 * long that took. Memory only: it ends with the session.
 */
import type { LinkState, Patient, TabState } from '../../../preload/contract.js';
import type { AuditedPatient, RecordableEvent } from '../../domain/audit.js';
import { auditedPatient } from '../auditedPatient.js';

/** How many changes are kept; the oldest is forgotten first. */
const MOST_CHANGES = 100;

export type Asker =
  | { readonly kind: 'clinician' }
  /** By the context hub; the program's own word for itself. */
  | { readonly kind: 'program'; readonly name: string }
  /** A page that showed the patient already. */
  | { readonly kind: 'page'; readonly systemId: string }
  | { readonly kind: 'unknown' };

/** Who stood in the way before a change, and what the clinician said to it. */
export interface Held {
  readonly systems: Extract<RecordableEvent, { type: 'patient.changeHeld' }>['systems'];
  /** null: nobody objected any more, so it went on by itself. */
  readonly answer: 'continue' | 'cancel' | 'break-link' | null;
}

/** Where a tab stood last while this change was the newest one. */
export interface TabAfter {
  readonly systemId: string;
  readonly title: string;
  readonly link: LinkState;
  /** Milliseconds from the change until its page was first read to show the patient; null: it was not. */
  readonly verifiedAfter: number | null;
}

export interface Change {
  /** Counts every change since sign-in, from 1. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly asker: Asker;
  readonly outcome: 'committed' | 'refused' | 'cancelled' | 'overtaken';
  /** null: it was not committed. */
  readonly epoch: number | null;
  /** null: the patient was closed, or it is not known who was meant. */
  readonly patient: Patient | null;
  /** null: nobody objected. */
  readonly held: Held | null;
  readonly tabs: readonly TabAfter[];
}

const CLINICIAN: Asker = { kind: 'clinician' };

export class ChangeReplay {
  #changes: readonly Change[] = [];
  #count = 0;
  /** Who asks for what comes next; null: nobody said so. */
  #asker: Asker | null = null;
  #held: (Held & { readonly patient: AuditedPatient | null }) | null = null;

  /** @param now milliseconds since 1970 */
  constructor(private readonly now: () => number) {}

  /** Newest first. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Somebody asks for a change; whatever waited before is given up. */
  proposed(asker: Asker): void {
    if (this.#held) this.#forgo('overtaken');
    this.#asker = asker;
  }

  /** Something was recorded: other programs that ask, and the survey. */
  heard(event: RecordableEvent): void {
    if (event.type === 'contextHub.asked') {
      const asker: Asker = { kind: 'program', name: event.subscriberName };
      // "Accepted" is recorded right before the commit, in the same turn.
      if (event.outcome === 'accepted') this.#asker = asker;
      else {
        this.#asker = null;
        this.#held = null;
        this.#add({ asker, outcome: 'refused', epoch: null, patient: null, held: null });
      }
    } else if (event.type === 'patient.changeHeld') {
      if (this.#held && !isSame(this.#held.patient, event.patient)) this.#forgo('overtaken');
      this.#held = { systems: event.systems, answer: null, patient: event.patient };
    } else if (event.type === 'patient.changeAnswered' && this.#held) {
      this.#held = { ...this.#held, answer: event.answer };
      if (event.answer === 'cancel') this.#forgo('cancelled');
    }
  }

  /**
   * The change is made.
   * @param patient null: the patient was closed
   * @param leader the system whose page showed the patient already; null: none
   */
  committed(patient: Patient | null, epoch: number, leader: string | null = null): void {
    const held = this.#held;
    this.#held = null;
    const isOfThis = held !== null && isSame(held.patient, patient && auditedPatient(patient));
    if (held && !isOfThis) this.#add({ ...NOT_COMMITTED, asker: { kind: 'unknown' }, outcome: 'overtaken', held });
    const asker = leader === null ? (this.#asker ?? CLINICIAN) : ({ kind: 'page', systemId: leader } as const);
    this.#asker = null;
    this.#add({ asker, outcome: 'committed', epoch, patient, held: isOfThis ? held : null });
  }

  /** A tab has another state now. @param epoch that of the state: what belongs to an older change is let go */
  tabChanged({ id, title, link, since }: TabState, epoch: number): void {
    const index = this.#changes.findIndex(({ outcome }) => outcome === 'committed');
    const change = this.#changes[index];
    if (change?.epoch !== epoch) return;
    const before = change.tabs.find(({ systemId }) => systemId === id);
    const took = Date.parse(since) - change.at;
    const isProven = link === 'In step' && change.patient !== null && took >= 0;
    const verifiedAfter = before?.verifiedAfter ?? (isProven ? took : null);
    if (before?.link === link && before.verifiedAfter === verifiedAfter) return;
    const after: TabAfter = { systemId: id, title, link, verifiedAfter };
    const tabs = before ? change.tabs.map((one) => (one === before ? after : one)) : [...change.tabs, after];
    this.#changes = this.#changes.with(index, { ...change, tabs });
  }

  /** What was held is not made. */
  #forgo(outcome: 'cancelled' | 'overtaken'): void {
    this.#add({ ...NOT_COMMITTED, asker: this.#asker ?? { kind: 'unknown' }, outcome, held: this.#held });
    this.#held = null;
    this.#asker = null;
  }

  #add(change: Omit<Change, 'number' | 'at' | 'tabs'>): void {
    const { systems, answer } = change.held ?? {};
    const held = systems && answer !== undefined ? { systems, answer } : null;
    const added: Change = { ...change, held, number: ++this.#count, at: this.now(), tabs: [] };
    this.#changes = [added, ...this.#changes].slice(0, MOST_CHANGES);
  }
}

const NOT_COMMITTED = { epoch: null, patient: null } as const;

function isSame(one: AuditedPatient | null, other: AuditedPatient | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
