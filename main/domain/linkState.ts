/**
 * What a tab may claim, and whether its page may be seen. One pure function decides; everything else obeys.
 *
 * Rule of the house: a page is uncovered for a patient only on a match read back from the page itself, younger than the
 * launch that was asked for. Silence is never green. A system without identity rules is honest amber: "Not checked".
 */
import type { CoverCard, LinkState } from '../../preload/contract.js';
import type { Verdict } from './shownIdentity.js';

/** How the last try to sign this system on ended; signon/signOn.ts says more of each. */
export type SignOnFact =
  | { readonly outcome: 'signed-on' | 'refused' | 'not-learnt' | 'by-hand' }
  | { readonly outcome: 'credentials-needed'; readonly reason: 'none' | 'refused' | 'unconfirmed' | 'vault' }
  | { readonly outcome: 'page-changed'; readonly changes: readonly string[] }
  | { readonly outcome: 'unavailable'; readonly explanation: string };

/** Why a page cannot be used at all, as the view or the connector saw it. */
export type TabFailure =
  | { readonly kind: 'failed'; readonly explanation: string }
  | { readonly kind: 'crashed' }
  | { readonly kind: 'hung' }
  | { readonly kind: 'no-access' }
  | { readonly kind: 'no-record'; readonly explanation: string };

/** Everything known of one tab at one moment. */
export interface TabFacts {
  readonly title: string;
  /** A patient is chosen in the shell. */
  readonly patientChosen: boolean;
  /** launching: the address for the current choice has not answered yet. */
  readonly phase: 'launching' | 'loaded';
  /** The page has taken longer than people wait without a word. */
  readonly slow: boolean;
  /** The configuration says where this system shows its patient. */
  readonly canBeReadBack: boolean;
  /** Read off the page as it is now; null before the first reading of this page. */
  readonly verdict: Verdict | null;
  /** What the page shows is known, be it nothing. */
  readonly wasRead: boolean;
  /** It matches again after it turned to somebody else several times: it has to stay so for a while. */
  readonly restless: boolean;
  /** Somebody's number stands on the page. */
  readonly showsSomebody: boolean;
  /** The page asks for a password. */
  readonly asksToSignIn: boolean;
  /** The clinician asked to see that page to sign in by hand. */
  readonly signInPageWanted: boolean;
  /** Lanyard is signing this system on · how that ended last · null: it was not tried yet, or held since. */
  readonly signOn: 'running' | SignOnFact | null;
  /** This person may teach Lanyard a sign-in page that changed, and is told what changed. */
  readonly mayTeach: boolean;
  /** Lanyard watches how somebody signs in on the page. */
  readonly learning: boolean;
  /** The page before has unsaved work and would not close: it is still there, behind the cover. */
  readonly unsavedWork: boolean;
  /** The time a page has to show the chosen patient is over. */
  readonly overdue: boolean;
  /** Its link is broken: `patientChosen` and `verdict` are about the patient it stays with. */
  readonly unlinked: boolean;
  /** Its page was closed to save memory, and opens when somebody goes to it. */
  readonly asleep: boolean;
  readonly failure: TabFailure | null;
  readonly auditHealthy: boolean;
}

export interface TabJudgement {
  readonly link: LinkState;
  /** null: the page shows. */
  readonly cover: CoverCard | null;
  readonly notice: string | null;
}

export function judgeTab(facts: TabFacts): TabJudgement {
  const judged = judgeLinked(facts);
  if (!facts.unlinked || judged.link === 'Signed out' || judged.link === 'No access') return judged;
  const notice = `${facts.title} is not linked: it stays with its own patient.`;
  return { ...judged, link: 'Unlinked', notice: judged.cover ? null : (judged.notice ?? notice) };
}

