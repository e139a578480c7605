/** NHS numbers for reading and typing: groups of 3-3-4, single spaces. Source: NHS CUI, NHS Number Input and Display 3.0. */

/** `9990000018` → `999 000 0018`; anything but ten digits is given back as it is. */
export function formatNhsNumber(nhsNumber: string): string {
  return /^\d{10}$/.test(nhsNumber) ? grouped(nhsNumber) : nhsNumber;
}

/** What the field shows after a keystroke, and where the caret goes (UTF-16 units from the start). */
export interface Typed {
  readonly text: string;
  readonly caret: number;
}

/**
 * Regroups digits 3-3-4 while they are typed. Text with anything but digits and spaces, or with more than ten digits,
 * is no NHS number and stays as typed. The caret keeps its place between the digits.
 */
export function regroupWhileTyping(text: string, caret: number): Typed {
  const digits = onlyDigits(text);
  if (digits === null || digits.length > 10) return { text, caret };
  const digitsBefore = text.slice(0, caret).replaceAll(' ', '').length;
  const regrouped = grouped(digits);
  return { text: regrouped, caret: digitsBefore + (digitsBefore > 6 ? 2 : digitsBefore > 3 ? 1 : 0) };
}

/** What to search for: numbers travel without the spaces that were only for reading. */
export function searchTextOf(shown: string): string {
  return onlyDigits(shown) ?? shown.trim();
}

function onlyDigits(text: string): string | null {
  return /^[\d ]*\d[\d ]*$/.test(text) ? text.replaceAll(' ', '') : null;
}

function grouped(digits: string): string {
  return [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)].filter((group) => group !== '').join(' ');
}
