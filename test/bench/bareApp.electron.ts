/**
 * The floor: the least Electron program that shows the same things. One window with a static page, and pages of systems
 * in views with a session of their own; no rules, no checks, no record. Everything beyond the window is asked of it from
 * outside (bareProgram.ts). What Lanyard takes more than this is Lanyard's own.
 */
import path from 'node:path';
import { app, BrowserWindow, Menu } from 'electron';

app.enableSandbox();
app.on('window-all-closed', () => {
  app.quit();
});
app
  .whenReady()
  .then(async () => {
    Menu.setApplicationMenu(null);
    const window = new BrowserWindow({
      width: 1280,
      height: 860,
      backgroundColor: '#f0f4f5',
      webPreferences: {
        preload: path.join(import.meta.dirname, 'barePreload.electron.cjs'),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
      },
    });
    await window.loadFile(app.commandLine.getSwitchValue('page'));
  })
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    app.exit(1);
  });
