/** Dates as clinical systems write them, read to YYYY-MM-DD. No library: eleven fixed shapes, no time zones. */

export const DATE_FORMATS = [
  'DD-MMM-YYYY',
  'DD MMM YYYY',
  'DD/MM/YYYY',
  'DD-MM-YYYY',
  'DD.MM.YYYY',
  'YYYY-MM-DD',
  'YYYYMMDD',
  'MM/DD/YYYY',
] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

/** Tried in this order where no format is given: only shapes that cannot be mistaken for one another. */
const UNAMBIGUOUS: readonly DateFormat[] = ['DD-MMM-YYYY', 'DD MMM YYYY', 'YYYY-MM-DD'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = '(?<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\\.?';

const SHAPES: Readonly<Record<DateFormat, RegExp>> = {
  'DD-MMM-YYYY': new RegExp(`\\b(?<day>\\d{1,2})[-\\s]${MONTH}[-\\s](?<year>\\d{4})\\b`, 'iu'),
  'DD MMM YYYY': new RegExp(`\\b(?<day>\\d{1,2})(?:st|nd|rd|th)?\\s+${MONTH},?\\s+(?<year>\\d{4})\\b`, 'iu'),
  'DD/MM/YYYY': /\b(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})\b/u,
  'DD-MM-YYYY': /\b(?<day>\d{1,2})-(?<month>\d{1,2})-(?<year>\d{4})\b/u,
  'DD.MM.YYYY': /\b(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})\b/u,
  'YYYY-MM-DD': /\b(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?!\d)/u,
  YYYYMMDD: /\b(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})\b/u,
  'MM/DD/YYYY': /\b(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})\b/u,
};

/** The first date in `text`, as YYYY-MM-DD, or null where there is none or it is no real day. */
export function readDate(text: string, format?: DateFormat): string | null {
  const plain = text.replace(/[\u00a0\u2007\u202f]/gu, ' ').replace(/[\u2010-\u2015]/gu, '-');
  for (const shape of format === undefined ? UNAMBIGUOUS : [format]) {
    const parts = SHAPES[shape].exec(plain)?.groups;
    if (parts) return toIsoDay(parts);
  }
  return null;
}

/** Writes YYYY-MM-DD in one of the formats; null where `isoDay` is no real day. */
export function writeDate(isoDay: string, format: DateFormat): string | null {
  const [year, month, day] = isoDay.split('-');
  if (year === undefined || month === undefined || day === undefined || !isRealDay(isoDay)) return null;
  const name = MONTHS[Number(month) - 1] ?? '';
  return format
    .replace('YYYY', year)
    .replace('MMM', name.charAt(0).toUpperCase() + name.slice(1))
    .replace('MM', month)
    .replace('DD', day);
}

function toIsoDay(parts: Record<string, string | undefined>): string | null {
  const { year = '', month = '', day = '' } = parts;
  const number = /^\d+$/u.test(month) ? Number(month) : MONTHS.indexOf(month.slice(0, 3).toLowerCase()) + 1;
  const isoDay = `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isRealDay(isoDay) ? isoDay : null;
}

function isRealDay(isoDay: string): boolean {
  const time = Date.parse(`${isoDay}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(isoDay);
}
