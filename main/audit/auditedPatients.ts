/** Which patients a record is about: for the renderings, and for whoever looks for a patient in the trail. */
import type { AuditedIdentifier, AuditedPatient, AuditEvent } from '../domain/audit.js';

export interface InvolvedPatient {
  readonly patient: AuditedPatient;
  readonly role: 'patient' | 'previous patient';
}

/** The one whom it is mainly about comes first. */
export function involvedPatients(event: AuditEvent): readonly InvolvedPatient[] {
  const one = (patient: AuditedPatient | null): readonly InvolvedPatient[] =>
    patient === null ? [] : [{ patient, role: 'patient' }];
  switch (event.type) {
    case 'patient.chosen':
      return [
        { patient: event.patient, role: 'patient' },
        ...(event.previous === null ? [] : [{ patient: event.previous, role: 'previous patient' } as const]),
      ];
    case 'patient.closed':
    case 'patient.changeHeld':
    case 'breakGlass.refused':
    case 'breakGlass.asked':
    case 'breakGlass.declined':
    case 'breakGlass.opened':
    case 'breakGlass.ended':
    case 'link.broken':
    case 'link.rejoined':
    case 'beside.opened':
    case 'beside.closed':
    case 'intent.raised':
    case 'signOn.tokenIssued':
      return one(event.patient);
    case 'support.unmasked':
      return event.patients.flatMap((patient) => one(patient));
    case 'system.displayed': {
      const { nhsNumber, localNumber } = event.shown;
      if (nhsNumber === undefined && localNumber === undefined) return [];
      return one({ nhsNumber: nhsNumber ?? null, identifiers: localNumber ? [localNumber] : [] });
    }
    case 'audit.viewed':
    case 'audit.exported':
      return one(event.filter.patient === undefined ? null : patientOf(event.filter.patient));
    default:
      return [];
  }
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
