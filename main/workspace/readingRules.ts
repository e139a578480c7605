/** The identity rules of a system's configuration as the flat list that the page reader works through. */
import type { IdentityRules } from '../policy/configuration.js';
import type { ReadingRule } from './pageReader.js';

export function readingRules(identity: IdentityRules | undefined): ReadingRule[] {
  if (!identity) return [];
  return [
    ...(identity.nhsNumber ?? []).map((rule): ReadingRule => ({ field: 'nhsNumber', ...rule })),
    ...(identity.localNumber ?? []).map((rule): ReadingRule => ({ field: 'localNumber', ...rule })),
    ...(identity.dateOfBirth ?? []).map((rule): ReadingRule => ({ field: 'dateOfBirth', ...rule })),
    ...(identity.name ?? []).map(({ format, ...rule }): ReadingRule => {
      return { field: 'name', nameFormat: format, ...rule };
    }),
  ];
}
