/**
 * Somebody opened another patient on a system's own page, and that system may lead: the patient is found by what the page
 * shows, and chosen for everybody, as if the clinician had found them in Lanyard. Where that fails the page stays covered.
 */
import type { ShownIdentity } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { type MeantPatient, numbersOf } from './hubHost/fhirContext.js';
import type { BridgePorts } from './hubHost/hubBridge.js';
import type { PatientChange } from './patientContext.js';

export interface LeadingPorts extends Pick<BridgePorts, 'identify' | 'systems' | 'notice' | 'report'> {
  readonly chosen: {
    /** Takes a place in the order of changes now. */
    reserve(leader: string): PatientChange;
  };
}

interface LeadingSystem {
  readonly id: string;
  readonly title: string;
}

/** To whom its page shows. Never rejects. */
export async function followThePage(
  system: LeadingSystem,
  { nhsNumber, localNumber, dateOfBirth }: ShownIdentity,
  ports: LeadingPorts,
): Promise<void> {
  const shown = { nhsNumber: nhsNumber ?? null, identifiers: localNumber ? [localNumber] : [] };
  const numbers = numbersOf(shown, ports.systems);
  await followThePageTo(system, { id: null, numbers, birthDate: dateOfBirth ?? null }, ports);
}

/** To whom it names over its live channel. Never rejects. */
export async function followThePageTo(
  { id, title }: LeadingSystem,
  meant: MeantPatient,
  { chosen, identify, notice, report }: LeadingPorts,
): Promise<void> {
  const change = chosen.reserve(id);
  try {
    const patient = await identify(meant);
    if (await change.agree(patient)) change.commit(patient);
  } catch (error) {
    if (!(error instanceof LanyardError)) report(error);
    const why = error instanceof LanyardError ? error.message : 'Lanyard could not follow';
    notice(
      `${title} turned to another patient. ${why}. Its page is covered, and Lanyard stays with what is chosen here.`,
    );
  }
}
