/** Stored sign-ins in words: where they are kept, and whether they still let anybody in. */
import type { StoredSignInEntry, StoredSignIns } from '../../preload/contract.js';

/** A sentence that fits one sign-in and all of them. */
export function describeKeeping(kind: StoredSignIns['kind']): string {
  switch (kind) {
    case 'memory':
      return 'Kept in this computer’s memory only, until you sign out.';
    case 'keychain':
      return 'Kept in the keychain of your own account on this computer, until you remove it.';
    case 'roaming-file':
      return 'Kept sealed with your password, for every computer you sign in to, until you remove it.';
  }
}

/** Why a sign-in cannot be kept at the moment; null: it can. */
export function describeClosed({ status, explanation }: StoredSignIns): string | null {
  switch (status) {
    case 'open':
      return null;
    case 'closed':
      return explanation ?? 'Sign-ins cannot be stored at the moment.';
    case 'old-password-needed':
      return explanation ?? 'Your stored sign-ins are closed, because your password was changed elsewhere.';
  }
}

export function describeStoredState(state: StoredSignInEntry['state']): { words: string; advice: string | null } {
  switch (state) {
    case 'usable':
      return { words: 'Ready', advice: null };
    case 'refused':
      return { words: 'Refused: enter it again', advice: 'It is not tried again, so that your account is not locked.' };
    case 'unconfirmed':
      return {
        words: 'Not confirmed',
        advice: 'It was sent and no answer was seen. Enter it again when the system asks.',
      };
  }
}
