/**
 * The machine's policy in the registry, read with reg.exe (docs/DECISIONS.md, 41 and 50). Administrators write it, by group policy
 * or by hand; everybody may read it.
 */
import { LanyardError } from '../domain/errors.js';
import type { RunToolNow } from '../workstation/systemTools.windows.js';
import { POLICY_KEY, type PolicyValue } from './policyOverlay.js';

/** reg.exe: there is no such key. */
const NOT_FOUND = 1;
const FULL_NAME = /^HKEY_LOCAL_MACHINE\\Software\\Policies\\Lanyard(?:\\(.*))?$/i;

/**
 * @returns every value, in the registry's order; none: there is no policy
 * @throws LanyardError('unavailable') where the policy cannot be read: nobody may work without it then
 */
export function readRegistryPolicy(run: RunToolNow): PolicyValue[] {
  const { code, stdout } = run('reg.exe', ['query', POLICY_KEY, '/s', '/reg:64']);
  if (code === NOT_FOUND) return [];
  if (code !== 0) throw new LanyardError('unavailable', 'The policy in the registry could not be read.');
  return policyValues(stdout);
}

/**
 * What `reg.exe query KEY /s` writes: for each key an empty line, its full name, and "    NAME    TYPE    data" for each
 * value. An unnamed value ("(Default)") says nothing here.
 * @throws LanyardError('unavailable') for letters that reg.exe wrote in a code page nobody knows
 */
export function policyValues(written: Buffer): PolicyValue[] {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(written);
  } catch {
    throw new LanyardError(
      'unavailable',
      'The policy in the registry has letters outside of ASCII: write those values in lanyard.json.',
    );
  }
  const values: PolicyValue[] = [];
  let key: readonly string[] | null = null;
  for (const line of text.split(/\r?\n/)) {
    const [isKey, below] = FULL_NAME.exec(line.trimEnd()) ?? [];
    if (isKey !== undefined) {
      key = below === undefined ? [] : below.split('\\');
      continue;
    }
    const [, name, type, data] = /^(?: {4}|\t)(.+?)(?: {4}|\t)(REG_[A-Z_]+)(?:(?: {4}|\t)(.*))?$/.exec(line) ?? [];
    if (key === null || name === undefined || type === undefined || name === '(Default)') continue;
    values.push({ key, name, type, data: data ?? '' });
  }
  return values;
}
