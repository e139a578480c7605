/** Functions that run inside any Electron's main process while it is measured: each stands for itself. */
import type * as Electron from 'electron';

/**
 * Throws away every JavaScript object that nobody holds any more, in every page and in the main process.
 * @returns bytes of those that are left in the main process
 */
export async function collectGarbage({ webContents }: typeof Electron): Promise<number> {
  for (const { debugger: tools } of webContents.getAllWebContents()) {
    tools.attach('1.3');
    await tools.sendCommand('HeapProfiler.collectGarbage');
    tools.detach();
  }
  const { Session } = process.getBuiltinModule('node:inspector/promises'); // no import(): this has no module around it
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  return process.memoryUsage().heapUsed;
}
