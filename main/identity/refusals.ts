/** Every way a sign-in can end without a session, in plain words: what happened, what to do next. */
import type { SignInOutcome } from '../../preload/contract.js';
import { formatDate } from '../domain/dateFormat.js';
import type { RefusalReason, UnavailableReason } from './directory.js';

/** Reasons that arise in identity itself, after or beside the directory's answer. */
export type OwnReason =
  | 'wrong-offline'
  | 'no-role'
  | 'audit-unavailable'
  | 'previous-session'
  | 'internal'
  | 'pin-missing'
  | 'wrong-pin'
  | 'pin-spent'
  | 'badge-list';
export type TurnedAwayReason = RefusalReason | UnavailableReason | OwnReason;

export interface RefusalDetails {
  readonly triesLeft?: number | null;
  readonly lockedUntil?: Date | null;
  /** For IT: which controller and what happened, or which configured groups do not exist. */
  readonly detail?: string | null;
}

interface Words {
  readonly message: string | ((details: RefusalDetails, now: Date) => string);
  readonly remedy: string | ((details: RefusalDetails, now: Date) => string);
  /** Where the keyboard goes next. */
  readonly field: 'userName' | 'password';
}

const CALL_IT = 'Call the IT service desk';
const NOT_YOUR_PASSWORD = 'Your password is not the problem; trying again will not lock your account.';
const tellIt = ({ detail }: RefusalDetails): string => (detail ? ` Tell them: ${detail}` : '');

