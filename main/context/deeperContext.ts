/**
 * What is open beside the chosen patient. It belongs to that patient alone: it is kept with the place that the patient's
 * choice has in the order, so with the next choice it is gone in the same turn, and what was asked for before is refused.
 */
import type { Patient } from '../../preload/contract.js';
import type { AuditPort } from '../domain/audit.js';
import { type Beside, type Encounter, type ImagingStudy, isSameEncounter, isSameStudy } from '../domain/beside.js';
import { LanyardError } from '../domain/errors.js';
import { auditedPatient } from './auditedPatient.js';

export type Subject =
  | { readonly kind: 'study'; readonly study: ImagingStudy }
  | { readonly kind: 'encounter'; readonly encounter: Encounter };

export type Asking =
  | { readonly by: 'clinician' }
  | { readonly by: 'page'; readonly systemId: string }
  /** Its own word for itself. */
  | { readonly by: 'program'; readonly name: string };

export interface DeeperPorts {
  readonly audit: AuditPort;
  /** The chosen patient; context/patientContext.ts is the real one. */
  readonly chosen: () => { readonly patient: Patient | null; readonly epoch: number };
  /** Every tab that follows the patient; a new patient is followed without it. */
  readonly follow: (beside: Beside) => void;
  /** Other programs; never called for what one of them asked for. */
  readonly publish: (change: 'open' | 'close', subject: Subject) => void;
  /** For the shell's pages. */
  readonly changed: () => void;
}

const NOTHING: Beside = { study: null, encounter: null };

export class DeeperContext {
  #beside = NOTHING;
  /** Of the patient to whom it belongs. */
  #epoch = -1;
  #patient: Patient | null = null;

  constructor(private readonly ports: DeeperPorts) {}

  // SECURITY(S12): of another choice than the present one nothing is ever open, whoever forgot to say that it changed.
  get current(): Beside {
    return this.ports.chosen().epoch === this.#epoch ? this.#beside : NOTHING;
  }

  /** Another patient, or none, is chosen: to be called in the turn of the commit, before anybody follows. */
  patientChanged(): void {
    const [before, patient, epoch] = [this.#beside, this.#patient, this.#epoch];
    this.#beside = NOTHING;
    this.#patient = null;
    this.#epoch = -1;
    if (!patient) return;
    for (const subject of ['study', 'encounter'] as const)
      if (before[subject]) this.#note(subject, 'patient-changed', patient, epoch);
  }

  /**
   * @param epoch the choice of patient for which it was asked
   * @throws LanyardError('unknown-patient') when that is not the present choice any more, or nobody is chosen;
   *   LanyardError('audit-unavailable') when it cannot be recorded: then nothing has changed
   */
  open(subject: Subject, epoch: number, asking: Asking): void {
    const chosen = this.ports.chosen();
    if (chosen.patient === null || chosen.epoch !== epoch)
      throw new LanyardError('unknown-patient', 'Another patient was chosen meanwhile');
    const { current } = this;
    if (isOpen(current, subject)) return;
    this.ports.audit.record({
      type: 'beside.opened',
      subject: subject.kind,
      numbers: numbersIn(subject),
      by: asking.by,
      systemId: asking.by === 'page' ? asking.systemId : null,
      subscriberName: asking.by === 'program' ? asking.name : null,
      patient: auditedPatient(chosen.patient),
      epoch,
    });
    this.#patient = chosen.patient;
    this.#epoch = epoch;
    this.#set(
      subject.kind === 'study' ? { ...current, study: subject.study } : { ...current, encounter: subject.encounter },
    );
    if (asking.by !== 'program') this.ports.publish('open', subject);
  }

  /** Only what is open is closed; another one that was named is not. @returns whether it was */
  close(subject: Subject, by: 'clinician' | 'program'): boolean {
    const { current } = this;
    if (!isSame(current, subject) || !this.#patient) return false;
    this.#note(subject.kind, by, this.#patient, this.#epoch);
    this.#set(subject.kind === 'study' ? { ...current, study: null } : { ...current, encounter: null });
    if (by === 'clinician') this.ports.publish('close', subject);
    return true;
  }

  /** Closes whatever there is of it. */
  closeOwn(kind: Subject['kind']): void {
    const { study, encounter } = this.current;
    if (kind === 'study' && study) this.close({ kind, study }, 'clinician');
    if (kind === 'encounter' && encounter) this.close({ kind, encounter }, 'clinician');
  }

  #set(beside: Beside): void {
    this.#beside = beside;
    this.ports.follow(beside);
    this.ports.changed();
  }

  /** Closing may not fail. */
  #note(
    subject: Subject['kind'],
    because: 'clinician' | 'program' | 'patient-changed',
    of: Patient,
    epoch: number,
  ): void {
    try {
      this.ports.audit.record({ type: 'beside.closed', subject, because, patient: auditedPatient(of), epoch });
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error; // unhealthy now: everything is covered until it is well
    }
  }
}

function isSame({ study, encounter }: Beside, subject: Subject): boolean {
  return subject.kind === 'study'
    ? study !== null && isSameStudy(study, subject.study)
    : encounter !== null && isSameEncounter(encounter, subject.encounter);
}

/** Nothing new is said of it. */
function isOpen(beside: Beside, subject: Subject): boolean {
  if (!isSame(beside, subject)) return false;
  const [now, wanted] =
    subject.kind === 'study' ? [beside.study, subject.study] : [beside.encounter, subject.encounter];
  return JSON.stringify(now) === JSON.stringify(wanted);
}

function numbersIn(subject: Subject): string[] {
  if (subject.kind === 'encounter') return subject.encounter.numbers.map(({ system, value }) => `${system}|${value}`);
  const { studyInstanceUid, accessionNumber } = subject.study;
  return [studyInstanceUid, accessionNumber].filter((number) => number !== null);
}
