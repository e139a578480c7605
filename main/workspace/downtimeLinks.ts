/**
 * The links of the downtime page. The shell's page names a link by its place in the configuration, so that no address
 * ever comes from a page; they open for somebody who is not signed in as well, and while no audit line can be written:
 * nothing of a patient is in them.
 */
import { LanyardError } from '../domain/errors.js';
import type { RecordableEvent } from '../domain/audit.js';

export interface DowntimeLinkPorts {
  /** Never throws. */
  readonly note: (event: RecordableEvent) => void;
  readonly openOutside: (address: string, allowedOrigins: readonly string[]) => Promise<boolean>;
  readonly report: (error: unknown) => void;
}

/**
 * Opens one in the normal browser.
 * @param place its place in `links`, from 0
 * @throws LanyardError 'bad-request': there is no such link · 'unavailable': the browser did not open
 */
export async function openDowntimeLink(
  links: readonly { readonly url: string }[],
  place: number,
  { note, openOutside, report }: DowntimeLinkPorts,
): Promise<void> {
  const address = links[place]?.url;
  if (address === undefined) throw new LanyardError('bad-request', 'This link is not in the configuration.');
  const { origin, host } = new URL(address);
  note({ type: 'outside.opened', systemId: null, host });
  const isOpen = await openOutside(address, [origin]).catch((error: unknown) => {
    report(error);
    return false;
  });
  if (!isOpen)
    throw new LanyardError(
      'unavailable',
      'The browser could not be opened. Type the address there, or use a telephone.',
    );
}
