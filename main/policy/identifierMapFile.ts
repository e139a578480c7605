/** Reads the trust's table of numbers that mean the same patient (`patients.identifierMap`) from disk. */
import fs from 'node:fs';
import { LanyardError } from '../domain/errors.js';
import { IdentifierMap } from '../domain/identifierMap.js';
import type { NumberAuthority } from '../domain/localNumber.js';

/** Bytes; a hundred thousand rows fit. */
const largestTable = 20 * 1024 * 1024;

/**
 * @param file absolute
 * @throws LanyardError('configuration') that names line and column, and no number
 */
export function readIdentifierMap(file: string, authorities: readonly NumberAuthority[]): IdentifierMap {
  return IdentifierMap.parse(readText(file), authorities);
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    if (fs.statSync(file).size > largestTable) throw new LanyardError('configuration', 'The table is far too large.');
    bytes = fs.readFileSync(file);
  } catch (error) {
    if (error instanceof LanyardError) throw error;
    throw new LanyardError('configuration', 'The table cannot be read.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new LanyardError('configuration', 'The table is not in UTF-8.');
  }
}
