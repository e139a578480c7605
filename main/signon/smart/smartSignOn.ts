/**
 * SMART App Launch: an application that asks for a sign-in has lost its token, and gets another one by being launched
 * again, which the tab does by itself. Once: what asks straight away again cannot be helped that way.
 */
import type { Clock } from '../../context/clock.js';
import type { AuditPort } from '../../domain/audit.js';
import type { SignOnMethod, SignOnOutcome } from '../signOn.js';
import type { SmartLauncher } from './launcher.js';

export interface SmartSignOnOptions {
  readonly systemId: string;
  readonly title: string;
  readonly launchUrl: URL;
  readonly launcher: Pick<SmartLauncher, 'isListening'>;
  readonly audit: AuditPort;
  readonly clock: Clock;
}

/** Within so many milliseconds of a relaunch another one would be a loop. */
const AGAIN_AFTER = 60_000;

export function createSmartSignOn(options: SmartSignOnOptions): SignOnMethod {
  const { systemId, title, launchUrl, launcher, audit, clock } = options;
  let relaunchedAt: number | null = null;
  const relaunch = (isAborted: boolean): SignOnOutcome => {
    if (!launcher.isListening)
      return {
        outcome: 'unavailable',
        explanation: `${title} cannot be launched, because a part of Lanyard did not start. Sign out and in again; if it stays like this, call IT support.`,
      };
    if (isAborted || (relaunchedAt !== null && clock.now() - relaunchedAt < AGAIN_AFTER))
      return {
        outcome: 'unavailable',
        explanation: `${title} asked for a sign-in right after Lanyard launched it. Try again in a minute; if it stays like this, call IT support.`,
      };
    audit.record({ type: 'signOn.attempted', systemId, method: 'smart', origin: launchUrl.origin });
    relaunchedAt = clock.now();
    return { outcome: 'signed-on' };
  };
  return {
    name: 'smart',
    signOn: (_page, { aborted }) => Promise.resolve(aborted).then(relaunch),
    check: () =>
      Promise.resolve([
        launcher.isListening
          ? { check: 'launcher', status: 'good', message: `Lanyard can launch ${title}.`, remedy: null }
          : {
              check: 'launcher',
              status: 'bad',
              message: `Lanyard cannot launch ${title}: its launcher is not listening.`,
              remedy: 'Sign out and in again; look in the log for the reason.',
            },
      ]),
  };
}
