/**
 * Somebody opened another patient on a system's own page, and that system may lead: the patient is found by what the page
 * shows, and chosen for everybody, as if the clinician had found them in Lanyard. Where that fails the page stays covered.
 */
import type { Patient } from '../../preload/contract.js';
import type { ShownIdentity } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { nhsNumberSystem } from '../patients/fhirPatient.js';
import type { PatientChange } from './patientContext.js';

export interface LeadingPorts {
  /** Takes a place in the order of changes now; patientContext.ts. */
  readonly reserve: (leader: string) => PatientChange;
  /** The one patient with all these numbers. @throws LanyardError with a sentence for the clinician */
  readonly identify: (meant: {
    readonly id: null;
    readonly numbers: readonly { readonly system: string; readonly value: string }[];
    readonly birthDate: string | null;
  }) => Promise<Patient>;
  /** FHIR identifier system of each assigning authority. */
  readonly systems: ReadonlyMap<string, string>;
  readonly notice: (text: string) => void;
  readonly report: (error: unknown) => void;
}

/** Never rejects. */
export async function followThePage(
  { id, title }: { readonly id: string; readonly title: string },
  { nhsNumber, localNumber, dateOfBirth }: ShownIdentity,
  { reserve, identify, systems, notice, report }: LeadingPorts,
): Promise<void> {
  const change = reserve(id);
  const system = localNumber && systems.get(localNumber.authority);
  const numbers = [
    ...(nhsNumber === undefined ? [] : [{ system: nhsNumberSystem, value: nhsNumber }]),
    ...(localNumber && system !== undefined ? [{ system, value: localNumber.value }] : []),
  ];
  try {
    const patient = await identify({ id: null, numbers, birthDate: dateOfBirth ?? null });
    if (await change.agree(patient)) change.commit(patient);
  } catch (error) {
    if (!(error instanceof LanyardError)) report(error);
    const why = error instanceof LanyardError ? error.message : 'Lanyard could not follow';
    notice(
      `${title} turned to another patient. ${why}. Its page is covered, and Lanyard stays with what is chosen here.`,
    );
  }
}
