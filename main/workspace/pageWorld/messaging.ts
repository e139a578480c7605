/**
 * SMART Web Messaging in a page: an application posts to its opener, which for a page that stands alone is made to be the
 * page itself, so that what it posts is heard here and nobody else has to exist. Source: SMART Web Messaging 1.0.0,
 * "Example Request" and "Response Properties".
 */
import type { PageOutlet } from './page.js';

export function openMessaging({ say, hear }: PageOutlet): void {
  // By the specification's own example: window.parent !== window.self ? window.parent : window.opener
  if (window.opener === null) window.opener = window;
  window.addEventListener('message', (event) => {
    const data: unknown = event.data;
    if (typeof data !== 'object' || data === null || !('messagingHandle' in data)) return;
    // Only the page itself: never a frame in it, nor another window.
    if (event.source !== window || event.origin !== location.origin) say({ op: 'stranger' });
    else if (!say({ op: 'message', message: data })) say({ op: 'too-large' });
  });
  hear((response) => {
    window.postMessage(response, location.origin);
  });
}
