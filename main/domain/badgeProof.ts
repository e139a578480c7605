/** What must be given after a tap before it counts: nothing more, a PIN, or the password; and which PINs are none. */

/** Wrong PINs in a row; after them only the password helps. */
export const MOST_PIN_TRIES = 5;
/** Of the trust's key for badges, so that nobody finds it by trying. */
export const LEAST_BADGE_KEY_BYTES = 32;
/** No policy makes a PIN shorter than this. */
const SHORTEST_PIN = 4;
const LONGEST_PIN = 12;

export interface BadgePolicy {
  /** pin: a PIN. recent-password: nothing more. */
  readonly proof: 'pin' | 'recent-password';
  /** How long either is enough after the directory accepted the password; afterwards only the password is. */
  readonly passwordHours: number;
  /** Digits a PIN has at least. */
  readonly leastPinLength: number;
}

export interface BadgeStanding {
  /** Whether a PIN is set. */
  readonly hasPin: boolean;
  /** Wrong PINs since the last right one or the last password. */
  readonly triesUsed: number;
  /** Since the directory last accepted this clinician's password here, in milliseconds; null: it has not. */
  readonly passwordMs: number | null;
}

export type BadgeProof = 'none' | 'pin' | 'password';

const HOUR_MS = 3_600_000;

export function proofAfterTap(policy: BadgePolicy, standing: BadgeStanding): BadgeProof {
  const { hasPin, triesUsed, passwordMs } = standing;
  // a time in the future is a clock that was set back: it proves nothing
  const isRecent = passwordMs !== null && passwordMs >= 0 && passwordMs < policy.passwordHours * HOUR_MS;
  if (!isRecent) return 'password';
  if (policy.proof === 'recent-password') return 'none';
  return hasPin && triesUsed < MOST_PIN_TRIES ? 'pin' : 'password';
}

/** Why this cannot be a PIN, as a sentence for the clinician; null: it can. */
export function refusalOfPin(pin: string, leastLength: number): string | null {
  const least = Math.max(SHORTEST_PIN, Math.min(leastLength, LONGEST_PIN));
  if (!/^[0-9]*$/.test(pin)) return 'A PIN has digits only. Choose another one.';
  if (pin.length < least) return `A PIN has at least ${least} digits. Choose a longer one.`;
  if (pin.length > LONGEST_PIN) return `A PIN has at most ${LONGEST_PIN} digits. Choose a shorter one.`;
  if (isRun(pin) || isRepeated(pin)) return 'This PIN is easy to guess. Choose one without a run or a repetition.';
  if (isDate(pin)) return 'This PIN looks like a date. Choose another one.';
  return null;
}

/** 123456, 987654, 890123, 2468. */
function isRun(pin: string): boolean {
  const digits = Array.from(pin, Number);
  const steps = new Set(digits.slice(1).map((digit, index) => (digit - (digits[index] ?? 0) + 10) % 10));
  return steps.size === 1;
}

/** 1212, 123123, 777777. */
function isRepeated(pin: string): boolean {
  return /^(\d{1,6})\1+$/.test(pin);
}

/** A year of this or the last century, or a day as it is written with six or eight digits. */
function isDate(pin: string): boolean {
  const day = '(0[1-9]|[12]\\d|3[01])';
  const month = '(0[1-9]|1[0-2])';
  return new RegExp(
    `^((19|20)\\d\\d|${day}${month}\\d\\d|${day}${month}(19|20)\\d\\d|(19|20)\\d\\d${month}${day}|\\d\\d${month}${day})$`,
  ).test(pin);
}
