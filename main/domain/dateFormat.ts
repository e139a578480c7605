/**
 * Calendar dates in the ways clinical systems write them: one list of formats for address macros and identity rules.
 * A date is YYYY-MM-DD text all through Lanyard: never a Date object, so no time zone can move a birthday.
 */
export const dateFormats = [
  'YYYY-MM-DD',
  'YYYYMMDD',
  'DD-MMM-YYYY',
  'DD MMM YYYY',
  'DD/MM/YYYY',
  'DD-MM-YYYY',
  'DD.MM.YYYY',
  'DDMMYYYY',
  'MM/DD/YYYY',
] as const;
export type DateFormat = (typeof dateFormats)[number];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const fullMonths = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** @param date YYYY-MM-DD; anything else is a programming error. */
export function formatDate(date: string, format: DateFormat): string {
  const [year, month, day] = parts(date);
  return format
    .replace('YYYY', year)
    .replace('MMM', months[Number(month) - 1] ?? month)
    .replace('MM', month)
    .replace('DD', day);
}

/**
 * The date a text shows, as YYYY-MM-DD; null where the text is not exactly one existing date in this format.
 * Forgives what carries no meaning: space around it, any kind of hyphen or space as separator, one-digit days,
 * full English month names, capitals. Never forgives the order of day and month: the format alone says which is which.
 */
export function parseDate(text: string, format: DateFormat): string | null {
  const found = patterns[format].exec(numeralText(text))?.groups;
  if (!found) return null;
  const { year = '', month = '', day = '' } = found;
  const number = monthNumber(month);
  return number === null ? null : existingDate(year, number, Number(day));
}

/** Shapes that cannot be mistaken for one another: tried in this order where nobody said how a system writes dates. */
const unambiguous: readonly DateFormat[] = ['DD-MMM-YYYY', 'YYYY-MM-DD'];

/** The first date inside a longer text ("Born 12-Apr-1961 (65y)"), as YYYY-MM-DD; null where there is none. */
export function findDate(text: string, format?: DateFormat): string | null {
  for (const shape of format === undefined ? unambiguous : [format]) {
    const inside = new RegExp(`(?<![\\d\uFFFD-])${patterns[shape].source.slice(1, -1)}(?![\\d\uFFFD])`, 'i');
    const found = inside.exec(numeralText(text));
    if (found) return parseDate(found[0], shape);
  }
  return null;
}

/** YYYY-MM-DD of a day that exists in the calendar, else null. */
export function existingDate(year: string, month: number, day: number): string | null {
  if (!/^\d{4}$/.test(year) || Number(year) < 1800) return null;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(Number(year), month)) return null;
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** 1–12 for "4", "04", "Apr", "april", "Sept"; null for anything else. */
export function monthNumber(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const lower = text.toLowerCase();
  const index =
    lower === 'sept'
      ? 8
      : fullMonths.findIndex((month) => lower === month || (lower.length === 3 && month.startsWith(lower)));
  return index < 0 ? null : index + 1;
}

const separatedBy = (separator: string, order: readonly string[]): RegExp =>
  new RegExp(`^${order.join(separator)}$`, 'i');
const year = '(?<year>\\d{4})';
const month = '(?<month>\\d{1,2})';
const monthName = '(?<month>[a-z]{3,9})';
const day = '(?<day>\\d{1,2})';
const patterns: Record<DateFormat, RegExp> = {
  'YYYY-MM-DD': separatedBy(' ?- ?', [year, month, day]),
  YYYYMMDD: /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/,
  'DD-MMM-YYYY': separatedBy(' ?[- ] ?', [day, monthName, year]),
  'DD MMM YYYY': separatedBy(' ?[- ] ?', [day, monthName, year]),
  'DD/MM/YYYY': separatedBy(' ?/ ?', [day, month, year]),
  'DD-MM-YYYY': separatedBy(' ?- ?', [day, month, year]),
  'DD.MM.YYYY': separatedBy(' ?\\. ?', [day, month, year]),
  DDMMYYYY: /^(?<day>\d{2})(?<month>\d{2})(?<year>\d{4})$/,
  'MM/DD/YYYY': separatedBy(' ?/ ?', [month, day, year]),
};

/** Hyphens and dashes of every kind as "-", white space of every kind as one blank. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * As plainText, for numbers and dates. A sign that only stands for an ASCII letter or digit (a raised footnote ², a
 * digit of another script) becomes U+FFFD, which is part of no number: "RM100001⁷" must not read as RM1000017. Empty
 * where the text is written backwards on purpose (U+202D, U+202E): what is drawn is then not what stands there.
 */
export function numeralText(text: string): string {
  if (/[\u202d\u202e]/.test(text)) return '';
  return plainText(text.replace(/[^\p{ASCII}]/gu, (sign) => (standsForAscii(sign) ? '\uFFFD' : sign)));
}

function standsForAscii(sign: string): boolean {
  const isWide = /[\uff01-\uff5e]/.test(sign); // the same letter or digit, drawn wider
  return !isWide && (/\p{N}/u.test(sign) || /[a-z\d]/i.test(sign.normalize('NFKC')));
}

function parts(date: string): [string, string, string] {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!found) throw new TypeError('a date must be YYYY-MM-DD');
  return [found[1] ?? '', found[2] ?? '', found[3] ?? ''];
}

function daysIn(inYear: number, ofMonth: number): number {
  if (ofMonth === 2) return (inYear % 4 === 0 && inYear % 100 !== 0) || inYear % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(ofMonth) ? 30 : 31;
}
