/** Services in words: since when one does not answer, when it is tried again, and what has changed. */
import type { ServiceState } from '../../preload/contract.js';
import { formatHour, formatTime } from './dates.js';

export function describeStatus({ status, since }: ServiceState): string {
  switch (status) {
    case 'fails':
      return `Has not answered since ${formatHour(new Date(since))}`;
    case 'answers':
      return `Answers since ${formatHour(new Date(since))}`;
    case 'unknown':
      return 'Not used yet';
  }
}

/** A whole sentence. */
export function describeNextTry({ isTrying, nextTry }: ServiceState): string {
  if (isTrying) return 'Being tried now …';
  return nextTry === null
    ? 'It is tried again by itself.'
    : `It is tried again by itself at ${formatTime(new Date(nextTry))}.`;
}

/** To be said aloud; null: nothing is new. */
export function describeServices(before: readonly ServiceState[], after: readonly ServiceState[]): string | null {
  const words = after.flatMap(({ id, title, status }) => {
    const was = before.find((one) => one.id === id)?.status;
    if (status === 'fails' && was !== 'fails') return [`${title}: does not answer.`];
    return status === 'answers' && was === 'fails' ? [`${title}: answers again.`] : [];
  });
  return words.length === 0 ? null : words.join(' ');
}
