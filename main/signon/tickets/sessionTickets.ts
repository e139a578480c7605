/**
 * The tickets of the operating system's own session, where that session is the clinician's (windows-user mode): on
 * Windows those of the sign-in to Windows, on Linux those of the user's own cache. Lanyard gets none and destroys none.
 */
import { runProgram, type RunProgram } from './runProgram.js';
import { checkServiceTicket } from './serviceTicket.js';
import type { TicketSource, TicketState } from './ticketSource.js';

export interface SessionTicketsOptions {
  readonly platform: NodeJS.Platform;
  /** Of this process: the programs look for tickets where the browser does. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run?: RunProgram;
}

export function sessionTickets({ platform, environment, run = runProgram }: SessionTicketsOptions): TicketSource {
  const own: TicketState = { status: 'own' };
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const whole = { ...Object.fromEntries(defined), LC_ALL: 'C' };
  return {
    state: () => own,
    obtain: (_principalName, password) => {
      password.wipe();
      return Promise.resolve(own);
    },
    discard: () => Promise.resolve(),
    check: (host, signal) => checkServiceTicket({ host, run, platform, environment: whole, signal }),
  };
}
