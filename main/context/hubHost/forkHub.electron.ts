/** Starts the context hub in a process of its own. */
import path from 'node:path';
import { utilityProcess } from 'electron';
import type { HubProcess } from './hubHost.js';
import type { FromHub } from './messages.js';

export function forkHub(): HubProcess {
  const systemRoot = process.env['SystemRoot'];
  const child = utilityProcess.fork(path.join(import.meta.dirname, 'contextHub.js'), [], {
    serviceName: 'Lanyard context hub',
    stdio: 'ignore',
    env: systemRoot === undefined ? {} : { SystemRoot: systemRoot }, // Windows' sockets need it; nothing else is needed
  });
  return {
    post: (message) => {
      child.postMessage(message);
    },
    onMessage: (listener) => {
      child.on('message', (message) => {
        listener(message as FromHub);
      });
    },
    onExit: (listener) => {
      child.once('exit', () => {
        listener();
      });
    },
    kill: () => {
      child.kill();
    },
  };
}
