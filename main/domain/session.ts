/**
 * Who may follow whom in a session at one workstation, as one table.
 *
 *   signed-out ──attempt──▶ signing-in ──accepted──▶ signed-in ──leave──▶ signing-out ──ended──▶ signed-out
 *       ▲                        │                    │  ▲  ▲
 *       └───────turned-away──────┘               idle │  │  └─accepted─────────────┐
 *                                                     ▼  │ input                   │
 *                                               idle-warning ──lock──▶ locked ──attempt──▶ unlocking ──take-over──▶ taking-over
 *                                                                        ▲                    │                 │      │
 *                                                                        └─────turned-away────┘        accepted │      │ ended
 *                                                                                                     signed-in ◀┘      ▼
 *                                                                                                                  signed-out
 *
 * "lock" is there while signed in, too; "leave" wherever somebody is signed in and nobody is being let in over them.
 */
import type { SessionState } from '../../preload/contract.js';

export type SessionStatus = SessionState['status'];

export type SessionStep =
  | 'attempt'
  | 'accepted'
  /** Refused, cancelled, out of time, or not recordable. */
  | 'turned-away'
  /** Nobody has touched anything for a while. */
  | 'idle'
  | 'input'
  | 'lock'
  /** A colleague was let in: the one who was here goes first. */
  | 'take-over'
  | 'leave'
  | 'ended';

/** What each step leads to; a step that is not listed does not exist in that status. */
export const sessionSteps: Readonly<Record<SessionStatus, Readonly<Partial<Record<SessionStep, SessionStatus>>>>> = {
  'signed-out': { attempt: 'signing-in' },
  'signing-in': { accepted: 'signed-in', 'turned-away': 'signed-out' },
  'signed-in': { idle: 'idle-warning', lock: 'locked', leave: 'signing-out' },
  'idle-warning': { input: 'signed-in', lock: 'locked', leave: 'signing-out' },
  locked: { attempt: 'unlocking', leave: 'signing-out' },
  unlocking: { accepted: 'signed-in', 'turned-away': 'locked', 'take-over': 'taking-over', leave: 'signing-out' },
  'taking-over': { accepted: 'signed-in', ended: 'signed-out' },
  'signing-out': { ended: 'signed-out' },
};

/** The status after `step`, or null when that step is not possible now. */
export function nextStatus(status: SessionStatus, step: SessionStep): SessionStatus | null {
  return sessionSteps[status][step] ?? null;
}

/** Whether what belongs to the clinician may be on the screen and be asked for. */
export function isOpen(status: SessionStatus): boolean {
  return status === 'signed-in' || status === 'idle-warning';
}

/** Whether somebody's session is kept under a lock: nothing of it is shown or answered, all of it is still there. */
export function isLocked(status: SessionStatus): boolean {
  return status === 'locked' || status === 'unlocking';
}
