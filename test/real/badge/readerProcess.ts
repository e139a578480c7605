/** The process that reads badges, as a child of Node instead of Electron's. */
import { systemClock } from '../../../main/context/clock.js';
import { serveReader } from '../../../main/badge/pcsc/serveReader.js';

process.on('disconnect', () => process.exit(0)); // whoever started it is gone
serveReader(
  await import('pcsc-mini'),
  systemClock,
  (message) => process.send?.(message),
  () => process.exit(0),
);
