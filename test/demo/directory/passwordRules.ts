/** What Active Directory answers to a password: the order of its checks, its sub-codes, its lock-out counter. */
import type { DemoAccount, Obstacle } from './accounts.js';

export interface LockoutRules {
  readonly threshold: number;
  readonly durationMs: number;
  readonly windowMs: number;
}

/** Windows error codes, as in the "data" of the diagnostic text. */
const obstacleCodes: Readonly<Record<Obstacle, string>> = {
  disabled: '533',
  'account-expired': '701',
  'password-expired': '532',
  'must-change': '773',
  'outside-hours': '530',
  'wrong-workstation': '531',
  restricted: '52f',
  smartcard: '52f',
  locked: '775',
};

/** What the demo's domain asks of a password. */
export const demoPasswordPolicy = { minimumLength: 12, history: 24 } as const;

interface Counter {
  wrong: number;
  lastWrong: number;
  lockedSince: number | null;
}

export class PasswordRules {
  readonly #counters = new Map<string, Counter>();
  /** By user name, oldest first; absent: never changed. */
  readonly #chosen = new Map<string, readonly string[]>();

  constructor(
    readonly lockout: LockoutRules,
    private readonly password: string,
    private readonly now: () => Date,
  ) {}

  /** null: accepted; else the sub-code. An account that does not exist is 525, as Windows says it. */
  check(account: DemoAccount | undefined, password: string): string | null {
    if (!account) return '525';
    if (this.lockedSince(account) !== null) return obstacleCodes.locked;
    const counter = this.#counter(account);
    if (password !== this.#passwordOf(account)) {
      const now = this.now().getTime();
      counter.wrong = now - counter.lastWrong > this.lockout.windowMs ? 1 : counter.wrong + 1;
      counter.lastWrong = now;
      if (counter.wrong >= this.lockout.threshold) counter.lockedSince = now;
      return '52e';
    }
    const obstacle = this.obstacleOf(account);
    if (obstacle) return obstacleCodes[obstacle];
    counter.wrong = 0;
    return null;
  }

  /** null: changed; else the number that Windows puts in front of its answer, and no reason beside it. */
  change(account: DemoAccount, before: string, after: string): string | null {
    if (before !== this.#passwordOf(account)) return '00000056';
    const used = [this.password, ...(this.#chosen.get(account.userName) ?? [])];
    const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(after));
    if (after.length < demoPasswordPolicy.minimumLength || kinds.length < 3 || used.includes(after)) return '0000052D';
    this.#chosen.set(account.userName, [...used.slice(1), after]);
    return null;
  }

  hasChanged({ userName }: DemoAccount): boolean {
    return this.#chosen.has(userName);
  }

  /** A new password takes these two away. */
  obstacleOf(account: DemoAccount): Obstacle | undefined {
    const { obstacle } = account;
    return this.hasChanged(account) && (obstacle === 'must-change' || obstacle === 'password-expired')
      ? undefined
      : obstacle;
  }

  #passwordOf({ userName }: DemoAccount): string {
    return this.#chosen.get(userName)?.at(-1) ?? this.password;
  }

  wrongTries(account: DemoAccount): number {
    return this.#counter(account).wrong;
  }

  /** Milliseconds since 1970; null: not locked. An account whose obstacle is the lock never gets free. */
  lockedSince(account: DemoAccount): number | null {
    const now = this.now().getTime();
    if (account.obstacle === 'locked') return now - Math.min(60_000, this.lockout.durationMs / 2);
    const counter = this.#counter(account);
    if (counter.lockedSince !== null && now - counter.lockedSince >= this.lockout.durationMs) {
      counter.lockedSince = null;
      counter.wrong = 0;
    }
    return counter.lockedSince;
  }

  #counter({ userName }: DemoAccount): Counter {
    const known = this.#counters.get(userName);
    if (known) return known;
    const counter: Counter = { wrong: 0, lastWrong: 0, lockedSince: null };
    this.#counters.set(userName, counter);
    return counter;
  }
}
