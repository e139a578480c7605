/** Who is signed in, in words. */
import type { Role, SignedInClinician } from '../../preload/contract.js';

const ROLES: Record<Role, string> = {
  clinician: 'Clinician',
  auditor: 'Auditor',
  privacyOfficer: 'Privacy officer',
  support: 'Support',
};

export function formatRoles({ roles }: SignedInClinician): string {
  return roles.length === 0 ? 'No role' : roles.map((role) => ROLES[role]).join(', ');
}

const DAY = 86_400_000;

/** Said from 14 days before the password ends; null before that, and where the directory does not say. */
export function describePasswordExpiry({ passwordExpires }: SignedInClinician, now: Date): string | null {
  if (passwordExpires === null) return null;
  const left = new Date(passwordExpires).getTime() - now.getTime();
  if (left > 14 * DAY) return null;
  if (left <= 0) return 'Your password has expired';
  const days = Math.floor(left / DAY);
  if (days === 0) return 'Your password expires within a day';
  return `Your password expires in ${days} ${days === 1 ? 'day' : 'days'}`;
}
