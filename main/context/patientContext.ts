/**
 * The chosen patient: the one place where it changes. Propose, ask those who take part, record, commit with a new epoch,
 * tell every tab.
 *
 * The newest choice always wins: after each await the request compares its number with the latest one.
 */
import type { Patient } from '../../preload/contract.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';
import { auditedPatient } from './auditedPatient.js';
import type { AskedBy, BreakGlass } from './breakGlass.js';
import type { ChangeSurvey } from './survey.js';

/** Where chosen patients come from; patients/ is the real one. */
export interface KnownPatients {
  /** A patient of the latest search, as the record stands now. Throws LanyardError('unknown-patient'). */
  get(patientId: string): Promise<Patient>;
}

/** How the systems that objected follow. */
export interface Following {
  /** They go, and their unsaved work is given up. */
  readonly discard: ReadonlySet<string>;
  /** They stay with the patient before. */
  readonly breakLink: ReadonlySet<string>;
  /** This one shows the patient already, and led the way. */
  readonly leader: string | null;
}

/** Who follows the patient; the workspace's tabs. */
export interface PatientFollower {
  /** Must cover what it shows before it returns. */
  follow(patient: Patient | null, epoch: number, how: Following): void;
}

/** A change that has its place in the order, whoever asks for it. */
export interface PatientChange {
  /**
   * Resolves with false when it was cancelled, or a newer one came. Until then nothing has changed.
   * @param proposal by which the context hub knows it: whoever proposed it is not asked
   */
  agree(patient: Patient | null, proposal?: number): Promise<boolean>;
  /** After `agree`, in the same turn. @returns false: a newer change came meanwhile */
  commit(patient: Patient | null): boolean;
}

export type AsksBeforeChange = Pick<ChangeSurvey, 'begin' | 'giveUp'>;
export type AsksForReason = Pick<BreakGlass, 'admit' | 'giveUp'>;

const SIMPLY: Following = { discard: new Set(), breakLink: new Set(), leader: null };

export class PatientContext {
  #patient: Patient | null = null;
  #epoch = 0;
  #request = 0;
  #isHeld = false;

  constructor(
    private readonly known: KnownPatients,
    private readonly audit: AuditPort,
    private readonly follower: PatientFollower,
    private readonly survey: AsksBeforeChange,
    /** SECURITY(break-glass): every way to a patient leads past it. */
    private readonly glass: AsksForReason,
    /** A change that waited for the clinician failed: nobody else hears of it. */
    private readonly failed: (error: unknown) => void,
  ) {}

  get current(): { readonly patient: Patient | null; readonly epoch: number } {
    return { patient: this.#patient, epoch: this.#epoch };
  }

  /**
   * Resolves when the patient is chosen, or when the clinician is asked: for a reason, or because somebody objects.
   * Audit first, then move: a patient is never shown without a record of who asked.
   */
  async select(patientId: string): Promise<void> {
    const request = this.#take();
    const patient = await this.known.get(patientId);
    if (request === this.#request) await this.#propose(request, patient, null);
  }

  /** The same for somebody who is known already. @param leader the system that shows this patient and leads */
  async lead(patient: Patient, leader: string): Promise<void> {
    await this.#propose(this.#take(), patient, leader);
  }

  async close(): Promise<void> {
    const request = this.#take();
    if (this.#patient !== null) await this.#propose(request, null, null);
  }

  /**
   * A change takes its place in the order now; it is known later which patient it is about.
   * @param leader the system whose page has changed by itself
   */
  reserve(leader: string | null = null): PatientChange {
    const request = this.#take();
    let how = SIMPLY;
    return {
      agree: async (patient, proposal) => {
        if (request !== this.#request || this.#isHeld) return false;
        const { admitted } = this.glass.admit(patient, leader === null ? 'program' : { systemId: leader });
        if (!(await admitted) || request !== this.#request) return false;
        const { agreement } = await this.survey.begin(patient, leader, proposal);
        const decided = await agreement;
        if (decided.outcome === 'cancelled' || request !== this.#request) return false;
        how = { ...decided, leader };
        return true;
      },
      commit: (patient) => this.#commitNewest(request, patient, how),
    };
  }

  /**
   * While the session is locked nobody is brought anywhere, whoever asks: the clinician comes back to the patient they
   * left. What is being asked is given up.
   */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#take();
  }

  /** The clinician leaves: whoever follows is ended by others, so nobody is brought anywhere. */
  end(): void {
    this.#take();
    if (this.#patient === null) return;
    const closed = auditedPatient(this.#patient);
    this.#patient = null;
    this.#epoch += 1;
    this.audit.record({ type: 'patient.closed', patient: closed, epoch: this.#epoch });
  }

  #take(): number {
    this.#request += 1;
    this.survey.giveUp();
    this.glass.giveUp();
    return this.#request;
  }

  async #propose(request: number, patient: Patient | null, leader: string | null): Promise<void> {
    if (this.#isHeld) throw new LanyardError('locked', 'Lanyard is locked');
    if (patient) checkNumber(patient);
    const by: AskedBy = leader === null ? 'clinician' : { systemId: leader };
    const { asked, admitted } = this.glass.admit(patient, by);
    if (!asked) {
      await this.#survey(request, patient, leader);
      return;
    }
    // Whoever asked for the change is not kept waiting while the clinician thinks.
    void admitted
      .then(async (isAdmitted) => {
        if (isAdmitted && request === this.#request) await this.#survey(request, patient, leader);
      })
      .catch(this.failed);
  }

  async #survey(request: number, patient: Patient | null, leader: string | null): Promise<void> {
    const { asked, agreement } = await this.survey.begin(patient, leader);
    const decided = agreement.then((agreed) => {
      if (agreed.outcome === 'agreed') this.#commitNewest(request, patient, { ...agreed, leader });
    });
    // As above.
    if (asked) void decided.catch(this.failed);
    else await decided;
  }

  /** @returns false: a newer change came meanwhile */
  #commitNewest(request: number, patient: Patient | null, how: Following): boolean {
    if (request !== this.#request) return false;
    if (patient) this.#choose(patient, how);
    else this.#close(how);
    return true;
  }

  #choose(patient: Patient, how: Following): void {
    checkNumber(patient);
    this.audit.record({
      type: 'patient.chosen',
      patient: auditedPatient(patient),
      epoch: this.#epoch + 1,
      previous: this.#patient && auditedPatient(this.#patient),
    });
    this.#commit(patient, how);
  }

  #close(how: Following): void {
    if (this.#patient === null) return;
    const closed = auditedPatient(this.#patient);
    this.#commit(null, how); // what is on the screen goes first: closing may not fail
    this.audit.record({ type: 'patient.closed', patient: closed, epoch: this.#epoch });
  }

  #commit(patient: Patient | null, how: Following): void {
    this.#patient = patient;
    this.#epoch += 1;
    this.follower.follow(patient, this.#epoch, how);
  }
}

function checkNumber({ nhsNumber }: Patient): void {
  if (nhsNumber !== null && !isValidNhsNumber(nhsNumber))
    throw new LanyardError('unknown-patient', "This record's NHS number fails its check digit. Call IT support");
}
