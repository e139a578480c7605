/** Waits until a page has drawn what it holds now. Knows nothing of Electron. */
import type { Clock } from '../context/clock.js';

/** The part of WebContents that is needed. */
export interface Drawing {
  executeJavaScriptInIsolatedWorld(world: number, scripts: { code: string }[]): Promise<unknown>;
}

/** The second callback comes after the frame of the first one was handed on. */
const code = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))';

/** @returns whether two frames were drawn, begun after this call, before `deadline` milliseconds were over */
export function drawTwoFrames(page: Drawing, world: number, clock: Clock, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(deadline, () => {
      resolve(false);
    });
    page.executeJavaScriptInIsolatedWorld(world, [{ code }]).then(
      () => {
        cancel();
        resolve(true);
      },
      () => undefined, // the page went away meanwhile: nothing was drawn, and the deadline says so
    );
  });
}
