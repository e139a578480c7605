/**
 * What is stored for the clinician, asked for when a part of the page that shows it appears, and again whenever a tab
 * goes on with its sign-in: that may have used, confirmed or refused what is stored. Never a password.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { StoredSignIns, WorkspaceState } from '../../preload/contract.js';
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
    let stage = stageOfSignIns(store.getState().workspace);
    const stop = store.subscribe(() => {
      const now = stageOfSignIns(store.getState().workspace);
      if (now === stage) return;
      stage = now;
      void refresh();
    });
    return () => {
      stop();
      turn.current += 1;
    };
  }, [refresh, store]);
  return { answer, refresh };
}

/** Equal texts: no tab went on with its sign-in. A change of patient alone is none. */
function stageOfSignIns({ tabs, learntSignIn }: WorkspaceState): string {
  const stages = tabs.map(({ id, cover }) => {
    const isOfSignIn = cover?.kind === 'signing-on' || cover?.kind === 'sign-in-needed' || cover?.kind === 'signed-out';
    return isOfSignIn || cover?.kind === 'sign-in-changed' ? [id, cover.kind, cover.title, cover.reason] : [id];
  });
  return JSON.stringify([stages, learntSignIn?.id]);
}
