/** A patient as FHIRcast events carry one, both ways. Source: FHIRcast 3.0.0, 3.3.1; FHIR R4 Patient. */
import { z } from 'zod';
import type { Patient } from '../../../preload/contract.js';
import type { AuditedPatient } from '../../domain/audit.js';
import { nhsNumberSystem } from '../../patients/fhirPatient.js';
import { type ContextEntry, resourceOf } from '../hub/message.js';

/** A number with the FHIR system it belongs to. */
export interface NumberOfSystem {
  readonly system: string;
  readonly value: string;
}

/** Who another program means. */
export interface MeantPatient {
  readonly id: string | null;
  readonly numbers: readonly NumberOfSystem[];
  /** YYYY-MM-DD, as the other program has it; it only corroborates. */
  readonly birthDate: string | null;
  /** As the other program has it; only a patient index looks at it. */
  readonly name?: { readonly family: string; readonly given: readonly string[] } | null;
}

/** Why the clinician leaves, or the screen is locked. Source: FHIRcast 3.0.0, 3.2.2 and 3.2.3. */
export type LeavingReason = 'user-initiated' | 'system-timeout' | 'system-initiated';

/** The context of UserLogout and UserHibernate. */
export function leavingContext(reason: LeavingReason): Readonly<Record<string, unknown>>[] {
  const parameter = [{ name: 'code', valueCode: reason }];
  return [{ key: 'parameters', resource: { resourceType: 'Parameters', parameter } }];
}

/** Those of the patient's numbers that have a FHIR system. */
export function numbersOf(patient: AuditedPatient, systems: ReadonlyMap<string, string>): NumberOfSystem[] {
  return [
    ...(patient.nhsNumber === null ? [] : [{ system: nhsNumberSystem, value: patient.nhsNumber }]),
    ...patient.identifiers.flatMap(({ authority, value }) => {
      const system = systems.get(authority);
      return system === undefined ? [] : [{ system, value }];
    }),
  ];
}

/** @param systems FHIR identifier system of each assigning authority */
export function patientResource(patient: Patient, systems: ReadonlyMap<string, string>): Record<string, unknown> {
  const { id, name, birthDate, gender } = patient;
  return {
    resourceType: 'Patient',
    id,
    identifier: numbersOf(patient, systems),
    name: [{ use: 'usual', family: name.family, given: name.given, ...(name.prefix && { prefix: [name.prefix] }) }],
    ...(birthDate !== null && { birthDate }),
    ...(gender !== null && { gender }),
  };
}

const Meant = z.looseObject({
  id: z.string().optional(),
  identifier: z
    .array(z.looseObject({ system: z.string().optional(), value: z.string().optional(), use: z.string().optional() }))
    .default([]),
  birthDate: z.string().optional(),
  name: z
    .array(z.looseObject({ family: z.string().optional(), given: z.array(z.string()).default([]) }))
    .optional()
    .catch(undefined),
});

/** The patient an event names; null where it names none, or not in FHIR's words. */
export function meantPatient(context: readonly ContextEntry[]): MeantPatient | null {
  const parsed = Meant.safeParse(resourceOf(context, 'patient'));
  if (!parsed.success) return null;
  const { id = null, identifier, birthDate = null, name: [name] = [] } = parsed.data;
  const numbers = identifier.flatMap(({ system, value, use }) =>
    system === undefined || value === undefined || use === 'old' ? [] : [{ system, value }],
  );
  return {
    id,
    numbers,
    birthDate,
    ...(name?.family !== undefined && { name: { family: name.family, given: name.given } }),
  };
}
