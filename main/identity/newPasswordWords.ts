/** Every reason why a password was not changed, in plain words: what happened, what to do next. */
import type { PasswordChangeOutcome } from '../../preload/contract.js';
import { formatDate } from '../domain/dateFormat.js';
import type { NewPasswordProblem, PasswordRules } from './passwordDirectory.js';

type Refused = Extract<PasswordChangeOutcome, { outcome: 'refused' }>;

/** Beside those of the directory. */
export type OwnProblem = 'new-missing' | 'same' | 'unusable' | 'uncertain' | 'busy' | 'nobody';

interface Words {
  readonly message: string;
  readonly remedy: string | ((rules: PasswordRules | null) => string);
  readonly field: Refused['field'];
}

const words: Readonly<Record<NewPasswordProblem | OwnProblem, Words>> = {
  'too-short': {
    message: 'The new password is too short.',
    remedy: (rules) =>
      rules
        ? `It needs at least ${rules.minimumLength} characters. Three or four words that do not belong together are easy to remember.`
        : 'Your trust asks for a longer one. Three or four words that do not belong together are easy to remember.',
    field: 'after',
  },
  'too-simple': {
    message: 'The new password is too simple.',
    remedy:
      'It needs three of these: capital letters, small letters, digits, other signs. Your name must not be part of it.',
    field: 'after',
  },
  'used-before': {
    message: 'You have used this password before.',
    remedy: (rules) =>
      rules && rules.history > 0
        ? `Choose one that is not among your last ${rules.history}.`
        : 'Choose one that you have not had lately.',
    field: 'after',
  },
  'used-or-forbidden': {
    message: 'Your trust does not accept this password.',
    remedy: 'You have used it before, or it is one of those that are too well known. Choose another one.',
    field: 'after',
  },
  'too-soon': {
    message: 'Your password was changed too short a time ago.',
    remedy: (rules) =>
      rules?.mayChangeFrom
        ? `You can change it again from ${moment(rules.mayChangeFrom)}. If somebody else knows it, call the IT service desk now.`
        : 'Try again tomorrow. If somebody else knows it, call the IT service desk now.',
    field: 'after',
  },
  'against-policy': {
    message: 'Your trust does not accept this password.',
    remedy: 'Choose a longer one with capital and small letters, digits and other signs, that you have not had before.',
    field: 'after',
  },
  'not-allowed': {
    message: 'This account may not change its own password.',
    remedy: 'Call the IT service desk: they can change it for you.',
    field: 'before',
  },
  'new-missing': { message: 'Type a new password.', remedy: 'Nothing has been changed yet.', field: 'after' },
  same: {
    message: 'The new password is the same as the present one.',
    remedy: 'Choose a different one.',
    field: 'after',
  },
  unusable: {
    message: 'The new password has a sign in it that no sign-in accepts.',
    remedy: 'Choose one that you can type on every keyboard here.',
    field: 'after',
  },
  uncertain: {
    message: 'It is not certain whether your password was changed: the sign-in server stopped answering.',
    remedy: 'Use the new one at your next sign-in; if it is refused, the one before still counts.',
    field: 'after',
  },
  busy: {
    message: 'A password is being changed already.',
    remedy: 'Wait until that is done.',
    field: 'after',
  },
  nobody: {
    message: 'Nobody is signed in whose password could be changed.',
    remedy: 'Sign in first.',
    field: 'before',
  },
};

export function explainNewPassword(reason: NewPasswordProblem | OwnProblem, rules: PasswordRules | null): Refused {
  const { message, remedy, field } = words[reason];
  return {
    outcome: 'refused',
    reason,
    message,
    remedy: typeof remedy === 'string' ? remedy : remedy(rules),
    field,
  };
}

/** 14:35 on 07-Mar-2026; local time. */
function moment(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${two(at.getHours())}:${two(at.getMinutes())} on ${formatDate(day, 'DD-MMM-YYYY')}`;
}
