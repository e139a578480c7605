/** One question asked whenever its key changes, or again; what was answered to another key is not shown. */
import { useEffect, useEffectEvent, useState } from 'react';
import type { Reply } from '../../preload/contract.js';

export interface Asked<T> {
  /** null: not answered yet. */
  readonly value: T | null;
  readonly problem: string | null;
  readonly again: () => void;
}

export function useReply<T>(key: string, ask: () => Promise<Reply<T>>): Asked<T> {
  const [answered, setAnswered] = useState<{ readonly key: string; readonly reply: Reply<T> } | null>(null);
  const [turn, setTurn] = useState(0);
  const newest = useEffectEvent(ask);
  useEffect(() => {
    let isGone = false;
    void newest().then((reply) => {
      if (!isGone) setAnswered({ key, reply });
    });
    return () => {
      isGone = true;
    };
  }, [key, turn]);
  const reply = answered?.key === key ? answered.reply : null;
  return {
    value: reply?.ok === true ? reply.value : null,
    problem: reply?.ok === false ? reply.message : null,
    again: () => {
      setTurn((before) => before + 1);
    },
  };
}
