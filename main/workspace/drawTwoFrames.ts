/** Waits until a page has drawn what it holds now. Knows nothing of Electron. */
import type { Clock } from '../context/clock.js';

/** The part of WebContents that is needed. */
export interface Drawing {
  executeJavaScriptInIsolatedWorld(world: number, scripts: { code: string }[]): Promise<unknown>;
}

/**
 * The second callback comes after the frame of the first one was handed on. A page that goes away says so: Electron would
 * keep the whole document for as long as an answer is missing.
 */
const code = `new Promise((done) => {
  addEventListener('pagehide', () => done(false), { once: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
})`;

/** @returns whether two frames were drawn, begun after this call, before `deadline` milliseconds were over */
export function drawTwoFrames(page: Drawing, world: number, clock: Clock, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(deadline, () => {
      resolve(false);
    });
    page.executeJavaScriptInIsolatedWorld(world, [{ code }]).then(
      (drawn) => {
        if (drawn !== true) return; // the page went away meanwhile: nothing was drawn, and the deadline says so
        cancel();
        resolve(true);
      },
      () => undefined, // as above
    );
  });
}
