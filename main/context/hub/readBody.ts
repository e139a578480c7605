/** The body of a request: of a size we take, in UTF-8, and all of it. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MalformedRequest, MediaTypeRefused, TooLarge } from './errors.js';

/** How much of a body that is too large is still read, so that the sender can hear the refusal. */
const PATIENCE = 64 * 1024 * 1024;

/** @param limit bytes */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') throw new MediaTypeRefused('uncompressed');
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > PATIENCE) break;
    }
  } catch (error) {
    throw new MalformedRequest('the body broke off', { cause: error });
  }
  if (size > limit) throw new TooLarge('the body', limit);
  const [only] = chunks;
  const body = chunks.length === 1 && only ? only : Buffer.concat(chunks);
  if (!isUtf8(body)) throw new MalformedRequest('the body must be UTF-8');
  return body.toString('utf8').replace(/^\u{FEFF}/u, '');
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
