/**
 * A restricted record opens after a reason: nothing moves before it is given, and the audit line is on disk before the
 * record opens. Whoever asks for the patient, a person, a page or another program, meets the same question; it is answered
 * in the shell alone. The privacy officer's alert names the audit line and nobody else.
 */
import type { BreakGlassAnswer, BreakGlassQuestion, Patient, Role } from '../../preload/contract.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { type RestrictedRecords, restrictionsOf } from '../domain/recordAccess.js';
import { auditedPatient } from './auditedPatient.js';

export interface BreakGlassParts {
  /** null: no record is restricted. */
  readonly restricted: RestrictedRecords | null;
  readonly roles: readonly Role[];
  readonly audit: AuditPort;
  readonly newId: () => string;
  readonly titleOf: (systemId: string) => string;
  /** The question is another one now, or none. */
  readonly changed: () => void;
}

/** Who wants the patient: the clinician, a system's page (its id), or another program. */
export type AskedBy = 'clinician' | 'program' | { readonly systemId: string };

export interface Admission {
  /** The clinician has to decide, now or later. */
  readonly asked: boolean;
  /** false: the record stays closed, or something newer came. */
  readonly admitted: Promise<boolean>;
}

/** Characters of the clinician's own words. */
const WORDS = { least: 10, most: 500 } as const;

const AT_ONCE: Admission = { asked: false, admitted: Promise.resolve(true) };

interface Opened {
  /** By which the alert names the audit line. */
  readonly reference: string;
  readonly patient: Patient;
}

export class BreakGlass {
  #question: BreakGlassQuestion | null = null;
  #settle: (admitted: boolean) => void = () => undefined;
  /** By the record's id: in this session nobody is asked twice. */
  readonly #opened = new Map<string, Opened>();

  constructor(private readonly parts: BreakGlassParts) {}

  /** What the clinician is asked; null: nothing. */
  get question(): BreakGlassQuestion | null {
    return this.#question;
  }

  /** What would be asked about: for the list of patients, so that nobody is surprised. */
  restrictionsOf(patient: Patient): string[] {
    const { restricted, roles } = this.parts;
    return restricted === null || this.#opened.has(patient.id) ? [] : restrictionsOf(patient, roles, restricted);
  }

  /**
   * One at a time: the one before is given up.
   * @throws LanyardError 'forbidden' where the trust lets nobody give a reason · 'audit-unavailable'
   */
  admit(patient: Patient | null, by: AskedBy): Admission {
    this.giveUp();
    const { restricted, audit, newId, changed } = this.parts;
    const restrictions = patient === null ? [] : this.restrictionsOf(patient);
    if (patient === null || restricted === null || restrictions.length === 0) return AT_ONCE;
    const asked = auditedPatient(patient);
    if (restricted.reasons.length === 0) {
      audit.record({ type: 'breakGlass.refused', patient: asked, restrictions });
      throw new LanyardError(
        'forbidden',
        `${restrictions.join(', ')}: your role does not open it. Ask whoever is responsible for the patient`,
      );
    }
    audit.record({ type: 'breakGlass.asked', patient: asked, restrictions });
    const admitted = new Promise<boolean>((resolve) => (this.#settle = resolve));
    this.#question = { id: newId(), patient, restrictions, reasons: [...restricted.reasons], from: this.#nameOf(by) };
    changed();
    return { asked: true, admitted };
  }

  /**
   * An answer to an older question does nothing.
   * @param answer null: the record stays closed
   * @throws LanyardError 'bad-request' for a reason that is not offered or words that are too few · 'audit-unavailable':
   *   the question stays
   */
  answer(id: string, answer: BreakGlassAnswer | null): void {
    const question = this.#question;
    if (question?.id !== id) return;
    const { audit, newId } = this.parts;
    const patient = auditedPatient(question.patient);
    if (answer === null) {
      this.#end(false); // first: staying closed may not fail
      audit.record({ type: 'breakGlass.declined', patient });
      return;
    }
    const words = answer.words.trim();
    if (!question.reasons.includes(answer.reason)) throw new LanyardError('bad-request', 'Choose one of the reasons');
    if (words.length < WORDS.least || words.length > WORDS.most)
      throw new LanyardError('bad-request', `Say why in ${WORDS.least} to ${WORDS.most} characters`);
    const reference = newId();
    const { restrictions } = question;
    audit.record({ type: 'breakGlass.opened', reference, patient, restrictions, reason: answer.reason, words });
    audit.record({ type: 'privacy.alerted', reference });
    this.#opened.set(question.patient.id, { reference, patient: question.patient });
    this.#end(true);
  }

  /** Whatever is being asked is not wanted any more. */
  giveUp(): void {
    if (this.#question) this.#end(false);
  }

  /** The session ends, and with it what was opened. */
  end(): void {
    this.giveUp();
    for (const { reference, patient } of this.#opened.values())
      this.parts.audit.record({ type: 'breakGlass.ended', reference, patient: auditedPatient(patient) });
    this.#opened.clear();
  }

  #nameOf(by: AskedBy): string | null {
    if (by === 'clinician') return null;
    return by === 'program' ? 'Another program' : this.parts.titleOf(by.systemId);
  }

  #end(admitted: boolean): void {
    this.#question = null;
    this.#settle(admitted);
    this.parts.changed();
  }
}
