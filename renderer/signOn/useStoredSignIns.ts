/** What is stored for the clinician, asked for when a part of the page that shows it appears; never a password. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { StoredSignIns } from '../../preload/contract.js';
import type { ShellStore } from '../store/shellStore.js';

export type StoredAnswer =
  | { readonly status: 'asking' }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'known'; readonly stored: StoredSignIns };

const ASKING: StoredAnswer = { status: 'asking' };

/** `refresh` asks again and keeps showing the last answer meanwhile. */
export function useStoredSignIns(store: ShellStore): { answer: StoredAnswer; refresh: () => Promise<void> } {
  const [answer, setAnswer] = useState(ASKING);
  const turn = useRef(0);
  const refresh = useCallback(async (): Promise<void> => {
    const mine = ++turn.current;
    const reply = await store.storedSignIns();
    if (mine !== turn.current) return; // asked anew since, or gone
    setAnswer(reply.ok ? { status: 'known', stored: reply.value } : { status: 'failed', message: reply.message });
  }, [store]);
  useEffect(() => {
    void refresh();
    return () => {
      turn.current += 1;
    };
  }, [refresh]);
  return { answer, refresh };
}
