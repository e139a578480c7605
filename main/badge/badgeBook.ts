/**
 * Whose badge is whose, and each one's PIN: one small file that the workstations of a group share.
 *
 * A badge's number is short and printed on many badges, and a PIN has a million values, so neither a hash nor a slow hash
 * of them is safe in a file that can be copied. Both are kept under a key of the trust's that lies elsewhere
 * (docs/BADGES.md). The file is authenticated as a whole; one that fails is refused and never written over.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../context/clock.js';
import { LEAST_BADGE_KEY_BYTES, MOST_PIN_TRIES, refusalOfPin } from '../domain/badgeProof.js';
import { samePerson } from '../domain/badgeTap.js';
import { LanyardError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { passwordKey } from '../vault/passwordKey.js';
import { newPasswordKeyOrigin } from '../vault/sealedVault.js';
import type { VaultStorage } from '../vault/vaultStorage.js';

const DAY_MS = 86_400_000;

export interface BadgeBookParts {
  /** Where the file is; `alone` keeps two workstations from writing at once. Disposed of by the book. */
  readonly storage: VaultStorage;
  /** The trust's key for badges, at least 32 random bytes; stays the caller's. */
  readonly key: Uint8Array;
  /** Digits a PIN has at least. */
  readonly leastPinLength: number;
  /** Days after which a badge must be enrolled again; null: never. */
  readonly expireDays: number | null;
  /** Argon2id of PINs. Absent: as the vault's: 64 MiB, 6 passes. */
  readonly pinCost?: { readonly passes: number; readonly memoryBytes: number };
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

export type BadgeOwner =
  | { readonly outcome: 'unknown' }
  | {
      /** expired: to be enrolled again, with the password. */
      readonly outcome: 'known' | 'expired';
      readonly principalName: string;
      readonly hasPin: boolean;
      /** Wrong PINs since the last right one or the last password. */
      readonly triesUsed: number;
    };

export type PinVerdict =
  | { readonly outcome: 'right' }
  | { readonly outcome: 'wrong'; readonly triesLeft: number }
  /** Too many wrong ones, or no PIN is set. */
  | { readonly outcome: 'password-needed' };

const hex256 = z.string().regex(/^[0-9a-f]{64}$/);
const Pin = z.strictObject({
  salt: z.base64(),
  passes: z.int().min(1).max(16),
  memoryBytes: z
    .int()
    .min(8192)
    .max(256 * 1024 * 1024),
  check: hex256,
  triesUsed: z.int().min(0),
});
const Person = z.strictObject({
  principalName: z.string().min(1).max(320),
  badge: hex256,
  /** Milliseconds since 1970. */
  enrolledAt: z.int(),
  pin: Pin.nullable(),
});
const Contents = z.strictObject({ version: z.literal(1), revision: z.int().min(0), people: z.array(Person) });
type Contents = z.infer<typeof Contents>;
type Person = z.infer<typeof Person>;

export class BadgeBook {
  readonly #badgeKey: Buffer;
  readonly #pinKey: Buffer;
  readonly #fileKey: Buffer;
  /** An older file than one seen before is somebody's copy: badges that were removed would be back in it. */
  #newest = 0;

  /** @throws RangeError for a key of fewer than 32 bytes */
  constructor(private readonly parts: BadgeBookParts) {
    if (parts.key.byteLength < LEAST_BADGE_KEY_BYTES)
      throw new RangeError('the key for badges needs at least 32 bytes');
    this.#badgeKey = derived(parts.key, 'badge');
    this.#pinKey = derived(parts.key, 'pin');
    this.#fileKey = derived(parts.key, 'file');
  }

  /** `badge` stays the caller's. @throws LanyardError('unavailable') where the file cannot be read or was changed */
  async find(badge: Secret): Promise<BadgeOwner> {
    const { people } = await this.#read();
    const hash = this.#hashOf(badge);
    const person = people.find((one) => one.badge === hash);
    if (!person) return { outcome: 'unknown' };
    const { expireDays, clock } = this.parts;
    const isExpired = expireDays !== null && clock.now() - person.enrolledAt >= expireDays * DAY_MS;
    return {
      outcome: isExpired ? 'expired' : 'known',
      principalName: person.principalName,
      hasPin: person.pin !== null,
      triesUsed: person.pin?.triesUsed ?? 0,
    };
  }

