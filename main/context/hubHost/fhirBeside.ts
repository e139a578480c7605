/** An imaging study and an encounter as FHIRcast events carry them, both ways. Source: FHIRcast 3.0.0, 3.4 and 3.5; FHIR R4. */
import { z } from 'zod';
import { isAccessionNumber, isPlainNumber, isStudyUid } from '../../domain/beside.js';
import type { Subject } from '../deeperContext.js';
import { type ContextEntry, resourceOf } from '../hub/message.js';

const UID_SYSTEM = 'urn:dicom:uid';
const ACCESSION = { system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN' };

const Named = z.looseObject({
  identifier: z
    .array(
      z.looseObject({
        system: z.string().optional(),
        value: z.string().optional(),
        use: z.string().optional(),
        type: z.looseObject({ coding: z.array(z.looseObject({ code: z.string().optional() })).default([]) }).optional(),
      }),
    )
    .default([]),
});

/** The study and the encounter that an event names, each where it names one by a number that can be used. */
export function meantBeside(context: readonly ContextEntry[]): Subject[] {
  const studyInstanceUid =
    numbersAt(context, 'study', ({ system }) => system === UID_SYSTEM)
      .map(({ value }) => value.replace(/^urn:oid:/u, ''))
      .find(isStudyUid) ?? null;
  const accessionNumber =
    numbersAt(context, 'study', ({ codes }) => codes.includes(ACCESSION.code))
      .map(({ value }) => value)
      .find(isAccessionNumber) ?? null;
  const visits = numbersAt(context, 'encounter', ({ system, value }) => isPlainNumber(system) && isPlainNumber(value));
  const numbers = visits.map(({ system, value }) => ({ system, value }));
  return [
    ...(studyInstanceUid === null && accessionNumber === null
      ? []
      : [{ kind: 'study' as const, study: { studyInstanceUid, accessionNumber } }]),
    ...(numbers.length === 0 ? [] : [{ kind: 'encounter' as const, encounter: { numbers } }]),
  ];
}

/** What was opened there, as it was: a close must use the same id. */
export function resourceBeside(
  context: readonly ContextEntry[],
  kind: Subject['kind'],
): Record<string, unknown> | null {
  return resourceOf(context, kind) ?? null;
}

/** @param id of the resource; patientId: of the patient's, to whom it refers */
export function besideResource(subject: Subject, id: string, patientId: unknown): Record<string, unknown> {
  const belongs = { reference: `Patient/${String(patientId)}` };
  if (subject.kind === 'encounter')
    return {
      resourceType: 'Encounter',
      id,
      status: 'unknown',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' },
      identifier: subject.encounter.numbers,
      subject: belongs,
    };
  const { studyInstanceUid, accessionNumber } = subject.study;
  return {
    resourceType: 'ImagingStudy',
    id,
    status: 'unknown',
    identifier: [
      ...(studyInstanceUid === null ? [] : [{ system: UID_SYSTEM, value: `urn:oid:${studyInstanceUid}` }]),
      ...(accessionNumber === null ? [] : [{ type: { coding: [ACCESSION] }, value: accessionNumber }]),
    ],
    subject: belongs,
  };
}

interface OneNumber {
  readonly system: string;
  readonly value: string;
  readonly codes: readonly string[];
}

function numbersAt(context: readonly ContextEntry[], key: string, counts: (number: OneNumber) => boolean): OneNumber[] {
  const parsed = Named.safeParse(resourceOf(context, key));
  if (!parsed.success) return [];
  return parsed.data.identifier
    .filter(({ use }) => use !== 'old')
    .map(({ system = '', value = '', type }) => ({
      system,
      value,
      codes: type?.coding.flatMap(({ code }) => code ?? []) ?? [],
    }))
    .filter(counts);
}
