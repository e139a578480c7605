/** The time of an event: an ISO 8601 instant in UTC, not ahead of the hub's clock (FHIRcast §2.5). */
import { MalformedRequest } from './errors.js';

const UTC = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)(?:Z|[+-]00:?00)?$/;

/**
 * Milliseconds since 1970. The specification's own examples leave out the `Z`: such a time is read as UTC.
 * @param futureTolerance milliseconds that a publisher's clock may be ahead
 */
export function checkTimestamp(timestamp: string, now: number, futureTolerance: number): number {
  const [, instant] = UTC.exec(timestamp) ?? [];
  const time = instant === undefined ? Number.NaN : Date.parse(`${instant.replace(',', '.')}Z`);
  if (Number.isNaN(time)) throw new MalformedRequest('timestamp must be an ISO 8601 time in UTC');
  if (time > now + futureTolerance) {
    const minutes = Math.round(futureTolerance / 60_000);
    throw new MalformedRequest(`timestamp is more than ${minutes} minutes ahead of the hub's clock`);
  }
  return time;
}
