/**
 * Before the patient changes everybody who takes part is asked: is there unsaved work, does anybody not answer? Nobody
 * objects: the change goes on at once. Somebody does: the clinician decides, nothing has moved meanwhile, and the question
 * goes away by itself as soon as nobody objects any more. Semantics: HL7 CCOW, "context change transaction".
 */
import type { ChangeAnswer, ChangeQuestion, Patient } from '../../preload/contract.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { auditedPatient } from './auditedPatient.js';
import type { Clock } from './clock.js';

/** unsaved: leaving the page would lose work · busy: it does not answer, so nobody knows. */
export type SurveyAnswer = 'ready' | 'unsaved' | 'busy';

/**
 * Another program, which shows its patient outside of Lanyard, objects. It cannot be kept with the patient before, nor be
 * waited for without end: whoever goes on tells it like everybody else.
 */
export interface ProgramObjection {
  /** No system's id. */
  readonly systemId: string;
  readonly title: string;
  /** refused: it said so · silent: it did not answer in time. */
  readonly kind: 'refused' | 'silent';
  /** Its own words, fit to be shown. */
  readonly reason?: string;
}

export interface Participant {
  readonly systemId: string;
  readonly title: string;
  /** Within its own deadline. Never rejects but for defects. */
  readonly survey: () => Promise<SurveyAnswer>;
}

export type Agreement =
  | {
      readonly outcome: 'agreed';
      /** Systems whose unsaved work is given up. */
      readonly discard: ReadonlySet<string>;
      /** Systems that stay where they are. */
      readonly breakLink: ReadonlySet<string>;
    }
  | { readonly outcome: 'cancelled' };

export interface Surveyed {
  /** The clinician has to decide, now or later. */
  readonly asked: boolean;
  readonly agreement: Promise<Agreement>;
}

export interface SurveyParts {
  /** Everybody who follows the shared patient now. */
  readonly participants: () => readonly Participant[];
  /** Other programs that want to be asked, but for the one whose proposal this is. Within its own deadline. */
  readonly programs?: (patient: Patient | null, proposal: number | null) => Promise<readonly ProgramObjection[]>;
  /** Two patients at most: whoever stays behind must not be the third. */
  readonly mayBreakLink: () => boolean;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The question is another one now, or none. */
  readonly changed: () => void;
  readonly report: (error: unknown) => void;
}

/** So often those who objected are asked again, in milliseconds: a block that ends is noticed within a second. */
const ASK_AGAIN = 700;
const NOBODY: ReadonlySet<string> = new Set();
const FREE = { outcome: 'agreed', discard: NOBODY, breakLink: NOBODY } as const satisfies Agreement;
const CANCELLED: Agreement = { outcome: 'cancelled' };

interface Running {
  readonly patient: Patient | null;
  readonly leader: string | null;
  readonly proposal: number | null;
  settle: (agreement: Agreement) => void;
  isOver: boolean;
  stop: () => void;
}

export class ChangeSurvey {
  #running: Running | null = null;
  #question: ChangeQuestion | null = null;

  constructor(private readonly parts: SurveyParts) {}

  /** What the clinician has to decide; null: nothing. */
  get question(): ChangeQuestion | null {
    return this.#question;
  }

  /**
   * Asks everybody. One change at a time: the one before is given up.
   * @param patient null: the patient is to be closed
   * @param leader the system that shows this patient already: it is not led anywhere, so it is not asked
   * @param proposal by which the context hub knows a change that another program asks for
   * @throws LanyardError('audit-unavailable') when somebody objects and that cannot be recorded
   */
  async begin(patient: Patient | null, leader: string | null, proposal: number | null = null): Promise<Surveyed> {
    this.giveUp();
    let settle: Running['settle'] = () => undefined;
    const agreement = new Promise<Agreement>((resolve) => (settle = resolve));
    const running: Running = { patient, leader, proposal, settle, isOver: false, stop: () => undefined };
    this.#running = running;
    const objections = await this.#objections(running);
    if (running.isOver) return { asked: false, agreement };
    if (objections.length === 0) {
      this.#end(running, FREE);
      return { asked: false, agreement };
    }
    try {
      this.#ask(running, objections);
    } catch (error) {
      this.#end(running, CANCELLED);
      throw error;
    }
    this.#askAgain(running);
    return { asked: true, agreement };
  }

