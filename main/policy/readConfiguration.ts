/** Reads lanyard.json from disk: whatever is wrong with the file itself is a problem like any other, in plain words. */
import fs from 'node:fs';
import path from 'node:path';
import { LEAST_BADGE_KEY_BYTES } from '../domain/badgeProof.js';
import { readKeyText } from '../domain/keyText.js';
import { LanyardError } from '../domain/errors.js';
import type { Configuration, ConfigurationProblem } from './configuration.js';
import type { Surroundings } from './crossChecks.js';
import { readIdentifierMap } from './identifierMapFile.js';
import type { KeyShape } from './launchChecks.js';
import { type ConfigurationReading, parseConfiguration } from './parseConfiguration.js';
import type { PolicyValue } from './policyOverlay.js';

/** Bytes; a hundred systems fit twenty times. */
const largestFile = 1024 * 1024;
const largestKey = 64 * 1024;

export interface ReadOptions extends Pick<Surroundings, 'kinds' | 'demoAllowed'> {
  /** Reads the machine's policy; absent: this machine knows none. Throws LanyardError where it cannot be read. */
  readonly readPolicy?: () => readonly PolicyValue[];
}

/** Synchronous: nothing else can start before this is known. Never throws. */
export function readConfiguration(file: string, options: ReadOptions): ConfigurationReading {
  const absolute = path.resolve(file);
  let policy: readonly PolicyValue[];
  try {
    policy = options.readPolicy?.() ?? [];
  } catch (error) {
    // SECURITY(S20): without the policy nobody knows what the trust forbids.
    if (!(error instanceof LanyardError)) throw error;
    return { ok: false, problems: [whole(error.message, 'Ask IT.')] };
  }
  // A machine that is configured by policy alone needs no file.
  const read = policy.length > 0 && !fs.existsSync(absolute) ? { text: '{}' } : readText(absolute);
  if ('message' in read) return { ok: false, problems: [read] };
  const folder = path.dirname(absolute);
  const reading = parseConfiguration(read.text, {
    kinds: options.kinds,
    demoAllowed: options.demoAllowed,
    policy,
    folder,
    fileProblem: (name, key) => {
      const file = path.resolve(folder, name);
      return fileProblem(file) ?? (key ? keyProblem(file, key) : null);
    },
  });
  if (!reading.ok) return reading;
  const problem = identifierMapProblem(reading.configuration.patients) ?? badgeKeyProblem(reading.configuration.badges);
  return problem === null ? reading : { ok: false, problems: [problem] };
}

/** A table with one mistake in it is not used: nobody could say what else is wrong with it. */
function identifierMapProblem({
  identifierMap: file,
  identifiers,
}: Configuration['patients']): ConfigurationProblem | null {
  if (file === undefined) return null;
  try {
    readIdentifierMap(file, identifiers);
    return null;
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error;
    return { path: 'patients.identifierMap', message: error.message, suggestion: 'Correct the table.' };
  }
}

/** The key lies apart from what it seals, and is long enough to be none of people's. */
function badgeKeyProblem(badges: Configuration['badges']): ConfigurationProblem | null {
  if (badges === undefined) return null;
  const { keyFile, folder } = badges;
  const where = { path: 'badges.keyFile' };
  const inFolder = path.relative(folder, keyFile);
  if (!inFolder.startsWith('..') && !path.isAbsolute(inFolder))
    return {
      ...where,
      message: 'The key lies in the folder of the badges: whoever copies one has both.',
      suggestion: 'Keep it where only this computer’s administrators write.',
    };
  return fs.statSync(keyFile).size < LEAST_BADGE_KEY_BYTES
    ? {
        ...where,
        message: `The key has fewer than ${LEAST_BADGE_KEY_BYTES} bytes.`,
        suggestion: 'Make one of random bytes, once for all workstations of the group.',
      }
    : null;
}

function readText(file: string): { text: string } | ConfigurationProblem {
  let bytes: Buffer;
  try {
    const facts = fs.statSync(file);
    if (facts.isDirectory()) return whole('This is a folder, not a file.', 'Name the file in it: lanyard.json.');
    if (!facts.isFile()) return whole('This is not an ordinary file.');
    if (facts.size > largestFile)
      return whole(
        `The file is ${Math.ceil(facts.size / largestFile)} MB large: this cannot be a Lanyard configuration.`,
      );
    bytes = fs.readFileSync(file);
  } catch (error) {
    return whole(describeFailure(error, 'file'), 'Ask IT: Lanyard needs one configuration file per machine.');
  }
  return decode(bytes);
}

function decode(bytes: Buffer): { text: string } | ConfigurationProblem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  // UTF-16 without a mark: every other byte of plain text is zero.
  if (utf16 || bytes.subarray(0, 200).includes(0))
    return whole('The file is not in UTF-8 (it looks like UTF-16).', 'Save it again with the encoding UTF-8.');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return whole('The file is not in UTF-8.', 'Save it again with the encoding UTF-8.');
  }
}

/** Why a file named in the configuration cannot be used, or null. */
function fileProblem(file: string): string | null {
  try {
    if (!fs.statSync(file).isFile()) return 'This is not a file.';
    fs.accessSync(file, fs.constants.R_OK);
    return null;
  } catch (error) {
    return describeFailure(error, 'file');
  }
}

/** Why a key file cannot be used, or null. Says how long a key is, never what it is. */
function keyProblem(file: string, { encoding, leastBytes, mostBytes }: KeyShape): string | null {
  let bytes: Buffer;
  try {
    if (fs.statSync(file).size > largestKey) return 'This file is too large to be a key.';
    bytes = fs.readFileSync(file);
  } catch (error) {
    return describeFailure(error, 'file');
  }
  const key = readKeyText(bytes.toString('utf8'), encoding);
  bytes.fill(0);
  if (key === null)
    return encoding === 'text' ? 'This file is empty.' : `This file does not hold a key in ${encoding}.`;
  const { length } = key;
  key.fill(0);
  if (length >= leastBytes && length <= mostBytes) return null;
  if (leastBytes === mostBytes) return `This key must be ${leastBytes} bytes long, but is ${length}.`;
  return `This key must be ${leastBytes} to ${mostBytes} bytes long, but is ${length}.`;
}

function describeFailure(error: unknown, what: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no such ${what}.`;
    case 'EACCES':
    case 'EPERM':
      return `Lanyard may not read this ${what}.`;
    case 'ENAMETOOLONG':
    case 'ERR_INVALID_ARG_VALUE':
      return 'This is not a file name.';
    default:
      return `This ${what} cannot be read (${code || 'unknown reason'}).`;
  }
}

function whole(message: string, suggestion: string | null = null): ConfigurationProblem {
  return { path: '', message, suggestion };
}
