/** Numbers given by somebody other than the NHS, normalised per assigning authority (hazard H10: zero padding). */

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
  const plain = text.replace(/[\s\u00a0\u2007\u202f]+/gu, ' ').trim();
  const found = authority?.pattern === undefined ? [plain] : findAll(plain, authority.pattern);
  const canonical = new Set(found.map((number) => canonicalForm(number, authority?.padTo)));
  const [only] = canonical;
  return canonical.size === 1 && only !== undefined && only !== '' ? only : null;
}

function findAll(text: string, pattern: string): string[] {
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu');
  return [...text.matchAll(whole)].map(([number]) => number);
}

function canonicalForm(number: string, padTo: number | undefined): string {
  const joined = number.replaceAll(' ', '').toUpperCase();
  return padTo !== undefined && /^\d+$/u.test(joined) ? joined.replace(/^0+/u, '').padStart(padTo, '0') : joined;
}
