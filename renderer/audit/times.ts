/** Times of the trail, as this computer's clock has them: to the second, since order matters. */
const whole = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** "23 Nov 2026, 09:15:07" */
export function momentOf(at: string): string {
  return Number.isNaN(Date.parse(at)) ? at : whole.format(new Date(at));
}

/** "09:15:07" */
export function clockOf(at: string): string {
  return clock.format(new Date(at));
}

/** "2 min 5 s" */
export function spanOf(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Of a moment, for an input of the type datetime-local; "" for none. */
export function toInput(at: string | undefined): string {
  if (at === undefined) return '';
  const date = new Date(at);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** @returns undefined: nothing is entered, or no time */
export function fromInput(text: string): string | undefined {
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
