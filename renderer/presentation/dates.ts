/**
 * Dates, times and ages as the NHS wants them read: DD-MMM-YYYY whatever the regional settings say.
 * Sources: NHS Common User Interface, Date Display 4.0, Time Display 4.0, Patient Banner 4.0.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A day of the calendar; month 1–12. No time zone can move it. */
interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const pad = (value: number): string => String(value).padStart(2, '0');

/**
 * `2026-02-03` → `03-Feb-2026`; FHIR's partial dates stay partial (`2026-02` → `Feb-2026`, `2026` → `2026`).
 * A date with time and zone is shown as the local day. null: not a date.
 */
export function formatDate(text: string | null): string | null {
  if (text === null) return null;
  const day = toCalendarDay(text);
  if (day) return `${pad(day.day)}-${MONTHS[day.month - 1] ?? ''}-${String(day.year).padStart(4, '0')}`;
  const [, year, month] = /^(\d{4})(?:-(\d{2}))?$/.exec(text) ?? [];
  if (year === undefined) return null;
  if (month === undefined) return year;
  const name = MONTHS[Number(month) - 1];
  return name === undefined ? null : `${name}-${year}`;
}

/** Local time of day, HH:MM:SS on the 24-hour clock. */
export function formatTime(instant: Date): string {
  return [instant.getHours(), instant.getMinutes(), instant.getSeconds()].map(pad).join(':');
}

/** Local time of day as people say it, HH:MM on the 24-hour clock. */
export function formatHour(instant: Date): string {
  return formatTime(instant).slice(0, 5);
}

/**
 * Age on a day, in the units of NHS CUI Time Display: `27d` · `7w 1d` · `14m 3d` · `5y 2m` · `76y`.
 * null where either day is not fully known or the birth lies later.
 */
export function formatAge(birthDate: string | null, onDay: string | Date | null): string | null {
  const birth = birthDate === null ? null : toCalendarDay(birthDate);
  const until = onDay instanceof Date ? localDay(onDay) : onDay === null ? null : toCalendarDay(onDay);
  if (!birth || !until) return null;
  const days = daysBetween(birth, until);
  if (days < 0) return null;
  const months = wholeMonths(birth, until);
  if (days < 28) return `${days}d`;
  if (months < 12) return joined(Math.floor(days / 7), 'w', days % 7, 'd');
  if (months < 24) return joined(months, 'm', daysSinceMonth(birth, months, until), 'd');
  if (months < 18 * 12) return joined(Math.floor(months / 12), 'y', months % 12, 'm');
  return `${Math.floor(months / 12)}y`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

/** A full calendar date, or the local day of an instant that names its zone; null for anything else. */
function toCalendarDay(text: string): CalendarDay | null {
  if (/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text)) {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? null : localDay(instant);
  }
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?:T[\d:.]+)?$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const found = { year: Number(year), month: Number(month), day: Number(day) };
  return found.month >= 1 && found.month <= 12 && found.day >= 1 && found.day <= daysInMonth(found.year, found.month)
    ? found
    : null;
}

function localDay(instant: Date): CalendarDay {
  return { year: instant.getFullYear(), month: instant.getMonth() + 1, day: instant.getDate() };
}

/** Days since 01-Jan-1970 in the calendar, free of daylight-saving hours. */
function dayNumber({ year, month, day }: CalendarDay): number {
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return dayNumber(to) - dayNumber(from);
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Born on 29-Feb: a year older on 01-Mar of common years. */
function wholeMonths(from: CalendarDay, to: CalendarDay): number {
  return (to.year - from.year) * 12 + (to.month - from.month) - (to.day < from.day ? 1 : 0);
}

function daysSinceMonth(from: CalendarDay, months: number, to: CalendarDay): number {
  const index = from.year * 12 + (from.month - 1) + months;
  const year = Math.floor(index / 12);
  const month = (index % 12) + 1;
  return daysBetween({ year, month, day: Math.min(from.day, daysInMonth(year, month)) }, to);
}
