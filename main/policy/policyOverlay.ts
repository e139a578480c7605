/**
 * The machine's policy laid over the machine's file, value by value: policy > file > defaults. Pure. What a policy says
 * wrongly is a problem like any other, named by its place in the registry; it never falls back to the file's value.
 *
 * SECURITY(S20): only the machine's policy comes here. A user's own (HKCU) and the command line have no way in.
 */
import { z } from 'zod';
import { type ConfigurationProblem, ConfigurationSchema } from './configuration.js';
import { readJsonText } from './jsonText.js';
import { type Path, pathText } from './rawValue.js';

/** One value below the policy's key. */
export interface PolicyValue {
  /** The key's path below the policy's own: ["session"]. */
  readonly key: readonly string[];
  readonly name: string;
  /** REG_SZ, REG_DWORD … */
  readonly type: string;
  /** As reg.exe writes it: text, 0xa, lines parted by \0. */
  readonly data: string;
}

export interface Overlaid {
  readonly raw: unknown;
  readonly problems: readonly ConfigurationProblem[];
  /** Where the value of each overlaid path stands, by the path's text. */
  readonly places: ReadonlyMap<string, string>;
}

/** Where administrators find it. */
export const POLICY_KEY = 'HKLM\\Software\\Policies\\Lanyard';

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
}

export function overlayPolicy(raw: unknown, values: readonly PolicyValue[]): Overlaid {
  const shape = z.toJSONSchema(ConfigurationSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const problems: ConfigurationProblem[] = [];
  const places = new Map<string, string>();
  let result = raw;
  for (const value of values) {
    const place = placeOf(value);
    const found = find(shape, [...value.key, value.name]);
    const report = (path: Path, message: string, suggestion: string): void => {
      problems.push({ path: pathText(path), message, suggestion: `${suggestion} (${place})` });
    };
    if (!found) {
      report([...value.key, value.name], 'Lanyard knows no such setting.', 'Remove it from the policy.');
      continue;
    }
    const { path } = found;
    if (places.has(pathText(path))) {
      report(path, 'The policy says this twice.', 'Keep one of the two.');
      continue;
    }
    const read = readAs(value, found.shape);
    if ('mistake' in read) {
      report(path, read.mistake, 'Correct the policy.');
      continue;
    }
    places.set(pathText(path), place);
    result = withValue(result, path, read.value);
  }
  return { raw: result, problems, places };
}

/** Problems of values that came from the policy say so. */
export function namePolicy(
  problems: readonly ConfigurationProblem[],
  places: ReadonlyMap<string, string>,
): ConfigurationProblem[] {
  return problems.map((problem) => {
    const [, place] =
      [...places].find(
        ([path]) =>
          problem.path === path || (/^[.[]/.test(problem.path.slice(path.length)) && problem.path.startsWith(path)),
      ) ?? [];
    return place === undefined
      ? problem
      : {
          ...problem,
          suggestion: [problem.suggestion, `It comes from the policy: ${place}.`].filter(Boolean).join(' '),
        };
  });
}

function placeOf({ key, name }: PolicyValue): string {
  return `${[POLICY_KEY, ...key].join('\\')}, value ${name}`;
}

/** The registry does not tell capitals; the configuration does. */
function find(shape: Shape, steps: readonly string[]): { path: string[]; shape: Shape } | null {
  let at = shape;
  const path: string[] = [];
  for (const step of steps) {
    const known = Object.keys(at.properties ?? {}).find((name) => name.toLowerCase() === step.toLowerCase());
    const next = known === undefined ? at.additionalProperties : at.properties?.[known];
    if (typeof next !== 'object') return null;
    path.push(known ?? step);
    at = next;
  }
  return { path, shape: at };
}

type Read = { readonly value: unknown } | { readonly mistake: string };

function readAs({ type, data }: PolicyValue, shape: Shape): Read {
  const isText = type === 'REG_SZ' || type === 'REG_EXPAND_SZ';
  const isNumber = type === 'REG_DWORD' || type === 'REG_QWORD';
  switch (shape.type) {
    case 'boolean':
      if (!isNumber || !['0', '1'].includes(String(Number(data))))
        return { mistake: 'This must be a DWORD of 0 or 1.' };
      return { value: Number(data) === 1 };
    case 'integer':
    case 'number':
      return isNumber && /^(0x[\da-f]+|\d+)$/i.test(data)
        ? { value: Number(data) }
        : { mistake: 'This must be a number (DWORD).' };
    case 'array':
      if (type === 'REG_MULTI_SZ' && shape.items?.type === 'string')
        return { value: data.split('\\0').filter((line) => line !== '') };
      return isText ? readJson(data) : { mistake: 'This must be a list: one text in JSON, in square brackets.' };
    case 'object':
      return isText
        ? readJson(data)
        : { mistake: 'This must be a text in JSON, in curly brackets, or a key of its own.' };
    case 'string':
      return isText ? { value: data } : { mistake: 'This must be a text (REG_SZ).' };
    case undefined:
    default:
      return isText && /^\s*[[{"]/.test(data)
        ? readJson(data)
        : isText
          ? { value: data }
          : { mistake: 'This must be a text.' };
  }
}

function readJson(text: string): Read {
  const reading = readJsonText(text);
  return reading.ok ? { value: reading.value } : { mistake: reading.problems.map(({ message }) => message).join(' ') };
}

/** A copy of `raw` with the value at the path; what stands in the way and is no object is somebody else's problem. */
function withValue(raw: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  const holder = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Record<string, unknown>) : {};
  return { ...holder, [step]: withValue(Object.hasOwn(holder, step) ? holder[step] : undefined, rest, value) };
}
