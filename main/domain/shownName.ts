/**
 * Is the name a page shows the patient's? A name never identifies: it only confirms or contradicts a number.
 *
 * Words are compared without accents, case and apostrophes. A hyphen joins ("Ann-Marie" is not "Ann"), and so may a
 * blank or nothing ("Mary-Ann", "Mary Ann", "MaryAnn"): systems disagree about it for the same person.
 */
import type { PersonName } from '../../preload/contract.js';
import { plainText } from './dateFormat.js';

/** What one text says about one item of the chosen patient's identity. */
export type Comparison = 'same' | 'other' | 'unreadable';

/** How a page writes names. "any": the family name and the first given name stand there, in whatever order. */
export type NameFormat = 'FAMILY, Given' | 'Given FAMILY' | 'FAMILY Given' | 'any';

/** A person of one name only is not confirmed by it: it may be the family name of many. */
export function compareName(text: string, name: PersonName, format: NameFormat): Comparison {
  const shown = words(text);
  const family = joined(name.family);
  const called = [...name.given.map((_, last) => name.given.slice(0, last + 1).join('')), name.preferred ?? '']
    .map(joined)
    .filter((one) => one !== '');
  if (shown.length === 0) return 'unreadable';
  if (family === '' || called.length === 0)
    return [family, ...called].some((one) => one !== '' && runs(shown, one).length > 0) ? 'unreadable' : 'other';
  if (format === 'FAMILY, Given' && !text.includes(',')) return 'unreadable';
  return isWritten(text, shown, family, called, format) ? 'same' : 'other';
}

function isWritten(
  text: string,
  shown: readonly string[],
  family: string,
  called: readonly string[],
  format: NameFormat,
): boolean {
  const isCalled = (part: readonly string[]) => called.some((one) => runs(part, one).length > 0);
  const beginsCalled = (part: readonly string[]) =>
    called.some((one) => runs(part, one).some(({ start }) => start === 0));
  if (format === 'FAMILY, Given') {
    const comma = text.indexOf(',');
    return joined(text.slice(0, comma)) === family && beginsCalled(words(text.slice(comma + 1)));
  }
  return runs(shown, family).some(({ start, end }) => {
    const before = shown.slice(0, start);
    const after = shown.slice(end);
    if (format === 'FAMILY Given') return beginsCalled(after);
    return isCalled(before) || (format === 'any' && isCalled(after));
  });
}

/** Everywhere that consecutive words, put together, are this one. */
function runs(shown: readonly string[], wanted: string): { start: number; end: number }[] {
  return shown.flatMap((_, start) => {
    let together = '';
    for (let end = start; end < shown.length && together.length < wanted.length; end += 1) {
      together += shown[end] ?? '';
      if (together === wanted) return [{ start, end: end + 1 }];
    }
    return [];
  });
}

function joined(text: string): string {
  return words(text).join('');
}

/** Letters that Unicode does not take apart, as systems without them write them. */
const plainLetters: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ı: 'i',
};

/** Words of a name; a hyphen joins, every other sign separates, as DICOM's ^ does. */
function words(text: string): string[] {
  return plainText(text)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase('en-GB')
    .replace(/[øłđðþæœßı]/gu, (letter) => plainLetters[letter] ?? letter)
    .replace(/['‘’ʼ`-]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
