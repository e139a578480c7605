/** A shared workstation without tickets of the clinician's own: Kerberos is off for every system. */
import type { TicketSource, TicketState } from './ticketSource.js';

const EXPLANATION =
  'Single sign-on by ticket is off here, because this computer’s session is shared. Sign in to the system itself.';

export function noTickets(): TicketSource {
  const none: TicketState = { status: 'none', explanation: EXPLANATION };
  return {
    state: () => none,
    obtain: (_principalName, password) => {
      password.wipe();
      return Promise.resolve(none);
    },
    discard: () => Promise.resolve(),
    check: () =>
      Promise.resolve([
        {
          check: 'ticket',
          status: 'not-applicable',
          message: 'Tickets are not used on this shared workstation.',
          remedy: null,
        },
      ]),
  };
}
