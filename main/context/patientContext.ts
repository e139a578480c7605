/**
 * The chosen patient: the one place where it changes. Check, record, commit with a new epoch, tell every tab.
 *
 * The newest choice always wins: after each await the request compares its number with the latest one.
 */
import type { Patient } from '../../preload/contract.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';
import { auditedPatient } from './auditedPatient.js';

/** Where chosen patients come from; patients/ is the real one. */
export interface KnownPatients {
  /** A patient of the latest search, as the record stands now. Throws LanyardError('unknown-patient'). */
  get(patientId: string): Promise<Patient>;
}

/** Who follows the patient; the workspace's tabs. */
export interface PatientFollower {
  /** Must cover what it shows before it returns. */
  follow(patient: Patient | null, epoch: number): void;
}

export class PatientContext {
  #patient: Patient | null = null;
  #epoch = 0;
  #request = 0;

  constructor(
    private readonly known: KnownPatients,
    private readonly audit: AuditPort,
    private readonly follower: PatientFollower,
  ) {}

  get current(): { readonly patient: Patient | null; readonly epoch: number } {
    return { patient: this.#patient, epoch: this.#epoch };
  }

  /** Audit first, then move: a patient is never shown without a record of who asked. */
  async select(patientId: string): Promise<void> {
    const commit = this.reserve();
    commit(await this.known.get(patientId));
  }

  /**
   * A change takes its place in the order now, whoever asks for it.
   * @returns how to commit it once the patient is known, as `select` does; false: a newer change came meanwhile
   */
  reserve(): (patient: Patient) => boolean {
    const request = ++this.#request;
    return (patient) => {
      if (request !== this.#request) return false;
      this.#choose(patient);
      return true;
    };
  }

  #choose(patient: Patient): void {
    if (patient.nhsNumber !== null && !isValidNhsNumber(patient.nhsNumber))
      throw new LanyardError('unknown-patient', "This record's NHS number fails its check digit. Call IT support");
    this.audit.record({
      type: 'patient.chosen',
      patient: auditedPatient(patient),
      epoch: this.#epoch + 1,
      previous: this.#patient && auditedPatient(this.#patient),
    });
    this.#commit(patient);
  }

  close(): void {
    this.#request += 1;
    if (this.#patient === null) return;
    const closed = auditedPatient(this.#patient);
    this.#commit(null); // what is on the screen goes first: closing may not fail
    this.audit.record({ type: 'patient.closed', patient: closed, epoch: this.#epoch });
  }

  /** The clinician leaves: whoever follows is ended by others, so nobody is brought anywhere. */
  end(): void {
    this.#request += 1;
    if (this.#patient === null) return;
    const closed = auditedPatient(this.#patient);
    this.#patient = null;
    this.#epoch += 1;
    this.audit.record({ type: 'patient.closed', patient: closed, epoch: this.#epoch });
  }

  #commit(patient: Patient | null): void {
    this.#patient = patient;
    this.#epoch += 1;
    this.follower.follow(patient, this.#epoch);
  }
}
