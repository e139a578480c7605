/** One question to the main process: never throws, never waits for ever. */
import type { CallName } from '../../preload/channels.js';
import type { CallInput, CallOutput, LanyardApi, Reply } from '../../preload/contract.js';

/** `deadline` in milliseconds. A reply after it is dropped; the caller has been told already. */
export async function ask<N extends CallName>(
  api: LanyardApi,
  name: N,
  input: CallInput<N>,
  deadline: number,
): Promise<Reply<CallOutput<N>>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Reply<CallOutput<N>>>((resolve) => {
    timer = setTimeout(() => {
      resolve({
        ok: false,
        code: 'unavailable',
        message: `Lanyard did not answer within ${Math.round(deadline / 1000)} seconds. Try again.`,
      });
    }, deadline);
  });
  // async: a call that throws is a call that fails
  const call = async (): Promise<Reply<CallOutput<N>>> => api.call(name, input);
  const answered = call().catch((): Reply<CallOutput<N>> => {
    // The router answers failures as values; a rejection means nobody is there to answer.
    return { ok: false, code: 'unavailable', message: 'Lanyard could not be reached. Close it and open it again.' };
  });
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
