/**
 * Whose record opens at once, and whose only after a reason: the rule about security labels, which the trust's records
 * carry in FHIR Patient.meta.security. It is about opening a patient in Lanyard; each system keeps rules of its own.
 */
import type { Patient, Role } from '../../preload/contract.js';

/** `patients.restricted` of the configuration. */
export interface RestrictedRecords {
  readonly labels: readonly RestrictedLabel[];
  /** Reasons to choose from. None: nobody breaks the glass. */
  readonly reasons: readonly string[];
}

export interface RestrictedLabel {
  /** Code system, as in FHIR Coding.system. */
  readonly system: string;
  /** As in FHIR Coding.code: "R", "V". */
  readonly code: string;
  /** What people call it: "Restricted record". */
  readonly title: string;
  /** Whoever has one of these roles opens such a record without being asked. */
  readonly openTo: readonly Role[];
}

/** @returns the titles of what keeps somebody with these roles out, each once; none: the record opens at once */
export function restrictionsOf(
  { securityLabels = [] }: Pick<Patient, 'securityLabels'>,
  roles: readonly Role[],
  { labels }: RestrictedRecords,
): string[] {
  const keepOut = labels.filter(
    ({ system, code, openTo }) =>
      securityLabels.some((label) => label.system === system && label.code === code) &&
      !openTo.some((role) => roles.includes(role)),
  );
  return [...new Set(keepOut.map(({ title }) => title))];
}
