/**
 * By which of its launches a system is brought to the patient, given what is open beside them: by an errand of its own (an
 * intent's launch), to the study, to the encounter, in this order; a system that declares none of it goes to the patient.
 */
import type { LaunchRule, SameLaunch } from '../connectors/connector.js';
import type { WantedBeside } from '../domain/addressTemplate.js';
import type { Beside } from '../domain/beside.js';

/** What one system alone is to open, until something else is wanted of it. */
export interface Errand {
  /** Null: as it is brought to the study, the encounter, the patient. */
  readonly launch: LaunchRule | null;
  readonly order: string | null;
}

/** One value, never changed: something else that is wanted is another value. */
export interface Wanted {
  readonly beside: Beside;
  readonly errand: Errand | null;
}

export const NOTHING_WANTED: Wanted = { beside: { study: null, encounter: null }, errand: null };

interface ContextOfSystem {
  readonly launch: LaunchRule;
  readonly study?: LaunchRule | SameLaunch | undefined;
  readonly encounter?: LaunchRule | undefined;
}

export interface ChosenLaunch {
  readonly rule: LaunchRule;
  /** Present: the launch is made for this. */
  readonly beside?: WantedBeside | undefined;
}

export function chosenLaunch({ launch, study, encounter }: ContextOfSystem, { beside, errand }: Wanted): ChosenLaunch {
  const wanted = { ...beside, order: errand?.order ?? null };
  if (errand?.launch) return { rule: errand.launch, beside: wanted };
  if (beside.study && study !== undefined)
    return { rule: study.kind === 'same-launch' ? launch : study, beside: wanted };
  if (beside.encounter && encounter !== undefined) return { rule: encounter, beside: { ...wanted, study: null } };
  return { rule: launch };
}

/** The system would be asked for something else. */
export function isOtherLaunch(context: ContextOfSystem, one: Wanted, other: Wanted): boolean {
  return JSON.stringify(chosenLaunch(context, one)) !== JSON.stringify(chosenLaunch(context, other));
}
