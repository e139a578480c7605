/**
 * The form of a sealed vault, and the key that opens it.
 *
 *     header (one line of JSON) ‖ "\n" ‖ AES-256-GCM ciphertext ‖ tag (16 bytes) ‖ SHA-256 of all before (32 bytes)
 *
 * The whole header line is associated data: format, version, owner and how the key is made cannot be changed. The
 * checksum is no protection; it tells a damaged file from one that another key seals, which is asked about.
 * Source: NIST SP 800-38D (GCM; 96-bit random nonce, a new one for every save), RFC 9106 (Argon2id).
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { z } from 'zod';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_BYTES = 32;
const SALT_BYTES = 16;
export const KEY_BYTES = 32;
const MIB = 1024 * 1024;
const MOST_HEADER_BYTES = 1024;

/** What a file may ask of Argon2id. Less would be guessed too cheaply; more would stop the computer. */
const derivationBounds = { passes: { least: 3, most: 16 }, memoryBytes: { least: 32 * MIB, most: 256 * MIB } };

const base64 = (bytes: number): z.ZodString =>
  z
    .string()
    .max(4 * Math.ceil(bytes / 3))
    .refine((text) => {
      const decoded = Buffer.from(text, 'base64');
      return decoded.length === bytes && decoded.toString('base64') === text;
    });

const PasswordKey = z.strictObject({
  from: z.literal('directory-password'),
  derivation: z.literal('argon2id13'),
  passes: z.int().min(derivationBounds.passes.least).max(derivationBounds.passes.most),
  memoryBytes: z.int().min(derivationBounds.memoryBytes.least).max(derivationBounds.memoryBytes.most),
  salt: base64(SALT_BYTES),
});
const KeyOrigin = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('memory') }),
  z.strictObject({ from: z.literal('keychain') }),
  PasswordKey,
]);
const Header = z.strictObject({
  format: z.literal('lanyard-vault'),
  version: z.literal(1),
  owner: z.string().regex(/^[0-9a-f]{32}$/),
  key: KeyOrigin,
  nonce: base64(NONCE_BYTES),
});

/** How the key of a vault is made again; stands in the file. */
export type KeyOrigin = z.infer<typeof KeyOrigin>;
/** Argon2id, version 1.3: passes, memory in bytes, 16 bytes of salt in base64. */
export type PasswordKeyOrigin = z.infer<typeof PasswordKey>;

/** The bytes are not a whole vault of this owner; `message` says what is wrong with them, for the log. */
export class DamagedVault extends Error {
  override readonly name = 'DamagedVault';
}

/** A whole vault, which another key seals. */
export class OtherKey extends Error {
  override readonly name = 'OtherKey';
}

/** 32 lower-case hex digits: who the vault is for, without saying the name. */
export function ownerName(principalName: string): string {
  return createHash('sha256')
    .update(`lanyard vault\0${principalName.normalize('NFC').toLowerCase()}`)
    .digest('hex')
    .slice(0, 32);
}

/**
 * How the key of a vault was made.
 * @throws DamagedVault where the bytes are no whole vault of `owner`, or ask for too weak or absurd a derivation
 */
export function keyOriginOf(sealed: Buffer, owner: string): KeyOrigin {
  return parse(sealed, owner).key;
}

function parse(sealed: Buffer, owner: string): { key: KeyOrigin; nonce: Buffer; line: Buffer; rest: Buffer } {
  const checked = sealed.subarray(0, -CHECK_BYTES);
  const check = createHash('sha256').update(checked).digest();
  if (sealed.length <= CHECK_BYTES || !check.equals(sealed.subarray(-CHECK_BYTES)))
    throw new DamagedVault('its checksum is wrong');
  const end = checked.subarray(0, MOST_HEADER_BYTES).indexOf('\n');
  if (end < 0 || checked.length < end + 1 + TAG_BYTES) throw new DamagedVault('it is too short');
  const line = checked.subarray(0, end + 1);
  const header = Header.safeParse(json(line.toString('utf8')));
  if (!header.success)
    throw new DamagedVault(
      `its header is refused: ${header.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    );
  if (header.data.owner !== owner) throw new DamagedVault('it belongs to somebody else');
  return {
    key: header.data.key,
    nonce: Buffer.from(header.data.nonce, 'base64'),
    line,
    rest: checked.subarray(end + 1),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema like any other header that is none
  }
}

/** Seals and opens one owner's vault. */
export class VaultKey {
  readonly #bytes: Buffer;
  #isWiped = false;

  /** @param bytes 32 bytes; they become this key's own, and are wiped with it */
  constructor(
    bytes: Buffer,
    readonly origin: KeyOrigin,
    private readonly owner: string,
    private readonly randomBytes: (count: number) => Uint8Array,
  ) {
    if (bytes.length !== KEY_BYTES) throw new TypeError(`a vault key has ${KEY_BYTES} bytes`);
    this.#bytes = bytes;
  }

  seal(plain: Buffer): Buffer {
    this.#refuseWiped();
    const nonce = Buffer.from(this.randomBytes(NONCE_BYTES));
    const header: z.infer<typeof Header> = {
      format: 'lanyard-vault',
      version: 1,
      owner: this.owner,
      key: this.origin,
      nonce: nonce.toString('base64'),
    };
    const line = Buffer.from(`${JSON.stringify(header)}\n`);
    const cipher = createCipheriv('aes-256-gcm', this.#bytes, nonce, { authTagLength: TAG_BYTES }).setAAD(line);
    const checked = Buffer.concat([line, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return Buffer.concat([checked, createHash('sha256').update(checked).digest()]);
  }

  /** @throws DamagedVault, or OtherKey where it is whole, but this key does not open it. The caller wipes the answer. */
  open(sealed: Buffer): Buffer {
    this.#refuseWiped();
    const { nonce, line, rest } = parse(sealed, this.owner);
    const decipher = createDecipheriv('aes-256-gcm', this.#bytes, nonce, { authTagLength: TAG_BYTES })
      .setAAD(line)
      .setAuthTag(rest.subarray(-TAG_BYTES));
    const plain = decipher.update(rest.subarray(0, -TAG_BYTES));
    try {
      // SECURITY(vault): nothing of `plain` is used before final() has proved it.
      decipher.final();
      return plain;
    } catch {
      plain.fill(0);
      throw new OtherKey('another key seals this vault');
    }
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#isWiped = true;
  }

  #refuseWiped(): void {
    if (this.#isWiped) throw new TypeError('this vault key was wiped already');
  }
}

/** The parameters new vaults are made with. 64 MiB and 6 passes: about 0.3 s on a slow ward computer's core. */
export function newPasswordKeyOrigin(randomBytes: (count: number) => Uint8Array): PasswordKeyOrigin {
  return {
    from: 'directory-password',
    derivation: 'argon2id13',
    passes: 6,
    memoryBytes: 64 * MIB,
    salt: Buffer.from(randomBytes(SALT_BYTES)).toString('base64'),
  };
}
