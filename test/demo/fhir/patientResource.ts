/** A demo patient as a FHIR R4 Patient, as a trust's patient index would give it. */
import type { HumanName, Identifier, Patient } from '@medplum/fhirtypes';
import {
  type DemoPatient,
  LOCAL_NUMBER_SYSTEM,
  NHS_NUMBER_SYSTEM,
  patientByLocalNumber,
  population,
  RESTRICTED_LABEL,
} from '../population.js';

export function patientResource(patient: DemoPatient): Patient {
  const survivor = patient.replacedBy === null ? undefined : patientByLocalNumber(patient.replacedBy);
  const replaced = population.filter(({ replacedBy }) => replacedBy === patient.localNumber);
  const links = [
    ...(survivor ? [{ other: referenceTo(survivor), type: 'replaced-by' as const }] : []),
    ...replaced.map((other) => ({ other: referenceTo(other), type: 'replaces' as const })),
  ];
  return {
    resourceType: 'Patient',
    id: patient.id,
    meta: {
      versionId: '1',
      lastUpdated: lastUpdated(patient),
      ...(patient.isRestricted && { security: [RESTRICTED_LABEL] }),
    },
    active: survivor === undefined,
    identifier: identifiers(patient),
    name: names(patient),
    gender: patient.gender,
    birthDate: patient.birthDate,
    ...(patient.deceased && deceasedElement(patient.deceased)),
    ...(links.length > 0 && { link: links }),
  };
}

function referenceTo(patient: DemoPatient) {
  return { reference: `Patient/${patient.id}` };
}

function identifiers(patient: DemoPatient): Identifier[] {
  return [
    ...(patient.nhsNumber === null
      ? []
      : [{ use: 'official' as const, system: NHS_NUMBER_SYSTEM, value: patient.nhsNumber }]),
    { use: 'usual', system: LOCAL_NUMBER_SYSTEM, value: patient.localNumber },
    ...patient.formerLocalNumbers.map((value) => ({ use: 'old' as const, system: LOCAL_NUMBER_SYSTEM, value })),
  ];
}

function names({ family, given, prefix, preferred, formerFamily }: DemoPatient): HumanName[] {
  return [
    { use: 'official', family, given: [...given], ...(prefix !== null && { prefix: [prefix] }) },
    ...(preferred === null ? [] : [{ use: 'nickname' as const, given: [preferred] }]),
    ...(formerFamily === null ? [] : [{ use: 'maiden' as const, family: formerFamily, given: [...given] }]),
  ];
}

function deceasedElement({
  date,
}: {
  readonly date: string | null;
}): Pick<Patient, 'deceasedBoolean' | 'deceasedDateTime'> {
  return date === null ? { deceasedBoolean: true } : { deceasedDateTime: date };
}

/** A few minutes apart, always the same: the later half of the local number, as minutes after the index was filled. */
function lastUpdated({ localNumber }: DemoPatient): string {
  const minutes = Number(localNumber.slice(-3));
  return new Date(Date.UTC(2026, 10, 20, 6, minutes)).toISOString();
}