  /** What is enrolled for this clinician; null: no badge. @throws LanyardError('unavailable') */
  async of(principalName: string): Promise<{ readonly hasPin: boolean; readonly enrolledAt: Date } | null> {
    const { people } = await this.#read();
    const person = people.find((one) => samePerson(one.principalName, principalName));
    return person ? { hasPin: person.pin !== null, enrolledAt: new Date(person.enrolledAt) } : null;
  }

  /**
   * After the directory accepted this clinician's password. A badge they had before is theirs no longer; the PIN stays.
   * @param badge stays the caller's
   * @throws LanyardError('forbidden') where the badge is somebody else's; 'unavailable'
   */
  async enrol(badge: Secret, principalName: string): Promise<void> {
    const hash = this.#hashOf(badge);
    await this.#change((people) => {
      const owner = people.find((one) => one.badge === hash);
      if (owner && !samePerson(owner.principalName, principalName)) throw somebodyElses();
      const before = people.find((one) => samePerson(one.principalName, principalName));
      const enrolled = { principalName, badge: hash, enrolledAt: this.parts.clock.now(), pin: before?.pin ?? null };
      return [...people.filter((one) => one !== before), enrolled];
    });
  }

  /**
   * For support, and for badges that were lost: the badge and its PIN are forgotten.
   * @returns whether there was one
   */
  async remove(principalName: string): Promise<boolean> {
    let was = false;
    await this.#change((people) => {
      const left = people.filter((one) => !samePerson(one.principalName, principalName));
      was = left.length < people.length;
      return was ? left : null;
    });
    return was;
  }

  /**
   * After the directory accepted this clinician's password.
   * @param pin stays the caller's
   * @throws LanyardError('bad-request') with what is wrong with the PIN, or without a badge; 'unavailable'
   */
  async setPin(principalName: string, pin: Secret): Promise<void> {
    const refusal = pin.use((text) => refusalOfPin(text, this.parts.leastPinLength));
    if (refusal !== null) throw new LanyardError('bad-request', refusal);
    const { salt, passes, memoryBytes } = { ...newPasswordKeyOrigin(this.parts.randomBytes), ...this.parts.pinCost };
    const check = await this.#checkOf(principalName, pin, { salt, passes, memoryBytes });
    await this.#changeOf(principalName, () => ({ salt, passes, memoryBytes, check, triesUsed: 0 }));
  }

  /**
   * Counts the try before it looks, so that switching the computer off gives none back.
   * @param pin stays the caller's
   */
  async checkPin(principalName: string, pin: Secret): Promise<PinVerdict> {
    let tried: z.infer<typeof Pin> | null = null;
    await this.#change((people) => {
      const person = people.find((one) => samePerson(one.principalName, principalName));
      if (!person?.pin || person.pin.triesUsed >= MOST_PIN_TRIES) return null;
      tried = { ...person.pin, triesUsed: person.pin.triesUsed + 1 };
      return replaced(people, { ...person, pin: tried });
    });
    const counted = tried as z.infer<typeof Pin> | null; // assigned in the call above
    if (!counted) return { outcome: 'password-needed' };
    const check = await this.#checkOf(principalName, pin, counted);
    if (!timingSafeEqual(Buffer.from(check, 'hex'), Buffer.from(counted.check, 'hex'))) {
      const triesLeft = MOST_PIN_TRIES - counted.triesUsed;
      return triesLeft > 0 ? { outcome: 'wrong', triesLeft } : { outcome: 'password-needed' };
    }
    await this.#giveTriesBack(principalName);
    return { outcome: 'right' };
  }

  /** The directory accepted this clinician's password: the tries count anew. Somebody without a badge is none of ours. */
  async passwordAccepted(principalName: string): Promise<void> {
    await this.#giveTriesBack(principalName);
  }

  dispose(): void {
    for (const key of [this.#badgeKey, this.#pinKey, this.#fileKey]) key.fill(0);
    this.parts.storage.dispose();
  }

  async #giveTriesBack(principalName: string): Promise<void> {
    await this.#change((people) => {
      const person = people.find((one) => samePerson(one.principalName, principalName));
      if (!person?.pin || person.pin.triesUsed === 0) return null;
      return replaced(people, { ...person, pin: { ...person.pin, triesUsed: 0 } });
    });
  }

  async #changeOf(principalName: string, pin: () => z.infer<typeof Pin>): Promise<void> {
    await this.#change((people) => {
      const person = people.find((one) => samePerson(one.principalName, principalName));
      if (!person) throw new LanyardError('bad-request', 'You have no badge yet. Tap yours first, then choose a PIN.');
      return replaced(people, { ...person, pin: pin() });
    });
  }

  /** `change` answers null where there is nothing to write. */
  async #change(change: (people: readonly Person[]) => readonly Person[] | null): Promise<void> {
    try {
      await this.parts.storage.alone(async () => {
        const before = await this.#read();
        const people = change(before.people);
        if (!people) return;
        const contents: Contents = { version: 1, revision: before.revision + 1, people: [...people] };
        const body = JSON.stringify(contents);
        await this.parts.storage.save(Buffer.from(`${this.#macOf(body)}\n${body}\n`));
        this.#newest = contents.revision;
      });
    } catch (error) {
      throw error instanceof LanyardError ? error : unavailable('The list of badges cannot be written', error);
    }
  }

  async #read(): Promise<Contents> {
    let bytes: Buffer | null;
    try {
      bytes = await this.parts.storage.load();
    } catch (error) {
      throw unavailable('The list of badges cannot be read', error);
    }
    if (!bytes) {
      if (this.#newest > 0) throw unavailable('The list of badges is gone');
      return { version: 1, revision: 0, people: [] };
    }
    const [mac = '', body = ''] = bytes.toString('utf8').split('\n');
    // SECURITY(badge): nothing of the file counts, and nothing is written over it, before it is authenticated.
    if (!hex256.safeParse(mac).success || !sameHex(mac, this.#macOf(body)))
      throw unavailable('The list of badges was changed by something else than Lanyard');
    const contents = Contents.parse(JSON.parse(body));
    if (contents.revision < this.#newest) throw unavailable('The list of badges was replaced by an older copy');
    this.#newest = contents.revision;
    return contents;
  }

  #macOf(body: string): string {
    return createHmac('sha256', this.#fileKey).update(body).digest('hex');
  }

  #hashOf(badge: Secret): string {
    return badge.use((text) => createHmac('sha256', this.#badgeKey).update(text).digest('hex'));
  }

  async #checkOf(
    principalName: string,
    pin: Secret,
    cost: Pick<z.infer<typeof Pin>, 'salt' | 'passes' | 'memoryBytes'>,
  ): Promise<string> {
    const { clock, randomBytes } = this.parts;
    const slow = await passwordKey(pin, { ...newPasswordKeyOrigin(randomBytes), ...cost }, clock).catch(
      (error: unknown) => {
        throw unavailable('This computer could not check a PIN', error);
      },
    );
    try {
      return createHmac('sha256', this.#pinKey).update(`${principalName.toLowerCase()}\n`).update(slow).digest('hex');
    } finally {
      slow.fill(0);
    }
  }
}

function derived(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `lanyard/badge/${purpose}/1`, 32));
}

function sameHex(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}

function replaced(people: readonly Person[], person: Person): Person[] {
  return people.map((one) => (samePerson(one.principalName, person.principalName) ? person : one));
}

/** The badge is not whose it was said to be. */
export function somebodyElses(): LanyardError {
  return new LanyardError(
    'forbidden',
    'This badge belongs to somebody else. Use your own, or ask IT support to remove it first.',
  );
}

function unavailable(what: string, cause?: unknown): LanyardError {
  return new LanyardError('unavailable', `${what}. Sign in with your password, and tell IT support.`, { cause });
}
