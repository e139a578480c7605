/** Numbers given by somebody other than the NHS, normalised per assigning authority (hazard H10: zero padding). */
import { plainText } from './dateFormat.js';

/** How one assigning authority writes its numbers (`patients.identifiers[]` of the configuration). */
export interface NumberAuthority {
  readonly authority: string;
  /** Regular expression source that finds one number inside a longer text; absent: the whole text is the number. */
  readonly pattern?: string | undefined;
  /** Numbers made of digits only are padded with leading zeros to this many digits before they are compared. */
  readonly padTo?: number | undefined;
}

/** The number in `text` in its one canonical form, or null when there is none or more than one. */
export function normaliseLocalNumber(text: string, authority: NumberAuthority | undefined): string | null {
  const [only, another] = localNumbersIn(text, authority);
  return only !== undefined && another === undefined ? only : null;
}

/** Every different number in `text`, canonical. Without a pattern the whole text is one, if there is a digit in it. */
export function localNumbersIn(text: string, authority: NumberAuthority | undefined): string[] {
  const plain = plainText(text);
  const found =
    authority?.pattern === undefined ? (/\d/u.test(plain) ? [plain] : []) : findAll(plain, authority.pattern);
  const canonical = found.map((number) => canonicalForm(number, authority?.padTo));
  return [...new Set(canonical)].filter((number) => number !== '');
}

function findAll(text: string, pattern: string): string[] {
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu');
  return [...text.matchAll(whole)].map(([number]) => number);
}

function canonicalForm(number: string, padTo: number | undefined): string {
  const joined = number.replaceAll(' ', '').toUpperCase();
  return padTo !== undefined && /^\d+$/u.test(joined) ? joined.replace(/^0+/u, '').padStart(padTo, '0') : joined;
}
