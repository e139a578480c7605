/** One try of a password at a time: taken out of its field the moment it is handed over, and the field replaced after. */
import { type RefObject, useRef, useState } from 'react';
import type { Reply, SignInOutcome } from '../../preload/contract.js';

/** What went wrong, and where the keyboard goes. */
export interface Refusal {
  readonly message: string;
  readonly remedy: string | null;
  readonly field: 'userName' | 'password';
}

export interface PasswordAttempt {
  /** The field: whoever renders it gives it `turn` as a part of its key, so that not even undo brings the text back. */
  readonly field: RefObject<HTMLInputElement | null>;
  readonly turn: number;
  readonly isPending: boolean;
  readonly refusal: Refusal | null;
  readonly isCancelled: boolean;
  /** Hands what stands in the field to `ask`; nothing happens while another try runs. */
  readonly run: (ask: (password: string) => Promise<Reply<SignInOutcome>>) => Promise<void>;
}

export function usePasswordAttempt(): PasswordAttempt {
  const [turn, setTurn] = useState(0);
  const [isPending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isCancelled, setCancelled] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const run: PasswordAttempt['run'] = async (ask) => {
    const input = field.current;
    if (isPending || input === null) return;
    const answer = ask(input.value);
    input.value = '';
    setPending(true);
    setRefusal(null);
    setCancelled(false);
    const reply = await answer;
    setPending(false);
    setTurn((count) => count + 1);
    if (!reply.ok) setRefusal({ message: reply.message, remedy: null, field: 'password' });
    else if (reply.value.outcome === 'refused') setRefusal(reply.value);
    else if (reply.value.outcome === 'cancelled') setCancelled(true);
  };
  return { field, turn, isPending, refusal, isCancelled, run };
}
