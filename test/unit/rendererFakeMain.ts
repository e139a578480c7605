/** A main process for the shell's pages: answers as told, announces when told, remembers what it was asked. */
import { configure, screen } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import type { CallName, EventName } from '../../preload/channels.js';
import type { CallInput, CallOutput, EventPayload, LanyardApi, Reply } from '../../preload/contract.js';

// A busy machine takes its time; what never comes is still missed.
configure({ asyncUtilTimeout: 5_000 });

type Answer<N extends CallName> =
  Reply<CallOutput<N>> | ((input: CallInput<N>) => Promise<Reply<CallOutput<N>>> | Reply<CallOutput<N>>);

export class FakeMain implements LanyardApi {
  readonly asked: { name: CallName; input: unknown }[] = [];
  readonly #answers = new Map<CallName, unknown>([
    ['session.passwordWarning', { ok: true, value: null }],
    ['badge.get', { ok: true, value: { isUsed: false, problem: null, prompt: null } }],
    ['session.unsavedWork', { ok: true, value: { systems: [] } }],
  ]);
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();

  /** A value, or a function of the input. Calls nobody told an answer for get "done". */
  answer<N extends CallName>(name: N, answer: Answer<N>): this {
    this.#answers.set(name, answer);
    return this;
  }

  call<N extends CallName>(name: N, input: CallInput<N>): Promise<Reply<CallOutput<N>>> {
    this.asked.push({ name, input });
    const answer = (this.#answers.get(name) ?? { ok: true, value: undefined }) as Answer<N>;
    return Promise.resolve(typeof answer === 'function' ? answer(input) : answer);
  }

  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  announce<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload as never);
  }

  inputsOf(name: CallName): unknown[] {
    return this.asked.filter((one) => one.name === name).map(({ input }) => input);
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

/** An answer given later. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: ((value: T) => void) | undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve?.(value) };
}

/** From the menu below the clinician's name. */
export async function chooseOfAccount(user: UserEvent, words: string): Promise<void> {
  await user.click(await screen.findByRole('button', { name: /Your account/ }));
  await user.click(await screen.findByRole('menuitem', { name: words }));
}
