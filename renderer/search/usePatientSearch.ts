/**
 * One search at a time, the newest wins.
 *
 *   closed ──run──▶ running ──▶ found | failed | cancelled ──run──▶ running …
 *   any ──close──▶ closed
 */
import { useCallback, useEffect, useReducer, useRef } from 'react';
import type { ErrorCode, PatientSearchResult } from '../../preload/contract.js';
import type { ShellStore } from '../store/shellStore.js';

/** Who asked: somebody who pressed Enter wants an answer; a pause while typing must not interrupt. */
export type Asked = 'enter' | 'pause';

export type SearchState =
  | { readonly status: 'closed' }
  | { readonly status: 'running'; readonly text: string; readonly isShown: boolean }
  | { readonly status: 'found'; readonly text: string; readonly result: PatientSearchResult }
  | {
      readonly status: 'failed';
      readonly text: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly asked: Asked;
    }
  | { readonly status: 'cancelled'; readonly text: string };

export interface PatientSearch {
  readonly state: SearchState;
  /** The list, its progress or its failure lies over the workspace. */
  readonly isOpen: boolean;
  /** What to correct in the text, said beside the searchbox while typing goes on. */
  readonly hint: string | null;
  readonly run: (text: string, asked: Asked) => Promise<void>;
  readonly cancel: () => void;
  readonly close: () => void;
}

/** The search could not be asked, whatever was typed. */
export function isOutage(code: ErrorCode): boolean {
  return code === 'search-timeout' || code === 'search-unavailable' || code === 'unavailable';
}

/** Milliseconds before a search that a pause began shows itself: most are answered sooner, some only say "go on typing". */
const PATIENCE = 250;

type Action = { type: 'state'; state: SearchState } | { type: 'show' };

function reduce(state: SearchState, action: Action): SearchState {
  if (action.type === 'state') return action.state;
  return state.status === 'running' ? { ...state, isShown: true } : state;
}

export function usePatientSearch(store: ShellStore): PatientSearch {
  const [state, dispatch] = useReducer(reduce, { status: 'closed' });
  const newest = useRef(0);

  const run = useCallback(
    async (text: string, asked: Asked) => {
      const turn = ++newest.current;
      dispatch({ type: 'state', state: { status: 'running', text, isShown: asked === 'enter' } });
      const reply = await store.search(text);
      if (turn !== newest.current) return;
      if (reply.ok) dispatch({ type: 'state', state: { status: 'found', text, result: reply.value } });
      else if (reply.code === 'search-cancelled') dispatch({ type: 'state', state: { status: 'cancelled', text } });
      else {
        const { code, message } = reply;
        dispatch({ type: 'state', state: { status: 'failed', text, code, message, asked } });
      }
    },
    [store],
  );

  const isWaiting = state.status === 'running';
  const isHidden = state.status === 'running' && !state.isShown;
  useEffect(() => {
    if (!isHidden) return;
    const timer = setTimeout(() => {
      dispatch({ type: 'show' });
    }, PATIENCE);
    return () => {
      clearTimeout(timer);
    };
  }, [isHidden]);

  const cancel = useCallback(() => {
    if (isWaiting) void store.cancelSearch();
  }, [isWaiting, store]);

  const close = useCallback(() => {
    newest.current += 1;
    cancel();
    dispatch({ type: 'state', state: { status: 'closed' } });
  }, [cancel]);

  const isQuiet = state.status === 'failed' && state.asked === 'pause' && state.code === 'search-unreadable';
  return {
    state,
    isOpen: state.status !== 'closed' && !isHidden && !isQuiet,
    hint: isQuiet ? state.message : null,
    run,
    cancel,
    close,
  };
}
