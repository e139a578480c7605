/** Reads keys that a configuration names by file. They stay in the file: each use reads it anew. */
import fs from 'node:fs/promises';
import { LanyardError } from '../../domain/errors.js';
import { readKeyText } from '../../domain/keyText.js';
import type { KeyReference } from '../connector.js';

/** @throws LanyardError('configuration'), which names neither the file nor what is in it */
export async function readKeyFile({ file, encoding }: KeyReference): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(file);
  } catch (cause) {
    throw new LanyardError('configuration', 'Its key file cannot be read: call IT support', { cause });
  }
  const key = readKeyText(bytes.toString('utf8'), encoding);
  bytes.fill(0);
  if (key === null)
    throw new LanyardError('configuration', 'Its key file does not hold a key as it is configured: call IT support');
  return key;
}