const words: Readonly<Record<TurnedAwayReason, Words>> = {
  'user-name-missing': {
    message: 'Type your user name.',
    remedy: 'It is the name you use for Windows.',
    field: 'userName',
  },
  'password-missing': {
    message: 'Type your password.',
    remedy: 'It is the one you use for Windows.',
    field: 'password',
  },
  'wrong-credentials': {
    message: 'User name or password is wrong.',
    remedy: wrongCredentialsRemedy,
    field: 'password',
  },
  'wrong-offline': {
    message: 'The password is wrong.',
    remedy: ({ triesLeft }) =>
      triesLeft
        ? `No sign-in server answers, so Lanyard compared it with the one you signed in with. Check it and try again: ${triesLeft} more ${triesLeft === 1 ? 'try' : 'tries'}.`
        : 'No sign-in server answers, and that was the last try: wait until one does, or call the IT service desk.',
    field: 'password',
  },
  'pin-missing': {
    message: 'Type the PIN of your badge.',
    remedy: 'Or unlock with your password.',
    field: 'password',
  },
  'wrong-pin': {
    message: 'The PIN is wrong.',
    remedy: ({ triesLeft }) =>
      `Check it and try again: ${triesLeft ?? 0} more ${triesLeft === 1 ? 'try' : 'tries'}, then only your password helps.`,
    field: 'password',
  },
  'pin-spent': {
    message: 'The PIN does not count any more.',
    remedy: 'Use your password this time; afterwards the PIN counts again.',
    field: 'password',
  },
  'badge-list': {
    message: 'The PIN cannot be checked: the list of badges cannot be used.',
    remedy: 'Use your password, and tell the IT service desk.',
    field: 'password',
  },
  'locked-out': {
    message: ({ lockedUntil }, now) =>
      lockedUntil
        ? `This account is locked until ${timeOfDay(lockedUntil, now)} because of too many wrong passwords.`
        : 'This account is locked because of too many wrong passwords.',
    remedy: ({ lockedUntil }) =>
      lockedUntil
        ? `Wait until then, or call the IT service desk to unlock it. Do not try again before.`
        : `${CALL_IT} to unlock it. Trying again does not help.`,
    field: 'userName',
  },
  'account-disabled': {
    message: 'This account is switched off.',
    remedy: `${CALL_IT}: they can switch it on again.`,
    field: 'userName',
  },
  'account-expired': {
    message: 'This account has come to its end date.',
    remedy: 'Ask your manager to extend it, then call the IT service desk.',
    field: 'userName',
  },
  'password-expired': {
    message: 'Your password has expired.',
    remedy: 'Change it on a Windows computer (Ctrl+Alt+Del, Change a password), then sign in here with the new one.',
    field: 'password',
  },
  'must-change-password': {
    message: 'You must choose a new password before you can sign in.',
    remedy: 'Change it on a Windows computer (sign in there once and follow the question), then sign in here.',
    field: 'password',
  },
  'outside-hours': {
    message: 'This account may not sign in at this time of day.',
    remedy: 'Ask your manager or the IT service desk to change the hours of your account.',
    field: 'userName',
  },
  'wrong-workstation': {
    message: 'This account may not sign in on this computer.',
    remedy: 'Use one of the computers your account is meant for, or call the IT service desk.',
    field: 'userName',
  },
  'account-restriction': {
    message: 'A rule on this account does not allow signing in with a password here.',
    remedy: `${CALL_IT} and say that the account is restricted (for example a protected user).`,
    field: 'userName',
  },
  'smartcard-required': {
    message: 'This account may only sign in with a smartcard.',
    remedy: 'Use another account with a password, or call the IT service desk.',
    field: 'userName',
  },
  refused: {
    message: 'The sign-in was refused.',
    remedy: `${CALL_IT}: this refusal has no reason that Lanyard knows.`,
    field: 'userName',
  },
  'no-controller': {
    message: 'Passwords cannot be checked right now: no sign-in server answers.',
    remedy: (details) =>
      `${NOT_YOUR_PASSWORD} Try again in a minute; if it goes on, call the IT service desk.${tellIt(details)}`,
    field: 'password',
  },
  certificate: {
    message: 'Passwords cannot be checked right now: the sign-in server cannot prove who it is.',
    remedy: (details) => `${NOT_YOUR_PASSWORD} ${CALL_IT}.${tellIt(details)}`,
    field: 'password',
  },
  'strong-authentication': {
    message: 'Passwords cannot be checked right now: Lanyard is not set up as the sign-in server asks.',
    remedy: (details) => `${NOT_YOUR_PASSWORD} ${CALL_IT}.${tellIt(details)}`,
    field: 'password',
  },
  'directory-error': {
    message: 'Passwords cannot be checked right now: the sign-in server gave no usable answer.',
    remedy: (details) => `Try again in a minute; if it goes on, call the IT service desk.${tellIt(details)}`,
    field: 'password',
  },
  'account-unreadable': {
    message: 'Your password is right, but your account could not be read.',
    remedy: (details) => `${CALL_IT}.${tellIt(details)}`,
    field: 'userName',
  },
  timeout: {
    message: 'Checking the password took too long.',
    remedy: 'Try again; if it goes on, call the IT service desk.',
    field: 'password',
  },
  'no-role': {
    message: 'Your password is right, but your account has no role in Lanyard.',
    remedy: (details) => `Ask the IT service desk to add you to the group for your work.${tellIt(details)}`,
    field: 'userName',
  },
  'audit-unavailable': {
    message: 'You cannot be signed in because the audit record cannot be written.',
    remedy: `Your password is not the problem. ${CALL_IT} and use another computer meanwhile.`,
    field: 'userName',
  },
  'previous-session': {
    message: 'The previous person could not be signed out completely.',
    remedy: 'Close Lanyard and start it again; if it goes on, use another computer and call the IT service desk.',
    field: 'userName',
  },
  internal: {
    message: 'Something went wrong in Lanyard while signing you in.',
    remedy: 'Try again; if it goes on, call the IT service desk.',
    field: 'userName',
  },
};

/** The answer a page shows. `now` decides whether a time needs its date. */
export function explain(
  reason: TurnedAwayReason,
  details: RefusalDetails,
  now: Date,
): Extract<SignInOutcome, { outcome: 'refused' }> {
  const { message, remedy, field } = words[reason];
  const say = (text: Words['message']): string => (typeof text === 'string' ? text : text(details, now));
  return { outcome: 'refused', reason, message: say(message), remedy: say(remedy), field };
}

function wrongCredentialsRemedy({ triesLeft, lockedUntil }: RefusalDetails, now: Date): string {
  if (triesLeft === null || triesLeft === undefined) return 'Check both and try again.';
  if (triesLeft === 0) {
    const until = lockedUntil ? ` until ${timeOfDay(lockedUntil, now)}` : '';
    return `That was the last try: the account is now locked${until}. Call the IT service desk to unlock it.`;
  }
  return triesLeft === 1
    ? 'Check both: one more wrong try locks the account.'
    : `Check both and try again: ${triesLeft} more tries before the account locks.`;
}

/** 14:35, with the date (07-Mar-2026) when it is not today; local time, 24 hours. */
function timeOfDay(at: Date, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${time} on ${formatDate(day, 'DD-MMM-YYYY')}`;
}
