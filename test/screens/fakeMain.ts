/** Runs inside the page before it starts: a `window.lanyard` that answers from a list. Self-contained, for addInitScript. */
import type { EventName } from '../../preload/channels.js';
import type { Answers } from './screen.js';

/** `answers` by screen name; the page's address says which screen: `/?screen=sign-in`. */
export function installFakeMain(screens: Record<string, Answers>): void {
  const answers: Record<string, unknown> = screens[new URLSearchParams(location.search).get('screen') ?? ''] ?? {};
  const asked: { name: string; input: unknown }[] = [];
  const listeners = new Map<string, ((payload: unknown) => void)[]>();
  const refusals: string[] = [];
  document.addEventListener('securitypolicyviolation', (event) => {
    refusals.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
  Object.assign(window, {
    lanyard: {
      call: (name: string, input: unknown) => {
        asked.push({ name, input });
        const answer = answers[name];
        return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
      },
      on: (name: EventName, listener: (payload: unknown) => void) => {
        listeners.set(name, [...(listeners.get(name) ?? []), listener]);
        return () => undefined;
      },
    },
    fakeMain: { asked, refusals },
  });
}

/** What a test reads back from the page. */
export interface FakeMain {
  /** Every call the page made, in order. */
  readonly asked: readonly { name: string; input: unknown }[];
  /** What the content security policy refused. */
  readonly refusals: readonly string[];
}
