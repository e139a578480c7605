/**
 * What a tap of a badge does, as one table: who is at the workstation × whose badge it is → one action.
 *
 * A badge says who somebody may be; it proves nothing. So no action here lets anybody in: each one that leads inwards
 * asks for a PIN or a password first (badgeProof.ts). Source: "Tap rules" of the Citrix specification.
 */

/** The same badge again within this time is the same tap: it slipped, or was left lying on the reader. */
const SAME_TAP_MS = 3_000;
/** After a password was accepted, a badge nobody knows is most likely that clinician's own for this long. */
export const ENROL_WITHIN_MS = 120_000;

export type BadgeDesk =
  | { readonly status: 'signed-out' }
  | {
      readonly status: 'active';
      /** Principal name. */
      readonly user: string;
      /** Since the sign-in or the last unlock, in milliseconds. */
      readonly activeMs: number;
      /** Since the directory last accepted this clinician's password at this workstation; null: it has not. */
      readonly passwordMs: number | null;
    }
  | { readonly status: 'locked'; readonly user: string };

export interface BadgeTap {
  /** Principal name of whom the badge belongs to; null: nobody that is known. */
  readonly owner: string | null;
  /** Since this same badge was tapped before, in milliseconds; null: it was not. */
  readonly sameBadgeMs: number | null;
}

export type BadgeAction =
  | { readonly kind: 'ignore' }
  | { readonly kind: 'lock' }
  /** Ask for the proof of the clinician whose session it is. */
  | { readonly kind: 'ask-to-unlock'; readonly user: string }
  /** Nobody is signed in. */
  | { readonly kind: 'ask-to-sign-in'; readonly user: string }
  /** A colleague's badge. `lockFirst`: the session of the other one is still open, and is locked before anything is asked. */
  | { readonly kind: 'ask-to-take-over'; readonly user: string; readonly lockFirst: boolean }
  /** Offer the badge to the clinician who has just given a password here. */
  | { readonly kind: 'offer-enrolment'; readonly user: string }
  /** Nobody knows the badge: whoever gives a password next may have it as theirs. */
  | { readonly kind: 'ask-password-to-enrol'; readonly lockFirst: boolean };

export function badgeAction(desk: BadgeDesk, tap: BadgeTap): BadgeAction {
  if (tap.sameBadgeMs !== null && tap.sameBadgeMs < SAME_TAP_MS) return { kind: 'ignore' };
  if (tap.owner === null) return unknownBadge(desk);
  const isOwn = desk.status !== 'signed-out' && samePerson(desk.user, tap.owner);
  switch (desk.status) {
    case 'signed-out':
      return { kind: 'ask-to-sign-in', user: tap.owner };
    case 'active':
      if (!isOwn) return { kind: 'ask-to-take-over', user: tap.owner, lockFirst: true };
      return desk.activeMs < SAME_TAP_MS ? { kind: 'ignore' } : { kind: 'lock' };
    case 'locked':
      return isOwn
        ? { kind: 'ask-to-unlock', user: desk.user }
        : { kind: 'ask-to-take-over', user: tap.owner, lockFirst: false };
  }
}

/** Later than just after the password the badge may be a colleague's, who must not find somebody's session open. */
function unknownBadge(desk: BadgeDesk): BadgeAction {
  if (desk.status !== 'active') return { kind: 'ask-password-to-enrol', lockFirst: false };
  return desk.passwordMs !== null && desk.passwordMs <= ENROL_WITHIN_MS
    ? { kind: 'offer-enrolment', user: desk.user }
    : { kind: 'ask-password-to-enrol', lockFirst: true };
}

/** Active Directory does not tell upper from lower case in principal names. */
export function samePerson(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
