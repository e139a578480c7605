/** Security identifiers: bytes ↔ S-1-… text ([MS-DTYP] 2.4.2). */

/** `bytes`: revision 1, count n, six bytes authority (big endian), n sub-authorities of four bytes (little endian). */
export function sidText(bytes: Buffer): string {
  const count = bytes[1] ?? 0;
  if (bytes[0] !== 1 || bytes.length !== 8 + 4 * count) throw new RangeError('not a security identifier');
  const parts = [1, bytes.readUIntBE(2, 6)];
  for (let index = 0; index < count; index++) parts.push(bytes.readUInt32LE(8 + 4 * index));
  return `S-${parts.join('-')}`;
}

/** S-1-5-21-… : made by a domain (users and groups), not well known to every Windows. */
export function isDomainSid(sid: string): boolean {
  return /^S-1-5-21(-\d+){4}$/.test(sid);
}

export function looksLikeSid(text: string): boolean {
  return /^S-1(-\d+)+$/i.test(text);
}
