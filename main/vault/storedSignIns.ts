/**
 * The vault itself, over any storage. In memory it keeps what may be listed, the sealed bytes and the key; a password
 * is in the clear only while a change is made.
 *
 * Every change reads what the storage holds now (another desktop may have written), merges, changes, and is durable
 * before it is answered. Changes come one after the other.
 */
import type { Clock } from '../context/clock.js';
import { LanyardError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { decode, encode, type Entries, type Entry, merge, wipeEntries } from './entries.js';
import { DamagedVault, OtherKey, type VaultKey } from './sealedVault.js';
import type { Credentials, StoredSignIn, StoredState, Vault } from './vault.js';
import type { VaultStorage } from './vaultStorage.js';

/** A share may hang; nobody waits longer. */
const DEADLINE_MS = 15_000;
/** A system that neither lets in nor refuses holds others up no longer. */
const ANSWER_MS = 10_000;

export interface VaultParts {
  readonly kind: Vault['kind'];
  readonly storage: VaultStorage;
  readonly key: VaultKey;
  readonly clock: Clock;
  /** The key for another directory password; absent: this vault is not sealed by it. The password stays the caller's. */
  readonly keyFor?: (password: Secret) => Promise<VaultKey>;
}

/** What one change leaves behind. Secrets that are only in `entries` or only in what was there are wiped by the vault. */
interface Change<T> {
  /** null: nothing is to be saved. */
  readonly entries: Entries | null;
  readonly answer: T;
}

export class StoredSignIns implements Vault {
  readonly kind: Vault['kind'];
  readonly #storage: VaultStorage;
  readonly #clock: Clock;
  readonly #keyFor: VaultParts['keyFor'];
  #key: VaultKey;
  /** What this desktop last read or wrote, sealed by #key. */
  #sealed: Buffer | null = null;
  #listed: readonly StoredSignIn[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #isDisposed = false;
  /** In this session: taken and not answered yet; and let in. */
  readonly #trying = new Set<string>();
  /** Which sign-in was taken last, by when it was stored: an answer to it says nothing about one stored since. */
  readonly #taken = new Map<string, number>();
  readonly #proven = new Set<string>();
  readonly #waiting: (() => void)[] = [];

  private constructor({ kind, storage, key, clock, keyFor }: VaultParts) {
    this.kind = kind;
    this.#storage = storage;
    this.#key = key;
    this.#clock = clock;
    this.#keyFor = keyFor;
  }

  /**
   * @param sealed what the storage holds; null: nothing yet
   * @throws DamagedVault, or OtherKey; the key is the caller's again
   */
  static open(parts: VaultParts, sealed: Buffer | null): StoredSignIns {
    const vault = new StoredSignIns(parts);
    if (sealed) {
      const entries = opened(parts.key, sealed);
      vault.#remember(entries, sealed);
      wipeEntries(entries);
    }
    return vault;
  }

  list(): readonly StoredSignIn[] {
    return this.#listed;
  }

  store(systemId: string, { userName, password }: Credentials): Promise<void> {
    return this.#change((entries) =>
      this.#with(entries, systemId, { userName, password: password.copy(), state: 'usable' }),
    );
  }

  /** Waits while another system tries the same name and password for the first time in this session: see README.md. */
  async take(systemId: string): Promise<Credentials | null> {
    let waited = false;
    for (;;) {
      const taken = await this.#takeOrWait(systemId, waited);
      if (taken !== 'wait') return taken;
      await this.#answerOfAnother();
      waited = true;
    }
  }

  async confirm(systemId: string): Promise<void> {
    try {
      const isKept = await this.#change<boolean>((entries) =>
        this.#isAnswer(entries, systemId)
          ? { ...inState(entries, [systemId], 'usable'), answer: true }
          : { entries: null, answer: false },
      );
      if (isKept) this.#proven.add(systemId);
    } finally {
      this.#answered(systemId);
    }
  }

  async untouched(systemId: string): Promise<void> {
    try {
      await this.#change((entries) =>
        entries.get(systemId)?.signIn?.state === 'unconfirmed'
          ? inState(entries, [systemId], 'usable')
          : { entries: null, answer: undefined },
      );
    } finally {
      this.#answered(systemId);
    }
  }

  /** Also marks what would only be the same wrong answer again, at the same directory: see README.md. */
  async refuse(systemId: string): Promise<void> {
    try {
      await this.#change((entries) => {
        if (!this.#isAnswer(entries, systemId)) return { entries: null, answer: undefined };
        const same = sharing(entries, systemId).filter(({ signIn }) => signIn?.state === 'usable');
        return inState(entries, [systemId, ...same.map((entry) => entry.systemId)], 'refused');
      });
    } finally {
      this.#proven.delete(systemId);
      this.#answered(systemId);
    }
  }

  remove(systemId: string): Promise<void> {
    return this.#change((entries) =>
      entries.get(systemId)?.signIn ? this.#with(entries, systemId, null) : { entries: null, answer: undefined },
    );
  }

  async directoryPasswordChanged(before: Secret, after: Secret): Promise<readonly string[]> {
    const next = await this.#keyFor?.(after);
    try {
      return await this.#change((entries) => this.#updated(entries, before, after), next);
    } catch (error) {
      next?.wipe();
      throw error;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#key.wipe();
    this.#storage.dispose();
    this.#sealed?.fill(0);
    this.#sealed = null;
    this.#listed = [];
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #takeOrWait(systemId: string, hasWaited: boolean): Promise<Credentials | null | 'wait'> {
    let password: Secret | undefined;
    try {
      return await this.#change<Credentials | null | 'wait'>((entries) => {
        const signIn = entries.get(systemId)?.signIn;
        if (signIn?.state !== 'usable') return { entries: null, answer: null };
        const others = sharing(entries, systemId).map((entry) => entry.systemId);
        const isProven = this.#proven.has(systemId) || others.some((other) => this.#proven.has(other));
        if (!isProven && !hasWaited && others.some((other) => this.#trying.has(other)))
          return { entries: null, answer: 'wait' };
        password = signIn.password.copy();
        this.#trying.add(systemId);
        this.#taken.set(systemId, entries.get(systemId)?.storedAt ?? 0);
        return { ...inState(entries, [systemId], 'unconfirmed'), answer: { userName: signIn.userName, password } };
      });
    } catch (error) {
      password?.wipe();
      if (password) this.#answered(systemId);
      throw error;
    }
  }

  #isAnswer(entries: Entries, systemId: string): boolean {
    const taken = this.#taken.get(systemId);
    return taken === undefined || taken === entries.get(systemId)?.storedAt;
  }

  #answerOfAnother(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ANSWER_MS, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #answered(systemId: string): void {
    this.#trying.delete(systemId);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #updated(entries: Entries, before: Secret, after: Secret): Change<readonly string[]> {
    const answer: string[] = [];
    let changed = entries;
    for (const { systemId, signIn } of entries.values()) {
      if (!signIn?.password.equals(before)) continue;
      answer.push(systemId);
      changed = this.#with(changed, systemId, { ...signIn, password: after.copy(), state: 'usable' }).entries;
    }
    return { entries: changed, answer };
  }

  /** Always later than what it replaces, whatever the clocks of two desktops say. */
  #with(entries: Entries, systemId: string, signIn: Entry['signIn']): { entries: Entries; answer: undefined } {
    this.#proven.delete(systemId);
    const storedAt = Math.max(this.#clock.now(), (entries.get(systemId)?.storedAt ?? 0) + 1);
    return {
      entries: new Map(entries).set(systemId, { systemId, storedAt, revision: 0, signIn }),
      answer: undefined,
    };
  }

  /** @param next the key it is sealed with from now on; absent: the same */
  #change<T>(work: (entries: Entries) => Change<T>, next?: VaultKey): Promise<T> {
    const change = this.#last.then(() =>
      this.#inTime((late) => this.#storage.alone(() => this.#changeAlone(work, next, late))),
    );
    this.#last = change.catch(() => undefined);
    return change.catch((error: unknown) => {
      throw explained(error);
    });
  }

  async #changeAlone<T>(
    work: (entries: Entries) => Change<T>,
    next: VaultKey | undefined,
    late: AbortSignal,
  ): Promise<T> {
    const key = this.#key;
    const onDisk = await this.#storage.load();
    this.#refuseDisposed(late);
    const stored = onDisk ? opened(key, onDisk) : new Map<string, Entry>();
    const known = this.#sealed ? opened(key, this.#sealed) : new Map<string, Entry>();
    const held = [stored, known];
    try {
      const merged = merge(stored, known);
      const { entries, answer } = work(merged);
      if (entries) held.push(entries);
      const changed = entries ?? merged;
      const plain = encode(changed);
      const sealed = (next ?? key).seal(plain);
      plain.fill(0);
      if (entries) await this.#storage.save(sealed);
      this.#refuseDisposed(late);
      this.#remember(changed, sealed);
      if (next) {
        this.#key = next;
        key.wipe();
      }
      return answer;
    } finally {
      held.forEach(wipeEntries);
    }
  }

  #remember(entries: Entries, sealed: Buffer): void {
    this.#sealed = sealed;
    this.#listed = [...entries.values()].flatMap(({ systemId, storedAt, signIn }) =>
      signIn ? [{ systemId, userName: signIn.userName, storedAt: new Date(storedAt), state: signIn.state }] : [],
    );
  }

  #refuseDisposed(late?: AbortSignal): void {
    late?.throwIfAborted();
    if (this.#isDisposed)
      throw new LanyardError('vault-unavailable', 'Your stored sign-ins are closed: you have signed out');
  }

  /** What comes after its deadline changes nothing in memory; what it wrote is read again with the next change. */
  #inTime<T>(work: (late: AbortSignal) => Promise<T>): Promise<T> {
    this.#refuseDisposed();
    const limit = new AbortController();
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(DEADLINE_MS, () => {
        limit.abort(Object.assign(new Error('the storage did not answer'), { code: 'ETIMEDOUT' }));
        reject(limit.signal.reason as Error);
      });
      work(limit.signal).then(resolve, reject).finally(cancel);
    });
  }
}

