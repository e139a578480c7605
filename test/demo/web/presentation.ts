/**
 * How the demo's systems write names, dates and numbers (NHS Common User Interface). Written apart from Lanyard's own
 * presentation on purpose: a read-back that compares a text with itself would prove nothing.
 */
import type { DemoPatient } from '../population.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** FAMILY NAME, Given (Title) */
export function displayName({ family, given, prefix }: DemoPatient): string {
  return `${family.toUpperCase()}, ${given.join(' ')}${prefix === null ? '' : ` (${prefix})`}`;
}

/** DD-MMM-YYYY @param date YYYY-MM-DD */
export function displayDate(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}-${MONTHS[Number(month) - 1] ?? month}-${year}`;
}

/** 999 000 0018, or words where none is known. */
export function displayNhsNumber(nhsNumber: string | null): string {
  return nhsNumber === null ? 'Not known' : `${nhsNumber.slice(0, 3)} ${nhsNumber.slice(3, 6)} ${nhsNumber.slice(6)}`;
}

export function displayGender({ gender }: DemoPatient): string {
  return { male: 'Male', female: 'Female', other: 'Other', unknown: 'Not known' }[gender];
}

/** 65y, from two years on; 14m below; 5d below two months. @param on YYYY-MM-DD */
export function displayAge(birthDate: string, on: string): string {
  const [birthYear = 0, birthMonth = 0, birthDay = 0] = birthDate.split('-').map(Number);
  const [year = 0, month = 0, day = 0] = on.split('-').map(Number);
  const months = (year - birthYear) * 12 + month - birthMonth - (day < birthDay ? 1 : 0);
  if (months >= 24) return `${Math.floor(months / 12)}y`;
  if (months >= 2) return `${months}m`;
  return `${Math.max(0, Math.round((Date.parse(on) - Date.parse(birthDate)) / 86_400_000))}d`;
}
