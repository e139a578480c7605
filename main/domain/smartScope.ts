/**
 * Scopes of SMART App Launch 2 (section "Scopes and Launch Context"), as far as Lanyard ever gives them: reading and
 * searching within one patient's record, the launch itself, and who the clinician is. Never writing, never offline.
 */

export interface PatientScope {
  readonly kind: 'patient';
  /** A FHIR resource type, or "*". */
  readonly type: string;
  readonly read: boolean;
  readonly search: boolean;
  /** Written as SMART 1 does: patient/Observation.read. */
  readonly isFirstVersion: boolean;
}
export type SmartScope = PatientScope | { readonly kind: 'word'; readonly word: (typeof givenWords)[number] };

const givenWords = ['launch', 'launch/patient', 'launch/encounter', 'openid', 'fhirUser'] as const;

/** Null for a scope that Lanyard never gives: writing, a user's or a system's own, offline, narrowed by a query. */
export function readSmartScope(text: string): SmartScope | null {
  const word = givenWords.find((given) => given === text);
  if (word !== undefined) return { kind: 'word', word };
  const [, type, permissions] = /^patient\/(\*|[A-Z][A-Za-z]{1,40})\.(read|\*|c?r?u?d?s?)$/.exec(text) ?? [];
  if (type === undefined || permissions === undefined) return null;
  const isWhole = permissions === 'read' || permissions === '*';
  const read = isWhole || permissions.includes('r');
  const search = isWhole || permissions.includes('s');
  return read || search ? { kind: 'patient', type, read, search, isFirstVersion: permissions === 'read' } : null;
}

/** What is given of what was asked for: never more than either says. @param asked divided by spaces */
export function givenScopes(asked: string, allowed: readonly string[]): readonly SmartScope[] {
  const limits = readAll(allowed);
  const given = new Map<string, SmartScope>();
  for (const wanted of readAll(asked.split(' ')))
    for (const limit of limits) {
      const common = intersection(wanted, limit);
      if (common) given.set(scopeText(common), common);
    }
  return [...given.values()];
}

export function scopeText(scope: SmartScope): string {
  if (scope.kind === 'word') return scope.word;
  const permissions = `${scope.read ? 'r' : ''}${scope.search ? 's' : ''}`;
  return `patient/${scope.type}.${scope.isFirstVersion && permissions === 'rs' ? 'read' : permissions}`;
}

export function hasWord(scopes: readonly SmartScope[], word: (typeof givenWords)[number]): boolean {
  return scopes.some((scope) => scope.kind === 'word' && scope.word === word);
}

export function allowsScope(scopes: readonly SmartScope[], type: string, action: 'read' | 'search'): boolean {
  return scopes.some(
    (scope) => scope.kind === 'patient' && (scope.type === '*' || scope.type === type) && scope[action],
  );
}

function readAll(texts: readonly string[]): SmartScope[] {
  return texts.flatMap((text) => readSmartScope(text) ?? []);
}

function intersection(wanted: SmartScope, limit: SmartScope): SmartScope | null {
  if (wanted.kind === 'word' || limit.kind === 'word')
    return wanted.kind === 'word' && limit.kind === 'word' && wanted.word === limit.word ? wanted : null;
  if (wanted.type !== limit.type && wanted.type !== '*' && limit.type !== '*') return null;
  const read = wanted.read && limit.read;
  const search = wanted.search && limit.search;
  const type = wanted.type === '*' ? limit.type : wanted.type;
  return read || search ? { ...wanted, type, read, search } : null;
}
