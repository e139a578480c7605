/** Starts the process that reads badges. */
import path from 'node:path';
import { utilityProcess } from 'electron';
import type { ReaderProcess } from './processReaders.js';

/** Windows' libraries need the one; where the service listens on Linux is in the other. Nothing else is needed. */
const NEEDED = ['SystemRoot', 'PCSCLITE_CSOCK_NAME'];

export function forkReader(): ReaderProcess {
  const env = Object.fromEntries(
    NEEDED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const child = utilityProcess.fork(path.join(import.meta.dirname, 'badgeReader.js'), [], {
    serviceName: 'Lanyard badge reader',
    stdio: 'ignore',
    env,
  });
  return {
    onMessage: (listener) => {
      child.on('message', listener);
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