function opened(key: VaultKey, sealed: Buffer): Entries {
  const plain = key.open(sealed);
  try {
    return decode(plain);
  } finally {
    plain.fill(0);
  }
}

/** The other systems that would be sent the same account name with the same password. */
function sharing(entries: Entries, systemId: string): readonly Entry[] {
  const own = entries.get(systemId)?.signIn;
  if (!own) return [];
  return [...entries.values()].filter(
    (entry) =>
      entry.systemId !== systemId &&
      entry.signIn &&
      accountName(entry.signIn.userName) === accountName(own.userName) &&
      entry.signIn.password.equals(own.password),
  );
}

function inState(entries: Entries, systemIds: readonly string[], state: StoredState): Change<undefined> {
  const changed = new Map(entries);
  for (const systemId of systemIds) {
    const entry = changed.get(systemId);
    if (!entry?.signIn || entry.signIn.state === state) continue;
    changed.set(systemId, { ...entry, revision: entry.revision + 1, signIn: { ...entry.signIn, state } });
  }
  return { entries: changed, answer: undefined };
}

/** amara · amara@ward.example.nhs · WARD\amara are one account to a directory. */
function accountName(userName: string): string {
  return (userName.split('\\').at(-1) ?? '').replace(/@.*$/s, '').toLowerCase();
}

function explained(error: unknown): LanyardError {
  if (error instanceof LanyardError) return error;
  const say = (message: string): LanyardError => new LanyardError('vault-unavailable', message, { cause: error });
  if (error instanceof OtherKey)
    return say(
      'Your stored sign-ins were sealed anew at another desktop, because your password changed. Sign out and sign in again',
    );
  if (error instanceof DamagedVault)
    return say('The file of your stored sign-ins is damaged. It is kept as it is. Call IT support');
  if (error instanceof TypeError) throw error; // a defect, not the world's fault
  return say(
    'Your stored sign-ins cannot be reached or saved, so none is used now. Sign in by hand, or call IT support',
  );
}
