/**
 * Who may follow whom in a session at one workstation, as one table.
 *
 *   signed-out ──attempt──▶ signing-in ──accepted──▶ signed-in ──leave──▶ signing-out ──ended──▶ signed-out
 *       ▲                        │
 *       └───────turned-away──────┘      (refused, cancelled, out of time, or not recordable)
 */
import type { SessionState } from '../../preload/contract.js';

export type SessionStatus = SessionState['status'];

export type SessionStep = 'attempt' | 'accepted' | 'turned-away' | 'leave' | 'ended';

/** What each step leads to; a step that is not listed does not exist in that status. */
export const sessionSteps: Readonly<Record<SessionStatus, Readonly<Partial<Record<SessionStep, SessionStatus>>>>> = {
  'signed-out': { attempt: 'signing-in' },
  'signing-in': { accepted: 'signed-in', 'turned-away': 'signed-out' },
  'signed-in': { leave: 'signing-out' },
  'signing-out': { ended: 'signed-out' },
};

/** The status after `step`, or null when that step is not possible now. */
export function nextStatus(status: SessionStatus, step: SessionStep): SessionStatus | null {
  return sessionSteps[status][step] ?? null;
}
