/** The session watcher of this operating system, with what Electron says and what a second start of Lanyard hands over. */
import { app, powerMonitor, screen } from 'electron';
import type { Clock } from '../context/clock.js';
import { RegistryClientNames } from './clientNames.windows.js';
import { outsideEventOf } from './outsideEvent.js';
import { type SessionWatcher, WatchedSession } from './sessionWatcher.js';
import { runTool } from './systemTools.windows.js';

/** To be called once, after Electron is ready. */
export function openSessionWatcher(clock: Clock, report: (error: unknown) => void): SessionWatcher {
  const { platform, pid, env: environment } = process;
  const watcher = new WatchedSession({
    // Elsewhere nothing says where a user sits, but for a script that knows.
    names: platform === 'win32' ? new RegistryClientNames(runTool(environment['SystemRoot']), pid) : null,
    signals: {
      on: (signal, listener) => {
        switch (signal) {
          case 'locked':
            powerMonitor.on('lock-screen', listener);
            break;
          case 'unlocked':
            powerMonitor.on('unlock-screen', listener);
            break;
          case 'displays-changed':
            screen.on('display-added', listener);
            screen.on('display-removed', listener);
            screen.on('display-metrics-changed', listener);
            break;
        }
      },
    },
    clock,
    report,
  });
  app.on('second-instance', (_event, _given, _folder, handed) => {
    const event = outsideEventOf(handed);
    if (event !== null) watcher.hear(event);
  });
  return watcher;
}
