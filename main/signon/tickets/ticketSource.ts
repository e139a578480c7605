/**
 * Kerberos tickets as signing on needs them: whose they are, and whether one can be had for a system. Which source a
 * workstation has follows from its mode: the clinician's own operating-system session, tickets that Lanyard gets for
 * the clinician who signed in to it, or none.
 *
 * SECURITY: a ticket that is not the clinician's own must never answer for them. On a shared workstation the operating
 * system's session belongs to nobody, so its tickets are never used.
 */
import type { Secret } from '../../domain/secret.js';
import type { SignOnFinding } from '../signOn.js';

export type TicketState =
  /** Systems may be answered: whatever ticket there is, it is the clinician's. */
  | { readonly status: 'own' }
  /** `explanation`: one or two plain sentences for the clinician. */
  | { readonly status: 'none'; readonly explanation: string };

export interface TicketSource {
  state(): TicketState;
  /**
   * Gets a ticket for the clinician who has just signed in, with the password that was just accepted: one try, never
   * repeated. Never rejects but for defects; where no ticket can be had, the state says why. Wipes the password.
   * @param principalName user@domain
   */
  obtain(principalName: string, password: Secret, signal: AbortSignal): Promise<TicketState>;
  /** Destroys what `obtain` got. Repeatable; never rejects. */
  discard(): Promise<void>;
  /** Whether a ticket for this host's web service can be had now. Asks the domain for it; no password is sent. */
  check(host: string, signal: AbortSignal): Promise<readonly SignOnFinding[]>;
}
