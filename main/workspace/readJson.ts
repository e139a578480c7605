/** GET, JSON, for connectors: inside the system's own session, to its own origins only. */
import { LanyardError } from '../domain/errors.js';

/** The largest answer read, in characters. */
const LARGEST = 8_000_000;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** @returns undefined where the answer has no content (204). */
export async function readJson(
  fetch: Fetch,
  origins: readonly string[],
  address: URL,
  signal: AbortSignal,
): Promise<unknown> {
  if (!origins.includes(address.origin))
    throw new LanyardError('configuration', 'its service is not on its own list of allowed addresses');
  let response: Response;
  try {
    response = await fetch(address.href, {
      signal,
      credentials: 'include',
      redirect: 'error',
      headers: { accept: 'application/dicom+json, application/json' },
    });
  } catch (cause) {
    throw new LanyardError('unavailable', signal.aborted ? 'It did not answer in time' : 'It could not be reached', {
      cause,
    });
  }
  if (response.status === 204) return undefined;
  if (!response.ok) throw new LanyardError('unavailable', `It answered with an error (${response.status})`);
  const text = await response.text();
  if (text.length > LARGEST) throw new LanyardError('unavailable', 'It answered with more than can be read');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LanyardError('unavailable', 'It did not answer with JSON', { cause });
  }
}
