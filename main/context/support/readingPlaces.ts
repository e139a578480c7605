/** Where a system is read, in words: what support compares with the page when nothing is found there. */
import type { IdentityField } from '../../domain/shownIdentity.js';

/** One place of the configuration; policy/configuration.ts has the real ones. */
interface Rule {
  readonly selector: string;
  readonly frame?: string | undefined;
}

/** `systems[].identity` of the configuration. */
export type IdentityPlaces = Readonly<Partial<Record<IdentityField, readonly Rule[] | undefined>>> & {
  readonly source?: string | undefined;
};

/** `h1`, `#demographics › .dob`; of a viewer that is judged by its data, what it is asked for. */
export function readingPlaces(identity: IdentityPlaces | undefined, field: IdentityField): string[] {
  if (identity?.source === 'dicomweb') return ['the studies it loaded'];
  return (identity?.[field] ?? []).map(({ frame, selector }) =>
    frame === undefined ? selector : `${frame} › ${selector}`,
  );
}
