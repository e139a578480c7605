import { fork } from 'node:child_process';
import path from 'node:path';
import type { ReaderProcess } from '../../../main/badge/pcsc/processReaders.js';

/** @param socket of the smart card service */
export function forkReader(socket: string): ReaderProcess {
  const child = fork(path.join(import.meta.dirname, 'readerProcess.ts'), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, PCSCLITE_CSOCK_NAME: socket },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
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
      child.kill('SIGKILL');
    },
  };
}
