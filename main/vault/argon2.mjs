// @ts-check
/**
 * Runs in a worker: one key from one password by Argon2id (libsodium), away from the main process's event loop.
 *
 * Plain JavaScript because Node starts it by itself in tests, where nothing compiles it; vite.config.ts bundles it for
 * the product. The worker ends after one key, and its memory with it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import sodium from 'libsodium-wrappers-sumo';

/** @type {{ password: Uint8Array, salt: Uint8Array, passes: number, memoryBytes: number, keyBytes: number }} */
const { password, salt, passes, memoryBytes, keyBytes } = workerData;
await sodium.ready;
const key = sodium.crypto_pwhash(keyBytes, password, salt, passes, memoryBytes, sodium.crypto_pwhash_ALG_ARGON2ID13);
password.fill(0);
const answer = Uint8Array.from(key);
key.fill(0);
parentPort?.postMessage(answer, [answer.buffer]);
