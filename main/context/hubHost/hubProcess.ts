/** Entry of the hub's own process, which main/context/hubHost/forkHub.electron.ts starts. */
import { serveHub } from './serveHub.js';
import type { ToHub } from './messages.js';

const { parentPort } = process;
serveHub(
  {
    post: (message) => {
      parentPort.postMessage(message);
    },
    onMessage: (listener) => {
      parentPort.on('message', ({ data }) => {
        listener(data as ToHub);
      });
    },
  },
  () => process.exit(0),
);
