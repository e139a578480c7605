/**
 * The things of a ward as pages name them over FDC3: a patient, an imaging study. What a page says is read strictly and
 * means somebody only by number and birth date; it is told no name, for numbers are enough to find a record.
 */
import { z } from 'zod';
import type { Patient } from '../../../preload/contract.js';
import { type MeantPatient, numbersOf } from '../hubHost/fhirContext.js';

const PATIENT_TYPE = 'lanyard.patient';
const STUDY_TYPE = 'lanyard.imagingStudy';

/** Identifier system → value; the NHS number's system is https://fhir.nhs.uk/Id/nhs-number. */
const Ids = z
  .record(z.string().min(1).max(200), z.string().min(1).max(100))
  .refine((ids) => Object.keys(ids).length >= 1 && Object.keys(ids).length <= 10);

const PatientContext = z.object({
  type: z.literal(PATIENT_TYPE),
  id: Ids,
  birthDate: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
});
const StudyContext = z.object({
  type: z.literal(STUDY_TYPE),
  /** urn:dicom:uid → StudyInstanceUID */
  id: z.object({ 'urn:dicom:uid': z.string().regex(/^[0-9.]{1,64}$/) }),
  patient: PatientContext,
});

/** What a page means by a context. */
export interface MeantContext {
  readonly patient: MeantPatient;
  /** StudyInstanceUID; null: the patient alone is meant. */
  readonly study: string | null;
}

/** Null where it is none of the two, or not written as documented. */
export function readContext(context: unknown): MeantContext | null {
  const patient = PatientContext.safeParse(context);
  if (patient.success) return { patient: meant(patient.data), study: null };
  const study = StudyContext.safeParse(context);
  return study.success ? { patient: meant(study.data.patient), study: study.data.id['urn:dicom:uid'] } : null;
}

/**
 * @param systems FHIR identifier system of each assigning authority
 * @returns null for a patient who has no number that could be said
 */
export function patientContext(patient: Patient, systems: ReadonlyMap<string, string>): object | null {
  const numbers = numbersOf(patient, systems);
  if (numbers.length === 0) return null;
  const id = Object.fromEntries(numbers.map(({ system, value }) => [system, value]));
  return { type: PATIENT_TYPE, id, ...(patient.birthDate !== null && { birthDate: patient.birthDate }) };
}

/** A listener of this type hears of patients. */
export function hearsPatients(type: string | null): boolean {
  return type === null || type === PATIENT_TYPE;
}

/** At least one number is the same, and none of the same system differs; nor does the birth date. */
export function isMeant(patient: Patient, meantOne: MeantPatient, systems: ReadonlyMap<string, string>): boolean {
  if (meantOne.birthDate !== null && patient.birthDate !== null && meantOne.birthDate !== patient.birthDate)
    return false;
  const own = new Map(numbersOf(patient, systems).map(({ system, value }) => [system, plain(value)]));
  const known = meantOne.numbers.filter(({ system }) => own.has(system));
  return known.length > 0 && known.every(({ system, value }) => own.get(system) === plain(value));
}

function meant({ id, birthDate }: z.output<typeof PatientContext>): MeantPatient {
  return { id: null, numbers: Object.entries(id).map(([system, value]) => ({ system, value })), birthDate };
}

function plain(value: string): string {
  return value.replace(/[\s-]/g, '').toUpperCase();
}
