/** Which tickets a workstation has: by its mode, never by what happens to lie there. */
import { noTickets } from './noTickets.js';
import { OwnTickets, type TicketPlace } from './ownTickets.js';
import { sessionTickets } from './sessionTickets.js';
import type { TicketSource } from './ticketSource.js';

export interface WorkstationTickets {
  readonly mode: 'shared' | 'windows-user';
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of prepareOwnTickets; null: nothing was prepared, so there are no tickets in shared mode. */
  readonly place: TicketPlace | null;
}

export function ticketsOf({ mode, platform, environment, place }: WorkstationTickets): TicketSource {
  if (mode === 'windows-user') return sessionTickets({ platform, environment });
  if (platform !== 'linux' || place === null) return noTickets();
  return new OwnTickets({ place, searchPath: environment['PATH'] ?? '' });
}
