/** What the shell's pages may ask about badges. */
import type { BadgeState } from '../../preload/contract.js';
import { LanyardError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { Handlers } from '../ipc/router.js';
import type { SessionClinician } from '../identity/identitySession.js';
import type { BadgeDesk } from './badgeDesk.js';

/** Where badges are not read. */
export const NO_BADGES: BadgeState = { isUsed: false, problem: null, prompt: null };

export interface BadgeCallParts {
  /** Resolves when badges can be used; null: this workstation reads none, or they cannot be used. */
  readonly desk: () => Promise<BadgeDesk | null>;
  /** Whoever is signed in and at work. */
  readonly clinician: () => Promise<SessionClinician | null>;
  /** Of principal names that were typed without one. */
  readonly domain: string;
}

export function badgeCalls({
  desk,
  clinician,
  domain,
}: BadgeCallParts): Pick<Handlers, Extract<keyof Handlers, `badge.${string}`>> {
  const used = async (): Promise<BadgeDesk> => {
    const found = await desk();
    if (!found) throw new LanyardError('bad-request', 'This computer does not read badges.');
    return found;
  };
  return {
    'badge.get': async () => (await desk())?.state ?? NO_BADGES,
    'badge.unlock': async ({ pin }) => (await used()).unlock(Secret.of(pin)),
    'badge.enrol': async ({ id, pin }) => (await used()).enrol(id, pin === null ? null : Secret.of(pin)),
    'badge.dismiss': async ({ id }) => {
      (await desk())?.dismiss(id);
    },
    'badge.own': async () => (await used()).own(),
    'badge.removeOwn': async () => (await used()).removeOwn(),
    'badge.removeFor': async ({ userName }) => {
      const by = await clinician();
      // SECURITY(badge): support may remove badges, and nobody else those of others.
      if (!by?.roles.includes('support')) throw new LanyardError('forbidden', 'Only IT support removes badges.');
      const typed = userName.trim();
      const principalName = typed.includes('@') ? typed : `${typed}@${domain}`;
      return { userName: principalName, removed: await (await used()).remove(principalName, by.principalName) };
    },
  };
}
