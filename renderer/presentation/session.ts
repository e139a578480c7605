/** The session in words: why it is locked, and what becomes of it. */
import type { LockReason, SessionLock } from '../../preload/contract.js';

const BECAUSE: Readonly<Record<LockReason, string>> = {
  user: '',
  idle: ' because nobody was here',
  computer: ' together with the computer',
  badge: ' by a badge',
  'other-program': ' together with another program',
  roaming: ' because the session moved to another computer',
};

/** HH:MM, local time. */
export function timeOfDay(iso: string): string {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}

export function describeLock({ reason, since }: SessionLock): string {
  return `Locked at ${timeOfDay(since)}${BECAUSE[reason]}.`;
}

/** "Patient record, Orders and Results" */
export function listed(titles: readonly string[]): string {
  return titles.length < 2 ? titles.join('') : `${titles.slice(0, -1).join(', ')} and ${titles.at(-1) ?? ''}`;
}

/** What is lost when the session ends; null: nothing that is known of. */
export function describeUnsaved({ unsaved }: SessionLock): string | null {
  if (unsaved === null || unsaved.length === 0) return null;
  return `There may be work that is not saved in ${listed(unsaved)}.`;
}
