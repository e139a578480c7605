/**
 * Somebody wants to see something of the chosen patient elsewhere: a page ("View images" beside a result), another
 * program, or the clinician in the shell. What a page says of the patient is compared with the chosen one, never believed.
 */
import type { IntentName } from '../../../preload/contract.js';
import type { Encounter, ImagingStudy } from '../../domain/beside.js';
import type { MeantPatient } from '../hubHost/fhirContext.js';

export interface RaisedIntent {
  readonly name: IntentName;
  /** `systems[].id` of the page that asks; null: the clinician, in the shell. */
  readonly from: string | null;
  /** Whom the page means, in its own words; null: it does not say, or it is the shell that asks. */
  readonly patient: MeantPatient | null;
  /** Absent: the patient alone is meant. */
  readonly study?: ImagingStudy | undefined;
  readonly encounter?: Encounter | undefined;
  /** Number of a service request, as the page wrote it: for the macro {orderNumber}. */
  readonly order?: string | undefined;
}

export type IntentAnswer =
  | { readonly outcome: 'opened'; readonly systemId: string }
  /** The clinician chose no system, or another patient came meanwhile. */
  | { readonly outcome: 'cancelled' }
  /** `sentence` is for the clinician: what happened, without a full stop. */
  | { readonly outcome: 'refused'; readonly sentence: string };

/** Never rejects but for defects. */
export interface IntentDesk {
  raise(intent: RaisedIntent): Promise<IntentAnswer>;
}
