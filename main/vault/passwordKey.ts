/** The key of a roaming vault, from the directory password: Argon2id in a worker, so that nothing on screen waits. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../context/clock.js';
import { LanyardError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { KEY_BYTES, type PasswordKeyOrigin } from './sealedVault.js';

/** Beside this file, both here and in the bundle (vite.config.ts). */
const WORKER = path.join(import.meta.dirname, 'argon2.mjs');
const DEADLINE_MS = 20_000;

/**
 * @param password stays the caller's
 * @returns 32 bytes, the caller's to wipe
 * @throws LanyardError('vault-unavailable') where it could not be computed, or not within 20 s
 */
export async function passwordKey(
  password: Secret,
  { salt, passes, memoryBytes }: PasswordKeyOrigin,
  clock: Clock,
): Promise<Buffer> {
  const bytes = password.use((text) => new TextEncoder().encode(text.normalize('NFC')));
  const worker = new Worker(WORKER, {
    workerData: { password: bytes, salt: Buffer.from(salt, 'base64'), passes, memoryBytes, keyBytes: KEY_BYTES },
    transferList: [bytes.buffer],
    // SECURITY(vault): the worker gets neither the arguments nor the environment of the program.
    argv: [],
    execArgv: [],
    env: {},
  });
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const cancel = clock.after(DEADLINE_MS, () => {
        reject(failed('it took too long'));
      });
      worker.once('message', (key: Uint8Array) => {
        cancel();
        resolve(Buffer.from(key.buffer, key.byteOffset, key.byteLength));
      });
      worker.once('error', (error) => {
        cancel();
        reject(failed('the worker failed', error));
      });
      worker.once('exit', () => {
        cancel();
        reject(failed('the worker ended'));
      });
    });
  } finally {
    await worker.terminate();
  }
}

function failed(what: string, cause?: unknown): LanyardError {
  return new LanyardError(
    'vault-unavailable',
    'Your stored sign-ins cannot be opened: this computer could not make their key. Sign in again, or call IT support',
    { cause: new Error(`Argon2id: ${what}`, { cause }) },
  );
}

/** RFC 9106's second recommendation, for a hash that never leaves memory: half the passes of a file's. */
const HASH_COST = { passes: 3, memoryBytes: 64 * 1024 * 1024 };

/** As `passwordKey`: a hash to know a password again, which opens nothing. `salt`: 16 bytes. */
export function passwordHash(clock: Clock): (password: Secret, salt: Uint8Array) => Promise<Uint8Array> {
  return (password, salt) =>
    passwordKey(
      password,
      {
        from: 'directory-password',
        derivation: 'argon2id13',
        ...HASH_COST,
        salt: Buffer.from(salt).toString('base64'),
      },
      clock,
    );
}
