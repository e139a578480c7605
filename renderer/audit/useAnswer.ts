/** One question to the trail, its pages one after the other. The newest question wins. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { AuditAnswer, AuditFilter, AuditPlace, QuestionId } from '../../preload/auditContract.js';
import type { ShellStore } from '../store/shellStore.js';

export interface Asked {
  readonly place: AuditPlace;
  readonly question: QuestionId;
  readonly filter: AuditFilter;
  readonly reason: string | null;
}

export interface Answered {
  /** null: nothing was asked, or nothing was answered yet. */
  readonly answer: AuditAnswer | null;
  readonly isAsking: boolean;
  readonly problem: string | null;
  readonly more: () => void;
  readonly again: () => void;
}

interface Told {
  readonly key: string;
  readonly answer: AuditAnswer | null;
  readonly problem: string | null;
}

export function useAnswer(store: ShellStore, asked: Asked | null): Answered {
  const [told, setTold] = useState<Told | null>(null);
  /** Cursor of the page that is asked for; undefined: none is. */
  const [asking, setAsking] = useState<string | null | undefined>(undefined);
  const turn = useRef(0);
  const key = JSON.stringify(asked);
  const ask = async (cursor: string | null, before: AuditAnswer | null): Promise<void> => {
    const mine = ++turn.current;
    if (asked === null) return;
    const { place, ...query } = asked;
    const reply = await store.askAudit('audit.ask', { place, query: { ...query, cursor } });
    if (mine !== turn.current) return;
    setAsking(undefined);
    setTold(
      reply.ok
        ? { key, answer: joined(before, reply.value), problem: null }
        : { key, answer: before, problem: reply.message },
    );
  };
  const begin = useEffectEvent(() => ask(null, null));
  useEffect(() => {
    void begin();
    return () => {
      turn.current += 1;
    };
  }, [key]);
  const isMine = told?.key === key;
  const answer = isMine ? told.answer : null;
  const isAsking = asked !== null && (!isMine || asking !== undefined);
  const next = (cursor: string | null, before: AuditAnswer | null): void => {
    setAsking(cursor);
    void ask(cursor, before);
  };
  return {
    answer,
    isAsking,
    problem: isMine ? told.problem : null,
    more: () => {
      if (answer && 'next' in answer && answer.next !== null && !isAsking) next(answer.next, answer);
    },
    again: () => {
      if (!isAsking) next(null, null);
    },
  };
}

function joined(before: AuditAnswer | null, after: AuditAnswer): AuditAnswer {
  if (before?.kind === 'records' && after.kind === 'records')
    return { ...after, rows: [...before.rows, ...after.rows] };
  if (before?.kind === 'shown' && after.kind === 'shown') return { ...after, spans: [...before.spans, ...after.spans] };
  return after;
}
