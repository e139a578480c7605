/** Entry of the process that reads badges, which forkReader.electron.ts starts. */
import { systemClock } from '../../context/clock.js';
import { serveReader } from './serveReader.js';

serveReader(
  await import('pcsc-mini'),
  systemClock,
  (message) => {
    process.parentPort.postMessage(message);
  },
  () => process.exit(0),
);
