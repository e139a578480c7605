/** How a key stands in a text file, and the bytes it means. */

export const keyEncodings = ['base64', 'hex', 'text'] as const;
export type KeyEncoding = (typeof keyEncodings)[number];

/** @returns null where the text is not written that way, or is empty; white space around it does not count */
export function readKeyText(text: string, encoding: KeyEncoding): Uint8Array | null {
  const written = text.trim();
  const bytes = decode(written, encoding);
  return bytes === null || bytes.length === 0 ? null : bytes;
}

function decode(written: string, encoding: KeyEncoding): Uint8Array | null {
  switch (encoding) {
    case 'text':
      return new TextEncoder().encode(written);
    case 'hex':
      if (!/^(?:[0-9a-f]{2})+$/iu.test(written)) return null;
      return Uint8Array.from(written.match(/../gu) ?? [], (pair) => Number.parseInt(pair, 16));
    case 'base64':
      if (written.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(written)) return null;
      return Uint8Array.from(atob(written), (character) => character.charCodeAt(0));
  }
}
