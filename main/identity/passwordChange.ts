/**
 * Changing one's own password: for whoever is signed in, and on the sign-in page for a person whom the directory has just
 * told to change it. The page never says whose: it is the one or the other. Also the warning before a password expires.
 *
 * Both passwords pass through `change` into the directory. After a change on the sign-in page they are held until the
 * session is open, since what is sealed with the old one has to be sealed with the new one.
 */
import type { PasswordChangeOutcome, PasswordHelp, PasswordWarning, SignInOutcome } from '../../preload/contract.js';
import type { AuditEvent } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import { withDeadline } from './deadline.js';
import type { ExpiryWarnings } from './expiryWarnings.js';
import { explainNewPassword, type OwnProblem } from './newPasswordWords.js';
import type { PasswordChangeAnswer, PasswordDirectory } from './passwordDirectory.js';
import { explain } from './refusals.js';

export type PasswordEvent = Extract<AuditEvent, { type: `password.${string}` }>;

/**
 * What a session does with a password that has changed: seals anew, renews, remembers. Both stay the caller's.
 * @returns sentences for the clinician about what could not be done
 */
export type ApplyPassword = (before: Secret, after: Secret) => Promise<readonly string[]>;

export interface PasswordChangeParts {
  readonly directory: PasswordDirectory;
  /** Throws when the line is not on disk. */
  readonly audit: { record(event: PasswordEvent): void };
  readonly session: {
    /** null while nobody is signed in, or under a lock. */
    readonly clinician: { readonly principalName: string; readonly passwordExpires: Date | null } | null;
    signIn(userName: string, password: string): Promise<SignInOutcome>;
    /** So that nobody is warned of the end of the old one. */
    passwordChanged(passwordExpires: Date | null): void;
  };
  /** The directory can change a password that signs nobody in: it has a service account. */
  readonly forPeopleOutside: boolean;
  readonly warnings: ExpiryWarnings;
  readonly hashTypedName: (typed: string) => string;
  readonly now: () => Date;
  readonly report: (error: unknown) => void;
  readonly deadlines?: Partial<PasswordDeadlines>;
}

/** Milliseconds. */
export interface PasswordDeadlines {
  readonly change: number;
  readonly rules: number;
  readonly apply: number;
}
const usualDeadlines: PasswordDeadlines = { change: 20_000, rules: 5_000, apply: 45_000 };

/** Reasons of a sign-in that a new password puts right. */
const changeable = { 'must-change-password': 'must-change', 'password-expired': 'expired' } as const;
type Because = 'chosen' | (typeof changeable)[keyof typeof changeable];

interface Owner {
  /** As typed, or the principal name of whoever is signed in. */
  readonly userName: string;
  readonly because: Because;
}

const NOT_APPLIED =
  'Your stored sign-ins could not be changed with it. Open "Stored sign-ins" to see what is missing, or call IT support.';

export class PasswordChange {
  readonly #parts: PasswordChangeParts;
  readonly #deadlines: PasswordDeadlines;
  /** Refused on the sign-in page because of their password; until the next attempt there. */
  #waiting: Owner | null = null;
  #isBusy = false;
  #apply: ApplyPassword | null = null;
  /** Changed on the sign-in page; for the session that is being opened. */
  #unapplied: { readonly before: Secret; readonly after: Secret } | null = null;
  /** Of this session, until it is dismissed. */
  #warning: PasswordWarning = null;

  constructor(parts: PasswordChangeParts) {
    this.#parts = parts;
    this.#deadlines = { ...usualDeadlines, ...parts.deadlines };
  }

  /** To be asked about every answer to a sign-in: offers the change where it helps. */
  afterSignIn(userName: string, outcome: SignInOutcome): SignInOutcome {
    this.#waiting = null;
    if (outcome.outcome !== 'refused' || !this.#parts.forPeopleOutside || !isChangeable(outcome.reason)) return outcome;
    this.#waiting = { userName, because: changeable[outcome.reason] };
    return { ...outcome, remedy: 'Choose a new one here.', changePassword: true };
  }

  /** Whose password would be changed, and what the domain asks of the new one. */
  async help(): Promise<PasswordHelp> {
    const owner = this.#owner();
    if (!owner) throw new LanyardError('not-signed-in', 'Nobody is signed in');
    const { directory, report } = this.#parts;
    const rules = await withDeadline(this.#deadlines.rules, null, (signal) =>
      directory.passwordRules(owner.userName, signal),
    ).catch((error: unknown) => {
      report(error);
      return null;
    });
    return {
      userName: owner.userName,
      rules: rules && {
        ...rules,
        nameParts: [...rules.nameParts],
        mayChangeFrom: rules.mayChangeFrom?.toISOString() ?? null,
      },
    };
  }

  /** One at a time. Never rejects but for defects. */
  async change(before: string, after: string): Promise<PasswordChangeOutcome> {
    const owner = this.#owner();
    const problem = this.#isBusy ? 'busy' : owner ? unfit(before, after) : 'nobody';
    if (problem !== null || !owner) return explainNewPassword(problem ?? 'nobody', null);
    this.#isBusy = true;
    try {
      return await this.#change(owner, before, after);
    } finally {
      this.#isBusy = false;
    }
  }

  /** null: nothing to say. The first time it is asked for counts as said, for today. */
  warning(): PasswordWarning {
    const { session, warnings, now } = this.#parts;
    const { clinician } = session;
    if (clinician === null) return null;
    const { principalName, passwordExpires } = clinician;
    if (this.#warning || !passwordExpires || !warnings.isDue(principalName, passwordExpires)) return this.#warning;
    const daysLeft = Math.floor((passwordExpires.getTime() - now().getTime()) / 86_400_000);
    this.#note({ type: 'password.expiryWarned', user: principalName, daysLeft });
    warnings.told(principalName);
    this.#warning = { expires: passwordExpires.toISOString() };
    return this.#warning;
  }

  dismissWarning(): void {
    this.#warning = null;
  }

  /** The session of whoever signed in is open; `apply` serves until it ends. */
  sessionOpened(apply: ApplyPassword): void {
    this.#apply = apply;
    const changed = this.#unapplied;
    this.#unapplied = null;
    if (!changed) return;
    void this.#applyTo(apply, changed.before, changed.after).finally(() => {
      changed.before.wipe();
      changed.after.wipe();
    });
  }

