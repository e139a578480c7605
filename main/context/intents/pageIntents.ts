/** What pages ask for over their live channels, as intents: by the intents' own names, with numbers and nothing else. */
import { z } from 'zod';
import { IntentName } from '../../../preload/contract.js';
import { isAccessionNumber, isPlainNumber, isStudyUid } from '../../domain/beside.js';
import { LanyardError } from '../../domain/errors.js';
import type { MeantContext } from '../live/contexts.js';
import type { IntentAnswer, RaisedIntent } from './intent.js';

/** Of SMART Web Messaging's ui.launchActivity, whose activityType is the intent's name. */
const Parameters = z.object({
  studyInstanceUid: z.string().refine(isStudyUid).optional(),
  accessionNumber: z.string().refine(isAccessionNumber).optional(),
  orderNumber: z.string().refine(isPlainNumber).optional(),
});

/** @throws LanyardError('bad-request') with a sentence for whoever develops the page */
export function intentOfFdc3(from: string, name: string, { patient, study }: MeantContext): RaisedIntent {
  if (study !== null && !isStudyUid(study)) throw unreadable();
  return {
    name: intentNamed(name),
    from,
    patient,
    ...(study !== null && { study: { studyInstanceUid: study, accessionNumber: null } }),
  };
}

/** The launch has said who the patient is. @throws LanyardError('bad-request') */
export function intentOfActivity(
  from: string,
  activity: string,
  written: Readonly<Record<string, unknown>>,
): RaisedIntent {
  const name = intentNamed(activity);
  const parameters = Parameters.safeParse(written);
  if (!parameters.success) throw unreadable();
  const { studyInstanceUid = null, accessionNumber = null, orderNumber } = parameters.data;
  const hasStudy = studyInstanceUid !== null || accessionNumber !== null;
  return {
    name,
    from,
    patient: null,
    ...(hasStudy && { study: { studyInstanceUid, accessionNumber } }),
    ...(orderNumber !== undefined && { order: orderNumber }),
  };
}

/** @throws LanyardError with the sentence of a refusal */
export async function whenOpened(answer: Promise<IntentAnswer>): Promise<void> {
  const given = await answer;
  if (given.outcome === 'refused') throw new LanyardError('bad-request', given.sentence);
  if (given.outcome === 'cancelled') throw new LanyardError('bad-request', 'The clinician chose no system');
}

function intentNamed(name: string): IntentName {
  const known = IntentName.safeParse(name);
  if (!known.success) throw new LanyardError('bad-request', 'Nothing here opens that');
  return known.data;
}

function unreadable(): LanyardError {
  return new LanyardError('bad-request', 'The numbers of what is wanted cannot be read');
}
