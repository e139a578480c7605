/** Patient/$match of the demo's patient index: pure, from the operation's parameters to graded patients. */
import type { Patient } from '@medplum/fhirtypes';
import { type DemoPatient, population } from '../population.js';
import { patientResource } from './patientResource.js';

export interface Match {
  readonly patient: DemoPatient;
  readonly grade: 'certain' | 'probable' | 'possible';
  readonly score: number;
}

interface Parameters {
  readonly parameter?: readonly {
    readonly name?: string;
    readonly resource?: Patient;
    readonly valueBoolean?: boolean;
    readonly valueInteger?: number;
  }[];
}

/**
 * certain: a number, former ones included, and the birth date · probable: a number alone · possible: family name and
 * birth date. Records that were merged into another match too. null: the parameters hold no Patient.
 */
export function matchPatients(body: unknown): readonly Match[] | null {
  const { parameter = [] } = (typeof body === 'object' && body !== null ? body : {}) as Parameters;
  const wanted = parameter.find(({ name }) => name === 'resource')?.resource;
  if (wanted?.resourceType !== 'Patient') return null;
  const isOnlyCertain = parameter.find(({ name }) => name === 'onlyCertainMatches')?.valueBoolean === true;
  const count = parameter.find(({ name }) => name === 'count')?.valueInteger ?? 50;
  return population
    .flatMap((patient) => gradeOf(patient, wanted))
    .filter(({ grade }) => !isOnlyCertain || grade === 'certain')
    .toSorted((one, other) => other.score - one.score)
    .slice(0, count);
}

function gradeOf(patient: DemoPatient, wanted: Patient): Match[] {
  const own = patientResource(patient).identifier ?? [];
  const hasNumber = (wanted.identifier ?? []).some(({ system, value }) =>
    own.some((one) => one.system === system && one.value === value),
  );
  const isBornThen = wanted.birthDate === patient.birthDate;
  const hasName = wanted.name?.some(({ family }) => family?.toUpperCase() === patient.family.toUpperCase()) ?? false;
  if (hasNumber && isBornThen) return [{ patient, grade: 'certain', score: 0.99 }];
  if (hasNumber) return [{ patient, grade: 'probable', score: 0.8 }];
  return hasName && isBornThen ? [{ patient, grade: 'possible', score: 0.5 }] : [];
}
