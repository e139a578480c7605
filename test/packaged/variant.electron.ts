/**
 * Entry of the test variant: the packaged program, with one door for Playwright.
 *
 * The product refuses --remote-debugging-port, and so does everything in main/. This file hides the switch while the
 * product decides, and puts it back before Chromium reads it. No line of the product knows of it.
 */
import { app } from 'electron';

const DOOR = 'remote-debugging-port';
const port = app.commandLine.getSwitchValue(DOOR);
const isOpen = app.commandLine.hasSwitch(DOOR);
app.commandLine.removeSwitch(DOOR);

app.on('browser-window-created', (_event, window) => {
  const sayWhatThisIs = (title: string): void => {
    window.setTitle(`${title} – TEST VARIANT`);
  };
  window.on('page-title-updated', (event, title) => {
    event.preventDefault();
    sayWhatThisIs(title);
  });
  sayWhatThisIs(window.getTitle());
});

await import('../../main/index.electron.js');
if (isOpen) app.commandLine.appendSwitch(DOOR, port);
