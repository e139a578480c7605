/** Words what the schema found wrong: one plain sentence per mistake, with the path of the key and what was meant. */
import { z } from 'zod';
import { nearest } from '../domain/editDistance.js';
import type { ConfigurationProblem } from './configuration.js';
import { type Path, pathText, valueAt } from './rawValue.js';

type Issue = z.core.$ZodIssue;

/** Every issue as one or more problems. `raw` is what the file held; `schema` says which keys are known where. */
export function describeIssues(issues: readonly Issue[], raw: unknown, schema: z.ZodType): ConfigurationProblem[] {
  return issues.flatMap((issue) => describe(issue, [], { raw, schema }));
}

interface Source {
  readonly raw: unknown;
  readonly schema: z.ZodType;
}

function describe(issue: Issue, above: Path, source: Source): ConfigurationProblem[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  const value = valueAt(source.raw, path);
  const problem = (message: string, suggestion: string | null = null): ConfigurationProblem[] => [
    { path: pathText(path), message, suggestion },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, source));
    case 'invalid_type':
      if (value === undefined) return problem('This key is missing.', missingHint(issue.expected));
      return problem(`This must be ${kindName(issue.expected)}, but is ${kindOf(value)}.`);
    case 'invalid_value':
      if (value === undefined) return problem('This key is missing.', choices(issue.values));
      return problem(`${quote(value)} is not possible here.`, didYouMean(value, issue.values));
    case 'invalid_union': {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : undefined;
      if (options) {
        if (value === undefined) return problem('This key is missing.', choices(options));
        return problem(`${quote(value)} is not possible here.`, didYouMean(value, options));
      }
      return describeUnion(issue.errors, path, value, source, problem);
    }
    case 'too_small':
      return problem(tooSmall(issue));
    case 'too_big':
      return problem(
        `This must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''}.`,
      );
    case 'custom': {
      const suggestion: unknown = issue.params?.['suggestion'];
      return problem(issue.message, typeof suggestion === 'string' ? suggestion : null);
    }
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return problem(`${issue.message}.`);
  }
}

/** Of "one or a list of", the branch that was meant: a list where a list was written. */
function describeUnion(
  branches: readonly (readonly Issue[])[],
  path: Path,
  value: unknown,
  source: Source,
  problem: (message: string) => ConfigurationProblem[],
): ConfigurationProblem[] {
  const meant = branches.find(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  );
  if (!meant) return problem(`This must be an object in curly brackets, or a list of them, but is ${kindOf(value)}.`);
  return meant.flatMap((inner) => describe(inner, path, source));
}

function unknownKey(key: string, path: Path, { raw, schema }: Source): ConfigurationProblem {
  const known = knownKeys(schema, raw, path);
  const written = valueAt(raw, path);
  const free = known.filter((name) => typeof written !== 'object' || written === null || !Object.hasOwn(written, name));
  const meant = nearest(key, free);
  return {
    path: pathText([...path, key]),
    message: 'Lanyard knows no such key here.',
    suggestion: meant === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`,
  };
}

/** The keys that the schema has at a path of what was written. */
function knownKeys(schema: z.ZodType, raw: unknown, path: Path): string[] {
  const here = unwrap(schema, raw);
  const [step, ...rest] = path;
  if (step === undefined) return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
  const below = valueAt(raw, [step]);
  if (here instanceof z.ZodObject) {
    const inner: unknown = here.shape[step as string];
    return inner instanceof z.ZodType ? knownKeys(inner, below, rest) : [];
  }
  if (here instanceof z.ZodArray) return knownKeys(here.element as z.ZodType, below, rest);
  return [];
}

/** The schema behind defaults, options and transforms; of a union, the branch that fits what was written. */
function unwrap(schema: z.ZodType, raw: unknown): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap() as z.ZodType, raw);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType, raw);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const wanted = valueAt(raw, [schema.def.discriminator]);
    const options = schema.options as readonly z.ZodType[];
    return (
      options.find((option) => {
        const tag: unknown = option instanceof z.ZodObject ? option.shape[schema.def.discriminator] : undefined;
        return tag instanceof z.ZodLiteral && tag.value === wanted;
      }) ?? schema
    );
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options as readonly z.ZodType[];
    return options.find((option) => option instanceof z.ZodArray === Array.isArray(raw)) ?? schema;
  }
  return schema;
}

function tooSmall(issue: Extract<Issue, { code: 'too_small' }>): string {
  if (issue.origin === 'string') return 'This must not be empty.';
  if (issue.origin === 'array') return 'This list must have at least one entry.';
  return `This must be at least ${issue.minimum}.`;
}

function didYouMean(value: unknown, known: readonly unknown[]): string {
  const meant = typeof value === 'string' ? nearest(value, known.map(String)) : null;
  return meant === null ? choices(known) : `Did you mean "${meant}"?`;
}

function choices(known: readonly unknown[]): string {
  return known.length === 1
    ? `Write ${JSON.stringify(known[0])}.`
    : `Write one of ${known.map((value) => JSON.stringify(value)).join(', ')}.`;
}

function missingHint(expected: string): string {
  return `Add it: ${kindName(expected)}.`;
}

function kindName(expected: string): string {
  const names: Record<string, string> = {
    string: 'a text in quotation marks',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list in square brackets',
    object: 'an object in curly brackets',
    record: 'an object in curly brackets',
  };
  return names[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'not a whole number';
  return typeof value === 'boolean' ? JSON.stringify(value) : 'a text';
}

/** A short text as written (a long one would only bury the message), else what kind of value it is. */
function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
  return text.length <= 60 ? text.charAt(0).toUpperCase() + text.slice(1) : 'This text';
}
