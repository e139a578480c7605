/** The body of a request: of a size we take, in UTF-8, and all of it. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MalformedRequest, MediaTypeRefused, TooLarge } from './errors.js';

/** How much of a body that is too large is still read, so that the sender can hear the refusal. */
const PATIENCE = 64 * 1024 * 1024;

/** @param limit bytes */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new MediaTypeRefused('uncompressed');
  const chunks = await readChunks(request, limit);
  const [only] = chunks;
  const body = chunks.length === 1 && only ? only : Buffer.concat(chunks);
  if (!isUtf8(body)) throw new MalformedRequest('the body must be UTF-8');
  const text = body.toString('utf8');
  return text.startsWith('\u{FEFF}') ? text.slice(1) : text;
}

/** By events, not by iteration, which costs as much as all checks of an event together. */
function readChunks(request: IncomingMessage, limit: number): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > PATIENCE) reject(new TooLarge('the body', limit));
    });
    request.on('end', () => {
      if (size > limit) reject(new TooLarge('the body', limit));
      else resolve(chunks);
    });
    request.on('error', (error) => {
      reject(new MalformedRequest('the body broke off', { cause: error }));
    });
  });
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body, which may name a patient.
    throw new MalformedRequest('the body is not JSON');
  }
}

/** `application/json; charset=utf-8` → `application/json` */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
