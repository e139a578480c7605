/**
 * Where one system's credentials come from: entered for this session, stored in the vault, or those of the sign-in to
 * Lanyard itself. All keep the one rule: taken for one attempt, and never tried again once they were refused.
 */
import type { Clock } from '../context/clock.js';
import type { AuditPort } from '../domain/audit.js';
import type { Secret } from '../domain/secret.js';
import type { Credentials, StoredState, Vault } from '../vault/vault.js';
import type { CredentialSource } from './signOn.js';

interface SourceParts {
  /** `systems[].id` or `identityProviders[].id`. */
  readonly id: string;
  readonly audit: AuditPort;
}

/** @param parts.vault null: it cannot be opened, or is not open yet */
export function vaultCredentials({ id, audit, vault }: SourceParts & { vault: () => Vault | null }): CredentialSource {
  const refused = (open: Vault): ReadonlySet<string> =>
    new Set(open.list().flatMap(({ systemId, state }) => (state === 'refused' ? [systemId] : [])));
  return {
    id,
    get state() {
      const open = vault();
      if (!open) return 'vault';
      return open.list().find(({ systemId }) => systemId === id)?.state ?? 'none';
    },
    take: async () => (await vault()?.take(id)) ?? null,
    confirm: async () => vault()?.confirm(id),
    untouched: async () => vault()?.untouched(id),
    refuse: async () => {
      const open = vault();
      if (!open) return;
      const before = refused(open);
      await open.refuse(id);
      for (const systemId of refused(open))
        if (!before.has(systemId)) audit.record({ type: 'signOn.stored', systemId, change: 'refused' });
    },
  };
}

/** By the credentials themselves: what is entered anew begins anew. */
const enteredStates = new WeakMap<Credentials, StoredState>();

/**
 * What was entered for this session only.
 * @param parts.entered by system; whoever owns it wipes what it removes
 */
export function sessionCredentials({
  id,
  audit,
  entered,
}: SourceParts & { entered: ReadonlyMap<string, Credentials> }): CredentialSource {
  const stateOf = (credentials: Credentials): StoredState => enteredStates.get(credentials) ?? 'usable';
  let taken: Credentials | null = null;
  /** An answer to what was entered before says nothing about what is entered now. */
  const answer = (state: StoredState): boolean => {
    if (!taken || taken !== entered.get(id)) return false;
    enteredStates.set(taken, state);
    return true;
  };
  return {
    id,
    get state() {
      const credentials = entered.get(id);
      return credentials ? stateOf(credentials) : 'none';
    },
    take: async () => {
      const credentials = entered.get(id);
      if (!credentials || stateOf(credentials) !== 'usable') return null;
      const copy = { userName: credentials.userName, password: credentials.password.copy() };
      enteredStates.set(credentials, 'unconfirmed');
      taken = credentials;
      return Promise.resolve(copy);
    },
    confirm: async () => {
      answer('usable');
      return Promise.resolve();
    },
    untouched: async () => {
      if (taken && stateOf(taken) === 'unconfirmed') answer('usable');
      return Promise.resolve();
    },
    refuse: async () => {
      if (answer('refused')) audit.record({ type: 'signOn.stored', systemId: id, change: 'refused' });
      return Promise.resolve();
    },
  };
}

/** amara · amara@ward.example.nhs · WARD\amara */
export type UserNameForm = 'account-name' | 'principal-name' | 'netbios-name';

export interface DirectoryAccountParts {
  readonly accountName: string;
  readonly principalName: string;
  /** `directory.netbiosName`; absent: the domain's first label, as Windows proposes it. */
  readonly netbiosName: string | undefined;
  /** Becomes the account's own; wiped by dispose(). */
  readonly password: Secret;
  /**
   * Asks the directory whether this is still the password, after a system refused it and before another one gets it:
   * one wrong system does not cost the others, and one changed password costs two tries at most, however many systems
   * share it. null: after one refusal no system gets it any more. Rejects where nobody can say.
   */
  readonly isStillRight: ((password: Secret) => Promise<boolean>) | null;
  readonly clock: Clock;
}

/** So long others wait for the system that tries the password first, in milliseconds. */
const ANSWER_DEADLINE = 10_000;
/** So long an accepted password counts as not changed meanwhile, in milliseconds. */
const PROVEN_FOR = 300_000;

/** The name and password of the sign-in to Lanyard, for every system that is configured to share it. */
export class DirectoryAccount {
  readonly #states = new Map<string, StoredState>();
  /** After a refusal: is it still the password? null: no system has refused it since it was last known to be right. */
  #doubt: Promise<boolean> | null = null;
  #isWrong = false;
  #isAsking = false;
  /** Grows with every new password: an answer about the one before says nothing of this one. */
  #turn = 0;
  /** When the directory or a system accepted it last; null: it was refused since. */
  #provenAt: number | null;
  /** The system that finds out. */
  #trying: { readonly id: string; readonly over: Promise<void>; readonly end: () => void } | null = null;
  #isDisposed = false;
  #password: Secret;

