/** Numbers given by somebody other than the NHS, normalised per assigning authority (hazard H10: zero padding). */
import { numeralText } from './dateFormat.js';

/** How one assigning authority writes its numbers (`patients.identifiers[]` of the configuration). */
export interface NumberAuthority {
  readonly authority: string;
  /** Regular expression source that finds one number inside a longer text; absent: the whole text is the number. */
  readonly pattern?: string | undefined;
  /** Numbers made of digits only are padded with leading zeros to this many digits before they are compared. */
  readonly padTo?: number | undefined;
  readonly normalise?: NumberSpelling | undefined;
}

/** What different systems write differently in the same number of one authority. */
interface NumberSpelling {
  /** Some systems leave it away: "RM". */
  readonly prefix?: string | undefined;
  /** Signs without a meaning: "-/." */
  readonly ignore?: string | undefined;
  /** "a7" is another number than "A7". */
  readonly caseMatters?: boolean | undefined;
}

/** For a text that is one number and nothing else: it need not look as the pattern says. */
export function numberAlone({ authority, padTo, normalise }: NumberAuthority): NumberAuthority {
  return { authority, padTo, normalise };
}

/** The number in `text` in its one canonical form, or null when there is none or more than one. */
export function normaliseLocalNumber(text: string, authority: NumberAuthority | undefined): string | null {
  const [only, another] = localNumbersIn(text, authority);
  return only !== undefined && another === undefined ? only : null;
}

/** Every different number in `text`, canonical. Without a pattern the whole text is one, if there is a digit in it. */
export function localNumbersIn(text: string, authority: NumberAuthority | undefined): string[] {
  const plain = numeralText(text);
  const found =
    authority?.pattern === undefined
      ? /\d/u.test(plain) && !plain.includes('\uFFFD')
        ? [plain]
        : []
      : findAll(plain, authority.pattern);
  const canonical = found.map((number) => canonicalForm(number, authority));
  return [...new Set(canonical)].filter((number) => number !== '');
}

function findAll(text: string, pattern: string): string[] {
  const whole = new RegExp(`(?<![\\p{L}\\p{N}\uFFFD])(?:${pattern})(?![\\p{L}\\p{N}\uFFFD])`, 'giu');
  return [...text.matchAll(whole)].map(([number]) => number);
}

/** Blanks never count. Zeros before the digits count unless the authority pads: 456 and 000456 may be two people. */
function canonicalForm(number: string, authority: NumberAuthority | undefined): string {
  const { padTo, normalise: { prefix = '', ignore = '', caseMatters = false } = {} } = authority ?? {};
  const cased = (text: string): string => (caseMatters ? text : text.toUpperCase());
  const meant = (text: string): string =>
    Array.from(cased(text))
      .filter((sign) => sign !== ' ' && !cased(ignore).includes(sign))
      .join('');
  const [kept, start] = [meant(number), meant(prefix)];
  const rest = start !== '' && kept.startsWith(start) && kept.length > start.length ? kept.slice(start.length) : kept;
  return padTo !== undefined && /^\d+$/u.test(rest) ? rest.replace(/^0+/u, '').padStart(padTo, '0') : rest;
}
