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
  readonly #last = new Map<string, Kind>();

  constructor(private readonly saw: (id: string, answers: boolean) => void) {}

  /** To be told at every change of the tabs; tells only what is new. */
  seen(tabs: readonly Pick<TabState, 'id' | 'cover'>[]): void {
    for (const { id, cover } of tabs) {
      const kind = cover?.kind ?? null;
      if (this.#last.get(id) === kind) continue;
      this.#last.set(id, kind);
      if (!NO_NEWS.has(kind)) this.saw(systemService(id), kind !== 'failed');
    }
  }
}

export function systemService(systemId: string): string {
  return `system ${systemId}`;
}
