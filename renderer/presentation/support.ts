/** The support view in words. */
import type { LinkState, SupportChange, SupportHub, SupportProof, SupportSubscriber } from '../../preload/contract.js';
import { formatTime } from './dates.js';

export const SHORTEST_REASON = 10;

/** `0.43 s`, `12.0 s`, `3 min 5 s`. @param milliseconds not negative */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Local time of an ISO 8601 instant. */
export function timeOf(instant: string): string {
  return formatTime(new Date(instant));
}

const HUB_STATES: Record<SupportHub['state'], string> = {
  'not-configured': 'No hub is configured',
  starting: 'Starting',
  running: 'Running',
  ended: 'Ended',
};

const JOINED_STATES: Record<SupportHub['state'], string> = {
  ...HUB_STATES,
  starting: 'Not joined: trying again',
  running: 'Joined',
  ended: 'Left',
};

export function describeHubState({ state, joined }: SupportHub): string {
  return (joined === null ? HUB_STATES : JOINED_STATES)[state];
}

export function describeRestarts(restarts: number): string {
  if (restarts === 0) return 'Never';
  return restarts === 1 ? 'Once' : `${String(restarts)} times`;
}

/** Status codes of FHIRcast 3.0.0, 2.5. */
export function describeAnswer({ lastAnswer }: SupportSubscriber): string {
  if (lastAnswer === null) return 'None yet';
  const { status, event, at } = lastAnswer;
  return `${wordOfStatus(status)} (${String(status)}) to ${event} at ${timeOf(at)}`;
}

function wordOfStatus(status: number): string {
  if (status === 202) return 'Received';
  if (status === 409) return 'Refused';
  if (status < 300) return 'Followed';
  return status < 500 ? 'Refused' : 'Could not follow';
}

export type SubscriberTone = 'good' | 'quiet' | 'bad';

export function describeSubscriber(subscriber: SupportSubscriber): {
  readonly words: string;
  readonly tone: SubscriberTone;
} {
  const { left, overdue, awaited, since } = subscriber;
  if (left !== null) {
    const words = `${overdue ? 'Overdue: it' : 'Left: it'} ${withVerb(left.reason)}, at ${timeOf(left.at)}`;
    return { words, tone: overdue ? 'bad' : 'quiet' };
  }
  if (awaited !== null) {
    const words = `${overdue ? 'Overdue' : 'Waiting'}: ${awaited.event} since ${timeOf(awaited.since)}`;
    return { words, tone: overdue ? 'bad' : 'quiet' };
  }
  return since === null ? { words: 'Not connected yet', tone: 'quiet' } : { words: 'Connected', tone: 'good' };
}

/** Reasons are the hub's: "did not answer in time", "the lease is over", "unsubscribed". */
function withVerb(reason: string): string {
  return reason.startsWith('the ') ? `was ended: ${reason}` : reason;
}

const FIELDS: Record<SupportProof['items'][number]['field'], string> = {
  nhsNumber: 'NHS number',
  localNumber: 'Local number',
  dateOfBirth: 'Birth date',
  name: 'Name',
};

export function nameOfField(field: SupportProof['items'][number]['field']): string {
  return FIELDS[field];
}

const RESULTS: Record<SupportProof['items'][number]['result'], string> = {
  matched: 'matched',
  different: 'differs',
  missing: 'not found',
};

export function wordOfResult(result: SupportProof['items'][number]['result']): string {
  return RESULTS[result];
}

export function describeAsker({ askedBy: { kind, name } }: SupportChange): string {
  switch (kind) {
    case 'clinician':
      return 'The clinician';
    case 'program':
      return `The program ${name ?? ''}`.trim();
    case 'page':
      return `The page of ${name ?? 'a system'}`;
    case 'unknown':
      return 'Not known';
  }
}

const OUTCOMES: Record<SupportChange['outcome'], string> = {
  committed: 'Chosen',
  closed: 'Closed',
  refused: 'Refused',
  cancelled: 'Cancelled',
  overtaken: 'Overtaken by a newer change',
};

export function describeOutcome({ outcome }: SupportChange): string {
  return OUTCOMES[outcome];
}

const ANSWERS = {
  continue: 'The clinician continued without it.',
  cancel: 'The clinician cancelled.',
  'break-link': 'The clinician broke the link.',
};

const OBJECTIONS = {
  unsaved: 'had unsaved work',
  busy: 'did not answer',
  refused: 'objected',
  silent: 'did not answer',
};

/** What stood in the way. */
export function describeHeld({ held, outcome }: SupportChange): string {
  if (held === null) return 'Nobody objected';
  const objections = held.systems.map(({ title, kind }) => `${title} ${OBJECTIONS[kind]}`);
  const ended = held.answer === null ? (outcome === 'overtaken' ? '' : 'It went on by itself.') : ANSWERS[held.answer];
  return [`${objections.join(', ')}.`, ended].filter(Boolean).join(' ');
}

/** Beside a link: when it was first proven. @param verifiedAfter milliseconds */
export function describeProven(link: LinkState, verifiedAfter: number): string {
  return `${link === 'In step' ? '' : 'verified '}in ${formatDuration(verifiedAfter)}`;
}

/** How long until every tab was verified; `2 of 3` where some were not. */
export function describeVerified({ tabs, outcome }: SupportChange): string {
  if (outcome !== 'committed') return 'Nothing to verify';
  const times = tabs.flatMap(({ verifiedAfter }) => verifiedAfter ?? []);
  if (tabs.length === 0) return 'No system';
  if (times.length === 0) return 'None';
  const longest = formatDuration(Math.max(...times));
  return times.length === tabs.length ? `All in ${longest}` : `${times.length} of ${tabs.length} in ${longest}`;
}
