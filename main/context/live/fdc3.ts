/**
 * FDC3 for one page: it hears of the patient on the one user channel, and may ask for another patient or for something to
 * be opened. A patient it names is a proposal like any other (leadingPage.ts), only from a page that people see, that is
 * in step and that may lead; what Lanyard said is no proposal. Source: FDC3 2.2; page's side: workspace/pageWorld/fdc3.ts.
 */
import { z } from 'zod';
import type { Patient } from '../../../preload/contract.js';
import { LanyardError } from '../../domain/errors.js';
import type { MeantPatient } from '../hubHost/fhirContext.js';
import { type ChannelParts, ListenedLine, type RefusedReason, type Said } from './channelLimits.js';
import { hearsPatients, isMeant, type MeantContext, patientContext, readContext } from './contexts.js';
import type { FollowsLive, TabOfPage } from './liveChannel.js';

export interface Fdc3Parts extends ChannelParts {
  readonly tab: () => TabOfPage;
  /** FHIR identifier system of each assigning authority. */
  readonly systems: ReadonlyMap<string, string>;
  /** Everybody is to go to this patient; found, asked about and recorded by whoever does it. */
  readonly lead: (meant: MeantPatient) => void;
  /** Opens something for the patient that the page shows. @throws LanyardError with a sentence for the clinician */
  readonly raise: (intent: string, context: MeantContext) => Promise<void>;
}

const id = z.int().min(1);
const Spoken = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('listening'), types: z.array(z.string().max(100).nullable()).max(50) }),
  z.strictObject({ op: z.literal('current'), id, type: z.string().max(100).nullable() }),
  z.strictObject({ op: z.literal('broadcast'), id, context: z.unknown() }),
  z.strictObject({ op: z.literal('raise'), id, intent: z.string().min(1).max(100), context: z.unknown() }),
  z.strictObject({ op: z.literal('too-large') }),
]);

/** FDC3's own names of errors; `why` is a sentence for whoever develops the page. */
interface Refusal {
  /** Null: whoever refused it has recorded it. */
  readonly reason: RefusedReason | null;
  readonly error: 'AccessDenied' | 'MalformedContext' | 'NoAppsFound';
  readonly why: string;
}

export class Fdc3Channel implements FollowsLive {
  readonly #line: ListenedLine;
  /** Its page has asked to hear of patients. */
  #listens = false;

  constructor(private readonly parts: Fdc3Parts) {
    this.#line = new ListenedLine(
      parts,
      (said) => {
        this.#hear(said);
      },
      () => {
        this.#listens = false;
      },
    );
  }

  tell(patient: Patient): boolean {
    const context = patientContext(patient, this.parts.systems);
    if (!this.#listens || !context) return false;
    this.parts.line.send({ op: 'context', context });
    return true;
  }

  end(): void {
    this.#line.end();
  }

  #hear({ message, origin }: Said): void {
    const spoken = Spoken.safeParse(message);
    if (!spoken.success) {
      this.#line.refuse('malformed', origin);
      return;
    }
    const { data } = spoken;
    switch (data.op) {
      case 'listening':
        this.#listens = data.types.some(hearsPatients);
        break;
      case 'current':
        this.parts.line.send({ op: 'reply', id: data.id, value: this.#current(data.type) });
        break;
      case 'broadcast':
        this.#answer(data.id, this.#broadcast(data.context), origin);
        break;
      case 'raise':
        void this.#raise(data.intent, data.context).then((refusal) => {
          this.#answer(data.id, refusal, origin);
        });
        break;
      case 'too-large':
        this.#line.refuse('too-large', origin);
    }
  }

  #current(type: string | null): object | null {
    const { sharedPatient } = this.parts.tab();
    return sharedPatient && hearsPatients(type) ? patientContext(sharedPatient, this.parts.systems) : null;
  }

  #broadcast(context: unknown): Refusal | null {
    const read = readContext(context);
    if (!read) return malformed;
    const tab = this.parts.tab();
    // What is chosen already, or was just said to the page, is nothing new.
    if (tab.sharedPatient && isMeant(tab.sharedPatient, read.patient, this.parts.systems)) return null;
    if (!tab.mayLeadNow)
      return {
        reason: tab.seenPatient ? 'may-not-lead' : 'not-verified',
        error: 'AccessDenied',
        why: 'Only a page that is seen, in step and allowed to lead changes the patient.',
      };
    this.parts.lead(read.patient);
    return null;
  }

  /** Never rejects. */
  async #raise(intent: string, context: unknown): Promise<Refusal | null> {
    const read = readContext(context);
    if (!read) return malformed;
    const { seenPatient } = this.parts.tab();
    if (!seenPatient || !isMeant(seenPatient, read.patient, this.parts.systems))
      return {
        reason: 'not-verified',
        error: 'AccessDenied',
        why: 'Only a page that is seen and in step asks for something, and only for the patient it shows.',
      };
    try {
      await this.parts.raise(intent, read);
      return null;
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      const why = error instanceof LanyardError ? error.message : 'Lanyard could not open it';
      return { reason: null, error: 'NoAppsFound', why };
    }
  }

  #answer(question: number, refusal: Refusal | null, origin: string): void {
    if (refusal?.reason) this.#line.refuse(refusal.reason, origin);
    const answer = refusal ? { error: refusal.error, why: refusal.why } : { value: null };
    this.parts.line.send({ op: 'reply', id: question, ...answer });
  }
}

const malformed: Refusal = {
  reason: 'malformed',
  error: 'MalformedContext',
  why: 'A patient is given by identifiers and birth date, as Lanyard documents it.',
};
