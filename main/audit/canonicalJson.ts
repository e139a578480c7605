/**
 * One value, one text: JSON with sorted keys and no white space, as RFC 8785 (JSON Canonicalization Scheme) has it.
 *
 * RFC 8785 is JSON.stringify of ECMAScript plus sorted keys; that plus is all there is here, so no library.
 * Keys sort by UTF-16 code units, which is what Array.prototype.sort does. A lone surrogate (only a page could
 * have written one) becomes U+FFFD: RFC 8785 forbids it, and a page must not be able to stop the recording.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(wellFormed(value));
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no NaN and no infinity');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(wellFormed(key))}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
