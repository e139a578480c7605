/** Puts a live channel's end into a page, in the page's own world; workspace/pageMessages.ts runs it. */
import { openFdc3 } from './fdc3.js';
import { openMessaging } from './messaging.js';
import { createPageEnd } from './page.js';

const kinds = { fdc3: openFdc3, 'smart-web-messaging': openMessaging };

/** Once for each document. */
function open(kind: keyof typeof kinds): void {
  if ('lanyardPage' in window) return;
  const { end, outlet } = createPageEnd();
  Object.defineProperty(window, 'lanyardPage', { value: end });
  kinds[kind](outlet);
}

Object.assign(globalThis, { lanyardOpenChannel: open });
