/** The DevTools protocol of one page, over Electron's debugger: attached for the seconds of a sign-in, never longer. */
import type { WebContents } from 'electron';
import { LanyardError } from '../domain/errors.js';
import type { DevTools, DevToolsEvent } from './signOn.js';

/** @throws LanyardError('unavailable') when something else is attached, or the page is gone */
export function attachDevTools(webContents: WebContents): DevTools {
  if (webContents.isDestroyed()) throw new LanyardError('unavailable', 'The page is gone.');
  const channel = webContents.debugger;
  const refusal = (cause?: unknown): LanyardError =>
    new LanyardError('unavailable', 'Something else is looking at this page.', { cause });
  // SECURITY(S1): two at a time would see each other's keystrokes.
  if (channel.isAttached()) throw refusal();
  try {
    channel.attach('1.3');
  } catch (error) {
    throw refusal(error);
  }
  const gone = new AbortController();
  let listener: (event: DevToolsEvent) => void = () => undefined;
  const onMessage = (_event: unknown, method: string, params: unknown, sessionId: string): void => {
    listener({
      method,
      params: (params ?? {}) as Record<string, unknown>,
      sessionId: sessionId === '' ? undefined : sessionId,
    });
  };
  const onDetach = (): void => {
    forget();
    gone.abort();
  };
  const forget = (): void => {
    channel.off('message', onMessage);
    channel.off('detach', onDetach);
    listener = () => undefined;
  };
  channel.on('message', onMessage);
  channel.on('detach', onDetach);
  return {
    send: (method, params = {}, sessionId) =>
      gone.signal.aborted || webContents.isDestroyed()
        ? Promise.reject(new LanyardError('unavailable', 'The page is not attached any more.'))
        : channel.sendCommand(method, params, sessionId),
    subscribe: (wanted) => {
      listener = wanted;
    },
    gone: gone.signal,
    detach: () => {
      if (gone.signal.aborted) return;
      forget();
      gone.abort();
      if (!webContents.isDestroyed() && channel.isAttached()) channel.detach();
    },
  };
}
