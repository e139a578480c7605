/** What the tabs tell about their systems: a system whose page cannot be had fails, one that brought a page answers. */
import type { TabState } from '../../preload/contract.js';

type Kind = NonNullable<TabState['cover']>['kind'] | null;

/** These say nothing of the system: it is being asked, or the trouble is on this side. */
const NO_NEWS: ReadonlySet<Kind> = new Set<Kind>([
  'loading',
  'slow',
  'signing-on',
  'crashed',
  'hung',
  'audit-unavailable',
]);

export class TabServices {
  readonly #last = new Map<string, Kind | 'no news'>();

  constructor(private readonly saw: (id: string, answers: boolean) => void) {}

  /** To be told at every change of the tabs; tells only what is new. */
  seen(tabs: readonly Pick<TabState, 'id' | 'cover' | 'isTriedAgain'>[]): void {
    for (const { id, cover, isTriedAgain } of tabs) {
      const kind = cover?.kind ?? null;
      const news = isTriedAgain === true || NO_NEWS.has(kind) ? 'no news' : kind;
      if (this.#last.get(id) === news) continue;
      this.#last.set(id, news);
      if (news !== 'no news') this.saw(systemService(id), news !== 'failed');
    }
  }
}

export function systemService(systemId: string): string {
  return `system ${systemId}`;
}
