/** Reading a configuration that may be wrong anywhere: looks without trusting, answers undefined where there is nothing. */

export type Path = readonly (string | number)[];

/** Tells one problem. */
export type Report = (path: Path, message: string, suggestion?: string | null) => void;

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

/** Origins of a system or provider as they will be: what is written, else the origin of its start page. */
export function originsOf(raw: unknown, holder: Path): string[] {
  if (valueAt(raw, [...holder, 'origins']) !== undefined)
    return textsAt(raw, ...holder, 'origins').map(({ text }) => text);
  const origin = originOf(textAt(raw, ...holder, 'url') ?? '');
  return origin === null ? [] : [origin];
}

/** Null for what is no address. */
export function originOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).origin : null;
}
