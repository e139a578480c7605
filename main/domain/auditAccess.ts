/** Who may do what with the audit trail. One place for the audit server, which decides, and the shell, which shows no more. */
import type { Role } from '../../preload/contract.js';

/** Sees who did what; patients stay masked without a reason. */
export function mayLook(roles: readonly Role[]): boolean {
  return roles.some((role) => role === 'auditor' || role === 'privacyOfficer' || role === 'support');
}

/** Is told who the patients are, for a reason, and takes evidence away. */
export function mayUnmask(roles: readonly Role[]): boolean {
  return roles.some((role) => role === 'auditor' || role === 'privacyOfficer');
}

/** Judges an access by break-glass. */
export function mayJudge(roles: readonly Role[]): boolean {
  return roles.includes('privacyOfficer');
}