  /** Nothing of either password is left. Repeatable. */
  sessionEnded(): void {
    this.#apply = null;
    this.#warning = null;
    this.#forgetUnapplied();
  }

  #owner(): Owner | null {
    const { clinician } = this.#parts.session;
    return clinician ? { userName: clinician.principalName, because: 'chosen' } : this.#waiting;
  }

  async #change(owner: Owner, before: string, after: string): Promise<PasswordChangeOutcome> {
    const { session, hashTypedName, now } = this.#parts;
    const isOwn = owner.because === 'chosen';
    const who = isOwn
      ? { user: owner.userName, typedNameHash: null }
      : { user: null, typedNameHash: hashTypedName(owner.userName) };
    try {
      this.#parts.audit.record({ type: 'password.changeAsked', ...who, because: owner.because });
    } catch (error) {
      this.#parts.report(error);
      return { ...explain('audit-unavailable', {}, now()), field: 'before' };
    }
    const answer = await this.#ask(owner.userName, before, after);
    const user = ('principalName' in answer ? answer.principalName : null) ?? who.user;
    const note = (outcome: 'changed' | 'refused' | 'uncertain' | 'unavailable', reason: string | null): void => {
      this.#note({ type: 'password.changeEnded', user, outcome, reason });
    };
    switch (answer.outcome) {
      case 'new-refused':
        note('refused', answer.problem);
        return explainNewPassword(answer.problem, answer.rules);
      case 'uncertain':
        note('uncertain', null);
        this.#parts.report(new Error(`a change of password: ${answer.detail}`));
        return explainNewPassword('uncertain', null);
      case 'unavailable':
        note('unavailable', answer.reason);
        return { ...explain(answer.reason, answer, now()), field: 'after' };
      case 'refused': {
        note('refused', answer.reason);
        const said = explain(answer.reason, answer, now());
        const message = answer.reason === 'wrong-credentials' ? 'The present password is wrong.' : said.message;
        return { ...said, message, field: 'before' };
      }
      case 'changed':
        note('changed', null);
    }
    if (isOwn) {
      if (session.clinician?.principalName === owner.userName) session.passwordChanged(answer.passwordExpires);
      this.#warning = null;
      const apply = this.#apply;
      return { outcome: 'changed', notices: await this.#applyOwn(apply, before, after), signIn: null };
    }
    this.#waiting = null;
    this.#forgetUnapplied();
    this.#unapplied = { before: Secret.of(before), after: Secret.of(after) };
    const signIn = await session.signIn(owner.userName, after);
    if (signIn.outcome !== 'signed-in') this.#forgetUnapplied();
    return { outcome: 'changed', notices: [], signIn: this.afterSignIn(owner.userName, signIn) };
  }

  async #ask(userName: string, before: string, after: string): Promise<PasswordChangeAnswer> {
    const { directory, report } = this.#parts;
    try {
      return await withDeadline(this.#deadlines.change, null, (signal) =>
        directory.changePassword(userName, before, after, signal),
      );
    } catch (error) {
      report(error);
      // It may have been sent.
      return { outcome: 'uncertain', principalName: userName, detail: 'no answer in time' };
    }
  }

  async #applyOwn(apply: ApplyPassword | null, before: string, after: string): Promise<string[]> {
    if (!apply) return [NOT_APPLIED];
    const [old, fresh] = [Secret.of(before), Secret.of(after)];
    try {
      return [...(await this.#applyTo(apply, old, fresh))];
    } finally {
      old.wipe();
      fresh.wipe();
    }
  }

  async #applyTo(apply: ApplyPassword, before: Secret, after: Secret): Promise<readonly string[]> {
    try {
      return await withDeadline(this.#deadlines.apply, null, () => apply(before, after));
    } catch (error) {
      this.#parts.report(error);
      return [NOT_APPLIED];
    }
  }

  #forgetUnapplied(): void {
    this.#unapplied?.before.wipe();
    this.#unapplied?.after.wipe();
    this.#unapplied = null;
  }

  #note(event: PasswordEvent): void {
    try {
      this.#parts.audit.record(event);
    } catch (error) {
      this.#parts.report(error); // it has happened already
    }
  }
}

function isChangeable(reason: string): reason is keyof typeof changeable {
  return reason in changeable;
}

/** What needs no directory to be refused. */
function unfit(before: string, after: string): OwnProblem | null {
  if (after === '') return 'new-missing';
  if (after === before) return 'same';
  // A half of a pair of UTF-16 units is no character.
  return after.includes('\0') || /\p{Surrogate}/u.test(after) ? 'unusable' : null;
}
