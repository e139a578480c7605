/** What a domain asks of a new password, each rule with whether what was typed keeps it. Only the domain decides. */
import type { PasswordHelp } from '../../preload/contract.js';
import { formatDate, formatHour } from './dates.js';

type Rules = NonNullable<PasswordHelp['rules']>;

export interface RuleShown {
  readonly text: string;
  /** null: only the domain can tell. */
  readonly isKept: boolean | null;
}

/** Kinds of characters that a domain tells apart. Source: Windows, "Password must meet complexity requirements". */
const KINDS = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u, /[\p{Lo}\p{Lm}\p{Lt}]/u];

/** @param typed nothing of it is in the answer */
export function rulesShown(rules: Rules, typed: string): readonly RuleShown[] {
  const { minimumLength, complexity, nameParts, history } = rules;
  const lower = typed.toLowerCase();
  return [
    ...(minimumLength > 0
      ? [{ text: `At least ${minimumLength} characters`, isKept: typed.length >= minimumLength }]
      : []),
    ...(complexity
      ? [
          {
            text: 'Three of these: capital letters, small letters, digits, other signs',
            isKept: KINDS.filter((kind) => kind.test(typed)).length >= 3,
          },
        ]
      : []),
    ...(nameParts.length > 0
      ? [{ text: 'No part of your name', isKept: typed !== '' && !nameParts.some((part) => lower.includes(part)) }]
      : []),
    ...(history > 0 ? [{ text: `None of your last ${history} passwords`, isKept: null }] : []),
  ];
}

/** null: it may be changed now. */
export function describeMinimumAge({ mayChangeFrom }: Rules, now: Date): string | null {
  if (mayChangeFrom === null) return null;
  const from = new Date(mayChangeFrom);
  if (from <= now) return null;
  return `Your password was changed a short time ago. It can be changed again from ${formatHour(from)} on ${formatDate(mayChangeFrom) ?? ''}.`;
}

/** "Your password expires in 5 days, on 28-Nov-2026." */
export function describeWarning(expires: string, now: Date): string {
  const days = Math.floor((new Date(expires).getTime() - now.getTime()) / 86_400_000);
  const when = days < 1 ? 'within a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`;
  return `Your password expires ${when}, on ${formatDate(expires) ?? ''} at ${formatHour(new Date(expires))}.`;
}
