/**
 * Whom the trust's patient index is certain of. Source: FHIR R4 (4.0.1), operation Patient/$match, and the extension
 * match-grade: certain, probable, possible, certainly-not.
 *
 * Never a guess: anything but exactly one certain record is nobody.
 */
import type { FhirPatient } from './fhirPatient.js';

export interface MatchedPatient {
  readonly patient: FhirPatient;
  /** null: the index gave none. */
  readonly grade: string | null;
  /** 0 to 1; null: the index gave none. */
  readonly score: number | null;
}

export interface MatchQuestion {
  readonly numbers: readonly { readonly system: string; readonly value: string }[];
  readonly birthDate: string | null;
  readonly name?: { readonly family: string; readonly given: readonly string[] } | null;
}

/** The parameters of the operation: two answers suffice to know that it is not one. */
export function matchParameters({ numbers, birthDate, name }: MatchQuestion): object {
  const resource = {
    resourceType: 'Patient',
    identifier: numbers.map(({ system, value }) => ({ system, value })),
    ...(birthDate !== null && { birthDate }),
    ...(name && { name: [{ family: name.family, given: name.given }] }),
  };
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource },
      { name: 'count', valueInteger: 2 },
      { name: 'onlyCertainMatches', valueBoolean: true },
    ],
  };
}

/** Not every index keeps to `onlyCertainMatches`, so each answer must say itself that it is certain. */
export function certainMatch(answers: readonly MatchedPatient[]): FhirPatient | null {
  const possible = answers.filter(({ grade }) => grade !== 'certainly-not');
  const [only] = possible;
  if (!only || possible.length > 1) return null;
  const isCertain = only.grade === null ? only.score === 1 : only.grade === 'certain';
  return isCertain ? only.patient : null;
}
