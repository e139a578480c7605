/** What a subscriber answers to an event over its WebSocket: `{ id, status }` (FHIRcast §2.5). */

export interface Acknowledgement {
  readonly id: string;
  /** HTTP status, 100 to 599. */
  readonly status: number;
  /** Lanyard's own: why it refuses, for people. Whatever the subscriber wrote, at most 200 characters of it. */
  readonly reason?: string;
}

const LONGEST_REASON = 200;

/**
 * Null for anything that is no acknowledgement. The status may be a number or a string (the table and the example
 * of §2.5 differ); without one, as @medplum/core answers, it means 200.
 */
export function parseAcknowledgement(frame: string): Acknowledgement | null {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return null; // no JSON: not an acknowledgement, which the caller counts
  }
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return null;
  const given = 'status' in value ? value.status : 200;
  const status = typeof given === 'string' && /^\d{3}$/.test(given) ? Number(given) : given;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599) return null;
  if (!('reason' in value) || typeof value.reason !== 'string') return { id: value.id, status };
  return { id: value.id, status, reason: value.reason.slice(0, LONGEST_REASON) };
}
