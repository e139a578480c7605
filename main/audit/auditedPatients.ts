/** Which patients a record is about: for the renderings, and for whoever looks for a patient in the trail. */
import type { AuditedIdentifier, AuditedPatient, AuditEvent } from '../domain/audit.js';

export interface InvolvedPatient {
  readonly patient: AuditedPatient;
  readonly role: 'patient' | 'previous patient';
}

/** The one whom it is mainly about comes first. */
export function involvedPatients(event: AuditEvent): readonly InvolvedPatient[] {
  const as = (role: InvolvedPatient['role'], patient: AuditedPatient | null): readonly InvolvedPatient[] =>
    patient === null ? [] : [{ patient, role }];
  if ('patient' in event) {
    const previous = event.type === 'patient.chosen' ? event.previous : null;
    return [...as('patient', event.patient), ...as('previous patient', previous)];
  }
  if (event.type === 'support.unmasked') return event.patients.flatMap((patient) => as('patient', patient));
  if (event.type === 'system.displayed') {
    const { nhsNumber, localNumber } = event.shown;
    if (nhsNumber === undefined && localNumber === undefined) return [];
    return as('patient', { nhsNumber: nhsNumber ?? null, identifiers: localNumber ? [localNumber] : [] });
  }
  if (event.type === 'audit.viewed' || event.type === 'audit.exported')
    return as('patient', event.filter.patient === undefined ? null : patientOf(event.filter.patient));
  return [];
}

const keyOf = ({ authority, value }: AuditedIdentifier): string => `${authority}|${value}`;

/** How the trail is asked for a patient: the NHS number, or "authority|value"; null: nobody knows any number. */
export function patientKey({ nhsNumber, identifiers }: AuditedPatient): string | null {
  const [first] = identifiers;
  return nhsNumber ?? (first === undefined ? null : keyOf(first));
}

/** Other keys of the same patient, each with the one that it stands for. */
export function patientAliases(patient: AuditedPatient): readonly (readonly [alias: string, key: string])[] {
  const key = patientKey(patient);
  return key === null
    ? []
    : patient.identifiers.flatMap((identifier) =>
        keyOf(identifier) === key ? [] : [[keyOf(identifier), key] as const],
      );
}

function patientOf(key: string): AuditedPatient {
  const at = key.indexOf('|');
  return at < 0
    ? { nhsNumber: key, identifiers: [] }
    : { nhsNumber: null, identifiers: [{ authority: key.slice(0, at), value: key.slice(at + 1) }] };
}
