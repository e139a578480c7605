/**
 * Lets hidden tabs sleep: by policy, after they were hidden for so long, and one after the other while Lanyard takes more
 * memory than it may. It only says who is next; whether anything could be lost is for the tab and its page to say.
 */
import { type Clock, Deadline } from '../context/clock.js';

/** What the governor needs of a tab; context/followedTab.ts is the real one. */
export interface SleepyTab {
  readonly system: { readonly id: string };
  /** Milliseconds of the clock; null: somebody sees it, or it has no page to close. */
  readonly hiddenSince: number | null;
  /** @returns false: it stays awake */
  sleep(because: SleepReason): Promise<boolean>;
}

export type SleepReason = 'hidden' | 'memory';

export interface MemoryPolicy {
  /** Hidden tabs sleep after so many minutes; 0: never. */
  readonly sleepHiddenTabsAfterMinutes: number;
  /** Megabytes of all processes together; 0: no limit. */
  readonly memoryLimitMb: number;
}

/** Under pressure, too, a tab has been hidden so many milliseconds: what somebody just left may still be saving. */
const LEAST_HIDDEN = 20_000;
/** A tab that would not sleep is left alone for so many milliseconds: asking a page is no gift to it. */
const ASK_AGAIN = 120_000;
const LOOK_EVERY = 10_000;
/** Milliseconds until the memory of a page that was closed is free and can be measured. */
const AFTER_SLEEP = 2_000;

/** Who is hidden long enough and was not asked lately; who has been hidden longest comes first. */
export function tabsToSleep<Tab extends Pick<SleepyTab, 'system' | 'hiddenSince'>>(
  tabs: readonly Tab[],
  facts: {
    readonly now: number;
    readonly activeId: string | undefined;
    /** When each tab that stayed awake was asked last, by its id. */
    readonly refusedAt: ReadonlyMap<string, number>;
    readonly totalMb: number;
  },
  policy: MemoryPolicy,
): readonly { readonly tab: Tab; readonly because: SleepReason }[] {
  const { now, activeId, refusedAt, totalMb } = facts;
  const hidden = tabs
    .flatMap((tab) => (tab.hiddenSince === null || tab.system.id === activeId ? [] : [{ tab, since: tab.hiddenSince }]))
    .filter(({ tab }) => now - (refusedAt.get(tab.system.id) ?? -Infinity) >= ASK_AGAIN)
    .toSorted((one, other) => one.since - other.since);
  const after = policy.sleepHiddenTabsAfterMinutes * 60_000;
  const byPolicy = after > 0 ? hidden.filter(({ since }) => now - since >= after) : [];
  if (byPolicy.length > 0) return byPolicy.map(({ tab }) => ({ tab, because: 'hidden' }));
  const isPressed = policy.memoryLimitMb > 0 && totalMb > policy.memoryLimitMb;
  const longest = isPressed ? hidden.find(({ since }) => now - since >= LEAST_HIDDEN) : undefined;
  return longest ? [{ tab: longest.tab, because: 'memory' }] : [];
}

export interface GovernorParts {
  readonly policy: MemoryPolicy;
  readonly tabs: readonly SleepyTab[];
  /** The tab that has the screen, or would have it if the session were not locked. */
  readonly activeId: () => string | undefined;
  /** Megabytes that all processes take together. */
  readonly totalMb: () => number;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

export class MemoryGovernor {
  readonly #refusedAt = new Map<string, number>();
  readonly #next: Deadline;
  #disposed = false;

  constructor(private readonly parts: GovernorParts) {
    this.#next = new Deadline(parts.clock, () => {
      this.#look().catch((error: unknown) => {
        parts.report(error);
        this.#lookIn(LOOK_EVERY);
      });
    });
    const { sleepHiddenTabsAfterMinutes, memoryLimitMb } = parts.policy;
    if (sleepHiddenTabsAfterMinutes > 0 || memoryLimitMb > 0) this.#lookIn(LOOK_EVERY);
  }

  dispose(): void {
    this.#disposed = true;
    this.#next.clear();
  }

  #lookIn(milliseconds: number): void {
    if (!this.#disposed) this.#next.set(milliseconds);
  }

  async #look(): Promise<void> {
    const { policy, tabs, activeId, totalMb, clock } = this.parts;
    const facts = {
      now: clock.now(),
      activeId: activeId(),
      refusedAt: this.#refusedAt,
      totalMb: policy.memoryLimitMb > 0 ? totalMb() : 0,
    };
    const chosen = tabsToSleep(tabs, facts, policy);
    for (const { tab, because } of chosen) {
      if (this.#disposed) return;
      if (!(await tab.sleep(because))) this.#refusedAt.set(tab.system.id, clock.now());
    }
    this.#lookIn(chosen.length > 0 ? AFTER_SLEEP : LOOK_EVERY);
  }
}
