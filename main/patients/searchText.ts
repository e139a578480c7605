/**
 * Reads what a clinician typed into the searchbox. Pure. Exactly one of three ways:
 *
 *   999 000 0018                    an NHS number, with or without its spaces; the check digit must fit
 *   RM1000017                       a local number, as the configuration describes it
 *   TESTPATIENT, Amara 12 Apr 1961  a family name (with or without given name) and a birth date
 *
 * Anything else is refused with what to type. The refusal never repeats what was typed.
 */
import { existingDate, monthNumber, plainText } from '../domain/dateFormat.js';
import { LanyardError } from '../domain/errors.js';
import { normaliseLocalNumber, type NumberAuthority, numberAlone } from '../domain/localNumber.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';

/** How one kind of local number is written (`patients.identifiers[]` of the configuration). */
export interface SearchableNumber extends NumberAuthority {
  readonly title: string;
  /** FHIR identifier system. */
  readonly system: string;
}

/** A number to look for: any of these ways to write it counts. */
export interface WantedIdentifier {
  /** Null: the NHS number. */
  readonly number: SearchableNumber | null;
  /** In its canonical form: what an answer is compared with. */
  readonly canonical: string;
  /** The canonical form and, where it differs, the number as typed. */
  readonly spellings: readonly string[];
}

/** One way to understand a typed name. */
export interface WantedName {
  readonly family: string;
  readonly given: string | null;
}

export type SearchWish =
  | { readonly readAs: 'nhs-number' | 'local-number'; readonly identifiers: readonly WantedIdentifier[] }
  | {
      readonly readAs: 'name-and-birth-date';
      /** "Amara Testpatient" may be meant either way round: any of these will do. */
      readonly names: readonly WantedName[];
      /** YYYY-MM-DD */
      readonly birthDate: string;
    };

/** @throws LanyardError('search-unreadable') with one plain sentence on what to type. */
export function readSearchText(typed: string, numbers: readonly SearchableNumber[]): SearchWish {
  const text = plainText(typed);
  if (text === '') throw unreadable(howTo(numbers));
  return readNumber(text, numbers) ?? readNameAndBirthDate(text, numbers);
}

function readNumber(typed: string, numbers: readonly SearchableNumber[]): SearchWish | null {
  const withoutLabel = typed.replace(/^nhs(?: ?(?:no|number))?[.:]? ?/i, '');
  const labelled = withoutLabel !== typed;
  const isNhsShape = /^(?:\d{10}|\d{3} \d{3} \d{4})$/.test(withoutLabel);
  const digits = withoutLabel.replaceAll(' ', '');
  const local = labelled ? [] : readLocalNumbers(typed, numbers);
  if (isNhsShape && isValidNhsNumber(digits)) {
    const nhs: WantedIdentifier = { number: null, canonical: digits, spellings: [digits] };
    return { readAs: 'nhs-number', identifiers: [nhs, ...local] };
  }
  if (local.length > 0) return { readAs: 'local-number', identifiers: local };
  if (isNhsShape)
    throw unreadable(
      'This is no NHS number: its last digit does not fit the others. Check each digit, then search again',
    );
  if (labelled || /^[\d ]+$/.test(withoutLabel)) {
    if (digits.length === 10) throw unreadable('Write an NHS number in groups of 3, 3 and 4 digits, or without spaces');
    throw unreadable(`An NHS number has 10 digits; this has ${digits.replace(/\D/g, '').length}`);
  }
  return null;
}

function readLocalNumbers(typed: string, numbers: readonly SearchableNumber[]): WantedIdentifier[] {
  return numbers.flatMap((number) => {
    const asTyped = typed.replaceAll(' ', '');
    const isOne =
      number.pattern === undefined
        ? looksLikeANumber(typed)
        : [typed, asTyped].some((text) => new RegExp(`^(?:${number.pattern ?? ''})$`, 'iu').test(text));
    if (!isOne) return [];
    const canonical = normaliseLocalNumber(asTyped, numberAlone(number));
    if (canonical === null) return [];
    return [{ number, canonical, spellings: [...new Set([canonical, asTyped])] }];
  });
}

/** Where the configuration says nothing of how a number looks: one word with a digit that can be nothing else. */
function looksLikeANumber(text: string): boolean {
  const isWord = /^(?=.*\d)[\p{L}\d][\p{L}\d./-]{1,29}$/u.test(text);
  return isWord && !/^\d{10}$/.test(text) && !shortYear.test(text) && findDates(text).length === 0;
}

