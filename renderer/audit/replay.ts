/** What a session's tabs showed at a moment, from its records alone. */
import type { AuditRow } from '../../preload/auditContract.js';

export interface TabAt {
  readonly system: string;
  readonly state: 'shown' | 'shown-unverified' | 'covered' | 'asleep';
  /** Whose page; as in the trail. null: nobody's, or not known. */
  readonly patient: string | null;
  readonly since: string;
  /** In words, where it was covered. */
  readonly why: string;
}

export interface MomentOfSession {
  readonly user: string | null;
  /** Whose number stood in the banner; null: nobody's. */
  readonly patient: string | null;
  readonly isLocked: boolean;
  readonly tabs: readonly TabAt[];
  /** Whether every page that was shown was verified as the banner's patient. */
  readonly isInStep: boolean;
}

/** @param rows of one session, in any order; what came after `at` is left out */
export function momentOfSession(rows: readonly AuditRow[], at: string): MomentOfSession {
  const tabs = new Map<string, TabAt>();
  let user: string | null = null;
  let patient: string | null = null;
  let isLocked = false;
  const inOrder = rows
    .filter((row) => row.at <= at)
    .sort((one, other) => (one.chain === other.chain ? one.sequence - other.sequence : one.at < other.at ? -1 : 1));
  for (const row of inOrder) {
    user = row.user ?? user;
    const detail = (name: string): string => row.details.find(([key]) => key === name)?.[1] ?? '';
    const set = (state: TabAt['state'], of: string | null, why: string): void => {
      if (row.system !== null) tabs.set(row.system, { system: row.system, state, patient: of, since: row.at, why });
    };
    switch (row.type) {
      case 'patient.chosen':
        patient = row.patient;
        break;
      case 'patient.closed':
        patient = null;
        break;
      case 'system.displayed':
        set(detail('verified') === 'true' ? 'shown' : 'shown-unverified', row.patient, '');
        break;
      case 'system.covered':
        set('covered', null, detail('reason').replaceAll('-', ' '));
        break;
      case 'system.slept':
        set('asleep', null, '');
        break;
      case 'session.locked':
        isLocked = true;
        break;
      case 'session.unlocked':
        isLocked = false;
        break;
      case 'session.signedIn':
      case 'session.signedOut':
        tabs.clear();
        patient = null;
        isLocked = false;
        break;
    }
  }
  const all = [...tabs.values()].sort((one, other) => (one.system < other.system ? -1 : 1));
  // Before anybody is chosen, a system's start page is nobody's: there is nothing to be out of step with.
  const isInStep = all.every((tab) => tab.state !== 'shown-unverified' || (patient === null && tab.patient === null));
  return { user, patient, isLocked, tabs: all, isInStep };
}