  constructor(private readonly parts: DirectoryAccountParts) {
    this.#password = parts.password;
    this.#provenAt = parts.clock.now(); // they have just signed in with it
  }

  credentialsFor({ id, audit, userName }: SourceParts & { userName: UserNameForm }): CredentialSource {
    const stateOf = (): CredentialSource['state'] => this.#stateOf(id);
    return {
      id,
      get state() {
        return stateOf();
      },
      take: () => this.#take(id, userName),
      confirm: async () => {
        if (this.#states.get(id) !== 'unconfirmed') return Promise.resolve();
        this.#states.set(id, 'usable');
        this.#provenAt = this.parts.clock.now();
        this.#answered(id);
        return Promise.resolve();
      },
      untouched: async () => {
        if (this.#states.get(id) === 'unconfirmed') this.#states.set(id, 'usable');
        this.#answered(id);
        return Promise.resolve();
      },
      refuse: async () => {
        this.#states.set(id, 'refused');
        this.#provenAt = null;
        this.#askAgain();
        this.#answered(id);
        audit.record({ type: 'signOn.stored', systemId: id, change: 'refused' });
        return Promise.resolve();
      },
    };
  }

  /**
   * The directory took a new password just now: what systems said of the one before counts no more.
   * @param password becomes the account's own
   * @returns the one before, the caller's to wipe
   */
  passwordChanged(password: Secret): Secret {
    const before = this.#password;
    this.#password = password;
    if (this.#isDisposed) password.wipe();
    this.#states.clear();
    this.#doubt = null;
    this.#isWrong = false;
    this.#isAsking = false;
    this.#turn += 1;
    this.#provenAt = this.parts.clock.now();
    this.#trying?.end();
    return before;
  }

  /** @returns the one that systems get, the caller's to wipe; null: it is this one, or there is none any more */
  unless(password: Secret): Secret | null {
    return this.#isDisposed || this.#password.equals(password) ? null : this.#password.copy();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#password.wipe();
  }

  #stateOf(id: string): CredentialSource['state'] {
    if (this.#isDisposed) return 'none';
    return this.#isWrong ? 'refused' : (this.#states.get(id) ?? 'usable');
  }

  async #take(id: string, form: UserNameForm): Promise<Credentials | null> {
    // SECURITY(lockout): it may have been changed elsewhere; until one system has accepted it, one at a time finds out; a wrong one costs one try, not ten.
    while (!this.#isProven && this.#trying && this.#trying.id !== id && !this.#isWrong) await this.#trying.over;
    if (this.#doubt && !(await this.#doubt)) this.#isWrong = true;
    if (this.#stateOf(id) !== 'usable') return null;
    this.#states.set(id, 'unconfirmed');
    if (!this.#isProven) this.#begin(id);
    return { userName: this.#name(form), password: this.#password.copy() };
  }

  get #isProven(): boolean {
    return this.#provenAt !== null && this.parts.clock.now() - this.#provenAt < PROVEN_FOR;
  }

  #begin(id: string): void {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const cancel = this.parts.clock.after(ANSWER_DEADLINE, end);
    this.#trying = {
      id,
      over,
      end: () => {
        cancel();
        end();
      },
    };
    void over.then(() => {
      if (this.#trying?.over === over) this.#trying = null;
    });
  }

  #answered(id: string): void {
    if (this.#trying?.id === id) this.#trying.end();
  }

  /** Asked at once, so that one question serves every system that comes next. */
  #askAgain(): void {
    const { isStillRight } = this.parts;
    if (!isStillRight || this.#isDisposed) this.#isWrong = true;
    // One question for each doubt, and none about what is known to be wrong: every one of them is a try as well.
    if (!isStillRight || this.#isWrong || this.#isAsking) return;
    this.#isAsking = true;
    const turn = this.#turn;
    const copy = this.#password.copy();
    // SECURITY(lockout): where nobody can say, it counts as wrong.
    this.#doubt = isStillRight(copy)
      .catch(() => false)
      .then((isRight) => {
        copy.wipe();
        if (turn !== this.#turn) return !this.#isWrong;
        this.#isAsking = false;
        if (isRight) this.#provenAt = this.parts.clock.now();
        else this.#isWrong = true;
        return isRight;
      });
  }

  #name(form: UserNameForm): string {
    const { accountName, principalName, netbiosName } = this.parts;
    switch (form) {
      case 'account-name':
        return accountName;
      case 'principal-name':
        return principalName;
      case 'netbios-name': {
        const label = principalName.slice(principalName.lastIndexOf('@') + 1).split('.')[0] ?? '';
        return `${netbiosName ?? label.slice(0, 15).toUpperCase()}\\${accountName}`;
      }
    }
  }
}
