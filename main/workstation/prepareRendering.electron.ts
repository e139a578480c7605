/** Tells Chromium how to draw where what it draws is sent to another computer. The sandbox stays as it is, always. */
import { app } from 'electron';
import { singleSessionClientName } from './clientNames.windows.js';
import { drawsRemotely, withoutFeature } from './remoteRendering.js';
import { runToolNow } from './systemTools.windows.js';

/**
 * To be called before Electron is ready.
 * @param setting `workstation.remoteRendering` of the configuration
 */
export function prepareRendering(setting: 'auto' | 'on' | 'off'): void {
  const { platform, env: environment } = process;
  const isRemote = drawsRemotely(setting, () => ({
    platform,
    sessionName: environment['SESSIONNAME'],
    clientName: platform === 'win32' ? singleSessionClientName(runToolNow(environment['SystemRoot'])) : null,
  }));
  if (!isRemote) return;
  app.disableHardwareAcceleration();
  const features = app.commandLine.getSwitchValue('disable-features');
  app.commandLine.appendSwitch('disable-features', withoutFeature(features, 'CalculateNativeWinOcclusion'));
  // For the shell and for every system that heeds it: prefers-reduced-motion.
  app.commandLine.appendSwitch('force-prefers-reduced-motion');
}
