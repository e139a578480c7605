/**
 * Parameters that only the system can read, each encrypted for itself with a random vector of its own.
 *
 *   aes-256-gcm               vector (12) ‖ ciphertext ‖ tag (16)                NIST SP 800-38D, no further data
 *   aes-256-cbc-hmac-sha256   vector (16) ‖ ciphertext ‖ HMAC (32) of both before   PKCS#7, encrypt then MAC
 */
import { createCipheriv, createHmac } from 'node:crypto';
import { LanyardError } from '../../domain/errors.js';
import type { EncryptedParametersRule, Launch } from '../connector.js';
import { filledFields, isNoRecord, launchTools, type LaunchWork, withKey, written } from './work.js';

const KEY_BYTES = 32;
const VECTOR_BYTES = { 'aes-256-gcm': 12, 'aes-256-cbc-hmac-sha256': 16 } as const;

export async function launchByEncryptedParameters(rule: EncryptedParametersRule, work: LaunchWork): Promise<Launch> {
  const tools = launchTools(work);
  const plain = filledFields(rule.plain, work);
  if (isNoRecord(plain)) return plain;
  const secret = filledFields(rule.encrypted, work);
  if (isNoRecord(secret)) return secret;
  const address = new URL(rule.url);
  for (const [name, value] of plain) address.searchParams.append(name, value);
  const encrypt = (key: Uint8Array, macKey: Uint8Array | null): void => {
    if (key.length !== KEY_BYTES)
      throw new LanyardError('configuration', `Its key must be ${KEY_BYTES} bytes long: call IT support`);
    for (const [name, value] of secret) {
      // SECURITY(S28): a vector is used once, or the key is lost (SP 800-38D §8).
      const vector = tools.randomBytes(VECTOR_BYTES[rule.cipher]);
      const sealed = macKey ? sealCbc(value, key, macKey, vector) : sealGcm(value, key, vector);
      const whole = rule.vectorSuffix === undefined ? Buffer.concat([vector, sealed]) : sealed;
      address.searchParams.append(name, written(whole, rule.encoding));
      if (rule.vectorSuffix !== undefined)
        address.searchParams.append(`${name}${rule.vectorSuffix}`, written(vector, rule.encoding));
    }
  };
  if (rule.cipher === 'aes-256-gcm') {
    await withKey(rule.key, tools, (key) => {
      encrypt(key, null);
    });
    return { kind: 'address', address };
  }
  const { macKey: macReference } = rule;
  if (!macReference) throw new LanyardError('configuration', 'Its key for the HMAC is missing: call IT support');
  const macKey = await tools.key(macReference);
  try {
    await withKey(rule.key, tools, (key) => {
      encrypt(key, macKey);
    });
  } finally {
    macKey.fill(0);
  }
  return { kind: 'address', address };
}

function sealGcm(text: string, key: Uint8Array, vector: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, vector);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function sealCbc(text: string, key: Uint8Array, macKey: Uint8Array, vector: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, vector);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([encrypted, createHmac('sha256', macKey).update(vector).update(encrypted).digest()]);
}
