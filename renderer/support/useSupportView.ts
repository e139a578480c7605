/** The support view, asked for anew every two seconds while it is open. A look that fails keeps what was seen last. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { SupportView } from '../../preload/contract.js';
import type { ShellStore } from '../store/shellStore.js';

const AGAIN_AFTER = 2_000;

export interface SupportAnswer {
  /** null: nothing was answered yet. */
  readonly view: SupportView | null;
  /** Why the last look failed; null: it did not. */
  readonly problem: string | null;
}

export function useSupportView(store: ShellStore): { answer: SupportAnswer; refresh: () => Promise<void> } {
  const [answer, setAnswer] = useState<SupportAnswer>({ view: null, problem: null });
  const turn = useRef(0);
  const isAsking = useRef(false);
  const refresh = useCallback(async (): Promise<void> => {
    const mine = ++turn.current;
    isAsking.current = true;
    const reply = await store.supportView();
    if (mine !== turn.current) return; // asked anew since, or gone
    isAsking.current = false;
    setAnswer((before) =>
      reply.ok ? { view: reply.value, problem: null } : { view: before.view, problem: reply.message },
    );
  }, [store]);
  useEffect(() => {
    void refresh();
    const timer = setInterval(() => {
      if (!isAsking.current) void refresh();
    }, AGAIN_AFTER);
    return () => {
      clearInterval(timer);
      turn.current += 1;
    };
  }, [refresh]);
  return { answer, refresh };
}
