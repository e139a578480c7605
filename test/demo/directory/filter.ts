/** Whether an entry passes a search filter: AND, OR, NOT, equality and presence, without regard to case, as AD does. */
import type { DirectoryEntry } from './entries.js';

/** As ldapjs hands it to a server. */
export interface ParsedFilter {
  readonly type: string;
  readonly attribute?: string;
  readonly value?: string;
  readonly clauses?: readonly ParsedFilter[];
}

export function passes(entry: DirectoryEntry, filter: ParsedFilter): boolean {
  const clauses = filter.clauses ?? [];
  switch (filter.type) {
    case 'AndFilter':
      return clauses.every((clause) => passes(entry, clause));
    case 'OrFilter':
      return clauses.some((clause) => passes(entry, clause));
    case 'NotFilter':
      return !clauses.every((clause) => passes(entry, clause));
    case 'PresenceFilter':
      return valuesOf(entry, filter.attribute ?? '').length > 0;
    case 'EqualityFilter':
      return valuesOf(entry, filter.attribute ?? '').some(
        (value) => value.toLowerCase() === (filter.value ?? '').toLowerCase(),
      );
    default:
      throw new TypeError(`the demo directory does not know ${filter.type}`);
  }
}

export function valuesOf(entry: DirectoryEntry, attribute: string): readonly string[] {
  const name = attribute.toLowerCase();
  return Object.entries(entry.attributes).find(([known]) => known.toLowerCase() === name)?.[1] ?? [];
}
