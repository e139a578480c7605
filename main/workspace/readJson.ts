/** JSON for connectors, by GET or POST: inside the system's own session, to its own origins only. */
import { LanyardError } from '../domain/errors.js';

/** The largest answer read, in bytes. */
const LARGEST = 16_000_000;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** @returns undefined where the answer has no content */
export async function readJson(
  fetch: Fetch,
  origins: readonly string[],
  address: URL,
  signal: AbortSignal,
  request: RequestInit = { headers: { accept: 'application/dicom+json, application/json' } },
): Promise<unknown> {
  if (!origins.includes(address.origin))
    throw new LanyardError('configuration', 'its service is not on its own list of allowed addresses');
  let response: Response;
  let text: string | null;
  try {
    response = await fetch(address.href, {
      credentials: 'include',
      ...request,
      signal,
      redirect: 'error',
    });
    text = response.ok ? await textOf(response) : '';
  } catch (cause) {
    throw new LanyardError('unavailable', signal.aborted ? 'It did not answer in time' : 'It could not be reached', {
      cause,
    });
  }
  if (!response.ok)
    throw new LanyardError(
      response.status === 401 ? 'not-signed-in' : 'unavailable',
      `It answered with an error (${response.status})`,
    );
  if (text === null) throw new LanyardError('unavailable', 'It answered with more than can be read');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LanyardError('unavailable', 'It did not answer with JSON', { cause });
  }
}

/** @returns null where there is more of it than LARGEST; the rest is not fetched */
async function textOf({ body }: Response): Promise<string | null> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // Node's and Electron's streams are iterable; the browser's type does not say so.
  for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > LARGEST) return null;
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
