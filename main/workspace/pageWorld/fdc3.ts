/**
 * window.fdc3 in a page: a Desktop Agent as far as a clinical page needs one. The page is on the one user channel there
 * is, which carries the patient and the imaging study; there are no other applications to be found or opened by name.
 * Source: FDC3 2.2, "DesktopAgent", "Channel", "Preload Desktop Agents".
 */
import type { PageOutlet } from './page.js';

type Handler = (context: object, metadata?: object) => unknown;

interface Listener {
  readonly type: string | null;
  readonly handler: Handler;
}

/** FDC3's names of errors (ChannelError, ResolveError) are the whole message of one. */
class AgentError extends Error {}

const CHANNEL = {
  id: 'lanyard.patient',
  type: 'user',
  displayMetadata: { name: 'Patient', color: '#005eb8' },
} as const;

const INFO = {
  fdc3Version: '2.2',
  provider: 'Lanyard',
  optionalFeatures: { OriginatingAppMetadata: false, UserChannelMembershipAPIs: true, DesktopAgentBridging: false },
  appMetadata: { appId: 'this-page', instanceId: 'this-page' },
} as const;

const done = (): Promise<void> => Promise.resolve();

export function openFdc3({ say, hear }: PageOutlet): void {
  const listeners = new Set<Listener>();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let questions = 0;
  let isJoined = true;

  const ask = (op: string, more: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++questions;
      if (!say({ op, id, ...more })) {
        say({ op: 'too-large' });
        reject(new AgentError('MalformedContext'));
        return;
      }
      waiting.set(id, { resolve, reject });
    });
  const listening = (): void => {
    const types = isJoined ? [...new Set([...listeners].map(({ type }) => type))] : [];
    say({ op: 'listening', types });
  };
  const current = (type: string | null): Promise<object | null> => ask('current', { type }) as Promise<object | null>;
  const call = ({ type, handler }: Listener, context: object): void => {
    if (type !== null && !('type' in context && context.type === type)) return;
    try {
      handler(context, {});
    } catch (error) {
      reportError(error); // the page's own, and no concern of the others who listen
    }
  };

  hear((message) => {
    const told = message as {
      op: string;
      id?: number;
      value?: unknown;
      error?: string;
      why?: string;
      context?: object;
    };
    if (told.op === 'context' && told.context) {
      if (isJoined) for (const listener of [...listeners]) call(listener, told.context);
      return;
    }
    const question = waiting.get(told.id ?? 0);
    waiting.delete(told.id ?? 0);
    if (told.error === undefined) question?.resolve(told.value);
    else question?.reject(new AgentError(told.error, { cause: told.why }));
  });

  const addContextListener = async (first: string | null | Handler, second?: Handler): Promise<object> => {
    const type = typeof first === 'function' ? null : first;
    const handler = typeof first === 'function' ? first : second;
    if (typeof handler !== 'function') throw new AgentError('MalformedContext');
    const listener: Listener = { type, handler };
    listeners.add(listener);
    listening();
    const context = isJoined ? await current(type) : null;
    if (context && listeners.has(listener)) call(listener, context);
    return {
      unsubscribe: () => {
        listeners.delete(listener);
        listening();
        return done();
      },
    };
  };
  const broadcast = async (context: unknown): Promise<void> => {
    if (isJoined) await ask('broadcast', { context });
  };
  const channel = {
    ...CHANNEL,
    broadcast,
    addContextListener,
    getCurrentContext: (type: string | null = null) => current(type),
  };
  const join = async (id: string): Promise<void> => {
    if (id !== CHANNEL.id) throw new AgentError('NoChannelFound');
    isJoined = true;
    listening();
    for (const listener of [...listeners]) {
      const context = await current(listener.type);
      if (context) call(listener, context);
    }
  };
  const none = (error: string) => (): Promise<never> => Promise.reject(new AgentError(error));
  const nothingToHear = () => Promise.resolve({ unsubscribe: done });
  const raiseIntent = async (intent: string, context: unknown): Promise<object> => {
    await ask('raise', { intent, context });
    // SECURITY: not by which system.
    return { source: { appId: 'lanyard' }, intent, getResult: done };
  };
  const agent = {
    getInfo: () => Promise.resolve(INFO),
    broadcast,
    addContextListener,
    raiseIntent,
    // What others ask for is opened by Lanyard itself; no page is handed another's request.
    addIntentListener: nothingToHear,
    getUserChannels: () => Promise.resolve([channel]),
    getSystemChannels: () => Promise.resolve([channel]),
    joinUserChannel: join,
    joinChannel: join,
    getCurrentChannel: () => Promise.resolve(isJoined ? channel : null),
    leaveCurrentChannel: () => {
      isJoined = false;
      listening();
      return done();
    },
    addEventListener: nothingToHear,
    getOrCreateChannel: none('CreationFailed'),
    createPrivateChannel: none('CreationFailed'),
    // SECURITY: a page never learns which other systems there are.
    open: none('AppNotFound'),
    findIntent: none('NoAppsFound'),
    findIntentsByContext: none('NoAppsFound'),
    findInstances: () => Promise.resolve([]),
    getAppMetadata: none('AppNotFound'),
    raiseIntentForContext: none('NoAppsFound'),
  };
  if ('fdc3' in window) return; // the page brought its own
  Object.defineProperty(window, 'fdc3', { value: Object.freeze(agent), configurable: true, enumerable: true });
  window.dispatchEvent(new Event('fdc3Ready'));
}
