/** Reading a configuration that may be wrong anywhere: looks without trusting, answers undefined where there is nothing. */

export type Path = readonly (string | number)[];

/** What stands at a path, or undefined. */
export function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

export function textAt(raw: unknown, ...path: Path): string | undefined {
  const value = valueAt(raw, path);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(raw: unknown, ...path: Path): number | undefined {
  const value = valueAt(raw, path);
  return typeof value === 'number' ? value : undefined;
}

export function listAt(raw: unknown, ...path: Path): readonly unknown[] {
  const value = valueAt(raw, path);
  return Array.isArray(value) ? value : [];
}

/** The texts of a list with their places; other values are somebody else's problem. */
export function textsAt(raw: unknown, ...path: Path): { text: string; index: number }[] {
  return listAt(raw, ...path).flatMap((text, index) => (typeof text === 'string' ? [{ text, index }] : []));
}

/** systems[0].identity.nhsNumber; odd keys in quotes: addresses["a b"]. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = String(step);
    if (!/^[\w$-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
