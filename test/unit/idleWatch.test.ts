import { describe, expect, test } from 'vitest';
import type { SessionState, SignedInClinician } from '../../preload/contract.js';
import { IdleWatch } from '../../main/identity/idleWatch.js';
import { shortcutOf } from '../../main/workspace/shortcuts.js';
import { HandClock } from './handClock.js';

const clinician: SignedInClinician = {
  displayName: 'Alice Ward',
  principalName: 'a.ward@ward.example.nhs',
  roles: ['clinician'],
  since: '2026-11-22T09:00:00.000Z',
  passwordExpires: null,
};

/** Locks after 300 s, warns 30 s before; the session does what it is told. */
function setUp({ warnSeconds = 30 } = {}) {
  const clock = new HandClock();
  const happened: string[] = [];
  const quiet: boolean[] = [];
  /** When the computer saw its last input; it counts whole seconds. */
  let inputAt = clock.now() - 3_600_000;
  const change = (state: SessionState): void => {
    happened.push(state.status);
    watch.sessionChanged(state);
  };
  const watch: IdleWatch = new IdleWatch({
    clock,
    lockAfterSeconds: 300,
    warnSeconds,
    idleSeconds: () => Math.floor((clock.now() - inputAt) / 1000),
    session: {
      quiet: (isQuiet) => {
        quiet.push(isQuiet);
        watch.sessionChanged({ status: 'signed-in', clinician, ...(isQuiet && { isQuiet }) });
      },
      warnIdle: (locksAt) => {
        change({ status: 'idle-warning', clinician, locksAt: locksAt.toISOString() });
      },
      inputSeen: () => {
        change({ status: 'signed-in', clinician });
      },
      lock: (reason, idleSince) => {
        const since = new Date(clock.now()).toISOString();
        const signsOutAt = new Date((idleSince?.getTime() ?? 0) + 1_800_000).toISOString();
        change({ status: 'locked', clinician, lock: { since, reason, signsOutAt, unsaved: null } });
      },
      signOut: (reason) => {
        happened.push(`sign out: ${reason}`);
        return Promise.resolve();
      },
    },
    report: (error) => {
      throw error;
    },
  });
  change({ status: 'signed-in', clinician });
  happened.length = 0;
  return {
    clock,
    watch,
    happened,
    quiet,
    touch: () => {
      inputAt = clock.now();
    },
  };
}

describe('Nobody at the keyboard', () => {
  test('is warned, locked and signed out, each at its time', () => {
    const { clock, happened } = setUp();
    clock.advance(269_900);
    expect(happened).toEqual([]);
    clock.advance(200);
    expect(happened).toEqual(['idle-warning']);
    clock.advance(29_500);
    expect(happened).toEqual(['idle-warning']);
    clock.advance(1_000);
    expect(happened).toEqual(['idle-warning', 'locked']);
    clock.advance(1_499_000);
    expect(happened).toEqual(['idle-warning', 'locked']);
    clock.advance(2_000);
    expect(happened).toEqual(['idle-warning', 'locked', 'sign out: idle']);
  });

  test('it shows large whose session it is after a minute, until somebody touches anything', () => {
    const { clock, quiet, watch, touch } = setUp();
    clock.advance(59_999);
    expect(quiet).toEqual([]);
    clock.advance(1);
    expect(quiet).toEqual([true]);
    watch.input();
    expect(quiet).toEqual([true, false]);
    clock.advance(60_000);
    expect(quiet).toEqual([true, false, true]);
    touch(); // in another program
    clock.advance(2_000);
    expect(quiet).toEqual([true, false, true, false]);
    clock.advance(57_000);
    expect(quiet).toHaveLength(4);
  });

  test('however long the computer was idle before: it counts from the sign-in', () => {
    const { clock, happened } = setUp();
    clock.advance(200_000);
    expect(happened).toEqual([]);
  });

  test('input in any program puts it off', () => {
    const { clock, happened, touch } = setUp();
    for (let minute = 0; minute < 30; minute += 1) {
      clock.advance(60_000);
      touch();
    }
    expect(happened).toEqual([]);
    clock.advance(271_000);
    expect(happened).toEqual(['idle-warning']);
  });

  test('input ends the countdown, within half a second', () => {
    const { clock, happened, touch } = setUp();
    clock.advance(280_000);
    touch();
    clock.advance(500);
    expect(happened).toEqual(['idle-warning', 'signed-in']);
    clock.advance(200_000);
    expect(happened).toEqual(['idle-warning', 'signed-in']);
  });

  test('a key in its own window ends it at once', () => {
    const { clock, happened, watch } = setUp();
    clock.advance(280_000);
    watch.input();
    expect(happened).toEqual(['idle-warning', 'signed-in']);
  });

  test('no input puts the sign-out of a locked session off: anybody could have made it', () => {
    const { clock, happened, watch, touch } = setUp();
    clock.advance(301_000);
    for (let minute = 0; minute < 26; minute += 1) {
      clock.advance(60_000);
      watch.input();
      touch();
    }
    expect(happened.at(-1)).toBe('sign out: idle');
  });

  test('without a warning it locks all the same', () => {
    const { clock, happened } = setUp({ warnSeconds: 0 });
    clock.advance(301_000);
    expect(happened).toEqual(['locked']);
  });

  test('a computer that slept through all of it still gives the countdown', () => {
    const { clock, happened, watch } = setUp();
    watch.dispose(); // its timers slept
    clock.advance(400_000);
    watch.sessionChanged({ status: 'signed-in', clinician });
    expect(happened).toEqual(['idle-warning']);
    clock.advance(30_500);
    expect(happened.at(-1)).toBe('locked');
  });

  test('who comes back starts anew', () => {
    const { clock, happened, watch } = setUp();
    clock.advance(301_000);
    watch.sessionChanged({ status: 'signed-in', clinician });
    happened.length = 0;
    clock.advance(260_000);
    expect(happened).toEqual([]);
  });
});

test.each([
  [{ key: 'F6' }, 'focus-shell'],
  [{ key: 'L', control: true, shift: true }, 'lock'],
  [{ key: 'l', control: true, shift: true }, 'lock'],
  [{ key: 'l', control: true }, null],
  [{ key: 'L', shift: true }, null],
  [{ key: 'L', control: true, shift: true, alt: true }, null],
  [{ key: 'L', control: true, shift: true, meta: true }, null],
  [{ key: 'L', control: true, shift: true, type: 'keyUp' }, null],
])('the key %o is the shell’s: %s', (pressed, shortcut) => {
  const key = { type: 'keyDown', control: false, shift: false, alt: false, meta: false, ...pressed };
  expect(shortcutOf(key)).toBe(shortcut);
});
