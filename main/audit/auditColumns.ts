/** What of a record is looked for by: the columns of the audit server, and of the trail of one computer. */
import { comparable, familyName } from '../domain/auditQuestions.js';
import { involvedPatients, patientAliases, patientKey } from './auditedPatients.js';
import type { AuditRecord } from './record.js';
import { codesOf } from './renderings/codes.js';

export interface AuditColumns {
  readonly type: string;
  /** As DICOM has it: 0, 4, 8, 12. */
  readonly outcome: number;
  readonly user: string | null;
  /** Whom it is mainly about; null: nobody. */
  readonly patient: string | null;
  /** Further patients that it shows something of. */
  readonly mentions: readonly string[];
  readonly aliases: readonly (readonly [alias: string, patient: string])[];
  readonly system: string | null;
  /** Somebody who signed in: what their family name is. */
  readonly person: { readonly user: string; readonly display: string; readonly family: string } | null;
}

export function auditColumns(record: AuditRecord): AuditColumns {
  try {
    return columnsOf(record);
  } catch (error) {
    // Its hash fits, but it lacks what its type should have: of another version, or of somebody who plays tricks.
    if (!(error instanceof TypeError)) throw error;
    const nobody = { patient: null, mentions: [], aliases: [], system: null, person: null };
    return { type: plain(record.event.type), outcome: 4, user: record.user, ...nobody };
  }
}

function columnsOf({ event, user }: AuditRecord): AuditColumns {
  const patients = involvedPatients(event)
    .filter(({ role }) => role === 'patient')
    .map(({ patient }) => patient);
  const keys = patients.map(patientKey).filter((key) => key !== null);
  const { displayName } = event.type === 'session.signedIn' ? event : {};
  const system = 'systemId' in event && typeof event.systemId === 'string' ? event.systemId : null;
  const by = user ?? ('user' in event && typeof event.user === 'string' ? event.user : null);
  return {
    type: plain(event.type),
    outcome: codesOf(event).outcome,
    user: by === null ? null : plain(by),
    patient: keys[0] === undefined ? null : plain(keys[0]),
    mentions: keys.slice(1).map(plain),
    aliases: patients.flatMap((patient) =>
      patientAliases(patient).map(([alias, key]) => [plain(alias), plain(key)] as const),
    ),
    system: system === null ? null : plain(system),
    person:
      displayName === undefined || by === null
        ? null
        : { user: plain(by), display: plain(displayName), family: familyName(displayName) },
  };
}

/** The family names, as compared, of whom a page showed; "" where it showed no name. */
export function shownName(record: AuditRecord): string {
  const { event } = record;
  return event.type === 'system.displayed' ? comparable(event.shown.name ?? '') : '';
}

/** Text that a database can keep, and compare: no NUL, not endless. */
function plain(text: string): string {
  return text.replaceAll('\0', '\uFFFD').slice(0, 300);
}
