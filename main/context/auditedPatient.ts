/** What the audit trail keeps of a patient and of what a page showed: numbers, never more than was really read. */
import type { Patient } from '../../preload/contract.js';
import type { AuditedPatient, ShownIdentity } from '../domain/audit.js';
import { findDate } from '../domain/dateFormat.js';
import { normaliseLocalNumber, type NumberAuthority } from '../domain/localNumber.js';
import { readNhsNumber } from '../domain/nhsNumber.js';
import type { ShownPlace } from '../domain/shownIdentity.js';

export function auditedPatient({ nhsNumber, identifiers }: Patient): AuditedPatient {
  return { nhsNumber, identifiers: identifiers.map(({ authority, value }) => ({ authority, value })) };
}

/** The first readable text of each item. */
export function auditedShown(places: readonly ShownPlace[], authorities: readonly NumberAuthority[]): ShownIdentity {
  const nhsNumber = first(places, 'nhsNumber', ({ text }) => readNhsNumber(text));
  const localNumber = first(places, 'localNumber', ({ text, place: { authority } }) => {
    const value = normaliseLocalNumber(
      text,
      authorities.find((known) => known.authority === authority),
    );
    return value === null || authority === undefined ? null : { authority, value };
  });
  const dateOfBirth = first(places, 'dateOfBirth', ({ text, place: { format } }) => findDate(text, format));
  const name = first(places, 'name', ({ text }) => text.slice(0, 200));
  return {
    ...(nhsNumber !== null && { nhsNumber }),
    ...(localNumber !== null && { localNumber }),
    ...(dateOfBirth !== null && { dateOfBirth }),
    ...(name !== null && { name }),
  };
}

function first<T>(
  places: readonly ShownPlace[],
  field: ShownPlace['field'],
  read: (found: { text: string; place: ShownPlace }) => T | null,
): T | null {
  for (const place of places) {
    if (place.field !== field) continue;
    for (const text of place.texts) {
      const value = read({ text, place });
      if (value !== null) return value;
    }
  }
  return null;
}