function judgeLinked(facts: TabFacts): TabJudgement {
  const { title } = facts;
  if (facts.patientChosen && !facts.auditHealthy) {
    return covered('Not checked', 'audit-unavailable', 'Nothing can be recorded', [
      'The audit trail cannot be written, so no patient is shown.',
      'Call IT support. Pages return by themselves once it can be written again.',
    ]);
  }
  if (facts.asleep)
    return covered('Not checked', 'loading', `${title} is asleep`, [
      'Its page was closed to save memory. It opens again when you come back to it.',
    ]);
  if (facts.signOn === 'running')
    return covered('Changing', 'signing-on', `Signing you in to ${title} …`, ['Nothing needs to be done.']);
  if (facts.failure) return judgeFailure(title, facts.failure);
  if (facts.phase === 'launching') return stillChanging(facts);
  // A page with somebody's number on it is no sign-in page, even where it asks for a password (a signature, say).
  if (facts.asksToSignIn && !facts.showsSomebody) {
    return facts.signInPageWanted ? signInPageShown(facts) : judgeSignedOut(title, facts.signOn, facts.mayTeach);
  }
  if (!facts.patientChosen) return judgeWithoutPatient(facts);
  if (!facts.canBeReadBack && !facts.unsavedWork) {
    return {
      link: 'Not checked',
      cover: null,
      notice: `Lanyard cannot read which patient ${title} shows. Check the name and number on the page yourself.`,
    };
  }
  return judgeReadBack(facts);
}

function signInPageShown({ title, learning }: TabFacts): TabJudgement {
  const notice = learning
    ? `Sign in to ${title} as usual. Lanyard watches how, and asks before it keeps anything. No patient is checked here.`
    : `${title} asks you to sign in. No patient is checked here.`;
  return { link: 'Signed out', cover: null, notice };
}

function judgeSignedOut(title: string, signOn: SignOnFact | null, mayTeach: boolean): TabJudgement {
  const signedOut = (
    kind: 'signed-out' | 'sign-in-needed' | 'sign-in-changed',
    what: string,
    reason: readonly string[],
    actions: CoverCard['actions'],
  ): TabJudgement => covered('Signed out', kind, what, reason, actions);
  switch (signOn?.outcome) {
    case undefined:
    case 'by-hand':
      return signedOut(
        'signed-out',
        `${title} is signed out`,
        [`${title} shows its own sign-in page instead of a patient.`],
        ['retry', 'show-sign-in-page'],
      );
    case 'signed-on':
      return signedOut(
        'signed-out',
        `${title} is signed out`,
        [`Lanyard signed you in to ${title} again, and it still asks. Try again, or sign in on its own page.`],
        ['retry', 'show-sign-in-page'],
      );
    case 'refused':
      return signedOut(
        'sign-in-needed',
        `${title} refused your sign-in`,
        ['It will not be tried again, so that your account is not locked. Enter the right name and password.'],
        ['enter-sign-in', 'show-sign-in-page'],
      );
    case 'credentials-needed':
      return signedOut(
        'sign-in-needed',
        `Sign in to ${title}`,
        [credentialsNeeded(title, signOn.reason)],
        ['enter-sign-in', 'show-sign-in-page'],
      );
    case 'page-changed':
      return signedOut(
        'sign-in-changed',
        `The sign-in page of ${title} changed`,
        [
          'This sign-in page changed, so nothing was typed into it. Tell IT support.',
          ...(mayTeach ? [`What changed: ${signOn.changes.join('; ')}.`] : []),
        ],
        mayTeach ? ['learn-sign-in', 'show-sign-in-page', 'retry'] : ['show-sign-in-page', 'retry'],
      );
    case 'not-learnt':
      return signedOut(
        'sign-in-needed',
        `Sign in to ${title} once`,
        ['Lanyard can watch how you sign in there, and do it for you from then on. It asks before it keeps anything.'],
        ['learn-sign-in', 'show-sign-in-page'],
      );
    case 'unavailable':
      return signedOut('signed-out', `${title} is signed out`, [signOn.explanation], ['retry', 'show-sign-in-page']);
  }
}

function credentialsNeeded(title: string, reason: 'none' | 'refused' | 'unconfirmed' | 'vault'): string {
  switch (reason) {
    case 'none':
      return `Lanyard does not know your sign-in to ${title} yet. Enter it once.`;
    case 'refused':
      return `${title} refused the stored password. It is not tried again, so that your account is not locked.`;
    case 'unconfirmed':
      return `It is not known whether ${title} accepted the stored password last time, so it is not tried again by itself.`;
    case 'vault':
      return 'Your stored sign-ins cannot be opened. "Stored sign-ins" says why. You can sign in for now.';
  }
}