  /** @throws LanyardError('bad-request') for an answer that is not offered; an answer to an older question does nothing */
  answer(id: string, answer: ChangeAnswer): void {
    const [running, question] = [this.#running, this.#question];
    if (!running || question?.id !== id) return;
    const systems = question.objections.map(({ systemId }) => systemId);
    if ((answer === 'continue' && !question.mayContinue) || (answer === 'break-link' && !question.mayBreakLink))
      throw new LanyardError('bad-request', 'This cannot be chosen now');
    this.parts.audit.record({ type: 'patient.changeAnswered', answer, systems });
    const ids = new Set(systems);
    if (answer === 'cancel') this.#end(running, CANCELLED);
    else if (answer === 'continue') this.#end(running, { ...FREE, discard: ids });
    else
      this.#end(running, {
        ...FREE,
        breakLink: new Set(question.objections.filter(isOfTab).map(({ systemId }) => systemId)),
      });
  }

  /** Whatever is being asked is not wanted any more. */
  giveUp(): void {
    if (this.#running) this.#end(this.#running, CANCELLED);
  }

  async #objections({ patient, leader, proposal }: Running): Promise<ChangeQuestion['objections']> {
    const programs = this.parts.programs?.(patient, proposal) ?? [];
    const asked = await Promise.all(
      this.parts
        .participants()
        .filter(({ systemId }) => systemId !== leader)
        .map(async ({ systemId, title, survey }) => ({ systemId, title, kind: await survey() })),
    );
    return [...asked.flatMap(({ kind, ...who }) => (kind === 'ready' ? [] : [{ ...who, kind }])), ...(await programs)];
  }

  #ask(running: Running, objections: ChangeQuestion['objections']): void {
    const known = this.#question?.objections ?? [];
    if (JSON.stringify(known) === JSON.stringify(objections)) return;
    const { audit, newId, changed, mayBreakLink } = this.parts;
    audit.record({
      type: 'patient.changeHeld',
      patient: running.patient && auditedPatient(running.patient),
      systems: objections.map(({ systemId, kind }) => ({ systemId, kind })),
    });
    // Another id with every change: an answer counts only for what stood there.
    this.#question = {
      id: newId(),
      patient: running.patient,
      objections,
      mayContinue: objections.every(({ kind }) => kind !== 'busy'),
      mayBreakLink: objections.some(isOfTab) && mayBreakLink(),
    };
    changed();
  }

  #askAgain(running: Running): void {
    running.stop = this.parts.clock.after(ASK_AGAIN, () => {
      this.#objections(running)
        .then((objections) => {
          if (running.isOver) return;
          if (objections.length === 0) {
            this.#end(running, FREE);
            return;
          }
          this.#ask(running, objections);
          this.#askAgain(running);
        })
        .catch((error: unknown) => {
          if (!(error instanceof LanyardError)) this.parts.report(error);
          if (!running.isOver) this.#askAgain(running);
        });
    });
  }

  #end(running: Running, agreement: Agreement): void {
    running.isOver = true;
    running.stop();
    this.#running = null;
    const wasAsked = this.#question !== null;
    this.#question = null;
    running.settle(agreement);
    if (wasAsked) this.parts.changed();
  }
}

/** Only a page can stay with its patient while Lanyard goes on. */
function isOfTab({ kind }: ChangeQuestion['objections'][number]): boolean {
  return kind === 'unsaved' || kind === 'busy';
}
