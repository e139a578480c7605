/** Active Directory's times: 100 ns steps since 1601 ([MS-DTYP] 2.3.3), and intervals as negative counts of them. */

const STEPS_PER_MS = 10_000n;
const MS_FROM_1601_TO_1970 = 11_644_473_600_000n;
const NEVER = 0x7fff_ffff_ffff_ffffn;

/** null: absent, 0, or "never". */
export function fileTimeDate(value: string | null): Date | null {
  const steps = integer(value);
  if (steps === null || steps <= 0n || steps === NEVER) return null;
  const date = new Date(Number(steps / STEPS_PER_MS - MS_FROM_1601_TO_1970));
  return Number.isNaN(date.getTime()) ? null : date;
}

export function dateFileTime(date: Date): string {
  return String((BigInt(date.getTime()) + MS_FROM_1601_TO_1970) * STEPS_PER_MS);
}

/** Milliseconds of an interval such as lockoutDuration; Infinity for "for ever" (0 or the lowest number); null: absent. */
export function intervalMs(value: string | null): number | null {
  const steps = integer(value);
  if (steps === null) return null;
  if (steps >= 0n || steps <= -NEVER) return Infinity;
  return Number(-steps / STEPS_PER_MS);
}

function integer(value: string | null): bigint | null {
  return value !== null && /^-?\d{1,19}$/.test(value) ? BigInt(value) : null;
}
