/**
 * Follows a record that was merged into another to the one that is used now. Source: FHIR R4 Patient.link, `replaced-by`;
 * `refer` and `seealso` name another record and say nothing of this one being replaced.
 *
 * Never a guess: two successors, a circle, a chain without end, or a record on another server are refused with the reason.
 */
import { LanyardError } from '../domain/errors.js';
import type { FhirPatient } from './fhirPatient.js';

/** Records that follow each other; more often nobody is merged. */
const mostSteps = 5;

/**
 * @param read one record by its id; what it rejects with is passed on
 * @param base address of the FHIR server, ending with a slash
 * @returns every record on the way, the surviving one last
 * @throws LanyardError('unknown-patient')
 */
export async function followMerges(
  id: string,
  read: (id: string) => Promise<FhirPatient>,
  base: string,
): Promise<{ readonly former: readonly FhirPatient[]; readonly survivor: FhirPatient }> {
  const former: FhirPatient[] = [];
  for (let next = id; ;) {
    if (former.some((one) => one.id === next)) throw refused('was merged in a circle');
    if (former.length > mostSteps) throw refused('was merged more often than Lanyard follows');
    const record = await read(next);
    if (record.id !== next) throw refused('is answered with another one');
    const successor = successorOf(record, base);
    if (successor === null) return { former, survivor: record };
    former.push(record);
    next = successor;
  }
}

/** Null: the record is in use. */
function successorOf({ link = [] }: FhirPatient, base: string): string | null {
  const references = new Set(link.filter(({ type }) => type === 'replaced-by').map(({ other }) => other.reference));
  if (references.size === 0) return null;
  if (references.size > 1) throw refused('was merged into more than one other');
  const reference = [...references].join('');
  const local = reference.startsWith(base) ? reference.slice(base.length) : reference;
  const id = /^Patient\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]*)?$/.exec(local)?.[1];
  if (id === undefined) throw refused('was merged into another one that is not on this server');
  return id;
}

function refused(what: string): LanyardError {
  return new LanyardError(
    'unknown-patient',
    `This record ${what}. Search for the patient by another number, and tell the records office`,
  );
}