/** A date whose year has two digits: 1912 or 2012, nobody knows. */
const shortYear = /(?<!\d)\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3,9})[-/. ]\d{2}(?!\d)/i;

function readNameAndBirthDate(text: string, numbers: readonly SearchableNumber[]): SearchWish {
  const dates = findDates(text);
  const [date] = dates;
  if (!date) {
    if (shortYear.test(text)) throw unreadable('Write the year of the birth date with four digits');
    if (/^\p{L}[^\d]*$/u.test(text)) throw unreadable('Add the birth date after the name, for example 12-Apr-1961');
    throw unreadable(howTo(numbers));
  }
  if (dates.length > 1) throw unreadable('There are two dates here. Write one name and one birth date');
  if (date.value === null) throw unreadable('That birth date is not in the calendar. Write it as 12-Apr-1961');
  const rest = nameText(`${text.slice(0, date.start)} ${text.slice(date.end)}`);
  if (rest === '') throw unreadable('Add the family name before the birth date');
  const names = readNames(rest);
  if (names.length === 0) throw unreadable('Write only a name and a birth date, for example TESTPATIENT 12-Apr-1961');
  return { readAs: 'name-and-birth-date', names, birthDate: date.value };
}

interface FoundDate {
  readonly start: number;
  readonly end: number;
  /** Null: written like a date, but no day of the calendar. */
  readonly value: string | null;
}

const dateShapes = [
  /(?<!\d)(?<day>\d{1,2})(?:st|nd|rd|th)?[-/. ]? ?(?<month>[a-z]{3,9})\.?[-/., ]? ?(?<year>\d{4})(?!\d)/gi,
  /(?<!\d)(?<day>\d{1,2})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<year>\d{4})(?!\d)/g,
  /(?<!\d)(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})(?!\d)/g,
];

/** Dates the British way round: day, month, year; or year, month, day where the year comes first. */
function findDates(text: string): FoundDate[] {
  return dateShapes.flatMap((shape) =>
    [...text.matchAll(shape)].map((match): FoundDate => {
      const { year = '', month = '', day = '' } = match.groups ?? {};
      const number = monthNumber(month);
      return {
        start: match.index,
        end: match.index + match[0].length,
        value: number === null ? null : existingDate(year, number, Number(day)),
      };
    }),
  );
}

/** What is left beside the date, without what a banner writes around a name: "Born", "(65y)", "(Mrs)". */
function nameText(rest: string): string {
  return rest
    .replace(/\b(?:born|dob|d\.o\.b\.)(?=[ :,.]|$):?/gi, ' ')
    .replace(/\(\d+ ?[a-z]+\)/gi, ' ')
    .replace(/[()]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[ ,;]+|[ ,;]+$/g, '');
}

/** Every way to understand a name; none where it is no name. */
function readNames(text: string): WantedName[] {
  if (!/^[\p{L}\p{M}'’`. -]+(?:, ?[\p{L}\p{M}'’`. -]+)?$/u.test(text) || !/\p{L}/u.test(text)) return [];
  const [family = '', given] = text.split(/ ?, ?/);
  if (given !== undefined) return [{ family, given }];
  const words = text.split(' ');
  const first = words[0] ?? '';
  const last = words.at(-1) ?? '';
  if (words.length === 1) return [{ family: text, given: null }];
  return [
    { family: text, given: null }, // van der Berg
    { family: last, given: words.slice(0, -1).join(' ') }, // Amara Testpatient
    { family: first, given: words.slice(1).join(' ') }, // TESTPATIENT Amara
    ...(words.length > 2 ? [{ family: words.slice(1).join(' '), given: first }] : []), // Amara van der Berg
    ...(words.length > 2 ? [{ family: words.slice(0, -1).join(' '), given: last }] : []), // VAN DER BERG Amara
  ];
}

function howTo(numbers: readonly SearchableNumber[]): string {
  const local = numbers.map(({ title }) => `a ${title.charAt(0).toLowerCase()}${title.slice(1)}`);
  return `Type ${['an NHS number', ...local].join(', ')}, or a family name and a birth date (for example TESTPATIENT 12-Apr-1961)`;
}

function unreadable(message: string): LanyardError {
  return new LanyardError('search-unreadable', message);
}