function judgeFailure(title: string, failure: TabFailure): TabJudgement {
  switch (failure.kind) {
    case 'failed':
      return covered('Not checked', 'failed', `${title} did not open`, [failure.explanation], ['retry']);
    case 'crashed':
      return covered(
        'Not checked',
        'crashed',
        `${title} stopped`,
        ["The system's page ended unexpectedly."],
        ['retry'],
      );
    case 'hung':
      return covered(
        'Not checked',
        'hung',
        `${title} does not respond`,
        ['The page is busy and does not answer. What it shows cannot be checked.'],
        ['retry'],
      );
    case 'no-access':
      return covered(
        'No access',
        'no-access',
        `No access to ${title}`,
        [`${title} refused to show this to you. If you need it, call IT support.`],
        ['retry'],
      );
    case 'no-record':
      return covered('Not checked', 'no-record', `Nothing in ${title}`, [failure.explanation], ['retry']);
  }
}

function judgeWithoutPatient(facts: TabFacts): TabJudgement {
  if (facts.unsavedWork) return unsavedWork(facts.title);
  if (facts.showsSomebody) {
    return covered(
      'Different patient',
      'different-patient',
      `${facts.title} shows a patient`,
      ['No patient is chosen in Lanyard. Find the patient in Lanyard to see this page.'],
      ['retry'],
    );
  }
  if (facts.canBeReadBack && !facts.wasRead) return facts.overdue ? silent(facts) : stillChanging(facts);
  return { link: 'Not checked', cover: null, notice: null };
}

function unsavedWork(title: string): TabJudgement {
  return covered(
    'Different patient',
    'different-patient',
    `${title} has unsaved work`,
    [
      'It still shows the patient before, because something there is not saved.',
      'Choose that patient again to go back to it. "Try again" closes it, and that work is lost.',
    ],
    ['retry'],
  );
}

function restless(title: string): TabJudgement {
  const reason = 'Its page changed between patients several times. It shows when it stays with the chosen one.';
  return covered('Changing', 'loading', `${title} is restless`, [reason], ['retry']);
}

function judgeReadBack(facts: TabFacts): TabJudgement {
  const { title, verdict } = facts;
  if (verdict?.kind === 'match')
    return facts.restless ? restless(title) : { link: 'In step', cover: null, notice: formerNumber(title, verdict) };
  if (facts.unsavedWork) return unsavedWork(title);
  if (!facts.overdue) return stillChanging(facts);
  if (verdict?.kind === 'different') {
    const item = { nhsNumber: 'NHS number', localNumber: 'number', dateOfBirth: 'birth date', name: 'name' }[
      verdict.item
    ];
    return covered(
      'Different patient',
      'different-patient',
      `${title} shows another patient`,
      [`The ${item} on its page is not the chosen patient's, so the page is covered.`],
      ['retry'],
    );
  }
  return silent(facts);
}

function formerNumber(title: string, { showsFormerNumber }: Extract<Verdict, { kind: 'match' }>): string | null {
  return showsFormerNumber ? `${title} shows a number that this patient had before.` : null;
}

function silent({ title, verdict }: TabFacts): TabJudgement {
  const reason =
    verdict?.kind === 'incomplete'
      ? verdict.missing === 'number'
        ? 'Its page shows no number that Lanyard can compare with the chosen patient.'
        : 'Its page shows a number but neither a birth date nor a name to confirm it.'
      : 'Its page does not say which patient it shows.';
  return covered('Not checked', 'silent', `${title} did not show who this is`, [reason], ['retry']);
}

function stillChanging({ title, slow, patientChosen }: TabFacts): TabJudgement {
  if (!slow) return covered('Changing', 'loading', `Opening ${title} …`, []);
  const waiting = patientChosen ? 'The page stays covered until it shows the chosen patient.' : 'Still waiting for it.';
  return covered('Changing', 'slow', `${title} is slow to answer`, [waiting], ['retry']);
}

function covered(
  link: LinkState,
  kind: CoverCard['kind'],
  title: string,
  sentences: readonly string[],
  actions: CoverCard['actions'] = [],
): TabJudgement {
  return { link, cover: { kind, title, reason: sentences.join(' '), actions }, notice: null };
}
