/**
 * What stands inside a sealed vault: one entry a system, and which of two copies of an entry counts.
 *
 * A removed entry stays as a mark without a secret, so that a copy from another desktop does not bring it back.
 */
import { z } from 'zod';
import { Secret } from '../domain/secret.js';
import { DamagedVault } from './sealedVault.js';
import type { StoredState } from './vault.js';

export interface Entry {
  readonly systemId: string;
  /** Milliseconds since 1970: when this password was stored, or when the entry was removed. */
  readonly storedAt: number;
  /** Grows with every change of state of the same password. */
  readonly revision: number;
  /** null: removed. */
  readonly signIn: { readonly userName: string; readonly password: Secret; readonly state: StoredState } | null;
}

export type Entries = ReadonlyMap<string, Entry>;

const Content = z.strictObject({
  entries: z
    .array(
      z.strictObject({
        systemId: z.string().max(200),
        storedAt: z.int(),
        revision: z.int().min(0),
        signIn: z
          .strictObject({
            userName: z.string(),
            password: z.string(),
            state: z.enum(['usable', 'refused', 'unconfirmed']),
          })
          .nullable(),
      }),
    )
    .max(1000),
});

/** Sealed content grows in steps of this many bytes: its length says nothing about the length of a password. */
const STEP_BYTES = 4096;

/** The caller wipes the answer. */
export function encode(entries: Entries): Buffer {
  const written = [...entries.values()].map(({ signIn, ...entry }) => ({
    ...entry,
    signIn: signIn && { ...signIn, password: signIn.password.use((text) => text) },
  }));
  const text = JSON.stringify({ entries: written } satisfies z.infer<typeof Content>);
  const length = Buffer.byteLength(text);
  const padded = Buffer.alloc(Math.ceil(length / STEP_BYTES) * STEP_BYTES, ' ');
  padded.write(text);
  return padded;
}

/** @throws DamagedVault. The caller wipes the secrets (wipeEntries). */
export function decode(plain: Buffer): Entries {
  let parsed: unknown;
  try {
    parsed = JSON.parse(plain.toString('utf8'));
  } catch {
    throw new DamagedVault('its content is not JSON'); // without the parser's words: they quote the content
  }
  const content = Content.safeParse(parsed);
  if (!content.success) throw new DamagedVault('its content has another form');
  return new Map(
    content.data.entries.map(({ signIn, ...entry }) => [
      entry.systemId,
      { ...entry, signIn: signIn && { ...signIn, password: Secret.of(signIn.password) } },
    ]),
  );
}

export function wipeEntries(entries: Entries): void {
  for (const { signIn } of entries.values()) signIn?.password.wipe();
}

/** Per system the newest password, and of one password its latest state; in doubt the one that tries less. */
export function merge(one: Entries, other: Entries): Entries {
  const merged = new Map(one);
  for (const entry of other.values()) {
    const known = merged.get(entry.systemId);
    if (!known || isNewer(entry, known)) merged.set(entry.systemId, entry);
  }
  return merged;
}

function isNewer(one: Entry, other: Entry): boolean {
  if (one.storedAt !== other.storedAt) return one.storedAt > other.storedAt;
  if (one.revision !== other.revision) return one.revision > other.revision;
  return caution(one) > caution(other);
}

function caution({ signIn }: Entry): number {
  return signIn === null ? 3 : { usable: 0, unconfirmed: 1, refused: 2 }[signIn.state];
}
