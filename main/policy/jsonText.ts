/**
 * Reads the text of a configuration file: JSON with comments and trailing commas. Unlike JSON.parse it names every
 * mistake with line and column, refuses a key written twice, and keeps no prototype tricks.
 */
import { type Node, type ParseError, createScanner, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { ConfigurationProblem } from './configuration.js';
import { pathText } from './rawValue.js';

/** Deeper than any configuration; a parser that calls itself must not run out of stack. */
const deepestNesting = 40;
const mostProblems = 20;

export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

export function readJsonText(text: string): JsonReading {
  if (text.trim() === '') return refuse('The file is empty.', 'Start from the example in the documentation.');
  if (nestingOf(text) > deepestNesting) return refuse('This is no Lanyard configuration: it is nested too deeply.');
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false, allowEmptyContent: false });
  const [first] = errors;
  if (first || !tree) {
    const problems = errors.slice(0, mostProblems).map((error) => explain(error, text));
    if (errors.length > mostProblems)
      problems.push({
        path: '',
        message: `And ${errors.length - mostProblems} more mistakes like these.`,
        suggestion: null,
      });
    return { ok: false, problems };
  }
  const problems: ConfigurationProblem[] = [];
  const value = valueOf(
    tree,
    [],
    (path, message, suggestion) => problems.push({ path: pathText(path), message, suggestion }),
    text,
  );
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value };
}

function refuse(message: string, suggestion: string | null = null): JsonReading {
  return { ok: false, problems: [{ path: '', message, suggestion }] };
}

type Report = (path: readonly (string | number)[], message: string, suggestion: string | null) => void;

function valueOf(node: Node, path: readonly (string | number)[], report: Report, text: string): unknown {
  if (node.type === 'array')
    return (node.children ?? []).map((child, index) => valueOf(child, [...path, index], report, text));
  if (node.type !== 'object') return node.value as unknown;
  const result: Record<string, unknown> = {};
  const firstOffsets = new Map<string, number>();
  for (const { children = [], offset } of node.children ?? []) {
    const [keyNode, valueNode] = children;
    const key = String(keyNode?.value);
    const before = firstOffsets.get(key);
    if (before !== undefined) {
      report(
        [...path, key],
        `This key is written twice: in line ${place(text, before).line} and in line ${place(text, offset).line}.`,
        'Remove one of them.',
      );
      continue;
    }
    firstOffsets.set(key, offset);
    if (key === '__proto__') report([...path, key], 'Lanyard knows no such key here.', 'Remove it.');
    else if (valueNode) result[key] = valueOf(valueNode, [...path, key], report, text);
  }
  return result;
}

function nestingOf(text: string): number {
  const scanner = createScanner(text, true);
  let depth = 0;
  let deepest = 0;
  // jsonc-parser's SyntaxKind cannot be imported (a const enum): 1 and 3 open, 2 and 4 close, 17 is the end.
  for (let token: number = scanner.scan(); token !== 17; token = scanner.scan()) {
    if (token === 1 || token === 3) deepest = Math.max(deepest, ++depth);
    else if (token === 2 || token === 4) depth--;
  }
  return deepest;
}

/** jsonc-parser's names of mistakes → what a person can mend. */
const explanations: Record<string, string> = {
  InvalidNumberFormat: 'a number is written in a way JSON does not know',
  PropertyNameExpected: 'a key in quotation marks is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing curly bracket is missing',
  CloseBracketExpected: 'a closing square bracket is missing',
  EndOfFileExpected: 'nothing may follow the closing bracket',
  UnexpectedEndOfComment: 'a comment is not closed',
  UnexpectedEndOfString: 'a text is not closed by a quotation mark',
  UnexpectedEndOfNumber: 'a number is not complete',
  InvalidUnicode: 'a \\u escape needs four hexadecimal digits',
  InvalidEscapeCharacter: 'a backslash is followed by something JSON does not know (write \\\\ for a backslash)',
  InvalidCharacter: 'a character is not allowed here (a tab or line break inside a text is written \\t or \\n)',
};

function explain(error: ParseError, text: string): ConfigurationProblem {
  const { line, column } = place(text, error.offset);
  const what = explanations[printParseErrorCode(error.error)] ?? 'something here is not JSON';
  return { path: '', message: `Line ${line}, column ${column}: ${what}.`, suggestion: null };
}

function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
